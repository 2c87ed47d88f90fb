"""The custody chain of a capture."""

from typing import Any
from uuid import UUID

from api import boundary
from api.schemas.custody import CustodyAnswer
from api.smorest import Noun
from evidence.actions.log import custody_reading
from evidence.domain.roles import Verb

noun = Noun("custody", "What happened to evidence, entry by entry.")


@noun.act("GET", "/captures/<uuid:capture_id>/custody", Verb.CUSTODY_READ, answer=CustodyAnswer, problem=(404,))
def get_capture_custody(capture_id: UUID) -> dict[str, Any]:
    """The chain, first to last, each entry with its proof; details where the caller may read them."""
    lines = boundary.read(custody_reading.chain_of_capture, caller=boundary.caller(), capture_id=capture_id)
    return {
        "items": [
            {
                "entry": line.entry.members(),
                "entry_sha256": line.entry_sha256,
                "log_index": line.log_index,
                "proof": line.proof,
                "salt": line.salt,
                "details": line.details,
                "withheld": line.withheld,
            }
            for line in lines
        ]
    }
