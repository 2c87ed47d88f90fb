"""What the application roles may not do at all, and what the definers' functions give away."""

from uuid import uuid4

import pytest
from seeding import DENIED, Seeded, as_api, state_of
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session


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
