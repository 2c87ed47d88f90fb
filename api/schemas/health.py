"""Health."""

from marshmallow import Schema, fields

from api.schemas.times import Time


class HealthAnswer(Schema):
    status = fields.String(required=True, metadata={"enum": ["alive", "ready"]})


class CanaryAnswer(Schema):
    failed_at = Time(required=True)
    reason = fields.String(required=True, metadata={"description": "the promise that the store broke"})


class ReadyAnswer(HealthAnswer):
    log_lag_s = fields.Float(
        required=True, metadata={"description": "for how long the oldest custody entry waits to be sealed, in seconds"}
    )
    log_lags = fields.Boolean(required=True, metadata={"description": "more than 30 s: look at the workers"})
    store_canary = fields.Nested(
        CanaryAnswer,
        required=True,
        allow_none=True,
        metadata={"description": "the newest failed trial to delete a locked version; for administrators of agencies"},
    )
