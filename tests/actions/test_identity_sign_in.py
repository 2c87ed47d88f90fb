"""Signing in by an organisation's own provider: the real adapter against a real server on loopback, and its attacks."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from decision_world import DecisionWorld
from sqlalchemy import select

from evidence.actions.accounts import fresh_factor, identity, identity_settings, invitations, staffing, who
from evidence.actions.accounts.identity import CodeNeeded
from evidence.actions.accounts.sign_in import SignedIn
from evidence.actions.identity_ports import Client, Discovery, Fault, IdentityUnavailable, Trip
from evidence.adapters.identity import OpenIdProviders
from evidence.adapters.public_http import PublicHttp
from evidence.domain.callers import PersonCaller
from evidence.domain.errors import EvidenceError
from evidence.domain.roles import Role
from evidence.records.custody import CustodyDetail, CustodyEntry
from evidence.records.people import Account, Person
from evidence.records.sign_in import IdentityProvider as Row
from standalone.postgres import DatabaseUrls
from tests.identity_provider import CLIENT_ID, SECRET, Forgery, IdentityProvider

ORIGIN = "http://localhost:8420"
MFA = {"amr": ["pwd", "mfa"]}


@dataclass
class Desk:
    world: DecisionWorld
    provider: IdentityProvider
    administrator: PersonCaller

    def write(self, action: Any, **facts: Any) -> Any:
        """Committed also when a refusal is returned, as the routes do."""
        with self.world.api() as session, session.begin():
            return action(session, self.world.services, **facts)

    def leave(self) -> identity.Outward:
        """To the provider."""
        return self.write(identity.begin, organisation_id=self.world.agency)

    def at_provider(self, outward: identity.Outward) -> tuple[str, str]:
        """The browser's part: code and state, as they stand in the address that it comes back to."""
        url = urlsplit(identity.address(self.world.services, outward))
        back = self.provider.authorize({name: values[0] for name, values in parse_qs(url.query).items()})
        found = parse_qs(urlsplit(back).query)
        return found["code"][0], found["state"][0]

    def back(self, code: str, state: str, browser: str | None) -> Any:
        inward = self.write(identity.come_back, state=state, browser=browser)
        if isinstance(inward, EvidenceError):
            return inward
        try:
            known = identity.identify(self.world.services, inward, code=code)
        except EvidenceError as refused:
            return refused
        return self.write(identity.admit, inward=inward, identity=known)

    def enter(self, username: str = "s-201", **claims: Any) -> Any:
        self.provider.person = {"preferred_username": username, **claims}
        outward = self.leave()
        return self.back(*self.at_provider(outward), outward.browser)

    def with_code(self, needed: Any, totp: str | None = None) -> Any:
        assert isinstance(needed, CodeNeeded), needed
        totp = totp or self.world.totp("s-201")
        return self.write(identity.admit_with_code, ticket=needed.ticket, totp=totp)

    def linked(self) -> None:
        """S-201 has come by the provider before."""
        assert isinstance(self.with_code(self.enter()), SignedIn)

    def account(self) -> Account:
        with self.world.worker() as session:
            return session.scalars(select(Account).where(Account.username == "s-201")).one()

    def details(self, chain: UUID, kind: str) -> list[dict[str, Any]]:
        told = select(CustodyDetail.details).join(CustodyEntry, CustodyEntry.entry_id == CustodyDetail.entry_id)
        wanted = told.where(CustodyEntry.chain_id == chain, CustodyEntry.kind == kind).order_by(CustodyEntry.seq)
        with self.world.worker() as session:
            return list(session.scalars(wanted))


@pytest.fixture
def provider() -> Iterator[IdentityProvider]:
    made = IdentityProvider()
    yield made
    made.close()


@pytest.fixture
def desk(fresh_database_urls: DatabaseUrls, provider: IdentityProvider) -> Iterator[Desk]:
    world = DecisionWorld(fresh_database_urls)
    policy = replace(world.services.policy, origin=ORIGIN, rp_id="localhost", loopback_identity=True)
    adapter = OpenIdProviders(PublicHttp(loopback=True), loopback=True)
    world.services = replace(world.services, policy=policy, identity=adapter)
    administrator = replace(world.other, roles=frozenset({Role.ADMINISTRATOR}))
    made = Desk(world, provider, administrator)
    world.act(administrator, identity_settings.put, **settings(provider))
    yield made
    world.close()


def settings(provider: IdentityProvider, **more: Any) -> dict[str, Any]:
    known = {"issuer": provider.issuer, "client_id": CLIENT_ID, "client_secret": SECRET}
    return {**known, "name_claim": "preferred_username", "factor_values": ["mfa", "urn:loa:3"], **more}


def code_of(outcome: Any) -> str:
    assert isinstance(outcome, EvidenceError), outcome
    return outcome.code


