"""What people add to a capture: supplements to its facts, and readings of a serial (protocol, section 6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.accounts import prosecuting
from evidence.actions.deciding import duplicates, opening, submissions
from evidence.actions.ports import Services
from evidence.domain.callers import Actor, PersonCaller
from evidence.domain.canonical import jcs, sha256_hex
from evidence.domain.custody import Chain
from evidence.domain.errors import Category, EvidenceError, forbidden, invalid, not_found
from evidence.domain.facts import check_supplement
from evidence.domain.kinds import SERIAL_WITH_TEXT
from evidence.domain.roles import Role
from evidence.domain.serials import search_keys
from evidence.domain.states import Act, By
from evidence.records.captures import Capture, SerialKey, head_manifest, item_of, locked_capture
from evidence.records.submissions import Reading, Submission, Supplement, next_supplement_number

CONTRIBUTORS = (Role.SUPERVISOR, Role.PROSECUTOR, Role.EXAMINER, Role.TRACE_ANALYST, Role.MANAGER)


@dataclass(frozen=True)
class Addition:
    """``scope`` capture, item or submission; ``scope_id`` says which one; ``values`` by fact name."""

    scope: str
    scope_id: UUID
    values: Mapping[str, Any]
    reason: str


def add(
    session: Session, services: Services, *, caller: PersonCaller, capture_id: UUID, addition: Addition
) -> Supplement:
    """Adds facts under the next number of the root's line; what they change in a submission's content is felt.

    422 ``invalid_supplement`` with a code a fact; 404 for a capture, item or submission that is not the caller's.
    An author outside the agency doesn't see the manifest: a job then revises the line.
    """
    root = _locked_root(session, capture_id)
    row, acts = add_to(session, services, root, caller=caller, addition=addition)
    custody.append(session, services, acts)
    return row


def _check(addition: Addition) -> None:
    errors = check_supplement(addition.scope, addition.values)
    if errors:
        raise EvidenceError(
            Category.INVALID, "invalid_supplement", errors={name: [code] for name, code in errors.items()}
        )


def add_to(
    session: Session, services: Services, root: Capture, *, caller: PersonCaller, addition: Addition
) -> tuple[Supplement, list[custody.Act]]:
    """The row, and the entries for the caller's transaction to append; the root is locked."""
    _check(addition)
    item_ids = _reach(session, services, caller, root, addition)
    actor = caller.actor(*CONTRIBUTORS)
    row = _row(session, services, root, addition, caller, actor)
    acts = [_added(root, row, actor)]
    if caller.organisation_id == root.agency_id:
        add_keys(session, root, row, item_ids)
        if "serial.text" in row.values:
            duplicates.search_later(session, services, root.id, row.scope_id)
        acts += opening.revise_all(session, services, root, act=Act.SUPPLEMENT, party=By.CONTRIBUTOR, by=actor)
    else:
        revise_later(session, services, root.id)
    return row, acts


def revise_later(session: Session, services: Services, root_id: UUID) -> None:
    """Queues ``revise_capture``, which sees the whole line; it commits with the supplement or not at all."""
    services.jobs.enqueue(session, "revise_capture", root_id=str(root_id))


def _locked_root(session: Session, capture_id: UUID) -> Capture:
    capture = session.get(Capture, capture_id)
    root = locked_capture(session, capture.root_id) if capture else None
    if root is None:
        raise not_found()
    return root


def _reach(session: Session, services: Services, caller: PersonCaller, root: Capture, addition: Addition) -> list[UUID]:
    """The items that the addition speaks of; refuses what is not the root's own or not granted."""
    if addition.scope == "capture":
        if caller.organisation_id != root.agency_id:
            raise forbidden("not_granted", "A grant opens an item, not the whole capture.")
        if addition.scope_id != root.id:
            raise invalid("other_capture", scope_id="not the root capture")
        if Role.PROSECUTOR in caller.roles and not prosecuting.may_read(session, caller, root):
            raise not_found()
        return []
    item_id = addition.scope_id
    if addition.scope == "submission":
        submission = session.get(Submission, addition.scope_id)
        if submission is None or submission.root_id != root.id:
            raise not_found()
        item_id = submission.item_id
    check_item(session, services, caller, root, item_id)
    return [item_id]


