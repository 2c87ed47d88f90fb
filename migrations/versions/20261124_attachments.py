"""Attachments of laboratories and desks, trace requests, who was told of a result."""

from collections.abc import Sequence

revision: str = "20261124_04"
down_revision: str | None = "20261124_03"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
