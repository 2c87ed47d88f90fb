"""Photos of walk-ins on the wire."""

from marshmallow import Schema, fields, validate

from api.schemas.attachments import CONTENT_TYPE
from api.schemas.captures import SHA256, UploadWish
from evidence.actions.holding.walk_in_photos import MOST, MOST_BYTES


class WalkInPhotoLine(UploadWish):
    sha256 = fields.String(required=True, validate=SHA256)
    size = fields.Integer(required=True, validate=validate.Range(1, MOST_BYTES), metadata={"description": "bytes"})
    content_type = fields.String(required=True, validate=CONTENT_TYPE)
    filename = fields.String(load_default=None, allow_none=True, validate=validate.Length(1, 200))


class WalkInPhotosBody(Schema):
    files = fields.List(fields.Nested(WalkInPhotoLine), required=True, validate=validate.Length(1, MOST))


class WalkInPhotoAnswer(Schema):
    id = fields.UUID(required=True, attribute="media_id")
    sha256 = fields.String(required=True)
    size = fields.Integer(required=True)
    content_type = fields.String(required=True)
    state = fields.String(required=True)
    problem = fields.String(required=True, allow_none=True)
    preview = fields.String(required=True, metadata={"description": "none, due, ready or failed"})
