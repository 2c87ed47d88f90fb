"""People, one-time links, roles with dates, locks and lists, on a real database as the api role."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from decision_world import DecisionWorld
from sqlalchemy import select, text

from evidence.actions.accounts import importing_people, invitations, people, sign_in, staffing
from evidence.domain.callers import PersonCaller
from evidence.domain.errors import EvidenceError
from evidence.domain.roles import Role
from evidence.records.custody import CustodyEntry
from evidence.records.people import Account, Person, UserSession
from standalone.postgres import DatabaseUrls

FIRST, SECOND = "una frase larga y propia", "otra frase larga y propia"


@pytest.fixture
def world(fresh_database_urls: DatabaseUrls) -> Iterator[DecisionWorld]:
    made = DecisionWorld(fresh_database_urls)
    yield made
    made.close()


@pytest.fixture
def admin(world: DecisionWorld) -> PersonCaller:
    return world._person(world.agency, "a-900", Role.ADMINISTRATOR)


def at_the_door(world: DecisionWorld, action: Any, **facts: Any) -> Any:
    """What somebody without a session asks: the api role, nobody named."""
    with world.api() as session, session.begin():
        return action(session, world.services, **facts)


def invited(world: DecisionWorld, admin: PersonCaller, username: str = "n-1", *roles: Role) -> invitations.Link:
    facts = {"code": username.upper(), "name": "Nueva Persona", "username": username, "unit": "Norte"}
    with world.api() as session, session.begin():
        world._enter(session, admin)
        return invitations.invite_person(
            session,
            world.services,
            actor=admin.actor(Role.ADMINISTRATOR),
            organisation_id=world.agency,
            roles=roles or (Role.OFFICER,),
            **facts,
        )


def settle(world: DecisionWorld, link: invitations.Link, password: str = FIRST) -> str:
    """The person opens the link and sets both; the seed of the code app."""
    opened = at_the_door(world, invitations.open_link, token=link.token)
    assert at_the_door(world, invitations.open_link, token=link.token) == opened, "opened twice it shows the same"
    code = pyotp.TOTP(opened.totp_secret).at(world.clock.now())
    assert at_the_door(world, invitations.accept, token=link.token, password=password, totp=code) is None
    world.clock.moved += timedelta(seconds=30)
    return str(opened.totp_secret)


def enters(world: DecisionWorld, username: str, password: str, secret: str) -> bool:
    code = pyotp.TOTP(secret).at(world.clock.now())
    world_answer = at_the_door(world, sign_in.open_session, username=username, password=password, totp=code)
    world.clock.moved += timedelta(seconds=30)
    return isinstance(world_answer, sign_in.SignedIn)


@contextmanager
def refusal(code: str) -> Iterator[None]:
    with pytest.raises(EvidenceError) as refused:
        yield
    assert refused.value.code == code


def test_a_person_sets_everything_by_a_link_that_works_once(world: DecisionWorld, admin: PersonCaller) -> None:
    link = invited(world, admin)
    with refusal("link_unusable"):
        at_the_door(world, invitations.open_link, token="x" * 43)
    opened = at_the_door(world, invitations.open_link, token=link.token)
    assert opened.totp_uri.startswith("otpauth://totp/Casquillo:n-1")
    with refusal("password_short"):
        at_the_door(world, invitations.accept, token=link.token, password="short", totp="000000")
    misfit = at_the_door(world, invitations.accept, token=link.token, password=FIRST, totp="000000")
    assert misfit.code == "factor_refused"
    secret = settle(world, link)
    with refusal("link_unusable"):
        at_the_door(world, invitations.open_link, token=link.token)
    assert enters(world, "n-1", FIRST, secret)
    kinds = world.rows(select(CustodyEntry.kind).where(CustodyEntry.chain_id == link.person_id), by=admin)
    assert {"person.created", "person.invited", "person.password_set", "person.second_factor_set"} <= set(kinds)


def test_a_link_grows_old(world: DecisionWorld, admin: PersonCaller) -> None:
    link = invited(world, admin)
    world.clock.moved += invitations.LIFE
    with refusal("link_unusable"):
        at_the_door(world, invitations.open_link, token=link.token)


def test_a_reset_takes_one_factor_at_once_and_asks_for_the_other(world: DecisionWorld, admin: PersonCaller) -> None:
    secret = settle(world, invited(world, admin))
    assert enters(world, "n-1", FIRST, secret)
    person = world.rows(select(Person).where(Person.code == "N-1"), by=admin)[0]
    link = world.act(admin, staffing.reset, person_id=person.id, gives=["second_factor"], reason="phone lost")
    assert not enters(world, "n-1", FIRST, secret), "the lost code app opens nothing any more"
    sessions = world.rows(select(UserSession).where(UserSession.person_id == person.id), by=admin)
    assert [one.ended_at is None for one in sessions] == [False]
    opened = at_the_door(world, invitations.open_link, token=link.token)
    code = pyotp.TOTP(opened.totp_secret).at(world.clock.now())
    misfit = at_the_door(world, invitations.accept, token=link.token, password=SECOND, totp=code)
    assert misfit.code == "factor_refused", "who has the link alone does not get in"
    assert at_the_door(world, invitations.accept, token=link.token, password=FIRST, totp=code) is None
    world.clock.moved += timedelta(seconds=30)
    assert enters(world, "n-1", FIRST, opened.totp_secret)


def test_a_newer_link_ends_the_older(world: DecisionWorld, admin: PersonCaller) -> None:
    first = invited(world, admin)
    second = world.act(
        admin, staffing.reset, person_id=first.person_id, gives=["password", "second_factor"], reason="link lost"
    )
    with refusal("link_unusable"):
        at_the_door(world, invitations.open_link, token=first.token)
    assert at_the_door(world, invitations.open_link, token=second.token).gives == ["password", "second_factor"]


def test_wrong_codes_at_a_link_lock_the_account(world: DecisionWorld, admin: PersonCaller) -> None:
    link = invited(world, admin)
    at_the_door(world, invitations.open_link, token=link.token)
    codes = [
        at_the_door(world, invitations.accept, token=link.token, password=FIRST, totp="000000").code for _ in range(6)
    ]
    assert codes == ["factor_refused"] * 5 + ["account_locked"]


def test_nobody_gives_roles_to_themselves_and_one_administrator_stays(
    world: DecisionWorld, admin: PersonCaller
) -> None:
    with refusal("own_roles"):
        world.act(admin, staffing.give_role, person_id=admin.person_id, role=Role.SUPERVISOR)
    with refusal("own_lock"):
        world.act(admin, staffing.lock, person_id=admin.person_id, reason="x")
    (mine,) = world.act(admin, _listed, person_id=admin.person_id)
    end = {"person_id": admin.person_id, "assignment_id": mine.roles[0].id, "reason": "x"}
    with refusal("last_administrator"):
        world.act(admin, staffing.take_role, **end)
    with refusal("last_administrator"):
        world.act(admin, staffing.change, person_id=admin.person_id, facts={"ended_at": world.clock.now()})
    world._person(world.agency, "a-901", Role.ADMINISTRATOR)
    world.act(admin, staffing.take_role, **end)
    assert world.act(admin, _listed, person_id=admin.person_id)[0].roles == []
    with refusal("not_found"):
        world.act(admin, staffing.lock, person_id=world.examiner.person_id, reason="not mine")


def _listed(session: Any, services: Any, *, caller: PersonCaller, **facts: Any) -> list[staffing.Member]:
    return staffing.listed(session, services, caller=caller, limit=50, **facts)


def test_a_substitute_supervises_for_a_while_and_not_longer(world: DecisionWorld, admin: PersonCaller) -> None:
    secret = settle(world, invited(world, admin))
    person_id = world.rows(select(Person.id).where(Person.code == "N-1"), by=admin)[0]
    now, gives = world.clock.now(), {"person_id": person_id, "role": Role.SUPERVISOR}
    with refusal("substitute_end"):
        world.act(admin, staffing.give_role, **gives, substitute_for=world.supervisor.person_id)
    with refusal("not_found"):
        foreign = {"substitute_for": world.examiner.person_id, "valid_until": now + timedelta(hours=1)}
        world.act(admin, staffing.give_role, **gives, **foreign)
    window = {"valid_from": now + timedelta(hours=1), "valid_until": now + timedelta(hours=9)}
    world.act(admin, staffing.give_role, **gives, **window, substitute_for=world.supervisor.person_id)

    def roles() -> frozenset[Role]:
        code = pyotp.TOTP(secret).at(world.clock.now())
        signed = at_the_door(world, sign_in.open_session, username="n-1", password=FIRST, totp=code)
        return signed.caller.roles

    assert roles() == {Role.OFFICER}
    world.clock.moved += timedelta(hours=2)
    assert roles() == {Role.OFFICER, Role.SUPERVISOR}
    world.clock.moved += timedelta(hours=8)
    assert roles() == {Role.OFFICER}


def test_a_locked_person_is_out_at_once_until_unlocked(world: DecisionWorld, admin: PersonCaller) -> None:
    secret = settle(world, invited(world, admin))
    assert enters(world, "n-1", FIRST, secret)
    person_id = world.rows(select(Person.id).where(Person.code == "N-1"), by=admin)[0]
    world.act(admin, staffing.lock, person_id=person_id, reason="under inquiry")
    assert all(one.ended_at for one in world.rows(select(UserSession), by=admin))
    assert not enters(world, "n-1", FIRST, secret)
    (line,) = world.act(admin, _listed, person_id=person_id)
    assert (line.locked_at is not None, line.locked_by_failures) == (True, False)
    world.act(admin, people.unlock, person_id=person_id)
    assert enters(world, "n-1", FIRST, secret)


def test_who_has_left_has_no_role(world: DecisionWorld, admin: PersonCaller) -> None:
    secret = settle(world, invited(world, admin))
    person_id = world.rows(select(Person.id).where(Person.code == "N-1"), by=admin)[0]
    world.act(admin, staffing.change, person_id=person_id, facts={"ended_at": world.clock.now(), "unit": "Sur"})
    assert not enters(world, "n-1", FIRST, secret)
    (line,) = world.act(admin, _listed, person_id=person_id)
    assert (line.person.unit, line.person.ended_at is not None) == ("Sur", True)


def test_the_list_has_pages_and_finds_by_a_part(world: DecisionWorld, admin: PersonCaller) -> None:
    def names(**facts: Any) -> list[str]:
        with world.api() as session:
            world._enter(session, admin)
            return [one.person.name for one in staffing.listed(session, world.services, caller=admin, **facts)]

    everyone = names(limit=50)
    assert everyone == sorted(everyone)
    assert {"A-900", "O-101", "S-201"} <= set(everyone)
    assert "L-301" not in everyone, "nobody of another organisation"
    assert names(limit=1) == everyone[:2], "one more than asked for says that there is more"
    assert names(limit=50, wanted="s-20") == ["S-201", "S-202"]


def test_a_list_is_taken_whole_or_not_at_all(world: DecisionWorld, admin: PersonCaller) -> None:
    good = "code,name,username,roles\nN-1,Uno,n-1,officer\nN-2,Dos,n-2,officer supervisor\n"
    bad = good + "S-201,Tres,l-301,officer\n"

    def people_now() -> int:
        return len(world.rows(select(Person.id), by=admin))

    before = people_now()
    tried = world.act(admin, importing_people.import_people, csv=good, dry_run=True)
    assert ([line.errors for line in tried.lines], tried.links, people_now()) == ([(), ()], [], before)
    refused = world.act(admin, importing_people.import_people, csv=bad, dry_run=False)
    assert refused.lines[2].errors == ("code_taken", "username_taken"), "also one that another organisation has"
    assert (refused.links, people_now()) == ([], before)
    taken = world.act(admin, importing_people.import_people, csv=good, dry_run=False)
    assert [link.username for link in taken.links] == ["n-1", "n-2"]
    assert people_now() == before + 2
    settle(world, taken.links[1])


def test_the_api_role_reads_no_link_of_another_organisation(world: DecisionWorld, admin: PersonCaller) -> None:
    invited(world, admin)
    assert len(world.rows(text("SELECT id FROM invitation"), by=admin)) == 1
    assert world.rows(text("SELECT id FROM invitation"), by=world.examiner) == []
    with world.worker() as session:
        account = session.scalars(select(Account).where(Account.username == "n-1")).one()
        assert account.password_hash == invitations.NO_PASSWORD
