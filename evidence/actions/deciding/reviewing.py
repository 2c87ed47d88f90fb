"""What a supervisor's warnings look at, put together from the rows (desks: warnings of a review)."""

from string import ascii_uppercase

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from evidence.actions.deciding import dossiers
from evidence.domain.callers import Caller
from evidence.domain.facts import value_of
from evidence.domain.warnings import Review
from evidence.domain.worksheet import Destination, known_facts
from evidence.records.captures import Capture, Item, Manifest, Package
from evidence.records.duplicates import DuplicateAnswer, DuplicateMatch
from evidence.records.media import ViewOpened
from evidence.records.submissions import Reading, Submission, readings_of

MOST_ALIKE = 26  # letters


def review_of(session: Session, facts: dossiers.LineFacts, submission: Submission, caller: Caller) -> Review:
    """One submission as its reviewer sees it. Each person's newest reading speaks for that person."""
    latest = latest_readings(session, facts, submission)
    person = getattr(caller, "person_id", None)
    mine = latest.pop(str(person), None)
    subject = dossiers.subject(facts, submission.item_id, submission.id)
    known = known_facts(subject)
    opened = select(ViewOpened.media_row_id).where(ViewOpened.person_id == person, ViewOpened.root_id == facts.root.id)
    opened_rows = set(session.scalars(opened))
    return Review(
        destination=Destination(submission.destination),
        subject=subject,
        approver=str(person),
        supplement_author=_author(facts, submission),
        problems=facts.head.problems,
        flags=sorted({*facts.root.flags, *facts.head.flags}),
        opened=frozenset(str(line.media_id) for line, media in facts.media if media.id in opened_rows),
        without=frozenset(str(one) for one in submission.released_without),
        reading=mine.text if mine else None,
        readings=[reading.text for reading in latest.values() if reading.text],
        order=facts.order,
        officer_has_item=not facts.item_gone(submission.item_id),
        demanded=facts.demanded,
        conflict_open=facts.root.conflict_open,
        duplicates=_duplicates(session, submission),
        seals_used_before=_seals_used_before(session, facts, submission),
        number_twice=_number_twice(session, facts, submission),
        counted=value_of(known, "review.counted"),
        sensitive=value_of(known, "review.sensitive") == "yes",
        position=facts.head.payload.get("position"),
    )


def _author(facts: dossiers.LineFacts, submission: Submission) -> str | None:
    """Who wrote the newest supplement that counts in the content."""
    newest = dossiers.stamp(facts, submission).version
    return next((str(row.author_id) for row in facts.supplements if row.number == newest), None)


def latest_readings(session: Session, facts: dossiers.LineFacts, submission: Submission) -> dict[str, Reading]:
    return {str(one.person_id): one for one in readings_of(session, facts.root.id, submission.item_id)}


def _duplicates(session: Session, submission: Submission) -> list[tuple[str, bool]]:
    """The likeness of every card that the agency has not answered, and whether the other gun is its own too."""
    one_side = and_(DuplicateMatch.a_root_id == submission.root_id, DuplicateMatch.a_item_id == submission.item_id)
    other_side = and_(DuplicateMatch.b_root_id == submission.root_id, DuplicateMatch.b_item_id == submission.item_id)
    answered = select(DuplicateAnswer.match_id).where(DuplicateAnswer.organisation_id == submission.agency_id)
    rows = session.execute(
        select(DuplicateMatch.found_by, DuplicateMatch.a_agency_id == DuplicateMatch.b_agency_id)
        .where(or_(one_side, other_side), DuplicateMatch.id.not_in(answered))
        .order_by(DuplicateMatch.found_at, DuplicateMatch.id)
    )
    return [(found_by, own) for found_by, own in rows]


def _number_twice(session: Session, facts: dossiers.LineFacts, submission: Submission) -> str | None:
    """``7 (B)|K7QD-39MX-WHT``: which of the 7s of this scene it is, in the order of arrival, and the others' folios.

    Two phones without a signal may give one number; neither is changed, for the marker in the photo says 7.
    """
    number = next((one["number"] for one in facts.head.payload["items"] if one["id"] == str(submission.item_id)), None)
    if facts.root.scene_id is None or number is None:
        return None
    rows = session.execute(
        select(Capture.id, Capture.folio)
        .join(Item, Item.manifest_sha256 == Capture.head_sha256)
        .where(
            Capture.scene_id == facts.root.scene_id,
            Capture.agency_id == submission.agency_id,
            Capture.state.not_in(("discarded", "expunged")),
            Item.number == number,
        )
        .order_by(Capture.received_at, Capture.id)
        .limit(MOST_ALIKE)
    ).all()
    others = [folio for root_id, folio in rows if root_id != facts.root.id]
    if not others:
        return None
    place = next(n for n, (root_id, _) in enumerate(rows) if root_id == facts.root.id)
    return f"{number} ({ascii_uppercase[place]})|{', '.join(others)}"


def _seals_used_before(session: Session, facts: dossiers.LineFacts, submission: Submission) -> list[str]:
    """Seals of the item's packages that another capture of the agency names as well."""
    item_id = str(submission.item_id)
    seals = {one["seal"] for one in facts.head.payload["packages"] if item_id in one["item_ids"] and one.get("seal")}
    used = select(Package.seal).join(Manifest, Manifest.sha256 == Package.manifest_sha256)
    used = used.where(
        Package.agency_id == submission.agency_id,
        Package.seal.in_(sorted(seals)),
        Package.root_id != submission.root_id,
        Manifest.standing.not_in(("discarded", "set_aside")),
    )
    return sorted(seal for seal in session.scalars(used.distinct()) if seal) if seals else []
