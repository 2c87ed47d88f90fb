"""What one capture means for others, and what a supplement means for its submissions."""

from uuid import UUID

from evidence.actions.deciding import duplicate_answers, duplicates, revising
from evidence.actions.holding import notices
from workers.app import app, transact
from workers.retry import Backoff


@app.task(name="match_duplicates", queue="evidence", retry=Backoff())
def match_duplicates(root_id: str, item_id: str) -> None:
    """Looks for the same gun in every agency's captures; only the worker's role sees them all."""
    transact(duplicates.find, UUID(root_id), UUID(item_id))


@app.task(name="revise_capture", queue="evidence", retry=Backoff())
def revise_capture(root_id: str) -> None:
    """After a supplement by an organisation that cannot see the whole capture."""
    transact(revising.revise, UUID(root_id))


@app.task(name="note_duplicate_viewed", queue="evidence", retry=Backoff())
def note_duplicate_viewed(match_id: str, root_id: str, organisation_id: str, person_id: str, role: str) -> None:
    """Tells the other agency, in its own chain, that its card was seen."""
    transact(
        duplicate_answers.note_viewed,
        match_id=UUID(match_id),
        root_id=UUID(root_id),
        organisation_id=UUID(organisation_id),
        person_id=UUID(person_id),
        role=role,
    )


@app.task(name="tell_result", queue="evidence", retry=Backoff())
def tell_result(result_id: str) -> None:
    """Tells both cases' agencies of a lead, a hit, or a lead's end."""
    transact(notices.tell, UUID(result_id))
