"""Alive, and ready: two questions that a load balancer asks."""

from typing import Any

import structlog
from flask import Response
from sqlalchemy import text
from sqlalchemy.orm import Session

from api import auth, boundary, problems
from api.schemas.health import HealthAnswer, ReadyAnswer
from api.smorest import Noun
from evidence.actions.storing import canary
from evidence.domain.callers import PersonCaller
from evidence.domain.errors import Retry
from evidence.domain.roles import Verb
from evidence.records.log import LAG_S, lag_seconds

log = structlog.get_logger()

noun = Noun("health", "Whether the service is alive and ready.")


@noun.act("GET", "/health", Verb.OPEN, answer=HealthAnswer)
def get_health() -> dict[str, str]:
    """The process answers."""
    return {"status": "alive"}


@noun.act("GET", "/health/ready", Verb.OPEN, answer=ReadyAnswer, problem=(503,))
def get_readiness() -> dict[str, Any] | Response:
    """Database, jobs and store answer. A log that lags is said, not refused: evidence still comes in.

    A signed-in administrator also sees when the store last failed its daily trial.
    """
    caller = auth.recognise()
    lag = boundary.read(_ask)
    failure = boundary.read(canary.newest_failure, caller=caller) if isinstance(caller, PersonCaller) else None
    boundary.release()
    if not boundary.services().store.reachable():
        return problems.problem(503, "store_unavailable", retry=Retry.LATER, headers={"Retry-After": "5"})
    lags = lag > LAG_S
    if lags:
        log.error("log_lags", seconds=round(lag, 1))
    return {"status": "ready", "log_lag_s": round(lag, 3), "log_lags": lags, "store_canary": failure}


def _ask(session: Session) -> float:
    session.execute(text("SELECT 1 FROM service"))
    session.execute(text("SELECT 1 FROM procrastinate_jobs LIMIT 1"))
    return lag_seconds(session)
