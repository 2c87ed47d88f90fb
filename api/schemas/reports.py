"""Boards and monthly reports."""

from marshmallow import Schema, fields, validate

from api.schemas.health import CanaryAnswer
from api.schemas.times import Time
from evidence.actions.telling.reports import MOST_MONTHS


class QueueCountAnswer(Schema):
    destination = fields.String(required=True)
    state = fields.String(required=True)
    n = fields.Integer(required=True)
    oldest_at = Time(required=True, allow_none=True)
    overdue = fields.Integer(required=True)


class EntityCountAnswer(Schema):
    entity = fields.String(required=True, metadata={"description": "INEGI 01 to 32"})
    n = fields.Integer(required=True)


class AgeCountAnswer(Schema):
    destination = fields.String(required=True)
    from_days = fields.Integer(required=True)
    to_days = fields.Integer(required=True, allow_none=True, metadata={"description": "not included; null: no end"})
    n = fields.Integer(required=True)


class ClocksAnswer(Schema):
    overdue = fields.Integer(required=True)
    due_today = fields.Integer(required=True, metadata={"description": "within 24 hours"})
    detainee = fields.Integer(required=True, metadata={"description": "a detained person's term runs"})
    detainee_over = fields.Integer(required=True, metadata={"description": "the term has run out"})
    unanswered = fields.Integer(required=True, metadata={"description": "sent, without an answer for too long"})
    lead_open = fields.Integer(required=True, metadata={"description": "with a lead without its end for too long"})


class ReadinessCountAnswer(Schema):
    destination = fields.String(required=True)
    signed = fields.Integer(required=True)
    ready = fields.Integer(required=True, metadata={"description": "lacked nothing when they were signed"})


class GapCountAnswer(Schema):
    destination = fields.String(required=True)
    gap = fields.String(required=True, metadata={"description": "a form's code, a view, package or item"})
    n = fields.Integer(required=True)


class BoardAnswer(Schema):
    queues = fields.List(fields.Nested(QueueCountAnswer), required=True)
    entities = fields.List(fields.Nested(EntityCountAnswer), required=True)
    ages = fields.List(fields.Nested(AgeCountAnswer), required=True)
    clocks = fields.Nested(ClocksAnswer, required=True)
    readiness = fields.List(fields.Nested(ReadinessCountAnswer), required=True)
    gaps = fields.List(fields.Nested(GapCountAnswer), required=True)


class MonthsQuery(Schema):
    months = fields.Integer(load_default=12, validate=validate.Range(1, MOST_MONTHS))


class ReasonCountAnswer(Schema):
    reason = fields.String(required=True)
    n = fields.Integer(required=True)


class UnitCountAnswer(Schema):
    unit = fields.String(required=True, metadata={"description": "empty: no unit was given"})
    n = fields.Integer(required=True)


class MonthAnswer(Schema):
    month = fields.String(required=True, metadata={"description": "YYYY-MM"})
    captures = fields.Integer(required=True)
    approved = fields.Integer(required=True)
    returned = fields.Integer(required=True)
    mismatches = fields.Integer(required=True)
    duplicates = fields.Integer(required=True)
    hours_to_approval = fields.Float(required=True, allow_none=True)
    hours_to_queue = fields.Float(required=True, allow_none=True)
    hours_to_entry = fields.Float(required=True, allow_none=True)
    hours_to_answer = fields.Float(required=True, allow_none=True)
    returns = fields.List(fields.Nested(ReasonCountAnswer), required=True)
    units = fields.List(fields.Nested(UnitCountAnswer), required=True)


class MonthsAnswer(Schema):
    items = fields.List(fields.Nested(MonthAnswer), required=True)


class JobCountAnswer(Schema):
    queue = fields.String(required=True)
    waiting = fields.Integer(required=True)
    oldest_at = Time(required=True, allow_none=True)


class ServiceHealthAnswer(Schema):
    incidents = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    jobs = fields.List(fields.Nested(JobCountAnswer), required=True)
    jobs_failed = fields.Integer(required=True)
    log_lag_s = fields.Float(required=True)
    published_at = Time(required=True, allow_none=True)
    witnessed_at = Time(required=True, allow_none=True)
    store_canary = fields.Nested(CanaryAnswer, required=True, allow_none=True)
    backup_at = Time(
        required=True, allow_none=True, metadata={"description": "when the file of CASQUILLO_BACKUP_MARK was touched"}
    )
