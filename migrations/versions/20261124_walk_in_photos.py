"""A walk-in keeps photos before anything is linked to it.

A photo is a row of ``media`` without a capture, in the laboratory's own name: the policies of ``media``, ``finding``
and ``upload_plan`` show it to that organisation alone, and the key of both columns leaves it under no other's walk-in.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "20261124_walk_in_photos"
down_revision: str | None = "20261124_agency_rules"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

OWNERS = "num_nonnulls(manifest_sha256, submission_id, walk_in_id) = 1"
ROOTS = "num_nonnulls(root_id, capture_id) = CASE WHEN walk_in_id IS NULL THEN 2 ELSE 0 END"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_unique_constraint(op.f("uq_walk_in_id_organisation_id"), "walk_in", ["id", "organisation_id"])
    op.add_column("media", sa.Column("walk_in_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_media_walk_in_id_agency_id"),
        "media",
        "walk_in",
        ["walk_in_id", "agency_id"],
        ["id", "organisation_id"],
    )
    op.create_unique_constraint(op.f("uq_media_walk_in_id_media_id"), "media", ["walk_in_id", "media_id"])
    for table, columns in {"media": ("root_id", "capture_id"), "finding": ("root_id",)}.items():
        for column in columns:
            op.alter_column(table, column, nullable=True)
    _check("one_owner", OWNERS)
    _check("purpose", "(manifest_sha256 IS NOT NULL) = (purpose = 'capture')")
    op.create_check_constraint(op.f("ck_media_root"), "media", ROOTS)


def downgrade() -> None:
    """Refused by the columns themselves while there are photos: evidence is not deleted by going back."""
    op.drop_constraint(op.f("ck_media_root"), "media")
    for table, columns in {"media": ("root_id", "capture_id"), "finding": ("root_id",)}.items():
        for column in columns:
            op.alter_column(table, column, nullable=False)
    _check("purpose", "(submission_id IS NULL) = (purpose = 'capture')")
    _check("one_owner", "(manifest_sha256 IS NULL) <> (submission_id IS NULL)")
    op.drop_constraint(op.f("uq_media_walk_in_id_media_id"), "media")
    op.drop_constraint(op.f("fk_media_walk_in_id_agency_id"), "media")
    op.drop_column("media", "walk_in_id")
    op.drop_constraint(op.f("uq_walk_in_id_organisation_id"), "walk_in")


def _check(name: str, condition: str) -> None:
    op.drop_constraint(op.f(f"ck_media_{name}"), "media")
    op.create_check_constraint(op.f(f"ck_media_{name}"), "media", condition)
