"""Machine tokens as an administrator sees them: what they may do, until when, who answers, when last used."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from evidence.domain.callers import PersonCaller
from evidence.records.people import MachineToken, Person


@dataclass(frozen=True, kw_only=True)
class TokenLine:
    """A token without its secret, which nobody has any more."""

    id: UUID
    label: str
    owner_id: UUID
    owner: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None


def listed(session: Session, *, caller: PersonCaller) -> list[TokenLine]:
    """The organisation's tokens, newest first; those that are over too."""
    rows = session.execute(
        select(MachineToken, Person.name)
        .join(Person, Person.id == MachineToken.owner_id)
        .where(MachineToken.organisation_id == caller.organisation_id)
        .order_by(MachineToken.created_at.desc(), MachineToken.id)
    )
    return [
        TokenLine(
            id=token.id,
            label=token.label,
            owner_id=token.owner_id,
            owner=name,
            scopes=token.scopes,
            created_at=token.created_at,
            expires_at=token.expires_at,
            revoked_at=token.revoked_at,
            last_used_at=token.last_used_at,
        )
        for token, name in rows
    ]
