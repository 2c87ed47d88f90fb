"""Expunging under an order: the tombstones, and the one way in which details of an entry may go."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "20261124_expunging"
down_revision: str | None = "20261124_admin"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TIME = sa.TIMESTAMP(timezone=True)
TABLES = ("expunging", "tombstone")

# Only who may write a tombstone, the database's owner, can remove details; everybody else meets the grant first.
ONLY_UNDER_A_TOMBSTONE = """
CREATE FUNCTION refuse_but_expunged() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
  IF TG_OP = 'DELETE' AND EXISTS (
    SELECT 1 FROM tombstone t WHERE t.entry_id = OLD.entry_id AND t.removed_at IS NULL
  ) THEN RETURN OLD; END IF;
  RAISE EXCEPTION '% is insert-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
"""
GUARD = "CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE ON custody_detail FOR EACH ROW EXECUTE FUNCTION {}()"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "expunging",
        *(sa.Column(name, sa.Uuid(), nullable=False) for name in ("id", "agency_id", "root_id")),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("order_number", "authority", "reason")),
        *(sa.Column(name, sa.Uuid(), nullable=False) for name in ("first_by", "second_by")),
        sa.Column("decided_at", TIME, nullable=False),
        sa.CheckConstraint("first_by <> second_by", name=op.f("ck_expunging_two_persons")),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_expunging_agency_id")),
        sa.ForeignKeyConstraint(["root_id"], ["capture.id"], name=op.f("fk_expunging_root_id")),
        sa.ForeignKeyConstraint(["first_by"], ["person.id"], name=op.f("fk_expunging_first_by")),
        sa.ForeignKeyConstraint(["second_by"], ["person.id"], name=op.f("fk_expunging_second_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expunging")),
    )
    op.create_index(op.f("ix_expunging_root_id"), "expunging", ["root_id"])
    op.create_index(op.f("ix_expunging_agency_id_decided_at"), "expunging", ["agency_id", "decided_at"])
    op.create_table(
        "tombstone",
        *(sa.Column(name, sa.Uuid(), nullable=False) for name in ("id", "expunging_id", "agency_id")),
        *(sa.Column(name, sa.Uuid(), nullable=True) for name in ("entry_id", "media_row_id")),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("removed_at", TIME, nullable=True),
        sa.CheckConstraint("(entry_id IS NULL) <> (media_row_id IS NULL)", name=op.f("ck_tombstone_one_thing")),
        sa.ForeignKeyConstraint(["expunging_id"], ["expunging.id"], name=op.f("fk_tombstone_expunging_id")),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_tombstone_agency_id")),
        sa.ForeignKeyConstraint(["entry_id"], ["custody_entry.entry_id"], name=op.f("fk_tombstone_entry_id")),
        sa.ForeignKeyConstraint(["media_row_id"], ["media.id"], name=op.f("fk_tombstone_media_row_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tombstone")),
    )
    op.create_index("uq_tombstone_entry", "tombstone", ["entry_id"], unique=True)
    op.create_index("uq_tombstone_media", "tombstone", ["media_row_id"], unique=True)
    op.create_index(op.f("ix_tombstone_expunging_id"), "tombstone", ["expunging_id"])
    for table, fixed in (
        ("expunging", "DELETE OR UPDATE"),
        ("tombstone", "DELETE OR UPDATE OF id, expunging_id, agency_id, entry_id, media_row_id, sha256"),
    ):
        op.execute(
            f"CREATE TRIGGER insert_only BEFORE {fixed} ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        # Reading only: no process of the service can write a tombstone.
        op.execute(f"GRANT SELECT ON {table} TO casquillo_api, casquillo_worker")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        own = "agency_id = present_organisation()"
        op.execute(f"CREATE POLICY api ON {table} FOR SELECT TO casquillo_api USING ({own})")
        op.execute(f"CREATE POLICY worker ON {table} FOR SELECT TO casquillo_worker USING (true)")
    op.execute(ONLY_UNDER_A_TOMBSTONE)
    op.execute("DROP TRIGGER insert_only ON custody_detail")
    op.execute(GUARD.format("refuse_but_expunged"))


def downgrade() -> None:
    op.execute("DROP TRIGGER insert_only ON custody_detail")
    op.execute(GUARD.format("refuse_change"))
    op.execute("DROP FUNCTION refuse_but_expunged()")
    for table in reversed(TABLES):
        op.drop_table(table)
