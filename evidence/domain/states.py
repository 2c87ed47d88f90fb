"""The states of a submission, and every way from one to another: one table, which code asks (protocol, section 6).

A row says: from these states, this act, by these parties, leads there. Where the table of the protocol has two
outcomes, the rows stand in order and the first whose condition holds decides. Whatever is in no row is a 409
``wrong_state``. Facts that arrive (an amendment, a supplement, a finding) can't be refused: ``after_fact`` lets them
leave the state alone where no row moves it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from evidence.domain.errors import Retry, conflict, forbidden


class State(StrEnum):
    """Where a submission stands."""

    PENDING_REVIEW = "pending_review"
    RETURNED = "returned"
    REJECTED = "rejected"
    AWAITING_EVIDENCE = "awaiting_evidence"
    QUEUED = "queued"
    LEASED = "leased"
    IN_PROGRESS = "in_progress"
    NEEDS_INFORMATION = "needs_information"
    DEAD_LETTER = "dead_letter"
    WITHDRAWN = "withdrawn"
    ANSWERED = "answered"
    CLOSED = "closed"


class Act(StrEnum):
    """What may be done to a submission, or happen to it."""

    APPROVE = "approve"
    RETURN = "return"
    REJECT = "reject"
    REOPEN = "reopen"
    AMENDMENT = "amendment"
    SUPPLEMENT = "supplement"
    BLOCKING_FINDING = "blocking_finding"
    ALL_SECURED = "all_secured"
    RELEASE_WITHOUT = "release_without"  # without named media: a new decision, with a reason
    LEASE = "lease"
    RELEASE = "release"
    EXPIRE = "expire"
    FAIL = "fail"
    ACKNOWLEDGE = "acknowledge"
    ASK = "ask"
    ANSWER = "answer"  # in words or by a supplement, without an amendment
    APPROVE_REVISION = "approve_revision"
    RETURN_REVISION = "return_revision"
    APPROVE_CORRECTION = "approve_correction"
    WITHDRAW = "withdraw"
    REROUTE = "reroute"
    HAND_BACK = "hand_back"
    REASSIGN = "reassign"
    PUT_BACK = "put_back"
    SEND_PROVISIONAL = "send_provisional"  # urgent, without an approval: where the agency allows it
    CONFIRM = "confirm"  # the approval that follows in time
    RECALL = "recall"
    RESULT = "result"
    CLOSE = "close"


class By(StrEnum):
    """In what part somebody acts. The caller has settled who that is; an own capture is another check."""

    OFFICER = "officer"
    SUPERVISOR = "supervisor"
    ANOTHER_SUPERVISOR = "another_supervisor"  # than the one who rejected
    CONTRIBUTOR = "contributor"  # whoever may add a supplement: supervisor, laboratory, desk, prosecutor
    HOLDER = "holder"
    FORMER_HOLDER = "former_holder"
    MANAGER = "manager"  # of the holder
    SYSTEM = "system"
    CLOCK = "clock"


class When(StrEnum):
    """The conditions that decide between two outcomes."""

    ALL_SECURED = "all_secured"
    REVISION_PENDING = "revision_pending"
    MACHINE = "machine"
    THIRD_FAILURE = "third_failure"
    PROVISIONAL = "provisional"


class Effect(StrEnum):
    """What else follows."""

    APPROVAL_VOID = "approval_void"
    REVISION_PENDING = "revision_pending"
    REVISION_SETTLED = "revision_settled"
    COUNTS_AS_FAILURE = "counts_as_failure"
    LATE = "late"


MACHINE_FAILURES = 3
"""After so many failures of machine leases a submission goes to the dead-letter shelf."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What an outcome may turn on. ``failures`` are those of machine leases before this act."""

    all_secured: bool = False
    revision_pending: bool = False
    machine: bool = False
    failures: int = 0
    provisional: bool = False

    def hold(self, when: When | None) -> bool:
        """Whether the condition holds; no condition always does."""
        return {
            None: True,
            When.ALL_SECURED: self.all_secured,
            When.REVISION_PENDING: self.revision_pending,
            When.MACHINE: self.machine,
            When.PROVISIONAL: self.provisional,
            When.THIRD_FAILURE: self.machine and self.failures + 1 >= MACHINE_FAILURES,
        }[when]


@dataclass(frozen=True, slots=True)
class Row:
    """One way. ``to`` is ``None`` where the state stays."""

    states: frozenset[State]
    act: Act
    by: frozenset[By]
    to: State | None
    when: When | None = None
    effects: frozenset[Effect] = frozenset()


@dataclass(frozen=True, slots=True)
class Outcome:
    state: State
    effects: frozenset[Effect] = frozenset()


def _row(states: Iterable[State], act: Act, by: By | Iterable[By], to: State | None, *rest: When | Effect) -> Row:
    parties = frozenset({by}) if isinstance(by, By) else frozenset(by)
    when = next((one for one in rest if isinstance(one, When)), None)
    return Row(frozenset(states), act, parties, to, when, frozenset(e for e in rest if isinstance(e, Effect)))


