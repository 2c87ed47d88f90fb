"""What a partner sees of an agency by an agreement: counts and lines that the database makes, never the agency's rows.

Each is a function of the definer's that answers nothing without a live agreement of that share: see the migration.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.ports import Services
from evidence.domain.callers import PersonCaller
from evidence.domain.custody import Chain, instant

YEAR = timedelta(days=366)


@dataclass(frozen=True, kw_only=True)
class Shared:
    """``months``: counts, null where one to four would point at a case. ``hits``: confirmed and not superseded."""

    months: list[dict[str, Any]]
    hits: list[dict[str, Any]]


def look(session: Session, services: Services, *, caller: PersonCaller, agency_id: UUID) -> Shared:
    """What the agency shares with the caller's organisation now; nothing where it shares nothing.

    Who looked stands in the chain of the caller's own organisation, and the agency is told.
    """
    now = services.clock.now()
    since = (now - YEAR).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    months = _rows(session, "SELECT * FROM partner_months(:agency, :since)", agency=agency_id, since=since)
    hits = _rows(session, "SELECT * FROM partner_hits(:agency)", agency=agency_id)
    if months or hits:
        chain = Chain("agency", caller.organisation_id)
        details = {"agency_id": str(agency_id), "what": "shared", "opened_at": instant(now)}
        told = [custody.Told(agency_id)]
        act = custody.Act("agreement.viewed", chain, caller.organisation_id, caller.actor(), details, told=told)
        custody.append(session, services, [act])
    return Shared(months=months, hits=hits)


def card_details(session: Session, *, match_id: UUID, root_id: UUID) -> dict[str, Any]:
    """What a card says more under an agreement: folio, item, when it was found, where its requests stand."""
    found = _rows(session, "SELECT * FROM partner_card(:match, :root)", match=match_id, root=root_id)
    return {name: _plain(value) for name, value in found[0].items()} if found else {}


def _rows(session: Session, question: str, **values: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in session.execute(text(question), values).mappings()]


def _plain(value: Any) -> Any:
    return instant(value) if isinstance(value, datetime) else value
