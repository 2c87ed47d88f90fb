"""Webhooks: an organisation's own addresses hear of changes, ids and states only (protocol, section 8).

The worker gathers what the status feed would say, sends it outside any transaction, and records what came of it.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.ports import Services, WebhookFailed, Webhooks
from evidence.actions.telling.status import log_size
from evidence.domain import webhooks as rules
from evidence.domain.callers import PersonCaller
from evidence.domain.custody import Chain, instant
from evidence.domain.errors import invalid, not_found
from evidence.domain.roles import Role
from evidence.domain.schemas import detail_kinds
from evidence.records.custody import CustodyAudience, CustodyEntry
from evidence.records.submissions import Submission
from evidence.records.webhooks import Webhook, WebhookMessage

MOST = 10
AT_ONCE = 100
GONE = 410


@dataclass(frozen=True)
class NewWebhook:
    """An address and its secret, which is shown this once."""

    webhook: Webhook
    secret: str


@dataclass(frozen=True)
class WebhookView:
    """An address and how its messages fare."""

    webhook: Webhook
    waiting: int
    given_up: int
    last_answer: str | None


@dataclass(frozen=True)
class Due:
    """One message to send now."""

    message_id: UUID
    url: str
    secret: bytes
    body: bytes


def make(
    session: Session, services: Services, *, caller: PersonCaller, label: str, url: str, kinds: Sequence[str]
) -> NewWebhook:
    """An address that hears of every later change, or only of ``kinds``. 422 for a URL or kind that is none."""
    host = rules.check_url(url)
    if unknown := set(kinds) - detail_kinds():
        raise invalid("unknown_kind", kinds=f"no kind of entry: {', '.join(sorted(unknown))[:200]}")
    live = select(func.count()).where(Webhook.organisation_id == caller.organisation_id, Webhook.ended_at.is_(None))
    if (session.scalar(live) or 0) >= MOST:
        raise invalid("too_many_webhooks", url=f"at most {MOST}")
    secret = services.entropy.token(rules.SECRET_BYTES)
    row = Webhook(
        id=services.entropy.uuid7(),
        organisation_id=caller.organisation_id,
        label=label,
        url=url,
        secret_sealed=services.secrets.seal(secret),
        kinds=sorted(set(kinds)),
        after_index=log_size(session) - 1,
        created_by=caller.person_id,
        created_at=services.clock.now(),
    )
    session.add(row)
    details = {"webhook_id": str(row.id), "label": label, "host": host, "kinds": row.kinds}
    custody.append(session, services, [_act("webhook.made", caller, details)])
    return NewWebhook(row, rules.secret_text(secret))


def _act(kind: str, caller: PersonCaller, details: dict[str, Any]) -> custody.Act:
    chain = Chain("agency", caller.organisation_id)
    return custody.Act(kind, chain, caller.organisation_id, caller.actor(Role.ADMINISTRATOR), details)


def end(session: Session, services: Services, *, caller: PersonCaller, webhook_id: UUID) -> Webhook:
    """The address hears no more; the same again changes nothing."""
    row = _own(session, caller, webhook_id)
    if row.ended_at is None:
        row.ended_at, row.ended_by = services.clock.now(), caller.person_id
        custody.append(session, services, [_act("webhook.ended", caller, {"webhook_id": str(row.id)})])
    return row


TEST_KIND = "webhook.test"
SHOWN = 20


def send_test(session: Session, services: Services, *, caller: PersonCaller, webhook_id: UUID) -> WebhookMessage:
    """Queues one message that says nothing, signed as all are. 404 for an address that listens no more.

    Its index is below zero, apart from the log's: -1 the first, -2 the second.
    """
    row = _own(session, caller, webhook_id)
    if row.ended_at is not None:
        raise not_found()
    lowest = session.scalar(select(func.min(WebhookMessage.log_index)).where(WebhookMessage.webhook_id == row.id))
    now = services.clock.now()
    message = WebhookMessage(
        id=services.entropy.uuid7(),
        webhook_id=row.id,
        organisation_id=row.organisation_id,
        log_index=min(lowest or 0, 0) - 1,
        body={"type": TEST_KIND, "timestamp": instant(now), "data": {}},
        created_at=now,
        attempts=0,
        next_at=now,
        delivered_at=None,
        given_up_at=None,
        last_answer=None,
    )
    session.add(message)
    custody.append(session, services, [_act("webhook.tested", caller, {"webhook_id": str(row.id)})])
    return message


def deliveries(session: Session, *, caller: PersonCaller, webhook_id: UUID) -> list[WebhookMessage]:
    """The newest messages to an address of the organisation, and how each fared."""
    row = _own(session, caller, webhook_id)
    wanted = select(WebhookMessage).where(WebhookMessage.webhook_id == row.id)
    return list(session.scalars(wanted.order_by(WebhookMessage.created_at.desc(), WebhookMessage.id).limit(SHOWN)))


def _own(session: Session, caller: PersonCaller, webhook_id: UUID) -> Webhook:
    row = session.scalars(select(Webhook).where(Webhook.id == webhook_id).with_for_update()).one_or_none()
    if row is None or row.organisation_id != caller.organisation_id:
        raise not_found()
    return row


def listed(session: Session, *, caller: PersonCaller) -> list[WebhookView]:
    """The organisation's addresses, newest first, with how their messages fare."""
    wanted = select(Webhook).where(Webhook.organisation_id == caller.organisation_id)
    return [_view(session, row) for row in session.scalars(wanted.order_by(Webhook.created_at.desc(), Webhook.id))]


