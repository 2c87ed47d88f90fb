"""Who is told of a lead or hit, and of a lead's end; and what the told read of it (protocol, section 7).

Both cases' agencies are told when they are organisations of this service. An officer's feed says only that there
is a lead; the card with the other case is for supervisors and prosecutors.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, or_, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.accounts import prosecuting
from evidence.actions.holding import leads, result_rules
from evidence.actions.holding.result_rules import Case
from evidence.actions.log import noting
from evidence.actions.ports import Services
from evidence.domain.callers import SYSTEM, PersonCaller
from evidence.domain.canonical import jcs, sha256_hex
from evidence.domain.custody import Chain, instant
from evidence.domain.errors import not_found
from evidence.domain.kinds import BallisticCode
from evidence.domain.roles import Role
from evidence.records.captures import Capture, Manifest
from evidence.records.media import Finding
from evidence.records.organisations import Organisation
from evidence.records.results import LeadEnd, NoticeReader, Result, ResultNominal, ResultNotice
from evidence.records.submissions import Submission, Supplement

CASE_FACTS = ("case_number", "carpeta")


@dataclass(frozen=True)
class Party:
    """An organisation that is told, by its own case; ``root`` is its capture, when the case leads to one."""

    organisation_id: UUID
    case_number: str
    root: Capture | None


@dataclass(frozen=True)
class Notice:
    """A notice as one person sees it. ``card`` opens by reading; ``told_before``: this person read of its lead."""

    notice: ResultNotice
    read_at: datetime | None
    told_before: bool

    @property
    def card(self) -> dict[str, Any] | None:
        return self.notice.card if self.read_at is not None else None


def tell(session: Session, services: Services, result_id: UUID) -> int:
    """For the worker: tells the parties of a lead or hit, and of a lead's end; returns how many. Safe to repeat."""
    row = session.get_one(Result, result_id)
    acts = _doubt(session, services, row)
    if row.code in leads.TOLD_OF:
        end = session.get(LeadEnd, row.id)
        for party in _parties(session, row):
            acts += _tell(session, services, row, party, about=row.code)
            if end is not None:
                acts += _tell(session, services, row, party, about=end.outcome)
    if acts:
        custody.append(session, services, acts)
    return len(acts)


def _parties(session: Session, row: Result) -> list[Party]:
    """The agencies of both cases that are ours, and always the agency of the submission."""
    root = session.get_one(Capture, row.root_id)
    parties = []
    for case in result_rules.cases_of(row.facts):
        found = _organisation(session, case)
        if found is not None:
            named = _root_of(session, found, case)
            parties.append(Party(found, case.number, named or (root if found == row.agency_id else None)))
    if all(party.organisation_id != row.agency_id for party in parties):
        parties.append(Party(row.agency_id, "", root))
    return parties


def _organisation(session: Session, case: Case) -> UUID | None:
    """An agency by its code or name, as the sender wrote it."""
    return session.scalars(
        select(Organisation.id).where(
            Organisation.kind == "agency", or_(Organisation.code == case.agency, Organisation.name == case.agency)
        )
    ).first()


def _root_of(session: Session, agency_id: UUID, case: Case) -> Capture | None:
    """The agency's newest capture that names the case, in its manifest or a supplement."""
    signed = or_(*(Manifest.payload["recovery"][name].astext == case.number for name in CASE_FACTS))
    added = or_(*(Supplement.values[f"recovery.{name}"].astext == case.number for name in CASE_FACTS))
    roots = (
        select(Manifest.root_id)
        .where(Manifest.agency_id == agency_id, Manifest.standing == "accepted", signed)
        .union(select(Supplement.root_id).where(Supplement.agency_id == agency_id, added))
    )
    return session.scalars(
        select(Capture)
        .where(Capture.id.in_(roots), Capture.state.not_in(("discarded", "expunged")))
        .order_by(Capture.received_at.desc(), Capture.id)
        .limit(1)
    ).first()


def _tell(session: Session, services: Services, row: Result, party: Party, *, about: str) -> list[custody.Act]:
    link = sha256_hex(jcs({"cases": [[case.agency, case.number] for case in result_rules.cases_of(row.facts)]}))
    if about == BallisticCode.HIT and _linked_before(session, party, row, link):
        return []  # a hit links two cases once, however many of their items match
    made = session.scalar(
        insert(ResultNotice)
        .values(
            id=services.entropy.uuid7(),
            result_id=row.id,
            organisation_id=party.organisation_id,
            about=about,
            case_number=party.case_number,
            root_id=party.root.id if party.root else None,
            card={**_card(session, row), "link": link},
            told_at=services.clock.now(),
        )
        .on_conflict_do_nothing()
        .returning(ResultNotice.id)
    )
    return [_told(row, party, about)] if made is not None else []


def _linked_before(session: Session, party: Party, row: Result, link: str) -> bool:
    former = exists().where(
        ResultNotice.organisation_id == party.organisation_id,
        ResultNotice.about == BallisticCode.HIT.value,
        ResultNotice.card["link"].astext == link,
        ResultNotice.result_id != row.id,
    )
    return bool(session.scalar(select(former)))


def _card(session: Session, row: Result) -> dict[str, Any]:
    laboratory = session.get_one(Organisation, row.organisation_id)
    return {
        "code": row.code,
        "cases": [{"agency": case.agency, "case_number": case.number} for case in result_rules.cases_of(row.facts)],
        "laboratory": laboratory.name,
        "contact": laboratory.contact,
        "recorded_at": instant(row.recorded_at),
    }


