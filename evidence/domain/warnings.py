"""A supervisor's warnings for one item and one destination (desks, section B2).

Red: this can't be approved as it stands. Amber: this must be opened before a decision. What comes here is what can be
computed; what only an eye sees in a photo (a face, a plate, five cases where six lie) comes in as a fact.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from evidence.domain.codes import caliber_fits_type, make_of, same_make
from evidence.domain.facts import Origin, Stated, Subject, code_or_text, facts_of, value_of
from evidence.domain.kinds import View
from evidence.domain.places import outside_entity
from evidence.domain.readiness import Demanded, OrderRule, Outlook, Readiness, Severity, readiness
from evidence.domain.serials import UNREADABLE, lookalikes, normalise, oddities, readings_agree
from evidence.domain.views import naming, needed_views
from evidence.domain.worksheet import FORMS, Destination, known_facts


class Level(StrEnum):
    RED = "red"
    AMBER = "amber"


@dataclass(frozen=True, slots=True)
class ReviewWarning:
    """``about`` names what to open: a view, a form code, a JSON pointer, a media id or a position; or nothing."""

    level: Level
    code: str
    about: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What a supervisor's warnings are computed from.

    ``problems`` as the manifest's check stored them (``code``, ``path``, ``blocking``); ``flags`` are the capture's;
    ``opened`` are media ids that the approver has opened, ``without`` those that a decision names as not coming;
    ``reading`` is the approver's own reading of the serial, made blind, ``readings`` those of others;
    ``duplicates`` are ``(likeness, own agency)`` of cards not yet answered; ``counted`` is what the approver sees;
    ``position`` the manifest's own; ``number_twice`` says which of several items of this number in the scene it is.
    """

    destination: Destination
    subject: Subject
    approver: str
    supplement_author: str | None = None
    problems: Sequence[Mapping[str, Any]] = ()
    flags: Collection[str] = ()
    opened: Collection[str] = ()
    without: Collection[str] = ()
    reading: str | None = None
    readings: Sequence[str] = ()
    order: OrderRule = OrderRule.OFF
    officer_has_item: bool = True
    demanded: Demanded = field(default_factory=dict)
    conflict_open: bool = False
    changed_since_seen: bool = False
    duplicates: Sequence[tuple[str, bool]] = ()
    seals_used_before: Sequence[str] = ()
    number_twice: str | None = None
    counted: int | None = None
    sensitive: bool = False
    position: Mapping[str, Any] | None = None
    serial_templates: Sequence[str] = field(default_factory=tuple)


_ARRIVED = frozenset({"received", "verifying", "secured"})
_RED_FLAGS = frozenset({"device_compromised", "received_after_compromise"})


def warnings(review: Review) -> tuple[ReviewWarning, ...]:
    """Every warning, red ones first, each once."""
    facts = known_facts(review.subject)
    meter = readiness(
        review.destination,
        review.subject,
        readings=review.readings,
        order=review.order,
        officer_has_item=review.officer_has_item,
        demanded=review.demanded,
    )
    found = [
        *_persons(review),
        *_views(review, facts, meter),
        *_readings(review, facts, meter),
        *_state(review, facts, meter),
        *_gaps(meter),
        *_serial(review, facts),
        *_descriptions(facts),
        *_scene(review),
    ]
    return tuple(sorted(dict.fromkeys(found), key=lambda one: one.level is Level.AMBER))


def name_of(warning: ReviewWarning) -> str:
    """How a decision names a warning that was opened: ``code|about``."""
    return f"{warning.code}|{warning.about or ''}"


def unopened(found: Sequence[ReviewWarning], opened: Collection[str]) -> list[ReviewWarning]:
    """The amber warnings that are not among the opened ones.

    That a file does not come is no warning to open: whoever decides names the file.
    """
    amber = [one for one in found if one.level is Level.AMBER and one.code != "view_released"]
    return [one for one in amber if name_of(one) not in opened]


def may_approve(found: Sequence[ReviewWarning]) -> bool:
    """Whether nothing red stands against an approval."""
    return all(one.level is Level.AMBER for one in found)


def _red(code: str, about: str | None = None) -> ReviewWarning:
    return ReviewWarning(Level.RED, code, about)


def _amber(code: str, about: str | None = None) -> ReviewWarning:
    return ReviewWarning(Level.AMBER, code, about)


def _persons(review: Review) -> Iterator[ReviewWarning]:
    """Nobody decides over an own capture or an own supplement (protocol, section 2)."""
    if review.approver == review.subject.officer:
        yield _red("own_capture")
    if review.supplement_author == review.approver:
        yield _red("own_supplement")


def _views(review: Review, facts: Mapping[str, Stated], meter: Readiness) -> Iterator[ReviewWarning]:
    """The views that the destination needs have arrived and were opened; one photo of each is enough."""
    excused = {gap.field for gap in meter.gaps if gap.severity is not Severity.REQUIRED}
    for view, needed in needed_views(review.destination, facts).items():
        if not needed or view in excused:
            continue
        named = {media.id: media.state for media in naming(review.subject, view)}
        arrived = {media_id for media_id, state in named.items() if state in _ARRIVED}
        if arrived:
            if not arrived & set(review.opened):
                yield _red("view_not_opened", view)
        elif named and set(named) <= set(review.without):
            yield _amber("view_released", view)
        elif view == View.SERIAL_CLOSEUP and "quarantined" in named.values():
            yield _red("serial_photo_quarantined", view)
        else:
            yield _red("view_not_arrived", view)


