"""One transaction a write, the answer after the commit; the caller named to row-level security each time."""

from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from flask import Flask, current_app, g, request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from evidence.actions.ports import Services
from evidence.domain.callers import Caller, PersonCaller, PhoneCaller
from evidence.domain.errors import Category, EvidenceError
from evidence.records.database import enter
from evidence.settings import Settings

P = ParamSpec("P")
R = TypeVar("R")

TRIES = 3
WORTH_ANOTHER_TRY = {"40001", "40P01"}  # serialisation failure, deadlock


class Wiring:
    """What a request needs from outside, put on the app once."""

    def __init__(self, settings: Settings, services: Services, sessions: sessionmaker[Session]) -> None:
        self.settings = settings
        self.services = services
        self.sessions = sessions


def wiring() -> Wiring:
    found: Wiring = current_app.extensions["casquillo"]
    return found


def services() -> Services:
    return wiring().services


def caller() -> Caller:
    """Who calls; ``api.auth`` has made sure that there is someone."""
    found: Caller = g.caller
    return found


def person() -> PersonCaller:
    """The signed-in person; 403 for machines and phones."""
    found = caller()
    if not isinstance(found, PersonCaller):
        raise EvidenceError(Category.FORBIDDEN, "people_only", "A person has to do this.")
    return found


def phone() -> PhoneCaller:
    """The phone that signed; 403 for anyone else."""
    found = caller()
    if not isinstance(found, PhoneCaller):
        raise EvidenceError(Category.FORBIDDEN, "phones_only", "Only an enrolled phone may do this.")
    return found


def session() -> Session:
    """The request's database session, the caller named for the present transaction."""
    if "session" not in g:
        g.session = wiring().sessions()
    opened: Session = g.session
    known: Caller | None = g.get("caller")
    if known is not None and not opened.in_transaction():
        person_id = getattr(known, "person_id", None) or getattr(known, "officer_id", None)
        home = getattr(known, "home_id", None)
        enter(opened, home or known.organisation_id, person_id, guest_of=known.organisation_id if home else None)
    return opened


def read(action: Callable[Concatenate[Session, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Runs a question; nothing is committed."""
    return action(session(), *args, **kwargs)


def write(action: Callable[Concatenate[Session, Services, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Runs an action and commits; what it returns may be answered. Deadlocks are tried again from the start."""
    for attempt in range(1, TRIES + 1):
        opened = session()
        try:
            outcome = action(opened, services(), *args, **kwargs)
            opened.commit()
        except DBAPIError as error:
            opened.rollback()
            state = getattr(error.orig, "sqlstate", None)
            if attempt == TRIES or state not in WORTH_ANOTHER_TRY:
                raise
        except BaseException:
            opened.rollback()
            raise
        else:
            return outcome
    raise AssertionError("the loop returns or raises")


def release() -> None:
    """Ends the present transaction and gives the connection back: before any work outside the database."""
    if "session" in g:
        g.session.commit()


def expected_version(current: int) -> None:
    """Compares ``If-Match`` with a row's version: absent 428, other 412 (protocol, section 1)."""
    if "If-Match" not in request.headers:
        raise EvidenceError(Category.VERSION_REQUIRED, "if_match_required", "Say which version you saw.")
    if not request.if_match.contains(str(current)):
        raise EvidenceError(Category.STALE, "stale_version", "It has changed since you saw it.")


def install(app: Flask, parts: Wiring) -> None:
    app.extensions["casquillo"] = parts

    @app.teardown_appcontext
    def close(_error: BaseException | None) -> None:
        opened = g.pop("session", None)
        if opened is not None:
            opened.close()
