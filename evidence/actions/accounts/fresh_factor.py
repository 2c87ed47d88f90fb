"""A second factor shown lately: what a supervisor's decision asks for (protocol, section 3)."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from evidence.actions.accounts import sign_in
from evidence.actions.ports import Services
from evidence.domain.callers import PersonCaller
from evidence.domain.errors import EvidenceError, forbidden
from evidence.records.people import Account, UserSession

FRESH = timedelta(minutes=15)


def require(services: Services, caller: PersonCaller) -> None:
    """403 ``fresh_factor_required`` unless the session's factor was shown within 15 minutes; signing in counts."""
    if services.clock.now() - caller.factor_at > FRESH:
        raise forbidden("fresh_factor_required", "Show your second factor again.")


def show(session: Session, services: Services, *, caller: PersonCaller, totp: str) -> PersonCaller | EvidenceError:
    """Makes the caller's session fresh; returns the caller as from now on.

    A failure is *returned*, because counting it must be kept: a wrong code counts towards the lock of the
    password path, and a locked account can't be freshened.
    """
    now = services.clock.now()
    account = session.scalars(
        select(Account)
        .where(Account.id == caller.account_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if account.locked_at is not None:
        return sign_in.locked()
    if not sign_in.take_code(services, account, totp, now):
        sign_in.count_failure(session, services, account, now)
        return forbidden("factor_refused", "The code does not fit.")
    row = session.get_one(UserSession, caller.session_id)
    account.failures, row.factor_at = 0, now
    sign_in.note(session, services, "person.factor_shown", account, caller.actor(), means="totp")
    return replace(caller, factor_at=now)
