"""Asks the configured witnesses for cosignatures after each published checkpoint; one worker at a time."""

import time
from dataclasses import dataclass

import psycopg
import structlog

from evidence.actions.log import witnessing
from evidence.actions.log.witnessing import WitnessRefused
from evidence.actions.log_ports import Witnesses, WitnessUnavailable
from evidence.domain.log.policy import Witness
from evidence.domain.log.witness import Conflict
from workers.app import Parts
from workers.watch import Watch

log = structlog.get_logger()

CHANNEL = "casquillo_checkpoint"
FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 300.0
_ONE_AT_A_TIME = 0x636F7369676E6572  # a session's advisory lock: released when its connection ends, however it ends


@dataclass
class _Patience:
    """When a witness that did not sign is asked again, and from which size it said that it goes on."""

    due_at: float = 0.0
    wait_s: float = FIRST_WAIT_S
    old_size: int | None = None


class Cosigning:
    """Each witness is asked for the newest checkpoint only: what lies between is in its consistency proof."""

    def __init__(self, parts: Parts, witnesses: Witnesses) -> None:
        self._parts, self._witnesses = parts, witnesses
        self._asked = [one for one in parts.services.policy.log_policy.witnesses if one.url]
        self._patience = {one.name: _Patience() for one in self._asked}

    def watch(self) -> Watch:
        """The thread that does it."""
        url = self._parts.settings.database_url
        return Watch(name="cosigning", database_url=url, channel=CHANNEL, step=self.round, begin=self.begin)

    def begin(self, connection: psycopg.Connection) -> bool:
        """Whether this process is the one that asks."""
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", (_ONE_AT_A_TIME,)).fetchone()
        return bool(row and row[0])

    def round(self) -> bool:
        """Asks every witness whose time has come; True when one should be asked again at once."""
        again = [self._ask(one) for one in self._asked if self._patience[one.name].due_at <= time.monotonic()]
        return any(again)

    def _ask(self, asked: Witness) -> bool:
        patience = self._patience[asked.name]
        try:
            with self._parts.sessions() as session:
                question = witnessing.question(session, asked, old_size=patience.old_size)
            if question is None:
                return False
            answer = witnessing.ask(self._witnesses, question)
        except (WitnessUnavailable, WitnessRefused) as fault:
            self._wait(asked, patience, fault)
            return False
        if isinstance(answer, Conflict):
            if answer.size == question.request.old_size:  # another root at its size: a fork, or a witness of ill will
                self._wait(asked, patience, WitnessRefused("fork", f"{asked.name} stands at {answer.size}"))
                return False
            patience.old_size = answer.size
            return True
        with self._parts.sessions() as session, session.begin():
            quorum = witnessing.keep(session, self._parts.services, one=question, line=answer)
        patience.old_size, patience.wait_s = None, FIRST_WAIT_S
        log.info("cosigned", witness=asked.name, size=question.checkpoint.size, quorum=quorum)
        return False

    def _wait(self, asked: Witness, patience: _Patience, fault: Exception) -> None:
        code = getattr(fault, "code", "unavailable")
        say = log.critical if code in ("log_ahead", "fork") else log.warning
        say("not_cosigned", witness=asked.name, code=code, error=str(fault), again_in_s=patience.wait_s)
        patience.due_at = time.monotonic() + patience.wait_s
        patience.wait_s = min(patience.wait_s * 2, LONGEST_WAIT_S)
        patience.old_size = None
