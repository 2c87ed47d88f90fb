"""Queues, leases, and what is done with a submission between lease and answer."""

from marshmallow import Schema, fields, validate

from api.schemas.captures import SHA256
from api.schemas.times import Time

SECONDS = validate.Range(60, 86400)
REASON = validate.Length(1, 2000)


class LeaseQuery(Schema):
    limit = fields.Integer(required=True, strict=True, validate=validate.Range(1, 50))
    seconds = fields.Integer(required=True, strict=True, validate=SECONDS)
    submission_id = fields.UUID(
        load_default=None, allow_none=True, metadata={"description": "this one alone: the bag in hand"}
    )


class ClaimAnswer(Schema):
    lease_id = fields.UUID(required=True)
    lease_token = fields.String(required=True, metadata={"description": "Shown this once; fences every later act."})
    expires_at = Time(required=True)
    submission_id = fields.UUID(required=True)
    destination = fields.String(required=True)
    digest = fields.String(required=True, allow_none=True)
    item_id = fields.UUID(required=True)
    folio = fields.String(required=True)
    agency_id = fields.UUID(required=True)
    due_at = Time(required=True, allow_none=True)


class ClaimsAnswer(Schema):
    items = fields.List(fields.Nested(ClaimAnswer), required=True)


class DepthAnswer(Schema):
    destination = fields.String(required=True)
    depth = fields.Integer(required=True)
    oldest_queued_at = Time(required=True, allow_none=True)
    overdue = fields.Integer(required=True)
    leased = fields.Integer(required=True)
    in_progress = fields.Integer(required=True)
    waiting_for_item = fields.Integer(required=True)
    dead_letter = fields.Integer(required=True)


class FenceBody(Schema):
    lease_token = fields.String(required=True, validate=validate.Length(1, 200))


class RenewBody(FenceBody):
    seconds = fields.Integer(required=True, strict=True, validate=SECONDS)


class FailBody(FenceBody):
    reason = fields.String(required=True, validate=REASON)


class RenewedAnswer(Schema):
    lease_id = fields.UUID(required=True, attribute="id")
    expires_at = Time(required=True)


class AssignmentAnswer(Schema):
    assignment_id = fields.UUID(required=True, attribute="id")
    submission_id = fields.UUID(required=True)
    digest = fields.String(required=True)
    due_at = Time(required=True)


class MoveReasonBody(Schema):
    reason = fields.String(required=True, validate=REASON)


class QuestionBody(Schema):
    question = fields.String(required=True, validate=REASON)


class RevisionBody(Schema):
    digest = fields.String(
        required=True, validate=SHA256, metadata={"description": "The digest that is approved now, as it was seen"}
    )


class ReassignBody(MoveReasonBody):
    person_id = fields.UUID(required=True)


class MovedAnswer(Schema):
    submission_id = fields.UUID(required=True, attribute="id")
    state = fields.String(required=True)
    version = fields.Integer(required=True)
    holder_id = fields.UUID(required=True, allow_none=True)
    due_at = Time(required=True, allow_none=True)
