"""Receipts and handovers of the log's key on the wire; ``openapi/schemas/receipt-1.json`` says it in full."""

from marshmallow import Schema, fields, validate

from api.schemas.status import LONGEST_WAIT_S


class ReceiptQuery(Schema):
    manifest = fields.String(
        load_default=None,
        validate=validate.Regexp(r"^[0-9a-f]{64}$", error="A SHA-256 in lowercase hex."),
        metadata={"description": "which of a capture's manifests; the first by default"},
    )
    wait = fields.Integer(
        load_default=0,
        validate=validate.Range(0, LONGEST_WAIT_S),
        metadata={"description": "seconds to wait for it"},
    )


class Handover(Schema):
    entry = fields.Dict(required=True, metadata={"description": "the custody entry log.key_added, as it is hashed"})
    salt = fields.String(required=True, metadata={"description": "base64url"})
    details = fields.Dict(required=True, metadata={"description": "the new key, and those that it follows"})
    proof = fields.String(required=True, metadata={"description": "C2SP tlog-proof"})


class Handovers(Schema):
    items = fields.List(fields.Nested(Handover), required=True)


class ReceiptAnswer(Schema):
    v = fields.Integer(required=True, metadata={"description": "1: as receipt-1.json"})
    capture_id = fields.UUID(required=True)
    manifest_sha256 = fields.String(required=True)
    entry = fields.Dict(required=True, metadata={"description": "the custody entry, as it is hashed"})
    salt = fields.String(required=True, metadata={"description": "base64url"})
    details = fields.Dict(required=True, metadata={"description": "every file with its hash and state"})
    proof = fields.String(required=True, metadata={"description": "C2SP tlog-proof"})
    witnessed = fields.Boolean(required=True, metadata={"description": "false now, true later at the same address"})
