"""Enrolments of phones."""

from marshmallow import Schema, fields, validate

from api.schemas.times import Time
from evidence.domain.agency_rules import CameraMode

B64 = validate.Regexp(r"^[A-Za-z0-9_-]{43}$", error="32 bytes, base64url.")


class PublicKey(Schema):
    kty = fields.String(required=True, validate=validate.Equal("EC"))
    crv = fields.String(required=True, validate=validate.Equal("P-256"))
    x = fields.String(required=True, validate=B64)
    y = fields.String(required=True, validate=B64)


class EnrolBody(Schema):
    key = fields.Nested(PublicKey, required=True)
    proof = fields.String(required=True, validate=validate.Length(1, 16384), metadata={"description": "enrol+jws"})
    code = fields.String(load_default=None, metadata={"description": "One-time code, where the agency asks for it."})


class NonceAnswer(Schema):
    nonce = fields.String(required=True)
    expires_at = Time(required=True)
    service_id = fields.UUID(required=True)


class MakeSafeCard(Schema):
    es = fields.String(required=True)
    en = fields.String(required=True)


class AgencyRules(Schema):
    """What the agency demands of a capture; a phone applies it from the next one on."""

    version = fields.String(required=True, metadata={"description": "SHA-256 of the other members' canonical form"})
    camera_mode = fields.String(required=True, validate=validate.OneOf([mode.value for mode in CameraMode]))
    required_views = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        required=True,
        metadata={"description": "by group of things, views beyond those that the phone asks for by itself"},
    )
    numbering_pattern = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        metadata={"description": "folio, iph, seal: # a digit, @ a letter, * either; the rest stands for itself"},
    )
    make_safe_texts = fields.Dict(
        keys=fields.String(),
        values=fields.Nested(MakeSafeCard),
        required=True,
        metadata={"description": "by class of weapon, the card that stands in place of the built-in steps"},
    )


class EnrolledAnswer(Schema):
    device_id = fields.UUID(required=True)
    agency_id = fields.UUID(required=True)
    officer_id = fields.UUID(required=True)
    state = fields.String(
        required=True, metadata={"description": "active, or pending until an administrator admits it"}
    )
    service_id = fields.UUID(required=True)
    server_time = Time(required=True)
    agency = fields.Nested(AgencyRules, required=True)
    log_keys = fields.List(fields.String(), required=True, metadata={"description": "C2SP vkeys; any of them suffices"})
    witness_keys = fields.List(fields.String(), required=True, metadata={"description": "C2SP vkeys"})
    log_policy = fields.String(required=True, metadata={"description": "a C2SP tlog-policy file"})
    rescue_key = fields.Nested(PublicKey, required=True, metadata={"description": "rescue files are sealed to it"})


class BearerAnswer(Schema):
    token = fields.String(required=True)
    expires_at = Time(required=True)
    server_time = Time(required=True)
    agency = fields.Nested(AgencyRules, required=True)


class CodeBody(Schema):
    officer_id = fields.UUID(required=True)


class CodeAnswer(Schema):
    code = fields.String(required=True)
    expires_at = Time(required=True)
