"""The embedded PostgreSQL as a client meets it: who may do what, and where."""

import os
import stat
from pathlib import Path

import psycopg
import pytest
from psycopg import errors

from standalone.postgres import DATABASE, Postgres, Role

APPLICATION = [Role.API, Role.WORKER]


def test_database_is_the_owners_and_speaks_utf8_in_one_order(postgres: Postgres) -> None:
    with psycopg.connect(postgres.url(Role.OWNER)) as connection:
        row = connection.execute(
            "SELECT pg_get_userbyid(datdba), pg_encoding_to_char(encoding), datlocprovider, datlocale"
            " FROM pg_database WHERE datname = current_database()"
        ).fetchone()
    assert row == ("casquillo_owner", "UTF8", "b", "C.UTF-8")


def test_nothing_acknowledged_can_be_lost(server: Postgres) -> None:
    """As the service starts it; the tests' own throw-away server does not wait for the disk."""
    with psycopg.connect(server.url(Role.API)) as connection:
        for name in ("fsync", "full_page_writes", "synchronous_commit", "data_checksums"):
            assert connection.execute("SELECT current_setting(%s)", (name,)).fetchone() == ("on",), name


def test_no_port_is_open(postgres: Postgres) -> None:
    with psycopg.connect(postgres.url(Role.API)) as connection:
        assert connection.execute("SELECT current_setting('listen_addresses')").fetchone() == ("",)
    pid = postgres.pid
    files = [str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()]
    inodes = {name[len("socket:[") : -1] for name in files if name.startswith("socket:[")}
    assert inodes
    for table in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            assert line.split()[9] not in inodes


def test_only_our_account_may_come_near(postgres: Postgres) -> None:
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in postgres.folder.iterdir()}
    assert modes["data"] == modes["socket"] == 0o700
    assert modes["passwords.json"] == modes["postgres.log"] == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to give up root")
def test_server_does_not_run_as_root(postgres: Postgres) -> None:
    status = Path(f"/proc/{postgres.pid}/status").read_text().splitlines()
    identities = {line.split(":")[0]: line.split()[1:] for line in status if line.startswith(("Uid", "Gid", "Groups"))}
    assert identities["Uid"] == ["65534"] * 4
    assert identities["Gid"] == ["65534"] * 4
    assert identities["Groups"] == []


def test_each_role_needs_its_own_password(postgres: Postgres) -> None:
    stolen = postgres.url(Role.API).replace("casquillo_api:", "casquillo_owner:")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(stolen)
    assert len({postgres.url(role).split(":")[2].split("@")[0] for role in Role}) == 4


def test_roles_can_sign_in_and_nothing_else(postgres: Postgres) -> None:
    with psycopg.connect(postgres.url(Role.API)) as connection:
        rows = connection.execute(
            "SELECT rolname, rolcanlogin, rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls,"
            " EXISTS (SELECT 1 FROM pg_auth_members WHERE member = pg_roles.oid)"
            " FROM pg_roles WHERE rolname LIKE 'casquillo%' ORDER BY rolname"
        ).fetchall()
    assert rows == [(role, True, False, False) for role in sorted((Role.OWNER, Role.API, Role.WORKER))]


@pytest.mark.parametrize("role", APPLICATION)
def test_application_roles_own_nothing(postgres: Postgres, role: Role) -> None:
    with psycopg.connect(postgres.url(Role.SUPERUSER)) as connection:
        owned = connection.execute(
            "SELECT count(*) FROM pg_shdepend WHERE refobjid = %s::regrole AND deptype = 'o'", (role,)
        ).fetchone()
    assert owned == (0,)


@pytest.mark.parametrize("role", APPLICATION)
@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (id int)",
        "CREATE TEMPORARY TABLE mine (id int)",
        "CREATE SCHEMA mine",
        "CREATE DATABASE mine",
        "CREATE ROLE mine",
        "SET ROLE casquillo_owner",
        "SET SESSION AUTHORIZATION casquillo_owner",
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "SELECT pg_read_file('PG_VERSION')",
        "SELECT * FROM pg_authid",
        "ALTER ROLE casquillo_worker BYPASSRLS",
        "ALTER ROLE casquillo_api SUPERUSER",
        "ALTER SYSTEM SET fsync = off",
    ],
)
def test_application_roles_cannot_reach_further(postgres: Postgres, role: Role, statement: str) -> None:
    url = postgres.url(role)
    with psycopg.connect(url, autocommit=True) as connection, pytest.raises(errors.InsufficientPrivilege):
        connection.execute(statement)


@pytest.mark.parametrize("role", APPLICATION)
@pytest.mark.parametrize("database", ["postgres", "template1"])
def test_application_roles_enter_no_other_database(postgres: Postgres, role: Role, database: str) -> None:
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(postgres.url(role, database))


def test_owner_can_make_tables_that_others_see_only_when_told(postgres: Postgres) -> None:
    with psycopg.connect(postgres.url(Role.OWNER)) as owner:
        owner.execute("CREATE TABLE owned (id int)")
        owner.commit()
        with psycopg.connect(postgres.url(Role.API)) as api, pytest.raises(errors.InsufficientPrivilege):
            api.execute("SELECT * FROM owned")
        owner.execute("DROP TABLE owned")


def test_copy_of_a_database_has_its_rows_and_its_walls(postgres: Postgres) -> None:
    postgres.create_database("copied_from")
    with psycopg.connect(postgres.url(Role.OWNER, "copied_from")) as connection:
        connection.execute("CREATE TABLE fact AS SELECT 7 AS n")
        connection.execute("GRANT SELECT ON fact TO casquillo_api")
    postgres.create_database("copied_to", template="copied_from")
    with psycopg.connect(postgres.urls("copied_to").api) as connection:
        assert connection.execute("SELECT n FROM fact").fetchone() == (7,)
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute("CREATE TEMPORARY TABLE mine (id int)")
    for name in ("copied_to", "copied_from"):
        postgres.drop_database(name)
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(postgres.url(Role.OWNER, "copied_to"))


def test_urls_name_one_database(postgres: Postgres) -> None:
    urls = postgres.urls()
    for url, role in ((urls.owner, Role.OWNER), (urls.api, Role.API), (urls.worker, Role.WORKER)):
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT current_user, current_database()").fetchone() == (role, DATABASE)
