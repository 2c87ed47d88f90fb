"""The submission's table: every pair of state and act, against the protocol's table written out a second time."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.domain import states
from evidence.domain.errors import Category, EvidenceError
from evidence.domain.states import FACTS, TABLE, Act, By, Circumstances, Effect, Outcome, State, When, next_state

HELD = "leased in_progress needs_information"
# states | act | by | to ("=" stays; "a/b" is a where the first named circumstance holds) | circumstance
PROTOCOL = f"""
pending_review | approve | supervisor | queued/awaiting_evidence | all_secured
pending_review | return | supervisor officer | returned |
pending_review | reject | supervisor | rejected |
returned | amendment | officer | pending_review |
returned | supplement | contributor | pending_review |
returned | reopen | supervisor another_supervisor | pending_review |
rejected | reopen | another_supervisor | pending_review |
awaiting_evidence | all_secured | system | queued |
awaiting_evidence | release_without | supervisor | queued |
awaiting_evidence queued dead_letter | amendment | officer | pending_review |
awaiting_evidence queued dead_letter | supplement | contributor | pending_review |
awaiting_evidence queued dead_letter | blocking_finding | system | pending_review |
queued | lease | holder | leased |
leased | release | holder | pending_review/queued | revision_pending
leased | expire | clock | pending_review/dead_letter/queued | revision_pending third_failure
leased in_progress | fail | holder | pending_review/dead_letter/queued | revision_pending third_failure
leased | acknowledge | holder | in_progress |
leased in_progress | ask | holder | needs_information |
needs_information | answer | officer supervisor | =/in_progress | revision_pending
{HELD} | amendment | officer | = |
{HELD} | supplement | contributor | = |
{HELD} | blocking_finding | system | = |
leased in_progress | approve_revision | supervisor | =/! | revision_pending
leased in_progress | return_revision | supervisor | =/! | revision_pending
needs_information | approve_revision | supervisor | in_progress/! | revision_pending
needs_information | return_revision | supervisor | in_progress/! | revision_pending
queued {HELD} dead_letter | withdraw | supervisor | withdrawn |
queued dead_letter | reroute | supervisor system | queued |
in_progress | hand_back | holder | pending_review/queued | revision_pending
in_progress | reassign | manager | in_progress |
dead_letter | put_back | supervisor | queued |
pending_review | send_provisional | supervisor | queued/! | all_secured
queued {HELD} answered | confirm | supervisor | =/! | provisional
queued {HELD} dead_letter | recall | clock | pending_review/! | provisional
{HELD} | result | holder former_holder | answered |
queued withdrawn | result | former_holder | answered |
answered closed | result | holder former_holder | answered |
answered | amendment | officer | = |
answered | supplement | contributor | = |
answered | approve_correction | supervisor | in_progress/! | revision_pending
answered | close | supervisor clock | closed |
"""


def parsed() -> dict[tuple[str, str], tuple[set[str], list[str], list[str]]]:
    found = {}
    for line in PROTOCOL.strip().splitlines():
        froms, act, by, to, when = (cell.strip() for cell in line.split("|"))
        for state in froms.split():
            assert (state, act) not in found
            found[state, act] = (set(by.split()), to.split("/"), when.split())
    return found


EXPECTED = parsed()
CIRCUMSTANCES = st.builds(
    Circumstances,
    all_secured=st.booleans(),
    revision_pending=st.booleans(),
    machine=st.booleans(),
    failures=st.integers(0, 4),
    provisional=st.booleans(),
)


def holds(name: str, circumstances: Circumstances) -> bool:
    third = circumstances.machine and circumstances.failures >= 2
    return third if name == "third_failure" else bool(getattr(circumstances, name))


@given(st.sampled_from(State), st.sampled_from(Act), st.sampled_from(By), CIRCUMSTANCES)
def test_any_pair_and_circumstance_goes_where_the_protocol_says(
    state: State, act: Act, by: By, circumstances: Circumstances
) -> None:
    check_pair(state, act, by, circumstances)


@pytest.mark.parametrize(("state", "act"), list(product(State, Act)))
def test_no_pair_is_left_out(state: State, act: Act) -> None:
    for by in By:
        for calm in (Circumstances(), Circumstances(revision_pending=True), Circumstances(machine=True, failures=2)):
            check_pair(state, act, by, calm)


def check_pair(state: State, act: Act, by: By, circumstances: Circumstances) -> None:
    parties, ways, conditions = EXPECTED.get((state, act), (set(), ["!"], []))
    way = next((ways[at] for at, name in enumerate(conditions) if holds(name, circumstances)), ways[-1])
    if way == "!":
        with pytest.raises(EvidenceError) as refused:
            next_state(state, act, by, circumstances)
        assert (refused.value.category, refused.value.code) == (Category.CONFLICT, "wrong_state")
    elif by not in parties:
        with pytest.raises(EvidenceError) as refused:
            next_state(state, act, by, circumstances)
        assert (refused.value.category, refused.value.code) == (Category.FORBIDDEN, "not_your_act")
    else:
        assert next_state(state, act, by, circumstances).state == (state if way == "=" else way)


@given(st.sampled_from(State), st.sampled_from(sorted(FACTS)), CIRCUMSTANCES)
def test_a_fact_is_never_refused(state: State, act: Act, circumstances: Circumstances) -> None:
    by = {Act.AMENDMENT: By.OFFICER, Act.SUPPLEMENT: By.CONTRIBUTOR}.get(act, By.SYSTEM)
    outcome = states.after_fact(state, act, by, circumstances)
    if (state, act) in EXPECTED:
        assert outcome == next_state(state, act, by, circumstances)
    else:
        assert outcome == Outcome(state)


def test_an_act_is_no_fact() -> None:
    with pytest.raises(ValueError, match="not a fact"):
        states.after_fact(State.QUEUED, Act.LEASE, By.HOLDER)


def test_what_changes_after_an_approval_voids_it_or_waits_for_the_supervisor() -> None:
    for state in (State.AWAITING_EVIDENCE, State.QUEUED, State.DEAD_LETTER):
        assert next_state(state, Act.AMENDMENT, By.OFFICER).effects == {Effect.APPROVAL_VOID}
    for state in (State.LEASED, State.IN_PROGRESS, State.NEEDS_INFORMATION, State.ANSWERED):
        assert next_state(state, Act.SUPPLEMENT, By.CONTRIBUTOR).effects == {Effect.REVISION_PENDING}
    pending = Circumstances(revision_pending=True, machine=True, failures=9)
    for act, by in ((Act.EXPIRE, By.CLOCK), (Act.RELEASE, By.HOLDER), (Act.FAIL, By.HOLDER)):
        outcome = next_state(State.LEASED, act, by, pending)
        assert outcome == Outcome(State.PENDING_REVIEW, frozenset({Effect.APPROVAL_VOID, Effect.REVISION_SETTLED}))


def test_only_a_machines_failures_count_and_the_third_shelves() -> None:
    person = next_state(State.LEASED, Act.EXPIRE, By.CLOCK, Circumstances(failures=7))
    assert person == Outcome(State.QUEUED)
    state, failures = State.LEASED, 0
    while state is State.LEASED:
        outcome = next_state(state, Act.EXPIRE, By.CLOCK, Circumstances(machine=True, failures=failures))
        failures += Effect.COUNTS_AS_FAILURE in outcome.effects
        state = State.LEASED if outcome.state is State.QUEUED else outcome.state
    assert (state, failures) == (State.DEAD_LETTER, 3)


def test_a_result_of_who_no_longer_holds_it_is_taken_and_marked_late() -> None:
    for state in (State.QUEUED, State.LEASED, State.IN_PROGRESS, State.NEEDS_INFORMATION, State.WITHDRAWN):
        assert next_state(state, Act.RESULT, By.FORMER_HOLDER) == Outcome(State.ANSWERED, frozenset({Effect.LATE}))
    assert next_state(State.LEASED, Act.RESULT, By.HOLDER) == Outcome(State.ANSWERED)
    assert next_state(State.ANSWERED, Act.RESULT, By.FORMER_HOLDER) == Outcome(State.ANSWERED)


@pytest.mark.parametrize(
    ("state", "decision", "act"),
    [
        (State.PENDING_REVIEW, "approve", Act.APPROVE),
        (State.PENDING_REVIEW, "reject", Act.REJECT),
        (State.LEASED, "approve", Act.APPROVE_REVISION),
        (State.NEEDS_INFORMATION, "return", Act.RETURN_REVISION),
        (State.IN_PROGRESS, "reject", Act.REJECT),
        (State.ANSWERED, "approve", Act.APPROVE_CORRECTION),
        (State.QUEUED, "approve", Act.APPROVE),
    ],
)
def test_a_decision_is_the_act_that_fits_the_state(state: State, decision: str, act: Act) -> None:
    assert states.act_of_decision(state, decision) is act


def test_every_state_can_be_reached_and_every_row_can_be_taken() -> None:
    reached = {State.PENDING_REVIEW}
    while True:
        more = {row.to for row in TABLE if row.to and row.states & reached} - reached
        if not more:
            break
        reached |= more
    assert reached == set(State)
    for at, row in enumerate(TABLE):
        shadowing = [
            one
            for one in TABLE[:at]
            if one.act is row.act and one.states & row.states and one.by & row.by and one.when is None
        ]
        assert not shadowing, f"row {at} can never be taken"


@given(CIRCUMSTANCES)
def test_a_condition_says_what_its_name_says(circumstances: Circumstances) -> None:
    assert circumstances.hold(None)
    assert circumstances.hold(When.MACHINE) == circumstances.machine
    assert circumstances.hold(When.THIRD_FAILURE) == holds("third_failure", circumstances)
