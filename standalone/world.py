"""The demo's invented organisations and people. None of them exists; every secret is made at first run."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from evidence.actions.accounts import organisations, people
from evidence.actions.ports import Services
from evidence.domain.callers import SYSTEM
from evidence.domain.roles import Role
from evidence.records.organisations import Organisation, service_id

T = TypeVar("T")

ENROLMENT = {"enrolment": "self", "facts": {"agency.ori": "MX0000000"}}

# code, kind, name, jurisdiction, entity, settings
ORGANISATIONS: tuple[tuple[str, str, str, str, str | None, dict[str, Any]], ...] = (
    ("PEM-A", "agency", "Policía Estatal Modelo A (inventada)", "state", "05", ENROLMENT),
    ("PEM-B", "agency", "Policía Estatal Modelo B (inventada)", "state", "20", ENROLMENT),
    ("GFM", "agency", "Guardia Federal Modelo (inventada)", "federal", None, ENROLMENT),
    ("LAB-A", "laboratory", "Laboratorio Modelo A (inventado)", "state", "05", {}),
    ("MESA-F", "desk", "Mesa Federal Modelo de rastreo (inventada)", "federal", None, {}),
)

# organisation, username, name, roles
PEOPLE: tuple[tuple[str, str, str, tuple[Role, ...]], ...] = (
    ("PEM-A", "o-101", "Oficial O-101", (Role.OFFICER,)),
    ("PEM-A", "o-102", "Oficial O-102", (Role.OFFICER,)),
    ("PEM-A", "s-201", "Supervisora S-201", (Role.SUPERVISOR,)),
    ("PEM-A", "s-202", "Supervisor S-202", (Role.SUPERVISOR,)),
    ("PEM-A", "m-501", "Ministerio Público M-501", (Role.PROSECUTOR,)),
    ("PEM-A", "u-801", "Auditora U-801", (Role.AUDITOR,)),
    ("PEM-A", "a-900", "Administradora A-900", (Role.ADMINISTRATOR,)),
    ("PEM-B", "o-111", "Oficial O-111", (Role.OFFICER,)),
    ("PEM-B", "s-211", "Supervisora S-211", (Role.SUPERVISOR,)),
    ("PEM-B", "m-511", "Ministerio Público M-511", (Role.PROSECUTOR,)),
    ("PEM-B", "a-911", "Administrador A-911", (Role.ADMINISTRATOR,)),
    ("GFM", "o-121", "Oficial O-121", (Role.OFFICER,)),
    ("GFM", "s-221", "Supervisora S-221", (Role.SUPERVISOR,)),
    ("LAB-A", "l-301", "Perita L-301", (Role.EXAMINER,)),
    ("LAB-A", "l-302", "Perito L-302", (Role.EXAMINER,)),
    ("LAB-A", "l-303", "Recepción L-303", (Role.RECEIVER,)),
    ("LAB-A", "l-309", "Jefa L-309", (Role.MANAGER,)),
    ("MESA-F", "d-401", "Analista D-401", (Role.TRACE_ANALYST,)),
    ("MESA-F", "d-402", "Analista D-402", (Role.TRACE_ANALYST,)),
    ("MESA-F", "d-409", "Jefe D-409", (Role.MANAGER,)),
)

LAB_SCOPES = ("queue:lease:ballistics", "result:write:ballistics", "event:write", "media:read", "media:write")
DESK_SCOPES = ("queue:lease:etrace", "result:write:etrace", "media:read", "media:write", "status:read")


@dataclass(frozen=True)
class Owned:
    """Runs actions one by one in transactions of their own, as the worker role."""

    sessions: sessionmaker[Session]
    services: Services

    def run(self, action: Callable[..., T], **facts: Any) -> T:
        with self.sessions() as session, session.begin():
            return action(session, self.services, actor=SYSTEM, **facts)


def is_made(sessions: sessionmaker[Session]) -> bool:
    with sessions() as session:
        return session.scalars(select(Organisation.id).limit(1)).first() is not None


def make_world(owned: Owned) -> dict[str, Any]:
    """Organisations, people, routes and machine tokens; the answer holds every secret, shown this once."""
    ids: dict[str, Any] = {}
    for code, kind, name, jurisdiction, entity, settings in ORGANISATIONS:
        row = owned.run(
            organisations.create_organisation,
            kind=kind,
            name=name,
            code=code,
            jurisdiction=jurisdiction,
            entity=entity,
            settings=settings,
        )
        ids[code] = row.id
    made = {username: _person(owned, ids[code], username, name, roles) for code, username, name, roles in PEOPLE}
    for agency in ("PEM-A", "PEM-B", "GFM"):
        for destination, holder in (("ballistics", "LAB-A"), ("etrace", "MESA-F")):
            owned.run(
                organisations.make_route,
                agency_id=ids[agency],
                destination=destination,
                organisation_id=ids[holder],
            )
    with owned.sessions() as session:
        service = service_id(session)
    return {
        "service_id": str(service),
        "organisations": {code: str(organisation_id) for code, organisation_id in ids.items()},
        "people": made,
        "tokens": {
            "LAB-A": _token(owned, ids["LAB-A"], made["l-309"]["person_id"], LAB_SCOPES),
            "MESA-F": _token(owned, ids["MESA-F"], made["d-409"]["person_id"], DESK_SCOPES),
        },
    }


def _person(owned: Owned, organisation_id: Any, username: str, name: str, roles: tuple[Role, ...]) -> dict[str, str]:
    password = secrets.token_urlsafe(12)
    made = owned.run(
        people.create_person,
        organisation_id=organisation_id,
        code=username.upper(),
        name=name,
        username=username,
        password=password,
        roles=roles,
    )
    return {
        "person_id": str(made.person_id),
        "organisation_id": str(organisation_id),
        "password": password,
        "totp_secret": made.totp_secret,
    }


def _token(owned: Owned, organisation_id: Any, owner_id: str, scopes: tuple[str, ...]) -> str:
    made = owned.run(
        people.create_token,
        organisation_id=organisation_id,
        owner_id=UUID(owner_id),
        label="demo",
        scopes=scopes,
        lifetime=timedelta(days=365),
    )
    return made.token