def check_item(session: Session, services: Services, caller: PersonCaller, root: Capture, item_id: UUID) -> None:
    """404 unless the item is in the head manifest of the caller's own agency, or granted to the caller's."""
    if caller.organisation_id == root.agency_id:
        own = prosecuting.may_read(session, caller, root)
        head = head_manifest(session, root)
        if own and head is not None and item_of(session, head.sha256, item_id) is not None:
            return
        raise not_found()
    grants = submissions.granted(session, caller, root.id, level="facts", now=services.clock.now())
    if not any(grant.scope == "capture" or grant.item_id == item_id for grant in grants):
        raise not_found()


def _row(
    session: Session, services: Services, root: Capture, addition: Addition, caller: PersonCaller, actor: Actor
) -> Supplement:
    values = dict(addition.values)
    said = {"scope": addition.scope, "scope_id": str(addition.scope_id), "values": values}
    row = Supplement(
        id=services.entropy.uuid7(),
        root_id=root.id,
        agency_id=root.agency_id,
        number=next_supplement_number(session, root.id),
        scope=addition.scope,
        scope_id=addition.scope_id,
        values=values,
        author_id=caller.person_id,
        author_organisation_id=caller.organisation_id,
        author_role=actor.role or "",
        reason=addition.reason,
        sha256=sha256_hex(jcs(said)),
        made_at=services.clock.now(),
    )
    session.add(row)
    session.flush()
    return row


def add_keys(session: Session, root: Capture, row: Supplement, item_ids: list[UUID]) -> None:
    """Makes an item findable by the serial that a supplement states; no former key is removed."""
    text = row.values.get("serial.text")
    keys = [
        {"root_id": root.id, "item_id": item_id, "kind": kind, "key": key, "agency_id": root.agency_id}
        for item_id in item_ids
        for kind, key in sorted(search_keys(text) if text else ())
    ]
    if keys:
        session.execute(insert(SerialKey).values(keys).on_conflict_do_nothing())


def _added(root: Capture, row: Supplement, actor: Actor) -> custody.Act:
    details: dict[str, Any] = {
        "supplement_id": str(row.id),
        "number": row.number,
        "scope": row.scope,
        "sha256": row.sha256,
        "facts": submissions.without_personal(row.values),
        "reason": row.reason,
    }
    if row.scope != "capture":
        details[f"{row.scope}_id"] = str(row.scope_id)
    return custody.Act(
        "supplement.added",
        Chain("capture", root.id),
        root.agency_id,
        actor,
        details,
        subject=row,
        told=[custody.Told(root.agency_id, root.officer_id), custody.Told(row.author_organisation_id)],
        root_id=root.id,
    )


@dataclass(frozen=True)
class Read:
    """What somebody read from the photo; ``text`` is empty where the status has none."""

    status: str
    text: str
    how: str

    def check(self) -> None:
        if (self.status in SERIAL_WITH_TEXT) != bool(self.text.strip()):
            raise invalid("text_and_status", text="a legible or partial serial has a text, another has none")


def make_reading(
    session: Session, services: Services, *, caller: PersonCaller, capture_id: UUID, item_id: UUID, read: Read
) -> Reading:
    """Keeps one person's own reading of an item's serial."""
    root = _locked_root(session, capture_id)
    check_item(session, services, caller, root, item_id)
    row, act = keep_reading(session, services, root=root, item_id=item_id, caller=caller, read=read)
    custody.append(session, services, [act])
    return row


def keep_reading(
    session: Session, services: Services, *, root: Capture, item_id: UUID, caller: PersonCaller, read: Read
) -> tuple[Reading, custody.Act]:
    """The row, and the entry for the caller's transaction to append."""
    read.check()
    row = Reading(
        id=services.entropy.uuid7(),
        root_id=root.id,
        agency_id=root.agency_id,
        item_id=item_id,
        person_id=caller.person_id,
        organisation_id=caller.home_id or caller.organisation_id,
        status=read.status,
        text=read.text,
        how=read.how,
        read_at=services.clock.now(),
    )
    session.add(row)
    session.flush()
    details = {
        "reading_id": str(row.id),
        "item_id": str(item_id),
        "status": row.status,
        "text": row.text,
        "how": row.how,
    }
    actor = caller.actor(Role.SUPERVISOR, Role.EXAMINER, Role.TRACE_ANALYST)
    chain = Chain("capture", root.id)
    return row, custody.Act("reading.made", chain, root.agency_id, actor, details, subject=row, root_id=root.id)


def items_of(session: Session, row: Supplement) -> list[UUID]:
    """The item that a supplement speaks of; none for one of the whole capture."""
    if row.scope == "submission":
        submission = session.get(Submission, row.scope_id)
        return [submission.item_id] if submission else []
    return [row.scope_id] if row.scope == "item" else []
