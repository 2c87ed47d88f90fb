"""An organisation's own settings, the directory, its routes and its machine tokens, for administrators."""

from marshmallow import Schema, fields, validate

from api.schemas.directory import RouteAnswer
from api.schemas.times import Time


class AgencyAnswer(Schema):
    id = fields.UUID(required=True)
    code = fields.String(required=True)
    name = fields.String(required=True)
    kind = fields.String(required=True)
    jurisdiction = fields.String(required=True)
    entity = fields.String(required=True, allow_none=True)
    contact = fields.String(required=True)
    settings = fields.Dict(required=True)


class AgencyBody(Schema):
    contact = fields.String(required=True, validate=validate.Length(0, 300))
    settings = fields.Dict(keys=fields.String(validate=validate.Length(1, 60)), required=True)


class OrganisationAnswer(Schema):
    id = fields.UUID(required=True)
    code = fields.String(required=True)
    name = fields.String(required=True)
    kind = fields.String(required=True)
    jurisdiction = fields.String(required=True)
    entity = fields.String(required=True, allow_none=True)


class OrganisationsAnswer(Schema):
    items = fields.List(fields.Nested(OrganisationAnswer), required=True)


class RoutesAnswer(Schema):
    items = fields.List(fields.Nested(RouteAnswer), required=True)


class RouteEndBody(Schema):
    at = Time(load_default=None, allow_none=True, metadata={"description": "now when it is left out"})


class TokenAnswer(Schema):
    id = fields.UUID(required=True)
    label = fields.String(required=True)
    owner_id = fields.UUID(required=True)
    owner = fields.String(required=True)
    scopes = fields.List(fields.String(), required=True)
    created_at = Time(required=True)
    expires_at = Time(required=True)
    revoked_at = Time(required=True, allow_none=True)
    last_used_at = Time(required=True, allow_none=True)


class TokensAnswer(Schema):
    items = fields.List(fields.Nested(TokenAnswer), required=True)
    scopes = fields.List(fields.String(), required=True, metadata={"description": "every scope that there is"})
