"""Sign-in and the session that it opens."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from api.schemas.passkeys import ShownCredential
from api.schemas.times import Time


class SignInBody(Schema):
    username = fields.String(required=True, validate=validate.Length(1, 200))
    password = fields.String(required=True, validate=validate.Length(1, 1000))
    totp = fields.String(required=True, validate=validate.Regexp(r"^\d{6}$", error="Six digits."))


class FactorBody(Schema):
    """A code or a passkey, one of them."""

    totp = fields.String(validate=validate.Regexp(r"^\d{6}$", error="Six digits."), metadata={"example": "492039"})
    credential = fields.Nested(ShownCredential, metadata={"description": "of POST /session/factor/challenge"})

    @validates_schema
    def one_of_them(self, data: dict[str, Any], **_more: Any) -> None:
        if ("totp" in data) == ("credential" in data):
            raise ValidationError("A code or a passkey, one of them.", "totp")


class PasskeyChangeAnswer(Schema):
    name = fields.String(required=True, metadata={"example": "Llave del escritorio"})
    what = fields.String(required=True, validate=validate.OneOf(["added", "removed"]))
    by_other = fields.Boolean(required=True, metadata={"description": "somebody else removed it"})


class SessionAnswer(Schema):
    person_id = fields.UUID(required=True)
    organisation_id = fields.UUID(required=True)
    organisation = fields.String(required=True)
    kind = fields.String(required=True, metadata={"description": "agency, laboratory, desk or partner"})
    name = fields.String(required=True)
    code = fields.String(required=True)
    locale = fields.String(required=True)
    roles = fields.List(fields.String(), required=True)
    service_id = fields.UUID(required=True)
    factor_at = Time(required=True)
    means = fields.String(
        required=True,
        metadata={"description": "password_totp, passkey, provider or provider_totp", "example": "passkey"},
    )
    has_passkey = fields.Boolean(required=True, metadata={"description": "one that can be shown as fresh factor"})
    passkey_changes = fields.List(
        fields.Nested(PasskeyChangeAnswer),
        required=True,
        metadata={"description": "what came or went between the former sign-in and this one"},
    )
    provider_sign_out = fields.String(
        required=True, allow_none=True, metadata={"description": "where the organisation's own session is ended"}
    )
