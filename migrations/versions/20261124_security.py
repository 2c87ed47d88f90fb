"""Walls: least privilege for the two application roles, row-level security, insert-only evidence, the job tables.

The application roles own nothing. ``casquillo_worker`` sees every row, because its jobs work for all;
``casquillo_api`` sees what belongs to ``casquillo.organisation`` (set for one transaction) or is granted to it.
"""

from collections.abc import Sequence

from alembic import op
from procrastinate.schema import SchemaManager

revision: str = "20261124_02"
down_revision: str | None = "20261124_01"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

APPLICATION = "casquillo_api, casquillo_worker"

# Rows of these tables are never changed after they were written, nor removed.
INSERT_ONLY = (
    "custody_entry",
    "custody_detail",
    "log_leaf",
    "decision",
    "reading",
    "approved_dossier",
    "supplement",
    "statement",
    "refusal",
    "physical_event",
    "result",
    "result_nominal",
    "finding",
    "duplicate_answer",
)

# These columns, and no others, may be changed afterwards.
CHANGEABLE = {
    "manifest": "root_id, standing, problems, flags, secured_at",
    "item": "root_id",
    "package": "root_id",
    "manifest_media": "root_id",
    "device_message": "flags",
    "custody_audience": "log_index",
    "result_notice": "told_at",
}

DELETABLE = ("log_pending", "device_nonce", "device_session")

# Each names pg_temp last: left out, it would be searched first, and a temporary table would stand in for a real one.
FUNCTIONS = """
CREATE FUNCTION present_organisation() RETURNS uuid LANGUAGE sql STABLE AS
$$ SELECT nullif(current_setting('casquillo.organisation', true), '')::uuid $$;

CREATE FUNCTION present_person() RETURNS uuid LANGUAGE sql STABLE AS
$$ SELECT nullif(current_setting('casquillo.person', true), '')::uuid $$;

CREATE FUNCTION sees_root(root uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp COST 500 AS
$$ SELECT EXISTS (SELECT 1 FROM access_grant g
    WHERE g.grantee_id = present_organisation() AND g.root_id = root
      AND g.revoked_at IS NULL AND g.valid_from <= now() AND (g.valid_until IS NULL OR g.valid_until > now())) $$;

CREATE FUNCTION sees_item(root uuid, item uuid, wanted_level text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp COST 500 AS
$$ SELECT EXISTS (SELECT 1 FROM access_grant g
    WHERE g.grantee_id = present_organisation() AND g.root_id = root
      AND (g.scope = 'capture' OR g.item_id = item) AND wanted_level = ANY (g.levels)
      AND g.revoked_at IS NULL AND g.valid_from <= now() AND (g.valid_until IS NULL OR g.valid_until > now())) $$;

CREATE FUNCTION sees_any_item(root uuid, items uuid[], wanted_level text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp COST 500 AS
$$ SELECT EXISTS (SELECT 1 FROM access_grant g
    WHERE g.grantee_id = present_organisation() AND g.root_id = root
      AND (g.scope = 'capture' OR g.item_id = ANY (items)) AND wanted_level = ANY (g.levels)
      AND g.revoked_at IS NULL AND g.valid_from <= now() AND (g.valid_until IS NULL OR g.valid_until > now())) $$;

CREATE FUNCTION sees_submission(wanted uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp COST 500 AS
$$ SELECT EXISTS (SELECT 1 FROM access_grant g
    WHERE g.grantee_id = present_organisation() AND g.submission_id = wanted
      AND g.revoked_at IS NULL AND g.valid_from <= now() AND (g.valid_until IS NULL OR g.valid_until > now())) $$;

CREATE FUNCTION sees_match(wanted uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp COST 500 AS
$$ SELECT EXISTS (SELECT 1 FROM access_grant g
    WHERE g.grantee_id = present_organisation() AND g.match_id = wanted
      AND g.revoked_at IS NULL AND g.valid_from <= now() AND (g.valid_until IS NULL OR g.valid_until > now())) $$;

CREATE FUNCTION sees_media(wanted uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp COST 500 AS
$$ SELECT EXISTS (SELECT 1 FROM manifest_media l
    WHERE l.media_row_id = wanted AND sees_any_item(l.root_id, l.item_ids, 'media'))
   OR EXISTS (SELECT 1 FROM media m WHERE m.id = wanted AND m.submission_id IS NOT NULL
       AND sees_submission(m.submission_id)) $$;

CREATE FUNCTION sees_entry(wanted uuid, chain_type text, chain_id uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp COST 500 AS
$$ SELECT EXISTS (SELECT 1 FROM custody_audience a
    WHERE a.entry_id = wanted AND a.organisation_id = present_organisation())
   OR (chain_type = 'capture' AND sees_root(chain_id)) $$;
"""

