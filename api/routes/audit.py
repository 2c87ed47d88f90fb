"""What an auditor lists: who did and looked at what, without what it was about."""

from typing import Any
from uuid import UUID

from api import boundary, paging
from api.schemas.audit import AuditPage, AuditQuery
from api.smorest import Noun
from evidence.actions.log import audit_list
from evidence.domain.errors import invalid
from evidence.domain.ids import folio_as_written
from evidence.domain.roles import Verb

noun = Noun("audit", "The organisation's custody entries as an auditor lists them.")


@noun.act("GET", "/audit/entries", Verb.AUDIT_READ, query=AuditQuery, answer=AuditPage, problem=(422,))
def get_audit_entries(
    show: str, folio: str | None, person: str | None, limit: int, cursor: str | None
) -> dict[str, Any]:
    """Newest first; by kind, capture and person. People by code and role, captures by folio, nothing of a case."""
    rows = boundary.read(
        audit_list.listed,
        caller=boundary.person(),
        shown=show,
        limit=limit,
        after=_after(cursor),
        folio=folio_as_written(folio) if folio else None,
        person=person,
    )
    return paging.cut(rows, limit, lambda row: (row.entry_id,))


def _after(cursor: str | None) -> UUID | None:
    keys = paging.decode(cursor, 1)
    try:
        return UUID(keys[0]) if keys else None
    except ValueError:
        raise invalid("invalid_cursor", cursor="not one of ours") from None