_S, _A = State, Act
_VOIDABLE = (_S.AWAITING_EVIDENCE, _S.QUEUED, _S.DEAD_LETTER)
HELD = (_S.LEASED, _S.IN_PROGRESS, _S.NEEDS_INFORMATION)
"""Somebody has it."""
RECALLED = (_S.QUEUED, *HELD, _S.DEAD_LETTER)
"""What was sent provisionally comes back from here; an answer can't be recalled."""
_FACTS_FROM = {_A.AMENDMENT: By.OFFICER, _A.SUPPLEMENT: By.CONTRIBUTOR, _A.BLOCKING_FINDING: By.SYSTEM}
_VOID, _PENDING, _SETTLED = Effect.APPROVAL_VOID, Effect.REVISION_PENDING, Effect.REVISION_SETTLED

TABLE: tuple[Row, ...] = (
    _row([_S.PENDING_REVIEW], _A.APPROVE, By.SUPERVISOR, _S.QUEUED, When.ALL_SECURED),
    _row([_S.PENDING_REVIEW], _A.APPROVE, By.SUPERVISOR, _S.AWAITING_EVIDENCE),
    # The officer returns it to himself: the capture was discarded, or its head no longer names the item.
    _row([_S.PENDING_REVIEW], _A.RETURN, (By.SUPERVISOR, By.OFFICER), _S.RETURNED),
    _row([_S.PENDING_REVIEW], _A.REJECT, By.SUPERVISOR, _S.REJECTED),
    _row([_S.RETURNED], _A.AMENDMENT, By.OFFICER, _S.PENDING_REVIEW),
    _row([_S.RETURNED], _A.SUPPLEMENT, By.CONTRIBUTOR, _S.PENDING_REVIEW),
    _row([_S.RETURNED], _A.REOPEN, (By.SUPERVISOR, By.ANOTHER_SUPERVISOR), _S.PENDING_REVIEW),
    _row([_S.REJECTED], _A.REOPEN, By.ANOTHER_SUPERVISOR, _S.PENDING_REVIEW),
    _row([_S.AWAITING_EVIDENCE], _A.ALL_SECURED, By.SYSTEM, _S.QUEUED),
    _row([_S.AWAITING_EVIDENCE], _A.RELEASE_WITHOUT, By.SUPERVISOR, _S.QUEUED),
    # The protocol names amendment and finding; a supplement that changes the digest voids an approval just as well.
    *(_row(_VOIDABLE, act, by, _S.PENDING_REVIEW, _VOID) for act, by in _FACTS_FROM.items()),
    _row([_S.QUEUED], _A.LEASE, By.HOLDER, _S.LEASED),
    # What is no longer approved never goes back into a queue.
    _row([_S.LEASED], _A.RELEASE, By.HOLDER, _S.PENDING_REVIEW, When.REVISION_PENDING, _VOID, _SETTLED),
    _row([_S.LEASED], _A.RELEASE, By.HOLDER, _S.QUEUED),
    _row([_S.LEASED], _A.EXPIRE, By.CLOCK, _S.PENDING_REVIEW, When.REVISION_PENDING, _VOID, _SETTLED),
    _row([_S.LEASED], _A.EXPIRE, By.CLOCK, _S.DEAD_LETTER, When.THIRD_FAILURE, Effect.COUNTS_AS_FAILURE),
    _row([_S.LEASED], _A.EXPIRE, By.CLOCK, _S.QUEUED, When.MACHINE, Effect.COUNTS_AS_FAILURE),
    _row([_S.LEASED], _A.EXPIRE, By.CLOCK, _S.QUEUED),
    _row(HELD[:2], _A.FAIL, By.HOLDER, _S.PENDING_REVIEW, When.REVISION_PENDING, _VOID, _SETTLED),
    _row(HELD[:2], _A.FAIL, By.HOLDER, _S.DEAD_LETTER, When.THIRD_FAILURE, Effect.COUNTS_AS_FAILURE),
    _row(HELD[:2], _A.FAIL, By.HOLDER, _S.QUEUED, When.MACHINE, Effect.COUNTS_AS_FAILURE),
    _row(HELD[:2], _A.FAIL, By.HOLDER, _S.QUEUED),
    _row([_S.LEASED], _A.ACKNOWLEDGE, By.HOLDER, _S.IN_PROGRESS),
    _row(HELD[:2], _A.ASK, By.HOLDER, _S.NEEDS_INFORMATION),
    # An answer whose facts are new content waits for the supervisor's approval of the revision.
    _row(HELD[2:], _A.ANSWER, (By.OFFICER, By.SUPERVISOR), None, When.REVISION_PENDING),
    _row(HELD[2:], _A.ANSWER, (By.OFFICER, By.SUPERVISOR), _S.IN_PROGRESS),
    _row(HELD, _A.AMENDMENT, By.OFFICER, None, _PENDING),
    _row(HELD, _A.SUPPLEMENT, By.CONTRIBUTOR, None, _PENDING),
    # Whoever works on it must hear that a file is unsafe or gone, and nobody else may get it as approved.
    _row(HELD, _A.BLOCKING_FINDING, By.SYSTEM, None, _PENDING),
    *(
        row
        for act in (_A.APPROVE_REVISION, _A.RETURN_REVISION)
        for row in (
            _row(HELD[:2], act, By.SUPERVISOR, None, When.REVISION_PENDING, _SETTLED),
            _row(HELD[2:], act, By.SUPERVISOR, _S.IN_PROGRESS, When.REVISION_PENDING, _SETTLED),
        )
    ),
    _row([_S.QUEUED, *HELD, _S.DEAD_LETTER], _A.WITHDRAW, By.SUPERVISOR, _S.WITHDRAWN),
    # The system reroutes when a route ends: an accreditation lost while the submission waits.
    _row([_S.QUEUED, _S.DEAD_LETTER], _A.REROUTE, (By.SUPERVISOR, By.SYSTEM), _S.QUEUED),
    _row([_S.IN_PROGRESS], _A.HAND_BACK, By.HOLDER, _S.PENDING_REVIEW, When.REVISION_PENDING, _VOID, _SETTLED),
    _row([_S.IN_PROGRESS], _A.HAND_BACK, By.HOLDER, _S.QUEUED),
    _row([_S.IN_PROGRESS], _A.REASSIGN, By.MANAGER, _S.IN_PROGRESS),
    _row([_S.DEAD_LETTER], _A.PUT_BACK, By.SUPERVISOR, _S.QUEUED),
    # Beside the protocol's table, for agencies that switch it on: sent without approval, confirmed in time or recalled.
    _row([_S.PENDING_REVIEW], _A.SEND_PROVISIONAL, By.SUPERVISOR, _S.QUEUED, When.ALL_SECURED),
    _row([_S.QUEUED, *HELD, _S.ANSWERED], _A.CONFIRM, By.SUPERVISOR, None, When.PROVISIONAL),
    _row(RECALLED, _A.RECALL, By.CLOCK, _S.PENDING_REVIEW, When.PROVISIONAL, _VOID, _SETTLED),
    _row(HELD, _A.RESULT, By.HOLDER, _S.ANSWERED),
    _row([_S.QUEUED, *HELD, _S.WITHDRAWN], _A.RESULT, By.FORMER_HOLDER, _S.ANSWERED, Effect.LATE),
    _row([_S.ANSWERED, _S.CLOSED], _A.RESULT, (By.HOLDER, By.FORMER_HOLDER), _S.ANSWERED),
    # A correction after the answer waits for a supervisor in the same place.
    _row([_S.ANSWERED], _A.AMENDMENT, By.OFFICER, None, _PENDING),
    _row([_S.ANSWERED], _A.SUPPLEMENT, By.CONTRIBUTOR, None, _PENDING),
    _row([_S.ANSWERED], _A.APPROVE_CORRECTION, By.SUPERVISOR, _S.IN_PROGRESS, When.REVISION_PENDING, _SETTLED),
    _row([_S.ANSWERED], _A.CLOSE, (By.SUPERVISOR, By.CLOCK), _S.CLOSED),
)
FACTS = frozenset({Act.AMENDMENT, Act.SUPPLEMENT, Act.BLOCKING_FINDING, Act.ALL_SECURED})
"""Acts that tell of something that happened. They are never refused."""

