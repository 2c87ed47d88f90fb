"""The terms of an agreement between two organisations: what is shown, and when the partner may approve."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from evidence.domain.calendar import MEXICAN_ZONES
from evidence.domain.errors import invalid

LONGEST = timedelta(days=3 * 366)
MOST_APPROVERS = 20
_HOUR = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


class Share(StrEnum):
    """What the partner sees: more of a duplicate's card, the confirmed hits, monthly counts with small ones masked."""

    DUPLICATES = "duplicates"
    HITS = "hits"
    STATISTICS = "statistics"


@dataclass(frozen=True, kw_only=True)
class Terms:
    """``windows``: ``{days: [1 to 7, Monday first], from: "20:00", until: "06:00"}`` in ``zone``, past midnight too.

    ``when_absent``: also when no supervisor of the agency but the capturing officer holds the role.
    """

    reference: str
    shares: Sequence[str]
    approves: bool
    windows: Sequence[Mapping[str, Any]]
    zone: str
    when_absent: bool
    valid_from: datetime
    valid_until: datetime

    def check(self, now: datetime) -> None:
        """``invalid`` ``agreement_terms``, naming each member at fault."""
        wrong: dict[str, str] = {}
        if set(self.shares) - set(Share):
            wrong["shares"] = "not one of the list"
        if not self.shares and not self.approves:
            wrong["shares"] = "an agreement lets the partner see or do something"
        if self.zone not in MEXICAN_ZONES:
            wrong["zone"] = "a time zone of the country"
        if not self.valid_from < self.valid_until <= self.valid_from + LONGEST or self.valid_until <= now:
            wrong["valid_until"] = "after the start, to come, and within three years"
        if self.approves and not (self.windows or self.when_absent):
            wrong["windows"] = "say when the partner may approve"
        if not self.approves and (self.windows or self.when_absent):
            wrong["windows"] = "only where the partner may approve"
        if not all(_is_window(one) for one in self.windows):
            wrong["windows"] = "days 1 to 7, and two different hours as HH:MM"
        if wrong:
            raise invalid("agreement_terms", **wrong)


def _is_window(window: Mapping[str, Any]) -> bool:
    days, hours = window["days"], (window["from"], window["until"])
    return bool(days) and set(days) <= set(range(1, 8)) and all(map(_HOUR.fullmatch, hours)) and hours[0] != hours[1]


def check_approvers(*, approves: bool, approvers: Sequence[UUID]) -> None:
    """``invalid`` ``agreement_approvers`` where named persons are missing, too many, or not asked for."""
    if approves and not 0 < len(set(approvers)) <= MOST_APPROVERS:
        raise invalid("agreement_approvers", approvers=f"name 1 to {MOST_APPROVERS} supervisors")
    if not approves and approvers:
        raise invalid("agreement_approvers", approvers="this agreement gives no approval")
