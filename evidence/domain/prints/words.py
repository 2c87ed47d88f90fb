"""How facts read on paper: Spanish words for codes, dates as DD/MM/AAAA, 24-hour times, ranges of numbers, blanks."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from evidence.domain.codes import COUNTRIES, ENTITIES, FIREARM_TYPES, MAKES, read_data

NO_INFORMATION = "Sin información"
NOT_APPLICABLE = "No aplica"
STRUCK = ""
"""A blank: the line is struck where it is drawn."""

_BLANKS = {"no_information": NO_INFORMATION, "not_applicable": NOT_APPLICABLE}
_WORDS: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    **read_data("print_words")["lists"],
    "custody": read_data("custody_words"),
}
_SERIES = re.compile(r"^(.*?)(0|[1-9][0-9]{0,8})$")


def word(of: str, code: str | None) -> str:
    """The Spanish word of a code of the list ``of``; a code without a word stands for itself."""
    return _WORDS[of].get(code, {}).get("es", code) if code else STRUCK


def blank(blanks: Mapping[str, str] | None, name: str) -> str:
    """Exactly "Sin información" or "No aplica" for a fact that was asked for and left blank, else a struck line."""
    return _BLANKS.get((blanks or {}).get(name, ""), STRUCK)


def text_of(value: Any) -> str:
    """A fact's value as text: coded facts as ``code · text``, lists joined, yes and no in words."""
    if value is None:
        return STRUCK
    if isinstance(value, str):
        return word("tri", value)
    if isinstance(value, bool):
        return "Sí" if value else "No"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Mapping):
        return _text_of_members(value)
    return "; ".join(filter(None, (text_of(one) for one in value)))


def _text_of_members(value: Mapping[str, Any]) -> str:
    if "level" in value:  # a priority
        return " · ".join(filter(None, (word("priority", value["level"]), value.get("justification"))))
    if "n" in value:
        return quantity(value)
    if "nature" in value or "where" in value:  # a marking
        where = f"({value['where']})" if value.get("where") else ""
        return " ".join(filter(None, (value.get("text"), where, word("marking", value.get("nature")))))
    if "name" in value or "post" in value or "institution" in value:
        return ", ".join(filter(None, (value.get("name"), value.get("post"), value.get("institution"))))
    code, text = value.get("code"), value.get("text") or name_of_code(value.get("code"))
    return " · ".join(dict.fromkeys(filter(None, (code, text))))


def name_of_code(code: str | None) -> str | None:
    """What a make, firearm type or country code is called, if a list knows it."""
    if code is None:
        return None
    if code in MAKES:
        return MAKES[code].name
    if code in FIREARM_TYPES:
        return FIREARM_TYPES[code].label_es
    return COUNTRIES[code].name_es if code in COUNTRIES else None


def entity(code: str | None) -> str:
    """``05 Coahuila de Zaragoza``."""
    if not code:
        return STRUCK
    return f"{code} {ENTITIES[code].name}" if code in ENTITIES else code


def quantity(value: Mapping[str, Any]) -> str:
    """``5``, or ``50 (aproximada, por contar)``."""
    return str(value["n"]) if value.get("exact", True) else f"{value['n']} (aproximada, por contar)"


def moment(text: str | None) -> datetime | None:
    """A time of the wire (RFC 3339) as an aware datetime."""
    return datetime.fromisoformat(text) if text else None


def zone_of(name: str | None) -> tzinfo:
    """The place's time zone; UTC when it is not known here."""
    try:
        return ZoneInfo(name) if name else UTC
    except (KeyError, ValueError, OSError):
        return UTC


def day(at: datetime | None, zone: str | None) -> str:
    """``24/11/2026``, local."""
    return at.astimezone(zone_of(zone)).strftime("%d/%m/%Y") if at else STRUCK


def hour(at: datetime | None, zone: str | None) -> str:
    """``23:44 h``, local."""
    return at.astimezone(zone_of(zone)).strftime("%H:%M h") if at else STRUCK


def both(at: datetime | None, zone: str | None) -> str:
    """``24/11/2026 23:44 h, hora local · 25/11/2026 05:44 UTC``; UTC alone where the place's zone is not known."""
    if at is None:
        return STRUCK
    utc = at.astimezone(UTC).strftime("%d/%m/%Y %H:%M UTC")
    if zone_of(zone) is UTC:
        return utc
    return f"{day(at, zone)} {hour(at, zone)}, hora local · {utc}"


def short(at: datetime | None, zone: str | None) -> str:
    """``24/11/2026 23:44 h (05:44 UTC)``, for tables."""
    if at is None:
        return STRUCK
    return f"{day(at, zone)} {hour(at, zone)} ({at.astimezone(UTC).strftime('%H:%M')} UTC)"


def ranges(numbers: Iterable[str]) -> str:
    """``1, 2 a 6`` of item numbers in their order: three or more that follow each other are a range."""
    return ", ".join(
        f"{run[0]} a {run[-1]}" if len(run) > 2 else ", ".join(run) for run in runs(list(dict.fromkeys(numbers)))
    )


def runs(numbers: Sequence[str]) -> list[list[str]]:
    """The numbers cut where one does not follow the other; ``A1`` and ``A2`` follow, ``1-T2`` follows ``1-T1``."""
    found: list[list[str]] = []
    for number in numbers:
        if found and follows(found[-1][-1], number):
            found[-1].append(number)
        else:
            found.append([number])
    return found


def follows(one: str, other: str) -> bool:
    """Whether ``other`` is the next number after ``one``, by the digits at its end."""
    former, latter = _SERIES.match(one), _SERIES.match(other)
    return bool(former and latter and former[1] == latter[1] and int(former[2]) + 1 == int(latter[2]))


def ticked(options: Iterable[tuple[str, bool]]) -> str:
    """``☒ Localización   ☐ Descubrimiento``: what was chosen and what was not."""
    return "   ".join(f"{'☒' if chosen else '☐'} {text}" for text, chosen in options)
