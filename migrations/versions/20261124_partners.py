"""Agreements between organisations, a partner's supervisor as a guest of the agency, provisional sending.

A guest's transaction names its own organisation and person as ever, and ``casquillo.guest_of`` beside them. No wall
that stands lets a guest through: tables that come later stay closed too. The policies here open, for named tables
only, the captures that the agreement covers at this moment.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "20261124_partners"
down_revision: str | None = "20261124_sign_in"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TIME = postgresql.TIMESTAMP(timezone=True)
OWN = "organisation_id = present_organisation()"
CHANGEABLE = (
    "accepted_by, accepted_at, approvers, approver_names, confirmed_by, confirmed_at,"
    " revoked_by, revoked_of, revoked_at, revoked_reason"
)

FUNCTIONS = """
CREATE FUNCTION guest_agency() RETURNS uuid LANGUAGE sql STABLE AS
$$ SELECT nullif(current_setting('casquillo.guest_of', true), '')::uuid $$;

-- Both sides have said yes, it has begun, it is not over, and neither has revoked it.
CREATE FUNCTION agreement_live(a agreement) RETURNS boolean LANGUAGE sql STABLE AS
$$ SELECT a.revoked_at IS NULL AND a.valid_from <= now() AND a.valid_until > now()
     AND a.accepted_at IS NOT NULL AND (a.confirmed_at IS NOT NULL OR NOT a.approves) $$;

-- A window belongs to the day on which it begins: 20:00 to 06:00 of a Friday ends on Saturday. ISO days, 1 is Monday.
CREATE FUNCTION in_windows(windows jsonb, zone text, at timestamptz) RETURNS boolean LANGUAGE sql STABLE AS
$$ SELECT EXISTS (SELECT 1 FROM jsonb_array_elements(windows) w, (SELECT at AT TIME ZONE zone AS t) l,
     LATERAL (SELECT (w->>'from')::time AS f, (w->>'until')::time AS u) b
   WHERE CASE WHEN b.f < b.u THEN l.t::time >= b.f AND l.t::time < b.u AND w->'days' @> to_jsonb(extract(isodow FROM l.t)::int)
     ELSE (l.t::time >= b.f AND w->'days' @> to_jsonb(extract(isodow FROM l.t)::int))
       OR (l.t::time < b.u AND w->'days' @> to_jsonb(extract(isodow FROM l.t - interval '1 day')::int)) END) $$;

