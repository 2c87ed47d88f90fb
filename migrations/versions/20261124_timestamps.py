"""Tokens of a timestamp authority over checkpoints; public like the checkpoints themselves."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "20261124_timestamps"
down_revision: str | None = "20261124_expunging"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "log_timestamp",
        sa.Column("origin", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("stamped_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("kept_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["origin", "size"],
            ["log_checkpoint.origin", "log_checkpoint.size"],
            name=op.f("fk_log_timestamp_origin_size"),
        ),
        sa.PrimaryKeyConstraint("origin", "size", name=op.f("pk_log_timestamp")),
    )
    op.execute("GRANT SELECT ON log_timestamp TO casquillo_api, casquillo_worker")
    op.execute("GRANT INSERT ON log_timestamp TO casquillo_worker")
    op.execute(
        "CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE ON log_timestamp"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_table("log_timestamp")