def _told(row: Result, party: Party, about: str) -> custody.Act:
    """On the told organisation's own chain; its officer hears of it, without either case."""
    details = {"result_id": str(row.id), "organisation_id": str(party.organisation_id), "code": about}
    own = party.organisation_id == row.agency_id
    officer = party.root.officer_id if party.root else None
    return custody.Act(
        kind="result.told",
        chain=Chain("capture", party.root.id) if party.root else Chain("agency", party.organisation_id),
        agency_id=party.organisation_id,
        actor=SYSTEM,
        details=details,
        told=[custody.Told(party.organisation_id, officer)],
        root_id=party.root.id if party.root else None,
        submission_id=row.submission_id if own else None,
    )


def _doubt(session: Session, services: Services, row: Result) -> list[custody.Act]:
    """The finding that goes with an answer whose desk confirmed a purchase after the recovery."""
    nominal = session.get(ResultNominal, row.id)
    submission = session.get_one(Submission, row.submission_id)
    values = nominal.values if nominal else None
    found = result_rules.doubts_of(session, submission, row.answers_digest, row.facts, values)
    known = exists().where(Finding.root_id == row.root_id, Finding.facts["result_id"].astext == str(row.id))
    if not found or session.scalar(select(known)):
        return []
    session.execute(select(Capture.id).where(Capture.id == row.root_id).with_for_update())
    number = (session.scalar(select(func.max(Finding.number)).where(Finding.root_id == row.root_id)) or 0) + 1
    facts = {"result_id": str(row.id)}
    session.add(
        Finding(
            id=services.entropy.uuid7(),
            root_id=row.root_id,
            agency_id=row.agency_id,
            number=number,
            item_id=submission.item_id,
            code=found[0],
            blocking=False,
            facts=facts,
        )
    )
    return [
        custody.Act(
            kind="finding.recorded",
            chain=Chain("capture", row.root_id),
            agency_id=row.agency_id,
            actor=SYSTEM,
            details={
                "number": number,
                "code": found[0],
                "blocking": False,
                "item_id": str(submission.item_id),
                "facts": facts,
            },
            root_id=row.root_id,
            submission_id=submission.id,
        )
    ]


def listed(session: Session, *, caller: PersonCaller, limit: int, after: tuple[datetime, UUID] | None) -> list[Notice]:
    """What the caller's organisation was told, newest first: ``limit`` and one more."""
    wanted = select(ResultNotice).where(ResultNotice.organisation_id == caller.organisation_id)
    if prosecuting.is_limited(session, caller):
        of_case = prosecuting.within(session, caller, ResultNotice.root_id)
        wanted = wanted.where(or_(ResultNotice.root_id.is_(None), of_case))
    if after is not None:
        wanted = wanted.where(tuple_(ResultNotice.told_at, ResultNotice.id) < after)
    rows = session.scalars(wanted.order_by(ResultNotice.told_at.desc(), ResultNotice.id.desc()).limit(limit + 1)).all()
    return _seen_by(session, caller, rows)


def _seen_by(session: Session, caller: PersonCaller, rows: Sequence[ResultNotice]) -> list[Notice]:
    read = session.execute(
        select(NoticeReader.notice_id, NoticeReader.read_at, ResultNotice.result_id, ResultNotice.told_at)
        .join(ResultNotice, ResultNotice.id == NoticeReader.notice_id)
        .where(NoticeReader.person_id == caller.person_id)
        .where(ResultNotice.result_id.in_([row.result_id for row in rows]))
    ).all()
    when = {one.notice_id: one.read_at for one in read}

    def told_before(row: ResultNotice) -> bool:
        return any(one.result_id == row.result_id and one.told_at < row.told_at for one in read)

    return [Notice(row, when.get(row.id), told_before(row)) for row in rows]


def read(session: Session, services: Services, *, caller: PersonCaller, notice_id: UUID) -> Notice:
    """Opens a notice; that the person read it, and when, is kept, once."""
    row = session.get(ResultNotice, notice_id)
    if row is None or row.organisation_id != caller.organisation_id or not may_hear(session, caller, row):
        raise not_found()
    reader = insert(NoticeReader).values(
        notice_id=row.id,
        person_id=caller.person_id,
        organisation_id=caller.organisation_id,
        read_at=services.clock.now(),
    )
    session.execute(reader.on_conflict_do_nothing())
    act = custody.Act(
        kind="view.opened",
        chain=Chain("capture", row.root_id) if row.root_id else Chain("agency", row.organisation_id),
        agency_id=row.organisation_id,
        actor=caller.actor(Role.PROSECUTOR, Role.SUPERVISOR),
        details={"what": "result", "purpose": f"notice.{row.about}", "opened_at": instant(services.clock.now())},
        root_id=row.root_id,
    )
    noting.note(session, services, caller=caller, act=act, purpose=f"notice:{row.id}")
    (seen,) = _seen_by(session, caller, [row])
    return seen


def may_hear(session: Session, caller: PersonCaller, row: ResultNotice) -> bool:
    """A prosecutor hears of the own cases, and of those without a capture here, for nothing tells whose they are."""
    if row.root_id is None or not prosecuting.is_limited(session, caller):
        return True
    root = session.get(Capture, row.root_id)
    return root is not None and prosecuting.may_read(session, caller, root)
