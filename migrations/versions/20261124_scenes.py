"""Captures of one scene are found together: two officers may have used one number."""

from collections.abc import Sequence

from alembic import op

revision: str = "20261124_scenes"
down_revision: str | None = "20261124_walk_in_photos"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_index("ix_capture_scene_id", "capture", ["scene_id"])


def downgrade() -> None:
    op.drop_index("ix_capture_scene_id", "capture")
