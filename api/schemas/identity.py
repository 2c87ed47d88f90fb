"""Signing in by an organisation's own identity provider, and its settings."""

from marshmallow import Schema, fields, validate

from api.schemas.session import SessionAnswer
from api.schemas.times import Time
from evidence.actions.identity_ports import Fault

ISSUER = {"example": "https://cuentas.agencia.example"}
WORD = validate.Length(1, 200)
VISIBLE = validate.Regexp(r"^[\x21-\x7e]+$", error="ASCII without spaces.")  # RFC 6749, A.1 and A.2
TOTP = validate.Regexp(r"^\d{6}$", error="Six digits.")


class WayAnswer(Schema):
    organisation_id = fields.UUID(required=True)
    organisation = fields.String(required=True, metadata={"example": "Policía Estatal Modelo A (inventada)"})


class WaysAnswer(Schema):
    items = fields.List(
        fields.Nested(WayAnswer), required=True, metadata={"description": "organisations with a provider of their own"}
    )


class IdentityBeginBody(Schema):
    organisation_id = fields.UUID(required=True)


class IdentityBeginAnswer(Schema):
    url = fields.String(
        required=True,
        metadata={
            "description": "where the browser goes; it comes back to /desk with code and state",
            "example": "https://cuentas.agencia.example/authorize?response_type=code&client_id=casquillo",
        },
    )


class IdentityReturnBody(Schema):
    state = fields.String(required=True, validate=validate.Length(1, 200), metadata={"example": "kq3W0s"})
    code = fields.String(required=True, validate=validate.Length(1, 4000), metadata={"example": "SplxlOBe"})


class IdentityReturnAnswer(Schema):
    """A session, or a ticket with which the person's own code is still to be shown."""

    session = fields.Nested(SessionAnswer, required=True, allow_none=True)
    ticket = fields.String(required=True, allow_none=True, metadata={"example": "kq3W0s"})


class IdentityCodeBody(Schema):
    ticket = fields.String(required=True, validate=validate.Length(1, 200), metadata={"example": "kq3W0s"})
    totp = fields.String(required=True, validate=TOTP, metadata={"example": "492039"})


class ProviderBody(Schema):
    issuer = fields.String(required=True, validate=validate.Length(1, 500), metadata=ISSUER)
    client_id = fields.String(required=True, validate=[WORD, VISIBLE], metadata={"example": "casquillo"})
    client_secret = fields.String(
        load_default=None,
        allow_none=True,
        load_only=True,
        validate=[validate.Length(1, 1000), VISIBLE],
        metadata={"description": "left out: stays as it is; never shown again", "example": "not-a-real-secret"},
    )
    name_claim = fields.String(
        load_default="preferred_username",
        validate=WORD,
        metadata={"description": "the claim that holds the user name", "example": "preferred_username"},
    )
    factor_values = fields.List(
        fields.String(validate=WORD),
        load_default=list,
        validate=validate.Length(max=20),
        metadata={"description": "acr and amr values that count as a second factor", "example": ["mfa", "otp"]},
    )


class ProviderAnswer(Schema):
    issuer = fields.String(required=True, metadata=ISSUER)
    client_id = fields.String(required=True, metadata={"example": "casquillo"})
    has_secret = fields.Function(lambda row: row.secret_sealed is not None, required=True, metadata={"type": "boolean"})
    name_claim = fields.String(required=True, metadata={"example": "preferred_username"})
    factor_values = fields.List(fields.String(), required=True, metadata={"example": ["mfa"]})
    changed_at = Time(required=True)
    changed_by = fields.UUID(required=True)


class ProviderSettingsAnswer(Schema):
    provider = fields.Nested(ProviderAnswer, required=True, allow_none=True)
    redirect_uri = fields.String(
        required=True,
        metadata={"description": "to be registered at the provider", "example": "https://casquillo.example/desk"},
    )


class ProviderTestBody(Schema):
    issuer = fields.String(required=True, validate=validate.Length(1, 500), metadata=ISSUER)


class DiscoveryAnswer(Schema):
    authorization = fields.String(required=True, metadata={"example": "https://cuentas.agencia.example/authorize"})
    token = fields.String(required=True, metadata={"example": "https://cuentas.agencia.example/token"})
    keys = fields.String(required=True, metadata={"example": "https://cuentas.agencia.example/keys"})
    sign_out = fields.String(required=True, allow_none=True, metadata={"description": "where its own session ends"})
    secret_in_body = fields.Boolean(required=True, metadata={"description": "how the secret is handed over"})
    claims = fields.List(fields.String(), required=True, metadata={"example": ["sub", "preferred_username"]})
    factor_values = fields.List(fields.String(), required=True, metadata={"description": "acr_values_supported"})


class ProviderTestAnswer(Schema):
    """What discovery said, or why the provider can't be used."""

    found = fields.Nested(DiscoveryAnswer, required=True, allow_none=True)
    fault = fields.String(required=True, allow_none=True, validate=validate.OneOf([one.value for one in Fault]))
