"""Passkeys and the sign-in of an organisation's own identity provider."""

revision: str = "20261124_sign_in"
down_revision: str | None = "20261124_media_walls"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
