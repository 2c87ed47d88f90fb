"""Worksheets: a destination's form as data, in its own order, filled from what is known.

The trace form is ATF Form 3312.1, edition of 2018; a working copy, never presented as the official form. The
ballistic form is ours: no official one is known. Each form names which of its fields enter the digest, so that
ballistic facts don't void a trace approval (protocol, section 6).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from evidence.domain.codes import FIREARM_TYPES, MAKES, PRIVATELY_MADE, UNITED_STATES, country_of, make_of, read_data
from evidence.domain.facts import Origin, Stated, Subject, code_or_text, facts_of, value_of
from evidence.domain.kinds import FirearmForm, ItemKind, SerialStatus, SerialWhere


class Destination(StrEnum):
    """Where an item may go. ``financial`` keeps its place: no form yet."""

    ETRACE = "etrace"
    BALLISTICS = "ballistics"
    FINANCIAL = "financial"


class Who(StrEnum):
    """Who can supply what is missing, in the order in which gaps are shown."""

    OFFICER = "officer"
    SUPERVISOR = "supervisor"
    DESK = "desk"
    LABORATORY = "laboratory"


class Mandatory(StrEnum):
    """When a field must be filled: always, from a code list, on a condition; ``wanted`` helps; ``no``."""

    YES = "yes"
    LIST = "list"
    IF_NOT_US = "if_not_us"
    IF_ORDERED = "if_ordered"
    WANTED = "wanted"
    NO = "no"


@dataclass(frozen=True, slots=True)
class FormField:
    """One line of a form. ``facts`` are tried in order; ``certain`` is false where the form's text is not known.

    ``at_keying``: a clerical code that the desk fills in while it keys; nobody waits for it before.
    """

    code: str
    part: str
    label_es: str
    label_en: str
    facts: tuple[str, ...]
    mandatory: Mandatory
    who: Who
    digest: bool
    certain: bool = True
    personal: bool = False
    at_keying: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """A destination's form: its name and edition as the digest states them, its fields in order."""

    form: str
    edition: str
    destination: Destination
    fields: tuple[FormField, ...]

    @property
    def digested_facts(self) -> frozenset[str]:
        """The facts that a supplement must state to change this destination's digest."""
        names = {name for one in self.fields if one.digest for name in one.facts}
        return frozenset(names | {"serial.status", "serial.where"} if "serial.text" in names else names)


@dataclass(frozen=True, slots=True)
class Worksheet:
    """A form filled as far as facts go: ``stated`` holds a value per code, and nothing for an empty line."""

    form: Form
    stated: Mapping[str, Stated]

    def values(self, *, personal: bool = False) -> dict[str, dict[str, Any]]:
        """``{code: {value, source, by}}`` in the form's order; personal lines only when asked for."""
        return {
            field.code: {"value": stated.value, "source": stated.origin.value, "by": stated.by}
            for field in self.form.fields
            if (stated := self.stated.get(field.code)) and (personal or not field.personal)
        }

    def digest_values(self) -> dict[str, Any]:
        """``{code: value}`` of the fields that the approval covers."""
        return {
            field.code: self.stated[field.code].value
            for field in self.form.fields
            if field.digest and field.code in self.stated
        }


def _form(name: str) -> Form:
    document = read_data(name)
    fields = []
    for row in document["fields"]:
        members: dict[str, Any] = {**row, "facts": tuple(row["facts"])}
        members |= {"mandatory": Mandatory(row["mandatory"]), "who": Who(row["who"])}
        fields.append(FormField(**members))
    return Form(document["form"], document["edition"], Destination(document["destination"]), tuple(fields))


FORMS: Mapping[Destination, Form] = MappingProxyType(
    {
        Destination.ETRACE: _form("trace_form"),
        Destination.BALLISTICS: _form("ballistics_form"),
        Destination.FINANCIAL: Form("casquillo-financial", "0", Destination.FINANCIAL, ()),
    }
)

_TYPE_OF_FORM = {FirearmForm.PISTOL: "PI", FirearmForm.REVOLVER: "PR"}
"""What a pistol is taken to be until somebody says otherwise; a long gun's action is not guessed."""


def _code(code: str, origin: Origin) -> Stated:
    text = MAKES[code].name if code in MAKES else FIREARM_TYPES[code].label_en
    return Stated({"code": code, "text": text}, origin)


def _derived(facts: Mapping[str, Stated], item: Mapping[str, Any]) -> dict[str, Stated]:
    """What follows from facts by a list or a default; never over what somebody stated."""
    found: dict[str, Stated] = {"recovery.priority": Stated({"level": "routine"}, Origin.DEFAULT)}
    if item.get("kind") == ItemKind.PMF:
        found["firearm.make"] = _code(PRIVATELY_MADE, Origin.CODE_LIST)
    form = value_of(facts, "firearm.form") or value_of(facts, "pmf.type")
    if form in _TYPE_OF_FORM:
        found["firearm.type"] = _code(_TYPE_OF_FORM[form], Origin.DEFAULT)
    make = make_of(code_or_text(value_of(facts, "firearm.make") or value_of(facts, "part.make")))
    if make and make.country:
        found["firearm.country"] = Stated({"code": make.country}, Origin.CODE_LIST)
    return found


def _obliterated(facts: Mapping[str, Stated]) -> Stated | None:
    """5b: yes once anybody stated it; a laboratory's restored text doesn't make the number unfiled."""
    status = facts.get("serial.status")
    if status is None or status.value == SerialStatus.NOT_EXAMINED:
        return None
    ever = any(one.value == SerialStatus.OBLITERATED for one in (status, *status.beside))
    return Stated("yes" if ever else "no", status.origin, status.by)


def known_facts(subject: Subject) -> dict[str, Stated]:
    """Stated facts, and under them what lists and defaults add. A number that is not the frame's is no serial."""
    facts = {name: stated for name, stated in facts_of(subject).items() if stated.value not in (None, "", [])}
    facts = _derived(facts, subject.item) | facts
    if obliterated := _obliterated(facts):
        facts["serial.obliterated"] = obliterated
    if value_of(facts, "serial.where") not in (None, SerialWhere.FRAME, SerialWhere.UNKNOWN):
        facts.pop("serial.text", None)
    return facts


def worksheet(destination: Destination, subject: Subject) -> Worksheet:
    """The destination's form filled from everything known of the item."""
    form, facts = FORMS[destination], known_facts(subject)
    stated: dict[str, Stated] = {}
    for field in form.fields:
        first = next((facts[name] for name in field.facts if name in facts), None)
        if first is not None:
            stated[field.code] = first
    return Worksheet(form, MappingProxyType(stated))


def needs_importer(facts: Mapping[str, Stated]) -> bool:
    """5h is asked when the country of origin is known and not the United States."""
    country = code_or_text(value_of(facts, "firearm.country"))
    known = country_of(country)
    return bool(country) and (known is None or known.iso != UNITED_STATES)
