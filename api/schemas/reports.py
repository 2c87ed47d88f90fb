"""Boards and monthly reports."""

from marshmallow import Schema, fields, validate

from api.schemas.health import CanaryAnswer
from api.schemas.times import Time
from evidence.actions.reports import MOST_MONTHS


class QueueCountAnswer(Schema):
    destination = fields.String(required=True)
    state = fields.String(required=True)
    n = fields.Integer(required=True)
    oldest_at = Time(required=True, allow_none=True)
    overdue = fields.Integer(required=True)


class EntityCountAnswer(Schema):
    entity = fields.String(required=True, metadata={"description": "INEGI 01 to 32"})
    n = fields.Integer(required=True)


class BoardAnswer(Schema):
    queues = fields.List(fields.Nested(QueueCountAnswer), required=True)
    entities = fields.List(fields.Nested(EntityCountAnswer), required=True)


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
