"""People from a CSV list: a dry run that names every wrong line, then all of them or nobody."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from evidence.actions.accounts import invitations
from evidence.actions.ports import Services
from evidence.domain.callers import PersonCaller
from evidence.domain.people_lines import PersonLine, read_people, usernames_in
from evidence.domain.roles import Role
from evidence.records.people import Person


@dataclass(frozen=True)
class Imported:
    """Each line as it was read; ``links`` only when all were taken."""

    lines: Sequence[PersonLine]
    links: Sequence[invitations.Link]


def import_people(session: Session, services: Services, *, caller: PersonCaller, csv: str, dry_run: bool) -> Imported:
    """Reads the list. Makes everyone in it, each with a one-time link, when no line is wrong and it is no dry run."""
    wanted = usernames_in(csv)
    taken = {
        name
        for name in wanted
        if session.execute(text("SELECT 1 FROM door_account(:name)"), {"name": name}).first() is not None
    }
    codes = set(session.scalars(select(Person.code).where(Person.organisation_id == caller.organisation_id)))
    lines = read_people(csv, taken_codes=codes, taken_usernames=taken)
    if dry_run or any(line.errors for line in lines):
        return Imported(lines, [])
    actor = caller.actor(Role.ADMINISTRATOR)
    return Imported(
        lines,
        [
            invitations.invite_person(
                session,
                services,
                actor=actor,
                organisation_id=caller.organisation_id,
                code=line.code,
                name=line.name,
                username=line.username,
                roles=line.roles,
                unit=line.unit,
                shift=line.shift,
            )
            for line in lines
        ],
    )
