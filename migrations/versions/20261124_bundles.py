"""Court bundles and expunged details."""

from collections.abc import Sequence

revision: str = "20261124_06"
down_revision: str | None = "20261124_05"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
