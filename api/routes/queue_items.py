"""The list behind a queue, and who works on it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from api import boundary, paging
from api.schemas.queue_items import ColleaguesAnswer, QueueItemsPage, QueueItemsQuery, SendersAnswer
from api.smorest import Noun
from evidence.actions.holding import colleagues, queue_items
from evidence.domain.errors import invalid
from evidence.domain.roles import Verb

noun = Noun("queue_items", "What a queue holds, line by line.")


@noun.act(
    "GET",
    "/queues/<string:destination>/items",
    Verb.QUEUE_READ,
    query=QueueItemsQuery,
    answer=QueueItemsPage,
    problem=(404, 422),
)
def get_queue_items(destination: str, limit: int, cursor: str | None, **filters: Any) -> dict[str, Any]:
    """What the caller's organisation holds: urgent before routine and oldest due first, or oldest first."""
    rows = boundary.read(
        queue_items.listed,
        boundary.services(),
        caller=boundary.caller(),
        destination=destination,
        filters=queue_items.Filters(**filters),
        limit=limit,
        after=_after(cursor),
    )
    page = paging.cut(rows, limit, lambda row: (row[1].number, row[1].at.isoformat(), row[1].id))
    return {**page, "items": [row for row, _ in page["items"]]}


def _after(cursor: str | None) -> queue_items.Key | None:
    keys = paging.decode(cursor, 3)
    if keys is None:
        return None
    try:
        return queue_items.Key(int(keys[0]), datetime.fromisoformat(keys[1]), UUID(keys[2]))
    except ValueError:
        raise invalid("invalid_cursor", "The cursor does not fit this list.", cursor="not one of ours") from None


@noun.act("GET", "/queues/<string:destination>/agencies", Verb.QUEUE_READ, answer=SendersAnswer, problem=(404,))
def get_queue_agencies(destination: str) -> dict[str, Any]:
    """Whose submissions the caller's organisation has of a destination: what the list can be filtered by."""
    return {"items": boundary.read(queue_items.senders, caller=boundary.caller(), destination=destination)}


@noun.act("GET", "/colleagues", Verb.QUEUE_READ, answer=ColleaguesAnswer)
def get_colleagues() -> dict[str, Any]:
    """The people of the caller's organisation, to reassign to or to examine second."""
    now = boundary.services().clock.now()
    return {"items": boundary.read(colleagues.listed, caller=boundary.caller(), now=now)}
