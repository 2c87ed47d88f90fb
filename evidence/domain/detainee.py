"""The term within which a detained person must be brought before a judge, as the prosecutor states it.

Which term runs is a statement (``legal.detainee_hours``: 48 or 72 hours), never a rule of ours.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from evidence.domain.facts import Stated, value_of


def detainee_due_at(facts: Mapping[str, Stated]) -> datetime | None:
    """When the term ends; None unless both the hour of the detention and the length of the term are stated."""
    since, hours = value_of(facts, "legal.detained_at"), value_of(facts, "legal.detainee_hours")
    if not since or hours in (None, "none"):
        return None
    return datetime.fromisoformat(since) + timedelta(hours=int(hours))
