"""Agreements on the wire, and what a partner sees by them."""

from marshmallow import Schema, fields, validate

from api.schemas.agency import OrganisationAnswer
from api.schemas.times import Time
from evidence.domain.agreements import MOST_APPROVERS, Share

HOUR = validate.Regexp(r"^([01]\d|2[0-3]):[0-5]\d$")


class WindowBody(Schema):
    days = fields.List(
        fields.Integer(validate=validate.Range(1, 7)),
        required=True,
        validate=validate.Length(1, 7),
        metadata={"description": "on which the window begins; 1 is Monday"},
    )
    # ``from`` is no name for an attribute in Python.
    begins = fields.String(required=True, data_key="from", attribute="from", validate=HOUR)
    until = fields.String(required=True, validate=HOUR)


class AgreementBody(Schema):
    partner_id = fields.UUID(required=True)
    reference = fields.String(required=True, validate=validate.Length(1, 100))
    shares = fields.List(
        fields.String(validate=validate.OneOf([one.value for one in Share])),
        load_default=list,
        validate=validate.Length(max=3),
    )
    approves = fields.Boolean(load_default=False)
    windows = fields.List(fields.Nested(WindowBody), load_default=list, validate=validate.Length(max=14))
    zone = fields.String(load_default="America/Mexico_City", validate=validate.Length(1, 40))
    when_absent = fields.Boolean(load_default=False)
    valid_from = Time(required=True)
    valid_until = Time(required=True)


class AcceptBody(Schema):
    approvers = fields.List(fields.UUID(), load_default=list, validate=validate.Length(max=MOST_APPROVERS))


class RevokeBody(Schema):
    reason = fields.String(required=True, validate=validate.Length(1, 2000))


class ApproverAnswer(Schema):
    person_id = fields.UUID(required=True)
    code = fields.String(required=True)
    name = fields.String(required=True)


class AgreementAnswer(Schema):
    id = fields.UUID(required=True)
    agency_id = fields.UUID(required=True)
    partner_id = fields.UUID(required=True)
    reference = fields.String(required=True)
    shares = fields.List(fields.String(), required=True)
    approves = fields.Boolean(required=True)
    windows = fields.List(fields.Nested(WindowBody), required=True)
    zone = fields.String(required=True)
    when_absent = fields.Boolean(required=True)
    approvers = fields.List(fields.Nested(ApproverAnswer), required=True, attribute="approver_names")
    valid_from = Time(required=True)
    valid_until = Time(required=True)
    offered_at = Time(required=True)
    accepted_at = Time(required=True, allow_none=True)
    confirmed_at = Time(required=True, allow_none=True)
    revoked_at = Time(required=True, allow_none=True)
    revoked_of = fields.UUID(required=True, allow_none=True)
    revoked_reason = fields.String(required=True, allow_none=True)


class AgreementsAnswer(Schema):
    items = fields.List(fields.Nested(AgreementAnswer), required=True)
    organisations = fields.List(fields.Nested(OrganisationAnswer), required=True)


class HostAnswer(Schema):
    agency = fields.Nested(OrganisationAnswer, required=True)
    agreement = fields.Nested(AgreementAnswer, required=True)


class HostsAnswer(Schema):
    items = fields.List(fields.Nested(HostAnswer), required=True)


class PartnerMonthAnswer(Schema):
    month = fields.String(required=True, metadata={"description": "YYYY-MM"})
    captures = fields.Integer(required=True, allow_none=True, metadata={"description": "null: one to four"})
    approved = fields.Integer(required=True, allow_none=True)
    returned = fields.Integer(required=True, allow_none=True)
    answered = fields.Integer(required=True, allow_none=True)


class PartnerHitAnswer(Schema):
    result_id = fields.UUID(required=True)
    folio = fields.String(required=True)
    item_number = fields.String(required=True, allow_none=True)
    item_kind = fields.String(required=True, allow_none=True)
    caliber = fields.String(required=True, allow_none=True)
    laboratory = fields.String(required=True)
    recorded_at = Time(required=True)


class SharedAnswer(Schema):
    months = fields.List(fields.Nested(PartnerMonthAnswer), required=True)
    hits = fields.List(fields.Nested(PartnerHitAnswer), required=True)
