"""Court bundles."""

from marshmallow import Schema, fields, validate

from api.schemas.times import Time
from evidence.domain.bundle.profiles import Profile


class BundleBody(Schema):
    profile = fields.Enum(Profile, by_value=True, required=True)
    reason = fields.String(required=True, validate=validate.Length(1, 500))
    order = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(1, 120),
        metadata={"description": "The order's number, when a court or prosecutor asked."},
    )


class BundleAnswer(Schema):
    id = fields.UUID(required=True)
    capture_id = fields.UUID(required=True, attribute="root_id", metadata={"description": "The line's root."})
    profile = fields.String(required=True)
    reason = fields.String(required=True)
    order = fields.String(required=True, attribute="order_number", allow_none=True)
    state = fields.String(required=True, metadata={"description": "due, ready or failed."})
    failure = fields.String(required=True, allow_none=True)
    size = fields.Integer(required=True, allow_none=True, metadata={"description": "Bytes of the zip."})
    sha256 = fields.String(required=True, allow_none=True, metadata={"description": "Of the zip."})
    tag_sha256 = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Of the bag's tagmanifest, which commits to all of it."},
    )
    requested_by = fields.UUID(required=True)
    requested_at = Time(required=True)
    made_at = Time(required=True, allow_none=True)


class BundlesAnswer(Schema):
    items = fields.List(fields.Nested(BundleAnswer), required=True)


class BundleDownload(Schema):
    url = fields.String(required=True)
    sha256 = fields.String(required=True)
    filename = fields.String(required=True)
    seconds = fields.Integer(required=True, metadata={"description": "How long the URL holds."})
