"""What a laboratory or desk does with a submission that it holds: clocks, entries, test fires, worksheets."""

from typing import Any
from uuid import UUID

from api import boundary, paging
from api.schemas.laboratory import (
    AcquisitionAnswer,
    AcquisitionBody,
    PauseBody,
    TestFireAnswer,
    TestFireBody,
    TickAnswer,
    TickBody,
    WalkInAnswer,
    WalkInBody,
    WalkInLinkBody,
    WalkInsPage,
    WorkAnswer,
    WorksheetAnswer,
    WorksheetQuery,
)
from api.schemas.queue_items import PauseAnswer
from api.schemas.queues import MovedAnswer
from api.smorest import Noun
from evidence.actions.holding import acquisitions, pauses, walk_ins, worksheets
from evidence.domain.roles import Verb
from evidence.records.laboratory import Acquisition, ClockPause, TestFire
from evidence.records.submissions import Submission

noun = Noun("laboratory", "Work on what is held: clocks, acquisitions, test fires, walk-ins, worksheets.")

OF = "/submissions/<uuid:submission_id>"
PROBLEMS = (404, 409, 422)


@noun.act("POST", f"{OF}/pause", Verb.EVENT_WRITE, body=PauseBody, answer=PauseAnswer, problem=PROBLEMS)
def post_pause(body: dict[str, Any], submission_id: UUID) -> ClockPause:
    """The holder's clock stands still, with a reason; the same again changes nothing."""
    return boundary.write(pauses.pause, caller=boundary.caller(), submission_id=submission_id, **body)


@noun.act("POST", f"{OF}/resume", Verb.EVENT_WRITE, answer=MovedAnswer, problem=(404, 409))
def post_resumption(submission_id: UUID) -> Submission:
    """The clock goes on; what is due moves by the time that it stood still."""
    return boundary.write(pauses.resume, caller=boundary.caller(), submission_id=submission_id)


@noun.act(
    "POST",
    f"{OF}/acquisitions",
    Verb.RESULT_WRITE,
    body=AcquisitionBody,
    answer=AcquisitionAnswer,
    status=201,
    also=(200,),
    problem=PROBLEMS,
)
def post_acquisition(body: dict[str, Any], submission_id: UUID) -> tuple[Acquisition | TestFire, int]:
    """What was entered into an imaging system, or why it was not: 201 new, 200 the same again."""
    entered = acquisitions.Entered(**{**body, "attachments": tuple(body["attachments"])})
    done = boundary.write(acquisitions.acquire, caller=boundary.caller(), submission_id=submission_id, entered=entered)
    return done.row, 201 if done.new else 200


@noun.act(
    "POST",
    f"{OF}/test-fires",
    Verb.RESULT_WRITE,
    body=TestFireBody,
    answer=TestFireAnswer,
    status=201,
    also=(200,),
    problem=PROBLEMS,
)
def post_test_fires(body: dict[str, Any], submission_id: UUID) -> tuple[Acquisition | TestFire, int]:
    """Test fires, which make sub-items: 201 new, 200 the same again."""
    fired = acquisitions.Fired(**body)
    done = boundary.write(acquisitions.test_fire, caller=boundary.caller(), submission_id=submission_id, fired=fired)
    return done.row, 201 if done.new else 200


@noun.act("GET", f"{OF}/work", Verb.SUBMISSION_READ, answer=WorkAnswer, problem=(404,))
def get_work(submission_id: UUID) -> acquisitions.Work:
    """Test fires and acquisitions so far, first to last."""
    now = boundary.services().clock.now()
    return boundary.read(acquisitions.listed, caller=boundary.caller(), submission_id=submission_id, now=now)


@noun.act(
    "POST",
    "/walk-ins",
    Verb.ATTACHMENT_WRITE,
    body=WalkInBody,
    answer=WalkInAnswer,
    status=201,
    also=(200,),
    problem=(409, 422),
)
def post_walk_in(body: dict[str, Any]) -> tuple[walk_ins.Receipt, int]:
    """A thing that came without a capture here: 201 new, 200 the same again."""
    brought = walk_ins.Brought(**body)
    receipt, new = boundary.write(walk_ins.receive, caller=boundary.caller(), brought=brought)
    return receipt, 201 if new else 200


@noun.act("GET", "/walk-ins", Verb.QUEUE_READ, query=paging.PageQuery, answer=WalkInsPage, problem=(422,))
def get_walk_ins(limit: int, cursor: str | None) -> dict[str, Any]:
    """The organisation's own walk-in receipts, newest first."""
    rows = boundary.read(walk_ins.listed, caller=boundary.caller(), limit=limit, after=paging.decode_time(cursor))
    return paging.cut(rows, limit, lambda row: (row.walk_in.received_at.isoformat(), row.walk_in.id))


@noun.act(
    "POST",
    "/walk-ins/<uuid:walk_in_id>/link",
    Verb.ATTACHMENT_WRITE,
    body=WalkInLinkBody,
    answer=WalkInAnswer,
    problem=PROBLEMS,
)
def post_walk_in_link(body: dict[str, Any], walk_in_id: UUID) -> walk_ins.Receipt:
    """To which submission it belongs; its receiving then stands among the capture's events."""
    return boundary.write(walk_ins.link, caller=boundary.caller(), walk_in_id=walk_in_id, **body)


@noun.act(
    "GET",
    f"{OF}/worksheet",
    Verb.SUBMISSION_READ,
    query=WorksheetQuery,
    answer=WorksheetAnswer,
    problem=(404, 422),
)
def get_worksheet(submission_id: UUID, digest: str | None) -> worksheets.Sheet:
    """The form in its own order, for whoever holds the submission, with the reader's own ticks."""
    now = boundary.services().clock.now()
    return boundary.read(worksheets.read, caller=boundary.caller(), submission_id=submission_id, digest=digest, now=now)


@noun.act("PUT", f"{OF}/worksheet/ticks", Verb.TRACE_READ_BACK, body=TickBody, answer=TickAnswer, problem=PROBLEMS)
def put_tick(body: dict[str, Any], submission_id: UUID) -> dict[str, bool]:
    """Remembers for the caller alone that a line is keyed, or not."""
    done = boundary.write(worksheets.tick, caller=boundary.person(), submission_id=submission_id, **body)
    return {"ticked": done}
