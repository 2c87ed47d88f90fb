"""When a submission is due: business days in the calendar of whoever holds it."""

from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from evidence.domain.calendar import MONDAY_TO_FRIDAY, Calendar
from evidence.domain.calendar import due_at as add_days
from evidence.records.organisations import Organisation
from evidence.records.submissions import Submission

DEFAULT_DAYS = {"etrace": 5, "ballistics": 2, "financial": 5}
"""Ballistics: entry within two business days (NIBIN operating standard); the others are settings of the holder."""

DEFAULT_ZONE = "America/Mexico_City"


def calendar_of(settings: dict[str, Any]) -> Calendar:
    """The working calendar in an organisation's settings (``calendar``: zone, workdays, closed, open, rest days).

    ``workdays`` are numbers, 0 Monday to 6 Sunday; ``closed`` and ``open`` are dates.
    """
    chosen = settings.get("calendar", {})
    return Calendar(
        zone=chosen.get("zone", DEFAULT_ZONE),
        workdays=frozenset(chosen.get("workdays", MONDAY_TO_FRIDAY)),
        closed=frozenset(date.fromisoformat(day) for day in chosen.get("closed", [])),
        open=frozenset(date.fromisoformat(day) for day in chosen.get("open", [])),
        rest_days=chosen.get("rest_days", True),
    )


def due_at(session: Session, submission: Submission, start: datetime) -> datetime:
    """``start`` plus the holder's business days for the destination."""
    holder = session.get(Organisation, submission.holder_id) if submission.holder_id else None
    settings = holder.settings if holder else {}
    days = settings.get("due_business_days", {}).get(submission.destination, DEFAULT_DAYS[submission.destination])
    return add_days(start, int(days), calendar_of(settings))