def _view(session: Session, row: Webhook) -> WebhookView:
    waiting = WebhookMessage.delivered_at.is_(None) & WebhookMessage.given_up_at.is_(None)
    counts = session.execute(
        select(func.count().filter(waiting), func.count().filter(WebhookMessage.given_up_at.is_not(None))).where(
            WebhookMessage.webhook_id == row.id
        )
    ).one()
    last = select(WebhookMessage.last_answer).where(
        WebhookMessage.webhook_id == row.id, WebhookMessage.last_answer.is_not(None)
    )
    newest = session.scalars(last.order_by(WebhookMessage.log_index.desc()).limit(1)).first()
    return WebhookView(row, int(counts[0]), int(counts[1]), newest)


def gather(session: Session, services: Services) -> int:
    """For the worker: turns what the log placed since into messages; returns how many. Safe to repeat."""
    size, made = log_size(session), 0
    live = select(Webhook).where(Webhook.ended_at.is_(None), Webhook.after_index < size - 1)
    for row in session.scalars(live.order_by(Webhook.id).with_for_update(skip_locked=True)):
        told = session.execute(
            select(CustodyAudience, CustodyEntry, Submission)
            .join(CustodyEntry, CustodyEntry.entry_id == CustodyAudience.entry_id)
            .outerjoin(Submission, Submission.id == CustodyAudience.submission_id)
            .where(
                CustodyAudience.organisation_id == row.organisation_id,
                CustodyAudience.log_index > row.after_index,
                CustodyAudience.log_index < size,
            )
            .order_by(CustodyAudience.log_index)
            .limit(AT_ONCE)
        ).all()
        wanted = [one for one in told if not row.kinds or one[1].kind in row.kinds]
        made += sum(_queue(session, services, row, *one) for one in wanted)
        full = len(told) == AT_ONCE
        row.after_index = (told[-1][0].log_index or 0) if full else size - 1
    return made


def _queue(
    session: Session,
    services: Services,
    row: Webhook,
    told: CustodyAudience,
    entry: CustodyEntry,
    about: Submission | None,
) -> bool:
    now = services.clock.now()
    data = {
        "log_index": told.log_index,
        "capture_id": str(told.root_id) if told.root_id else None,
        "submission_id": str(told.submission_id) if told.submission_id else None,
        "submission_state": about.state if about else None,
        "destination": about.destination if about else None,
    }
    made = session.scalar(
        insert(WebhookMessage)
        .values(
            id=services.entropy.uuid7(),
            webhook_id=row.id,
            organisation_id=row.organisation_id,
            log_index=told.log_index,
            body={"type": entry.kind, "timestamp": instant(entry.at), "data": data},
            created_at=now,
            next_at=now,
        )
        .on_conflict_do_nothing()
        .returning(WebhookMessage.id)
    )
    return made is not None


def due(session: Session, services: Services, *, limit: int = 20) -> list[Due]:
    """For the worker: messages whose time has come, to addresses that still listen; oldest first."""
    now = services.clock.now()
    rows = session.execute(
        select(WebhookMessage, Webhook)
        .join(Webhook, Webhook.id == WebhookMessage.webhook_id)
        .where(
            WebhookMessage.delivered_at.is_(None),
            WebhookMessage.given_up_at.is_(None),
            WebhookMessage.next_at <= now,
            Webhook.ended_at.is_(None),
        )
        .order_by(WebhookMessage.next_at, WebhookMessage.log_index)
        .limit(limit)
    ).all()
    return [
        Due(message.id, row.url, services.secrets.open(row.secret_sealed), body_of(message.body))
        for message, row in rows
    ]


def body_of(body: dict[str, Any]) -> bytes:
    """The bytes that are signed and sent: the same in every attempt."""
    return json.dumps(body, separators=(",", ":"), sort_keys=True).encode()


def send(client: Webhooks, message: Due, *, at: datetime) -> tuple[int | None, str]:
    """Outside any transaction: one attempt. The status, or None and why there was none."""
    headers = rules.headers(message.secret, message_id=str(message.message_id), at=at, body=message.body)
    try:
        status = client.post(message.url, message.body, headers)
    except WebhookFailed as failed:
        return None, str(failed)
    return status, f"HTTP {status}"


def record(session: Session, services: Services, message_id: UUID, status: int | None, answer: str) -> None:
    """Keeps what came of an attempt: delivered, to be tried again, given up; 410 ends the address."""
    message = session.scalars(
        select(WebhookMessage).where(WebhookMessage.id == message_id).with_for_update()
    ).one_or_none()
    if message is None or message.delivered_at is not None or message.given_up_at is not None:
        return
    now = services.clock.now()
    message.attempts, message.last_answer = message.attempts + 1, answer[:200]
    if status is not None and 200 <= status < 300:
        message.delivered_at = now
        return
    again = None if status == GONE else rules.next_attempt(message.attempts, now)
    if again is not None:
        message.next_at = again
        return
    message.given_up_at = now
    row = session.get_one(Webhook, message.webhook_id)
    if status == GONE and row.ended_at is None:
        row.ended_at = now
