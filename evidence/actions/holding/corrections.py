"""Correction notices: the dossier came to differ from what a sent trace request says (protocol, section 11)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.deciding import flow
from evidence.actions.ports import Services
from evidence.domain.callers import Actor
from evidence.domain.dossier import changed_content
from evidence.records.captures import Capture
from evidence.records.submissions import ApprovedDossier, Submission
from evidence.records.trace_requests import CorrectionNotice, latest_request


def note(session: Session, services: Services, root: Capture, submission: Submission, by: Actor) -> list[custody.Act]:
    """A notice to whoever sent the request, once for each changed dossier; nothing while none was sent.

    Nothing is said of an amendment that leaves the form and its photos as they were keyed.
    """
    sent = latest_request(session, submission.id)
    keyed = session.get(ApprovedDossier, (submission.id, sent.digest)) if sent is not None else None
    changed = changes(keyed.digested, submission.digested) if keyed is not None else []
    if sent is None or not changed or sent.digest == submission.digest:
        return []
    known = exists().where(CorrectionNotice.trace_request_id == sent.id, CorrectionNotice.digest == submission.digest)
    if session.scalar(select(known)):
        return []
    row = CorrectionNotice(
        id=services.entropy.uuid7(),
        trace_request_id=sent.id,
        submission_id=submission.id,
        agency_id=submission.agency_id,
        digest=submission.digest,
        changed=changed,
        made_at=services.clock.now(),
    )
    session.add(row)
    return [flow.act_of("trace.corrected", root, submission, by, {**details(row), "changed": changed})]


def details(row: CorrectionNotice) -> dict[str, Any]:
    """What the custody log says of a notice."""
    return {
        "submission_id": str(row.submission_id),
        "trace_request_id": str(row.trace_request_id),
        "notice_id": str(row.id),
        "digest": row.digest,
    }


def changes(keyed: Mapping[str, Any], present: Mapping[str, Any]) -> list[str]:
    """What differs between two dossiers: the form's fields by code, other members by name. Supplements only carry."""
    members = changed_content(keyed, present) - {"supplement"}
    fields: set[str] = set()
    if "worksheet" in members:
        before, after = (one.get("worksheet", {}).get("values", {}) for one in (keyed, present))
        fields = {code for code in before.keys() | after.keys() if before.get(code) != after.get(code)}
    return sorted((members - {"worksheet"}) | (fields or (members & {"worksheet"})))
