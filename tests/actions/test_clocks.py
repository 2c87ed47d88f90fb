"""The working calendar as an organisation's settings spell it."""

from datetime import UTC, date, datetime

from evidence.actions.holding.clocks import calendar_of
from evidence.domain.calendar import MONDAY_TO_FRIDAY, due_at

FRIDAY = datetime(2026, 5, 8, 18, tzinfo=UTC)


def test_the_days_on_which_an_organisation_works_are_its_own() -> None:
    assert calendar_of({}).workdays == MONDAY_TO_FRIDAY
    guard = calendar_of({"calendar": {"zone": "America/Tijuana", "workdays": [0, 1, 2, 3, 4, 5, 6]}})
    assert guard.zone == "America/Tijuana"
    assert due_at(FRIDAY, 1, guard).date() == date(2026, 5, 9)
    assert due_at(FRIDAY, 1, calendar_of({})).date() == date(2026, 5, 11)


def test_closed_and_open_days_are_dates() -> None:
    calendar = calendar_of({"calendar": {"closed": ["2026-05-11"], "open": ["2026-05-09"], "rest_days": False}})
    assert not calendar.is_business_day(date(2026, 5, 11))
    assert calendar.is_business_day(date(2026, 5, 9))
    assert calendar.is_business_day(date(2026, 5, 1))
