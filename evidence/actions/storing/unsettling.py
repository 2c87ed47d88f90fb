"""What a blocking finding about a file means for submissions that are past their review (protocol, section 6)."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.deciding import dossiers, flow
from evidence.domain.callers import SYSTEM
from evidence.domain.states import Act, By, State, after_fact
from evidence.records.captures import locked_capture
from evidence.records.media import Media
from evidence.records.submissions import locked_submissions_of


def unsettle(session: Session, media: Media, reasons: Sequence[str]) -> list[custody.Act]:
    """What waits loses its approval; what somebody holds gets a revision, which the holder is told of.

    ``reasons`` are the codes of the new blocking findings about the file. Submissions that were released without it,
    or of items that it doesn't show, stay as they are; so do those that nobody has approved.
    """
    if not reasons or media.manifest_sha256 is None or media.root_id is None:
        return []
    root = locked_capture(session, media.root_id)
    facts = dossiers.load(session, root) if root else None
    if facts is None:
        return []
    line = next((line for line, file in facts.media if file.id == media.id), None)
    if line is None:
        return []  # an amendment has replaced it
    acts: list[custody.Act] = []
    for submission in locked_submissions_of(session, facts.root.id):
        if submission.item_id not in line.item_ids or line.media_id in submission.released_without:
            continue
        outcome = after_fact(State(submission.state), Act.BLOCKING_FINDING, By.SYSTEM)
        acts += flow.settle(facts.root, submission, Act.BLOCKING_FINDING, outcome, SYSTEM, reason=reasons[0])
    return acts
