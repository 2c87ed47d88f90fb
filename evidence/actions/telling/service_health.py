"""How the service and the organisation's own evidence stand, for administrators: counts only, nothing of any case."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select, text
from sqlalchemy.orm import Session

from evidence.actions.ports import Services
from evidence.actions.storing import canary
from evidence.domain.callers import PersonCaller
from evidence.records.base import Base
from evidence.records.captures import Capture, Refusal
from evidence.records.devices import Device
from evidence.records.log import LogCheckpoint, lag_seconds
from evidence.records.media import Media
from evidence.records.physical import PhysicalEvent
from evidence.records.submissions import Submission

LATELY = timedelta(days=30)
QUIET = timedelta(days=2)
WAITING_JOBS = "SELECT queue_name, count(*), min(scheduled_at) FROM procrastinate_jobs WHERE status = 'todo' GROUP BY 1"
FAILED_JOBS = "SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'"


@dataclass(frozen=True, kw_only=True)
class Health:
    """``incidents`` are counts by name: open ones, and those of the last 30 days. ``jobs`` by queue of the service."""

    incidents: dict[str, int]
    jobs: list[dict[str, Any]]
    jobs_failed: int
    log_lag_s: float
    published_at: datetime | None
    witnessed_at: datetime | None
    store_canary: canary.Failure | None


def look(session: Session, services: Services, *, caller: PersonCaller) -> Health:
    """The own organisation's incidents, and the state of queues, log, witnesses and store."""
    jobs = session.execute(text(f"{WAITING_JOBS} ORDER BY 1"))
    published, witnessed = session.execute(
        select(func.max(LogCheckpoint.published_at), func.max(LogCheckpoint.witnessed_at))
    ).one()
    return Health(
        incidents=_incidents(session, caller, services.clock.now()),
        jobs=[{"queue": name, "waiting": n, "oldest_at": at} for name, n, at in jobs],
        jobs_failed=int(session.execute(text(FAILED_JOBS)).scalar_one()),
        log_lag_s=round(lag_seconds(session), 1),
        published_at=published,
        witnessed_at=witnessed,
        store_canary=canary.newest_failure(session, caller=caller),
    )


def _incidents(session: Session, caller: PersonCaller, now: datetime) -> dict[str, int]:
    own, since = caller.organisation_id, now - LATELY
    questions: dict[str, tuple[type[Base], list[ColumnElement[bool]]]] = {
        "dead_letter": (Submission, [Submission.agency_id == own, Submission.state == "dead_letter"]),
        "conflicts": (Capture, [Capture.agency_id == own, Capture.conflict_open.is_(True)]),
        "held": (Capture, [Capture.agency_id == own, Capture.state == "held"]),
        "quarantined": (Media, [Media.agency_id == own, Media.state == "quarantined"]),
        "damaged": (Media, [Media.agency_id == own, Media.state == "damaged"]),
        "refused": (Refusal, [Refusal.agency_id == own, Refusal.received_at >= since]),
        "mismatches": (
            PhysicalEvent,
            [
                PhysicalEvent.agency_id == own,
                PhysicalEvent.happened_at >= since,
                func.cardinality(PhysicalEvent.mismatches) > 0,
            ],
        ),
        "phones_quiet": (
            Device,
            [
                Device.agency_id == own,
                Device.state == "active",
                Device.last_seen_at < now - QUIET,
                Device.heartbeat["unsent"].as_integer() > 0,
            ],
        ),
    }
    return {
        name: session.scalar(select(func.count()).select_from(table).where(*conditions)) or 0
        for name, (table, conditions) in questions.items()
    }