_CALM = Circumstances()


def next_state(state: State, act: Act, by: By, circumstances: Circumstances = _CALM) -> Outcome:
    """Where the act leads, and what else follows.

    ``conflict`` ``wrong_state`` when no row takes this act from this state as things stand; ``forbidden``
    ``not_your_act`` when one does, but not from this party.
    """
    rows = [row for row in TABLE if state in row.states and row.act is act and circumstances.hold(row.when)]
    if not rows:
        raise conflict("wrong_state", f"{act} is not possible while {state}", retry=Retry.AFTER_UPDATE)
    for row in rows:
        if by in row.by:
            return Outcome(row.to or state, row.effects)
    raise forbidden("not_your_act", f"{act} while {state} is not for the {by}")


def after_fact(state: State, act: Act, by: By, circumstances: Circumstances = _CALM) -> Outcome:
    """Where a fact that arrived leaves the submission: as the table says, else where it was.

    An amendment or supplement counts only when it changed this submission's content. ``ValueError`` for an act
    that is not a fact.
    """
    if act not in FACTS:
        raise ValueError(f"{act} is an act, not a fact")
    if any(state in row.states and row.act is act and circumstances.hold(row.when) for row in TABLE):
        return next_state(state, act, by, circumstances)
    return Outcome(state)


def act_of_decision(state: State, decision: str, *, confirms: bool = False) -> Act:
    """The act that a supervisor's ``approve``, ``return`` or ``reject`` is in this state; the table judges it.

    ``confirms``: it was sent provisionally, and its content has not changed since.
    """
    if decision == "approve" and confirms:
        return Act.CONFIRM
    if decision == "approve" and state is State.ANSWERED:
        return Act.APPROVE_CORRECTION
    if state in HELD and decision in ("approve", "return"):
        return Act.APPROVE_REVISION if decision == "approve" else Act.RETURN_REVISION
    return {"approve": Act.APPROVE, "return": Act.RETURN, "reject": Act.REJECT}[decision]
