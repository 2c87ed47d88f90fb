"""Opening the log, changing its key with an overlap, and following it by a new one after a restore."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.log.publishing import needed_origin, successor_of
from evidence.actions.log_ports import LogSigner
from evidence.actions.ports import Services
from evidence.domain.callers import SYSTEM
from evidence.domain.custody import Chain, instant
from evidence.domain.errors import conflict
from evidence.domain.log.checkpoint import Checkpoint
from evidence.records import log as records
from evidence.records.custody import LogHead
from evidence.records.log import LogKey, LogOrigin
from evidence.records.organisations import service_id

OVERLAP = timedelta(days=30)


def open_log(session: Session, services: Services, *, signer: LogSigner) -> LogOrigin:
    """The present origin; at the very first call it is made, with its first key. Two workers make it once."""
    known = records.present_origin(session)
    if known is not None:
        return known
    _locked_head(session)
    known = records.present_origin(session)
    if known is not None:
        return known
    service = service_id(session)
    origin = _add_origin(session, services, number=1, name=f"casquillo/{service}", first_index=0)
    vkey = _add_key(session, services, signer, origin)
    _say(session, services, "log.opened", service, {"origin": origin.name, "vkey": vkey})
    return origin


def rotate_key(session: Session, services: Services, *, signer: LogSigner, overlap: timedelta = OVERLAP) -> str:
    """A new key signs from now on; the present ones beside it for ``overlap``, then no more. Returns its vkey."""
    _locked_head(session)
    origin = needed_origin(session)
    retiring = [key.vkey for key in records.keys_of(session, origin.number, at=services.clock.now())]
    retire_at = _retire(session, services, origin, overlap)
    vkey = _add_key(session, services, signer, origin)
    details = {"origin": origin.name, "vkey": vkey, "retiring": retiring, "retire_at": retire_at}
    _say(session, services, "log.key_added", service_id(session), details)
    return vkey


def succeed(
    session: Session, services: Services, *, signer: LogSigner, stored: Checkpoint, overtaken: bool
) -> LogOrigin:
    """A new log that names the old one, for a database that is behind ``stored``, its origin's newest in the store.

    Log indexes go on behind the old log's last, so that no reader of the status feed misses or repeats a number.
    ``overtaken``: the store has a log of the next name already, which this database knows nothing of.
    409 ``log_not_behind`` when the database can go on by itself.
    """
    head = _locked_head(session)
    former = needed_origin(session)
    if stored.origin != former.name:
        raise ValueError(f"{stored.origin} is not the present log")
    ours = session.get(records.LogCheckpoint, (former.number, stored.size))
    if ours is not None and ours.root == stored.root and not overtaken:
        raise conflict("log_not_behind", "The database knows the store's newest checkpoint: nothing to succeed.")
    first_index = max(head.size, former.first_index + stored.size)
    _retire(session, services, former, timedelta(0))
    origin = _add_origin(
        session,
        services,
        number=former.number + 1,
        name=successor_of(former),
        first_index=first_index,
        former=stored,
    )
    head.size = first_index
    vkey = _add_key(session, services, signer, origin)
    details = {
        "origin": origin.name,
        "vkey": vkey,
        "former_origin": stored.origin,
        "former_size": stored.size,
        "former_root": stored.root.hex(),
    }
    _say(session, services, "log.succeeded", service_id(session), details)
    return origin


def _locked_head(session: Session) -> LogHead:
    return session.scalars(select(LogHead).with_for_update()).one()


def _add_origin(
    session: Session,
    services: Services,
    *,
    number: int,
    name: str,
    first_index: int,
    former: Checkpoint | None = None,
) -> LogOrigin:
    origin = LogOrigin(
        number=number,
        name=name,
        first_index=first_index,
        former_size=former.size if former else None,
        former_root=former.root if former else None,
        opened_at=services.clock.now(),
    )
    session.add(origin)
    session.flush()
    return origin


def _add_key(session: Session, services: Services, signer: LogSigner, origin: LogOrigin) -> str:
    """The private half is on disk before the row is; a key whose row was rolled back signs nothing."""
    vkey = signer.make_key(origin.name)
    session.add(LogKey(vkey=vkey, origin=origin.number, added_at=services.clock.now()))
    session.flush()
    return vkey


def _retire(session: Session, services: Services, origin: LogOrigin, overlap: timedelta) -> str:
    retire_at = services.clock.now() + overlap
    session.execute(
        update(LogKey).where(LogKey.origin == origin.number, LogKey.retire_at.is_(None)).values(retire_at=retire_at)
    )
    return instant(retire_at)


def _say(session: Session, services: Services, kind: str, service: UUID, details: dict[str, Any]) -> None:
    custody.append(session, services, [custody.Act(kind, Chain("log", service), service, SYSTEM, details)])