# The doors: what must be found before it is known whose it is. Each answers one row for one secret or id.
DOORS = """
CREATE FUNCTION door_account(wanted text)
RETURNS TABLE (account_id uuid, person_id uuid, organisation_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ SELECT id, person_id, organisation_id FROM account WHERE username = wanted $$;

CREATE FUNCTION door_user_session(wanted text)
RETURNS TABLE (session_id uuid, person_id uuid, organisation_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ SELECT id, person_id, organisation_id FROM user_session WHERE token_hash = wanted $$;

CREATE FUNCTION door_machine_token(wanted text) RETURNS TABLE (token_id uuid, organisation_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ SELECT id, organisation_id FROM machine_token WHERE token_hash = wanted $$;

CREATE FUNCTION door_device(wanted uuid) RETURNS TABLE (agency_id uuid, officer_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ SELECT agency_id, officer_id FROM device WHERE id = wanted $$;

CREATE FUNCTION door_device_session(wanted text)
RETURNS TABLE (device_id uuid, agency_id uuid, officer_id uuid, expires_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ SELECT device_id, agency_id, officer_id, expires_at FROM device_session WHERE token_hash = wanted $$;

CREATE FUNCTION door_id_taken(wanted_table text, wanted uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ SELECT CASE wanted_table
     WHEN 'capture' THEN EXISTS (SELECT 1 FROM capture WHERE id = wanted)
     WHEN 'device' THEN EXISTS (SELECT 1 FROM device WHERE id = wanted)
     WHEN 'statement' THEN EXISTS (SELECT 1 FROM statement WHERE id = wanted)
     WHEN 'result' THEN EXISTS (SELECT 1 FROM result WHERE id = wanted)
     WHEN 'physical_event' THEN EXISTS (SELECT 1 FROM physical_event WHERE id = wanted)
   END $$;
"""

