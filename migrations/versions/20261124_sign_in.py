"""Passkeys and the sign-in of an organisation's own identity provider."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "20261124_sign_in"
down_revision: str | None = "20261124_media_walls"
branch_labels = None
depends_on = None

APPLICATION = "casquillo_api, casquillo_worker"
TIME = postgresql.TIMESTAMP(timezone=True)

# table -> the columns that may change afterwards
CHANGEABLE = {
    "passkey": "sign_count, backed_up, last_used_at, doubted_at, removed_at, removed_by",
    "identity_provider": "issuer, client_id, secret_sealed, name_claim, factor_values, changed_by, changed_at, ended_at",
}

DOORS = """
CREATE FUNCTION door_passkey(wanted bytea)
RETURNS TABLE (passkey_id uuid, person_id uuid, organisation_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ SELECT id, person_id, organisation_id FROM passkey WHERE credential_id = wanted $$;

-- What the page of the sign-in may offer before anyone is known: names of organisations, nothing of their providers.
CREATE FUNCTION door_sign_in_ways() RETURNS TABLE (organisation_id uuid, organisation text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ SELECT o.id, o.name FROM identity_provider p JOIN organisation o ON o.id = p.organisation_id
   WHERE p.ended_at IS NULL ORDER BY o.name, o.id $$;
"""
FUNCTIONS = ("door_passkey(bytea)", "door_sign_in_ways()")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("account", sa.Column("provider_subject", sa.Text(), nullable=True))
    op.add_column(
        "user_session", sa.Column("means", sa.Text(), server_default=sa.text("'password_totp'"), nullable=False)
    )
    op.add_column("user_session", sa.Column("provider_sign_out", sa.Text(), nullable=True))
    op.create_index(op.f("ix_user_session_person_id_created_at"), "user_session", ["person_id", "created_at"])
    _steps()
    _passkeys()
    _providers()
    op.execute(DOORS)
    for function in FUNCTIONS:
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO casquillo_api")
    for table, changeable in CHANGEABLE.items():
        own = "organisation_id = present_organisation()"
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY api ON {table} TO casquillo_api USING ({own}) WITH CHECK ({own})")
        op.execute(f"CREATE POLICY worker ON {table} TO casquillo_worker USING (true) WITH CHECK (true)")
        op.execute(f"GRANT SELECT, INSERT ON {table} TO {APPLICATION}")
        op.execute(f"GRANT UPDATE ({changeable}) ON {table} TO {APPLICATION}")
    op.execute(f"GRANT SELECT, INSERT, DELETE ON sign_in_step TO {APPLICATION}")


def _steps() -> None:
    op.create_table(
        "sign_in_step",
        sa.Column("step_hash", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("step_hash", name=op.f("pk_sign_in_step")),
    )


def _passkeys() -> None:
    op.create_table(
        "passkey",
        *(sa.Column(name, sa.Uuid(), nullable=False) for name in ("id", "organisation_id", "person_id", "account_id")),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("transports", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("backed_up", sa.Boolean(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        *(sa.Column(name, TIME, nullable=True) for name in ("last_used_at", "doubted_at", "removed_at")),
        sa.Column("removed_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_passkey_organisation_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_passkey_person_id")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_passkey_account_id")),
        sa.ForeignKeyConstraint(["removed_by"], ["person.id"], name=op.f("fk_passkey_removed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkey_credential_id")),
    )
    op.create_index(op.f("ix_passkey_person_id"), "passkey", ["person_id"])


def _providers() -> None:
    op.create_table(
        "identity_provider",
        *(sa.Column(name, sa.Uuid(), nullable=False) for name in ("id", "organisation_id")),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("issuer", "client_id")),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("name_claim", sa.Text(), nullable=False),
        sa.Column("factor_values", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=False),
        sa.Column("changed_at", TIME, server_default=sa.func.now(), nullable=False),
        sa.Column("ended_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_identity_provider_organisation_id")
        ),
        sa.ForeignKeyConstraint(["changed_by"], ["person.id"], name=op.f("fk_identity_provider_changed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_provider")),
    )
    op.create_index(
        "uq_identity_provider_live",
        "identity_provider",
        ["organisation_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def downgrade() -> None:
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}")
    for table in (*CHANGEABLE, "sign_in_step"):
        op.drop_table(table)
    op.drop_index(op.f("ix_user_session_person_id_created_at"), "user_session")
    op.drop_column("user_session", "provider_sign_out")
    op.drop_column("user_session", "means")
    op.drop_column("account", "provider_subject")
