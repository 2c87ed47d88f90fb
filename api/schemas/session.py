"""Sign-in and the session that it opens."""

from marshmallow import Schema, fields, validate

from api.schemas.times import Time


class SignInBody(Schema):
    username = fields.String(required=True, validate=validate.Length(1, 200))
    password = fields.String(required=True, validate=validate.Length(1, 1000))
    totp = fields.String(required=True, validate=validate.Regexp(r"^\d{6}$", error="Six digits."))


class FactorBody(Schema):
    totp = fields.String(required=True, validate=validate.Regexp(r"^\d{6}$", error="Six digits."))


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
