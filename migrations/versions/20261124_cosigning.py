"""Statements are found by the manifest that they name: a colleague's signature comes from another phone."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "20261124_cosigning"
down_revision: str | None = "20261124_desk_rounds"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_index(
        "ix_statement_manifest",
        "statement",
        [sa.text("((payload -> 'facts'::text) ->> 'manifest_sha256'::text)")],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index("ix_statement_manifest", table_name="statement")
