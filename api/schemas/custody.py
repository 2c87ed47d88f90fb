"""A custody chain on the wire."""

from marshmallow import Schema, fields


class CustodyLineAnswer(Schema):
    entry = fields.Dict(required=True, metadata={"description": "the published entry, as it is hashed"})
    entry_sha256 = fields.String(required=True)
    log_index = fields.Integer(required=True, allow_none=True)
    details = fields.Dict(required=True, allow_none=True)


class CustodyAnswer(Schema):
    items = fields.List(fields.Nested(CustodyLineAnswer), required=True)
