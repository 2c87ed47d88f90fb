"""What readers did, as custody: noted before the bytes are answered, appended in batches by a worker.

A reader locks no chain's head: it inserts a row in its own transaction. One entry each person (or token), chain,
purpose and 15 minutes (protocol, section 9).
"""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.ports import Services
from evidence.domain.callers import Actor, Caller
from evidence.domain.custody import Chain
from evidence.domain.schemas import check_details
from evidence.records.views import ViewPending, ViewWindow

ONE_VIEW = timedelta(minutes=15)
AT_ONCE = 500


def note(session: Session, services: Services, *, caller: Caller, act: custody.Act, purpose: str | None) -> bool:
    """Notes ``act`` unless the caller did the same on that chain within 15 minutes; whether it was noted.

    ``purpose`` says what was opened, to the file or answer; without one every time is noted. Details that do not
    fit their schema are a ``ValueError`` here, where the mistake is, not later in the worker.
    """
    check_details(act.kind, dict(act.details))
    if purpose is not None and not _is_new(session, services, caller, act.chain, purpose):
        return False
    row = {
        "kind": act.kind,
        "chain_type": act.chain.type,
        "chain_id": act.chain.id,
        "agency_id": act.agency_id,
        "actor_type": act.actor.type,
        "actor_id": act.actor.id,
        "actor_role": act.actor.role,
        "details": dict(act.details),
        "root_id": act.root_id,
        "submission_id": act.submission_id,
        "noted_at": services.clock.now(),
    }
    # Inline: a laboratory may not read back what it left on another's chain.
    session.execute(insert(ViewPending).inline().values(row))
    return True


def _is_new(session: Session, services: Services, caller: Caller, chain: Chain, purpose: str) -> bool:
    now = services.clock.now()
    row = insert(ViewWindow).values(
        actor_id=caller.actor().id,
        chain_type=chain.type,
        chain_id=chain.id,
        purpose=purpose,
        organisation_id=caller.organisation_id,
        opened_at=now,
    )
    row = row.on_conflict_do_update(
        index_elements=[ViewWindow.actor_id, ViewWindow.chain_type, ViewWindow.chain_id, ViewWindow.purpose],
        set_={"opened_at": now},
        where=ViewWindow.opened_at <= now - ONE_VIEW,
    )
    return session.execute(row.returning(ViewWindow.actor_id)).first() is not None


def append_noted(session: Session, services: Services, limit: int = AT_ONCE) -> int:
    """Takes what was noted and appends it, in one transaction; returns how many. Two workers take different rows."""
    taken = session.scalars(
        select(ViewPending).order_by(ViewPending.id).limit(limit).with_for_update(skip_locked=True)
    ).all()
    if not taken:
        return 0
    acts = [
        custody.Act(
            kind=row.kind,
            chain=Chain(row.chain_type, row.chain_id),
            agency_id=row.agency_id,
            actor=Actor(row.actor_type, row.actor_id, row.actor_role),
            details=row.details,
            root_id=row.root_id,
            submission_id=row.submission_id,
        )
        for row in taken
    ]
    session.execute(delete(ViewPending).where(ViewPending.id.in_([row.id for row in taken])))
    custody.append(session, services, acts)
    return len(acts)


def forget_windows(session: Session, services: Services) -> int:
    """Removes windows that are over; their number would only grow."""
    over = services.clock.now() - ONE_VIEW
    gone: list[UUID] = list(
        session.scalars(delete(ViewWindow).where(ViewWindow.opened_at < over).returning(ViewWindow.actor_id))
    )
    return len(gone)
