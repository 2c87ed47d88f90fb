"""A walk-in keeps photos before anything is linked to it."""

from collections.abc import Sequence

revision: str = "20261124_walk_in_photos"
down_revision: str | None = "20261124_agency_rules"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
