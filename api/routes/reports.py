"""Boards and monthly reports of one's own organisation: by reason and unit, never by person."""

from typing import Any

from api import boundary
from api.schemas.reports import BoardAnswer, MonthsAnswer, MonthsQuery
from api.smorest import Noun
from evidence.actions import reports
from evidence.domain.roles import Verb

noun = Noun("reports", "Counts of one's own organisation.")


@noun.act("GET", "/reports/board", Verb.REPORT_READ, answer=BoardAnswer)
def get_board() -> reports.Board:
    """Open work by destination and state with ages and overdue ones, and recoveries by entity."""
    return boundary.read(reports.board, boundary.services(), caller=boundary.person())


@noun.act("GET", "/reports/months", Verb.REPORT_READ, query=MonthsQuery, answer=MonthsAnswer, problem=(422,))
def get_months(months: int) -> dict[str, Any]:
    """Calendar months in UTC, the present one last; hours are medians."""
    return {"items": boundary.read(reports.months, boundary.services(), caller=boundary.person(), count=months)}