-- Whether a person of the agency, other than the officer, holds the supervisor's role at this moment.
CREATE FUNCTION has_supervisor(agency uuid, officer uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ SELECT EXISTS (SELECT 1 FROM role_assignment r JOIN person p ON p.id = r.person_id
   WHERE r.organisation_id = agency AND r.role = 'supervisor' AND p.id IS DISTINCT FROM officer
     AND r.valid_from <= now() AND (r.valid_until IS NULL OR r.valid_until > now())
     AND (p.ended_at IS NULL OR p.ended_at > now())) $$;

-- The live agreement that names the present person as an approver of the agency's captures.
CREATE FUNCTION door_agreement(agency uuid) RETURNS TABLE (agreement_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ SELECT a.id FROM agreement a WHERE a.agency_id = agency AND a.partner_id = present_organisation() AND a.approves
     AND present_person() = ANY (a.approvers) AND agreement_live(a) ORDER BY a.valid_from DESC LIMIT 1 $$;

-- The wall: a capture that waits for a decision, or that the guest decided over, within the agreed time, never the
-- guest's own, never a reserved one. The definer's, so that no row outside the walls has to be readable for it.
CREATE FUNCTION guest_sees(root uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp COST 1000 AS
$$ SELECT guest_agency() IS NOT NULL AND EXISTS (
   SELECT 1 FROM capture c JOIN agreement a ON a.agency_id = c.agency_id
   WHERE c.id = root AND c.root_id = root AND a.agency_id = guest_agency() AND a.partner_id = present_organisation()
     AND a.approves AND present_person() = ANY (a.approvers) AND agreement_live(a)
     AND c.officer_id <> present_person()
     AND (in_windows(a.windows, a.zone, now()) OR (a.when_absent AND NOT has_supervisor(c.agency_id, c.officer_id)))
     AND NOT EXISTS (SELECT 1 FROM reserve r WHERE r.root_id = root AND r.confirmed_at IS NOT NULL
       AND r.lifted_at IS NULL)
     AND (EXISTS (SELECT 1 FROM submission s WHERE s.root_id = root AND s.state = 'pending_review')
       OR EXISTS (SELECT 1 FROM decision d WHERE d.root_id = root AND d.person_id = present_person()))) $$;

CREATE FUNCTION guest_sees_person(wanted uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp COST 1000 AS
$$ SELECT guest_agency() IS NOT NULL AND EXISTS (SELECT 1 FROM capture c
     WHERE c.officer_id = wanted AND c.agency_id = guest_agency() AND guest_sees(c.root_id)) $$;

-- An entry's details are written, not read: a guest sees no chain.
CREATE FUNCTION guest_entry(wanted uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp COST 1000 AS
$$ SELECT EXISTS (SELECT 1 FROM custody_entry e WHERE e.entry_id = wanted AND e.agency_id = guest_agency()
     AND e.chain_type = 'capture' AND guest_sees(e.chain_id)) $$;

-- Each side says its own part, once: nobody accepts, confirms or widens for the other.
CREATE FUNCTION guard_agreement() RETURNS trigger LANGUAGE plpgsql AS
$$ DECLARE agency boolean := OLD.agency_id = present_organisation(); partner boolean := OLD.partner_id = present_organisation();
BEGIN
  IF OLD.revoked_at IS NOT NULL
     OR (ROW(NEW.accepted_by, NEW.accepted_at, NEW.approvers, NEW.approver_names)
         IS DISTINCT FROM ROW(OLD.accepted_by, OLD.accepted_at, OLD.approvers, OLD.approver_names)
         AND NOT (partner AND OLD.accepted_at IS NULL AND NEW.accepted_at IS NOT NULL))
     OR (ROW(NEW.confirmed_by, NEW.confirmed_at) IS DISTINCT FROM ROW(OLD.confirmed_by, OLD.confirmed_at)
         AND NOT (agency AND OLD.confirmed_at IS NULL AND OLD.accepted_at IS NOT NULL))
     OR (NEW.revoked_at IS NOT NULL AND NEW.revoked_of IS DISTINCT FROM present_organisation())
  THEN RAISE EXCEPTION 'not this side''s part of the agreement' USING ERRCODE = 'insufficient_privilege'; END IF;
  RETURN NEW;
END $$;
"""

# What a partner sees without reading a row of the agency: counts and lines that the definer makes.
SHARES = """
CREATE FUNCTION shares_with_us(agency uuid, wanted text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ SELECT EXISTS (SELECT 1 FROM agreement a WHERE a.agency_id = agency AND a.partner_id = present_organisation()
     AND wanted = ANY (a.shares) AND agreement_live(a)) $$;

-- Fewer than five are not told apart (null): a small number points at one case.
CREATE FUNCTION masked(n bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE WHEN n = 0 OR n >= 5 THEN n END $$;

CREATE FUNCTION partner_months(agency uuid, since timestamptz)
RETURNS TABLE (month text, captures bigint, approved bigint, returned bigint, answered bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ WITH told AS (
     SELECT received_at AS at, 'captures' AS what FROM capture
       WHERE agency_id = agency AND id = root_id AND received_at >= since
     UNION ALL SELECT decided_at, CASE kind WHEN 'approve' THEN 'approved' ELSE 'returned' END FROM decision
       WHERE agency_id = agency AND kind IN ('approve', 'return') AND decided_at >= since
     UNION ALL SELECT answered_at, 'answered' FROM submission WHERE agency_id = agency AND answered_at >= since)
   SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM'), masked(count(*) FILTER (WHERE what = 'captures')),
     masked(count(*) FILTER (WHERE what = 'approved')), masked(count(*) FILTER (WHERE what = 'returned')),
     masked(count(*) FILTER (WHERE what = 'answered'))
   FROM told WHERE shares_with_us(agency, 'statistics') GROUP BY 1 ORDER BY 1 $$;

CREATE FUNCTION partner_hits(agency uuid)
RETURNS TABLE (result_id uuid, folio text, item_number text, item_kind text, caliber text, laboratory text,
  recorded_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ SELECT r.id, c.folio, i.number, i.kind, i.caliber, o.name, r.recorded_at
   FROM result r JOIN submission s ON s.id = r.submission_id JOIN capture c ON c.id = s.root_id
     JOIN organisation o ON o.id = r.organisation_id
     LEFT JOIN item i ON i.manifest_sha256 = c.head_sha256 AND i.item_id = s.item_id
   WHERE r.agency_id = agency AND r.code = 'hit' AND shares_with_us(agency, 'hits')
     AND NOT EXISTS (SELECT 1 FROM result n WHERE n.supersedes_id = r.id)
     AND NOT EXISTS (SELECT 1 FROM reserve v WHERE v.root_id = c.id AND v.confirmed_at IS NOT NULL AND v.lifted_at IS NULL)
   ORDER BY r.recorded_at DESC LIMIT 200 $$;

-- What a duplicate's card says more to a partner: the other capture's folio, and when its gun was found.
CREATE FUNCTION partner_card(wanted uuid, own_root uuid)
RETURNS TABLE (folio text, item_number text, captured_at timestamptz, states text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ SELECT c.folio, i.number, c.captured_at,
     ARRAY(SELECT s.destination || ':' || s.state FROM submission s WHERE s.root_id = c.id AND s.item_id = side.item
       ORDER BY 1)
   FROM duplicate_match m, LATERAL (SELECT
       CASE WHEN m.a_root_id = own_root THEN m.b_root_id ELSE m.a_root_id END AS root,
       CASE WHEN m.a_root_id = own_root THEN m.b_item_id ELSE m.a_item_id END AS item,
       CASE WHEN m.a_root_id = own_root THEN m.a_agency_id ELSE m.b_agency_id END AS ours,
       CASE WHEN m.a_root_id = own_root THEN m.b_agency_id ELSE m.a_agency_id END AS theirs) side
     JOIN capture c ON c.id = side.root LEFT JOIN item i ON i.manifest_sha256 = c.head_sha256 AND i.item_id = side.item
   WHERE m.id = wanted AND own_root IN (m.a_root_id, m.b_root_id) AND side.ours = present_organisation()
     AND shares_with_us(side.theirs, 'duplicates')
     AND NOT EXISTS (SELECT 1 FROM reserve v WHERE v.root_id = c.id AND v.confirmed_at IS NOT NULL AND v.lifted_at IS NULL) $$;
"""

_ROOT = "agency_id = guest_agency() AND guest_sees(root_id)"
_CHAIN = "agency_id = guest_agency() AND chain_type = 'capture' AND guest_sees(chain_id)"
_OF_SUBMISSION = (
    "agency_id = guest_agency() AND EXISTS (SELECT 1 FROM submission s"
    " WHERE s.id = submission_id AND guest_sees(s.root_id))"
)
_OWN_WINDOW = "organisation_id = guest_agency() AND actor_id = present_person()"
_GRANT = "owner_id = guest_agency() AND guest_sees(root_id)"

# table -> by which predicate a guest reads, writes new rows, changes rows
READ = {
    **dict.fromkeys(
        [
            "capture",
            "manifest",
            "item",
            "package",
            "manifest_media",
            "media",
            "finding",
            "view_opened",
            "submission",
            "supplement",
            "reading",
            "decision",
            "information",
        ],
        _ROOT,
    ),
    "approved_dossier": _OF_SUBMISSION,
    "lease": _OF_SUBMISSION,
    "access_grant": _GRANT,
    "route": "agency_id = guest_agency() AND EXISTS (SELECT 1 FROM door_agreement(agency_id))",
    "person": "organisation_id = guest_agency() AND guest_sees_person(id)",
    "duplicate_match": (
        "(a_agency_id = guest_agency() AND guest_sees(a_root_id))"
        " OR (b_agency_id = guest_agency() AND guest_sees(b_root_id))"
    ),
    "custody_chain": _CHAIN,
    "view_window": _OWN_WINDOW,
}
INSERT = {
    **dict.fromkeys(["reading", "decision", "view_opened"], _ROOT),
    "approved_dossier": _OF_SUBMISSION,
    "access_grant": _GRANT,
    "custody_chain": _CHAIN,
    "custody_entry": _CHAIN,
    "custody_detail": "agency_id = guest_agency() AND guest_entry(entry_id)",
    "view_window": _OWN_WINDOW,
}
UPDATE = {
    **dict.fromkeys(["capture", "submission", "view_opened"], _ROOT),
    "access_grant": _GRANT,
    "custody_chain": _CHAIN,
    "view_window": _OWN_WINDOW,
}
GUESTS = (
    "guest_entry(uuid)",
    "guest_sees_person(uuid)",
    "guest_sees(uuid)",
    "door_agreement(uuid)",
    "has_supervisor(uuid, uuid)",
    "in_windows(jsonb, text, timestamptz)",
)
SHARED = (
    "partner_card(uuid, uuid)",
    "partner_hits(uuid)",
    "partner_months(uuid, timestamptz)",
    "masked(bigint)",
    "shares_with_us(uuid, text)",
)


def _column(name: str, kind: Any, *, nullable: bool = False, **more: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=nullable, **more)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _make_agreements()
    op.add_column("submission", sa.Column("provisional_until", TIME, nullable=True))
    op.create_index(
        "ix_submission_provisional",
        "submission",
        ["provisional_until"],
        postgresql_where=sa.text("provisional_until IS NOT NULL"),
    )
    op.execute(FUNCTIONS)
    op.execute(SHARES)
    op.execute("CREATE TRIGGER guard BEFORE UPDATE ON agreement FOR EACH ROW EXECUTE FUNCTION guard_agreement()")
    for function in (*GUESTS, *SHARED):
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO casquillo_api")
    _walls()
    # A test message is the organisation's own to send; what the log says stays the worker's.
    test = f"{OWN} AND log_index < 0 AND EXISTS (SELECT 1 FROM webhook w WHERE w.id = webhook_id AND w.{OWN})"
    op.execute(f"CREATE POLICY test ON webhook_message FOR INSERT TO casquillo_api WITH CHECK ({test})")
    op.execute("GRANT INSERT ON webhook_message TO casquillo_api")


def _make_agreements() -> None:
    ids = ("id", "agency_id", "partner_id", "offered_by")
    later = ("accepted_by", "confirmed_by", "revoked_by", "revoked_of")
    op.create_table(
        "agreement",
        *(_column(name, sa.Uuid()) for name in ids),
        _column("reference", sa.Text()),
        _column("shares", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'")),
        _column("approves", sa.Boolean(), server_default=sa.text("false")),
        _column("windows", postgresql.JSONB(), server_default=sa.text("'[]'")),
        _column("zone", sa.Text()),
        _column("when_absent", sa.Boolean(), server_default=sa.text("false")),
        _column("approvers", postgresql.ARRAY(sa.Uuid()), server_default=sa.text("'{}'")),
        _column("approver_names", postgresql.JSONB(), server_default=sa.text("'[]'")),
        *(_column(name, TIME) for name in ("valid_from", "valid_until", "offered_at")),
        *(_column(name, TIME, nullable=True) for name in ("accepted_at", "confirmed_at", "revoked_at")),
        *(_column(name, sa.Uuid(), nullable=True) for name in later),
        _column("revoked_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("agency_id <> partner_id", name=op.f("ck_agreement_two_sides")),
        sa.CheckConstraint("valid_from < valid_until", name=op.f("ck_agreement_dates")),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_agreement_{column}"))
            for column, table in {
                "agency_id": "organisation",
                "partner_id": "organisation",
                "revoked_of": "organisation",
                "offered_by": "person",
                "accepted_by": "person",
                "confirmed_by": "person",
                "revoked_by": "person",
            }.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement")),
    )
    op.create_index(op.f("ix_agreement_agency_id_partner_id"), "agreement", ["agency_id", "partner_id"])
    op.create_index(op.f("ix_agreement_partner_id"), "agreement", ["partner_id"])


def _walls() -> None:
    ours = "agency_id = present_organisation()"
    op.execute("ALTER TABLE agreement ENABLE ROW LEVEL SECURITY")
    op.execute("GRANT SELECT, INSERT ON agreement TO casquillo_api")
    op.execute(f"GRANT UPDATE ({CHANGEABLE}) ON agreement TO casquillo_api")
    op.execute("GRANT SELECT ON agreement TO casquillo_worker")
    both = f"{ours} OR partner_id = present_organisation()"
    op.execute(f"CREATE POLICY api ON agreement FOR SELECT TO casquillo_api USING ({both})")
    op.execute(f"CREATE POLICY part ON agreement FOR UPDATE TO casquillo_api USING ({both}) WITH CHECK ({both})")
    begun = "accepted_at IS NULL AND confirmed_at IS NULL AND revoked_at IS NULL AND approvers = '{}'"
    op.execute(f"CREATE POLICY offer ON agreement FOR INSERT TO casquillo_api WITH CHECK ({ours} AND {begun})")
    op.execute("CREATE POLICY worker ON agreement FOR SELECT TO casquillo_worker USING (true)")
    for table, seen in READ.items():
        op.execute(f"CREATE POLICY guest_reads ON {table} FOR SELECT TO casquillo_api USING ({seen})")
    for table, written in INSERT.items():
        op.execute(f"CREATE POLICY guest_writes ON {table} FOR INSERT TO casquillo_api WITH CHECK ({written})")
    for table, changed in UPDATE.items():
        op.execute(
            f"CREATE POLICY guest_changes ON {table} FOR UPDATE TO casquillo_api"
            f" USING ({changed}) WITH CHECK ({changed})"
        )


def downgrade() -> None:
    op.execute("REVOKE INSERT ON webhook_message FROM casquillo_api")
    op.execute("DROP POLICY test ON webhook_message")
    for policy, tables in (("guest_reads", READ), ("guest_writes", INSERT), ("guest_changes", UPDATE)):
        for table in tables:
            op.execute(f"DROP POLICY {policy} ON {table}")
    op.execute("DROP TRIGGER guard ON agreement")
    for function in (*GUESTS, *SHARED, "agreement_live(agreement)", "guard_agreement()", "guest_agency()"):
        op.execute(f"DROP FUNCTION {function}")
    op.drop_index("ix_submission_provisional", "submission")
    op.drop_column("submission", "provisional_until")
    op.drop_table("agreement")
