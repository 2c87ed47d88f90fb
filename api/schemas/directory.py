"""People, machine tokens and routes on the wire, for an organisation's administrator."""

from marshmallow import Schema, fields, validate

from api.schemas.times import Time
from evidence.domain.roles import DESTINATIONS, SCOPE_VERBS, Role

LONGEST_TOKEN_DAYS = 366


class PersonBody(Schema):
    code = fields.String(required=True, validate=validate.Length(1, 40))
    name = fields.String(required=True, validate=validate.Length(1, 200))
    username = fields.String(required=True, validate=validate.Length(3, 100))
    password = fields.String(required=True, load_only=True, validate=validate.Length(max=256))
    roles = fields.List(fields.Enum(Role, by_value=True), required=True, validate=validate.Length(1, 9))


class NewPersonAnswer(Schema):
    person_id = fields.UUID(required=True)
    username = fields.String(required=True)
    totp_secret = fields.String(required=True, metadata={"description": "base32; shown this once"})


class TokenBody(Schema):
    owner_id = fields.UUID(required=True, metadata={"description": "the person who answers for it"})
    label = fields.String(required=True, validate=validate.Length(1, 100))
    scopes = fields.List(
        fields.String(validate=validate.OneOf(sorted(SCOPE_VERBS))), required=True, validate=validate.Length(1, 30)
    )
    expires_in_days = fields.Integer(required=True, validate=validate.Range(1, LONGEST_TOKEN_DAYS))


class NewTokenAnswer(Schema):
    token_id = fields.UUID(required=True)
    token = fields.String(required=True, metadata={"description": "shown this once"})
    expires_at = Time(required=True)


class RouteBody(Schema):
    destination = fields.String(required=True, validate=validate.OneOf(DESTINATIONS))
    organisation_id = fields.UUID(required=True)
    rank = fields.Integer(load_default=1, validate=validate.Range(1, 100))
    valid_from = Time(load_default=None, allow_none=True)
    valid_until = Time(load_default=None, allow_none=True)
    matchers = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String(validate=validate.Length(1, 64)), validate=validate.Length(1, 50)),
        load_default=dict,
    )


class RouteAnswer(Schema):
    id = fields.UUID(required=True)
    destination = fields.String(required=True)
    organisation_id = fields.UUID(required=True)
    rank = fields.Integer(required=True)
    valid_from = Time(required=True)
    valid_until = Time(required=True, allow_none=True)
    matchers = fields.Dict(required=True)
