"""What is known of one item, and who says so: signed facts, supplements over them, the agency's own data.

Facts have dotted names, those of the manifest's blocks (``firearm.make``, ``recovery.crime_code``). A supplement
never overwrites: the newest statement counts, and the former ones stand beside it. Which facts a supplement may
state is a closed list, as data.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from evidence.domain.codes import ENTITIES, read_data
from evidence.domain.kinds import FACT_BLOCKS, SERIAL_WITH_TEXT


class Origin(StrEnum):
    """Where a value comes from. ``DEFAULT`` is what a form takes when nobody said otherwise."""

    MANIFEST = "manifest"
    SUPPLEMENT = "supplement"
    AGENCY = "agency"
    CODE_LIST = "code_list"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Stated:
    """A value and who says so. ``by`` is a person's id; ``beside`` are the former statements, newest first."""

    value: Any
    origin: Origin
    by: str | None = None
    beside: tuple["Stated", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplementFacts:
    """One supplement that concerns the item: its number in the root's line, its author, its values by fact name."""

    number: int
    author: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaView:
    """One file of the head manifest: what it is meant to show, and its state."""

    id: str
    view: str
    item_ids: frozenset[str] = frozenset()
    package_id: str | None = None
    state: str = "secured"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Everything that form, readiness and digest look at for one item.

    ``item``, ``recovery`` and ``packages`` are the manifest's own mappings; ``agency`` holds the agency's facts
    under their names (``agency.ori``, ``officer.name``, ``request.date``); supplements are in any order.
    """

    item: Mapping[str, Any]
    recovery: Mapping[str, Any]
    officer: str
    packages: Sequence[Mapping[str, Any]] = ()
    media: Sequence[MediaView] = ()
    supplements: Sequence[SupplementFacts] = ()
    agency: Mapping[str, Any] = field(default_factory=dict)


def subject_of(
    payload: Mapping[str, Any],
    item_id: str,
    *,
    media_states: Mapping[str, str] | None = None,
    supplements: Sequence[SupplementFacts] = (),
    agency: Mapping[str, Any] | None = None,
) -> Subject:
    """One item of a manifest's payload, with what was added to it.

    ``media_states`` by media id; a file without one is taken as still expected. ``supplements`` are those of the
    capture, of this item and of the submission in question. ``KeyError`` for an item that the manifest doesn't name.
    """
    items = {one["id"]: one for one in payload["items"]}
    states = media_states or {}
    return Subject(
        item=items[item_id],
        recovery=payload["recovery"],
        officer=payload["officer_id"],
        packages=payload["packages"],
        media=tuple(
            MediaView(
                id=one["id"],
                view=one["view"],
                item_ids=frozenset(one["item_ids"]),
                package_id=one["package_id"],
                state=states.get(one["id"], "expected"),
            )
            for one in payload["media"]
        ),
        supplements=tuple(supplements),
        agency=agency or {},
    )


@dataclass(frozen=True, slots=True)
class FactRule:
    """A fact that a supplement may state. ``personal`` facts open only with a permission of their own.

    ``nominal`` ones (form parts VI to VIII) are no supplement's: the trace desk keeps them sealed
    (``evidence.domain.possessor``).
    """

    name: str
    type: str
    scopes: tuple[str, ...]
    choices: tuple[str, ...] = ()
    personal: bool = False
    nominal: bool = False


def _rules() -> Mapping[str, FactRule]:
    rows = read_data("facts")["facts"]
    lists = ("scopes", "choices")
    rules: dict[str, FactRule] = {}
    for row in rows:
        members: dict[str, Any] = {key: tuple(v) if key in lists else v for key, v in row.items()}
        rules[row["name"]] = FactRule(**members)
    return MappingProxyType(rules)


FACT_RULES: Mapping[str, FactRule] = _rules()

_BLOCKS = frozenset({"serial", "as_found", "make_safe"}).union(*FACT_BLOCKS.values())


def _signed(subject: Subject) -> dict[str, Any]:
    """The manifest's facts by dotted name; nulls are left out, for they state nothing."""
    found: dict[str, Any] = {f"recovery.{name}": value for name, value in subject.recovery.items()}
    for name, value in subject.item.items():
        if name in _BLOCKS:
            found |= {f"{name}.{inner}": inner_value for inner, inner_value in value.items()}
        else:
            found[f"item.{name}"] = value
    return {name: value for name, value in found.items() if value is not None}


def facts_of(subject: Subject) -> dict[str, Stated]:
    """Every known fact by name: the agency's, over them the signed ones, over these each supplement in its order.

    A supplement that states a serial's status replaces the serial as a whole: its text and place too.
    """
    facts = {name: Stated(value, Origin.AGENCY) for name, value in subject.agency.items() if value is not None}
    facts |= {name: Stated(value, Origin.MANIFEST, subject.officer) for name, value in _signed(subject).items()}
    for supplement in sorted(subject.supplements, key=lambda one: one.number):
        if "serial.status" in supplement.values:
            for name in ("serial.text", "serial.where"):
                if name in facts and name not in supplement.values:
                    facts[name] = _restate(facts[name], None, supplement.author)
        for name, value in supplement.values.items():
            former = facts.get(name)
            stated = Stated(value, Origin.SUPPLEMENT, supplement.author)
            facts[name] = _restate(former, value, supplement.author) if former else stated
    return facts


def _restate(former: Stated, value: Any, author: str) -> Stated:
    return Stated(value, Origin.SUPPLEMENT, author, beside=(replace(former, beside=()), *former.beside))


def value_of(facts: Mapping[str, Stated], name: str) -> Any:
    """The value that counts, or ``None`` when nothing is stated."""
    stated = facts.get(name)
    return stated.value if stated else None


def code_or_text(value: Any) -> str | None:
    """The code of a coded fact, else its text; a plain text as it is."""
    if isinstance(value, Mapping):
        return value.get("code") or value.get("text")
    return value if isinstance(value, str) and value else None


def _is_text(value: Any, longest: int, *, lines: bool) -> bool:
    return (
        isinstance(value, str)
        and value.strip() != ""
        and len(value) <= longest
        and (lines or not any(char in value for char in "\r\n"))
    )


def _is_code(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[A-Z0-9-]{1,12}", value) is not None


def _is_coded(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and len(value) > 0
        and set(value) <= {"text", "code"}
        and all(_is_code(v) if key == "code" else _is_text(v, 200, lines=False) for key, v in value.items())
    )


def _is_priority(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and value.get("level") in ("routine", "urgent")
        and set(value) <= {"level", "justification"}
        and ("justification" not in value or _is_text(value["justification"], 4000, lines=True))
    )


def _matches(pattern: str) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None


_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "count": lambda value: isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 100_000,
    "short": lambda value: _is_text(value, 200, lines=False),
    "text": lambda value: _is_text(value, 4000, lines=True),
    "serial": lambda value: _is_text(value, 64, lines=False),
    "code": _is_code,
    "coded": _is_coded,
    "priority": _is_priority,
    "time": _matches(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{3}|\.[0-9]{6})?Z"),
    "date": _matches(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
    "municipality": _matches(r"[0-9]{5}"),
    "entity": lambda value: isinstance(value, str) and value in ENTITIES,
    "persons": lambda value: (
        isinstance(value, list) and 0 < len(value) <= 10 and all(_is_text(one, 200, lines=False) for one in value)
    ),
}


def fits(rule: FactRule, value: Any) -> bool:
    """Whether a value has the shape of its fact."""
    if rule.type == "choice":
        return isinstance(value, str) and value in rule.choices
    if rule.type == "choices":
        listed = isinstance(value, list) and all(isinstance(one, str) and one in rule.choices for one in value)
        return listed and 0 < len(value) == len(set(value))
    return _TYPES[rule.type](value)


def check_supplement(scope: str, values: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with a supplement's values, by fact name; empty when nothing is.

    Codes: ``empty``, ``unknown_fact``, ``sealed_fact``, ``wrong_scope``, ``wrong_value``, ``text_without_status``,
    ``status_without_text``. Names and shapes follow the manifest's schema.
    """
    errors: dict[str, str] = {} if values else {"values": "empty"}
    for name, value in values.items():
        rule = FACT_RULES.get(name)
        if rule is None:
            errors[name] = "unknown_fact"
        elif rule.nominal:
            errors[name] = "sealed_fact"
        elif scope not in rule.scopes:
            errors[name] = "wrong_scope"
        elif not fits(rule, value):
            errors[name] = "wrong_value"
    has_text = values.get("serial.status") in SERIAL_WITH_TEXT
    if "serial.text" in values and not has_text:
        errors.setdefault("serial.text", "text_without_status")
    if has_text and "serial.text" not in values:
        errors.setdefault("serial.status", "status_without_text")
    return errors
