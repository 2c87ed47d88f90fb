"""The supervisor's list, and one capture whole for its review."""

from marshmallow import Schema, fields, validate

from api.paging import PageQuery, page_of
from api.schemas.captures import SHA256, CaptureAnswer
from api.schemas.submissions import AgencyView, DecisionAnswer, FindingLine, ReadingAnswer, SubmissionRow
from api.schemas.times import Time
from evidence.actions.deciding.batches import LARGEST
from evidence.actions.deciding.review_list import SHOWN


class ReviewQuery(PageQuery):
    show = fields.String(load_default="review", validate=validate.OneOf(list(SHOWN)))
    folio = fields.String(
        load_default=None,
        validate=validate.Length(1, 40),
        metadata={"description": "one capture by its short folio, in whatever state; `show` is then ignored"},
    )


class CaseItem(Schema):
    id = fields.UUID(required=True)
    number = fields.String(required=True)
    kind = fields.String(required=True)
    n = fields.Integer(required=True)
    make = fields.String(required=True, allow_none=True)
    caliber = fields.String(required=True, allow_none=True)


class CaseLine(Schema):
    id = fields.UUID(required=True)
    folio = fields.String(required=True)
    state = fields.String(required=True)
    entity = fields.String(required=True, allow_none=True)
    captured_at = Time(required=True)
    received_at = Time(required=True)
    officer = fields.String(required=True, metadata={"description": "the officer's code"})
    own = fields.Boolean(required=True, metadata={"description": "the caller captured it, so that another decides"})
    conflict_open = fields.Boolean(required=True)
    urgent = fields.Boolean(required=True)
    items = fields.List(fields.Nested(CaseItem), required=True)
    submissions = fields.List(fields.Nested(SubmissionRow), required=True)
    files = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    coming = fields.Integer(required=True, metadata={"description": "files that are still on their way"})


ReviewPage = page_of(CaseLine, "ReviewPage")


class BesideLine(Schema):
    value = fields.Raw(required=True, allow_none=True)
    source = fields.String(required=True)
    by = fields.UUID(required=True, allow_none=True)


class FactLine(BesideLine):
    name = fields.String(required=True)
    hidden = fields.Boolean(required=True, metadata={"description": "until the caller has read the serial"})
    beside = fields.List(
        fields.Nested(BesideLine), required=True, metadata={"description": "former statements, newest first"}
    )


class ItemView(Schema):
    id = fields.UUID(required=True)
    number = fields.String(required=True)
    kind = fields.String(required=True)
    quantity = fields.Dict(required=True)
    requests = fields.List(fields.String(), required=True)
    has_serial = fields.Boolean(required=True)
    blind = fields.Boolean(required=True, metadata={"description": "the caller has not read the serial yet"})
    facts = fields.List(fields.Nested(FactLine), required=True)
    readings = fields.List(fields.Nested(ReadingAnswer), required=True, allow_none=True)
    signed_readings = fields.List(fields.Dict(), required=True, allow_none=True)


class ExifLine(Schema):
    make = fields.String()
    model = fields.String()
    software = fields.String()
    taken_at = fields.String(metadata={"description": "local time, as the file says"})
    differs = fields.Boolean(required=True, metadata={"description": "more than 10 minutes from the signed time"})


class ReviewFile(Schema):
    id = fields.UUID(required=True)
    view = fields.String(required=True)
    item_ids = fields.List(fields.UUID(), required=True)
    package_id = fields.UUID(required=True, allow_none=True)
    source = fields.String(required=True)
    content_type = fields.String(required=True)
    size = fields.Integer(required=True)
    sha256 = fields.String(required=True)
    captured_at = Time(required=True, allow_none=True)
    state = fields.String(required=True)
    problem = fields.String(required=True, allow_none=True)
    preview = fields.String(required=True)
    opened = fields.Boolean(required=True, metadata={"description": "by the caller"})
    findings = fields.List(fields.Nested(FindingLine), required=True)
    exif = fields.Nested(ExifLine, required=True, allow_none=True)


class ReviewRequest(Schema):
    submission = fields.Nested(SubmissionRow, required=True)
    agency = fields.Nested(AgencyView, required=True)


class VersionLine(Schema):
    sha256 = fields.String(required=True)
    capture_id = fields.UUID(required=True)
    amends_sha256 = fields.String(required=True, allow_none=True)
    standing = fields.String(required=True)
    seq = fields.Integer(required=True)
    captured_at = fields.String(required=True)
    received_at = Time(required=True)
    recovery = fields.Dict(required=True)
    packages = fields.List(fields.Dict(), required=True)
    items = fields.List(fields.Dict(), required=True)
    files = fields.Integer(required=True)


class PersonLine(Schema):
    id = fields.UUID(required=True)
    code = fields.String(required=True)
    name = fields.String(required=True)


class OrganisationLine(PersonLine):
    kind = fields.String(required=True)


class ReviewAnswer(Schema):
    capture = fields.Nested(CaptureAnswer, required=True)
    capture_etag = fields.String(
        required=True, attribute="capture.etag", metadata={"description": "names the version for settling"}
    )
    own = fields.Boolean(required=True)
    head = fields.Dict(
        required=True, allow_none=True, metadata={"description": "signed members of the head; null while none counts"}
    )
    items = fields.List(fields.Nested(ItemView), required=True)
    packages = fields.List(fields.Dict(), required=True)
    media = fields.List(fields.Nested(ReviewFile), required=True)
    submissions = fields.List(fields.Nested(ReviewRequest), required=True)
    versions = fields.List(fields.Nested(VersionLine), required=True)
    people = fields.List(fields.Nested(PersonLine), required=True)
    organisations = fields.List(fields.Nested(OrganisationLine), required=True)


class BatchLine(Schema):
    submission_id = fields.UUID(required=True)
    digest = fields.String(required=True, validate=SHA256)
    version = fields.Integer(required=True, validate=validate.Range(1, 2**31 - 1))
    findings_seen = fields.Integer(required=True, validate=validate.Range(0, 2**31 - 1))
    opened = fields.List(
        fields.String(validate=validate.Length(max=200)),
        load_default=list,
        validate=validate.Length(max=100),
        metadata={"description": "amber warnings that were opened, each as `code|about`"},
    )


class BatchBody(Schema):
    items = fields.List(fields.Nested(BatchLine), required=True, validate=validate.Length(1, LARGEST))
    answer = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(1, 60),
        metadata={"description": "the caliber that the photo shows, where `batch_question` asked for it"},
    )


class BatchAnswer(Schema):
    decisions = fields.List(fields.Nested(DecisionAnswer), required=True)
