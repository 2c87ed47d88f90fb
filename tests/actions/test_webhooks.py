"""Who hears by webhook, of what, how often it is tried, and what ends it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

import pytest
from cryptography.fernet import Fernet
from log_hand import HandSealer
from queue_world import World, make_world

from evidence.actions.holding import leasing
from evidence.actions.ports import Services, WebhookFailed
from evidence.actions.telling import webhooks
from evidence.adapters.fernet import FernetSecrets
from evidence.domain.callers import PersonCaller
from evidence.domain.errors import EvidenceError
from evidence.domain.webhooks import RETRIES, secret_of, signature
from standalone.postgres import DatabaseUrls

sealers: dict[int, HandSealer] = {}


@dataclass
class Far:
    """A far server that answers as it is told, in the order given; then 204."""

    answers: list[int | str] = field(default_factory=list)
    heard: list[tuple[str, bytes, dict[str, str]]] = field(default_factory=list)

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        self.heard.append((url, body, dict(headers)))
        answer = self.answers.pop(0) if self.answers else 204
        if isinstance(answer, str):
            raise WebhookFailed(answer)
        return answer


@pytest.fixture
def world(fresh_database_urls: DatabaseUrls) -> Iterator[World]:
    made = make_world(fresh_database_urls)
    secrets = FernetSecrets(Fernet.generate_key().decode())
    absent = cast(Any, None)
    made.services = Services(made.clock, made.services.entropy, absent, absent, absent, secrets, made.services.policy)
    sealers[id(made)] = HandSealer(made.worker, made.services)
    yield made
    del sealers[id(made)]
    for engine in made.engines:
        engine.dispose()


def make(world: World, *kinds: str) -> webhooks.NewWebhook:
    caller = world.people["manager"]
    with world.acting(caller.organisation_id) as session:
        return webhooks.make(
            session, world.services, caller=caller, label="LIMS", url="https://lims.example/hooks", kinds=kinds
        )


def something_happens(world: World) -> None:
    """A submission is claimed, and the log places the entries."""
    caller = world.people["examiner"]
    world.submission()
    with world.acting(caller.organisation_id) as session:
        leasing.lease(session, world.services, caller=caller, destination="ballistics", limit=1, seconds=60)
    sealers[id(world)].seal()


def work(world: World, far: Far) -> None:
    """One round of the worker."""
    with world.worker() as session:
        webhooks.gather(session, world.services)
        messages = webhooks.due(session, world.services)
        session.commit()
    for message in messages:
        status, answer = webhooks.send(far, message, at=world.clock.at)
        with world.worker() as session:
            webhooks.record(session, world.services, message.message_id, status, answer)
            session.commit()


def shown(world: World, name: str = "manager") -> list[webhooks.WebhookView]:
    caller: PersonCaller = world.people[name]
    with world.acting(caller.organisation_id) as session:
        return webhooks.listed(session, caller=caller)


def test_a_change_is_told_once_signed_and_without_facts(world: World) -> None:
    new, far = make(world, "lease.taken"), Far()
    something_happens(world)
    work(world, far)
    work(world, far)
    ((url, body, headers),) = far.heard
    assert url == "https://lims.example/hooks"
    assert b'"type":"lease.taken"' in body
    made = signature(secret_of(new.secret), message_id=headers["webhook-id"], at=world.clock.at, body=body)
    assert headers["webhook-signature"] == made
    assert shown(world)[0].waiting == 0
    assert b"cartridge_case" not in body


def test_what_happened_before_is_not_told_and_others_hear_nothing(world: World) -> None:
    something_happens(world)
    make(world, "lease.taken")
    far = Far()
    work(world, far)
    assert far.heard == []
    assert shown(world, "stranger") == []


def test_a_failure_is_tried_again_with_back_off_under_the_same_id(world: World) -> None:
    make(world, "lease.taken")
    far = Far(answers=["ConnectTimeoutError", 500])
    something_happens(world)
    work(world, far)
    work(world, far)
    assert len(far.heard) == 1, "not before its time"
    for wait in RETRIES[:2]:
        world.clock.at += wait
        work(world, far)
    assert len(far.heard) == 3
    assert len({headers["webhook-id"] for _, _, headers in far.heard}) == 1
    assert len({body for _, body, _ in far.heard}) == 1
    assert shown(world)[0].last_answer == "HTTP 204"


def test_a_message_is_given_up_in_the_end_and_gone_ends_the_address(world: World) -> None:
    make(world, "lease.taken")
    far = Far(answers=[500] * (len(RETRIES) + 1))
    something_happens(world)
    work(world, far)
    for wait in RETRIES:
        world.clock.at += wait + timedelta(seconds=1)
        work(world, far)
    assert (shown(world)[0].waiting, shown(world)[0].given_up) == (0, 1)
    far.answers = [410]
    something_happens(world)
    work(world, far)
    assert shown(world)[0].webhook.ended_at is not None


def test_an_ended_address_hears_no_more(world: World) -> None:
    new, far = make(world), Far()
    caller = world.people["manager"]
    stranger = world.people["stranger"]
    with world.acting(stranger.organisation_id) as session, pytest.raises(EvidenceError) as refused:
        webhooks.end(session, world.services, caller=stranger, webhook_id=new.webhook.id)
    assert refused.value.code == "not_found"
    with world.acting(caller.organisation_id) as session:
        webhooks.end(session, world.services, caller=caller, webhook_id=new.webhook.id)
        webhooks.end(session, world.services, caller=caller, webhook_id=new.webhook.id)
    something_happens(world)
    work(world, far)
    assert far.heard == []


def test_unknown_kinds_are_refused(world: World) -> None:
    with pytest.raises(EvidenceError) as refused:
        make(world, "lease.stolen")
    assert refused.value.code == "unknown_kind"


def test_a_test_message_is_signed_as_all_are_and_its_fate_is_listed(world: World) -> None:
    made, far, caller = make(world, "result.recorded"), Far([500]), world.people["manager"]
    with world.acting(caller.organisation_id) as session:
        sent = [
            webhooks.send_test(session, world.services, caller=caller, webhook_id=made.webhook.id).log_index
            for _ in range(2)
        ]
    work(world, far)
    assert sent == [-1, -2]
    _, body, headers = far.heard[-1]
    assert b'"type":"webhook.test"' in body
    signed = signature(secret_of(made.secret), message_id=headers["webhook-id"], at=world.clock.now(), body=body)
    assert headers["webhook-signature"] == signed
    with world.acting(caller.organisation_id) as session:
        listed = webhooks.deliveries(session, caller=caller, webhook_id=made.webhook.id)
    assert {one.last_answer for one in listed} == {"HTTP 500", "HTTP 204"}
    stranger = world.people["supervisor"]
    with world.acting(stranger.organisation_id) as session, pytest.raises(EvidenceError) as refused:
        webhooks.deliveries(session, caller=stranger, webhook_id=made.webhook.id)
    assert refused.value.code == "not_found"
