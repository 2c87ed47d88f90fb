"""What makes a case a prosecutor's is found by an index: who leads it, who ordered work, to whom things were handed."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "20261124_agency_rules"
down_revision: str | None = "20261124_cosigning"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

LEGAL = "values ?| ARRAY['legal.prosecutor', 'legal.prosecutor_office', 'legal.order']"
HANDED = "kind = 'handed_over'"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_index("ix_supplement_legal", "supplement", ["agency_id"], postgresql_where=sa.text(LEGAL))
    op.create_index("ix_physical_event_handed", "physical_event", ["agency_id"], postgresql_where=sa.text(HANDED))


def downgrade() -> None:
    op.drop_index("ix_physical_event_handed", "physical_event")
    op.drop_index("ix_supplement_legal", "supplement")
