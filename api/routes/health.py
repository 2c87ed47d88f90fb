"""Alive, and ready: two questions that a load balancer asks."""

from flask import Response
from sqlalchemy import text
from sqlalchemy.orm import Session

from api import boundary, problems
from api.schemas.health import HealthAnswer
from api.smorest import Noun
from evidence.domain.errors import Retry
from evidence.domain.roles import Verb

noun = Noun("health", "Whether the service is alive and ready.")


@noun.act("GET", "/health", Verb.OPEN, answer=HealthAnswer)
def get_health() -> dict[str, str]:
    """The process answers."""
    return {"status": "alive"}


@noun.act("GET", "/health/ready", Verb.OPEN, answer=HealthAnswer, problem=(503,))
def get_readiness() -> dict[str, str] | Response:
    """Database, jobs and store answer."""
    boundary.read(_ask)
    boundary.release()
    if not boundary.services().store.reachable():
        return problems.problem(503, "store_unavailable", retry=Retry.LATER, headers={"Retry-After": "5"})
    return {"status": "ready"}


def _ask(session: Session) -> None:
    session.execute(text("SELECT 1 FROM service"))
    session.execute(text("SELECT 1 FROM procrastinate_jobs LIMIT 1"))
