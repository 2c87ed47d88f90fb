"""The states of a file and of a capture (protocol, section 5). A capture's state follows from its files'."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType

from evidence.domain.errors import Retry, conflict


class MediaState(StrEnum):
    """Where a file stands. ``quarantined``: right bytes, unsafe or unreadable content; kept, never inline."""

    EXPECTED = "expected"
    RECEIVED = "received"
    VERIFYING = "verifying"
    SECURED = "secured"
    QUARANTINED = "quarantined"
    LOST = "lost"  # the phone says that it will not arrive
    WITHHELD = "withheld"  # kept back by the officer, with a reason; its hash stays
    DAMAGED = "damaged"  # the stored version no longer reads to its hash
    EXPUNGED = "expunged"  # removed under an order


class MediaAct(StrEnum):
    """What happens to a file."""

    RECEIVE = "receive"
    VERIFY = "verify"
    SECURE = "secure"
    QUARANTINE = "quarantine"
    MISMATCH = "mismatch"  # other bytes or length, or nothing there: what stays in staging is not the file
    LOSE = "lose"
    WITHHOLD = "withhold"
    DAMAGE = "damage"
    RECHECK = "recheck"
    EXPUNGE = "expunge"


_M, _A = MediaState, MediaAct

MEDIA_TABLE: Mapping[tuple[MediaState, MediaAct], MediaState] = MappingProxyType(
    {
        (_M.EXPECTED, _A.RECEIVE): _M.RECEIVED,
        (_M.RECEIVED, _A.VERIFY): _M.VERIFYING,
        (_M.VERIFYING, _A.VERIFY): _M.VERIFYING,  # the worker before died
        (_M.VERIFYING, _A.SECURE): _M.SECURED,
        (_M.VERIFYING, _A.QUARANTINE): _M.QUARANTINED,
        (_M.RECEIVED, _A.MISMATCH): _M.EXPECTED,
        (_M.VERIFYING, _A.MISMATCH): _M.EXPECTED,
        (_M.EXPECTED, _A.LOSE): _M.LOST,
        (_M.EXPECTED, _A.WITHHOLD): _M.WITHHELD,
        (_M.LOST, _A.RECEIVE): _M.RECEIVED,  # found again: nothing signed is turned away
        (_M.WITHHELD, _A.RECEIVE): _M.RECEIVED,
        (_M.SECURED, _A.QUARANTINE): _M.QUARANTINED,  # the decoder found what the stream did not
        (_M.SECURED, _A.DAMAGE): _M.DAMAGED,
        (_M.QUARANTINED, _A.DAMAGE): _M.DAMAGED,
        (_M.DAMAGED, _A.RECHECK): _M.VERIFYING,
        (_M.SECURED, _A.EXPUNGE): _M.EXPUNGED,
        (_M.QUARANTINED, _A.EXPUNGE): _M.EXPUNGED,
        (_M.DAMAGED, _A.EXPUNGE): _M.EXPUNGED,
    }
)
UNDER_WAY = frozenset({MediaState.EXPECTED, MediaState.RECEIVED, MediaState.VERIFYING})
AWAITED = frozenset({MediaState.EXPECTED, MediaState.LOST, MediaState.WITHHELD})
"""States in which bytes may still be sent."""
KEPT = frozenset({MediaState.SECURED, MediaState.QUARANTINED})
"""States in which the right bytes are locked: the phone may delete its copy (protocol, section 5)."""


def next_media_state(state: MediaState, act: MediaAct) -> MediaState:
    """Where the act leads; ``conflict`` ``wrong_state`` for a pair that is not in the table."""
    try:
        return MEDIA_TABLE[state, act]
    except KeyError:
        raise conflict("wrong_state", f"{act} is not possible while {state}", retry=Retry.AFTER_UPDATE) from None


def all_secured(states: Iterable[MediaState]) -> bool:
    """Whether an approved dossier needs to wait for no file; a quarantined one is waited for, or released without."""
    return all(state is MediaState.SECURED for state in states)


class CaptureState(StrEnum):
    """Where a capture stands. ``secured_partial``: nothing more will come, and something is missing."""

    REGISTERED = "registered"
    RECEIVING = "receiving"
    SECURED = "secured"
    SECURED_PARTIAL = "secured_partial"
    HELD = "held"
    WAITING_FOR_BASE = "waiting_for_base"
    DISCARDED = "discarded"
    EXPUNGED = "expunged"


class CaptureAct(StrEnum):
    """What happens to a capture."""

    MEDIA_MOVED = "media_moved"
    ADMIT = "admit"  # an administrator lets a held capture in
    JOIN = "join"  # the base of an amendment arrived
    DISCARD = "discard"
    EXPUNGE = "expunge"


_FLOWING = frozenset(
    {CaptureState.REGISTERED, CaptureState.RECEIVING, CaptureState.SECURED, CaptureState.SECURED_PARTIAL}
)
_LET_IN = {CaptureAct.ADMIT: CaptureState.HELD, CaptureAct.JOIN: CaptureState.WAITING_FOR_BASE}
_ENDED = frozenset({CaptureState.DISCARDED, CaptureState.EXPUNGED})


def capture_state(states: Iterable[MediaState]) -> CaptureState:
    """What the files' states make of a capture that nothing holds back.

    ``registered`` while none has come; ``receiving`` while one is under way; then ``secured`` when the right bytes
    of all are locked, quarantined ones included; else ``secured_partial``. Without files: secured at once.
    """
    seen = set(states)
    if seen <= KEPT:
        return CaptureState.SECURED
    if seen == {MediaState.EXPECTED}:
        return CaptureState.REGISTERED
    return CaptureState.RECEIVING if seen & UNDER_WAY else CaptureState.SECURED_PARTIAL


def next_capture_state(state: CaptureState, act: CaptureAct, states: Iterable[MediaState] = ()) -> CaptureState:
    """Where the act leads. ``states`` are the files' after it.

    A file that moves under a held, waiting, discarded or expunged capture leaves the capture as it is: its bytes
    are kept all the same. ``conflict`` ``wrong_state`` for what the state doesn't allow.
    """
    if act is CaptureAct.MEDIA_MOVED:
        return capture_state(states) if state in _FLOWING else state
    if act in _LET_IN and state is _LET_IN[act]:
        return capture_state(states)
    if act is CaptureAct.DISCARD and state not in _ENDED:
        return CaptureState.DISCARDED
    if act is CaptureAct.EXPUNGE and state is not CaptureState.EXPUNGED:
        return CaptureState.EXPUNGED
    raise conflict("wrong_state", f"{act} is not possible while {state}", retry=Retry.AFTER_UPDATE)