def _readings(review: Review, facts: Mapping[str, Stated], meter: Readiness) -> Iterator[ReviewWarning]:
    """Two independent readings before an approval that covers the serial; the approver's own is one of them."""
    serial = value_of(facts, "serial.text")
    if serial is None or "serial.text" not in FORMS[review.destination].digested_facts:
        return
    mine = review.reading
    if mine is None:
        yield _red("reading_missing", "5a")
    agree = all(readings_agree(mine, text) for text in (serial, *review.readings)) if mine is not None else True
    if not agree or any(gap.code == "readings_differ" for gap in meter.gaps):
        yield _red("readings_differ", "5a")


def _state(review: Review, facts: Mapping[str, Stated], meter: Readiness) -> Iterator[ReviewWarning]:
    if review.conflict_open:
        yield _red("conflict_open")
    if review.changed_since_seen:
        yield _red("capture_changed")
    for problem in review.problems:
        yield ReviewWarning(Level.RED if problem["blocking"] else Level.AMBER, problem["code"], problem["path"])
    for flag in sorted(review.flags):
        yield ReviewWarning(Level.RED if flag in _RED_FLAGS else Level.AMBER, flag)
    if meter.outlook in (Outlook.IMPOSSIBLE, Outlook.WAITS_FOR_LABORATORY):
        yield _red(meter.reason or meter.outlook)
    if review.order is not OrderRule.OFF and "legal.order" not in facts:
        yield ReviewWarning(Level.RED if review.order is OrderRule.REQUIRE else Level.AMBER, "order_missing")


def _gaps(meter: Readiness) -> Iterator[ReviewWarning]:
    """Other facts still missing are amber: another may supply them after the approval of a first request."""
    told_already = ("view_missing", "order_missing", "readings_differ", meter.reason)
    for gap in meter.gaps:
        wanted = gap.severity is Severity.REQUIRED or gap.code == "agency_view_missing"
        if wanted and gap.code not in told_already:
            yield _amber(gap.code, gap.field)


def _serial(review: Review, facts: Mapping[str, Stated]) -> Iterator[ReviewWarning]:
    for likeness, own_agency in review.duplicates:
        yield _amber("duplicate_own" if own_agency else "duplicate_other", likeness)
    text = value_of(facts, "serial.text")
    if text is None or UNREADABLE in text:
        return
    if facts["serial.text"].origin is Origin.MANIFEST:  # the phone is not asked about another's reading
        for at in _unconfirmed(text, review.subject.item["serial"].get("lookalikes", ())):
            yield _amber("lookalike_unconfirmed", str(at))
    for oddity in oddities(text, templates=review.serial_templates):
        yield _amber(f"serial_{oddity}", "5a")


def _unconfirmed(text: str, confirmed: Sequence[Mapping[str, Any]]) -> Iterator[int]:
    """Positions, counted from 1 as the phone does, of look-alikes that the signer was not asked about.

    The phone counts in the text as marked, separators included; the rules count without them.
    """
    places = [at for at, char in enumerate(text, start=1) if normalise(char)]
    asked = {one["position"] for one in confirmed if one["confirmed"]}
    for look_alike in lookalikes(text):
        place = places[look_alike.at] if len(places) == len(normalise(text)) else look_alike.at + 1
        if place not in asked:
            yield place


def _descriptions(facts: Mapping[str, Stated]) -> Iterator[ReviewWarning]:
    make, importer = (code_or_text(value_of(facts, f"firearm.{name}")) for name in ("make", "importer"))
    known, brings = make_of(make), make_of(importer)
    # Code by code: Glock of Austria and Glock Inc., which imports it, are one brand and two companies.
    same = known == brings if known and brings else same_make(make, importer)
    if same or (known and known.mostly_importer):
        yield _amber("maker_may_be_importer", "5c")
    if value_of(facts, "firearm.official_mark") == "yes":
        yield _amber("official_mark", "5i")
    caliber, kind = (code_or_text(value_of(facts, f"firearm.{name}")) for name in ("caliber", "type"))
    if caliber_fits_type(caliber, kind) is False:
        yield _amber("caliber_contradicts_type", "5e")


def _scene(review: Review) -> Iterator[ReviewWarning]:
    for seal in review.seals_used_before:
        yield _amber("seal_used_before", seal)
    if review.number_twice is not None:
        yield _amber("number_twice", review.number_twice)
    quantity = review.subject.item["quantity"]
    if review.counted is not None and review.counted != quantity["n"]:
        yield _amber("count_mismatch")
    if not quantity["exact"]:
        yield _amber("quantity_estimated")
    if review.sensitive:
        yield _amber("sensitive")
    if outside_entity(review.position, value_of(facts_of(review.subject), "recovery.entity")):
        yield _amber("position_outside_entity")
