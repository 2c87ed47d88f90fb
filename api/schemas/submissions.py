"""Submissions, supplements, readings and decisions."""

from marshmallow import Schema, fields, validate

from api.paging import PageQuery, page_of
from api.schemas.captures import SHA256
from api.schemas.times import Time
from evidence.domain.kinds import ReadingHow, SerialStatus, View
from evidence.domain.roles import DESTINATIONS
from evidence.domain.states import State

DECISIONS = ("approve", "return", "reject", "reopen", "release")
NOT_BLANK = validate.Regexp(r"\S", error="Not blank.")


class SubmissionQuery(PageQuery):
    state = fields.String(load_default=None, validate=validate.OneOf([state.value for state in State]))
    destination = fields.String(load_default=None, validate=validate.OneOf(DESTINATIONS))


class SubmissionRow(Schema):
    id = fields.UUID(required=True)
    root_id = fields.UUID(required=True)
    agency_id = fields.UUID(required=True)
    item_id = fields.UUID(required=True)
    batch_id = fields.UUID(required=True)
    destination = fields.String(required=True)
    state = fields.String(required=True)
    version = fields.Integer(required=True)
    urgency = fields.Integer(required=True, metadata={"description": "0 urgent, 1 routine"})
    digest = fields.String(required=True)
    approved_digest = fields.String(required=True, allow_none=True)
    accepted_digest = fields.String(required=True, allow_none=True)
    revision_pending = fields.Boolean(required=True)
    holder_id = fields.UUID(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)
    created_at = Time(required=True)
    queued_at = Time(required=True, allow_none=True)
    due_at = Time(required=True, allow_none=True)
    provisional_until = Time(required=True, allow_none=True)


SubmissionPage = page_of(SubmissionRow, "SubmissionPage")


class DecisionAnswer(Schema):
    id = fields.UUID(required=True)
    submission_id = fields.UUID(required=True)
    kind = fields.String(required=True)
    person_id = fields.UUID(required=True)
    digest = fields.String(required=True)
    findings_seen = fields.Integer(required=True)
    reason = fields.String(required=True, allow_none=True)
    note = fields.String(required=True, allow_none=True)
    marks = fields.List(fields.Dict(), required=True)
    decided_at = Time(required=True)


class ProvisionalBody(Schema):
    digest = fields.String(required=True, validate=SHA256)
    findings_seen = fields.Integer(required=True, validate=validate.Range(0))
    reason = fields.String(required=True, validate=validate.And(validate.Length(1, 4000), NOT_BLANK))


class FindingLine(Schema):
    number = fields.Integer(required=True)
    code = fields.String(required=True)
    blocking = fields.Boolean(required=True)
    item_id = fields.UUID(required=True, allow_none=True)


class FileLine(Schema):
    id = fields.UUID(required=True)
    view = fields.String(required=True)
    state = fields.String(required=True)
    preview = fields.String(required=True)


class WarningLine(Schema):
    level = fields.String(required=True, metadata={"description": "red stands against an approval"})
    code = fields.String(required=True)
    about = fields.String(required=True, allow_none=True)


class SupplementAnswer(Schema):
    number = fields.Integer(required=True)
    scope = fields.String(required=True)
    scope_id = fields.UUID(required=True)
    values = fields.Dict(keys=fields.String(), required=True)
    author_id = fields.UUID(required=True)
    author_role = fields.String(required=True)
    reason = fields.String(required=True)
    made_at = Time(required=True)


class ReadingAnswer(Schema):
    person_id = fields.UUID(required=True)
    status = fields.String(required=True)
    text = fields.String(required=True)
    how = fields.String(required=True)
    read_at = Time(required=True)


class GapLine(Schema):
    code = fields.String(required=True)
    field = fields.String(required=True)
    who = fields.String(required=True)
    severity = fields.String(required=True)


class ReadinessAnswer(Schema):
    outlook = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)
    gaps = fields.List(fields.Nested(GapLine), required=True)


class InformationLine(Schema):
    kind = fields.String(
        required=True,
        metadata={"description": "asked by a holder, or by the agency for a photo; answered by the agency"},
    )
    text = fields.String(required=True)
    organisation_id = fields.UUID(required=True)
    author_id = fields.UUID(required=True, metadata={"description": "a person, or a machine's token"})
    said_at = Time(required=True)


