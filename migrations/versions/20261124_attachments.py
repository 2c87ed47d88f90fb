"""Attachments of laboratories and desks, trace requests, who was told of a result.

``trace_request`` and ``result_notice`` are made anew: nothing wrote either of them before.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "20261124_04"
down_revision: str | None = "20261124_03"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

APPLICATION = "casquillo_api, casquillo_worker"
TIME = postgresql.TIMESTAMP(timezone=True)

OWN = "organisation_id = present_organisation()"
OF_SUBMISSION = "agency_id = present_organisation() OR sees_submission(submission_id)"
# Written about evidence of another by whoever holds it, under the writer's own name.
OWN_ACT = f"({OWN}) AND (agency_id = present_organisation() OR sees_submission(submission_id))"

# table -> (reading, writing) for the api role; the worker's role sees every row
WALLS = {
    "trace_request": (f"{OF_SUBMISSION} OR {OWN}", OWN_ACT),
    "read_back": (f"{OF_SUBMISSION} OR {OWN}", OWN_ACT),
    "correction_notice": (OF_SUBMISSION, OF_SUBMISSION),
    "lead_end": (f"{OF_SUBMISSION} OR {OWN}", OWN_ACT),
    "notice_reader": (OWN, OWN),
    "duplicate_search_due": ("agency_id = present_organisation()",) * 2,
}
INSERT_ONLY = ("trace_request", "read_back", "lead_end", "notice_reader", "result_notice")


def upgrade() -> None:
    op.create_foreign_key(op.f("fk_media_submission_id"), "media", "submission", ["submission_id"], ["id"])
    op.create_check_constraint(op.f("ck_media_purpose"), "media", "(submission_id IS NULL) = (purpose = 'capture')")
    for owner in ("agency_id", "device_id"):
        name = op.f(f"ix_media_{owner}_received_at")
        op.create_index(name, "media", [owner, "received_at"], postgresql_include=["size"])
    for table in ("result", "physical_event"):
        op.add_column(table, _column("attachments", postgresql.ARRAY(sa.Uuid()), server_default="{}"))
    op.add_column("duplicate_match", _column("sought_by_id", sa.Uuid()))
    op.create_foreign_key(
        op.f("fk_duplicate_match_sought_by_id"), "duplicate_match", "organisation", ["sought_by_id"], ["id"]
    )
    op.create_index(op.f("ix_duplicate_match_sought_by_id_found_at"), "duplicate_match", ["sought_by_id", "found_at"])
    op.drop_table("trace_request")
    op.drop_table("result_notice")
    _trace_requests()
    _results()
    _searches()
    _walls()


def _column(name: str, kind: Any, *, nullable: bool = False, **more: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=nullable, **more)


def _ids(*names: str, nullable: bool = False) -> list[sa.Column[Any]]:
    return [_column(name, sa.Uuid(), nullable=nullable) for name in names]


def _references(table: str, **columns: str) -> list[sa.ForeignKeyConstraint]:
    """Column → table: foreign keys to ``id``, named by the convention."""
    return [
        sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"))
        for column, target in columns.items()
    ]


def _trace_requests() -> None:
    op.create_table(
        "trace_request",
        *_ids("id", "submission_id", "agency_id", "organisation_id"),
        _column("number", sa.BigInteger()),
        _column("digest", sa.Text()),
        _column("etrace_number", sa.Text()),
        *_ids("replaces_id", nullable=True),
        *_ids("sent_by"),
        *_ids("person_id", nullable=True),
        _column("sent_at", TIME),
        _column("recorded_at", TIME),
        *_references(
            "trace_request",
            submission_id="submission",
            agency_id="organisation",
            organisation_id="organisation",
            replaces_id="trace_request",
            person_id="person",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trace_request")),
        sa.UniqueConstraint("submission_id", "number", name=op.f("uq_trace_request_submission_id_number")),
        sa.UniqueConstraint(
            "submission_id", "etrace_number", name=op.f("uq_trace_request_submission_id_etrace_number")
        ),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_trace_request_replaces_id")),
    )
    op.create_table(
        "read_back",
        *_ids("id", "trace_request_id", "submission_id", "agency_id", "organisation_id", "person_id"),
        _column("text", sa.Text()),
        _column("equal", sa.Boolean()),
        _column("read_at", TIME),
        *_references(
            "read_back",
            trace_request_id="trace_request",
            submission_id="submission",
            agency_id="organisation",
            organisation_id="organisation",
            person_id="person",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_read_back")),
    )
    op.create_index(op.f("ix_read_back_trace_request_id"), "read_back", ["trace_request_id"])
    op.create_table(
        "correction_notice",
        *_ids("id", "trace_request_id", "submission_id", "agency_id"),
        _column("digest", sa.Text()),
        _column("changed", postgresql.ARRAY(sa.Text())),
        _column("made_at", TIME),
        _column("acknowledged_at", TIME, nullable=True),
        *_ids("acknowledged_by", nullable=True),
        *_references(
            "correction_notice",
            trace_request_id="trace_request",
            submission_id="submission",
            agency_id="organisation",
            acknowledged_by="person",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction_notice")),
        sa.UniqueConstraint("trace_request_id", "digest", name=op.f("uq_correction_notice_trace_request_id_digest")),
    )
    op.create_index(op.f("ix_correction_notice_submission_id"), "correction_notice", ["submission_id"])


def _results() -> None:
    outcomes = "'confirmed', 'eliminated', 'inconclusive', 'withdrawn'"
    op.create_table(
        "lead_end",
        *_ids("result_id", "submission_id", "agency_id", "organisation_id"),
        _column("outcome", sa.Text()),
        *_ids("by_result_id", nullable=True),
        _column("reason", sa.Text(), nullable=True),
        *_ids("ended_by"),
        _column("ended_at", TIME),
        *_references(
            "lead_end",
            result_id="result",
            submission_id="submission",
            agency_id="organisation",
            organisation_id="organisation",
            by_result_id="result",
        ),
        sa.PrimaryKeyConstraint("result_id", name=op.f("pk_lead_end")),
        sa.CheckConstraint(f"outcome IN ({outcomes})", name=op.f("ck_lead_end_outcome")),
    )
    op.create_table(
        "result_notice",
        *_ids("id", "result_id", "organisation_id"),
        _column("about", sa.Text()),
        _column("case_number", sa.Text()),
        *_ids("root_id", nullable=True),
        _column("card", postgresql.JSONB()),
        _column("told_at", TIME),
        *_references("result_notice", result_id="result", organisation_id="organisation"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_result_notice")),
        sa.CheckConstraint(f"about IN ('lead', 'hit', {outcomes})", name=op.f("ck_result_notice_about")),
        sa.UniqueConstraint(
            "result_id",
            "about",
            "organisation_id",
            "case_number",
            name=op.f("uq_result_notice_result_id_about_organisation_id_case_number"),
        ),
    )
    op.create_index(
        op.f("ix_result_notice_organisation_id_told_at_id"), "result_notice", ["organisation_id", "told_at", "id"]
    )
    op.create_table(
        "notice_reader",
        *_ids("notice_id", "person_id", "organisation_id"),
        _column("read_at", TIME),
        *_references("notice_reader", notice_id="result_notice", person_id="person", organisation_id="organisation"),
        sa.PrimaryKeyConstraint("notice_id", "person_id", name=op.f("pk_notice_reader")),
    )


def _searches() -> None:
    op.create_table(
        "duplicate_search_due",
        *_ids("root_id", "item_id", "agency_id"),
        _column("due_since", TIME),
        *_references("duplicate_search_due", root_id="capture", agency_id="organisation"),
        sa.PrimaryKeyConstraint("root_id", "item_id", name=op.f("pk_duplicate_search_due")),
    )


def _walls() -> None:
    for table, (read, write) in WALLS.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY api ON {table} TO casquillo_api USING ({read}) WITH CHECK ({write})")
        op.execute(f"CREATE POLICY worker ON {table} TO casquillo_worker USING (true) WITH CHECK (true)")
        op.execute(f"GRANT SELECT, INSERT ON {table} TO {APPLICATION}")
    # Telling crosses organisations, so that only the worker's role writes notices.
    op.execute("ALTER TABLE result_notice ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY api ON result_notice FOR SELECT TO casquillo_api USING ({OWN})")
    op.execute("CREATE POLICY worker ON result_notice TO casquillo_worker USING (true) WITH CHECK (true)")
    op.execute(f"GRANT SELECT ON result_notice TO {APPLICATION}")
    op.execute("GRANT INSERT ON result_notice TO casquillo_worker")
    op.execute(f"GRANT UPDATE (acknowledged_at, acknowledged_by) ON correction_notice TO {APPLICATION}")
    op.execute("GRANT DELETE ON duplicate_search_due TO casquillo_worker")
    for table in INSERT_ONLY:
        op.execute(
            f"CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    for table in (
        "duplicate_search_due",
        "notice_reader",
        "result_notice",
        "lead_end",
        "correction_notice",
        "read_back",
        "trace_request",
    ):
        op.drop_table(table)
    op.drop_index(op.f("ix_duplicate_match_sought_by_id_found_at"), "duplicate_match")
    op.drop_column("duplicate_match", "sought_by_id")
    for table in ("physical_event", "result"):
        op.drop_column(table, "attachments")
    for owner in ("agency_id", "device_id"):
        op.drop_index(op.f(f"ix_media_{owner}_received_at"), "media")
    op.drop_constraint(op.f("ck_media_purpose"), "media")
    op.drop_constraint(op.f("fk_media_submission_id"), "media")
    _former_tables()


def _former_tables() -> None:
    op.create_table(
        "trace_request",
        *_ids("id", "submission_id", "agency_id"),
        _column("number", sa.BigInteger()),
        _column("digest", sa.Text()),
        _column("etrace_number", sa.Text(), nullable=True),
        *_ids("replaces_id", nullable=True),
        _column("notice_acknowledged_at", TIME, nullable=True),
        _column("made_at", TIME),
        *_references(
            "trace_request", submission_id="submission", agency_id="organisation", replaces_id="trace_request"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trace_request")),
        sa.UniqueConstraint("submission_id", "number", name=op.f("uq_trace_request_submission_id_number")),
    )
    op.create_table(
        "result_notice",
        *_ids("result_id", "organisation_id"),
        _column("case_number", sa.Text(), server_default=""),
        _column("told_at", TIME),
        *_references("result_notice", result_id="result", organisation_id="organisation"),
        sa.PrimaryKeyConstraint("result_id", "organisation_id", "case_number", name=op.f("pk_result_notice")),
    )
    for table, read in (("trace_request", OF_SUBMISSION), ("result_notice", OWN)):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY api ON {table} TO casquillo_api USING ({read})")
        op.execute(f"CREATE POLICY worker ON {table} TO casquillo_worker USING (true) WITH CHECK (true)")
        op.execute(f"GRANT SELECT, INSERT, UPDATE ON {table} TO {APPLICATION}")
