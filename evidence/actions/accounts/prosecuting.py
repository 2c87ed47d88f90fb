"""Which captures of the agency a person reads: its officers their own, a prosecutor those of the own cases.

What makes a case a prosecutor's is recorded fact, never a guess (desks, *What real use in Mexico asks for*): the newest
statement of who leads it names the person or the unit; the things were handed over to the person or the unit; the
person ordered expert work in it. An agency may let its prosecutors read all (setting ``prosecutors_see``). A carpeta
opens nothing: it is a number that anybody may type, and one typed wrong would open a stranger's case.
"""

from uuid import UUID

from sqlalchemy import ColumnElement, Select, false, func, literal, or_, select, true, union
from sqlalchemy.dialects.postgresql import array, distinct_on
from sqlalchemy.orm import InstrumentedAttribute, Session

from evidence.domain.agency_settings import ProsecutorsSee
from evidence.domain.callers import Caller, PersonCaller
from evidence.domain.kinds import PhysicalEventKind
from evidence.domain.names import FOLDED_FROM, FOLDED_TO, folded_name
from evidence.domain.roles import Role
from evidence.records.captures import Capture
from evidence.records.media import Media
from evidence.records.organisations import Organisation
from evidence.records.people import Person
from evidence.records.physical import PhysicalEvent
from evidence.records.submissions import LEGAL_FACTS, Supplement

Root = InstrumentedAttribute[UUID] | InstrumentedAttribute[UUID | None]

LEADS = ("legal.prosecutor", "legal.prosecutor_office")
"""The facts that say who leads a case: the person, and the office or unit."""


def reads_all(session: Session, caller: Caller) -> bool:
    """Whether the caller reads every capture of the agency: its supervisors, and prosecutors where it says so."""
    if not isinstance(caller, PersonCaller):
        return False
    return Role.SUPERVISOR in caller.roles or (Role.PROSECUTOR in caller.roles and _unlimited(session, caller))


def may_read(session: Session, caller: PersonCaller, capture: Capture) -> bool:
    """Whether the caller reads a capture of the own agency; what belongs to a line goes with its root."""
    if capture.officer_id == caller.person_id or reads_all(session, caller):
        return True
    if Role.PROSECUTOR not in caller.roles:
        return False
    of_case = _cases(session, caller).subquery()
    return session.scalar(select(of_case.c.root_id).where(of_case.c.root_id == capture.root_id).limit(1)) is not None


def within(session: Session, caller: Caller, root_id: Root) -> ColumnElement[bool]:
    """The condition that keeps a list of the agency's to the roots that the caller reads."""
    if reads_all(session, caller):
        return true()
    if not isinstance(caller, PersonCaller):
        return false()
    own = root_id.in_(select(Capture.root_id).where(Capture.officer_id == caller.person_id))
    return or_(own, root_id.in_(_cases(session, caller))) if Role.PROSECUTOR in caller.roles else own


def is_limited(session: Session, caller: Caller) -> bool:
    """Whether the caller is a prosecutor of the own cases, with no role beside it that hears of the whole agency."""
    if not isinstance(caller, PersonCaller) or Role.PROSECUTOR not in caller.roles:
        return False
    return caller.roles <= {Role.PROSECUTOR, Role.OFFICER} and not _unlimited(session, caller)


def _unlimited(session: Session, caller: PersonCaller) -> bool:
    settings = session.get_one(Organisation, caller.organisation_id).settings
    return bool(settings.get("prosecutors_see", ProsecutorsSee.NAMED) == ProsecutorsSee.AGENCY)


def _cases(session: Session, caller: PersonCaller) -> Select[tuple[UUID]]:
    """Roots of the agency that are this prosecutor's."""
    person = session.get_one(Person, caller.person_id)
    names = [name for name in map(folded_name, (person.name, person.unit or "")) if name]
    legal = Supplement.values.has_any(array(LEGAL_FACTS))
    ordered = select(Supplement.root_id).where(
        Supplement.agency_id == caller.organisation_id,
        legal,
        Supplement.values.has_key("legal.order"),
        Supplement.author_id == caller.person_id,
    )
    attached = select(Media.root_id).where(
        Media.agency_id == caller.organisation_id,
        Media.author_id == caller.person_id,
        Media.submission_id.is_not(None),
    )
    handed = select(PhysicalEvent.root_id).where(
        PhysicalEvent.agency_id == caller.organisation_id,
        PhysicalEvent.kind == PhysicalEventKind.HANDED_OVER.value,
        _names(PhysicalEvent.facts["to"].astext, names),
    )
    led = [_led(caller.organisation_id, fact, names) for fact in LEADS]
    found = union(ordered, attached, handed, *led).subquery()
    return select(found.c.root_id)


def _led(agency_id: UUID, fact: str, names: list[str]) -> Select[tuple[UUID]]:
    """Roots whose newest statement of this fact, in a scope, holds one of ``names``: a corrected one opens nothing."""
    newest = (
        select(Supplement.root_id, Supplement.values[fact].astext.label("said"))
        .ext(distinct_on(Supplement.root_id, Supplement.scope_id))
        .where(
            Supplement.agency_id == agency_id,
            Supplement.values.has_any(array(LEGAL_FACTS)),
            Supplement.values.has_key(fact),
        )
        .order_by(Supplement.root_id, Supplement.scope_id, Supplement.number.desc())
        .subquery()
    )
    return select(newest.c.root_id).where(_names(newest.c.said, names))


def _names(said: ColumnElement[str], names: list[str]) -> ColumnElement[bool]:
    """Whether a text holds one of the names as whole words; folded as :func:`folded_name` folds."""
    plain = func.lower(func.translate(said, FOLDED_FROM, FOLDED_TO))
    words = literal(" ") + func.regexp_replace(plain, "[^a-z0-9]+", " ", "g") + literal(" ")
    return or_(false(), *(func.strpos(words, f" {name} ") > 0 for name in names))
