"""Events of the things themselves."""

from marshmallow import Schema, fields, validate

from api.paging import page_of
from api.schemas.times import Time
from evidence.domain.kinds import MismatchKind, PhysicalEventKind

TEXT = validate.Length(1, 500)


class EventBody(Schema):
    event_id = fields.UUID(required=True)
    kind = fields.Enum(PhysicalEventKind, by_value=True, required=True)
    package_id = fields.UUID(load_default=None, allow_none=True)
    item_ids = fields.List(fields.UUID(), load_default=list, validate=validate.Length(max=50))
    mismatches = fields.List(
        fields.Enum(MismatchKind, by_value=True), load_default=list, validate=validate.Length(max=10)
    )
    given_by = fields.String(data_key="from", load_default=None, allow_none=True, validate=TEXT)
    taken_by = fields.String(data_key="to", load_default=None, allow_none=True, validate=TEXT)
    place = fields.String(load_default=None, allow_none=True, validate=TEXT)
    happened_at = Time(required=True)
    signed = fields.String(
        load_default=None, allow_none=True, validate=TEXT, metadata={"description": "How it was signed for."}
    )
    note = fields.String(load_default=None, allow_none=True, validate=validate.Length(1, 2000))
    seal = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(1, 100),
        metadata={"description": "A new seal; the former one stays inside the bag."},
    )
    sedena_letter = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(1, 200),
        metadata={"description": "The letter by which SEDENA was told of the gun."},
    )
    sedena_date = fields.Date(load_default=None, allow_none=True)
    attachments = fields.List(
        fields.UUID(),
        load_default=list,
        validate=validate.Length(max=50),
        metadata={"description": "files attached before: the photo of a seal"},
    )
    submission_id = fields.UUID(load_default=None, allow_none=True)


class EventAnswer(Schema):
    event_id = fields.UUID(required=True, attribute="id")
    kind = fields.String(required=True)
    package_id = fields.UUID(required=True, allow_none=True)
    item_ids = fields.List(fields.UUID(), required=True)
    mismatches = fields.List(fields.String(), required=True)
    facts = fields.Dict(
        required=True,
        metadata={"description": "from, to, place, signed, note, seal, sedena_letter, sedena_date, as far as given."},
    )
    attachments = fields.List(fields.UUID(), required=True)
    organisation_id = fields.UUID(required=True)
    submission_id = fields.UUID(required=True, allow_none=True)
    happened_at = Time(required=True)
    recorded_at = Time(required=True)


EventsPage = page_of(EventAnswer, "EventsPage")


class MismatchAnswer(Schema):
    event_id = fields.UUID(required=True, attribute="event.id")
    capture_id = fields.UUID(required=True, attribute="event.root_id")
    folio = fields.String(required=True)
    numbers = fields.List(fields.String(), required=True, metadata={"description": "of the items"})
    mismatches = fields.List(fields.String(), required=True, attribute="event.mismatches")
    holder = fields.String(required=True, metadata={"description": "the name of who found it"})
    facts = fields.Dict(required=True, attribute="event.facts")
    happened_at = Time(required=True, attribute="event.happened_at")
    recorded_at = Time(required=True, attribute="event.recorded_at")


MismatchesPage = page_of(MismatchAnswer, "MismatchesPage")
