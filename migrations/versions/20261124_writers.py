"""Who may write about whose evidence: the second wall says what the actions allow, no more.

Reading walls stay as they are. Each policy here is restrictive, so it narrows what the walls before it let through.
"""

from collections.abc import Sequence

from alembic import op

revision: str = "20261124_writers"
down_revision: str | None = "20261124_lab"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# Definer's functions: whose a row is must not depend on what the caller may see. Both name pg_temp last.
FUNCTIONS = """
CREATE FUNCTION is_root_of(root uuid, agency uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp COST 500 AS
$$ SELECT EXISTS (SELECT 1 FROM capture c WHERE c.id = root AND c.agency_id = agency) $$;

CREATE FUNCTION works_on(wanted uuid, agency uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp COST 500 AS
$$ SELECT EXISTS (SELECT 1 FROM submission s WHERE s.id = wanted AND s.agency_id = agency
    AND (agency = present_organisation() OR EXISTS (SELECT 1 FROM access_grant g
      WHERE g.grantee_id = present_organisation() AND g.root_id = s.root_id
        AND (g.scope = 'capture' OR g.submission_id = s.id)
        AND g.revoked_at IS NULL AND g.valid_from <= now() AND (g.valid_until IS NULL OR g.valid_until > now())))) $$;
"""

OWN = "{column} = present_organisation()"
OF_AGENCY = OWN.format(column="agency_id")
BY_US = OWN.format(column="organisation_id")
BY_AUTHOR = OWN.format(column="author_organisation_id")
WORKS = "works_on(submission_id, agency_id)"

# table -> what a new row must hold, beside what the table's own wall asks
INSERTS = {
    "supplement": (
        f"{BY_AUTHOR} AND is_root_of(root_id, agency_id) AND CASE scope WHEN 'capture' THEN {OF_AGENCY}"
        f" WHEN 'item' THEN {OF_AGENCY} OR sees_item(root_id, scope_id, 'facts')"
        " ELSE works_on(scope_id, agency_id) END"
    ),
    "result": f"{BY_US} AND {WORKS}",
    "result_nominal": f"EXISTS (SELECT 1 FROM result r WHERE r.id = result_id AND r.{BY_US})",
    "physical_event": (
        f"{BY_US} AND is_root_of(root_id, agency_id) AND ({OF_AGENCY} OR sees_any_item(root_id, item_ids, 'facts'))"
    ),
    "lease": f"{BY_US} AND {WORKS}",
    # An approved correction opens the holder's assignment again: the agency writes it.
    "assignment": f"({BY_US} OR {OF_AGENCY}) AND {WORKS}",
    "media": f"{BY_AUTHOR} AND CASE WHEN submission_id IS NULL THEN {OF_AGENCY} ELSE {WORKS} END",
}
# A grantee reads the agency's files, and changes its own only.
UPDATES = {"media": f"CASE WHEN submission_id IS NULL THEN {OF_AGENCY} ELSE {BY_AUTHOR} END"}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(FUNCTIONS)
    for table, check in INSERTS.items():
        op.execute(f"CREATE POLICY writer ON {table} AS RESTRICTIVE FOR INSERT TO casquillo_api WITH CHECK ({check})")
    for table, check in UPDATES.items():
        op.execute(
            f"CREATE POLICY changer ON {table} AS RESTRICTIVE FOR UPDATE TO casquillo_api"
            f" USING (true) WITH CHECK ({check})"
        )
    # Only the worker's role sees both sides of a pair.
    op.execute("REVOKE INSERT, UPDATE ON duplicate_match FROM casquillo_api")


def downgrade() -> None:
    op.execute("GRANT INSERT, UPDATE ON duplicate_match TO casquillo_api")
    for table in UPDATES:
        op.execute(f"DROP POLICY changer ON {table}")
    for table in INSERTS:
        op.execute(f"DROP POLICY writer ON {table}")
    op.execute("DROP FUNCTION works_on(uuid, uuid)")
    op.execute("DROP FUNCTION is_root_of(uuid, uuid)")
