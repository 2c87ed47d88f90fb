"""Media rows stand behind the wall of the capture that they belong to."""

revision: str = "20261124_media_walls"
down_revision: str | None = "20261124_timestamps"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
