"""Acquisitions, test fires, pauses and walk-in receipts on the wire; the worksheet that a desk keys."""

from marshmallow import Schema, fields, validate

from api.paging import page_of
from api.schemas.captures import SHA256
from api.schemas.times import Time
from api.schemas.walk_in_photos import WalkInPhotoAnswer
from evidence.actions.holding.acquisitions import MOST_SHOTS
from evidence.domain.ballistics import UNSUITABLE
from evidence.records.laboratory import PAUSE_REASONS

SHORT = validate.Length(0, 200)


class PauseBody(Schema):
    reason = fields.String(required=True, validate=validate.OneOf(PAUSE_REASONS))
    note = fields.String(load_default="", validate=validate.Length(max=2000))


class AcquisitionBody(Schema):
    acquisition_id = fields.UUID(required=True)
    sub_item = fields.String(
        load_default="",
        validate=validate.Length(max=40),
        metadata={"description": "a test fire's label; empty for the item itself"},
    )
    unsuitable = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(UNSUITABLE))
    facts = fields.Dict(keys=fields.String(), load_default=dict)
    attachments = fields.List(fields.UUID(), load_default=list, validate=validate.Length(max=50))


class AcquisitionAnswer(Schema):
    acquisition_id = fields.UUID(required=True, attribute="id")
    submission_id = fields.UUID(required=True)
    organisation_id = fields.UUID(required=True)
    sub_item = fields.String(required=True)
    unsuitable = fields.String(required=True, allow_none=True)
    facts = fields.Dict(required=True)
    attachments = fields.List(fields.UUID(), required=True)
    recorded_by = fields.UUID(required=True)
    recorded_at = Time(required=True)


class TestFireBody(Schema):
    __test__ = False

    test_fire_id = fields.UUID(required=True)
    count = fields.Integer(required=True, strict=True, validate=validate.Range(0, MOST_SHOTS))
    operator_id = fields.UUID(required=True)
    second_id = fields.UUID(load_default=None, allow_none=True)
    facts = fields.Dict(keys=fields.String(), load_default=dict)


class TestFireAnswer(Schema):
    __test__ = False

    test_fire_id = fields.UUID(required=True, attribute="id")
    submission_id = fields.UUID(required=True)
    labels = fields.List(fields.String(), required=True, metadata={"description": "the sub-items: 1-T1 …"})
    operator_id = fields.UUID(required=True)
    second_id = fields.UUID(required=True, allow_none=True)
    facts = fields.Dict(required=True)
    recorded_at = Time(required=True)


class WorkAnswer(Schema):
    test_fires = fields.List(fields.Nested(TestFireAnswer), required=True)
    acquisitions = fields.List(fields.Nested(AcquisitionAnswer), required=True)


class WalkInBody(Schema):
    walk_in_id = fields.UUID(required=True)
    agency = fields.String(required=True, validate=validate.Length(1, 200))
    reference = fields.String(load_default="", validate=SHORT)
    seal = fields.String(load_default="", validate=SHORT)
    brought_by = fields.String(required=True, validate=validate.Length(1, 200))
    note = fields.String(load_default="", validate=validate.Length(max=2000))
    received_at = Time(required=True)


class WalkInAnswer(Schema):
    walk_in_id = fields.UUID(required=True, attribute="walk_in.id")
    agency = fields.String(required=True, attribute="walk_in.agency")
    reference = fields.String(required=True, attribute="walk_in.reference")
    seal = fields.String(required=True, attribute="walk_in.seal")
    brought_by = fields.String(required=True, attribute="walk_in.brought_by")
    note = fields.String(required=True, attribute="walk_in.note")
    received_at = Time(required=True, attribute="walk_in.received_at")
    submission_id = fields.UUID(required=True, allow_none=True, attribute="link.submission_id", dump_default=None)
    linked_at = Time(required=True, allow_none=True, attribute="link.linked_at", dump_default=None)
    photos = fields.List(fields.Nested(WalkInPhotoAnswer), required=True)


WalkInsPage = page_of(WalkInAnswer, "WalkInsPage")


class WalkInLinkBody(Schema):
    submission_id = fields.UUID(required=True)


class WorksheetQuery(Schema):
    digest = fields.String(
        load_default=None,
        validate=SHA256,
        metadata={"description": "another dossier than the one that counts"},
    )


class WorksheetLine(Schema):
    code = fields.String(required=True, attribute="field.code")
    part = fields.String(required=True, attribute="field.part")
    label_es = fields.String(required=True, attribute="field.label_es")
    label_en = fields.String(required=True, attribute="field.label_en")
    mandatory = fields.String(required=True, attribute="field.mandatory.value")
    certain = fields.Boolean(
        required=True, attribute="field.certain", metadata={"description": "false: check with the form in force"}
    )
    personal = fields.Boolean(required=True, attribute="field.personal")
    value = fields.Raw(required=True, allow_none=True)
    source = fields.String(required=True, allow_none=True)
    by = fields.String(required=True, allow_none=True)
    ticked = fields.Boolean(required=True, metadata={"description": "keyed already, by the reader"})
    sealed = fields.Boolean(required=True, metadata={"description": "written, and opens with a reason"})


class WorksheetAnswer(Schema):
    submission_id = fields.UUID(required=True, attribute="submission.id")
    folio = fields.String(required=True)
    digest = fields.String(required=True)
    form = fields.String(required=True)
    edition = fields.String(required=True)
    replaced = fields.Boolean(required=True, metadata={"description": "it says SUSTITUIDA"})
    missing = fields.List(fields.String(), required=True)
    lines = fields.List(fields.Nested(WorksheetLine), required=True)


class TickBody(Schema):
    digest = fields.String(required=True, validate=SHA256)
    line = fields.String(required=True, validate=validate.Length(1, 40))
    ticked = fields.Boolean(required=True)


class TickAnswer(Schema):
    ticked = fields.Boolean(required=True)
