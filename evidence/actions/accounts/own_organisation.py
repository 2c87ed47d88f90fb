"""An administrator changes what the organisation decides for itself."""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.ports import Services
from evidence.domain.agency_settings import check_settings
from evidence.domain.callers import PersonCaller
from evidence.domain.custody import Chain
from evidence.domain.roles import Role
from evidence.records.organisations import Organisation


def shown(session: Session, *, caller: PersonCaller) -> Organisation:
    """The caller's own organisation."""
    return session.get_one(Organisation, caller.organisation_id)


def change(
    session: Session, services: Services, *, caller: PersonCaller, contact: str, settings: Mapping[str, Any]
) -> Organisation:
    """Replaces contact and settings; a setting that is left out has its default again."""
    check_settings(settings)
    row = session.get_one(Organisation, caller.organisation_id)
    before = dict(row.settings)
    changed = [name for name in sorted({*before, *settings}) if before.get(name) != settings.get(name)]
    if contact != row.contact:
        changed.append("contact")
    if not changed:
        return row
    facts = {"contact": contact, "settings": json.dumps(dict(settings))}
    session.execute(text("SELECT change_own_organisation(:contact, CAST(:settings AS jsonb))"), facts)
    session.refresh(row)
    details = {"organisation_id": str(row.id), "fields": changed}
    chain = Chain("agency", row.id)
    act = custody.Act("organisation.changed", chain, row.id, caller.actor(Role.ADMINISTRATOR), details)
    custody.append(session, services, [act])
    return row
