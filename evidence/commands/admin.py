"""``casquillo admin``: an organisation, and its first administrator by a one-time link.

It runs with the worker's rights: only they write the directory of organisations. Nobody on the command line learns
a password or a seed; the link is for the administrator alone, works once and grows old in three days.
"""

import argparse
import sys
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from evidence.actions.accounts import invitations, organisations
from evidence.actions.ports import Services
from evidence.adapters.wiring import make_engine_and_sessions, make_services
from evidence.domain.callers import SYSTEM
from evidence.domain.errors import EvidenceError, not_found
from evidence.domain.roles import Role
from evidence.records.organisations import Organisation
from evidence.records.people import Account, Person
from evidence.settings import SettingsError, read_settings

RESET_REASON = "command line"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``admin``."""
    commands = parser.add_subparsers(dest="what", required=True)
    made = commands.add_parser("organisation", help="a new agency, laboratory, desk or partner")
    made.add_argument("--code", required=True)
    made.add_argument("--name", required=True)
    made.add_argument("--kind", required=True, choices=organisations.KINDS)
    made.add_argument("--jurisdiction", required=True, choices=organisations.JURISDICTIONS)
    made.add_argument("--entity", help="INEGI 01 to 32, for state and municipal ones")
    invite = commands.add_parser("invite", help="an administrator's one-time link; for a known name a new link")
    invite.add_argument("--organisation", required=True, metavar="CODE")
    invite.add_argument("--username", required=True)
    invite.add_argument("--name", help="of a new administrator")
    invite.add_argument("--code", help="of a new administrator; the user name in capitals when left out")


def run(chosen: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """0, and the link or the organisation's id; 1 and why not."""
    try:
        settings = read_settings(environment)
        engine, sessions = make_engine_and_sessions(settings)
        try:
            with sessions() as session, session.begin():
                said = do(session, make_services(settings), chosen, settings.origin)
        finally:
            engine.dispose()
    except IntegrityError:
        sys.stderr.write("That code or user name is taken.\n")
        return 1
    except (SettingsError, EvidenceError) as refused:
        sys.stderr.write(f"{refused}\n")
        return 1
    sys.stdout.write(f"{said}\n")
    return 0


def do(session: Session, services: Services, chosen: argparse.Namespace, origin: str) -> str:
    """Does what was asked for; what is to be said of it."""
    if chosen.what == "organisation":
        made = organisations.create_organisation(
            session,
            services,
            actor=SYSTEM,
            kind=chosen.kind,
            name=chosen.name,
            code=chosen.code,
            jurisdiction=chosen.jurisdiction,
            entity=chosen.entity,
        )
        return f"{made.code} {made.id}"
    link = invite(
        session, services, code=chosen.organisation, username=chosen.username, facts=(chosen.name, chosen.code)
    )
    return f"{origin}/desk#/welcome/{link.token}\nGood once, until {link.expires_at:%Y-%m-%d %H:%M} UTC."


def invite(
    session: Session, services: Services, *, code: str, username: str, facts: tuple[str | None, str | None]
) -> invitations.Link:
    """A new administrator (``facts``: name and code), or a fresh link for one who is known already."""
    organisation = session.scalars(select(Organisation).where(Organisation.code == code)).one_or_none()
    if organisation is None:
        raise not_found()
    known = session.scalars(
        select(Person)
        .join(Account, Account.person_id == Person.id)
        .where(Account.username == username.strip().lower(), Person.organisation_id == organisation.id)
    ).one_or_none()
    if known is not None:
        return invitations.reset(
            session, services, actor=SYSTEM, person=known, gives=invitations.GIVES, reason=RESET_REASON
        )
    name, person_code = facts
    return invitations.invite_person(
        session,
        services,
        actor=SYSTEM,
        organisation_id=organisation.id,
        code=person_code or username.upper(),
        name=name or username,
        username=username,
        roles=[Role.ADMINISTRATOR],
    )