class AgencyView(Schema):
    """What the agency sees beside the row.

    Only ``conflict_open`` and ``decisions`` while the capture has no head that counts and names the item.
    """

    conflict_open = fields.Boolean(required=True)
    worksheet = fields.Dict(keys=fields.String(), values=fields.Dict())
    readiness = fields.Nested(ReadinessAnswer)
    warnings = fields.List(fields.Nested(WarningLine))
    problems = fields.List(fields.Dict())
    flags = fields.List(fields.String())
    digested = fields.Dict(metadata={"description": "The digest's input; without the serial until you have read it"})
    findings = fields.List(fields.Nested(FindingLine))
    media = fields.List(fields.Nested(FileLine))
    supplements = fields.List(fields.Nested(SupplementAnswer))
    readings = fields.List(
        fields.Nested(ReadingAnswer), allow_none=True, metadata={"description": "null until you have made your own"}
    )
    decisions = fields.List(fields.Nested(DecisionAnswer))
    information = fields.List(fields.Nested(InformationLine))


class DossierAnswer(Schema):
    digest = fields.String(required=True)
    digested = fields.Dict(required=True)
    document = fields.Dict(required=True)
    replaced = fields.Boolean(required=True, metadata={"description": "its worksheet says SUSTITUIDA"})
    made_at = Time(required=True)


class HolderView(Schema):
    dossiers = fields.List(fields.Nested(DossierAnswer), required=True)
    physical_events = fields.Integer(required=True)
    information = fields.List(fields.Nested(InformationLine), required=True)


class SubmissionAnswer(Schema):
    submission = fields.Nested(SubmissionRow, required=True)
    agency = fields.Nested(AgencyView, required=True, allow_none=True)
    holder = fields.Nested(HolderView, required=True, allow_none=True)


class SupplementBody(Schema):
    scope = fields.String(required=True, validate=validate.OneOf(["capture", "item", "submission"]))
    scope_id = fields.UUID(required=True)
    values = fields.Dict(keys=fields.String(), required=True, validate=validate.Length(1, 60))
    reason = fields.String(required=True, validate=[validate.Length(1, 4000), NOT_BLANK])


class InformationBody(Schema):
    text = fields.String(required=True, validate=[validate.Length(1, 4000), NOT_BLANK])
    supplement = fields.Nested(
        SupplementBody, load_default=None, allow_none=True, metadata={"description": "Facts that come with the answer"}
    )


class ViewBody(Schema):
    view = fields.String(
        required=True,
        validate=validate.OneOf([view.value for view in View]),
        metadata={"description": "the photo that is wanted"},
    )
    text = fields.String(
        required=True,
        validate=[validate.Length(1, 4000), NOT_BLANK],
        metadata={"description": "what is wanted and who has the item, in words"},
    )


class BlindReading(Schema):
    status = fields.String(required=True, validate=validate.OneOf([status.value for status in SerialStatus]))
    text = fields.String(load_default="", validate=validate.Length(max=64))


class ReadingBody(BlindReading):
    how = fields.String(required=True, validate=validate.OneOf([how.value for how in ReadingHow]))


class DecisionBody(Schema):
    decision = fields.String(required=True, validate=validate.OneOf(DECISIONS))
    digest = fields.String(required=True, validate=SHA256)
    findings_seen = fields.Integer(required=True, validate=validate.Range(min=0, max=2**31 - 1))
    reason = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=4000))
    note = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=4000))
    reading = fields.Nested(BlindReading, load_default=None, allow_none=True)
    marks = fields.List(fields.Dict(), load_default=list, validate=validate.Length(max=50))
    media = fields.List(fields.UUID(), load_default=list, validate=validate.Length(max=200))
    opened = fields.List(
        fields.String(validate=validate.Length(1, 200)),
        load_default=list,
        validate=validate.Length(max=200),
        metadata={"description": "amber warnings that were opened, each as `code|about`; an approval needs them all"},
    )


class DownloadAnswer(Schema):
    url = fields.String(required=True)
    expires_in = fields.Integer(required=True, metadata={"description": "seconds"})
