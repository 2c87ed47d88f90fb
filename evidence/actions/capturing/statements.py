"""Takes in what a phone states in its own chain: discard, media_lost, closing (protocol, section 4), cosign.

Refused for the same reasons as a manifest, and then recorded. What a held enrolment states is kept without effect.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.capturing import register, sequences, stating
from evidence.actions.enrolling.devices import locked_device
from evidence.actions.ports import Services
from evidence.domain import jws as jws_form
from evidence.domain import statements as form
from evidence.domain.callers import Actor, Caller, PhoneCaller
from evidence.domain.custody import Chain
from evidence.domain.jws import Typ
from evidence.domain.refusal import Refusal, RefusalCode
from evidence.domain.roles import Role
from evidence.domain.signed import Signer, check_identity
from evidence.records.devices import Device, DeviceMessage, Statement
from evidence.records.organisations import service_id


@dataclass(frozen=True)
class Received:
    """A statement that is now kept; ``new`` is false for a repeat."""

    statement: Statement
    new: bool


def receive(
    session: Session, services: Services, *, caller: Caller, device_id: UUID, statement_id: UUID, jws: bytes
) -> Received | register.Refused:
    """Keeps a signed statement and lets it have its effect; refused as ``conflict`` under another statement's id."""
    try:
        device, stated = _read(session, caller, device_id, statement_id, jws)
    except Refusal as refusal:
        return register.refuse(session, services, caller, statement_id, jws, refusal)
    kept = session.get(Statement, statement_id)
    if kept is not None and kept.sha256 == stated.sha256:
        return Received(kept, new=False)
    if kept is not None or _taken(session, statement_id):
        return _keep_beside(session, services, caller, device, stated, jws)
    row = _keep(session, services, device, stated, jws)
    acts = [_received(device, stated, row), *sequences.note(session, device, row)]
    if not sequences.is_held(device, row.received_at):
        acts += stating.take_effect(session, services, device, row)
    custody.append(session, services, acts)
    return Received(row, new=True)


def _taken(session: Session, statement_id: UUID) -> bool:
    query = text("SELECT door_id_taken('statement', :id)")
    return bool(session.execute(query, {"id": statement_id}).scalar_one())


def _read(
    session: Session, caller: Caller, device_id: UUID, statement_id: UUID, jws: bytes
) -> tuple[Device, form.Statement]:
    unverified = jws_form.read(jws, typ=Typ.STATEMENT)
    if session.get(Device, unverified.kid) is None:
        raise Refusal(RefusalCode.UNKNOWN_DEVICE)
    if unverified.kid != device_id or (isinstance(caller, PhoneCaller) and caller.device_id != device_id):
        raise Refusal(RefusalCode.OTHER_DEVICE)
    device = locked_device(session, device_id)
    stated = form.parse(unverified.verify(device.public_jwk).payload)
    known = Signer(device.id, device.officer_id, device.agency_id)
    check_identity(stated.heading, kid=unverified.kid, known=known, service_id=service_id(session))
    if stated.statement_id != statement_id:
        raise Refusal(RefusalCode.FORM, errors={"/statement_id": ["not the id of the address"]})
    return device, stated


def _keep_beside(
    session: Session, services: Services, caller: Caller, device: Device, stated: form.Statement, jws: bytes
) -> register.Refused:
    """Another statement under a used id has no effect; its bytes are kept, and its number is not missing."""
    if session.get(DeviceMessage, stated.sha256) is None:
        row = _row(services, device, stated, jws)  # never added: the id holds the first
        if forked := sequences.note(session, device, row):
            custody.append(session, services, forked)
    return register.refuse(session, services, caller, stated.statement_id, jws, Refusal(RefusalCode.CONFLICT))


def _keep(session: Session, services: Services, device: Device, stated: form.Statement, jws: bytes) -> Statement:
    row = _row(services, device, stated, jws)
    session.add(row)
    session.flush()
    return row


def _row(services: Services, device: Device, stated: form.Statement, jws: bytes) -> Statement:
    return Statement(
        id=stated.statement_id,
        device_id=device.id,
        agency_id=device.agency_id,
        kind=stated.kind.value,
        sha256=stated.sha256,
        jws=jws,
        payload=stated.raw,
        received_at=services.clock.now(),
    )


def _received(device: Device, stated: form.Statement, row: Statement) -> custody.Act:
    details = {
        "statement_id": str(row.id),
        "kind": row.kind,
        "sha256": row.sha256,
        "seq": stated.heading.seq,
        "flags": sequences.flags_of(device, row.received_at),
    }
    return _act("statement.received", device, details, subject=row)


def _act(kind: str, device: Device, details: dict[str, Any], subject: Statement | None = None) -> custody.Act:
    return custody.Act(
        kind=kind,
        chain=Chain("device", device.id),
        agency_id=device.agency_id,
        actor=Actor("device", device.id, Role.OFFICER.value),
        details=details,
        subject=subject,
        told=[custody.Told(device.agency_id, device.officer_id)],
    )
