"""A decision asks for a second factor that was shown within 15 minutes."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from decision_world import DecisionWorld
from sqlalchemy import select

from evidence.actions.accounts import fresh_factor, sign_in
from evidence.actions.capturing import settling
from evidence.actions.holding import steering
from evidence.domain.callers import PersonCaller
from evidence.domain.errors import EvidenceError
from evidence.records.custody import CustodyEntry
from evidence.records.people import Account, UserSession
from standalone.postgres import DatabaseUrls
from standalone.recovery import SERIAL

PASSWORD = "una frase de prueba larga"
READ = ("legible", SERIAL)


@dataclass
class Signed:
    world: DecisionWorld
    caller: PersonCaller

    def code(self) -> str:
        return self.world.totp("s-201")

    def show(self, totp: str) -> Any:
        return self.world.act(self.caller, fresh_factor.show, totp=totp)

    def account(self) -> Account:
        with self.world.worker() as session:
            return session.get_one(Account, self.caller.account_id)


@pytest.fixture
def world(fresh_database_urls: DatabaseUrls) -> Iterator[DecisionWorld]:
    made = DecisionWorld(fresh_database_urls)
    made.arrive()
    made.open_all(made.supervisor)
    yield made
    made.close()


@pytest.fixture
def signed(world: DecisionWorld) -> Signed:
    """S-201, really signed in."""
    code = world.totp("s-201")
    with world.api() as session, session.begin():
        opened = sign_in.open_session(session, world.services, username="s-201", password=PASSWORD, totp=code)
    assert isinstance(opened, sign_in.SignedIn)
    return Signed(world, opened.caller)


def refused(world: DecisionWorld, by: PersonCaller, action: Any, **facts: Any) -> str:
    with pytest.raises(EvidenceError) as caught:
        world.act(by, action, **facts)
    return caught.value.code


def test_signing_in_counts_and_a_quarter_of_an_hour_later_no_more(world: DecisionWorld, signed: Signed) -> None:
    world.clock.moved = timedelta(minutes=14)
    world.decide(signed.caller, "return", reason="foto_movida")
    world.clock.moved = timedelta(minutes=16)
    with pytest.raises(EvidenceError) as caught:
        world.decide(signed.caller, "reopen", reason="again")
    assert caught.value.code == "fresh_factor_required"
    fresh = signed.show(signed.code())
    assert fresh.factor_at >= world.clock.now() - timedelta(seconds=5)
    world.decide(fresh, "reopen", reason="again")
    with world.worker() as session:
        assert session.get_one(UserSession, signed.caller.session_id).factor_at == fresh.factor_at
        assert "person.factor_shown" in session.scalars(select(CustodyEntry.kind)).all()


def test_every_decision_of_a_supervisor_asks_for_it(world: DecisionWorld) -> None:
    old = replace(world.supervisor, factor_at=world.clock.now() - timedelta(minutes=16))
    world.decide(world.supervisor, "approve", reading=READ)
    submission = {"submission_id": world.submission().id}
    code = "fresh_factor_required"
    assert refused(world, old, steering.withdraw, reason="x", **submission) == code
    assert refused(world, old, steering.reroute, **submission) == code
    assert refused(world, old, steering.put_back, reason="x", **submission) == code
    chosen = {"capture_id": world.signed.capture_id, "manifest_sha256": world.signed.sha256}
    assert refused(world, old, settling.settle, reason="x", if_match='"1"', **chosen) == code
    stranger = replace(old, organisation_id=world.desk)
    assert refused(world, stranger, steering.withdraw, reason="x", **submission) == "not_found"


def test_a_code_is_good_once_and_five_wrong_ones_lock(world: DecisionWorld, signed: Signed) -> None:
    world.clock.moved = timedelta(minutes=1)
    code = signed.code()
    assert isinstance(signed.show(code), PersonCaller)
    again = signed.show(code)
    assert (again.code, signed.account().failures) == ("factor_refused", 1)
    for _ in range(4):
        assert signed.show("000000").code == "factor_refused"
    assert signed.account().locked_at is not None
    world.clock.moved = timedelta(minutes=3)
    assert signed.show(signed.code()).code == "account_locked"
    with world.worker() as session:
        assert "person.locked" in session.scalars(select(CustodyEntry.kind)).all()
