"""What a phone states of its own chain."""

from typing import Any
from uuid import UUID

from flask import Response, request

from api import boundary, problems
from api.schemas.statements import StatementAnswer
from api.smorest import Noun
from evidence.actions.capturing import register, statements
from evidence.domain.errors import Category, EvidenceError
from evidence.domain.refusal import RefusalCode
from evidence.domain.roles import Verb

noun = Noun("statements", "Signed statements of phones: discard, media_lost, closing.")

JOSE = "application/jose"


@noun.act(
    "PUT",
    "/devices/<uuid:device_id>/statements/<uuid:statement_id>",
    Verb.CAPTURE_SEND,
    raw_body=JOSE,
    answer=StatementAnswer,
    status=201,
    also=(200,),
    problem=(409, 415, 422, 503),
)
def put_statement(device_id: UUID, statement_id: UUID) -> tuple[dict[str, Any], int] | Response:
    """Keeps a signed statement: 201 new, 200 the same again, 409 beside another one, 422 refused and recorded."""
    if request.mimetype != JOSE:
        raise EvidenceError(Category.UNSUPPORTED, "jose_needed", f"Send it as {JOSE}.")
    outcome = boundary.write(
        statements.receive,
        caller=boundary.caller(),
        device_id=device_id,
        statement_id=statement_id,
        jws=request.get_data(),
    )
    if isinstance(outcome, register.Refused):
        status = 409 if outcome.code == RefusalCode.CONFLICT else 422
        return problems.problem(status, outcome.code, errors=outcome.errors)
    kept = outcome.statement
    answer = {"id": kept.id, "kind": kept.kind, "sha256": kept.sha256, "received_at": kept.received_at}
    return answer, 201 if outcome.new else 200
