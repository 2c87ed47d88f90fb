"""Settling, revised digests and questions answered."""

from collections.abc import Sequence

revision: str = "20261124_03"
down_revision: str | None = "20261124_02"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
