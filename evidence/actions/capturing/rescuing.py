"""Takes in what a rescue file holds: another's signed documents and their files, brought by a person who may relay.

Authorship stays with the device's key. Custody says who brought a manifest, and that a file came by relay.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from evidence.actions.capturing import register, statements
from evidence.actions.ports import Services
from evidence.actions.storing import arrivals, uploads
from evidence.actions.storing.arrivals import Sight
from evidence.actions.storing.uploads import Part
from evidence.domain.callers import PersonCaller
from evidence.domain.errors import forbidden, not_found
from evidence.domain.rescue import Record
from evidence.domain.roles import Verb
from evidence.records.database import enter
from evidence.records.devices import Device
from evidence.records.people import Account, roles_of

WAY = "relay"


@dataclass(frozen=True)
class Missing:
    """What is still expected of one file, and where it goes."""

    media_id: UUID
    part: Part


def bringer(session: Session, username: str, *, now: datetime) -> PersonCaller:
    """The person who answers for bringing the file; 404 for nobody, 403 for one who may not relay."""
    account = session.scalars(select(Account).where(Account.username == username)).one_or_none()
    if account is None:
        raise not_found()
    roles = roles_of(session, account.person_id, now)
    # An operator at the service's own keyboard names the person: there is no session that could be named.
    caller = PersonCaller(account.person_id, account.organisation_id, roles, account.id, account.id, now)
    if Verb.CAPTURE_SEND not in caller.verbs:
        raise forbidden("not_your_role", f"{username} may not bring another's captures.")
    return caller


def take_document(session: Session, services: Services, *, caller: PersonCaller, record: Record) -> str:
    """Keeps a manifest or statement: ``new``, ``known``, ``conflict``, or the code for which it is refused."""
    _own_agency(session, caller, record)
    outcome: register.Registered | statements.Received | register.Refused
    if record.kind == "capture":
        outcome = register.register(session, services, caller=caller, capture_id=record.id, jws=record.body)
        if isinstance(outcome, register.Registered) and outcome.conflict:
            return "conflict"
    else:
        outcome = statements.receive(
            session, services, caller=caller, device_id=record.device_id, statement_id=record.id, jws=record.body
        )
    if isinstance(outcome, register.Refused):
        return outcome.code
    return "new" if outcome.new else "known"


def place_of_file(session: Session, services: Services, *, caller: PersonCaller, record: Record) -> Missing | None:
    """Where a file's bytes are to be sent; None when the service has them, or its manifest does not name them."""
    _own_agency(session, caller, record)
    if record.capture_id is None:
        return None
    files = uploads.files_of(session, caller=caller, capture_id=record.capture_id, manifest_sha256=record.manifest)
    if record.id not in files or files[record.id].sha256 != record.sha256:
        return None
    planned = uploads.plan(session, services, files=files, wishes=[uploads.Wish(record.id)])
    parts = uploads.targets(services, planned)[0].parts
    return Missing(record.id, parts[0]) if parts else None


def sought(session: Session, *, caller: PersonCaller, record: Record) -> list[arrivals.Sought]:
    """Where to look for a file that was sent."""
    assert record.capture_id is not None
    files = uploads.files_of(session, caller=caller, capture_id=record.capture_id, manifest_sha256=record.manifest)
    return arrivals.planned(session, arrivals.resolve(files, [record.id]))


def confirm(session: Session, services: Services, *, caller: PersonCaller, sights: list[Sight]) -> None:
    """Records that it has arrived, and queues its verification."""
    enter(session, caller.organisation_id, caller.person_id)
    arrivals.confirm(session, services, sights=sights, actor=caller.actor(), way=WAY)


def _own_agency(session: Session, caller: PersonCaller, record: Record) -> None:
    """The worker's role sees every row: the wall between agencies has to be said here."""
    enter(session, caller.organisation_id, caller.person_id)
    device = session.get(Device, record.device_id)
    if device is None or device.agency_id != caller.organisation_id:
        raise not_found()