def test_the_first_time_asks_for_the_code_and_later_the_provider_s_factor_is_enough(desk: Desk) -> None:
    needed = desk.enter(**MFA)
    opened = desk.with_code(needed)
    assert isinstance(opened, SignedIn)
    fresh_factor.require(desk.world.services, opened.caller)
    again = desk.enter(**MFA)
    assert isinstance(again, SignedIn)
    assert again.caller.person_id == desk.world.supervisor.person_id
    by_acr = desk.enter(acr="urn:loa:3")
    assert isinstance(by_acr, SignedIn)
    said = desk.details(desk.world.supervisor.person_id, "person.signed_in")
    assert [one["means"] for one in said] == ["provider_totp", "provider", "provider"]
    assert {one["issuer"] for one in said} == {desk.provider.issuer}
    told = desk.world.ask(again.caller, lambda session, caller: who.who_am_i(session, caller))
    assert told.means == "provider"
    out = urlsplit(told.provider_sign_out)
    assert out.path == "/out"
    assert parse_qs(out.query) == {"client_id": [CLIENT_ID], "post_logout_redirect_uri": [f"{ORIGIN}/desk"]}


def test_without_a_factor_that_counts_the_code_is_asked_and_misses_lock(desk: Desk) -> None:
    desk.linked()
    needed = desk.enter(amr=["pwd"], acr="0")
    desk.world.clock.moved = timedelta(minutes=1)
    for n in range(5):
        assert code_of(desk.with_code(needed, "000000")) == "factor_refused", n
    assert code_of(desk.with_code(needed)) == "account_locked"
    desk.world.clock.moved = timedelta()
    assert code_of(desk.enter()) == "account_locked"
    assert isinstance(desk.enter(**MFA), SignedIn), "the password path alone is locked"


def test_a_mistyped_code_may_be_tried_again_and_a_ticket_is_good_once(desk: Desk) -> None:
    needed = desk.enter()
    assert code_of(desk.with_code(needed, "000000")) == "factor_refused"
    assert isinstance(desk.with_code(needed), SignedIn)
    desk.world.clock.moved = timedelta(minutes=1)
    assert code_of(desk.with_code(needed)) == "identity_refused"


@pytest.mark.parametrize("ago_s", [3600, -3600, None], ids=["old", "to come", "not said"])
def test_an_old_session_at_the_provider_is_no_fresh_factor(desk: Desk, ago_s: int | None) -> None:
    desk.linked()
    opened = desk.enter(**MFA, auth_time=None if ago_s is None else int(time.time()) - ago_s)
    with pytest.raises(EvidenceError) as caught:
        fresh_factor.require(desk.world.services, opened.caller)
    assert caught.value.code == "fresh_factor_required"


def test_a_state_is_good_once_soon_and_in_one_browser(desk: Desk) -> None:
    desk.linked()
    desk.provider.person = {"preferred_username": "s-201", **MFA}
    outward = desk.leave()
    code, state = desk.at_provider(outward)
    assert isinstance(desk.back(code, state, outward.browser), SignedIn)
    assert code_of(desk.back(code, state, outward.browser)) == "identity_refused"
    for browser in (None, "another"):
        outward = desk.leave()
        assert code_of(desk.back(*desk.at_provider(outward), browser)) == "identity_refused"
    outward = desk.leave()
    code, state = desk.at_provider(outward)
    desk.world.clock.moved = timedelta(minutes=6)
    assert code_of(desk.back(code, state, outward.browser)) == "identity_refused"
    assert code_of(desk.back("x", "no base64!", "x")) == "identity_refused"


def test_a_code_of_another_trip_is_refused(desk: Desk) -> None:
    desk.linked()
    desk.provider.person = {"preferred_username": "s-201", **MFA}
    theirs, mine = desk.leave(), desk.leave()
    code, _ = desk.at_provider(theirs)
    _, state = desk.at_provider(mine)
    assert code_of(desk.back(code, state, mine.browser)) == "identity_refused"


NOW = int(time.time())


@pytest.mark.parametrize(
    "forgery",
    [
        Forgery(claims={"nonce": "another"}),
        Forgery(claims={"nonce": None}),
        Forgery(claims={"aud": "another-client"}),
        Forgery(claims={"aud": [CLIENT_ID, "another-client"], "azp": "another-client"}),
        Forgery(claims={"iss": "http://127.0.0.1:1"}),
        Forgery(claims={"exp": NOW - 3600, "iat": NOW - 7200}),
        Forgery(claims={"exp": None}),
        Forgery(claims={"exp": "soon"}),
        Forgery(alg="none"),
        Forgery(alg="HS256"),
        Forgery(own_key=True),
    ],
    ids=["nonce", "no_nonce", "audience", "azp", "issuer", "expired", "no_expiry", "odd_expiry", "none", "hs", "key"],
)
def test_a_forged_token_opens_nothing(desk: Desk, forgery: Forgery) -> None:
    desk.linked()
    desk.provider.forgery = forgery
    assert code_of(desk.enter(**MFA)) == "identity_refused"
    desk.provider.forgery = Forgery()
    assert isinstance(desk.enter(**MFA), SignedIn)


