"""Readiness: what a destination will still miss, who can supply it, and whether waiting for it makes sense.

The rules of the meter (field app, sections 2 and 6): a gap names who can close it, the officer's come first, and
nothing here blocks signing.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from evidence.domain.codes import make_of
from evidence.domain.facts import Origin, Stated, Subject, code_or_text, value_of
from evidence.domain.kinds import (
    GUNS,
    SERIAL_WITH_TEXT,
    ItemKind,
    MakeSafeState,
    SerialStatus,
    SerialWhere,
    View,
)
from evidence.domain.serials import readings_agree
from evidence.domain.views import group_of, needed_views, showing
from evidence.domain.worksheet import (
    FORMS,
    Destination,
    FormField,
    Mandatory,
    Who,
    known_facts,
    needs_importer,
)


class Severity(StrEnum):
    """``required`` keeps a dossier from being ready; ``at_keying`` is filled in by the desk while it keys."""

    REQUIRED = "required"
    RECOMMENDED = "recommended"
    AT_KEYING = "at_keying"


@dataclass(frozen=True, slots=True)
class Gap:
    """Something missing. ``field`` is a form code (``5h``), a view, ``package`` or ``item``."""

    code: str
    field: str
    who: Who
    severity: Severity = Severity.REQUIRED


class Outlook(StrEnum):
    """What will come of it as things stand."""

    READY = "ready"
    INCOMPLETE = "incomplete"
    WAITS_FOR_LABORATORY = "waits_for_laboratory"
    IMPOSSIBLE = "impossible"


@dataclass(frozen=True, slots=True)
class Readiness:
    """The meter of one destination. ``reason`` says why it is impossible or waits."""

    destination: Destination
    outlook: Outlook
    gaps: tuple[Gap, ...]
    reason: str | None = None

    @property
    def ready(self) -> bool:
        return self.outlook is Outlook.READY

    def done(self, who: Who) -> bool:
        """Whether nothing required is left that this person can supply ("your part is complete")."""
        return not any(gap.who is who and gap.severity is Severity.REQUIRED for gap in self.gaps)


class OrderRule(StrEnum):
    """What an agency asks of a prosecutor's order for expert work; a setting of the agency, not law in code."""

    OFF = "off"
    WARN = "warn"
    REQUIRE = "require"


Demanded = Mapping[str, Sequence[str]]
"""An agency's own views by group of things (setting ``required_views``)."""

_TRACEABLE = GUNS | {ItemKind.PART}
_BALLISTIC = GUNS | {ItemKind.PART, ItemKind.CARTRIDGE_CASE, ItemKind.CARTRIDGE, ItemKind.BULLET}
_RELAXED = frozenset({"5e", "5f", "5g", "5h"})
"""What is rarely marked on a privately made firearm or a bare frame: recommended there, not required."""


def _untouched(subject: Subject) -> bool:
    """The officer stated that nobody handles the gun: an expert takes the missing views."""
    state: Any = subject.item.get("make_safe", {}).get("state")
    return bool(state == MakeSafeState.NOT_HANDLED)


def _view_gap(view: View, *, needed: bool, subject: Subject, officer_has_item: bool) -> Gap:
    """Who takes a missing view: the officer, or the laboratory where the thing is not handled or no longer there."""
    reasons = {one["view"]: one["reason"] for one in subject.item.get("missing_views", ())}
    reason = reasons.get(view)
    untouched = _untouched(subject) and view != View.PACKAGE_SEALED
    elsewhere = not officer_has_item or untouched or reason in ("not_handled", "unsafe", "not_visible")
    severity = Severity.REQUIRED if needed and reason != "not_visible" else Severity.RECOMMENDED
    return Gap("view_missing", view, Who.LABORATORY if elsewhere else Who.OFFICER, severity)


def _view_gaps(destination: Destination, subject: Subject, facts: Mapping[str, Stated], *, has: bool) -> list[Gap]:
    gaps = []
    for view, needed in needed_views(destination, facts).items():
        importer_asked_for = view == View.IMPORTER_COUNTRY_MARKING and "firearm.importer" not in facts
        if not importer_asked_for and not showing(subject, view):  # one gap, not two, for one marking
            gaps.append(_view_gap(view, needed=needed, subject=subject, officer_has_item=has))
    return gaps


def _agency_gaps(
    subject: Subject, facts: Mapping[str, Stated], demanded: Demanded, told: Collection[str], *, has: bool
) -> list[Gap]:
    """Views that the agency asks for beyond the table: a gap of their own, and never a bar to the destination."""
    missing = [one for one in demanded.get(group_of(facts), ()) if not showing(subject, View(one)) and one not in told]
    gaps = [_view_gap(View(one), needed=False, subject=subject, officer_has_item=has) for one in missing]
    return [replace(gap, code="agency_view_missing") for gap in gaps]


def _is_needed(field: FormField, facts: Mapping[str, Stated], order: OrderRule) -> bool:
    conditions = {
        Mandatory.IF_NOT_US: needs_importer(facts),
        Mandatory.IF_ORDERED: order is not OrderRule.OFF,
        Mandatory.NO: False,
    }
    return conditions.get(field.mandatory, True)


def _fact_gap(field: FormField, facts: Mapping[str, Stated], subject: Subject, order: OrderRule) -> Gap:
    blanks = subject.item.get("blanks", {})
    answers = {blanks.get(name) for name in field.facts}
    who = field.who
    if who is Who.OFFICER and "no_information" in answers:
        who = Who.DESK
    severity = Severity.REQUIRED
    relaxed = field.code in _RELAXED and value_of(facts, "item.kind") != ItemKind.FIREARM
    warned = field.mandatory is Mandatory.IF_ORDERED and order is OrderRule.WARN
    if field.at_keying:
        severity = Severity.AT_KEYING
    elif field.mandatory is Mandatory.WANTED or relaxed or warned or "not_applicable" in answers:
        severity = Severity.RECOMMENDED
    name = field.facts[0].rpartition(".")[2]
    return Gap(f"{name}_missing", field.code, who, severity)


