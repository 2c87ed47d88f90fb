"""Passkeys on a real database: made with a fresh factor, used once a challenge, doubted when copied, removed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from decision_world import DecisionWorld
from sqlalchemy import select

from evidence.actions.accounts import fresh_factor, invitations, passkey_sign_in, passkeys, sign_in, staffing, who
from evidence.actions.accounts.sign_in import SignedIn
from evidence.actions.storing import sweeping
from evidence.domain.callers import PersonCaller
from evidence.domain.errors import EvidenceError
from evidence.domain.roles import Role
from evidence.records.custody import CustodyDetail, CustodyEntry
from evidence.records.people import Account, Person
from evidence.records.sign_in import Passkey, SignInStep
from standalone.postgres import DatabaseUrls
from tests.authenticator import Authenticator

ORIGIN, RP_ID = "https://casquillo.example", "casquillo.example"
PASSWORD = "una frase de prueba larga"


@dataclass
class Desk:
    world: DecisionWorld
    caller: PersonCaller

    def device(self, **more: Any) -> Authenticator:
        return Authenticator(**{"origin": ORIGIN, "rp_id": RP_ID, **more})

    def offer(self, caller: PersonCaller | None = None) -> Any:
        return self.world.act(caller or self.caller, passkeys.offer)

    def add(self, device: Authenticator, name: str = "Llave", caller: PersonCaller | None = None) -> Any:
        credential = device.make(self.offer(caller))
        return self.world.act(caller or self.caller, passkeys.add, name=name, credential=credential)

    def challenge(self) -> Any:
        with self.world.api() as session, session.begin():
            return passkey_sign_in.offer(session, self.world.services)

    def enter(self, credential: Any) -> Any:
        """Committed also when it is refused, as the route does."""
        with self.world.api() as session, session.begin():
            return passkey_sign_in.open_session(session, self.world.services, credential=credential)

    def sign_in(self, device: Authenticator) -> Any:
        return self.enter(device.show(self.challenge()))

    def by_code(self, username: str = "s-201") -> Any:
        code = self.world.totp(username)
        with self.world.api() as session, session.begin():
            return sign_in.open_session(session, self.world.services, username=username, password=PASSWORD, totp=code)

    def kinds(self, chain: UUID) -> list[tuple[str, dict[str, Any]]]:
        told = select(CustodyEntry.kind, CustodyDetail.details).join(
            CustodyDetail, CustodyDetail.entry_id == CustodyEntry.entry_id
        )
        with self.world.worker() as session:
            rows = session.execute(told.where(CustodyEntry.chain_id == chain).order_by(CustodyEntry.seq))
            return [(kind, details) for kind, details in rows]


@pytest.fixture
def desk(fresh_database_urls: DatabaseUrls) -> Iterator[Desk]:
    """S-201, signed in by password and code."""
    world = DecisionWorld(fresh_database_urls)
    world.services = replace(world.services, policy=replace(world.services.policy, origin=ORIGIN, rp_id=RP_ID))
    made = Desk(world, world.supervisor)
    opened = made.by_code()
    assert isinstance(opened, SignedIn)
    yield Desk(world, opened.caller)
    world.close()


def code_of(outcome: Any) -> str:
    assert isinstance(outcome, EvidenceError), outcome
    return outcome.code


def test_a_passkey_opens_a_session_that_may_decide(desk: Desk) -> None:
    device = desk.device()
    row = desk.add(device)
    assert (row.name, row.transports) == ("Llave", ["internal"])
    opened = desk.sign_in(device)
    assert isinstance(opened, SignedIn)
    assert opened.caller.person_id == desk.caller.person_id
    assert opened.caller.roles == frozenset({Role.SUPERVISOR})
    fresh_factor.require(desk.world.services, opened.caller)
    story = desk.kinds(desk.caller.person_id)
    assert ("person.signed_in", "password_totp") in [(kind, one.get("means")) for kind, one in story]
    added = next(one for kind, one in story if kind == "person.passkey_added")
    assert (added["passkey_id"], added["name"]) == (str(row.id), "Llave")
    kind, last = story[-1]
    assert (kind, last["means"], last["passkey_id"]) == ("person.signed_in", "passkey", str(row.id))


def test_adding_and_removing_ask_for_a_fresh_factor(desk: Desk) -> None:
    old = replace(desk.caller, factor_at=desk.world.clock.now() - timedelta(minutes=16))
    device = desk.device()
    credential = device.make(desk.offer())
    row = desk.add(desk.device())
    for action, facts in (
        (passkeys.offer, {}),
        (passkeys.add, {"name": "x", "credential": credential}),
        (passkeys.remove, {"passkey_id": row.id}),
    ):
        act: Callable[..., Any] = action
        with pytest.raises(EvidenceError) as caught:
            desk.world.act(old, act, **facts)
        assert caught.value.code == "fresh_factor_required"


def test_a_challenge_is_good_once_soon_and_for_its_own_purpose(desk: Desk) -> None:
    device = desk.device()
    desk.add(device)
    challenge = desk.challenge()
    assert isinstance(desk.enter(device.show(challenge)), SignedIn)
    assert code_of(desk.enter(device.show(challenge))) == "challenge_unusable"
    late = desk.challenge()
    desk.world.clock.moved = timedelta(minutes=6)
    assert code_of(desk.enter(device.show(late))) == "challenge_unusable"
    desk.world.clock.moved = timedelta()
    invented = {"challenge": "AAAA"}
    assert code_of(desk.enter(device.show(invented))) == "challenge_unusable"
    factor = desk.world.act(desk.caller, passkey_sign_in.offer_factor)
    assert code_of(desk.enter(device.show(factor))) == "challenge_unusable"
    with desk.world.worker() as session, session.begin():
        desk.world.clock.moved = timedelta(hours=1)
        assert sweeping.forget_nonces(session, desk.world.services) == 1
        assert session.scalars(select(SignInStep)).all() == []


@pytest.mark.parametrize(
    "wrong",
    [{"origin": "https://casquillo.example.evil.example"}, {"rp_id": "evil.example"}, {"verifies": False}],
    ids=["origin", "rp_id", "no_verification"],
)
def test_what_does_not_fit_neither_registers_nor_opens(desk: Desk, wrong: dict[str, Any]) -> None:
    assert code_of(desk.add(desk.device(**wrong))) == "passkey_unfit"
    device = desk.device()
    desk.add(device)
    for name, value in wrong.items():
        setattr(device, name, value)
    assert code_of(desk.sign_in(device)) == "passkey_refused"


def test_another_key_another_handle_and_an_unknown_credential_are_refused_alike(desk: Desk) -> None:
    device = desk.device()
    desk.add(device)
    forger = desk.device(credential_id=device.credential_id, handle=device.handle)
    assert code_of(desk.sign_in(forger)) == "passkey_refused"
    assert code_of(desk.sign_in(desk.device(handle=device.handle))) == "passkey_refused"
    device.handle = uuid4().bytes
    assert code_of(desk.sign_in(device)) == "passkey_refused"
    with desk.world.worker() as session:
        assert session.scalars(select(Passkey)).one().doubted_at is None, "a forger casts no doubt"


def test_garbage_is_refused_and_never_an_error(desk: Desk) -> None:
    device = desk.device()
    desk.add(device)
    for member, value in (("authenticatorData", "AAAA"), ("signature", "AA"), ("userHandle", None)):
        credential = device.show(desk.challenge())
        credential["response"][member] = value
        assert code_of(desk.enter(credential)) == "passkey_refused"
    for response in ({}, {"clientDataJSON": "!!"}, {"clientDataJSON": "W10"}):
        assert code_of(desk.enter({"id": "x", "rawId": "x", "response": response})) == "challenge_unusable"
    credential = desk.device().make(desk.offer())
    credential["response"]["attestationObject"] = "oWNmbXRkbm9uZQ"
    assert code_of(desk.world.act(desk.caller, passkeys.add, name="x", credential=credential)) == "passkey_unfit"


def test_a_copied_key_is_doubted_and_opens_nothing_more(desk: Desk) -> None:
    device = desk.device()
    row = desk.add(device)
    assert isinstance(desk.sign_in(device), SignedIn)
    device.counter = 0  # a copy made before the sign-in
    assert code_of(desk.sign_in(device)) == "passkey_doubted"
    device.counter = 50
    assert code_of(desk.sign_in(device)) == "passkey_doubted"
    story = desk.kinds(desk.caller.person_id)
    assert [one["passkey_id"] for kind, one in story if kind == "person.passkey_doubted"] == [str(row.id)]
    with pytest.raises(EvidenceError) as caught:
        desk.world.act(desk.caller, passkey_sign_in.offer_factor)
    assert caught.value.code == "no_passkey"


def test_failures_lock_the_password_only_and_an_administrator_locks_all(desk: Desk) -> None:
    device = desk.device()
    desk.add(device)
    with desk.world.worker() as session, session.begin():
        account = session.get_one(Account, desk.caller.account_id)
        account.failures, account.locked_at = 5, desk.world.clock.now()
    desk.world.clock.moved = timedelta(minutes=1)
    assert code_of(desk.by_code()) == "account_locked"
    assert isinstance(desk.sign_in(device), SignedIn)
    administrator = replace(desk.world.other, roles=frozenset({Role.ADMINISTRATOR}))
    desk.world.act(administrator, staffing.lock, person_id=desk.caller.person_id, reason="lost badge")
    assert code_of(desk.sign_in(device)) == "account_locked"


def test_who_has_left_does_not_enter(desk: Desk) -> None:
    device = desk.device()
    desk.add(device)
    with desk.world.worker() as session, session.begin():
        session.get_one(Person, desk.caller.person_id).ended_at = desk.world.clock.now()
    assert code_of(desk.sign_in(device)) == "passkey_refused"


def test_as_the_fresh_factor(desk: Desk) -> None:
    device, stranger = desk.device(), desk.device()
    row = desk.add(device)
    desk.add(stranger, caller=desk.by_code("s-202").caller)
    old = replace(desk.caller, factor_at=desk.world.clock.now() - timedelta(minutes=16))

    def shown(by: Authenticator) -> Any:
        options = desk.world.act(old, passkey_sign_in.offer_factor)
        assert [one["id"] for one in options["allowCredentials"]] == [device.show(options)["id"]]
        return desk.world.act(old, passkey_sign_in.show, credential=by.show(options))

    assert code_of(shown(stranger)) == "factor_refused"
    fresh = shown(device)
    fresh_factor.require(desk.world.services, fresh)
    kind, details = desk.kinds(desk.caller.person_id)[-1]
    assert (kind, details["means"], details["passkey_id"]) == ("person.factor_shown", "passkey", str(row.id))
    other = desk.world.act(old, passkey_sign_in.offer_factor)
    elsewhere = replace(old, session_id=uuid4())
    used = desk.world.act(elsewhere, passkey_sign_in.show, credential=device.show(other))
    assert code_of(used) == "challenge_unusable"


def test_removed_by_the_person_by_an_administrator_and_with_the_second_factor(desk: Desk) -> None:
    mine, theirs, kept = desk.device(), desk.device(), desk.device()
    first, second, third = desk.add(mine, "Una"), desk.add(theirs, "Dos"), desk.add(kept, "Tres")
    desk.world.act(desk.caller, passkeys.remove, passkey_id=first.id)
    administrator = replace(desk.world.other, roles=frozenset({Role.ADMINISTRATOR}))
    foreign = replace(desk.world.examiner, roles=frozenset({Role.ADMINISTRATOR}))
    about = {"person_id": desk.caller.person_id, "passkey_id": second.id, "reason": "phone stolen"}
    for action, facts in ((passkeys.remove_for, about), (passkeys.remove_for, {**about, "passkey_id": first.id})):
        by = foreign if facts is about else administrator
        with pytest.raises(EvidenceError) as caught:
            desk.world.act(by, action, **facts)
        assert caught.value.code == "not_found"
    desk.world.act(administrator, passkeys.remove_for, **about)
    for gone in (mine, theirs):
        assert code_of(desk.sign_in(gone)) == "passkey_refused"
    opened = desk.sign_in(kept)
    told = desk.world.ask(opened.caller, lambda session, caller: who.who_am_i(session, caller))
    said = [(one.name, one.what, one.by_other) for one in told.passkey_changes]
    assert said == [
        ("Una", "added", False),
        ("Una", "removed", False),
        ("Dos", "added", False),
        ("Dos", "removed", True),
        ("Tres", "added", False),
    ]
    assert (told.means, told.has_passkey) == ("passkey", True)
    again = desk.sign_in(kept)
    assert desk.world.ask(again.caller, lambda session, caller: who.who_am_i(session, caller)).passkey_changes == []

    with desk.world.api() as session, session.begin():
        desk.world._enter(session, administrator)
        person = session.get_one(Person, desk.caller.person_id)
        invitations.reset(
            session,
            desk.world.services,
            actor=administrator.actor(),
            person=person,
            gives=["second_factor"],
            reason="lost",
        )
    assert code_of(desk.sign_in(kept)) == "passkey_refused"
    removed = [one for kind, one in desk.kinds(desk.caller.person_id) if kind == "person.passkey_removed"]
    assert [one["passkey_id"] for one in removed] == [str(row.id) for row in (first, second, third)]
    assert [one.get("reason") for one in removed] == [None, "phone stolen", "lost"]


def test_ten_at_most_and_none_twice(desk: Desk) -> None:
    devices = [desk.device() for _ in range(passkeys.MOST)]
    for device in devices:
        desk.add(device)
    with pytest.raises(EvidenceError) as caught:
        desk.offer()
    assert caught.value.code == "too_many_passkeys"
    listed = desk.world.act(desk.caller, passkeys.listed)
    assert len(listed) == passkeys.MOST
