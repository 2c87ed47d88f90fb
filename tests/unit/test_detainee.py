"""When a detained person's term ends: only what the prosecutor stated counts."""

from datetime import UTC, datetime
from typing import Any

import pytest

from evidence.domain.detainee import detainee_due_at
from evidence.domain.facts import Origin, Stated, check_supplement


@pytest.mark.parametrize(
    ("values", "due"),
    [
        ({}, None),
        ({"legal.detained_at": "2026-11-24T06:00:00Z"}, None),
        ({"legal.detainee_hours": "48"}, None),
        ({"legal.detained_at": "2026-11-24T06:00:00Z", "legal.detainee_hours": "none"}, None),
        (
            {"legal.detained_at": "2026-11-24T06:00:00Z", "legal.detainee_hours": "48"},
            datetime(2026, 11, 26, 6, tzinfo=UTC),
        ),
        (
            {"legal.detained_at": "2026-11-24T06:00:00.000Z", "legal.detainee_hours": "72"},
            datetime(2026, 11, 27, 6, tzinfo=UTC),
        ),
    ],
)
def test_a_term_runs_when_both_its_begin_and_its_length_are_stated(values: dict[str, Any], due: datetime) -> None:
    assert check_supplement("capture", values) == ({} if values else {"values": "empty"})
    assert detainee_due_at({name: Stated(value, Origin.SUPPLEMENT) for name, value in values.items()}) == due


def test_who_had_the_gun_is_no_supplement_s() -> None:
    assert check_supplement("submission", {"possessor.name": "Persona Inventada"}) == {"possessor.name": "sealed_fact"}
