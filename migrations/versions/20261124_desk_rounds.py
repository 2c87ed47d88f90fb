"""Sealed possessor lines of a trace, detainee terms, what was lacking at signing."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "20261124_desk_rounds"
down_revision: str | None = "20261124_partners"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

APPLICATION = "casquillo_api, casquillo_worker"
TIME = postgresql.TIMESTAMP(timezone=True)

OWN_ACT = "organisation_id = present_organisation() AND (agency_id = present_organisation() OR sees_submission(submission_id))"
WALLS = {"possessor_supplement": ("agency_id = present_organisation() OR sees_submission(submission_id)", OWN_ACT)}

# What the lines say may be emptied once, by the database's owner, under a tombstone over the entry that tells of them.
SEALED = """
CREATE FUNCTION refuse_but_emptied() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
  IF TG_OP = 'UPDATE' AND NEW.sealed IS NULL AND to_jsonb(NEW) - 'sealed' = to_jsonb(OLD) - 'sealed' AND EXISTS (
    SELECT 1 FROM tombstone t JOIN custody_detail d ON d.entry_id = t.entry_id
    WHERE d.details ->> 'possessor_id' = OLD.id::text AND t.removed_at IS NULL
  ) THEN RETURN NEW; END IF;
  RAISE EXCEPTION '% is insert-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("submission", sa.Column("detainee_due_at", TIME, nullable=True))
    op.add_column("submission", sa.Column("signing_gaps", postgresql.ARRAY(sa.Text()), nullable=True))
    _possessors()
    for table, (reading, writing) in WALLS.items():
        op.execute(f"GRANT SELECT, INSERT ON {table} TO {APPLICATION}")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY api ON {table} TO casquillo_api USING ({reading}) WITH CHECK ({writing})")
        op.execute(f"CREATE POLICY worker ON {table} TO casquillo_worker USING (true) WITH CHECK (true)")


def _possessors() -> None:
    table = "possessor_supplement"
    foreign = {
        "submission_id": "submission",
        "agency_id": "organisation",
        "organisation_id": "organisation",
        "author_id": "person",
    }
    op.create_table(
        table,
        *(sa.Column(name, sa.Uuid(), nullable=False) for name in ("id", *foreign)),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("lines", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("sealed_sha256", "author_role", "reason")),
        sa.Column("made_at", TIME, nullable=False),
        *(
            sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"))
            for column, target in foreign.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("submission_id", "number", name=op.f(f"uq_{table}_submission_id_number")),
    )
    op.execute(SEALED)
    op.execute(
        f"CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW"
        " EXECUTE FUNCTION refuse_but_emptied()"
    )


def downgrade() -> None:
    op.drop_table("possessor_supplement")
    op.execute("DROP FUNCTION refuse_but_emptied()")
    op.drop_column("submission", "signing_gaps")
    op.drop_column("submission", "detainee_due_at")
