"""Reading around row-level security: every table with an organisation in it, tried as the application role."""

import pytest
from seeding import DENIED, OPEN, OTHER, OWN, TOLD, WALLED, Seeded, as_api, organisations_of, row_of, state_of
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from evidence.records.tables import METADATA


def test_every_table_has_a_wall_or_a_named_reason(seeded: Seeded) -> None:
    with seeded.owner.connect() as connection:
        walled = set(connection.scalars(text("SELECT relname FROM pg_class WHERE relrowsecurity")))
    assert walled == set(WALLED)
    assert set(METADATA.tables) == set(WALLED) | set(OPEN)
    # A table without a wall names no organisation whose rows could be read through it.
    assert [name for name in OPEN if organisations_of(METADATA.tables[name])] == []


@pytest.mark.parametrize("name", WALLED)
def test_no_row_of_another_organisation_is_read(seeded: Seeded, name: str) -> None:
    table = METADATA.tables[name]
    owners = organisations_of(table)
    assert owners, f"{name} names no organisation: how is it walled?"
    with as_api(seeded, OWN) as session:
        rows = session.execute(table.select()).mappings().all()
    assert len(rows) == 1, "its own row is seen, and no other"
    assert {rows[0][owner] for owner in owners} == {OWN}


@pytest.mark.parametrize("name", WALLED)
def test_nothing_is_read_without_a_caller(seeded: Seeded, name: str) -> None:
    with as_api(seeded, None) as session:
        assert session.execute(METADATA.tables[name].select()).all() == []


@pytest.mark.parametrize("name", WALLED)
def test_no_row_of_another_organisation_is_changed_or_deleted(seeded: Seeded, name: str) -> None:
    table = METADATA.tables[name]
    owner = organisations_of(table)[0]
    key = next(iter(table.primary_key.columns)).name
    for act in (f"UPDATE {name} SET {owner} = {owner}", f"UPDATE {name} SET {key} = {key}", f"DELETE FROM {name}"):
        with as_api(seeded, OWN) as session:
            try:
                touched = session.execute(text(f"{act} WHERE {owner} = :other"), {"other": OTHER}).rowcount
            except DBAPIError as refused:
                assert refused.orig.sqlstate in DENIED, (act, refused)  # noqa: PT017  # either way is a refusal
                touched = 0
            session.rollback()
        assert touched == 0, act
    with seeded.owner.connect() as connection:
        assert connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() == 2


@pytest.mark.parametrize("name", [name for name in WALLED if name not in TOLD])
def test_nothing_is_inserted_under_another_name(seeded: Seeded, name: str) -> None:
    table = METADATA.tables[name]
    with as_api(seeded, OWN) as session, pytest.raises(DBAPIError) as refused:
        session.execute(table.insert().inline().values(row_of(table, OTHER)))
    assert state_of(refused) in DENIED
    with as_api(seeded, None) as session, pytest.raises(DBAPIError) as refused:
        session.execute(table.insert().inline().values(row_of(table, OWN)))
    assert state_of(refused) in DENIED


@pytest.mark.parametrize("name", sorted(TOLD))
def test_what_others_are_told_is_not_read_back(seeded: Seeded, name: str) -> None:
    table = METADATA.tables[name]
    with as_api(seeded, OWN) as session:
        session.execute(table.insert().inline().values(row_of(table, OTHER)))
        assert len(session.execute(table.select()).all()) == 1
        session.rollback()


@pytest.mark.parametrize("name", WALLED)
def test_a_row_is_not_handed_to_another_organisation(seeded: Seeded, name: str) -> None:
    owners = organisations_of(METADATA.tables[name])
    changed = ", ".join(f"{owner} = :other" for owner in owners)
    with as_api(seeded, OWN) as session, pytest.raises(DBAPIError) as refused:
        session.execute(text(f"UPDATE {name} SET {changed}"), {"other": OTHER})
    assert state_of(refused) in DENIED


def test_a_shadow_table_does_not_open_the_walls(seeded: Seeded) -> None:
    """A temporary table is looked up before the schema, unless a definer's function says otherwise."""
    grants = METADATA.tables["access_grant"]
    with seeded.owner.begin() as connection:
        root = connection.execute(text("SELECT root_id FROM capture WHERE agency_id = :o"), {"o": OTHER}).scalar_one()
        database = connection.execute(text("SELECT current_database()")).scalar_one()
        # As PostgreSQL ships; our own launcher takes the privilege away.
        connection.execute(text(f"GRANT TEMPORARY ON DATABASE {database} TO casquillo_api"))
    forged = {**row_of(grants, OTHER), "grantee_id": OWN, "root_id": root, "scope": "capture", "levels": ["facts"]}
    with as_api(seeded, OWN) as session:
        session.execute(text("CREATE TEMP TABLE access_grant (LIKE public.access_grant) ON COMMIT DROP"))
        session.execute(text("GRANT SELECT ON access_grant TO casquillo_owner"))
        session.execute(grants.insert().inline().values(forged))
        assert session.execute(text("SELECT sees_root(:root)"), {"root": root}).scalar_one() is False
        assert session.execute(text("SELECT count(*) FROM capture")).scalar_one() == 1
