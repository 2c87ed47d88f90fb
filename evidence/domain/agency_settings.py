"""What an organisation decides for itself: a closed list of settings, each with its form."""

import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from struct import unpack
from typing import Any

from evidence.domain.agency_rules import CameraMode, is_make_safe, is_numbering, is_required_views
from evidence.domain.calendar import MEXICAN_ZONES
from evidence.domain.errors import invalid
from evidence.domain.readiness import OrderRule
from evidence.domain.roles import DESTINATIONS

Check = Callable[[Any], bool]


class AnswerFor(StrEnum):
    """For whom an officer may answer a return: nobody else, the colleagues of the same unit, the whole agency."""

    NOBODY = "nobody"
    UNIT = "unit"
    AGENCY = "agency"


class ProsecutorsSee(StrEnum):
    """What the agency's prosecutors read: the cases that recorded facts make theirs, or every capture."""

    NAMED = "named"
    AGENCY = "agency"


ANSWER_FOR_HOURS = 8
"""A shift: the officer's own time to answer before a colleague may, where the agency says nothing else."""

_FACT = re.compile(r"agency\.[a-z_]{2,40}")
_MOST_DAYS = 400
_MOST_CREST = 60_000
_MOST_PIXELS = 800


def _text(most: int) -> Check:
    return lambda value: isinstance(value, str) and 0 < len(value) <= most


def _number(least: int, most: int) -> Check:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _one_of(*allowed: str) -> Check:
    return lambda value: value in allowed


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _dates(value: Any) -> bool:
    if not isinstance(value, list) or len(value) > _MOST_DAYS:
        return False
    try:
        return all(isinstance(day, str) and date.fromisoformat(day).isoformat() == day for day in value)
    except ValueError:
        return False


def _workdays(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and set(value) <= set(range(7))


_CALENDAR: Mapping[str, Check] = {
    "zone": _one_of(*MEXICAN_ZONES),
    "workdays": _workdays,
    "closed": _dates,
    "open": _dates,
    "rest_days": _flag,
}


def crest_of(text: str) -> bytes | None:
    """The PNG behind a Base64 text, up to 60 kB and 800 pixels a side; None for anything else."""
    if len(text) > _MOST_CREST * 4 // 3 + 4:
        return None
    try:
        data = b64decode(text, validate=True)
    except ValueError:
        return None
    sides = data[16:24]
    fits = data.startswith(b"\x89PNG\r\n\x1a\n") and data[12:16] == b"IHDR" and len(sides) == 8
    return data if fits and all(0 < side <= _MOST_PIXELS for side in unpack(">II", sides)) else None


def _calendar(value: Any) -> bool:
    return isinstance(value, dict) and all(name in _CALENDAR and _CALENDAR[name](one) for name, one in value.items())


def _due(value: Any) -> bool:
    return isinstance(value, dict) and all(
        name in DESTINATIONS and _number(1, 90)(days) for name, days in value.items()
    )


def _facts(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(name, str) and bool(_FACT.fullmatch(name)) and _text(300)(text) for name, text in value.items()
    )


SETTINGS: Mapping[str, Check] = {
    "enrolment": _one_of("self", "administrator", "one_time_code"),
    "gallery_allowed": _flag,
    "provisional": _flag,
    "order_rule": _one_of(*(rule.value for rule in OrderRule)),
    "cards_a_day": _number(0, 10_000),
    "calendar": _calendar,
    "due_business_days": _due,
    "facts": _facts,
    "print_header": _text(200),
    "print_notice": _text(120),
    "print_crest": lambda value: isinstance(value, str) and crest_of(value) is not None,
    "trace_reminder_days": _number(1, 365),
    "lead_reminder_days": _number(1, 365),
    "answer_for": _one_of(*(rule.value for rule in AnswerFor)),
    "answer_for_hours": _number(0, 720),
    "camera_mode": _one_of(*(mode.value for mode in CameraMode)),
    "required_views": is_required_views,
    "numbering_pattern": is_numbering,
    "make_safe_texts": is_make_safe,
    "prosecutors_see": _one_of(*(rule.value for rule in ProsecutorsSee)),
}
"""``facts`` fill the forms (the ORI, the address); ``order_rule`` says what a missing order of the MP does;
``provisional`` lets what is urgent go without approval for a day (off unless it is switched on);
``cards_a_day`` is the budget of duplicate searches in other agencies; ``answer_for`` says whose returned captures an
officer may answer, once ``answer_for_hours`` have passed since the return. What is due counts business days, reminders
count calendar days. ``camera_mode``, ``required_views``, ``numbering_pattern`` and ``make_safe_texts`` reach the phones
(:mod:`evidence.domain.agency_rules`); ``prosecutors_see`` says which captures prosecutors read. ``print_header``,
``print_crest`` (a PNG in Base64) and ``print_notice`` are the organisation's own template: the notice stands in place
of the one that says "working copy"."""


def check_settings(settings: Mapping[str, Any]) -> None:
    """``invalid`` ``unknown_setting`` or ``setting_form``, naming each setting at fault."""
    unknown = {name: "no such setting" for name in settings if name not in SETTINGS}
    if unknown:
        raise invalid("unknown_setting", **unknown)
    wrong = {name: "not of the form asked for" for name, value in settings.items() if not SETTINGS[name](value)}
    if wrong:
        raise invalid("setting_form", **wrong)