def _form_gaps(destination: Destination, subject: Subject, facts: Mapping[str, Stated], order: OrderRule) -> list[Gap]:
    gaps = [
        _fact_gap(field, facts, subject, order)
        for field in FORMS[destination].fields
        if field.code != "5a" and _is_needed(field, facts, order) and not any(name in facts for name in field.facts)
    ]
    priority = value_of(facts, "recovery.priority")
    if priority["level"] == "urgent" and not priority.get("justification"):
        code = "1b" if destination is Destination.ETRACE else "b1"
        gaps.append(Gap("justification_missing", code, Who.SUPERVISOR))
    make = make_of(code_or_text(value_of(facts, "firearm.make")))
    if destination is Destination.ETRACE and make and not make.accepted:
        gaps.append(Gap("make_unknown", "5c", Who.DESK))
    return gaps


def _serial_gaps(subject: Subject, facts: Mapping[str, Stated], readings: Sequence[str], *, has: bool) -> list[Gap]:
    """5a by the status of the serial: only a frame's number counts, and it must be legible."""
    near = Who.OFFICER if has and not _untouched(subject) else Who.LABORATORY
    status = value_of(facts, "serial.status")
    if status in (SerialStatus.PARTIAL, SerialStatus.OBLITERATED):
        return [Gap(f"serial_{status}", "5a", Who.LABORATORY)]
    if status != SerialStatus.LEGIBLE:
        return [Gap(f"serial_{status}" if status else "serial_missing", "5a", near)]
    stated = facts.get("serial.text")
    if stated is None:
        return [Gap("serial_not_frame", "5a", near)]
    signed = subject.item.get("serial", {}).get("readings", ()) if stated.origin is Origin.MANIFEST else ()
    texts = [*(one["text"] for one in signed), *readings]
    if not all(readings_agree(stated.value, text) for text in texts):
        return [Gap("readings_differ", "5a", Who.SUPERVISOR)]
    if value_of(facts, "serial.where") == SerialWhere.UNKNOWN:
        return [Gap("serial_place_unknown", "5a", near, Severity.RECOMMENDED)]
    return []


def _package_gaps(subject: Subject) -> list[Gap]:
    item_id = subject.item.get("id")
    package = next((one for one in subject.packages if item_id in one["item_ids"]), None)
    if package is None:
        return [Gap("package_missing", "package", Who.OFFICER)]
    return [] if package.get("seal") else [Gap("seal_missing", "package", Who.OFFICER)]


def _impossible(destination: Destination, facts: Mapping[str, Stated]) -> str | None:
    kind, status = value_of(facts, "item.kind"), value_of(facts, "serial.status")
    if destination is Destination.FINANCIAL:
        return "destination_not_open"
    if kind == ItemKind.EXPLOSIVE:
        return "explosive"
    if destination is Destination.BALLISTICS:
        return None if kind in _BALLISTIC else "kind_not_accepted"
    frame = value_of(facts, "part.type") == "frame_or_receiver"
    if kind not in _TRACEABLE or (kind == ItemKind.PART and not frame and status not in SERIAL_WITH_TEXT):
        return "kind_not_traceable"
    if status == SerialStatus.NEVER_MARKED:
        return "pmf_no_serial" if kind == ItemKind.PMF else "no_serial"
    return None


def readiness(
    destination: Destination,
    subject: Subject,
    *,
    readings: Sequence[str] = (),
    order: OrderRule = OrderRule.OFF,
    officer_has_item: bool = True,
    demanded: Demanded = MappingProxyType({}),
) -> Readiness:
    """The meter of one item for one destination.

    ``readings`` are the texts that others read from the photo; ``officer_has_item`` is false once the officer has
    answered that the item is with somebody else; ``demanded`` are the agency's own views.
    A firearm without a number can't be traced and still goes to ballistics; an obliterated number waits for the
    laboratory.
    """
    facts = known_facts(subject)
    if reason := _impossible(destination, facts):
        return Readiness(destination, Outlook.IMPOSSIBLE, (), reason)
    gaps = _form_gaps(destination, subject, facts, order)
    gaps += _view_gaps(destination, subject, facts, has=officer_has_item)
    if destination is Destination.ETRACE:
        gaps += _serial_gaps(subject, facts, readings, has=officer_has_item)
    else:
        gaps += _package_gaps(subject)
    told = {gap.field for gap in gaps if gap.code == "view_missing" and gap.severity is Severity.REQUIRED}
    own = _agency_gaps(subject, facts, demanded, told, has=officer_has_item)
    mine = {gap.field for gap in own}
    gaps = [*(gap for gap in gaps if gap.code != "view_missing" or gap.field not in mine), *own]
    people, weights = list(Who), list(Severity)
    ordered = tuple(sorted(gaps, key=lambda gap: (people.index(gap.who), weights.index(gap.severity))))
    waits = next((gap.code for gap in gaps if gap.code in ("serial_partial", "serial_obliterated")), None)
    if waits:
        return Readiness(destination, Outlook.WAITS_FOR_LABORATORY, ordered, waits)
    open_gaps = any(gap.severity is Severity.REQUIRED for gap in gaps)
    return Readiness(destination, Outlook.INCOMPLETE if open_gaps else Outlook.READY, ordered)
