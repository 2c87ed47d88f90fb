"""What happens to packages and items."""

from typing import Any
from uuid import UUID

from api import boundary, paging
from api.schemas.events import EventAnswer, EventBody, EventsPage, MismatchesPage
from api.smorest import Noun
from evidence.actions.holding import mismatches, physical
from evidence.domain.roles import Verb
from evidence.records.physical import PhysicalEvent

noun = Noun("events", "Sealed, handed over, received, opened, handed back: the things themselves.")

FACTS = {"given_by": "from", "taken_by": "to"}
ALIKE = ("place", "signed", "note", "seal", "sedena_letter", "sedena_date")


@noun.act(
    "POST",
    "/captures/<uuid:capture_id>/events",
    Verb.EVENT_WRITE,
    body=EventBody,
    answer=EventAnswer,
    status=201,
    also=(200,),
    problem=(404, 409, 422),
)
def post_event(body: dict[str, Any], capture_id: UUID) -> tuple[PhysicalEvent, int]:
    """Keeps an event: 201 new, 200 the same again, 409 another payload under the same id."""
    event = physical.Event(
        event_id=body["event_id"],
        kind=body["kind"],
        package_id=body["package_id"],
        item_ids=tuple(body["item_ids"]),
        mismatches=tuple(body["mismatches"]),
        happened_at=body["happened_at"],
        submission_id=body["submission_id"],
        attachments=tuple(body["attachments"]),
        facts=_facts(body),
    )
    done = boundary.write(physical.record, caller=boundary.caller(), capture_id=capture_id, event=event)
    return done.event, 201 if done.new else 200


def _facts(body: dict[str, Any]) -> dict[str, str]:
    named = {**FACTS, **{name: name for name in ALIKE}}
    return {name: str(body[field]) for field, name in named.items() if body[field] is not None}


@noun.act(
    "GET",
    "/captures/<uuid:capture_id>/events",
    Verb.SUBMISSION_READ,
    query=paging.PageQuery,
    answer=EventsPage,
    problem=(404, 422),
)
def get_events(capture_id: UUID, limit: int, cursor: str | None) -> dict[str, Any]:
    """The events that the caller may see, as they arrived."""
    after = paging.decode_time(cursor)
    rows = boundary.read(physical.listed, caller=boundary.caller(), capture_id=capture_id, limit=limit, after=after)
    return paging.cut(rows, limit, lambda row: (row.recorded_at.isoformat(), row.id))


@noun.act("GET", "/mismatches", Verb.NOTICE_READ, query=paging.PageQuery, answer=MismatchesPage, problem=(422,))
def get_mismatches(limit: int, cursor: str | None) -> dict[str, Any]:
    """What laboratories found different from the dossiers of the caller's agency, newest first."""
    after = paging.decode_time(cursor)
    rows = boundary.read(mismatches.listed, caller=boundary.person(), limit=limit, after=after)
    return paging.cut(rows, limit, lambda row: (row.event.recorded_at.isoformat(), row.event.id))
