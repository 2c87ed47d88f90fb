"""Signed manifests come in here, and captures are read here."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import Response, make_response, request
from werkzeug.wrappers import Response as BaseResponse

from api import boundary, problems, waiting
from api.schemas.captures import CaptureAnswer, RegisteredAnswer, SettleBody, WaitQuery
from api.smorest import Noun
from evidence.actions.capturing import captures, register, settling
from evidence.domain.errors import Category, EvidenceError
from evidence.domain.roles import Verb

noun = Noun("captures", "Signed captures: sending and reading them.")

JOSE = "application/jose"


@noun.act(
    "PUT",
    "/captures/<uuid:capture_id>",
    Verb.CAPTURE_SEND,
    raw_body=JOSE,
    answer=RegisteredAnswer,
    status=201,
    also=(200,),
    problem=(409, 413, 415, 422, 503),
)
def put_capture(capture_id: UUID) -> tuple[dict[str, Any], int] | Response:
    """Keeps a signed manifest: 201 new, 200 the same again, 409 beside another one, 422 refused and recorded."""
    if request.mimetype != JOSE:
        raise EvidenceError(Category.UNSUPPORTED, "jose_needed", f"Send it as {JOSE}.")
    outcome = boundary.write(register.register, caller=boundary.caller(), capture_id=capture_id, jws=request.get_data())
    if isinstance(outcome, register.Refused):
        return problems.problem(422, outcome.code, errors=outcome.errors)
    if outcome.conflict:
        return problems.problem(409, "conflict", detail="Both versions are kept; the supervisor is told.")
    answer = {
        "id": outcome.capture.id,
        "folio": outcome.capture.folio,
        "state": outcome.capture.state,
        "manifest_sha256": outcome.manifest.sha256,
        "standing": outcome.manifest.standing,
        "problems": outcome.manifest.problems,
    }
    return answer, 201 if outcome.new else 200


@noun.act(
    "GET",
    "/captures/<uuid:capture_id>",
    Verb.CAPTURE_READ,
    query=WaitQuery,
    answer=CaptureAnswer,
    also=(304,),
    problem=(404, 422),
)
def get_capture(capture_id: UUID, wait: int) -> BaseResponse:
    """A capture's manifests, files, states and submissions; ``wait`` holds the answer back while files are awaited."""
    if wait:
        state = partial(boundary.read, captures.state_of, caller=boundary.caller(), capture_id=capture_id)
        waiting.until(state, lambda seen: seen not in captures.AWAITING, wait)
        boundary.release()
    found = boundary.read(captures.read, caller=boundary.caller(), capture_id=capture_id)
    answer = make_response(CaptureAnswer().dump(found))
    answer.set_etag(found.etag)
    return answer.make_conditional(request)


@noun.act(
    "POST",
    "/captures/<uuid:capture_id>/settle",
    Verb.CAPTURE_SETTLE,
    body=SettleBody,
    answer=CaptureAnswer,
    if_match=True,
    problem=(404, 409, 412, 422, 428),
)
def settle_capture(body: dict[str, Any], capture_id: UUID) -> BaseResponse:
    """Says which of several versions stands, or which amendment becomes the head; all are kept."""
    if_match = request.headers.get("If-Match")
    found = boundary.write(settling.settle, caller=boundary.person(), capture_id=capture_id, if_match=if_match, **body)
    answer = make_response(CaptureAnswer().dump(found))
    answer.set_etag(found.etag)
    return answer
