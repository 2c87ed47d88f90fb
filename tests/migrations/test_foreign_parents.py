"""A row of one agency beside a capture, manifest or file of another's: no role can write it, nor move one there."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from seeding import OTHER, OWN, row_of, state_of
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from evidence.records.database import enter
from evidence.records.tables import METADATA
from standalone.postgres import DatabaseUrls

# table -> the columns that name a parent; each is tried alone.
PARENTED = {
    "capture": ["root_id"],
    "manifest": ["root_id", "capture_id"],
    "media": ["root_id", "manifest_sha256"],
    "manifest_media": ["root_id", "manifest_sha256", "media_row_id"],
    "item": ["root_id", "manifest_sha256"],
    "package": ["root_id", "manifest_sha256"],
    "serial_key": ["root_id"],
    "finding": ["root_id", "media_row_id"],
    "upload_plan": ["media_row_id"],
}
OF_A_WALK_IN = ("media", "walk_in_id")  # tried by itself: such a file has no capture
CASES = [(table, column) for table, columns in PARENTED.items() for column in columns]
FOREIGN_KEY_VIOLATION, INSERT_ONLY, CHECK_VIOLATION = "23503", "23001", "23514"

# Values of closed lists, where any text will not do.
CLOSED: dict[str, dict[str, Any]] = {
    "organisation": {"kind": "agency", "jurisdiction": "state"},
    "device": {"state": "active"},
    "capture": {"state": "registered"},
    "manifest": {"standing": "accepted"},
    "media": {"state": "expected", "purpose": "capture"},
}


class World:
    """Two agencies, each with a person, a phone, a capture, its manifest and one file."""

    def __init__(self, urls: DatabaseUrls) -> None:
        self.owner = engine(urls.owner)
        self.api = engine(urls.api)
        self.known: dict[UUID, dict[str, Any]] = {}
        for agency in (OWN, OTHER):
            self.known[agency] = self._seed(agency)

    def _seed(self, agency: UUID) -> dict[str, Any]:
        made: dict[str, Any] = {name: uuid4() for name in ("person", "device", "capture", "media")}
        made["manifest"] = uuid4().hex
        names = self.names(made)
        with self.owner.begin() as connection:
            for name, own in (
                ("organisation", {"id": agency}),
                ("person", {"id": made["person"]}),
                ("device", {"id": made["device"]}),
                ("capture", {"id": made["capture"]}),
                ("manifest", {"sha256": made["manifest"]}),
                ("media", {"id": made["media"]}),
            ):
                connection.execute(METADATA.tables[name].insert().values(self.row(name, agency, names) | own))
        return names

    @staticmethod
    def names(made: dict[str, Any]) -> dict[str, Any]:
        return {
            "officer_id": made["person"],
            "author_id": made["person"],
            "device_id": made["device"],
            "root_id": made["capture"],
            "capture_id": made["capture"],
            "manifest_sha256": made["manifest"],
            "media_row_id": made["media"],
        }

    @staticmethod
    def row(name: str, agency: UUID, names: dict[str, Any]) -> dict[str, Any]:
        table = METADATA.tables[name]
        known = {key: value for key, value in names.items() if key in table.columns}
        return row_of(table, agency) | known | CLOSED.get(name, {})

    def own_row(self, name: str) -> dict[str, Any]:
        """A right row of our agency, under parents of its own."""
        return self.row(name, OWN, self.known[OWN])


def engine(url: str) -> Engine:
    return create_engine(url.replace("postgresql://", "postgresql+psycopg://"))


@pytest.fixture(scope="module")
def world(postgres: Any, migrated_template: str) -> Iterator[World]:
    name = f"parents_{uuid4().hex}"
    postgres.create_database(name, template=migrated_template)
    made = World(postgres.urls(name))
    yield made
    made.owner.dispose()
    made.api.dispose()
    postgres.drop_database(name)


@pytest.mark.parametrize(("name", "column"), CASES)
def test_no_row_stands_under_another_agency_s_parent(world: World, name: str, column: str) -> None:
    right = world.own_row(name)
    table = METADATA.tables[name]
    for bind in (world.api, world.owner):
        with Session(bind) as session:
            enter(session, OWN)
            session.execute(table.insert().inline().values(right))
            session.rollback()  # the row is right but for the parent
            enter(session, OWN)
            with pytest.raises(DBAPIError) as refused:
                session.execute(table.insert().inline().values(right | {column: world.known[OTHER][column]}))
        assert state_of(refused) == FOREIGN_KEY_VIOLATION


@pytest.mark.parametrize(("name", "column"), [case for case in CASES if case[1] == "root_id"])
def test_no_row_is_moved_under_another_agency_s_capture(world: World, name: str, column: str) -> None:
    right = world.own_row(name)
    table = METADATA.tables[name]
    with Session(world.owner) as session:
        session.execute(table.insert().values(right))
        key = next(iter(table.primary_key.columns))
        change = text(f"UPDATE {name} SET {column} = :other WHERE {key.name} = :key")
        with pytest.raises(DBAPIError) as refused:
            session.execute(change, {"other": world.known[OTHER][column], "key": right[key.name]})
    assert state_of(refused) == (INSERT_ONLY if name == "finding" else FOREIGN_KEY_VIOLATION)


def test_no_photo_stands_under_another_organisation_s_walk_in(world: World) -> None:
    table, walk_ins = METADATA.tables["media"], METADATA.tables["walk_in"]
    own, other = uuid4(), uuid4()
    nothing = {"root_id": None, "capture_id": None, "manifest_sha256": None, "purpose": "receiving_photo"}
    right = world.own_row("media") | nothing | {"walk_in_id": own}
    with world.owner.begin() as connection:
        for agency, walk_in in ((OWN, own), (OTHER, other)):
            connection.execute(walk_ins.insert().values(row_of(walk_ins, agency) | {"id": walk_in}))
    for bind in (world.api, world.owner):
        with Session(bind) as session:
            enter(session, OWN)
            session.execute(table.insert().inline().values(right))
            session.rollback()  # the row is right but for the parent
            enter(session, OWN)
            with pytest.raises(DBAPIError) as refused:
                session.execute(table.insert().inline().values(right | {"walk_in_id": other}))
        assert state_of(refused) == FOREIGN_KEY_VIOLATION
    with Session(world.owner) as session, pytest.raises(DBAPIError) as refused:
        session.execute(table.insert().values(right | {"root_id": world.known[OWN]["root_id"]}))
    assert state_of(refused) == CHECK_VIOLATION, "a walk-in's photo has no capture"


def test_every_table_that_names_a_parent_is_tried() -> None:
    held = {
        (table.name, key.column_keys[0])
        for table in METADATA.tables.values()
        for key in table.foreign_key_constraints
        if key.column_keys[1:] == ["agency_id"]
    }
    assert held == {*CASES, OF_A_WALK_IN}
