"""Organisations and routes: making them, choosing where a submission goes, and the grant that follows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.ports import Services
from evidence.domain.callers import Actor
from evidence.domain.custody import Chain, instant
from evidence.domain.errors import invalid, not_found
from evidence.domain.facts import FACT_RULES, Stated, code_or_text, value_of
from evidence.domain.roles import DESTINATIONS
from evidence.records.organisations import Organisation, Route, routes_for

KINDS = ("agency", "laboratory", "desk", "partner")
JURISDICTIONS = ("state", "municipal", "federal", "foreign")
FUEROS = frozenset(FACT_RULES["legal.fuero"].choices)
MATCHERS = ("kinds", "fuero", "entity", "caliber", "priority")


def create_organisation(
    session: Session,
    services: Services,
    *,
    actor: Actor,
    kind: str,
    name: str,
    code: str,
    jurisdiction: str,
    entity: str | None,
    contact: str = "",
    settings: Mapping[str, Any] | None = None,
) -> Organisation:
    """An organisation; ``entity`` (INEGI 01–32) for state and municipal ones, none for federal and foreign."""
    if kind not in KINDS or jurisdiction not in JURISDICTIONS:
        raise invalid("organisation_kind", kind=f"one of {', '.join(KINDS)}")
    if (jurisdiction in ("state", "municipal")) != (entity is not None):
        raise invalid("organisation_entity", entity="given for state and municipal organisations only")
    row = Organisation(
        id=services.entropy.uuid7(),
        kind=kind,
        name=name,
        code=code,
        jurisdiction=jurisdiction,
        entity=entity,
        contact=contact,
        settings=dict(settings or {}),
    )
    session.add(row)
    session.flush()
    details = {"organisation_id": str(row.id), "kind": kind, "name": name}
    act = custody.Act("organisation.created", Chain("agency", row.id), row.id, actor, details)
    custody.append(session, services, [act])
    return row


def make_route(
    session: Session,
    services: Services,
    *,
    actor: Actor,
    agency_id: UUID,
    destination: str,
    organisation_id: UUID,
    rank: int = 1,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
    matchers: Mapping[str, Any] | None = None,
) -> Route:
    """Where an agency's items go for a destination; the lowest rank that fits wins, a higher one is the fallback."""
    if destination not in DESTINATIONS:
        raise invalid("destination", destination=f"one of {', '.join(DESTINATIONS)}")
    unknown = set(matchers or {}) - set(MATCHERS)
    if unknown:
        raise invalid("route_matcher", matchers=f"unknown: {', '.join(sorted(unknown))}")
    if set((matchers or {}).get("fuero", ())) - FUEROS:
        raise invalid("route_matcher", matchers=f"fuero: one of {', '.join(sorted(FUEROS))}")
    if session.get(Organisation, organisation_id) is None:
        raise not_found()
    row = Route(
        id=services.entropy.uuid7(),
        agency_id=agency_id,
        destination=destination,
        organisation_id=organisation_id,
        rank=rank,
        valid_from=valid_from or services.clock.now(),
        valid_until=valid_until,
        matchers=dict(matchers or {}),
        created_by=actor.id if actor.type == "person" else None,
    )
    session.add(row)
    details = {
        "route_id": str(row.id),
        "destination": destination,
        "organisation_id": str(organisation_id),
        "rank": rank,
        "from": instant(row.valid_from),
        "until": instant(valid_until) if valid_until else None,
        "match": row.matchers,
    }
    act = custody.Act("route.made", Chain("agency", agency_id), agency_id, actor, details)
    custody.append(session, services, [act])
    return row


def choose_route(
    session: Session, *, agency_id: UUID, destination: str, at: datetime, facts: Mapping[str, str | None]
) -> Route | None:
    """The best route in force at ``at`` whose matchers all fit ``facts`` (as :func:`matchable` gives them)."""
    for route in session.scalars(routes_for(agency_id, destination, at)):
        if all(_fits(route.matchers.get(name), facts.get(name)) for name in MATCHERS):
            return route
    return None


def matchable(known: Mapping[str, Stated], *, urgent: bool) -> dict[str, str | None]:
    """What a route's matchers look at, from what is known of an item."""
    caliber = next((known[name] for name in _CALIBERS if name in known), None)
    return {
        "kinds": value_of(known, "item.kind"),
        "fuero": value_of(known, "legal.fuero"),
        "entity": value_of(known, "recovery.entity"),
        "caliber": code_or_text(caliber.value) if caliber else None,
        "priority": "urgent" if urgent else "routine",
    }


_CALIBERS = ("firearm.caliber", "pmf.caliber", "part.caliber", "cartridge_case.caliber", "cartridge.caliber")


def _fits(wanted: Sequence[str] | None, value: str | None) -> bool:
    return not wanted or value in wanted
