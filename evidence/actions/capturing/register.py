"""Takes in a signed manifest (protocol, sections 4 and 5.1).

Refused only for signature, identity, form and limits, and then recorded. Whatever else is wrong with a rightly
signed manifest is accepted, with its problems named. The same payload twice changes nothing.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, true
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.capturing import contents, lines, sequences, stating
from evidence.actions.deciding import opening
from evidence.actions.ports import Services
from evidence.actions.storing import evidence_state
from evidence.domain import jws as jws_form
from evidence.domain.callers import Actor, Caller, PhoneCaller
from evidence.domain.canonical import sha256_hex
from evidence.domain.custody import Chain, instant
from evidence.domain.ids import folio
from evidence.domain.jws import Typ
from evidence.domain.manifest import Manifest, parse
from evidence.domain.refusal import Refusal, RefusalCode
from evidence.domain.roles import Role
from evidence.domain.signed import Signer, check_identity
from evidence.records import captures as records
from evidence.records import writing
from evidence.records.captures import Capture, locked_capture
from evidence.records.database import one_writer
from evidence.records.devices import Device
from evidence.records.organisations import Organisation, Service
from evidence.records.people import Person

MOST_VERSIONS = 5


@dataclass(frozen=True)
class Registered:
    """A manifest that is now kept. ``new`` is false for a repeat; ``conflict`` means that both versions are kept."""

    capture: Capture
    manifest: records.Manifest
    new: bool
    conflict: bool = False


@dataclass(frozen=True)
class Refused:
    """A recorded refusal: the route answers 422 with the code."""

    code: str
    errors: dict[str, list[str]]


@dataclass(frozen=True)
class Offered:
    """A manifest that is rightly signed by a known device, and what the rules need beside it."""

    manifest: Manifest
    device: Device
    agency: Organisation
    officer: Person
    id_taken: bool
    jws: bytes
    relayed_by: UUID | None
    received_at: datetime

    @property
    def actor(self) -> Actor:
        return Actor("device", self.device.id, Role.OFFICER.value)


def register(
    session: Session, services: Services, *, caller: Caller, capture_id: UUID, jws: bytes
) -> Registered | Refused:
    """Keeps a manifest, opens its submissions, names what it expects; or records why it is refused."""
    one_writer(session, capture_id)
    try:
        offered = _read(session, services, caller, capture_id, jws)
    except Refusal as refusal:
        return refuse(session, services, caller, capture_id, jws, refusal)
    if not offered.id_taken:
        return _take_in(session, services, offered)
    capture = locked_capture(session, capture_id)
    if capture is None:  # another agency's
        return refuse(session, services, caller, capture_id, jws, _plain("capture_id_unusable"))
    kept = list(session.scalars(select(records.Manifest).where(records.Manifest.capture_id == capture_id)))
    for manifest in kept:
        if manifest.sha256 == offered.manifest.sha256:
            return Registered(capture, manifest, new=False, conflict=manifest.standing == "conflict")
    if len(kept) >= MOST_VERSIONS:
        return refuse(session, services, caller, capture_id, jws, _plain("too_many_versions"))
    return _keep_both(session, services, offered, capture, kept)


def _plain(code: str) -> Refusal:
    return Refusal(RefusalCode(code))


def _read(session: Session, services: Services, caller: Caller, capture_id: UUID, jws: bytes) -> Offered:
    unverified = jws_form.read(jws, typ=Typ.CAPTURE)
    # One question, under the lock of the id. What it brings stays in the session for the rules further down.
    found = session.execute(
        select(Device, Organisation, Person, Service.id, func.door_id_taken("capture", capture_id))
        .join(Organisation, Organisation.id == Device.agency_id)
        .join(Person, Person.id == Device.officer_id)
        .join(Service, true())
        .where(Device.id == unverified.kid)
    ).one_or_none()
    if found is None:
        raise Refusal(RefusalCode.UNKNOWN_DEVICE)
    device, agency, officer, service_id, id_taken = found
    if isinstance(caller, PhoneCaller) and caller.device_id != device.id:
        raise Refusal(RefusalCode.OTHER_DEVICE, "a phone sends its own; a person may relay")
    manifest = parse(unverified.verify(device.public_jwk).payload)
    known = Signer(device.id, device.officer_id, device.agency_id)
    check_identity(manifest.heading, kid=unverified.kid, known=known, service_id=service_id)
    if manifest.capture_id != capture_id:
        raise Refusal(RefusalCode.OTHER_CAPTURE, errors={"/capture_id": ["not the id of the address"]})
    relayed_by = None if isinstance(caller, PhoneCaller) else getattr(caller, "person_id", None)
    return Offered(manifest, device, agency, officer, id_taken, jws, relayed_by, services.clock.now())


def refuse(
    session: Session, services: Services, caller: Caller, subject_id: UUID, jws: bytes, refusal: Refusal
) -> Refused:
    """Keeps the very bytes with the reason; the chain is the device's or person's that offered them.

    The same bytes refused for the same reason again are one fact, however often they are sent.
    """
    known = select(records.Refusal.id).where(
        records.Refusal.agency_id == caller.organisation_id,
        records.Refusal.subject_id == subject_id,
        records.Refusal.code == str(refusal.code),
        records.Refusal.body_sha256 == sha256_hex(jws),
    )
    if session.scalars(known.limit(1)).first() is not None:
        return Refused(str(refusal.code), refusal.errors)
    row = records.Refusal(
        id=services.entropy.uuid7(),
        agency_id=caller.organisation_id,
        device_id=caller.device_id if isinstance(caller, PhoneCaller) else None,
        subject_id=subject_id,
        code=str(refusal.code),
        errors=refusal.errors,
        body=jws,
        body_sha256=sha256_hex(jws),
        received_at=services.clock.now(),
    )
    session.add(row)
    chain = Chain("device", caller.device_id) if isinstance(caller, PhoneCaller) else Chain("person", caller.actor().id)
    details = {"refusal_id": str(row.id), "code": row.code, "body_sha256": row.body_sha256, "bytes": len(jws)}
    act = custody.Act("capture.refused", chain, caller.organisation_id, caller.actor(), details, subject=row)
    custody.append(session, services, [act])
    return Refused(row.code, refusal.errors)


def _take_in(session: Session, services: Services, offered: Offered) -> Registered:
    """A capture id that is new here: a root, or an amendment of a line, or one that waits for its base."""
    manifest = offered.manifest
    place = lines.place_of(session, manifest.amends, held=sequences.is_held(offered.device, offered.received_at))
    capture = _capture(offered, place)
    row = _manifest(session, offered, place)
    named = contents.rows_of(session, services, manifest, row)
    noted = sequences.place_of(session, offered.device, row)
    writing.add_new(session, [capture, row, *named.all, noted.message])
    if row.standing == "accepted" and place.root is not None:
        contents.add_serial_keys(session, row)
    acts = [*_registered(offered, row), *noted.acts]
    acts += lines.after_arrival(session, services, capture, row, place)
    alone = place.root is None and capture.head_sha256 == row.sha256
    acts += opening.open_and_revise(
        session, services, place.root or capture, by=offered.actor, new=named.files if alone else None
    )
    if manifest.amends or not manifest.media:  # nothing to wait for when no file is new
        acts += evidence_state.after_manifest(session, services, row)
    if noted.spoken_of:
        acts += stating.foretold(session, services, row)
    custody.append(session, services, acts)
    return Registered(capture, row, new=True)


def _keep_both(
    session: Session, services: Services, offered: Offered, capture: Capture, kept: list[records.Manifest]
) -> Registered:
    """Same id, other payload: both stay, and approval waits until a supervisor says which stands (409)."""
    place = lines.Place("conflict", capture.root_id, None)
    row = _manifest(session, offered, place)
    named = contents.rows_of(session, services, offered.manifest, row)
    noted = sequences.place_of(session, offered.device, row)
    writing.add_new(session, [row, *named.all, noted.message])
    root = locked_capture(session, capture.root_id) or capture
    root.conflict_open = True
    root.version += 1
    beside = sorted(manifest.sha256 for manifest in kept)
    details = {"manifest_sha256": row.sha256, "beside": beside, "count": len(kept) + 1}
    acts = [
        _act("capture.conflict", offered, row, details, subject=row),
        *noted.acts,
        *stating.foretold(session, services, row),
    ]
    custody.append(session, services, acts)
    return Registered(capture, row, new=True, conflict=True)


def _capture(offered: Offered, place: lines.Place) -> Capture:
    manifest = offered.manifest
    root_id = place.root_id or manifest.capture_id
    state = place.standing if place.standing in ("held", "waiting_for_base") else "registered"
    return Capture(
        id=manifest.capture_id,
        agency_id=offered.device.agency_id,
        root_id=root_id,
        folio=folio(manifest.capture_id),
        state=state,
        head_sha256=manifest.sha256 if root_id == manifest.capture_id else None,
        device_id=offered.device.id,
        officer_id=offered.device.officer_id,
        scene_id=manifest.recovery.scene_id,
        entity=manifest.recovery.entity,
        captured_at=manifest.captured_at,
        received_at=offered.received_at,
        flags=sequences.flags_of(offered.device, offered.received_at),
    )


def _manifest(session: Session, offered: Offered, place: lines.Place) -> records.Manifest:
    manifest = offered.manifest
    return records.Manifest(
        sha256=manifest.sha256,
        capture_id=manifest.capture_id,
        root_id=place.root_id or manifest.capture_id,
        agency_id=offered.device.agency_id,
        device_id=offered.device.id,
        officer_id=offered.device.officer_id,
        seq=manifest.heading.seq,
        amends_capture_id=manifest.amends.capture_id if manifest.amends else None,
        amends_sha256=manifest.amends.sha256 if manifest.amends else None,
        jws=offered.jws,
        payload=manifest.raw,
        standing=place.standing,
        problems=_problems(session, offered, place),
        flags=[
            *sequences.flags_of(offered.device, offered.received_at),
            *lines.flags_of(place.root, offered.device.officer_id),
        ],
        relayed_by=offered.relayed_by,
        received_at=offered.received_at,
    )


def _problems(session: Session, offered: Offered, place: lines.Place) -> list[dict[str, Any]]:
    context = lines.context_of(session, offered.device.agency_id, offered.received_at)
    return [problem.members() for problem in lines.problems_of(session, offered.manifest, place, context)]


def _registered(offered: Offered, row: records.Manifest) -> list[custody.Act]:
    manifest = offered.manifest
    details: dict[str, Any] = {
        "manifest_sha256": row.sha256,
        "capture_id": str(row.capture_id),
        "seq": row.seq,
        "amends": None,
        "items": len(manifest.items),
        "media": len(manifest.media),
        "problems": [problem["code"] for problem in row.problems][:100],
        "flags": row.flags,
        "standing": row.standing,
    }
    if manifest.amends:
        details["amends"] = {"capture_id": str(manifest.amends.capture_id), "sha256": manifest.amends.sha256}
    if row.relayed_by:
        details["relayed_by"] = str(row.relayed_by)
    acts = [_act("capture.registered", offered, row, details, subject=row)]
    if row.standing == "held":
        held: dict[str, Any] = {"manifest_sha256": row.sha256, "reason": offered.device.state}
        if offered.device.compromised_since:
            held["since"] = instant(offered.device.compromised_since)
        acts.append(_act("capture.held", offered, row, held))
    return acts


def _act(
    kind: str,
    offered: Offered,
    row: records.Manifest,
    details: dict[str, Any],
    subject: records.Manifest | None = None,
) -> custody.Act:
    return custody.Act(
        kind=kind,
        chain=lines.chain_of(row),
        agency_id=row.agency_id,
        actor=offered.actor,
        details=details,
        subject=subject,
        told=[custody.Told(row.agency_id, row.officer_id)],
        root_id=row.root_id,
    )
