"""Announcing attachments behind the walls, and opening what may name a purchaser."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from queue_world import World, make_world
from sqlalchemy import select

from evidence.actions.log import noting, views
from evidence.actions.ports import Policy
from evidence.actions.storing import attachments, uploads
from evidence.adapters.chance import SystemEntropy
from evidence.domain.callers import Caller
from evidence.domain.errors import EvidenceError
from evidence.domain.kinds import AttachmentKind
from evidence.records.custody import CustodyDetail, CustodyEntry
from evidence.records.media import Media
from standalone.postgres import DatabaseUrls

new_id = SystemEntropy().uuid7


@pytest.fixture
def world(fresh_database_urls: DatabaseUrls) -> Iterator[World]:
    made = make_world(fresh_database_urls)
    yield made
    for engine in made.engines:
        engine.dispose()


def announced(**more: Any) -> attachments.Announced:
    media_id = more.pop("media_id", None) or new_id()
    plain: dict[str, Any] = {
        "kind": AttachmentKind.SCAN,
        "sha256": "ab" * 32,
        "size": 1000,
        "content_type": "application/x-x3p",
        "filename": "1-T1.x3p",
        "item_id": None,
        "wish": uploads.Wish(media_id),
    }
    return attachments.Announced(media_id=media_id, **{**plain, **more})


def announce(world: World, caller: Caller, submission_id: UUID, *files: attachments.Announced) -> list[Any]:
    with world.acting(caller.organisation_id) as session:
        return attachments.announce(session, world.services, caller=caller, submission_id=submission_id, files=files)


def refusal(world: World, caller: Caller, submission_id: UUID, *files: attachments.Announced) -> str:
    with pytest.raises(EvidenceError) as refused:
        announce(world, caller, submission_id, *files)
    return refused.value.code


def test_a_file_is_announced_once_by_a_person_or_a_token(world: World) -> None:
    submission_id, person = world.submission(), world.people["examiner"]
    machine, file = world.machine("media:write"), announced()
    announce(world, person, submission_id, file)
    announce(world, machine, submission_id, file, announced(kind=AttachmentKind.VENDOR))
    with world.worker() as session:
        rows = session.scalars(select(Media).order_by(Media.purpose)).all()
        entries = session.scalars(select(CustodyEntry).where(CustodyEntry.kind == "media.attached")).all()
    assert [(row.purpose, row.author_id, row.state) for row in rows] == [
        ("scan", person.person_id, "expected"),
        ("vendor", machine.token_id, "expected"),
    ]
    assert sorted(entry.actor_type for entry in entries) == ["person", "token"]


def test_only_who_was_granted_the_submission_attaches(world: World) -> None:
    submission_id = world.submission()
    for who in ("stranger", "analyst", "supervisor"):
        assert refusal(world, world.people[who], submission_id, announced()) == "not_found"


def test_what_breaks_a_rule_is_not_announced(world: World) -> None:
    submission_id, caller = world.submission(), world.people["examiner"]
    file = announced()
    announce(world, caller, submission_id, file)
    assert refusal(world, caller, submission_id, replace(file, size=5)) == "attachment_conflict"
    assert refusal(world, caller, submission_id, announced(item_id=new_id())) == "other_item"
    twice = announced()
    assert refusal(world, caller, submission_id, twice, twice) == "named_twice"
    assert refusal(world, caller, submission_id, announced(size=attachments.MOST_BYTES + 1)) == "attachment_size"
    world.services = replace(world.services, policy=Policy(agency_bytes_per_day=1500))
    assert refusal(world, caller, submission_id, announced(), announced()) == "over_budget"
    with world.worker() as session:
        assert len(session.scalars(select(Media)).all()) == 1


def test_an_answer_to_a_trace_opens_with_a_reason_only(world: World) -> None:
    submission_id = world.submission(destination="etrace", holder="desk")
    world.state_legal()
    analyst, prosecutor, officer = (world.people[who] for who in ("analyst", "prosecutor", "officer"))
    file = announced(kind=AttachmentKind.ANSWER, content_type="application/pdf")
    announce(world, analyst, submission_id, file)
    with world.worker() as session, session.begin():
        row = session.scalars(select(Media)).one()
        row.state, row.bucket, row.object_key, row.version_id = "secured", "originals", "key", "1"
    wanted = {"submission_id": submission_id, "media_id": file.media_id}
    for caller, code in ((analyst, "nominal"), (prosecutor, "nominal"), (officer, "not_found")):
        with world.acting(caller.organisation_id) as session, pytest.raises(EvidenceError) as refused:
            views.authorise_download(session, world.services, caller=caller, **wanted)
        assert refused.value.code == code
    with world.acting(prosecutor.organisation_id) as session:
        found = views.authorise_download(session, world.services, caller=prosecutor, reason="carpeta 12", **wanted)
    assert (found.ref.version_id, found.filename) == ("1", "1-T1.x3p")
    with world.worker() as session, session.begin():
        noting.append_noted(session, world.services)
        (details,) = session.scalars(
            select(CustodyDetail.details)
            .join(CustodyEntry, CustodyEntry.entry_id == CustodyDetail.entry_id)
            .where(CustodyEntry.kind == "download.authorised")
        )
    assert details["reason"] == "carpeta 12"
    with world.acting(officer.organisation_id) as session:
        seen = attachments.listed(
            session, caller=officer, submission_id=submission_id, limit=5, after=None, now=world.clock.now()
        )
    assert seen == []
