"""Puts together, from the rows, what the pure rules look at: subjects, worksheets, readiness and digests.

Only the agency's side (and the service itself) can do this: it reads the whole manifest. A laboratory or desk
reads the copy that was made when its submission was approved (``evidence.actions.approved``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from evidence.domain.dossier import Dossier, SupplementStamp, supplement_stamp
from evidence.domain.dossier import dossier as domain_dossier
from evidence.domain.facts import Subject, SupplementFacts, subject_of
from evidence.domain.readiness import Demanded, OrderRule, Readiness, readiness
from evidence.domain.worksheet import FORMS, Destination, Worksheet, worksheet
from evidence.records.captures import Capture, Manifest
from evidence.records.media import ManifestMedia, Media, media_of_manifest
from evidence.records.organisations import Organisation
from evidence.records.people import Person
from evidence.records.submissions import Reading, Submission, Supplement, readings_of, supplements_of


@dataclass(frozen=True)
class LineFacts:
    """Everything known of a root capture: its head, its files, what was added to it, and its agency's own facts."""

    root: Capture
    head: Manifest
    media: Sequence[tuple[ManifestMedia, Media]]
    supplements: Sequence[Supplement]
    agency: Mapping[str, Any]
    order: OrderRule
    demanded: Demanded

    def names(self, item_id: UUID) -> bool:
        """Whether the head still names the item."""
        return any(item["id"] == str(item_id) for item in self.head.payload["items"])

    def item_gone(self, item_id: UUID) -> bool:
        """Whether the officer answered that somebody else has the item now."""
        reply = self.head.payload.get("reply") or {}
        return reply.get("answer") == "item_gone" and reply.get("item_id") in (None, str(item_id))

    def media_of(self, item_id: UUID) -> list[tuple[ManifestMedia, Media]]:
        """The files that show an item or its package, by the author's media id."""
        found = [(line, media) for line, media in self.media if item_id in line.item_ids]
        return sorted(found, key=lambda pair: str(pair[0].media_id))


def load(
    session: Session, root: Capture, *, new: Sequence[tuple[ManifestMedia, Media]] | None = None
) -> LineFacts | None:
    """The facts of a root; None while it has no head that counts (held, or waiting for its base).

    ``new`` are the files of a root that this very transaction made: nobody can have added anything to it.
    """
    head = session.get(Manifest, root.head_sha256) if root.head_sha256 else None
    if head is None or head.standing != "accepted":
        return None
    agency = session.get_one(Organisation, root.agency_id)
    officer = session.get(Person, root.officer_id)
    facts: dict[str, Any] = dict(agency.settings.get("facts", {}))
    if officer is not None:
        facts |= {"officer.name": officer.name, "officer.badge": officer.code}
    return LineFacts(
        root=root,
        head=head,
        media=media_of_manifest(session, head.sha256) if new is None else new,
        supplements=supplements_of(session, root.id) if new is None else [],
        agency=facts,
        order=OrderRule(agency.settings.get("order_rule", "off")),
        demanded=agency.settings.get("required_views", {}),
    )


def applicable(facts: LineFacts, item_id: UUID, submission_id: UUID | None) -> list[Supplement]:
    """The supplements that concern an item for one submission: of the capture, of the item, of the submission."""
    scopes = {("capture", facts.root.id), ("item", item_id), ("submission", submission_id)}
    return [one for one in facts.supplements if (one.scope, one.scope_id) in scopes]


def subject(facts: LineFacts, item_id: UUID, submission_id: UUID | None) -> Subject:
    """One item as the pure rules look at it."""
    return subject_of(
        facts.head.payload,
        str(item_id),
        media_states={str(line.media_id): media.state for line, media in facts.media},
        supplements=_plain(applicable(facts, item_id, submission_id)),
        agency=facts.agency,
    )


def _plain(rows: Sequence[Supplement]) -> list[SupplementFacts]:
    return [SupplementFacts(number=one.number, author=str(one.author_id), values=one.values) for one in rows]


def sheet(facts: LineFacts, submission: Submission) -> Worksheet:
    """The destination's form as far as facts go."""
    return worksheet(Destination(submission.destination), subject(facts, submission.item_id, submission.id))


def dossier(facts: LineFacts, submission: Submission) -> Dossier:
    """The exact content that an approval of this submission covers (protocol, section 6, *Digest*)."""
    return domain_dossier(
        sheet(facts, submission),
        submission_id=submission.id,
        payload=facts.head.payload,
        item_id=submission.item_id,
        root_capture_id=facts.root.id,
        manifest_sha256=facts.head.sha256,
        supplements=_plain(applicable(facts, submission.item_id, submission.id)),
    )


def stamp(facts: LineFacts, submission: Submission) -> SupplementStamp:
    """The newest supplement that counts in the submission's content; also for an item that the head doesn't name."""
    form = FORMS[Destination(submission.destination)]
    return supplement_stamp(form, _plain(applicable(facts, submission.item_id, submission.id)))


def meter(session: Session, facts: LineFacts, submission: Submission) -> Readiness:
    """What the destination still misses, and who can supply it."""
    latest: dict[UUID, Reading] = {
        one.person_id: one for one in readings_of(session, facts.root.id, submission.item_id)
    }
    return meter_of(facts, submission, [reading.text for reading in latest.values() if reading.text])


def meter_of(facts: LineFacts, submission: Submission, readings: Sequence[str] = ()) -> Readiness:
    """The same with the serial's readings given; none, as when it was signed."""
    return readiness(
        Destination(submission.destination),
        subject(facts, submission.item_id, submission.id),
        readings=readings,
        order=facts.order,
        officer_has_item=not facts.item_gone(submission.item_id),
        demanded=facts.demanded,
    )