REFUSE_CHANGE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '% is insert-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$;
"""

# Wakes whoever places entries in the log; one notice a statement, delivered at the commit.
ANNOUNCE = """
CREATE FUNCTION announce_pending() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM pg_notify('casquillo_log', ''); RETURN NULL; END $$;
CREATE TRIGGER announce AFTER INSERT ON log_pending FOR EACH STATEMENT EXECUTE FUNCTION announce_pending();
"""

OWN = "{column} = present_organisation()"

# table -> the predicate by which the api role reads and writes its rows
POLICIES = {
    "person": OWN.format(column="organisation_id"),
    "role_assignment": OWN.format(column="organisation_id"),
    "account": OWN.format(column="organisation_id"),
    "user_session": OWN.format(column="organisation_id"),
    "machine_token": OWN.format(column="organisation_id"),
    "route": "agency_id = present_organisation() OR organisation_id = present_organisation()",
    "access_grant": "owner_id = present_organisation() OR grantee_id = present_organisation()",
    "device": OWN.format(column="agency_id"),
    "device_session": OWN.format(column="agency_id"),
    "enrolment_code": OWN.format(column="agency_id"),
    "device_message": OWN.format(column="agency_id"),
    "statement": OWN.format(column="agency_id"),
    "refusal": OWN.format(column="agency_id"),
    "manifest": OWN.format(column="agency_id"),
    "serial_key": OWN.format(column="agency_id"),
    "capture": "agency_id = present_organisation() OR sees_root(root_id)",
    "item": "agency_id = present_organisation() OR sees_item(root_id, item_id, 'facts')",
    "package": "agency_id = present_organisation() OR sees_any_item(root_id, item_ids, 'facts')",
    "media": (
        "agency_id = present_organisation() OR author_organisation_id = present_organisation() OR sees_media(id)"
    ),
    "manifest_media": "agency_id = present_organisation() OR sees_any_item(root_id, item_ids, 'media')",
    "upload_plan": "agency_id = present_organisation() OR sees_media(media_row_id)",
    "finding": (
        "agency_id = present_organisation() OR (media_row_id IS NOT NULL AND sees_media(media_row_id))"
        " OR (item_id IS NOT NULL AND sees_item(root_id, item_id, 'facts'))"
    ),
    "view_opened": "agency_id = present_organisation() OR sees_media(media_row_id)",
    "submission": "agency_id = present_organisation() OR sees_submission(id)",
    "supplement": (
        "agency_id = present_organisation() OR author_organisation_id = present_organisation()"
        " OR (scope = 'capture' AND sees_root(root_id))"
        " OR (scope = 'item' AND sees_item(root_id, scope_id, 'facts'))"
        " OR (scope = 'submission' AND sees_submission(scope_id))"
    ),
    "reading": "agency_id = present_organisation() OR sees_item(root_id, item_id, 'facts')",
    "approved_dossier": "agency_id = present_organisation() OR sees_submission(submission_id)",
    "decision": "agency_id = present_organisation() OR sees_submission(submission_id)",
    "lease": "agency_id = present_organisation() OR organisation_id = present_organisation()",
    "assignment": "agency_id = present_organisation() OR organisation_id = present_organisation()",
    "trace_request": "agency_id = present_organisation() OR sees_submission(submission_id)",
    "physical_event": (
        "agency_id = present_organisation() OR organisation_id = present_organisation()"
        " OR sees_any_item(root_id, item_ids, 'facts')"
    ),
    "result": (
        "agency_id = present_organisation() OR organisation_id = present_organisation()"
        " OR sees_submission(submission_id)"
    ),
    "result_nominal": "agency_id = present_organisation() OR sees_submission(submission_id)",
    "duplicate_match": (
        "a_agency_id = present_organisation() OR b_agency_id = present_organisation() OR sees_match(id)"
    ),
    "duplicate_answer": (
        "organisation_id = present_organisation() OR EXISTS (SELECT 1 FROM duplicate_match m WHERE m.id = match_id)"
    ),
    "custody_chain": ("agency_id = present_organisation() OR (chain_type = 'capture' AND sees_root(chain_id))"),
    "custody_entry": "agency_id = present_organisation() OR sees_entry(entry_id, chain_type, chain_id)",
    "custody_detail": (
        "agency_id = present_organisation() OR EXISTS (SELECT 1 FROM custody_entry e"
        " WHERE e.entry_id = custody_detail.entry_id)"
    ),
}

# Where reading is wider than writing: what another organisation gives is read, but never made, by who gets it.
WRITES = {
    "route": OWN.format(column="agency_id"),
    "access_grant": OWN.format(column="owner_id"),
}

# Read by everyone who is signed in, written by the owner or the worker.
DIRECTORY = ("service", "organisation", "log_leaf", "log_head")


def upgrade() -> None:
    _install_jobs()
    for text in (FUNCTIONS, DOORS, REFUSE_CHANGE, ANNOUNCE):
        op.execute(text)
    op.execute("INSERT INTO service DEFAULT VALUES")
    op.execute("INSERT INTO log_head DEFAULT VALUES")
    _grant()
    _refuse_changes()
    _raise_walls()


def _install_jobs() -> None:
    """Procrastinate's own schema text; it holds ``%`` signs, so it goes to the driver as it is."""
    connection = op.get_bind().connection.driver_connection
    if connection is None:
        raise RuntimeError("migrations need a live connection")
    connection.execute(SchemaManager.get_schema())


def _grant() -> None:
    op.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
    op.execute(f"GRANT USAGE ON SCHEMA public TO {APPLICATION}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO {APPLICATION}")
    op.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {APPLICATION}")
    for table in INSERT_ONLY:
        op.execute(f"REVOKE UPDATE ON {table} FROM {APPLICATION}")
    for table, columns in CHANGEABLE.items():
        op.execute(f"REVOKE UPDATE ON {table} FROM {APPLICATION}")
        op.execute(f"GRANT UPDATE ({columns}) ON {table} TO {APPLICATION}")
    for table in DELETABLE:
        op.execute(f"GRANT DELETE ON {table} TO {APPLICATION}")
    op.execute(
        "GRANT DELETE ON procrastinate_jobs, procrastinate_workers, procrastinate_events,"
        " procrastinate_periodic_defers TO casquillo_worker"
    )
    op.execute("REVOKE SELECT, UPDATE ON log_pending FROM casquillo_api")
    op.execute("REVOKE INSERT, UPDATE ON service, organisation, log_leaf, log_head, alembic_version FROM casquillo_api")
    op.execute("REVOKE INSERT, UPDATE ON service, alembic_version FROM casquillo_worker")
    for door in ("account(text)", "user_session(text)", "machine_token(text)", "device(uuid)", "device_session(text)"):
        op.execute(f"REVOKE ALL ON FUNCTION door_{door} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION door_{door} TO casquillo_api")


