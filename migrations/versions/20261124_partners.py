"""Agreements between agencies, partner and provisional approval, desk substitutes."""

revision: str = "20261124_partners"
down_revision: str | None = "20261124_sign_in"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
