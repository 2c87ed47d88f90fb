"""A supervisor says which of several versions stands, or which amendment becomes the head (protocol, 4 and 5.1).

All are kept, each with its files and its receipt; only their standing moves.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.accounts import fresh_factor
from evidence.actions.capturing import captures, contents, lines
from evidence.actions.deciding import opening, routing
from evidence.actions.deciding.versions import check_version
from evidence.actions.ports import Services
from evidence.actions.storing import evidence_state
from evidence.domain.callers import Actor, PersonCaller
from evidence.domain.custody import Chain
from evidence.domain.errors import Retry, conflict, forbidden, invalid, not_found
from evidence.domain.media_states import CaptureState
from evidence.domain.roles import Role
from evidence.records.captures import Capture, Manifest, locked_capture

OPEN = frozenset({"accepted", "conflict", "amendment_fork"})
"""Standings of versions that a supervisor may still choose between."""


@dataclass(frozen=True)
class Line:
    """Every manifest of a root, by hash, and the ways between them."""

    manifests: Mapping[str, Manifest]

    def path_to(self, chosen: Manifest) -> list[Manifest]:
        """The chosen manifest and, one after the other, what it amends."""
        path = [chosen]
        while (base := self.manifests.get(path[-1].amends_sha256 or "")) is not None:
            path.append(base)
        return path

    def beside(self, path: Iterable[Manifest]) -> list[Manifest]:
        """The open versions that contradict a path, and what amends them: they can't stand with it."""
        kept = list(path)
        names = {one.sha256 for one in kept}
        found = [one for one in self._open() if one.sha256 not in names and any(_rivals(one, other) for other in kept)]
        reached = 0
        while reached < len(found):
            after = [one for one in self._open() if one.amends_sha256 == found[reached].sha256 and one not in found]
            found += after
            reached += 1
        return found

    def follow(self, chosen: Manifest) -> list[Manifest]:
        """The chosen manifest and the amendments that go on from it, as far as they don't fork again."""
        way = [chosen]
        while True:
            after = [one for one in self._open() if one.amends_sha256 == way[-1].sha256]
            alone = after if len(after) == 1 else [one for one in after if one.standing == "accepted"]
            if len(alone) != 1:
                return way
            way.append(alone[0])

    def _open(self) -> list[Manifest]:
        return [one for one in self.manifests.values() if one.standing in OPEN]


def _rivals(one: Manifest, other: Manifest) -> bool:
    """Two payloads under one capture id, or two amendments of one base."""
    return one.capture_id == other.capture_id or (
        one.amends_sha256 is not None and one.amends_sha256 == other.amends_sha256
    )


def settle(
    session: Session,
    services: Services,
    *,
    caller: PersonCaller,
    capture_id: UUID,
    manifest_sha256: str,
    reason: str,
    if_match: str | None,
) -> captures.CaptureView:
    """Makes the named manifest stand, and the newest that amends it the head; what contradicts it is set aside.

    403 ``own_capture`` for an officer of the line; 409 ``nothing_to_settle``; 412 and 428 by ``If-Match``; 422
    ``unknown_manifest`` for one that is not of the line or can't stand. A head that moved has the effect of an
    amendment: what waits loses its approval, what is held gets a revision.
    """
    root = _locked_root(session, caller, capture_id)
    fresh_factor.require(services, caller)
    check_version(if_match, captures.read(session, caller=caller, capture_id=capture_id).etag)
    of_root = session.scalars(select(Manifest).where(Manifest.root_id == root.id).order_by(Manifest.received_at))
    line = Line({one.sha256: one for one in of_root})
    if caller.person_id in {root.officer_id, *(one.officer_id for one in line.manifests.values())}:
        raise forbidden("own_capture", "Another person settles your capture.")
    chosen = line.manifests.get(manifest_sha256)
    if chosen is None or chosen.standing not in OPEN:
        raise invalid("unknown_manifest", manifest_sha256="no version of this capture that can stand")
    path = line.path_to(chosen)
    aside = line.beside(path)
    if root.state == CaptureState.DISCARDED or not aside:
        raise conflict("nothing_to_settle", "Nothing stands beside it.", retry=Retry.AFTER_UPDATE)
    actor = caller.actor(Role.SUPERVISOR)
    acts = [_settled(root, chosen, aside, reason, actor, path)]
    acts += _carry_out(session, services, root, line, chosen=chosen, path=path, aside=aside, by=actor)
    custody.append(session, services, acts)
    return captures.read(session, caller=caller, capture_id=capture_id)


def _locked_root(session: Session, caller: PersonCaller, capture_id: UUID) -> Capture:
    capture = session.get(Capture, capture_id)
    if capture is None or capture.agency_id != caller.organisation_id:
        raise not_found()
    root = locked_capture(session, capture.root_id)
    if root is None:
        raise not_found()
    session.refresh(root)
    return root


def _carry_out(
    session: Session,
    services: Services,
    root: Capture,
    line: Line,
    *,
    chosen: Manifest,
    path: list[Manifest],
    aside: list[Manifest],
    by: Actor,
) -> list[custody.Act]:
    for one in aside:
        one.standing = "set_aside"
    way = line.follow(chosen)
    standing = [one for one in (*path, *way[1:]) if one.standing in OPEN]
    for one in standing:
        one.standing = "accepted"
        contents.add_serial_keys(session, one)
    root.head_sha256 = way[-1].sha256
    root.version += 1
    root.conflict_open = any(one.standing in ("conflict", "amendment_fork") for one in line.manifests.values())
    session.flush()
    acts = [act for one in standing for act in lines.join_waiting(session, one, root)]
    acts += [act for one in standing for act in evidence_state.after_manifest(session, services, one)]
    acts += opening.open_and_revise(session, services, root, by=by)
    return [*acts, *routing.evidence_arrived(session, services, root)]


def _settled(
    root: Capture, chosen: Manifest, aside: list[Manifest], reason: str, by: Actor, path: list[Manifest]
) -> custody.Act:
    ids = {one.capture_id for one in path}
    details: dict[str, Any] = {
        "manifest_sha256": chosen.sha256,
        "set_aside": sorted(one.sha256 for one in aside),
        "reason": reason,
        "of": "conflict" if any(one.capture_id in ids for one in aside) else "amendment_fork",
    }
    return custody.Act(
        kind="capture.settled",
        chain=Chain("capture", root.id),
        agency_id=root.agency_id,
        actor=by,
        details=details,
        told=[custody.Told(root.agency_id, root.officer_id)],
        root_id=root.id,
    )
