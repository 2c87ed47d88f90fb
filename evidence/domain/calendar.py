"""Business days: when something is due, and how much business time has passed, in a laboratory's own calendar.

A business day is a whole local day on which the laboratory works. "Two business days of receipt" (the NIBIN
operating standard) is read on the wall clock: received Friday 17:00, due Tuesday 17:00. Which days are free is
the organisation's own data; Mexican law's days of rest are offered as a start.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from evidence.domain.codes import read_data
from evidence.domain.errors import invalid

MONDAY_TO_FRIDAY = frozenset(range(5))

MEXICAN_ZONES = (
    "America/Mexico_City",
    "America/Bahia_Banderas",
    "America/Cancun",
    "America/Chihuahua",
    "America/Ciudad_Juarez",
    "America/Hermosillo",
    "America/Matamoros",
    "America/Mazatlan",
    "America/Merida",
    "America/Monterrey",
    "America/Ojinaga",
    "America/Tijuana",
)
"""The zones of Mexico; the border municipalities keep the clock of the other side."""

_LONGEST_CLOSURE = 366
"""Days after which a calendar without a business day is taken for a mistake."""


def zone(name: str) -> ZoneInfo:
    """The time zone of an IANA name; ``invalid`` ``unknown_zone`` for a name that the system doesn't know."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise invalid("unknown_zone", f"{name!r} is not a time zone", zone="unknown_zone") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """A laboratory's calendar. ``workdays`` 0 Monday to 6 Sunday; ``closed`` and ``open`` are exceptions by date.

    ``rest_days`` adds the days of rest that Mexican law names. ``open`` wins: a guard on a holiday.
    """

    zone: str
    workdays: frozenset[int] = MONDAY_TO_FRIDAY
    closed: frozenset[date] = frozenset()
    open: frozenset[date] = frozenset()
    rest_days: bool = True

    def is_business_day(self, day: date) -> bool:
        if day in self.open:
            return True
        free = day in self.closed or (self.rest_days and day in mexican_rest_days(day.year))
        return day.weekday() in self.workdays and not free

    def next_business_day(self, day: date) -> date:
        """The first business day after ``day``; ``invalid`` ``calendar_never_open`` when a year has none."""
        for ahead in range(1, _LONGEST_CLOSURE + 1):
            if self.is_business_day(later := day + timedelta(days=ahead)):
                return later
        raise invalid("calendar_never_open", f"no business day in the year after {day}")


def _rest_day(rule: Mapping[str, Any], year: int) -> date | None:
    if "every" in rule and (year < rule["from"] or (year - rule["from"]) % rule["every"]):
        return None
    if "day" in rule:
        return date(year, rule["month"], rule["day"])
    first = date(year, rule["month"], 1)
    ahead = (rule["weekday"] - first.weekday()) % 7 + 7 * (rule["nth"] - 1)
    return first + timedelta(days=ahead)


@cache
def mexican_rest_days(year: int) -> frozenset[date]:
    """Days of rest of a year by the Ley Federal del Trabajo, article 74. It names no election days."""
    days = (_rest_day(rule, year) for rule in read_data("rest_days_mx")["rows"])
    return frozenset(day for day in days if day is not None)


def _midnight(day: date, place: ZoneInfo) -> datetime:
    """The start of a local day, in UTC: two times of one zone would be subtracted without its clock changes."""
    return datetime.combine(day, time.min, tzinfo=place).astimezone(UTC)


def due_at(start: datetime, business_days: int, calendar: Calendar) -> datetime:
    """When so many business days have passed since ``start``; both aware, the answer in UTC.

    The same wall-clock time on the last of the business days that follow, over changes of the clock too. Started
    on a free day, the end of that last day: nothing was due while nobody worked. ``ValueError`` for a naive start
    or fewer than one day.
    """
    if start.tzinfo is None or business_days < 1:
        raise ValueError("due_at wants an aware start and at least one business day")
    place = zone(calendar.zone)
    local = start.astimezone(place)
    day = local.date()
    for _ in range(business_days):
        day = calendar.next_business_day(day)
    if not calendar.is_business_day(local.date()):
        return _midnight(day + timedelta(days=1), place)
    return datetime.combine(day, local.time(), tzinfo=place).astimezone(UTC)


def business_seconds_between(start: datetime, end: datetime, calendar: Calendar) -> int:
    """Whole seconds of business days between two aware times; 0 when ``end`` is not after ``start``.

    Real seconds: a day on which the clock changes has 23 or 25 hours of them.
    """
    if start.tzinfo is None or end.tzinfo is None:
        raise ValueError("business_seconds_between wants aware times")
    place = zone(calendar.zone)
    first, last = start.astimezone(UTC), end.astimezone(UTC)
    total = timedelta()
    day = start.astimezone(place).date()
    while day <= end.astimezone(place).date():
        if calendar.is_business_day(day):
            opens, closes = max(first, _midnight(day, place)), min(last, _midnight(day + timedelta(days=1), place))
            total += max(closes - opens, timedelta())
        day += timedelta(days=1)
    return int(total.total_seconds())
