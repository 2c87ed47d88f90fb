"""Who had the gun: sealed in the database, opened with a reason, logged, never for a phone, gone under an order."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from queue_world import World, make_world
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from evidence.actions.holding import possessors
from evidence.actions.log import expunging, noting
from evidence.adapters.fernet import FernetSecrets
from evidence.domain.errors import EvidenceError
from evidence.domain.possessor import LINES
from evidence.records.captures import Capture
from evidence.records.custody import CustodyDetail, CustodyEntry
from evidence.records.database import make_engine, make_sessions
from evidence.records.possessor import PossessorSupplement
from evidence.records.views import ViewPending
from standalone.postgres import DatabaseUrls

NAME = "Persona Inventada Uno"


@pytest.fixture
def world(fresh_database_urls: DatabaseUrls) -> Iterator[World]:
    made = make_world(fresh_database_urls)
    made.services = replace(made.services, secrets=FernetSecrets("a key that is used in this test only"))
    yield made
    for engine in made.engines:
        engine.dispose()


def add(world: World, submission_id: UUID, values: dict[str, str], who: str = "analyst") -> PossessorSupplement:
    caller = world.people[who]
    with world.acting(caller.organisation_id) as session:
        return possessors.add(
            session, world.services, caller=caller, submission_id=submission_id, values=values, reason="la pidió el MP"
        )


def open_lines(world: World, submission_id: UUID, who: str = "analyst") -> dict[str, str]:
    caller = world.people[who]
    with world.acting(caller.organisation_id) as session:
        found = possessors.open_lines(
            session, world.services, caller=caller, submission_id=submission_id, reason="para capturar"
        )
        return {one.code: one.value for one in found.lines}


def refused(world: World, submission_id: UUID, who: str) -> str:
    with pytest.raises(EvidenceError) as error:
        open_lines(world, submission_id, who)
    return error.value.code


def test_the_lines_are_the_form_s_own() -> None:
    assert list(LINES) == ["6a", "6b", "6c", "6d", "6e", "6f", "6g", "6h", "6i", "VII", "VIII.vehicle"]


def test_what_is_sealed_opens_with_a_reason_and_the_newest_word_counts(world: World) -> None:
    submission_id = world.submission(destination="etrace", holder="desk")
    first = add(world, submission_id, {"6a": NAME, "6b": "El Inventado"})
    assert (first.number, first.lines) == (1, ["6a", "6b"])
    assert NAME.encode() not in (first.sealed or b"")
    add(world, submission_id, {"6b": "", "VIII.vehicle": "sedán gris"})
    assert open_lines(world, submission_id) == {"6a": NAME, "VIII.vehicle": "sedán gris"}
    world.state_legal()
    assert open_lines(world, submission_id, "prosecutor")["6a"] == NAME


def test_neither_entry_nor_table_says_a_name_and_each_opening_is_noted(world: World) -> None:
    submission_id = world.submission(destination="etrace", holder="desk")
    add(world, submission_id, {"6a": NAME})
    open_lines(world, submission_id)
    open_lines(world, submission_id)
    with world.worker() as session:
        noted = session.scalars(select(ViewPending.kind)).all()
        assert noted == ["possessor.opened"] * 2
        assert noting.append_noted(session, world.services) == 2
        kinds = session.scalars(select(CustodyEntry.kind).order_by(CustodyEntry.seq)).all()
        assert kinds == ["possessor.added", "possessor.opened", "possessor.opened"]
        for table in ("custody_detail", "possessor_supplement"):
            kept = session.execute(text(f"SELECT to_jsonb(t)::text FROM {table} t")).scalars().all()
            assert kept
            assert not any(NAME in row for row in kept)


@pytest.mark.parametrize(
    ("who", "code"),
    [("supervisor", "not_your_act"), ("officer", "not_your_act"), ("examiner", "not_found"), ("stranger", "not_found")],
)
def test_nobody_else_opens_them(world: World, who: str, code: str) -> None:
    submission_id = world.submission(destination="etrace", holder="desk")
    add(world, submission_id, {"6a": NAME})
    assert refused(world, submission_id, who) == code


@pytest.mark.parametrize(
    ("values", "errors"),
    [
        ({}, {"values": ["empty"]}),
        ({"5a": "QZX"}, {"5a": ["unknown_line"]}),
        ({"6a": "two\nlines"}, {"6a": ["wrong_value"]}),
    ],
)
def test_only_lines_of_the_form_are_kept(world: World, values: dict[str, str], errors: dict[str, Any]) -> None:
    submission_id = world.submission(destination="etrace", holder="desk")
    with pytest.raises(EvidenceError) as error:
        add(world, submission_id, values)
    assert error.value.errors == errors


def test_a_ballistic_request_has_no_such_lines(world: World) -> None:
    submission_id = world.submission()
    with pytest.raises(EvidenceError) as error:
        add(world, submission_id, {"6a": NAME}, "prosecutor")
    assert error.value.code == "not_found"


def test_bytes_changed_behind_the_service_are_not_opened(world: World, fresh_database_urls: DatabaseUrls) -> None:
    submission_id = world.submission(destination="etrace", holder="desk")
    row = add(world, submission_id, {"6a": NAME})
    with world.worker() as session, pytest.raises(DBAPIError):
        session.execute(text("UPDATE possessor_supplement SET sealed = NULL"))
    owner = make_engine(fresh_database_urls.owner)
    with owner.begin() as connection:
        with pytest.raises(DBAPIError, match="insert-only"), connection.begin_nested():
            connection.execute(text("UPDATE possessor_supplement SET sealed = NULL"))
        connection.execute(text("ALTER TABLE possessor_supplement DISABLE TRIGGER insert_only"))
        connection.execute(text("UPDATE possessor_supplement SET sealed = :other"), {"other": b"x"})
    owner.dispose()
    assert refused(world, submission_id, "analyst") == "seal_broken"
    with world.worker() as session:
        details = session.scalars(select(CustodyDetail.details)).one()
    assert details["possessor_id"] == str(row.id)


def test_an_order_empties_the_seal_and_leaves_the_rest(world: World, fresh_database_urls: DatabaseUrls) -> None:
    submission_id = world.submission(destination="etrace", holder="desk")
    add(world, submission_id, {"6a": NAME})
    add(world, submission_id, {"6b": "El Inventado"})
    with world.worker() as session:
        folio = session.get_one(Capture, world.root_id).folio
    order = expunging.Order(number="JC-1", authority="Juez", reason="un tercero", capture=folio, entries=(1,))
    by = (world.people["supervisor"], world.people["prosecutor"])
    owner = make_engine(fresh_database_urls.owner)
    with make_sessions(owner)() as session:
        expunging.expunge(session, world.services, order=order, by=by)
        session.commit()
    owner.dispose()
    with world.worker() as session:
        first, second = session.scalars(select(PossessorSupplement).order_by(PossessorSupplement.number))
        assert (first.sealed, first.lines, second.sealed is None) == (None, ["6a"], False)
    caller = world.people["analyst"]
    with world.acting(caller.organisation_id) as session:
        found = possessors.open_lines(
            session, world.services, caller=caller, submission_id=submission_id, reason="después de la orden"
        )
    assert ([one.code for one in found.lines], found.expunged) == (["6b"], True)
