"""Health."""

from marshmallow import Schema, fields


class HealthAnswer(Schema):
    status = fields.String(required=True, metadata={"enum": ["alive", "ready"]})
