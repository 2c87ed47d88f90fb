"""The log's last rules: witnesses across a succession, and what follows."""

from collections.abc import Sequence

revision: str = "20261124_log_ends"
down_revision: str | None = "20261124_walk_in_photos"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
