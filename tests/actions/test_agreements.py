"""Agreements: both sides, their dates and their end; and what a named partner may do, and sees, by one."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from partner_world import ALWAYS, PartnerWorld
from sqlalchemy import create_engine, select, text, update
from sqlalchemy.exc import DBAPIError

from evidence.actions.accounts import agreements, organisations, sharing
from evidence.actions.deciding import review_list, review_screen
from evidence.domain.callers import SYSTEM, PersonCaller
from evidence.domain.errors import EvidenceError
from evidence.domain.roles import Role
from evidence.records.agreements import Agreement
from evidence.records.captures import Capture, Manifest
from evidence.records.custody import CustodyDetail, CustodyEntry
from evidence.records.people import Account, Person, RoleAssignment
from evidence.records.retention import Reserve
from evidence.records.submissions import Decision, Reading, Submission
from standalone.postgres import DatabaseUrls
from standalone.recovery import SERIAL

READ = ("legible", SERIAL)


@pytest.fixture
def world(fresh_database_urls: DatabaseUrls) -> Iterator[PartnerWorld]:
    made = PartnerWorld(fresh_database_urls)
    made.arrive()
    yield made
    made.check_log()
    made.close()


def code_of(act: Any) -> str:
    with pytest.raises(EvidenceError) as refused:
        act()
    return refused.value.code


def change(world: PartnerWorld, statement: Any) -> None:
    with world.worker.kw["bind"].begin() as connection:
        connection.execute(statement)


def owner_sql(world: PartnerWorld, statement: str, **values: Any) -> None:
    """What neither application role may write, for a test that needs another moment."""
    engine = create_engine(world.urls.owner.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE agreement DISABLE TRIGGER guard"))
        connection.execute(text(statement), values)
        connection.execute(text("ALTER TABLE agreement ENABLE TRIGGER guard"))
    engine.dispose()


def seen(world: PartnerWorld, by: PersonCaller) -> list[int]:
    """How many captures, manifests and requests the wall shows."""
    return [len(world.rows(select(table), by=by)) for table in (Capture, Manifest, Submission)]


def refused_by_wall(world: PartnerWorld, by: PersonCaller, statement: Any, values: Any = None) -> bool:
    with world.api() as session:
        world._enter(session, by)
        try:
            session.execute(statement, values)
        except DBAPIError as refused:
            return refused.orig.sqlstate == "42501"
    return False


NOTHING, ALL = [0, 0, 0], [1, 1, 2]


def guest(world: PartnerWorld, person: PersonCaller) -> PersonCaller:
    """As if admitted, so that the wall alone is tried."""
    return replace(
        person,
        organisation_id=world.agency,
        home_id=person.organisation_id,
        agreement_id=world.agency,
        roles=frozenset({Role.SUPERVISOR}),
    )


def test_both_sides_say_their_part_in_turn_and_nobody_says_the_others(world: PartnerWorld) -> None:
    row = world.offer()
    for by, act, facts in (
        (world.admin, agreements.accept, {"approvers": [world.approver.person_id]}),
        (world.admin, agreements.confirm, {}),
        (world.partner_admin, agreements.confirm, {}),
        (world.outsider, agreements.accept, {"approvers": []}),
        (world.outsider, agreements.revoke, {"reason": "x"}),
    ):
        assert code_of(lambda by=by, act=act, facts=facts: world.act(by, act, agreement_id=row.id, **facts)) in (
            "not_found",
            "wrong_state",
        )
    assert code_of(lambda: world.accept(row)) == "agreement_approvers"
    assert code_of(lambda: world.accept(row, world.partner_admin)) == "agreement_approvers"
    assert code_of(lambda: world.accept(row, world.supervisor)) == "agreement_approvers"
    accepted = world.accept(row, world.approver)
    assert accepted.approver_names[0]["code"] == "P-201"
    assert code_of(lambda: world.as_guest(world.approver)) == "not_found"
    assert code_of(lambda: world.accept(row, world.unnamed)) == "wrong_state"
    world.act(world.admin, agreements.confirm, agreement_id=row.id)
    assert world.as_guest(world.approver).agreement_id == row.id
    ended = world.act(world.partner_admin, agreements.revoke, agreement_id=row.id, reason="personal insuficiente")
    assert ended.revoked_of == world.partner
    assert code_of(lambda: world.as_guest(world.approver)) == "not_found"
    ours, theirs = (
        world.rows(
            select(CustodyEntry.kind)
            .where(CustodyEntry.kind.startswith("agreement."))
            .order_by(CustodyEntry.at, CustodyEntry.seq),
            by=by,
        )
        for by in (world.admin, world.partner_admin)
    )
    assert set(ours) == {f"agreement.{one}" for one in ("offered", "accepted", "confirmed", "revoked")} == set(theirs)


@pytest.mark.parametrize(
    "wrong",
    [
        {"shares": ["everything"]},
        {"approves": False},
        {"approves": False, "windows": [], "when_absent": False},
        {"windows": [], "when_absent": False},
        {"windows": [{"days": [0], "from": "08:00", "until": "09:00"}]},
        {"windows": [{"days": [1], "from": "08:00", "until": "08:00"}]},
        {"windows": [{"days": [1], "from": "8:00", "until": "25:00"}]},
        {"zone": "Europe/Paris"},
    ],
)
def test_terms_that_do_not_fit_are_refused(world: PartnerWorld, wrong: dict[str, Any]) -> None:
    assert code_of(lambda: world.offer(**wrong)) == "agreement_terms"


def test_terms_have_an_end_within_three_years(world: PartnerWorld) -> None:
    now = world.clock.now()
    for start, end in ((0, 0), (-9, -1), (0, 2000)):
        facts = {"valid_from": now + timedelta(days=start), "valid_until": now + timedelta(days=end)}
        assert code_of(lambda facts=facts: world.offer(**facts)) == "agreement_terms"


def test_a_named_partner_reads_and_approves_and_the_log_says_for_whom(world: PartnerWorld) -> None:
    row = world.agree()
    approver = world.as_guest(world.approver)
    assert seen(world, approver) == ALL
    cases, _ = world.ask(approver, review_list.listed, shown="review", limit=10, after=None)
    assert [(one.officer, one.own) for one in cases] == [("", False)]
    screen = world.act(approver, review_screen.open_screen, capture_id=world.signed.capture_id)
    assert (screen.people, screen.items[0]["blind"]) == ([], True)
    world.open_all(approver)
    made = world.decide(approver, "approve", reading=READ)
    submission = world.submission()
    assert (submission.state, submission.approved_by) == ("queued", world.approver.person_id)
    assert (submission.holder_id, made.person_id) == (world.desk, world.approver.person_id)
    world.append_noted()
    told = select(CustodyDetail.details).join(CustodyEntry, CustodyEntry.entry_id == CustodyDetail.entry_id)
    details = world.rows(told.where(CustodyEntry.kind == "decision.made"))[0]
    assert (details["partner_id"], details["agreement_id"]) == (str(world.partner), str(row.id))
    assert world.rows(select(Reading.organisation_id)) == [world.partner]
    looked = world.rows(select(CustodyEntry.actor_id).where(CustodyEntry.kind == "view.opened"))
    assert set(looked) == {world.approver.person_id}
    assert seen(world, approver) == ALL, "what one decided over stays readable while the agreement runs"


def test_a_partner_returns_but_does_not_reject_nor_touch_what_was_decided(world: PartnerWorld) -> None:
    world.agree()
    approver = world.as_guest(world.approver)
    world.open_all(world.supervisor)
    assert code_of(lambda: world.decide(approver, "reject", reason="x")) == "not_for_a_partner"
    world.decide(approver, "return", "ballistics", reason="foto_movida")
    assert world.submission("ballistics").state == "returned"
    assert code_of(lambda: world.decide(approver, "reopen", "ballistics", reason="x")) == "not_for_a_partner"


def test_no_own_captures(world: PartnerWorld) -> None:
    world.agree()
    officer = world.officer.person_id
    owner_sql(world, "UPDATE agreement SET approvers = ARRAY[CAST(:p AS uuid)]", p=officer)
    same = replace(world.approver, person_id=officer)
    assert seen(world, guest(world, same)) == NOTHING


def test_who_is_not_named_sees_nothing(world: PartnerWorld) -> None:
    world.agree()
    for person in (world.unnamed, world.partner_admin, world.outsider, world.examiner):
        assert code_of(lambda person=person: world.as_guest(person)) == "not_found"
        assert seen(world, guest(world, person)) == NOTHING
    # Without saying for whom, the named one sees nothing either.
    assert seen(world, world.approver) == NOTHING
    # Nor as if from another organisation, nor for another agency.
    assert seen(world, replace(guest(world, world.approver), home_id=world.stranger)) == NOTHING
    assert seen(world, replace(guest(world, world.approver), organisation_id=world.laboratory)) == NOTHING


@pytest.mark.parametrize(
    "moved",
    [
        "valid_from = now() + interval '1 second'",
        "valid_from = now() - interval '2 days', valid_until = now() - interval '1 second'",
        "revoked_at = now()",
        "accepted_at = NULL",
        "confirmed_at = NULL",
        "approves = false",
        "approvers = '{}'",
        "windows = '[]', when_absent = false",
        "windows = '[]'",  # two supervisors of the agency hold the role
    ],
)
def test_outside_the_agreement_the_wall_is_whole(world: PartnerWorld, moved: str) -> None:
    world.agree()
    approver = world.as_guest(world.approver)
    assert seen(world, approver) == ALL
    owner_sql(world, f"UPDATE agreement SET {moved}")
    assert seen(world, approver) == NOTHING
    assert code_of(lambda: world.decide(approver, "approve", reading=READ)) == "not_found"


def test_a_partner_stands_in_when_no_other_supervisor_holds_the_role(world: PartnerWorld) -> None:
    world.agree(windows=[], when_absent=True)
    approver = guest(world, world.approver)
    assert seen(world, approver) == NOTHING
    others = [world.supervisor.person_id, world.other.person_id]
    change(world, update(RoleAssignment).where(RoleAssignment.person_id.in_(others)).values(valid_until=text("now()")))
    assert seen(world, approver) == ALL, "only the officer who captured is left, who is no supervisor of this one"
    change(world, update(RoleAssignment).where(RoleAssignment.person_id == others[0]).values(valid_until=None))
    assert seen(world, approver) == NOTHING


def test_a_window_past_midnight_belongs_to_the_day_on_which_it_begins(world: PartnerWorld) -> None:
    asked = text("SELECT in_windows(CAST(:w AS jsonb), 'America/Monterrey', CAST(:at AS timestamptz))")
    friday = '[{"days": [5], "from": "20:00", "until": "06:00"}]'
    day = '[{"days": [1], "from": "08:00", "until": "15:00"}]'
    with world.api() as session:
        for windows, at, inside in (
            (friday, "2026-11-27T19:59:59-06:00", False),
            (friday, "2026-11-27T20:00:00-06:00", True),
            (friday, "2026-11-28T05:59:59-06:00", True),
            (friday, "2026-11-28T06:00:00-06:00", False),
            (friday, "2026-11-28T21:00:00-06:00", False),
            (friday, "2026-11-27T05:00:00-06:00", False),
            (day, "2026-11-23T08:00:00-06:00", True),
            (day, "2026-11-23T15:00:00-06:00", False),
            ("[]", "2026-11-23T10:00:00-06:00", False),
        ):
            assert session.execute(asked, {"w": windows, "at": at}).scalar_one() is inside, at


def test_only_what_waits_is_shown_and_never_what_is_reserved(world: PartnerWorld) -> None:
    world.agree()
    approver = guest(world, world.approver)
    with world.worker() as session, session.begin():
        now = world.clock.now()
        facts = {"id": world.services.entropy.uuid7(), "agency_id": world.agency, "root_id": world.signed.capture_id}
        by = {"asked_by": world.admin.person_id, "asked_at": now, "confirmed_by": world.other.person_id}
        session.add(Reserve(**facts, **by, reference="A-1", reason="x", readers=[], confirmed_at=now))
    assert seen(world, approver) == NOTHING
    change(world, update(Reserve).values(lifted_at=text("now()")))
    assert seen(world, approver) == ALL
    change(world, update(Submission).values(state="returned"))
    assert seen(world, approver) == NOTHING
    change(world, update(Submission).values(state="pending_review"))


def test_a_guest_reads_no_accounts_no_other_people_and_no_chain(world: PartnerWorld) -> None:
    world.agree()
    approver = guest(world, world.approver)
    people = world.rows(select(Person.code).where(Person.organisation_id == world.agency), by=approver)
    assert people == ["O-101"]
    assert world.rows(select(Account).where(Account.organisation_id == world.agency), by=approver) == []
    assert world.rows(select(CustodyDetail), by=approver) != [], "its own organisation's entries"
    assert not [
        one
        for one in world.rows(select(CustodyDetail), by=approver)
        if one.agency_id == world.agency and "agreement_id" not in one.details
    ]


def test_neither_side_writes_the_others_part_around_the_action(world: PartnerWorld) -> None:
    row = world.offer()
    forged = {
        "agency": "UPDATE agreement SET accepted_at = now(), approvers = ARRAY[CAST(:p AS uuid)]",
        "partner": "UPDATE agreement SET confirmed_at = now()",
    }
    for by, statement in ((world.admin, forged["agency"]), (world.partner_admin, forged["partner"])):
        assert refused_by_wall(world, by, text(statement), {"p": world.approver.person_id})
    for statement in (
        "UPDATE agreement SET approves = true",
        "UPDATE agreement SET windows = '[]'",
        "DELETE FROM agreement",
    ):
        assert refused_by_wall(world, world.admin, text(statement))
    # An offer in another's name, or one that is already accepted.
    begun = {column.name: getattr(row, column.name) for column in Agreement.__table__.columns}
    for wrong in (
        {"agency_id": world.agency, "partner_id": world.stranger},
        {"agency_id": world.partner, "accepted_at": world.clock.now()},
    ):
        assert refused_by_wall(
            world,
            world.partner_admin,
            Agreement.__table__.insert().values({**begun, **wrong, "id": world.services.entropy.uuid7()}),
        )


def test_a_partner_sees_counts_with_small_numbers_masked_and_only_while_it_is_agreed(world: PartnerWorld) -> None:
    row = world.offer(shares=["statistics", "hits"], approves=False, windows=[], when_absent=False)

    def look(by: PersonCaller) -> sharing.Shared:
        return world.act(by, sharing.look, agency_id=world.agency)

    assert look(world.partner_admin).months == []
    world.accept(row)
    month = look(world.partner_admin).months[-1]
    assert (month["captures"], month["approved"]) == (None, 0), "one capture is not told from four; none is none"
    for n in range(4):
        world.send(world.sign(f"1{n}"))
    assert look(world.partner_admin).months[-1]["captures"] == 5
    assert look(world.outsider).months == []
    told = world.rows(select(CustodyEntry.kind).where(CustodyEntry.kind == "agreement.viewed"), by=world.admin)
    assert len(told) == 2, "the agency hears that its counts were looked at"
    world.act(world.admin, agreements.revoke, agreement_id=row.id, reason="fin")
    assert look(world.partner_admin).months == []


def test_hits_are_shared_only_where_it_is_agreed(world: PartnerWorld) -> None:
    submission = world.submission("ballistics")
    with world.worker() as session, session.begin():
        facts = {"root": submission.root_id, "s": submission.id, "a": world.agency, "o": world.laboratory}
        made = (
            "INSERT INTO result (id, submission_id, root_id, agency_id, organisation_id, recorder_id, code, final,"
            " answers_digest, payload_sha256, facts) VALUES (gen_random_uuid(), :s, :root, :a, :o, gen_random_uuid(),"
            " :code, true, 'x', 'x', '{}')"
        )
        for code in ("hit", "lead"):
            session.execute(text(made), {**facts, "code": code})
    without = world.offer(shares=["statistics"], approves=False, windows=[], when_absent=False)
    world.accept(without)
    assert world.act(world.partner_admin, sharing.look, agency_id=world.agency).hits == []
    world.accept(world.offer(shares=["hits"], approves=False, windows=[], when_absent=False))
    hits = world.act(world.partner_admin, sharing.look, agency_id=world.agency).hits
    assert [(one["item_kind"], one["laboratory"]) for one in hits] == [("firearm", "LAB-A (inventada)")]


def test_a_route_matches_a_fuero_of_the_list_only(world: PartnerWorld) -> None:
    def make(fuero: str) -> Any:
        with world.worker() as session, session.begin():
            facts = {"agency_id": world.agency, "destination": "etrace", "organisation_id": world.desk}
            return organisations.make_route(session, world.services, actor=SYSTEM, **facts, matchers={"fuero": [fuero]})

    assert code_of(lambda: make("común")) == "route_matcher"
    assert make("comun").matchers == {"fuero": ["comun"]}


def test_windows_are_kept_as_they_were_agreed(world: PartnerWorld) -> None:
    world.agree()
    rows, named = world.ask(world.partner_admin, agreements.listed)
    assert [one.windows for one in rows] == [ALWAYS]
    assert {one.code for one in named} == {"PEM-A", "FGE-A"}
    assert world.rows(select(Decision), by=world.partner_admin) == []
