"""Administration: units, substitutes, one-time links, retention categories, legal holds, sealed captures, settings."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "20261124_admin"
down_revision: str | None = "20261124_writers"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

APPLICATION = "casquillo_api, casquillo_worker"
TIME = postgresql.TIMESTAMP(timezone=True)

# table -> the column that says whose a row is, and the columns that may change afterwards
TABLES = {
    "invitation": ("organisation_id", "totp_sealed, used_at"),
    "retention_category": ("organisation_id", "ended_at"),
    "legal_hold": ("agency_id", "lifted_by, lifted_at, lifted_reason"),
    "reserve": (
        "agency_id",
        "confirmed_by, confirmed_at, lift_asked_by, lift_asked_at, lift_reason, lifted_by, lifted_at",
    ),
}

# A uncorrelated list, so that it is asked once a query and not once a row. Nobody is named for machines and jobs.
SEALED = """root_id NOT IN (SELECT r.root_id FROM reserve r
    WHERE r.confirmed_at IS NOT NULL AND r.lifted_at IS NULL
      AND present_person() IS NOT NULL AND present_person() <> ALL (r.readers))"""
SEALABLE = ("capture", "submission")

DOORS = """
CREATE FUNCTION door_invitation(wanted text)
RETURNS TABLE (invitation_id uuid, person_id uuid, organisation_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ SELECT id, person_id, organisation_id FROM invitation WHERE token_hash = wanted $$;

-- The directory belongs to the worker's role; an organisation may change these two of its own row.
CREATE FUNCTION change_own_organisation(new_contact text, new_settings jsonb) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS
$$ UPDATE organisation SET contact = new_contact, settings = new_settings WHERE id = present_organisation() $$;
"""


def _column(name: str, kind: Any, *, nullable: bool = False, **more: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=nullable, **more)


def _ids(*names: str, nullable: bool = False) -> list[sa.Column[Any]]:
    return [_column(name, sa.Uuid(), nullable=nullable) for name in names]


def _texts(*names: str, nullable: bool = False) -> list[sa.Column[Any]]:
    return [_column(name, sa.Text(), nullable=nullable) for name in names]


def _times(*names: str, nullable: bool = False) -> list[sa.Column[Any]]:
    return [_column(name, TIME, nullable=nullable) for name in names]


def _table(name: str, *members: Any, **references: str) -> None:
    """Columns, the primary key ``id``, and foreign keys (column → table) named by the convention."""
    op.create_table(
        name,
        *members,
        *(
            sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{name}_{column}"))
            for column, target in references.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("person", sa.Column("unit", sa.Text(), nullable=True))
    op.add_column("person", sa.Column("shift", sa.Text(), nullable=True))
    op.add_column("account", sa.Column("locked_by", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_account_locked_by"), "account", "person", ["locked_by"], ["id"])
    op.add_column("role_assignment", sa.Column("substitute_for", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_role_assignment_substitute_for"), "role_assignment", "person", ["substitute_for"], ["id"]
    )
    _invitations()
    _retention()
    _reserves()
    op.execute(DOORS)
    for function in ("door_invitation(text)", "change_own_organisation(text, jsonb)"):
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO casquillo_api")
    _walls()


def _invitations() -> None:
    _table(
        "invitation",
        *_ids("id", "organisation_id", "person_id"),
        _column("gives", postgresql.ARRAY(sa.Text())),
        *_texts("token_hash"),
        _column("totp_sealed", sa.LargeBinary(), nullable=True),
        *_ids("created_by", nullable=True),
        *_times("created_at", "expires_at"),
        *_times("used_at", nullable=True),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
        organisation_id="organisation",
        person_id="person",
        created_by="person",
    )
    op.create_index(op.f("ix_invitation_person_id"), "invitation", ["person_id"])


def _retention() -> None:
    _table(
        "retention_category",
        *_ids("id", "organisation_id"),
        *_texts("code", "name"),
        _column("years", sa.BigInteger()),
        *_ids("created_by"),
        *_times("created_at"),
        *_times("ended_at", nullable=True),
        sa.UniqueConstraint("organisation_id", "code", name=op.f("uq_retention_category_organisation_id_code")),
        sa.CheckConstraint("years BETWEEN 1 AND 100", name=op.f("ck_retention_category_years")),
        organisation_id="organisation",
        created_by="person",
    )
    _table(
        "legal_hold",
        *_ids("id", "agency_id", "root_id"),
        *_texts("reference", "reason"),
        *_ids("placed_by"),
        *_times("placed_at"),
        *_ids("lifted_by", nullable=True),
        *_times("lifted_at", nullable=True),
        *_texts("lifted_reason", nullable=True),
        agency_id="organisation",
        root_id="capture",
        placed_by="person",
        lifted_by="person",
    )
    op.create_index(op.f("ix_legal_hold_root_id"), "legal_hold", ["root_id"])
    op.create_index(op.f("ix_legal_hold_agency_id_placed_at"), "legal_hold", ["agency_id", "placed_at"])


def _reserves() -> None:
    _table(
        "reserve",
        *_ids("id", "agency_id", "root_id"),
        *_texts("reference", "reason"),
        _column("readers", postgresql.ARRAY(sa.Uuid())),
        *_ids("asked_by"),
        *_times("asked_at"),
        *_ids("confirmed_by", nullable=True),
        *_times("confirmed_at", nullable=True),
        *_ids("lift_asked_by", nullable=True),
        *_times("lift_asked_at", nullable=True),
        *_texts("lift_reason", nullable=True),
        *_ids("lifted_by", nullable=True),
        *_times("lifted_at", nullable=True),
        agency_id="organisation",
        root_id="capture",
        asked_by="person",
        confirmed_by="person",
        lift_asked_by="person",
        lifted_by="person",
    )
    op.create_index(
        "uq_reserve_live", "reserve", ["root_id"], unique=True, postgresql_where=sa.text("lifted_at IS NULL")
    )
    op.create_index(op.f("ix_reserve_agency_id_asked_at"), "reserve", ["agency_id", "asked_at"])


def _walls() -> None:
    for table, (owner, changeable) in TABLES.items():
        own = f"{owner} = present_organisation()"
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY api ON {table} TO casquillo_api USING ({own}) WITH CHECK ({own})")
        op.execute(f"CREATE POLICY worker ON {table} TO casquillo_worker USING (true) WITH CHECK (true)")
        op.execute(f"GRANT SELECT, INSERT ON {table} TO {APPLICATION}")
        op.execute(f"GRANT UPDATE ({changeable}) ON {table} TO {APPLICATION}")
    for table in SEALABLE:
        op.execute(f"CREATE POLICY sealed ON {table} AS RESTRICTIVE FOR SELECT TO casquillo_api USING ({SEALED})")


def downgrade() -> None:
    for table in SEALABLE:
        op.execute(f"DROP POLICY sealed ON {table}")
    op.execute("DROP FUNCTION door_invitation(text)")
    op.execute("DROP FUNCTION change_own_organisation(text, jsonb)")
    for table in TABLES:
        op.drop_table(table)
    op.drop_column("account", "locked_by")
    op.drop_column("role_assignment", "substitute_for")
    op.drop_column("person", "shift")
    op.drop_column("person", "unit")
