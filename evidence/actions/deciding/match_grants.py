"""Duplicate cards reach whoever holds the submission: a grant of scope ``match`` beside that of the submission.

The desk answers before keying, so it must see the card (protocol, section 7, *Duplicates*).
"""

from uuid import UUID

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.deciding import flow
from evidence.actions.ports import Services
from evidence.domain.callers import SYSTEM, Caller
from evidence.domain.custody import instant
from evidence.domain.errors import Retry, conflict
from evidence.records.captures import Capture
from evidence.records.duplicates import DuplicateAnswer, DuplicateMatch
from evidence.records.organisations import AccessGrant
from evidence.records.submissions import Submission

LEVELS = ["facts"]


def matches_of(session: Session, root_id: UUID, item_id: UUID) -> list[DuplicateMatch]:
    """The matches that an item has, oldest first, as far as the caller may see them."""
    return list(
        session.scalars(
            select(DuplicateMatch)
            .where(
                or_(
                    (DuplicateMatch.a_root_id == root_id) & (DuplicateMatch.a_item_id == item_id),
                    (DuplicateMatch.b_root_id == root_id) & (DuplicateMatch.b_item_id == item_id),
                )
            )
            .order_by(DuplicateMatch.found_at, DuplicateMatch.id)
        )
    )


def share_item(session: Session, services: Services, root: Capture, item_id: UUID) -> list[custody.Act]:
    """After a match was found: whoever holds a submission of the item sees its cards."""
    held = select(Submission).where(
        Submission.root_id == root.id, Submission.item_id == item_id, Submission.holder_id.is_not(None)
    )
    return [
        act
        for submission in session.scalars(held.order_by(Submission.id))
        for act in share(session, services, root, submission)
    ]


def share(session: Session, services: Services, root: Capture, submission: Submission) -> list[custody.Act]:
    """Grants the submission's holder every card of its item that it does not see yet. Safe to repeat."""
    if submission.holder_id is None:
        return []
    now = services.clock.now()
    acts = []
    for match in matches_of(session, root.id, submission.item_id):
        known = exists().where(
            AccessGrant.match_id == match.id,
            AccessGrant.submission_id == submission.id,
            AccessGrant.grantee_id == submission.holder_id,
            AccessGrant.revoked_at.is_(None),
        )
        if session.scalar(select(known)):
            continue
        grant = AccessGrant(
            id=services.entropy.uuid7(),
            owner_id=submission.agency_id,
            grantee_id=submission.holder_id,
            scope="match",
            root_id=root.id,
            submission_id=submission.id,
            match_id=match.id,
            levels=LEVELS,
            reason="duplicate",
            valid_from=now,
        )
        session.add(grant)
        details = {
            "grant_id": str(grant.id),
            "owner_id": str(grant.owner_id),
            "grantee_id": str(grant.grantee_id),
            "scope": grant.scope,
            "scope_id": str(match.id),
            "levels": grant.levels,
            "reason": grant.reason,
            "from": instant(now),
        }
        acts.append(flow.act_of("grant.made", root, submission, SYSTEM, details))
    return acts


def check_answered(session: Session, caller: Caller, submission: Submission) -> None:
    """The desk answers before keying: 409 ``duplicate_unanswered`` while one card has no answer of the holder's."""
    if submission.destination != "etrace":
        return
    for match in matches_of(session, submission.root_id, submission.item_id):
        answered = exists().where(
            DuplicateAnswer.match_id == match.id, DuplicateAnswer.organisation_id == caller.organisation_id
        )
        if not session.scalar(select(answered)):
            raise conflict(
                "duplicate_unanswered", "Say first whether it is the same gun as the other.", retry=Retry.AFTER_UPDATE
            )