def test_a_provider_that_fails_is_told_from_one_that_refuses(desk: Desk) -> None:
    desk.provider.forgery = Forgery(token_status=500)
    assert code_of(desk.enter()) == "identity_unavailable"
    desk.provider.forgery = Forgery(token_status=400)
    assert code_of(desk.enter()) == "identity_refused"


def test_unknown_foreign_locked_and_gone_people_do_not_enter(desk: Desk) -> None:
    for name in ("nobody", "l-301", "", 7):  # l-301 is of the laboratory
        assert code_of(desk.enter(name, **MFA)) == "identity_unknown"  # type: ignore[arg-type]  # as a provider may
    assert code_of(desk.enter(sub=None)) == "identity_refused"
    with desk.world.worker() as session:
        assert session.scalars(select(Person).where(Person.name == "nobody")).all() == []
    desk.linked()
    desk.world.act(desk.administrator, staffing.lock, person_id=desk.world.supervisor.person_id, reason="under inquiry")
    assert code_of(desk.enter(**MFA)) == "account_locked"
    with desk.world.worker() as session, session.begin():
        session.get_one(Person, desk.world.supervisor.person_id).ended_at = desk.world.clock.now()
    assert code_of(desk.enter(**MFA)) == "identity_unknown"


def test_a_name_that_was_given_to_somebody_else_needs_the_code_of_its_account(desk: Desk) -> None:
    desk.linked()
    known = desk.account().provider_subject
    assert isinstance(desk.enter(**MFA, sub="somebody-new"), CodeNeeded)
    assert desk.account().provider_subject == known, "naming alone links nobody"
    with desk.world.api() as session, session.begin():
        desk.world._enter(session, desk.administrator)
        person = session.get_one(Person, desk.world.supervisor.person_id)
        invitations.reset(
            session,
            desk.world.services,
            actor=desk.administrator.actor(),
            person=person,
            gives=["password"],
            reason="new badge",
        )
    assert desk.account().provider_subject is None


def test_an_address_counts_only_when_the_provider_verified_it(desk: Desk) -> None:
    desk.world.act(desk.administrator, identity_settings.put, **settings(desk.provider, name_claim="email"))
    assert code_of(desk.enter("x", email="s-201", email_verified=False)) == "identity_unknown"
    assert code_of(desk.enter("x", email="s-201")) == "identity_unknown"
    assert isinstance(desk.enter("x", email=" S-201 ", email_verified=True), CodeNeeded)


def test_settings_keep_the_secret_sealed_and_are_said_in_the_log(desk: Desk) -> None:
    world = desk.world
    with world.worker() as session:
        row = session.scalars(select(Row)).one()
        assert SECRET.encode() not in row.secret_sealed
        assert world.services.secrets.open(row.secret_sealed).decode() == SECRET
    world.act(desk.administrator, identity_settings.put, **settings(desk.provider, client_secret=None))
    desk.linked()
    elsewhere = settings(desk.provider, client_secret=None, issuer="https://id.agencia.example")
    world.act(desk.administrator, identity_settings.put, **elsewhere)
    with world.worker() as session:
        assert session.scalars(select(Row)).one().secret_sealed is None, "it was the other provider's"
    said = desk.details(world.agency, "organisation.provider_set")
    assert [one["fields"] for one in said] == [
        ["issuer", "client_id", "name_claim", "factor_values", "client_secret"],
        ["issuer", "client_secret"],
    ]
    assert SECRET not in str(said)
    old = replace(desk.administrator, factor_at=world.clock.now() - timedelta(minutes=16))
    for action, facts in ((identity_settings.put, elsewhere), (identity_settings.end, {})):
        with pytest.raises(EvidenceError) as caught:
            world.act(old, action, **facts)  # type: ignore[arg-type]  # one of two shapes
        assert caught.value.code == "fresh_factor_required"
    assert [one.organisation_id for one in world.ask(desk.administrator, lambda s, caller: identity.ways(s))] == [
        world.agency
    ]
    world.act(desk.administrator, identity_settings.end)
    with pytest.raises(EvidenceError) as caught:
        desk.leave()
    assert caught.value.code == "not_found"
    assert world.ask(desk.administrator, lambda s, caller: identity.ways(s)) == []


