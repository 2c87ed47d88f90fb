"""Passkeys: what a browser is asked for and what it answers, in the JSON forms of WebAuthn level 3."""

from marshmallow import EXCLUDE, Schema, fields, validate

from api.schemas.times import Time

LONGEST = 20_000  # characters of base64url: an attestation of any maker, and more than that
NAME = validate.Length(1, 60)
BASE64URL = [validate.Length(1, LONGEST), validate.Regexp(r"^[A-Za-z0-9_-]+$", error="base64url without padding.")]

ASKED = {"challenge": "3q2-7wAA", "rpId": "casquillo.example", "userVerification": "required", "timeout": 60000}
OFFERED = {
    "challenge": "3q2-7wAA",
    "rp": {"id": "casquillo.example", "name": "Casquillo"},
    "user": {"id": "AZ0rFf8", "name": "s-201", "displayName": "Supervisora S-201"},
    "pubKeyCredParams": [{"type": "public-key", "alg": -7}],
}


def _text(*, required: bool = False, example: str = "3q2-7wAA") -> fields.String:
    return fields.String(required=required, validate=BASE64URL, metadata={"example": example})


class PasskeyRequestAnswer(Schema):
    public_key = fields.Dict(
        required=True,
        metadata={"description": "options of navigator.credentials.get, good once within 5 minutes", "example": ASKED},
    )


class PasskeyCreationAnswer(Schema):
    public_key = fields.Dict(
        required=True,
        metadata={
            "description": "options of navigator.credentials.create, good once within 5 minutes",
            "example": OFFERED,
        },
    )


class _Loose(Schema):
    """Browsers add members of their own; what is not named here is not read."""

    class Meta:
        unknown = EXCLUDE


class MadeResponse(_Loose):
    clientDataJSON = _text(required=True)
    attestationObject = _text(required=True)
    transports = fields.List(fields.String(validate=validate.Length(1, 40)), validate=validate.Length(max=10))


class MadeCredential(_Loose):
    id = _text(required=True)
    rawId = _text(required=True)
    type = fields.String(required=True, validate=validate.Equal("public-key"), metadata={"example": "public-key"})
    response = fields.Nested(MadeResponse, required=True)


class ShownResponse(_Loose):
    clientDataJSON = _text(required=True)
    authenticatorData = _text(required=True)
    signature = _text(required=True)
    userHandle = fields.String(allow_none=True, validate=validate.Length(0, 200), metadata={"example": "AZ0rFf8"})


class ShownCredential(_Loose):
    id = _text(required=True)
    rawId = _text(required=True)
    type = fields.String(required=True, validate=validate.Equal("public-key"), metadata={"example": "public-key"})
    response = fields.Nested(ShownResponse, required=True)


class PasskeySignInBody(Schema):
    credential = fields.Nested(ShownCredential, required=True)


class PasskeyAddBody(Schema):
    name = fields.String(required=True, validate=NAME, metadata={"example": "Llave del escritorio"})
    credential = fields.Nested(MadeCredential, required=True)


class PasskeyAnswer(Schema):
    id = fields.UUID(required=True)
    name = fields.String(required=True, metadata={"example": "Llave del escritorio"})
    backed_up = fields.Boolean(required=True, metadata={"description": "its maker keeps a copy for other devices"})
    created_at = Time(required=True)
    last_used_at = Time(required=True, allow_none=True)
    doubted_at = Time(
        required=True, allow_none=True, metadata={"description": "there may be a copy; it opens nothing since"}
    )
    removed_at = Time(required=True, allow_none=True)
    removed_by = fields.UUID(required=True, allow_none=True)


class PasskeysAnswer(Schema):
    items = fields.List(
        fields.Nested(PasskeyAnswer), required=True, metadata={"description": "removed ones for 90 days, last"}
    )
