"""People as their administrators keep them, and the one-time links that let them sign in."""

from marshmallow import Schema, fields, validate

from api.paging import PageQuery
from api.schemas.times import Time
from evidence.actions.accounts.invitations import GIVES
from evidence.domain.roles import Role

CODE = validate.Length(1, 40)
NAME = validate.Length(1, 200)
WORDS = validate.Length(0, 100)
REASON = validate.Length(1, 2000)
CSV_MOST = 300_000  # characters: five hundred lines, and more than that


class PeopleQuery(PageQuery):
    q = fields.String(
        load_default=None, validate=validate.Length(1, 100), metadata={"description": "part of a name or code"}
    )


class RoleAssignmentAnswer(Schema):
    id = fields.UUID(required=True)
    role = fields.String(required=True)
    valid_from = Time(required=True)
    valid_until = Time(required=True, allow_none=True)
    substitute_for = fields.UUID(required=True, allow_none=True)


class MemberAnswer(Schema):
    person_id = fields.UUID(required=True, attribute="person.id")
    code = fields.String(required=True, attribute="person.code")
    name = fields.String(required=True, attribute="person.name")
    username = fields.String(required=True)
    unit = fields.String(required=True, allow_none=True, attribute="person.unit")
    shift = fields.String(required=True, allow_none=True, attribute="person.shift")
    locale = fields.String(required=True, attribute="person.locale")
    ended_at = Time(required=True, allow_none=True, attribute="person.ended_at")
    roles = fields.List(fields.Nested(RoleAssignmentAnswer), required=True)
    locked_at = Time(required=True, allow_none=True)
    locked_by_failures = fields.Boolean(required=True)
    password_set = fields.Boolean(required=True)
    invited_until = Time(required=True, allow_none=True, metadata={"description": "an open one-time link's end"})
    last_seen_at = Time(required=True, allow_none=True)


class InviteBody(Schema):
    code = fields.String(required=True, validate=CODE)
    name = fields.String(required=True, validate=NAME)
    username = fields.String(required=True, validate=validate.Length(3, 100))
    roles = fields.List(fields.Enum(Role, by_value=True), required=True, validate=validate.Length(1, 9))
    unit = fields.String(load_default=None, allow_none=True, validate=WORDS)
    shift = fields.String(load_default=None, allow_none=True, validate=WORDS)


class LinkAnswer(Schema):
    person_id = fields.UUID(required=True)
    username = fields.String(required=True)
    token = fields.String(
        required=True, metadata={"description": "shown this once; the page is /desk#/welcome/<token>"}
    )
    expires_at = Time(required=True)


class PersonChangeBody(Schema):
    name = fields.String(validate=NAME)
    code = fields.String(validate=CODE)
    unit = fields.String(allow_none=True, validate=WORDS)
    shift = fields.String(allow_none=True, validate=WORDS)
    locale = fields.String(validate=validate.OneOf(["es", "en"]))
    ended_at = Time(allow_none=True)


class RoleBody(Schema):
    role = fields.Enum(Role, by_value=True, required=True)
    valid_from = Time(load_default=None, allow_none=True)
    valid_until = Time(load_default=None, allow_none=True)
    substitute_for = fields.UUID(
        load_default=None, allow_none=True, metadata={"description": "whose substitute; then valid_until is needed"}
    )


class StaffReasonBody(Schema):
    reason = fields.String(required=True, validate=REASON)


class ResetBody(Schema):
    gives = fields.List(
        fields.String(validate=validate.OneOf(GIVES)), required=True, validate=validate.Length(1, len(GIVES))
    )
    reason = fields.String(required=True, validate=REASON)


class ImportBody(Schema):
    csv = fields.String(required=True, validate=validate.Length(1, CSV_MOST))
    dry_run = fields.Boolean(load_default=True)


class ImportLineAnswer(Schema):
    line = fields.Integer(required=True)
    code = fields.String(required=True)
    name = fields.String(required=True)
    username = fields.String(required=True)
    unit = fields.String(required=True, allow_none=True)
    shift = fields.String(required=True, allow_none=True)
    roles = fields.List(fields.Enum(Role, by_value=True), required=True)
    errors = fields.List(fields.String(), required=True)


class ImportAnswer(Schema):
    lines = fields.List(fields.Nested(ImportLineAnswer), required=True)
    links = fields.List(
        fields.Nested(LinkAnswer), required=True, metadata={"description": "empty unless every line was taken"}
    )


class OpenLinkBody(Schema):
    token = fields.String(required=True, validate=validate.Length(1, 100))


class OpenLinkAnswer(Schema):
    username = fields.String(required=True)
    name = fields.String(required=True)
    organisation = fields.String(required=True)
    gives = fields.List(fields.String(), required=True)
    totp_secret = fields.String(required=True, allow_none=True)
    totp_uri = fields.String(required=True, allow_none=True)
    expires_at = Time(required=True)


class AcceptLinkBody(Schema):
    token = fields.String(required=True, validate=validate.Length(1, 100))
    password = fields.String(required=True, load_only=True, validate=validate.Length(1, 256))
    totp = fields.String(required=True, validate=validate.Regexp(r"^\d{6}$", error="Six digits."))
