"""Court bundles: who asked for which profile and why, and where the zip lies."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "20261124_06"
down_revision: str | None = "20261124_05"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# Who asked for what, and why, stays as it was written.
FIXED = "id, root_id, agency_id, profile, reason, order_number, requested_by, requested_at"
MADE = "state, failure, bucket, object_key, sha256, tag_sha256, size, made_at"


def upgrade() -> None:
    op.create_table(
        "bundle",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("root_id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("order_number", sa.Text(), nullable=True),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("requested_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("bucket", sa.Text(), nullable=True),
        sa.Column("object_key", sa.Text(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("tag_sha256", sa.Text(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("made_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint("profile IN ('court', 'defence', 'partner')", name=op.f("ck_bundle_profile")),
        sa.CheckConstraint("state IN ('due', 'ready', 'failed')", name=op.f("ck_bundle_state")),
        sa.ForeignKeyConstraint(["agency_id"], ["organisation.id"], name=op.f("fk_bundle_agency_id")),
        sa.ForeignKeyConstraint(["requested_by"], ["person.id"], name=op.f("fk_bundle_requested_by")),
        sa.ForeignKeyConstraint(["root_id"], ["capture.id"], name=op.f("fk_bundle_root_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bundle")),
    )
    op.create_index(op.f("ix_bundle_root_id_requested_at"), "bundle", ["root_id", "requested_at"])
    op.execute("GRANT SELECT, INSERT ON bundle TO casquillo_api, casquillo_worker")
    op.execute(f"GRANT UPDATE ({MADE}) ON bundle TO casquillo_worker")
    op.execute(
        f"CREATE TRIGGER insert_only BEFORE DELETE OR UPDATE OF {FIXED} ON bundle"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    own = "agency_id = present_organisation()"
    op.execute("ALTER TABLE bundle ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY api ON bundle TO casquillo_api USING ({own}) WITH CHECK ({own})")
    op.execute("CREATE POLICY worker ON bundle TO casquillo_worker USING (true) WITH CHECK (true)")


def downgrade() -> None:
    op.drop_table("bundle")
