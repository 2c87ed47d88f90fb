"""A custody chain on the wire."""

from marshmallow import Schema, fields


class CustodyLineAnswer(Schema):
    entry = fields.Dict(required=True, metadata={"description": "the published entry, as it is hashed"})
    entry_sha256 = fields.String(required=True)
    log_index = fields.Integer(required=True, allow_none=True)
    proof = fields.String(
        required=True, allow_none=True, metadata={"description": "C2SP tlog-proof of entry_sha256; null until sealed"}
    )
    salt = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "of the details, base64url; null where they are closed"},
    )
    details = fields.Dict(required=True, allow_none=True)
    withheld = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "members of the details that are yours to see, with the salt, after your own reading"},
    )


class CustodyAnswer(Schema):
    items = fields.List(fields.Nested(CustodyLineAnswer), required=True)
