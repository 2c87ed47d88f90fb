"""What an agency demands of a capture reaches its phones."""

from collections.abc import Sequence

revision: str = "20261124_agency_rules"
down_revision: str | None = "20261124_cosigning"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
