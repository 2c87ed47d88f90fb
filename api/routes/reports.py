"""Boards and monthly reports of one's own organisation: by reason and unit, never by person."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from api import boundary
from api.schemas.reports import BoardAnswer, MonthsAnswer, MonthsQuery, ServiceHealthAnswer
from api.smorest import Noun
from evidence.actions.telling import boards, reports, service_health
from evidence.domain.roles import Verb

noun = Noun("reports", "Counts of one's own organisation.")


@noun.act("GET", "/reports/board", Verb.REPORT_READ, answer=BoardAnswer)
def get_board() -> boards.Board:
    """Open work with its ages and clocks, readiness at signing, and recoveries by entity."""
    return boundary.read(boards.board, boundary.services(), caller=boundary.person())


@noun.act("GET", "/reports/months", Verb.REPORT_READ, query=MonthsQuery, answer=MonthsAnswer, problem=(422,))
def get_months(months: int) -> dict[str, Any]:
    """Calendar months in UTC, the present one last; hours are medians."""
    return {"items": boundary.read(reports.months, boundary.services(), caller=boundary.person(), count=months)}


@noun.act("GET", "/reports/health", Verb.HEALTH_READ, answer=ServiceHealthAnswer)
def get_service_health() -> dict[str, Any]:
    """Incidents of the own organisation, and how queues, log, witnesses, store and backups stand."""
    found = boundary.read(service_health.look, boundary.services(), caller=boundary.person())
    return {**vars(found), "backup_at": _touched(boundary.wiring().settings.backup_mark)}


def _touched(mark: Path | None) -> datetime | None:
    """The backup program touches the file when it is done; a file that is not there says nothing."""
    return datetime.fromtimestamp(mark.stat().st_mtime, UTC) if mark is not None and mark.is_file() else None