def _refuse_changes() -> None:
    """A second lock on evidence: even a role with the privilege meets the trigger."""
    for table in INSERT_ONLY:
        op.execute(
            f"CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
    op.execute("CREATE TRIGGER no_truncate BEFORE TRUNCATE ON custody_entry EXECUTE FUNCTION refuse_change()")


def _raise_walls() -> None:
    for table, predicate in POLICIES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        written = WRITES.get(table, predicate)
        op.execute(f"CREATE POLICY api ON {table} TO casquillo_api USING ({predicate}) WITH CHECK ({written})")
        op.execute(f"CREATE POLICY worker ON {table} TO casquillo_worker USING (true) WITH CHECK (true)")
    for table, own in (
        ("custody_audience", "organisation_id = present_organisation()"),
        ("result_notice", "organisation_id = present_organisation()"),
    ):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY read ON {table} FOR SELECT TO casquillo_api USING ({own})")
        op.execute(f"CREATE POLICY tell ON {table} FOR INSERT TO casquillo_api WITH CHECK (true)")
        op.execute(f"CREATE POLICY worker ON {table} TO casquillo_worker USING (true) WITH CHECK (true)")


def downgrade() -> None:
    for table in [*POLICIES, "custody_audience", "result_notice"]:
        for policy in ("api", "worker", "read", "tell"):
            op.execute(f"DROP POLICY IF EXISTS {policy} ON {table}")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    op.execute("DROP TRIGGER no_truncate ON custody_entry")
    op.execute("DROP TRIGGER announce ON log_pending")
    for table in INSERT_ONLY:
        op.execute(f"DROP TRIGGER insert_only ON {table}")
    op.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {APPLICATION}")
    op.execute(f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {APPLICATION}")
    op.execute(f"REVOKE ALL ON SCHEMA public FROM {APPLICATION}")
    for function in (
        "door_account(text)",
        "door_user_session(text)",
        "door_machine_token(text)",
        "door_device(uuid)",
        "door_device_session(text)",
        "door_id_taken(text, uuid)",
        "sees_entry(uuid, text, uuid)",
        "sees_media(uuid)",
        "sees_match(uuid)",
        "sees_submission(uuid)",
        "sees_any_item(uuid, uuid[], text)",
        "sees_item(uuid, uuid, text)",
        "sees_root(uuid)",
        "present_person()",
        "present_organisation()",
        "refuse_change()",
        "announce_pending()",
    ):
        op.execute(f"DROP FUNCTION {function}")
    op.execute("DELETE FROM service")
    op.execute("DELETE FROM log_head")
    _remove_jobs()


def _remove_jobs() -> None:
    op.execute(
        """
        DO $$ DECLARE thing record; BEGIN
          FOR thing IN SELECT oid::regprocedure AS name FROM pg_proc
            WHERE proname LIKE 'procrastinate_%' AND pronamespace = 'public'::regnamespace
          LOOP EXECUTE 'DROP FUNCTION ' || thing.name || ' CASCADE'; END LOOP;
          FOR thing IN SELECT tablename AS name FROM pg_tables
            WHERE tablename LIKE 'procrastinate_%' AND schemaname = 'public'
          LOOP EXECUTE 'DROP TABLE ' || thing.name || ' CASCADE'; END LOOP;
          FOR thing IN SELECT typname AS name FROM pg_type
            WHERE typname LIKE 'procrastinate_%' AND typnamespace = 'public'::regnamespace
          LOOP EXECUTE 'DROP TYPE IF EXISTS ' || thing.name || ' CASCADE'; END LOOP;
        END $$
        """
    )
