"""Removing details of entries and stored files under an order (protocol, section 5, *Store*, and section 9).

Run with the database owner's rights, by ``casquillo expunge`` only: no process of the service may write a tombstone.
The chain keeps every entry, so it still folds; what is gone is named by its hash in an entry and on a tombstone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.accounts import sign_in
from evidence.actions.ports import Services
from evidence.actions.store_ports import ObjectRef
from evidence.actions.storing import evidence_state
from evidence.actions.storing.previews import key_of
from evidence.domain.callers import Actor, PersonCaller
from evidence.domain.custody import Chain
from evidence.domain.errors import EvidenceError, conflict, forbidden, invalid, not_found
from evidence.domain.ids import folio_as_written
from evidence.domain.media_states import MediaAct, MediaState, next_media_state
from evidence.domain.roles import Role
from evidence.records.bundles import Bundle
from evidence.records.captures import Capture, locked_capture
from evidence.records.custody import CustodyDetail, CustodyEntry
from evidence.records.database import enter
from evidence.records.expunging import Expunging, Tombstone, files_to_remove
from evidence.records.media import Media, locked_files
from evidence.records.possessor import empty
from evidence.records.retention import live_holds

NEVER = frozenset({"details.expunged", "media.expunged"})
"""Entries that say what was removed under which order keep their details."""


REFUSALS = frozenset({"legal_hold", "bundle_under_way", "compliance"})
"""What may stand in the way of an order that two administrators of the agency bring."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """What an authority ordered. ``entries`` are places in the capture's chain, ``media`` the files' own ids."""

    number: str
    authority: str
    reason: str
    capture: str  # the folio, or the id
    entries: Sequence[int] = ()
    media: Sequence[UUID] = ()


@dataclass(frozen=True)
class Doomed:
    """A file whose bytes are to go: the locked version, and what was derived from it or holds a copy of it."""

    tombstone_id: UUID
    original: ObjectRef
    preview_key: str
    bundles: tuple[ObjectRef, ...]


def administrator(
    session: Session, services: Services, *, username: str, password: str, totp: str
) -> PersonCaller | EvidenceError:
    """The person behind both factors, as for signing in; a failure is *returned*, because counting it must be kept."""
    opened = sign_in.open_session(session, services, username=username, password=password, totp=totp)
    if isinstance(opened, EvidenceError):
        return opened
    sign_in.close_session(session, services, opened.caller)
    if Role.ADMINISTRATOR not in opened.caller.roles:
        return forbidden("not_your_role", "An order is carried out by administrators.")
    return opened.caller


def doomed_files(session: Session, order: Order) -> list[Media]:
    """The files that an order names, to be looked at in the store before anything is decided."""
    root = _root(session, order.capture)
    files = session.scalars(select(Media).where(Media.root_id == root.id, Media.media_id.in_(order.media))).all()
    if {media.media_id for media in files} != set(order.media):
        raise invalid("not_of_this_capture", "A file that the order names is not of this capture.")
    return list(files)


def expunge(session: Session, services: Services, *, order: Order, by: tuple[PersonCaller, PersonCaller]) -> Expunging:
    """Removes what the database holds, marks the files, and says so in the chain.

    403 ``same_person`` and ``other_agency``; 409 ``legal_hold`` while the capture is to be kept, ``bundle_under_way``,
    ``nothing_named``, ``already_expunged``, and ``wrong_state`` for a file that is not kept.
    """
    first, second = by
    root = _checked_root(session, order, by)
    enter(session, root.agency_id, first.person_id)
    expunging = Expunging(
        id=services.entropy.uuid7(),
        agency_id=root.agency_id,
        root_id=root.id,
        order_number=order.number,
        authority=order.authority,
        reason=order.reason,
        first_by=first.person_id,
        second_by=second.person_id,
        decided_at=services.clock.now(),
    )
    session.add(expunging)
    session.flush()
    said = _remove_details(session, services, expunging, order)
    files = locked_files(session, [media.id for media in doomed_files(session, order)]) if order.media else []
    said += _mark_files(session, services, expunging, files)
    acts = [_act(expunging, first.actor(Role.ADMINISTRATOR), *one) for one in said]
    custody.append(session, services, [*acts, *evidence_state.after_files(session, services, files)])
    return expunging


def refuse(
    session: Session, services: Services, *, order: Order, by: tuple[PersonCaller, PersonCaller], code: str
) -> None:
    """What stood in the way of an order is in the chain as well; nothing else changes.

    Only of ``REFUSALS``, and of people of the agency: others leave no trace in its chain.
    """
    root = _root(session, order.capture)
    first, second = by
    if code not in REFUSALS or {first.organisation_id, second.organisation_id} != {root.agency_id}:
        return
    details = {
        "order": order.number,
        "authority": order.authority,
        "by": [str(first.person_id), str(second.person_id)],
        "reason": code,
    }
    actor, chain = first.actor(Role.ADMINISTRATOR), Chain("capture", root.id)
    act = custody.Act("expunging.refused", chain, root.agency_id, actor, details, root_id=root.id)
    custody.append(session, services, [act])


def _root(session: Session, capture: str) -> Capture:
    try:
        found = session.get(Capture, UUID(capture))
    except ValueError:
        found = session.scalars(
            select(Capture).where(Capture.folio == folio_as_written(capture), Capture.id == Capture.root_id)
        ).one_or_none()
    if found is None:
        raise not_found()
    return session.get_one(Capture, found.root_id)


def _checked_root(session: Session, order: Order, by: tuple[PersonCaller, PersonCaller]) -> Capture:
    first, second = by
    if first.person_id == second.person_id:
        raise forbidden("same_person", "An order is carried out by two different persons.")
    root = locked_capture(session, _root(session, order.capture).id)
    if root is None:
        raise not_found()
    if {first.organisation_id, second.organisation_id} != {root.agency_id}:
        raise forbidden("other_agency", "Only the agency that owns the capture may expunge it.")
    holds = live_holds(session, root.id)
    if holds:
        raise conflict("legal_hold", f"To be kept under {', '.join(one.reference for one in holds)}.")
    # A bundle that is being filled would keep a copy of what goes.
    if session.scalars(select(Bundle.id).where(Bundle.root_id == root.id, Bundle.state == "due").limit(1)).first():
        raise conflict("bundle_under_way", "A bundle of this capture is being made: wait for it.")
    if not order.entries and not order.media:
        raise conflict("nothing_named", "The order names neither entries nor files.")
    return root


def _remove_details(
    session: Session, services: Services, expunging: Expunging, order: Order
) -> list[tuple[str, Mapping[str, object]]]:
    if not order.entries:
        return []
    entries = session.scalars(
        select(CustodyEntry)
        .where(
            CustodyEntry.chain_type == "capture",
            CustodyEntry.chain_id == expunging.root_id,
            CustodyEntry.seq.in_(order.entries),
        )
        .order_by(CustodyEntry.seq)
    ).all()
    if {entry.seq for entry in entries} != set(order.entries) or any(entry.kind in NEVER for entry in entries):
        raise invalid("not_of_this_capture", "An entry that the order names is not there, or says what was expunged.")
    ids = [entry.entry_id for entry in entries]
    if session.scalars(select(Tombstone.id).where(Tombstone.entry_id.in_(ids)).limit(1)).first():
        raise conflict("already_expunged", "Details that the order names are gone already.")
    for entry in entries:
        session.add(_tombstone(services, expunging, entry_id=entry.entry_id, sha256=entry.details_sha256))
    session.flush()
    empty(session, [entry.entry_id for entry in entries if entry.kind == "possessor.added"])
    session.execute(delete(CustodyDetail).where(CustodyDetail.entry_id.in_(ids)))
    session.execute(update(Tombstone).where(Tombstone.entry_id.in_(ids)).values(removed_at=expunging.decided_at))
    named = [
        {"seq": entry.seq, "entry_id": str(entry.entry_id), "details_sha256": entry.details_sha256} for entry in entries
    ]
    return [("details.expunged", {"entries": named})]


def _mark_files(
    session: Session, services: Services, expunging: Expunging, files: Sequence[Media]
) -> list[tuple[str, Mapping[str, object]]]:
    """The rows say that the files are gone; the bytes go after the commit, by the offline key."""
    acts: list[tuple[str, Mapping[str, object]]] = []
    for media in files:
        media.state = next_media_state(MediaState(media.state), MediaAct.EXPUNGE).value
        media.preview, media.updated_at = "none", expunging.decided_at
        session.add(_tombstone(services, expunging, media_row_id=media.id, sha256=media.sha256))
        owner = {"manifest_sha256": media.manifest_sha256} if media.manifest_sha256 else {}
        attached = {"submission_id": str(media.submission_id)} if media.submission_id else {}
        facts = {"media_id": str(media.media_id), "sha256": media.sha256, "size": media.size}
        acts.append(("media.expunged", {**facts, **owner, **attached, "version_id": media.version_id}))
    if files:
        of_root = update(Bundle).where(Bundle.root_id == expunging.root_id, Bundle.state == "ready")
        session.execute(of_root.values(state="failed", failure="expunged"))
    return acts


def _tombstone(
    services: Services,
    expunging: Expunging,
    *,
    sha256: str,
    entry_id: UUID | None = None,
    media_row_id: UUID | None = None,
) -> Tombstone:
    return Tombstone(
        id=services.entropy.uuid7(),
        expunging_id=expunging.id,
        agency_id=expunging.agency_id,
        entry_id=entry_id,
        media_row_id=media_row_id,
        sha256=sha256,
    )


def _act(expunging: Expunging, actor: Actor, kind: str, details: Mapping[str, object]) -> custody.Act:
    known = {
        "expunging_id": str(expunging.id),
        "order": expunging.order_number,
        "authority": expunging.authority,
        "by": [str(expunging.first_by), str(expunging.second_by)],
    }
    return custody.Act(
        kind,
        Chain("capture", expunging.root_id),
        expunging.agency_id,
        actor,
        {**known, **details},
        subject=expunging,
        root_id=expunging.root_id,
    )


def doomed(session: Session) -> list[Doomed]:
    """Every file that is marked and whose bytes may still be there, of this order or of one that was cut short."""
    found = []
    for tombstone in files_to_remove(session):
        media = session.get_one(Media, tombstone.media_row_id)
        copies = session.scalars(
            select(Bundle).where(Bundle.root_id == media.root_id, Bundle.failure == "expunged")
        ).all()
        found.append(
            Doomed(
                tombstone.id,
                ObjectRef(media.bucket or "", media.object_key or "", media.version_id or ""),
                key_of(media.id),
                tuple(ObjectRef(one.bucket or "", one.object_key or "", "") for one in copies),
            )
        )
    return found


def removed(session: Session, services: Services, tombstone_id: UUID) -> None:
    """The bytes are gone."""
    session.get_one(Tombstone, tombstone_id).removed_at = services.clock.now()
