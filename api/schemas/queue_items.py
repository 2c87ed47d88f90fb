"""The list behind a queue, and the people who work on it."""

from marshmallow import Schema, fields, validate

from api.paging import PageQuery, page_of
from api.schemas.times import Time
from evidence.actions.holding.queue_items import PHYSICAL, SCOPES, SORTS
from evidence.domain.kinds import ItemKind


class QueueItemsQuery(PageQuery):
    scope = fields.String(load_default="open", validate=validate.OneOf(list(SCOPES)))
    sort = fields.String(load_default="due", validate=validate.OneOf(SORTS))
    mine = fields.Boolean(load_default=False)
    unassigned = fields.Boolean(load_default=False)
    overdue = fields.Boolean(load_default=False)
    unanswered = fields.Boolean(
        load_default=False, metadata={"description": "sent, and without an answer for the holder's own days"}
    )
    lead_open = fields.Boolean(
        load_default=False, metadata={"description": "a lead without its end for the holder's own days"}
    )
    detainee = fields.Boolean(load_default=False, metadata={"description": "a detained person's term runs"})
    physical = fields.String(load_default=None, validate=validate.OneOf(PHYSICAL))
    agency_id = fields.UUID(load_default=None)
    kind = fields.String(load_default=None, validate=validate.OneOf([kind.value for kind in ItemKind]))
    caliber = fields.String(load_default=None, validate=validate.Length(1, 40))
    text = fields.String(
        load_default=None,
        validate=validate.Length(1, 300),
        metadata={"description": "folio, case, seal, label, serial or eTrace number, typed or scanned"},
    )


class PauseAnswer(Schema):
    pause_id = fields.UUID(required=True, attribute="id")
    reason = fields.String(required=True)
    note = fields.String(required=True)
    paused_at = Time(required=True)
    resumed_at = Time(required=True, allow_none=True)


class TraceLine(Schema):
    trace_request_id = fields.UUID(required=True, attribute="id")
    number = fields.Integer(required=True)
    etrace_number = fields.String(required=True)
    sent_at = Time(required=True)
    sent_by = fields.UUID(required=True)


class QueuePackage(Schema):
    label = fields.String(required=True, allow_none=True)
    kind = fields.String(required=True, allow_none=True)
    seal = fields.String(required=True, allow_none=True)


class QueueItemAnswer(Schema):
    submission_id = fields.UUID(required=True, attribute="submission.id")
    capture_id = fields.UUID(required=True, attribute="submission.root_id")
    item_id = fields.UUID(required=True, attribute="submission.item_id")
    agency_id = fields.UUID(required=True, attribute="submission.agency_id")
    destination = fields.String(required=True, attribute="submission.destination")
    state = fields.String(required=True, attribute="submission.state")
    urgency = fields.Integer(required=True, attribute="submission.urgency")
    digest = fields.String(required=True, allow_none=True, attribute="submission.approved_digest")
    accepted_digest = fields.String(required=True, allow_none=True, attribute="submission.accepted_digest")
    revision_pending = fields.Boolean(required=True, attribute="submission.revision_pending")
    queued_at = Time(required=True, allow_none=True, attribute="submission.queued_at")
    due_at = Time(required=True, allow_none=True, attribute="submission.due_at")
    answered_at = Time(required=True, allow_none=True, attribute="submission.answered_at")
    provisional_until = Time(
        required=True,
        allow_none=True,
        attribute="submission.provisional_until",
        metadata={"description": "without approval, and recalled then unless it is confirmed"},
    )
    folio = fields.String(required=True)
    agency = fields.String(required=True)
    entity = fields.String(required=True, allow_none=True)
    case_number = fields.String(required=True, allow_none=True)
    order = fields.Raw(required=True, allow_none=True, metadata={"description": "the prosecutor's order, as stated"})
    priority = fields.Raw(required=True, allow_none=True)
    item = fields.Dict(required=True, metadata={"description": "number, kind, quantity"})
    sheet = fields.Dict(required=True, metadata={"description": "lines of the form by code, those of the list"})
    packages = fields.List(fields.Nested(QueuePackage), required=True)
    missing = fields.List(fields.String(), required=True, metadata={"description": "mandatory lines that are empty"})
    physical = fields.String(required=True, validate=validate.OneOf(PHYSICAL))
    stage = fields.String(required=True)
    holder = fields.String(required=True, allow_none=True, metadata={"description": "who has it now"})
    holder_person_id = fields.UUID(required=True, allow_none=True)
    pause = fields.Nested(PauseAnswer, required=True, allow_none=True)
    paused_s = fields.Integer(required=True, metadata={"description": "seconds that the clock stood still so far"})
    lead_since = Time(required=True, allow_none=True, metadata={"description": "since when a lead waits for its end"})
    detainee_due_at = Time(required=True, allow_none=True, attribute="submission.detainee_due_at")
    remind = fields.String(
        required=True,
        allow_none=True,
        validate=validate.OneOf(("answer", "lead")),
        metadata={"description": "what has been waited for too long"},
    )
    results = fields.List(fields.String(), required=True)
    duplicates_open = fields.Integer(required=True)
    trace = fields.Nested(TraceLine, required=True, allow_none=True)
    read_back = fields.Boolean(required=True, allow_none=True, attribute="read_back.equal", dump_default=None)
    notices_open = fields.Integer(required=True)


QueueItemsPage = page_of(QueueItemAnswer, "QueueItemsPage")


class SenderAnswer(Schema):
    agency_id = fields.UUID(required=True)
    name = fields.String(required=True)
    n = fields.Integer(required=True, metadata={"description": "submissions that are open"})


class SendersAnswer(Schema):
    items = fields.List(fields.Nested(SenderAnswer), required=True)


class ColleagueAnswer(Schema):
    person_id = fields.UUID(required=True)
    name = fields.String(required=True)
    code = fields.String(required=True)
    roles = fields.List(fields.String(), required=True)


class ColleaguesAnswer(Schema):
    items = fields.List(fields.Nested(ColleagueAnswer), required=True)
