"""Writing around row-level security: about another's evidence, with a grant and without one."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from seeding import (
    DENIED,
    OTHER,
    OWN,
    Seeded,
    as_api,
    granted,
    row_of,
    seeded_id,
    state_of,
    writes,
)
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from evidence.records.tables import METADATA

# Rows about the other organisation's evidence, by table: the columns by which they name it and their writer.
ABOUT = ("result", "lease", "assignment", "media", "supplement", "physical_event")


def about(seeded: Seeded, name: str, *, owner: UUID, writer: UUID, item: UUID) -> dict[str, Any]:
    """A row of ``writer`` about a submission, its item and its root, all of ``owner``."""
    submission = seeded_id(seeded, "submission", owner)
    known: dict[str, Any] = {
        "agency_id": owner,
        "organisation_id": writer,
        "author_organisation_id": writer,
        "submission_id": submission,
        "root_id": seeded_id(seeded, "capture", owner),
        "scope": "item",
        "scope_id": item,
        "item_ids": [item],
    }
    table = METADATA.tables[name]
    columns = {column.name for column in table.columns}
    return row_of(table, owner) | {column: value for column, value in known.items() if column in columns}


@pytest.mark.parametrize("name", ABOUT)
def test_only_who_holds_a_grant_writes_about_another_s_evidence(seeded: Seeded, name: str) -> None:
    item = uuid4()
    mine = about(seeded, name, owner=OTHER, writer=OWN, item=item)
    theirs = about(seeded, name, owner=OTHER, writer=OTHER, item=item)
    facts = {
        "submission_id": seeded_id(seeded, "submission", OTHER),
        "root_id": seeded_id(seeded, "capture", OTHER),
        "item_id": item,
    }
    with seeded.owner.begin() as connection:  # the submission belongs to the capture that the grant opens
        connection.execute(text("UPDATE submission SET root_id = :root_id WHERE id = :submission_id"), facts)
    assert not writes(seeded, name, mine)
    with granted(seeded, **facts):
        assert writes(seeded, name, mine)
        assert not writes(seeded, name, theirs), "not in the agency's name"
        assert not writes(seeded, name, {**mine, "agency_id": OWN}), "nor as if the evidence were our own"
    with granted(seeded, **facts, revoked_at="2026-01-01T00:00:00Z"):
        assert not writes(seeded, name, mine)
    with granted(seeded, **{key: uuid4() for key in facts}):
        assert not writes(seeded, name, mine)


@pytest.mark.parametrize("name", ABOUT)
def test_an_agency_writes_about_its_own_evidence_in_its_own_name(seeded: Seeded, name: str) -> None:
    mine = about(seeded, name, owner=OWN, writer=OWN, item=uuid4())
    assert writes(seeded, name, mine)
    holder = about(seeded, name, owner=OWN, writer=OTHER, item=uuid4())
    # A corrected dossier opens the holder's assignment again; nothing else is written for somebody else.
    assert writes(seeded, name, holder) is (name == "assignment")


def test_a_grantee_s_supplement_is_not_for_the_whole_capture(seeded: Seeded) -> None:
    item, submission = uuid4(), seeded_id(seeded, "submission", OTHER)
    row = about(seeded, "supplement", owner=OTHER, writer=OWN, item=item)
    with granted(seeded, submission_id=submission, root_id=row["root_id"], item_id=item):
        assert writes(seeded, "supplement", row)
        assert writes(seeded, "supplement", {**row, "scope": "submission", "scope_id": submission})
        assert not writes(seeded, "supplement", {**row, "scope": "capture", "scope_id": row["root_id"]})
        assert not writes(seeded, "supplement", {**row, "scope_id": uuid4()}), "another item of the capture"


def test_names_of_purchasers_come_with_an_own_result(seeded: Seeded) -> None:
    results = METADATA.tables["result"]
    for recorder, allowed in ((OWN, True), (OTHER, False)):
        result = {**row_of(results, OWN), "organisation_id": recorder}
        with seeded.owner.begin() as connection:
            connection.execute(results.insert().values(result))
        row = {**row_of(METADATA.tables["result_nominal"], OWN), "result_id": result["id"]}
        assert writes(seeded, "result_nominal", row) is allowed


def test_a_grantee_reads_a_file_and_does_not_change_it(seeded: Seeded) -> None:
    media = seeded_id(seeded, "media", OTHER)
    submission = seeded_id(seeded, "submission", OTHER)
    with seeded.owner.begin() as connection:
        connection.execute(text("UPDATE media SET submission_id = NULL WHERE id = :m"), {"m": media})
    line = {"media_row_id": media, "root_id": seeded_id(seeded, "capture", OTHER), "item_ids": [uuid4()]}
    lines = METADATA.tables["manifest_media"]
    with seeded.owner.begin() as connection:
        connection.execute(lines.update().where(lines.c.agency_id == OTHER).values(line))
    with (
        granted(seeded, submission_id=submission, root_id=line["root_id"], item_id=line["item_ids"][0]),
        as_api(seeded, OWN) as session,
    ):
        assert session.execute(text("SELECT count(*) FROM media WHERE id = :m"), {"m": media}).scalar_one() == 1
        with pytest.raises(DBAPIError) as refused:
            session.execute(text("UPDATE media SET state = 'lost' WHERE id = :m"), {"m": media})
        assert state_of(refused) in DENIED


def test_only_the_worker_makes_pairs(seeded: Seeded) -> None:
    assert not writes(seeded, "duplicate_match", row_of(METADATA.tables["duplicate_match"], OWN))


def test_nobody_routes_another_s_evidence_to_themselves(seeded: Seeded) -> None:
    routes = METADATA.tables["route"]
    with as_api(seeded, OWN) as session, pytest.raises(DBAPIError) as refused:
        session.execute(routes.insert().inline().values({**row_of(routes, OTHER), "organisation_id": OWN}))
    assert state_of(refused) in DENIED


def test_nobody_grants_themselves_what_is_another_s(seeded: Seeded) -> None:
    grants = METADATA.tables["access_grant"]
    mine = {**row_of(grants, OTHER), "grantee_id": OWN, "root_id": uuid4(), "levels": ["facts", "media", "custody"]}
    with as_api(seeded, OWN) as session, pytest.raises(DBAPIError) as refused:
        session.execute(grants.insert().inline().values(mine))
    assert state_of(refused) in DENIED


def test_a_grantee_does_not_widen_its_grant(seeded: Seeded) -> None:
    grants = METADATA.tables["access_grant"]
    given = {**row_of(grants, OTHER), "grantee_id": OWN, "scope": "submission", "levels": ["facts"]}
    with seeded.owner.begin() as connection:
        connection.execute(grants.insert().values(given))
    try:
        with as_api(seeded, OWN) as session:
            assert session.execute(grants.select().where(grants.c.id == given["id"])).first() is not None
            with pytest.raises(DBAPIError) as refused:
                session.execute(grants.update().where(grants.c.id == given["id"]).values(scope="capture"))
        assert state_of(refused) in DENIED
    finally:
        with seeded.owner.begin() as connection:
            connection.execute(grants.delete().where(grants.c.id == given["id"]))
