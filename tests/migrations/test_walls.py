"""Reading around row-level security: every table with an organisation in it, tried as the application role."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import BigInteger, Boolean, Column, Engine, LargeBinary, Table, Text, Uuid, create_engine, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from evidence.records.database import enter
from evidence.records.tables import METADATA
from standalone.postgres import DatabaseUrls

OWN, OTHER = uuid4(), uuid4()

# Tables without a wall, and why.
OPEN = {
    "service": "one row: the service's public id",
    "organisation": "the directory that everyone signed in reads; written by the worker's role",
    "device_nonce": "found before it is known whose it is; holds hashes of nonces only",
    "log_pending": "the api role may only insert; placing belongs to the worker",
    "log_leaf": "hashes in the order of the log, public by design",
    "log_head": "the log's size",
    "log_origin": "the log's name, public by design",
    "log_key": "public keys",
    "log_tile": "hashes, public by design",
    "log_checkpoint": "signed heads of the log, public by design",
    "log_cosignature": "what witnesses signed, public by design",
    "log_timestamp": "what a timestamp authority signed, public by design",
    "sign_in_step": "found before it is known whose it is; holds hashes, and what is sealed by the settings' key",
    "rescue_key": "public keys; the sealed half's column is closed to the api role",
}
# Rows that one organisation writes for another: it is told of something. Reading stays walled.
TOLD = {"custody_audience", "view_pending"}
DENIED = {"42501"}  # insufficient_privilege, which a violated policy gives too


@dataclass(frozen=True)
class Seeded:
    """A database with one row of each of two organisations in every table."""

    owner: Engine
    api: Engine
    worker: Engine


def organisations_of(table: Table) -> list[str]:
    """The columns of a table that name an organisation."""
    names = {"agency_id", "organisation_id", "author_organisation_id", "a_agency_id", "b_agency_id"}
    if table.name == "access_grant":
        names |= {"owner_id", "grantee_id"}
    return [column.name for column in table.columns if column.name in names]


WALLED = sorted(name for name in METADATA.tables if name not in OPEN)


def some_value(column: Column[Any]) -> Any:
    kind = column.type
    if isinstance(kind, Uuid):
        return uuid4()
    if isinstance(kind, BigInteger):
        return uuid4().int & 0xFFFF_FFFF
    if isinstance(kind, TIMESTAMP):
        return "2026-01-01T00:00:00Z"
    if isinstance(kind, LargeBinary):
        return uuid4().bytes
    if isinstance(kind, JSONB):
        return {}
    if isinstance(kind, ARRAY):
        return []
    return (
        kind.python_type() if not isinstance(kind, Text | Boolean) else (uuid4().hex if isinstance(kind, Text) else 1)
    )


def row_of(table: Table, organisation: UUID) -> dict[str, Any]:
    """A row that belongs to ``organisation`` and to nobody else."""
    owners = organisations_of(table)
    return {
        column.name: organisation if column.name in owners else some_value(column)
        for column in table.columns
        if not (column.identity or column.nullable) or column.name in owners
    }


@pytest.fixture(scope="module")
def seeded(postgres: Any, migrated_template: str) -> Iterator[Seeded]:
    name = f"walls_{uuid4().hex}"
    postgres.create_database(name, template=migrated_template)
    urls: DatabaseUrls = postgres.urls(name)
    made = Seeded(*(create_engine(url.replace("postgresql://", "postgresql+psycopg://")) for url in urls_of(urls)))
    with made.owner.begin() as connection:
        _drop_references(connection)
        for table in METADATA.tables.values():
            for organisation in (OWN, OTHER):
                if table.name not in ("service", "log_head"):
                    connection.execute(table.insert().values(row_of(table, organisation)))
    yield made
    for engine in (made.owner, made.api, made.worker):
        engine.dispose()
    postgres.drop_database(name)


def urls_of(urls: DatabaseUrls) -> tuple[str, str, str]:
    return urls.owner, urls.api, urls.worker


def _drop_references(connection: Any) -> None:
    """Foreign keys and checks go, so that a row of every table can stand by itself; walls and grants stay."""
    found = connection.execute(
        text(
            "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype IN ('f', 'c') AND conrelid <> 0"
        )
    ).all()
    for table, constraint in found:
        if not table.startswith("procrastinate_") and "." not in table:
            connection.execute(text(f'ALTER TABLE {table} DROP CONSTRAINT "{constraint}"'))


def as_api(seeded: Seeded, organisation: UUID | None) -> Session:
    session = Session(seeded.api)
    if organisation is not None:
        enter(session, organisation)
    return session


def state_of(refused: pytest.ExceptionInfo[DBAPIError]) -> str:
    return str(getattr(refused.value.orig, "sqlstate", None))


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


def seeded_id(seeded: Seeded, table: str, organisation: UUID, column: str = "id") -> UUID:
    with seeded.owner.connect() as connection:
        wanted = text(f"SELECT {column} FROM {table} WHERE agency_id = :o")
        found: UUID = connection.execute(wanted, {"o": organisation}).scalars().first()
    return found


@contextmanager
def granted(seeded: Seeded, **facts: Any) -> Iterator[None]:
    """A live grant of the other organisation to our own, for as long as the block runs."""
    grants = METADATA.tables["access_grant"]
    given = {**row_of(grants, OTHER), "grantee_id": OWN, "scope": "submission", "levels": ["facts", "media"], **facts}
    with seeded.owner.begin() as connection:
        connection.execute(grants.insert().values(given))
    try:
        yield
    finally:
        with seeded.owner.begin() as connection:
            connection.execute(grants.delete().where(grants.c.id == given["id"]))


def writes(seeded: Seeded, name: str, row: dict[str, Any]) -> bool:
    """Whether the wall lets our organisation write the row."""
    with as_api(seeded, OWN) as session:
        try:
            session.execute(METADATA.tables[name].insert().inline().values(row))
        except DBAPIError as refused:
            assert refused.orig.sqlstate in DENIED, refused  # noqa: PT017  # what is refused, and by what
            return False
        finally:
            session.rollback()
    return True


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


def test_every_definer_function_names_its_path_to_the_end(seeded: Seeded) -> None:
    with seeded.owner.connect() as connection:
        found = connection.execute(
            text(
                "SELECT proname, coalesce(array_to_string(proconfig, ';'), '') FROM pg_proc"
                " WHERE prosecdef AND pronamespace = 'public'::regnamespace"
            )
        ).all()
    assert len(found) >= 10
    assert [name for name, settings in found if not settings.endswith("pg_temp")] == []


def test_doors_answer_one_secret_and_only_the_api(seeded: Seeded) -> None:
    doors = ("account", "user_session", "machine_token", "device_session")
    with as_api(seeded, None) as session:
        for door in doors:
            rows = session.execute(text(f"SELECT * FROM door_{door}('%')")).all()
            assert rows == [], door
        assert session.execute(text("SELECT * FROM door_device(:id)"), {"id": uuid4()}).all() == []
        assert session.execute(text("SELECT door_id_taken('account', :id)"), {"id": uuid4()}).scalar_one() is None
    hidden = {"password_hash", "totp_sealed", "token_hash", "public_jwk", "scopes", "username"}
    with seeded.owner.connect() as connection:
        answered = connection.execute(
            text("SELECT proname, proargnames FROM pg_proc WHERE proname LIKE 'door_%' AND prosecdef")
        ).all()
    assert len(answered) >= 6
    assert [name for name, columns in answered if hidden & set(columns or ())] == []
    for door in doors:
        with Session(seeded.worker) as session, pytest.raises(DBAPIError) as refused:
            session.execute(text(f"SELECT * FROM door_{door}('x')"))
        assert state_of(refused) in DENIED


FORBIDDEN = (
    "ALTER TABLE capture DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE capture NO FORCE ROW LEVEL SECURITY",
    "DROP POLICY api ON capture",
    "CREATE POLICY mine ON capture USING (true)",
    "CREATE TABLE public.mine (id int)",
    "CREATE SCHEMA mine",
    "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE VIEW public.mine AS SELECT 1",
    "TRUNCATE capture",
    "TRUNCATE custody_entry",
    "ALTER TABLE custody_entry DISABLE TRIGGER insert_only",
    "DROP TRIGGER insert_only ON custody_entry",
    "DELETE FROM custody_entry",
    "UPDATE custody_entry SET kind = 'x'",
    "DELETE FROM media",
    "UPDATE alembic_version SET version_num = 'x'",
    "SET session_replication_role = replica",
    "SET ROLE casquillo_owner",
    "SET SESSION AUTHORIZATION casquillo_owner",
    "ALTER ROLE CURRENT_USER BYPASSRLS",
    "GRANT casquillo_owner TO CURRENT_USER",
    "COPY capture TO PROGRAM 'true'",
    "SELECT pg_read_file('/etc/hostname')",
)


@pytest.mark.parametrize("statement", FORBIDDEN)
@pytest.mark.parametrize("role", ["api", "worker"])
def test_the_application_roles_may_not(seeded: Seeded, role: str, statement: str) -> None:
    engine: Engine = getattr(seeded, role)
    with engine.connect() as connection, pytest.raises(DBAPIError) as refused:
        connection.execute(text(statement))
    # A procedure's or table's owner alone may do it, or the privilege is missing.
    assert state_of(refused) in DENIED | {"23001"}, refused.value


def test_the_application_roles_own_nothing_and_stand_under_the_walls(seeded: Seeded) -> None:
    with seeded.owner.connect() as connection:
        owned = connection.execute(
            text(
                "SELECT count(*) FROM pg_shdepend d JOIN pg_roles r ON r.oid = d.refobjid"
                " WHERE d.deptype = 'o' AND r.rolname IN ('casquillo_api', 'casquillo_worker')"
            )
        ).scalar_one()
        strong = connection.execute(
            text(
                "SELECT rolname FROM pg_roles WHERE rolname IN ('casquillo_api', 'casquillo_worker')"
                " AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)"
            )
        ).all()
        members = connection.execute(
            text(
                "SELECT count(*) FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member"
                " WHERE r.rolname IN ('casquillo_api', 'casquillo_worker')"
            )
        ).scalar_one()
    assert (owned, strong, members) == (0, [], 0)
