"""Health."""

from marshmallow import Schema, fields


class HealthAnswer(Schema):
    status = fields.String(required=True, metadata={"enum": ["alive", "ready"]})


class ReadyAnswer(HealthAnswer):
    log_lag_s = fields.Float(
        required=True, metadata={"description": "for how long the oldest custody entry waits to be sealed, in seconds"}
    )
    log_lags = fields.Boolean(required=True, metadata={"description": "more than 30 s: look at the workers"})
