"""Guns that may be one: the other side's cards, and what each side answers."""

from typing import Any
from uuid import UUID

from api import boundary
from api.schemas.duplicates import DuplicateAnswerAnswer, DuplicateAnswerBody, DuplicatesAnswer
from api.smorest import Noun
from evidence.actions.deciding import duplicate_answers
from evidence.domain.roles import Verb
from evidence.records.duplicates import DuplicateAnswer

noun = Noun("duplicates", "Guns that may be one, told to both sides.")


@noun.act("GET", "/captures/<uuid:capture_id>/duplicates", Verb.DUPLICATE_READ, answer=DuplicatesAnswer, problem=(404,))
def get_duplicates(capture_id: UUID) -> dict[str, Any]:
    """The other sides' cards, for the agency and for who holds a submission: no photo, place or name.

    Seeing them is in the other side's custody chain.
    """
    sides = boundary.write(duplicate_answers.cards, caller=boundary.person(), capture_id=capture_id)
    return {
        "items": [
            {
                "match_id": side.match.id,
                "item_id": side.item_id,
                "found_by": side.match.found_by,
                "card": side.card,
                "blind": side.blind,
                "answers": side.answers,
            }
            for side in sides
        ]
    }


@noun.act(
    "POST",
    "/duplicates/<uuid:match_id>/answers",
    Verb.DUPLICATE_ANSWER,
    body=DuplicateAnswerBody,
    answer=DuplicateAnswerAnswer,
    status=201,
    problem=(404, 422),
)
def post_duplicate_answer(body: dict[str, Any], match_id: UUID) -> DuplicateAnswer:
    """Says whether it is the same gun; a later answer counts instead of an earlier one."""
    return boundary.write(
        duplicate_answers.answer,
        caller=boundary.person(),
        match_id=match_id,
        said=body["answer"],
        note=body["note"],
    )
