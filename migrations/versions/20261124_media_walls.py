"""Rows of a capture's content name its root, its manifest and its file together with one agency; and what is held.

Row-level security trusts a row's own ``agency_id``. The keys made here leave no row whose agency is not that of the
capture, manifest or file that it speaks of.
"""

from collections.abc import Sequence

from alembic import op

revision: str = "20261124_media_walls"
down_revision: str | None = "20261124_timestamps"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

PARENTS = {"capture": "id", "manifest": "sha256", "media": "id"}

# table -> column -> the parent that holds it, together with agency_id
CHILDREN = {
    "capture": {"root_id": "capture"},
    "manifest": {"root_id": "capture", "capture_id": "capture"},
    "media": {"root_id": "capture", "manifest_sha256": "manifest"},
    "manifest_media": {"root_id": "capture", "manifest_sha256": "manifest", "media_row_id": "media"},
    "item": {"root_id": "capture", "manifest_sha256": "manifest"},
    "package": {"root_id": "capture", "manifest_sha256": "manifest"},
    "serial_key": {"root_id": "capture"},
    "finding": {"root_id": "capture", "media_row_id": "media"},
    "upload_plan": {"media_row_id": "media"},
}

# What was received before the column came: a manifest's standing says it, a statement's entry names its enrolment.
HELD_SO_FAR = """
UPDATE device_message m SET held = true
WHERE EXISTS (SELECT 1 FROM manifest f WHERE f.sha256 = m.sha256 AND f.standing = 'held')
   OR EXISTS (SELECT 1 FROM custody_entry e JOIN custody_detail d USING (entry_id)
       WHERE e.chain_type = 'device' AND e.chain_id = m.device_id AND e.kind = 'statement.received'
         AND d.details ->> 'sha256' = m.sha256
         AND d.details -> 'flags' ?| ARRAY['device_compromised', 'device_pending'])
   OR EXISTS (SELECT 1 FROM device v WHERE v.id = m.device_id AND v.accepted_until < m.received_at
         AND m.kind IN ('discard', 'media_lost', 'closing'))
"""


def upgrade() -> None:
    op.execute("ALTER TABLE device_message ADD COLUMN held boolean NOT NULL DEFAULT false")
    op.execute(HELD_SO_FAR)
    op.execute("GRANT UPDATE (held) ON device_message TO casquillo_api, casquillo_worker")
    for table, column in PARENTS.items():
        op.create_unique_constraint(op.f(f"uq_{table}_{column}_agency_id"), table, [column, "agency_id"])
    for table, columns in CHILDREN.items():
        for column, parent in columns.items():
            if column != "root_id":
                op.drop_constraint(op.f(f"fk_{table}_{column}"), table)
            op.create_foreign_key(
                op.f(f"fk_{table}_{column}_agency_id"),
                table,
                parent,
                [column, "agency_id"],
                [PARENTS[parent], "agency_id"],
            )


def downgrade() -> None:
    for table, columns in CHILDREN.items():
        for column, parent in columns.items():
            op.drop_constraint(op.f(f"fk_{table}_{column}_agency_id"), table)
            if column != "root_id":
                op.create_foreign_key(op.f(f"fk_{table}_{column}"), table, parent, [column], [PARENTS[parent]])
    for table, column in PARENTS.items():
        op.drop_constraint(op.f(f"uq_{table}_{column}_agency_id"), table)
    op.drop_column("device_message", "held")
