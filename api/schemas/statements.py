"""Statements of phones on the wire."""

from marshmallow import Schema, fields

from api.schemas.times import Time


class StatementAnswer(Schema):
    id = fields.UUID(required=True)
    kind = fields.String(required=True)
    sha256 = fields.String(required=True)
    received_at = Time(required=True)
