"""Files of laboratories and desks on the wire."""

from marshmallow import Schema, fields, validate

from api.paging import page_of
from api.schemas.captures import SHA256, UploadWish
from api.schemas.times import Time
from evidence.actions.storing.attachments import MOST_BYTES
from evidence.domain.kinds import AttachmentKind

CONTENT_TYPE = validate.And(validate.Length(max=100), validate.Regexp(r"^[a-z0-9][a-z0-9.+-]*/[a-z0-9][a-z0-9.+-]*$"))


class AttachmentLine(UploadWish):
    kind = fields.Enum(AttachmentKind, by_value=True, required=True)
    sha256 = fields.String(required=True, validate=SHA256)
    size = fields.Integer(required=True, validate=validate.Range(1, MOST_BYTES), metadata={"description": "bytes"})
    content_type = fields.String(required=True, validate=CONTENT_TYPE)
    filename = fields.String(load_default=None, allow_none=True, validate=validate.Length(1, 200))
    item = fields.UUID(
        load_default=None, allow_none=True, metadata={"description": "the submission's item, to be sure"}
    )


class AttachmentsBody(Schema):
    files = fields.List(fields.Nested(AttachmentLine), required=True, validate=validate.Length(1, 50))


class AttachmentFinding(Schema):
    code = fields.String(required=True)
    blocking = fields.Boolean(required=True)
    facts = fields.Dict(required=True)


class AttachmentAnswer(Schema):
    id = fields.UUID(required=True, attribute="media.media_id")
    kind = fields.String(required=True, attribute="media.purpose")
    sha256 = fields.String(required=True, attribute="media.sha256")
    size = fields.Integer(required=True, attribute="media.size")
    content_type = fields.String(required=True, attribute="media.content_type")
    filename = fields.String(required=True, allow_none=True, attribute="media.filename")
    organisation_id = fields.UUID(required=True, attribute="media.author_organisation_id")
    author_id = fields.UUID(required=True, attribute="media.author_id")
    state = fields.String(required=True, attribute="media.state")
    problem = fields.String(required=True, allow_none=True, attribute="media.problem")
    preview = fields.String(required=True, attribute="media.preview")
    facts = fields.Dict(required=True, attribute="media.facts")
    locked_until = Time(required=True, allow_none=True, attribute="media.locked_until")
    created_at = Time(required=True, attribute="media.created_at")
    findings = fields.List(fields.Nested(AttachmentFinding), required=True)


AttachmentsPage = page_of(AttachmentAnswer, "AttachmentsPage")
