"""Business days: the two of the operating standard, Mexican days of rest, and clocks that change."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.domain import calendar as cal
from evidence.domain.calendar import Calendar
from evidence.domain.errors import EvidenceError

CITY = ZoneInfo("America/Mexico_City")
TIJUANA = ZoneInfo("America/Tijuana")
LABORATORY = Calendar(zone="America/Mexico_City")


def city(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CITY)


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ("2026-05-08T17:00", 2, "2026-05-12T17:00"),  # Friday to Tuesday
        ("2026-05-04T09:30", 2, "2026-05-06T09:30"),
        ("2026-05-09T10:00", 2, "2026-05-13T00:00"),  # Saturday: to the end of Tuesday
        ("2026-05-10T10:00", 1, "2026-05-12T00:00"),
        ("2026-09-15T12:00", 1, "2026-09-17T12:00"),  # over the 16th
        ("2026-11-13T17:00", 2, "2026-11-18T17:00"),  # over the third Monday of November
        ("2024-09-30T08:00", 1, "2024-10-02T08:00"),  # the change of government
        ("2026-12-31T18:00", 2, "2027-01-05T18:00"),
    ],
)
def test_when_a_laboratorys_work_is_due(start: str, days: int, due: str) -> None:
    found = cal.due_at(city(start), days, LABORATORY)
    assert found == city(due)
    assert found.tzinfo is UTC


def test_the_wall_clock_counts_and_not_the_hours() -> None:
    """Tijuana put its clock forward on 8 March 2026: Friday 17:00 to Monday 17:00 is an hour shorter."""
    border = Calendar(zone="America/Tijuana")
    start = datetime(2026, 3, 6, 17, tzinfo=TIJUANA)
    due = cal.due_at(start, 1, border)
    assert due == datetime(2026, 3, 9, 17, tzinfo=TIJUANA)
    assert due - start.astimezone(UTC) == timedelta(days=3, hours=-1)


def test_the_same_moment_is_another_day_in_another_zone() -> None:
    moment = datetime(2026, 5, 9, 5, 30, tzinfo=UTC)  # Friday 23:30 in the capital, Saturday 00:30 in Cancún
    assert cal.due_at(moment, 1, LABORATORY) == city("2026-05-11T23:30")
    assert cal.due_at(moment, 1, Calendar(zone="America/Cancun")) == datetime(2026, 5, 12, 5, tzinfo=UTC)


def test_an_agency_closes_and_opens_days_of_its_own() -> None:
    own = Calendar(
        zone="America/Mexico_City", closed=frozenset({date(2026, 5, 11)}), open=frozenset({date(2026, 5, 9)})
    )
    assert cal.due_at(city("2026-05-08T17:00"), 1, own) == city("2026-05-09T17:00")
    assert cal.due_at(city("2026-05-08T17:00"), 2, own) == city("2026-05-12T17:00")
    without_rest = Calendar(zone="America/Mexico_City", rest_days=False)
    assert cal.due_at(city("2026-09-15T12:00"), 1, without_rest) == city("2026-09-16T12:00")


def test_the_days_of_rest_of_two_years() -> None:
    assert cal.mexican_rest_days(2026) == {
        *(date(2026, 1, 1), date(2026, 2, 2), date(2026, 3, 16), date(2026, 5, 1)),
        *(date(2026, 9, 16), date(2026, 11, 16), date(2026, 12, 25)),
    }
    assert date(2024, 10, 1) in cal.mexican_rest_days(2024)
    assert date(2030, 10, 1) in cal.mexican_rest_days(2030)
    assert date(2018, 10, 1) not in cal.mexican_rest_days(2018)


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-05-08T17:00", "2026-05-12T17:00", 48),
        ("2026-05-09T10:00", "2026-05-10T10:00", 0),
        ("2026-05-09T10:00", "2026-05-11T01:30", 1.5),
        ("2026-05-12T17:00", "2026-05-08T17:00", 0),
        ("2026-05-04T08:00", "2026-05-04T09:00", 1),
    ],
)
def test_how_much_business_time_passed(start: str, end: str, hours: float) -> None:
    assert cal.business_seconds_between(city(start), city(end), LABORATORY) == hours * 3600


def test_a_day_on_which_the_clock_changes_has_its_real_hours() -> None:
    sunday_guard = Calendar(zone="America/Tijuana", workdays=frozenset(range(7)))
    start, end = (datetime(2026, 3, day, tzinfo=TIJUANA) for day in (8, 9))
    assert cal.business_seconds_between(start, end, sunday_guard) == 23 * 3600


def test_naive_times_and_impossible_calendars_are_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        cal.due_at(datetime(2026, 5, 8), 1, LABORATORY)  # noqa: DTZ001
    with pytest.raises(ValueError, match="at least one"):
        cal.due_at(city("2026-05-08T17:00"), 0, LABORATORY)
    with pytest.raises(ValueError, match="aware"):
        cal.business_seconds_between(city("2026-05-08T17:00"), datetime(2026, 5, 9), LABORATORY)  # noqa: DTZ001
    for name in ("America/Atlantis", "../etc/passwd", "America", ""):
        with pytest.raises(EvidenceError, match="not a time zone"):
            cal.zone(name)
    with pytest.raises(EvidenceError, match="no business day"):
        cal.due_at(city("2026-05-08T17:00"), 1, Calendar(zone="America/Mexico_City", workdays=frozenset()))


def test_every_mexican_zone_is_known() -> None:
    assert len({cal.zone(name).key for name in cal.MEXICAN_ZONES}) == 12


MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
CALENDARS = st.builds(
    Calendar,
    zone=st.sampled_from(cal.MEXICAN_ZONES),
    workdays=st.frozensets(st.integers(0, 6), min_size=1),
    rest_days=st.booleans(),
)


@given(MOMENTS, st.integers(1, 5), CALENDARS)
def test_between_a_start_and_its_due_time_lie_that_many_days(start: datetime, days: int, calendar: Calendar) -> None:
    due = cal.due_at(start, days, calendar)
    assert due > start
    hours = cal.business_seconds_between(start, due, calendar) / 3600
    assert abs(hours - 24 * days) <= 1.01, "an hour more or less where the clock changes"
    assert cal.due_at(start, days + 1, calendar) > due


@given(MOMENTS, MOMENTS, MOMENTS, CALENDARS)
def test_business_time_adds_up(one: datetime, two: datetime, three: datetime, calendar: Calendar) -> None:
    first, middle, last = sorted(moment.replace(microsecond=0) for moment in (one, two, three))
    whole = cal.business_seconds_between(first, last, calendar)
    parts = cal.business_seconds_between(first, middle, calendar), cal.business_seconds_between(middle, last, calendar)
    assert whole == sum(parts)
    assert whole <= (last - first).total_seconds()
