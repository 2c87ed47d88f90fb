"""Parts VI to VIII of the trace form: sealed, opened with a reason, never sent to a phone."""

from typing import Any
from uuid import UUID

from api import boundary
from api.schemas.possessors import (
    PossessorAnswer,
    PossessorBody,
    PossessorLinesAnswer,
    PossessorOpeningBody,
)
from api.smorest import Noun
from evidence.actions.holding import possessors
from evidence.domain.roles import Verb
from evidence.records.possessor import PossessorSupplement

noun = Noun("possessors", "Possessor, associates and vehicle of a trace request.")


@noun.act(
    "POST",
    "/submissions/<uuid:submission_id>/possessor",
    Verb.POSSESSOR_KEEP,
    body=PossessorBody,
    answer=PossessorAnswer,
    status=201,
    problem=(404, 422),
)
def post_possessor(body: dict[str, Any], submission_id: UUID) -> PossessorSupplement:
    """Writes some of the lines; they are sealed, and the custody log names their codes alone."""
    return boundary.write(possessors.add, caller=boundary.person(), submission_id=submission_id, **body)


@noun.act(
    "POST",
    "/submissions/<uuid:submission_id>/possessor/open",
    Verb.POSSESSOR_KEEP,
    body=PossessorOpeningBody,
    answer=PossessorLinesAnswer,
    problem=(404, 409, 422),
)
def post_possessor_opening(body: dict[str, Any], submission_id: UUID) -> possessors.Opened:
    """What the lines say; the reason is kept in the custody log, once each time."""
    return boundary.write(possessors.open_lines, caller=boundary.person(), submission_id=submission_id, **body)
