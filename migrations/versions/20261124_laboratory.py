"""Laboratory and desk: acquisitions, test fires, pauses of clocks, walk-in receipts, ticks of keying, webhooks."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "20261124_lab"
down_revision: str | None = "20261124_06"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

APPLICATION = "casquillo_api, casquillo_worker"
TIME = postgresql.TIMESTAMP(timezone=True)
IDS = postgresql.ARRAY(sa.Uuid())
TEXTS = postgresql.ARRAY(sa.Text())

OWN = "organisation_id = present_organisation()"
OF_SUBMISSION = "agency_id = present_organisation() OR sees_submission(submission_id)"
# Written about evidence of another by whoever holds it, under the writer's own name.
OWN_ACT = f"({OWN}) AND (agency_id = present_organisation() OR sees_submission(submission_id))"

# table -> (reading, writing) for the api role; the worker's role sees every row
WALLS = {
    "clock_pause": (f"{OF_SUBMISSION} OR {OWN}", OWN_ACT),
    "acquisition": (f"{OF_SUBMISSION} OR {OWN}", OWN_ACT),
    "test_fire": (f"{OF_SUBMISSION} OR {OWN}", OWN_ACT),
    "walk_in": (OWN, OWN),
    "walk_in_link": (OWN, OWN),
    "keyed_tick": (OWN, OWN),
    "webhook": (OWN, OWN),
}
INSERT_ONLY = ("acquisition", "test_fire", "walk_in", "walk_in_link")
TABLES = ("webhook_message", "webhook", "keyed_tick", "walk_in_link", "walk_in", "test_fire", "acquisition")


def _column(name: str, kind: Any, *, nullable: bool = False, **more: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=nullable, **more)


def _ids(*names: str, nullable: bool = False) -> list[sa.Column[Any]]:
    return [_column(name, sa.Uuid(), nullable=nullable) for name in names]


def _texts(*names: str, nullable: bool = False) -> list[sa.Column[Any]]:
    return [_column(name, sa.Text(), nullable=nullable) for name in names]


def _table(name: str, *members: Any, key: tuple[str, ...] = ("id",), **references: str) -> None:
    """Columns, a primary key and foreign keys (column → table), named by the convention."""
    op.create_table(
        name,
        *members,
        *(
            sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{name}_{column}"))
            for column, target in references.items()
        ),
        sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{name}")),
    )


OF_SUBMISSIONS: dict[str, Any] = {
    "submission_id": "submission",
    "agency_id": "organisation",
    "organisation_id": "organisation",
}


def upgrade() -> None:
    _laboratory()
    _walk_ins()
    _desk()
    _webhooks()
    _walls()


def _laboratory() -> None:
    reasons = "'prior_exams', 'order', 'mismatch', 'equipment', 'other'"
    _table(
        "clock_pause",
        *_ids("id", "submission_id", "agency_id", "organisation_id"),
        *_texts("reason", "note"),
        *_ids("paused_by"),
        _column("paused_at", TIME),
        *_ids("resumed_by", nullable=True),
        _column("resumed_at", TIME, nullable=True),
        sa.CheckConstraint(f"reason IN ({reasons})", name=op.f("ck_clock_pause_reason")),
        **OF_SUBMISSIONS,
    )
    op.create_index(
        op.f("uq_clock_pause_running"),
        "clock_pause",
        ["submission_id"],
        unique=True,
        postgresql_where=sa.text("resumed_at IS NULL"),
    )
    op.create_index(op.f("ix_clock_pause_submission_id"), "clock_pause", ["submission_id"])
    _table(
        "acquisition",
        *_ids("id", "submission_id", "agency_id", "organisation_id"),
        *_texts("sub_item"),
        *_texts("unsuitable", nullable=True),
        _column("facts", postgresql.JSONB()),
        _column("attachments", IDS, server_default=sa.text("'{}'")),
        *_texts("payload_sha256"),
        *_ids("recorded_by"),
        _column("recorded_at", TIME),
        **OF_SUBMISSIONS,
    )
    _table(
        "test_fire",
        *_ids("id", "submission_id", "agency_id", "organisation_id"),
        _column("labels", TEXTS),
        _column("facts", postgresql.JSONB()),
        *_ids("operator_id"),
        *_ids("second_id", nullable=True),
        *_texts("payload_sha256"),
        *_ids("recorded_by"),
        _column("recorded_at", TIME),
        **OF_SUBMISSIONS,
        operator_id="person",
        second_id="person",
    )
    for table in ("acquisition", "test_fire"):
        op.create_index(op.f(f"ix_{table}_submission_id_recorded_at"), table, ["submission_id", "recorded_at"])


def _walk_ins() -> None:
    _table(
        "walk_in",
        *_ids("id", "organisation_id"),
        *_texts("agency", "reference", "seal", "brought_by", "note"),
        _column("received_at", TIME),
        *_ids("recorded_by"),
        _column("recorded_at", TIME),
        organisation_id="organisation",
    )
    op.create_index(
        op.f("ix_walk_in_organisation_id_received_at_id"), "walk_in", ["organisation_id", "received_at", "id"]
    )
    _table(
        "walk_in_link",
        *_ids("walk_in_id", "organisation_id", "submission_id", "event_id", "linked_by"),
        _column("linked_at", TIME),
        key=("walk_in_id",),
        walk_in_id="walk_in",
        organisation_id="organisation",
        submission_id="submission",
        event_id="physical_event",
    )


def _desk() -> None:
    _table(
        "keyed_tick",
        *_ids("submission_id", "person_id"),
        *_texts("digest", "code"),
        *_ids("organisation_id"),
        _column("ticked", sa.Boolean()),
        _column("ticked_at", TIME),
        key=("submission_id", "person_id", "digest", "code"),
        submission_id="submission",
        person_id="person",
        organisation_id="organisation",
    )


def _webhooks() -> None:
    _table(
        "webhook",
        *_ids("id", "organisation_id"),
        *_texts("label", "url"),
        _column("secret_sealed", sa.LargeBinary()),
        _column("kinds", TEXTS, server_default=sa.text("'{}'")),
        _column("after_index", sa.BigInteger()),
        *_ids("created_by"),
        _column("created_at", TIME),
        _column("ended_at", TIME, nullable=True),
        *_ids("ended_by", nullable=True),
        organisation_id="organisation",
        created_by="person",
        ended_by="person",
    )
    op.create_index(op.f("ix_webhook_organisation_id"), "webhook", ["organisation_id"])
    _table(
        "webhook_message",
        *_ids("id", "webhook_id", "organisation_id"),
        _column("log_index", sa.BigInteger()),
        _column("body", postgresql.JSONB()),
        _column("created_at", TIME),
        _column("attempts", sa.BigInteger(), server_default="0"),
        _column("next_at", TIME),
        _column("delivered_at", TIME, nullable=True),
        _column("given_up_at", TIME, nullable=True),
        *_texts("last_answer", nullable=True),
        sa.UniqueConstraint("webhook_id", "log_index", name=op.f("uq_webhook_message_webhook_id_log_index")),
        webhook_id="webhook",
        organisation_id="organisation",
    )
    op.create_index(
        op.f("ix_webhook_message_due"),
        "webhook_message",
        ["next_at"],
        postgresql_where=sa.text("delivered_at IS NULL AND given_up_at IS NULL"),
    )


def _walls() -> None:
    for table, (read, write) in WALLS.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY api ON {table} TO casquillo_api USING ({read}) WITH CHECK ({write})")
        op.execute(f"CREATE POLICY worker ON {table} TO casquillo_worker USING (true) WITH CHECK (true)")
        op.execute(f"GRANT SELECT, INSERT ON {table} TO {APPLICATION}")
    # Messages are the worker's: the api role only shows how they fare.
    op.execute("ALTER TABLE webhook_message ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY api ON webhook_message FOR SELECT TO casquillo_api USING ({OWN})")
    op.execute("CREATE POLICY worker ON webhook_message TO casquillo_worker USING (true) WITH CHECK (true)")
    op.execute(f"GRANT SELECT ON webhook_message TO {APPLICATION}")
    op.execute("GRANT INSERT, DELETE ON webhook_message TO casquillo_worker")
    op.execute(
        "GRANT UPDATE (attempts, next_at, delivered_at, given_up_at, last_answer) ON webhook_message"
        " TO casquillo_worker"
    )
    op.execute("GRANT UPDATE (after_index) ON webhook TO casquillo_worker")
    op.execute(f"GRANT UPDATE (ended_at, ended_by) ON webhook TO {APPLICATION}")
    op.execute(f"GRANT UPDATE (resumed_at, resumed_by) ON clock_pause TO {APPLICATION}")
    op.execute(f"GRANT UPDATE (ticked, ticked_at) ON keyed_tick TO {APPLICATION}")
    for table in INSERT_ONLY:
        op.execute(
            f"CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    for table in (*TABLES, "clock_pause"):
        op.drop_table(table)
