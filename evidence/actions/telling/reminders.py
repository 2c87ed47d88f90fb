"""What has waited longer than its holder's patience: traces without an answer, leads without an end.

How long an answer takes is not known to us: the days are settings of the holder (``trace_reminder_days``,
``lead_reminder_days``), calendar days, and a reminder changes nothing but a list.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists

from evidence.domain.kinds import BallisticCode
from evidence.records.results import LeadEnd, Result
from evidence.records.submissions import Submission
from evidence.records.trace_requests import TraceRequest

DEFAULT_DAYS = 30


@dataclass(frozen=True)
class Patience:
    """Since before when something waits too long."""

    answer: datetime
    lead: datetime


def patience(settings: Mapping[str, Any], now: datetime) -> Patience:
    """The holder's own days, counted back from now."""
    days = (int(settings.get(f"{name}_reminder_days", DEFAULT_DAYS)) for name in ("trace", "lead"))
    return Patience(*(now - timedelta(days=one) for one in days))


def unanswered(since: Patience) -> ColumnElement[bool]:
    """Sent to eTrace, and not one answer so far; a request that replaces another starts its own wait."""
    own = TraceRequest.submission_id == Submission.id
    newer = exists().where(own, TraceRequest.sent_at >= since.answer)
    return and_(Submission.answered_at.is_(None), exists().where(own, TraceRequest.sent_at < since.answer), ~newer)


def lead_open(since: Patience) -> ColumnElement[bool]:
    """Has a lead that nobody has confirmed, eliminated or withdrawn."""
    ended = exists().where(LeadEnd.result_id == Result.id)
    return exists().where(
        Result.submission_id == Submission.id,
        Result.code == BallisticCode.LEAD,
        Result.recorded_at < since.lead,
        ~ended,
    )
