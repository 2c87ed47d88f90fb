"""Questions and answers in words; answers to a dossier that is no longer the approved one are marked."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "20261124_03"
down_revision: str | None = "20261124_02"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

WALL = "agency_id = present_organisation() OR sees_submission(submission_id)"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("result", sa.Column("outdated", sa.Boolean(), nullable=False, server_default=sa.text("false")))
    op.create_table(
        "information",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("root_id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("supplement_id", sa.Uuid(), nullable=True),
        sa.Column("said_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('asked', 'answered')", name=op.f("ck_information_kind")),
        sa.ForeignKeyConstraint(["submission_id"], ["submission.id"], name=op.f("fk_information_submission_id")),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_information_agency_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_information_organisation_id")),
        sa.ForeignKeyConstraint(["supplement_id"], ["supplement.id"], name=op.f("fk_information_supplement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_information")),
    )
    op.create_index(op.f("ix_information_submission_id"), "information", ["submission_id"])
    op.execute("GRANT SELECT, INSERT ON information TO casquillo_api, casquillo_worker")
    op.execute("ALTER TABLE information ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY api ON information TO casquillo_api USING ({WALL}) WITH CHECK ({WALL})")
    op.execute("CREATE POLICY worker ON information TO casquillo_worker USING (true) WITH CHECK (true)")
    op.execute(
        "CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE ON information"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_table("information")
    op.drop_column("result", "outdated")
