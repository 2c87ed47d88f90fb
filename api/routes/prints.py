"""Paper: each PDF is recorded in the custody log before its bytes are answered."""

from typing import Any
from uuid import UUID

from flask import Response

from api import boundary
from api.schemas.prints import CapturePrintBody, NoticePrintBody, PrintBody, QueuePrintBody, SubmissionPrintBody
from api.smorest import Noun
from evidence.actions.holding import possessors
from evidence.actions.paper import printing, printing_choice, printing_sheets, printing_worksheet
from evidence.domain.prints.sheet import What
from evidence.domain.roles import Verb

noun = Noun("prints", "Printed documents, as PDF: Registro, worksheets, labels, receipts, notices.")


@noun.act(
    "POST",
    "/captures/<uuid:capture_id>/prints",
    Verb.SUBMISSION_READ,
    body=CapturePrintBody,
    problem=(404, 409, 422, 503),
)
def post_capture_print(body: dict[str, Any], capture_id: UUID) -> Response:
    """The Registro, labels, a receipt or a hand-back of a capture. Registro and labels are its agency's."""
    wish = printing_choice.Wish(What(body["what"]), package_id=body["package_id"], event_id=body["event_id"])
    return _answer(
        boundary.read(
            printing_choice.of_capture, boundary.services(), caller=boundary.person(), capture_id=capture_id, wish=wish
        )
    )


@noun.act(
    "POST",
    "/submissions/<uuid:submission_id>/prints",
    Verb.SUBMISSION_READ,
    body=SubmissionPrintBody,
    problem=(404, 409, 422, 503),
)
def post_submission_print(body: dict[str, Any], submission_id: UUID) -> Response:
    """The worksheet in the form's order, with a page of photos; the possessor's lines only with a reason."""
    caller, reason = boundary.person(), body["possessor_reason"]
    opened = (
        boundary.write(possessors.open_lines, caller=caller, submission_id=submission_id, reason=reason)
        if reason
        else None
    )
    return _answer(
        boundary.read(
            printing_worksheet.worksheet,
            boundary.services(),
            caller=caller,
            submission_id=submission_id,
            digest=body["digest"],
            possessor=opened,
        )
    )


@noun.act(
    "POST", "/notices/<uuid:notice_id>/prints", Verb.NOTICE_READ, body=NoticePrintBody, problem=(404, 409, 422, 503)
)
def post_notice_print(body: dict[str, Any], notice_id: UUID) -> Response:
    """A lead, hit or end that the caller has opened; a lead carries its caution."""
    caller = boundary.person()
    return _answer(boundary.read(printing_sheets.of_notice, boundary.services(), caller=caller, notice_id=notice_id))


@noun.act("POST", "/queues/<destination>/prints", Verb.QUEUE_READ, body=QueuePrintBody, problem=(404, 422, 503))
def post_queue_print(body: dict[str, Any], destination: str) -> Response:
    """The day's list: everything open that the caller's organisation holds."""
    caller = boundary.person()
    return _answer(boundary.read(printing_sheets.of_queue, boundary.services(), caller=caller, destination=destination))


@noun.act("POST", "/prints", Verb.EVENT_WRITE, body=PrintBody, problem=(422, 503))
def post_print(body: dict[str, Any]) -> Response:
    """Sheets that belong to no capture: blank labels, scale cards."""
    return _answer(
        boundary.read(
            printing_choice.of_organisation,
            boundary.services(),
            caller=boundary.person(),
            what=What(body["what"]),
            sheets=body["sheets"],
        )
    )


def _answer(draft: printing.Draft) -> Response:
    """Draws outside any transaction, records, and only then answers."""
    draft = boundary.read(printing.dressed, caller=boundary.person(), draft=draft)
    boundary.release()
    printed = printing.render(boundary.services(), draft)
    boundary.write(printing.record, caller=boundary.person(), draft=draft, printed=printed)
    answer = Response(printed.pdf, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="{draft.filename}"'
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
