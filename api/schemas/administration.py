"""Enrolments and held captures on the wire, as administrators and supervisors see them."""

from marshmallow import Schema, fields, validate

from api.schemas.times import Time


class EndBody(Schema):
    how = fields.String(required=True, validate=validate.OneOf(["closed", "retired", "compromised"]))
    since = Time(
        load_default=None, allow_none=True, metadata={"description": "compromised: since when, as far as is known"}
    )
    reason = fields.String(required=True, validate=validate.Length(1, 2000))


class ReasonBody(Schema):
    reason = fields.String(required=True, validate=validate.Length(1, 2000))


class CaptureStateAnswer(Schema):
    id = fields.UUID(required=True)
    folio = fields.String(required=True)
    state = fields.String(required=True)
    version = fields.Integer(required=True)


class DeviceAnswer(Schema):
    id = fields.UUID(required=True)
    officer_id = fields.UUID(required=True)
    label = fields.String(required=True)
    state = fields.String(required=True)
    enrolled_at = Time(required=True)
    ended_at = Time(required=True, allow_none=True)
    accepted_until = Time(required=True, allow_none=True)
    compromised_since = Time(required=True, allow_none=True)
    last_seen_at = Time(required=True, allow_none=True)
    heartbeat = fields.Dict(required=True)


class DevicesAnswer(Schema):
    items = fields.List(fields.Nested(DeviceAnswer), required=True)


class GapAnswer(Schema):
    first = fields.Integer(required=True)
    last = fields.Integer(required=True)
    reads = fields.String(required=True)
    since = Time(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)


class DeviceViewAnswer(Schema):
    device = fields.Nested(DeviceAnswer, required=True)
    gaps = fields.List(fields.Nested(GapAnswer), required=True)
    forks = fields.List(fields.Integer(), required=True)
    held = fields.Integer(required=True, metadata={"description": "captures and statements not let in yet"})


class HeldCaptureAnswer(Schema):
    id = fields.UUID(required=True)
    folio = fields.String(required=True)
    device_id = fields.UUID(required=True)
    officer_id = fields.UUID(required=True)
    captured_at = Time(required=True)
    received_at = Time(required=True)


class HeldAnswer(Schema):
    items = fields.List(fields.Nested(HeldCaptureAnswer), required=True)
