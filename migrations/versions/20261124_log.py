"""The custody log: origins, keys, tiles, checkpoints, cosignatures; views noted by readers; the rescue key."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "20261124_05"
down_revision: str | None = "20261124_04"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

APPLICATION = "casquillo_api, casquillo_worker"
PUBLIC = ("log_origin", "log_key", "log_tile", "log_checkpoint", "log_cosignature")

# What was published stays as it is; the columns named may move, once.
INSERT_ONLY = ("log_origin", "log_tile", "log_cosignature")
CHANGEABLE = {
    "log_key": ("retire_at",),
    "log_checkpoint": ("published_at", "version_id", "witnessed_at"),
}
FIXED = {
    "log_key": ("vkey", "origin", "added_at"),
    "log_checkpoint": ("origin", "size", "root", "note", "made_at"),
}

# Seconds for which the oldest entry, or the oldest checkpoint, has waited. Readiness asks; the rows stay closed to the api role.
LAG = """
CREATE FUNCTION log_lag() RETURNS double precision
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ SELECT coalesce(extract(epoch FROM greatest(
     clock_timestamp() - (SELECT min(noted_at) FROM log_pending),
     clock_timestamp() - (SELECT min(made_at) FROM log_checkpoint WHERE published_at IS NULL))), 0)::double precision $$;
"""


def upgrade() -> None:
    _make_log()
    _make_views()
    op.add_column(
        "log_pending",
        sa.Column("noted_at", sa.TIMESTAMP(timezone=True), server_default=sa.func.now(), nullable=False),
    )
    op.execute(LAG)
    _grant()
    _raise_walls()


def _make_log() -> None:
    op.create_table(
        "log_origin",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("first_index", sa.BigInteger(), nullable=False),
        sa.Column("former_size", sa.BigInteger(), nullable=True),
        sa.Column("former_root", sa.LargeBinary(), nullable=True),
        sa.Column("opened_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("(former_size IS NULL) = (former_root IS NULL)", name=op.f("ck_log_origin_former")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_log_origin")),
        sa.UniqueConstraint("name", name=op.f("uq_log_origin_name")),
    )
    op.create_table(
        "log_key",
        sa.Column("vkey", sa.Text(), nullable=False),
        sa.Column("origin", sa.BigInteger(), nullable=False),
        sa.Column("added_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("retire_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["origin"], ["log_origin.number"], name=op.f("fk_log_key_origin")),
        sa.PrimaryKeyConstraint("vkey", name=op.f("pk_log_key")),
    )
    op.create_table(
        "log_tile",
        sa.Column("origin", sa.BigInteger(), nullable=False),
        sa.Column("level", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("length(hashes) = 8192", name=op.f("ck_log_tile_hashes")),
        sa.CheckConstraint("length(root) = 32", name=op.f("ck_log_tile_root")),
        sa.ForeignKeyConstraint(["origin"], ["log_origin.number"], name=op.f("fk_log_tile_origin")),
        sa.PrimaryKeyConstraint("origin", "level", "position", name=op.f("pk_log_tile")),
    )
    op.create_table(
        "log_checkpoint",
        sa.Column("origin", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("published_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("version_id", sa.Text(), nullable=True),
        sa.Column("witnessed_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["origin"], ["log_origin.number"], name=op.f("fk_log_checkpoint_origin")),
        sa.PrimaryKeyConstraint("origin", "size", name=op.f("pk_log_checkpoint")),
    )
    for name, condition in (("unpublished", "published_at IS NULL"), ("witnessed", "witnessed_at IS NOT NULL")):
        op.create_index(
            f"ix_log_checkpoint_{name}", "log_checkpoint", ["origin", "size"], postgresql_where=sa.text(condition)
        )
    op.create_table(
        "log_cosignature",
        sa.Column("origin", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("witness", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("given_at", sa.TIMESTAMP(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.ForeignKeyConstraint(
            ["origin", "size"],
            ["log_checkpoint.origin", "log_checkpoint.size"],
            name=op.f("fk_log_cosignature_origin_size"),
        ),
        sa.PrimaryKeyConstraint("origin", "size", "witness", name=op.f("pk_log_cosignature")),
    )


def _make_views() -> None:
    op.create_table(
        "view_window",
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("chain_type", sa.Text(), nullable=False),
        sa.Column("chain_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("opened_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("actor_id", "chain_type", "chain_id", "purpose", name=op.f("pk_view_window")),
    )
    op.create_table(
        "view_pending",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("chain_type", sa.Text(), nullable=False),
        sa.Column("chain_id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("actor_type", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("actor_role", sa.Text(), nullable=True),
        sa.Column("details", postgresql.JSONB(), nullable=False),
        sa.Column("root_id", sa.Uuid(), nullable=True),
        sa.Column("submission_id", sa.Uuid(), nullable=True),
        sa.Column("noted_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_view_pending")),
    )
    op.create_table(
        "rescue_key",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("public_jwk", postgresql.JSONB(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rescue_key")),
    )


def _grant() -> None:
    for table in PUBLIC:
        op.execute(f"GRANT SELECT ON {table} TO {APPLICATION}")
        op.execute(f"GRANT INSERT ON {table} TO casquillo_worker")
    for table, columns in CHANGEABLE.items():
        op.execute(f"GRANT UPDATE ({', '.join(columns)}) ON {table} TO casquillo_worker")
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON view_window TO {APPLICATION}")
    op.execute(f"GRANT SELECT, INSERT ON view_pending TO {APPLICATION}")
    op.execute("GRANT DELETE ON view_window, view_pending TO casquillo_worker")
    op.execute("GRANT UPDATE ON view_pending TO casquillo_worker")  # for a lock on the rows that it takes
    op.execute("GRANT SELECT (id, public_jwk, made_at) ON rescue_key TO casquillo_api")
    op.execute("GRANT SELECT, INSERT ON rescue_key TO casquillo_worker")


def _raise_walls() -> None:
    for table in (*INSERT_ONLY, "rescue_key"):
        op.execute(
            f"CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
    for table, columns in FIXED.items():
        op.execute(
            f"CREATE TRIGGER insert_only BEFORE DELETE OR UPDATE OF {', '.join(columns)} ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
    own = "organisation_id = present_organisation()"
    op.execute("ALTER TABLE view_window ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY api ON view_window TO casquillo_api USING ({own}) WITH CHECK ({own})")
    op.execute("ALTER TABLE view_pending ENABLE ROW LEVEL SECURITY")
    # A laboratory's look is said on the chain of the agency that owns the evidence.
    op.execute(
        "CREATE POLICY read ON view_pending FOR SELECT TO casquillo_api USING (agency_id = present_organisation())"
    )
    op.execute("CREATE POLICY tell ON view_pending FOR INSERT TO casquillo_api WITH CHECK (true)")
    for table in ("view_window", "view_pending"):
        op.execute(f"CREATE POLICY worker ON {table} TO casquillo_worker USING (true) WITH CHECK (true)")


def downgrade() -> None:
    op.execute("DROP FUNCTION log_lag()")
    op.drop_column("log_pending", "noted_at")
    for table in ("rescue_key", "view_pending", "view_window"):
        op.drop_table(table)
    for table in ("log_cosignature", "log_checkpoint", "log_tile", "log_key", "log_origin"):
        op.drop_table(table)