@pytest.mark.parametrize("changed", ["issuer", "ended"])
def test_a_trip_does_not_outlive_its_provider(desk: Desk, changed: str) -> None:
    desk.provider.person = {"preferred_username": "s-201", **MFA}
    outward = desk.leave()
    code, state = desk.at_provider(outward)
    if changed == "ended":
        desk.world.act(desk.administrator, identity_settings.end)
    else:
        moved = settings(desk.provider, issuer="https://id.agencia.example")
        desk.world.act(desk.administrator, identity_settings.put, **moved)
    assert code_of(desk.back(code, state, outward.browser)) == "identity_refused"


@pytest.mark.parametrize(
    "issuer",
    [
        "http://id.agencia.example",
        "https://id.agencia.example:9000",
        "https://u:p@id.agencia.example",
        "https://id.agencia.example?x=1",
        "http://10.0.0.1",
        "ftp://127.0.0.1",
        "https://[",
    ],
)
def test_what_can_not_be_an_issuer(desk: Desk, issuer: str) -> None:
    with pytest.raises(EvidenceError) as caught:
        desk.world.act(desk.administrator, identity_settings.put, **settings(desk.provider, issuer=issuer))
    assert caught.value.code == "issuer"


def test_this_machine_is_reached_only_where_the_settings_say_so(desk: Desk) -> None:
    strict = replace(desk.world.services.policy, loopback_identity=False)
    desk.world.services = replace(desk.world.services, policy=strict)
    with pytest.raises(EvidenceError) as caught:
        desk.world.act(desk.administrator, identity_settings.put, **settings(desk.provider))
    assert caught.value.code == "issuer"
    trip = Trip(f"{ORIGIN}/desk", "s", "n", "v" * 43)
    closed = OpenIdProviders(PublicHttp(), loopback=False)
    for issuer in (desk.provider.issuer, "https://localhost", "https://127.0.0.1"):
        with pytest.raises(IdentityUnavailable):
            closed.authorization_url(Client(issuer, CLIENT_ID, SECRET), trip)
    private = OpenIdProviders(PublicHttp(lookup=lambda _h, _p: ["10.1.2.3"]), loopback=False)
    with pytest.raises(IdentityUnavailable, match="not public"):
        private.authorization_url(Client("https://id.agencia.example", CLIENT_ID, SECRET), trip)
    assert desk.provider.asked == []


def test_an_administrator_is_told_what_discovery_said(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    said = {**desk.provider.document(), "claims_supported": ["sub", 7, "x" * 300], "acr_values_supported": "mfa"}
    monkeypatch.setattr(desk.provider, "document", lambda: said)
    found = identity_settings.tried(desk.world.services, issuer=desk.provider.issuer)
    assert found.fault is None
    assert found.found == Discovery(
        authorization=f"{desk.provider.issuer}/authorize",
        token=f"{desk.provider.issuer}/token",
        keys=f"{desk.provider.issuer}/keys",
        sign_out=f"{desk.provider.issuer}/out",
        secret_in_body=False,
        claims=("sub",),
        factor_values=(),
    )

    def fault(**changed: Any) -> Fault | None:
        monkeypatch.setattr(desk.provider, "document", lambda: {**said, **changed})
        return identity_settings.tried(desk.world.services, issuer=desk.provider.issuer).fault

    assert fault(issuer=f"{desk.provider.issuer}/") is Fault.OTHER_ISSUER
    assert fault(token_endpoint="http://10.0.0.1/token") is Fault.ENDPOINT
    nothing = identity_settings.tried(desk.world.services, issuer=f"{desk.provider.issuer}/nada")
    assert (nothing.found, nothing.fault) == (None, Fault.DOCUMENT)
    assert identity_settings.tried(desk.world.services, issuer="http://127.0.0.1:9").fault is Fault.SILENT
    with pytest.raises(EvidenceError) as caught:
        identity_settings.tried(desk.world.services, issuer="http://id.agencia.example")
    assert caught.value.code == "issuer"


def test_a_trip_asks_when_the_person_was_asked(desk: Desk) -> None:
    asked = parse_qs(urlsplit(identity.address(desk.world.services, desk.leave())).query)
    assert (asked["prompt"], asked["max_age"]) == (["login"], ["60"])


def test_a_document_of_another_issuer_or_with_odd_endpoints_is_refused(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = desk.provider.document()
    for member, value in (
        ("issuer", "http://127.0.0.1:1"),
        ("token_endpoint", "http://10.0.0.1/token"),
        ("jwks_uri", None),
        ("authorization_endpoint", "javascript:alert(1)"),
    ):
        monkeypatch.setattr(desk.provider, "document", lambda member=member, value=value: {**honest, member: value})
        with pytest.raises(EvidenceError) as caught:
            desk.at_provider(desk.leave())
        assert caught.value.code == "identity_unavailable"
