"""Printing: a draft is gathered in one read, drawn outside any transaction, and recorded before its bytes are answered.

The custody entry ``print.made`` holds the file's SHA-256: whoever brings a sheet's file later can show which print it
was. Nothing of the file is kept; the same facts at the same moment give the same bytes.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.deciding import blindness
from evidence.actions.holding import clocks
from evidence.actions.ports import Printed, PrinterUnfit, Services
from evidence.actions.store_ports import StoreUnavailable
from evidence.domain.agency_settings import crest_of
from evidence.domain.callers import PersonCaller
from evidence.domain.custody import Chain
from evidence.domain.errors import unavailable
from evidence.domain.facts import Origin, Stated
from evidence.domain.ids import folio
from evidence.domain.prints import labels
from evidence.domain.prints.people import Known
from evidence.domain.prints.sheet import Document, What
from evidence.records.captures import Capture
from evidence.records.organisations import Organisation
from evidence.records.people import Person
from evidence.records.submissions import readings_of

UNREAD = Stated("(por leer en la foto)", Origin.DEFAULT)


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What will be printed and where it will be recorded. ``previews``: store keys by the names in the document."""

    document: Document
    chain: Chain
    agency_id: UUID
    details: Mapping[str, Any] = field(default_factory=dict)
    previews: Mapping[str, str] = field(default_factory=dict)
    root_id: UUID | None = None
    submission_id: UUID | None = None

    @property
    def filename(self) -> str:
        """Says what it is to whoever finds it in a folder."""
        parts = ["casquillo", self.document.what.value.replace("_", "-"), self.document.folio]
        return "-".join(filter(None, parts)) + ".pdf"


def render(services: Services, draft: Draft) -> Printed:
    """Draws the draft; 503 ``printer_unfit`` or ``store_unavailable``. No transaction may be open."""
    try:
        found = {name: services.store.read_preview(key) for name, key in draft.previews.items()}
        pictures = {name: data for name, data in found.items() if data is not None}
        return services.printer.render(draft.document, pictures)
    except PrinterUnfit as unfit:
        raise unavailable("printer_unfit", str(unfit), retry_after_s=600) from unfit
    except StoreUnavailable as away:
        raise unavailable("store_unavailable") from away


def dressed(session: Session, *, caller: PersonCaller, draft: Draft) -> Draft:
    """The draft with the template of the organisation that prints, where it is that organisation's own document.

    A worksheet stays a working copy whatever the template says: the form is another's (protocol, section 6).
    """
    own, document = session.get_one(Organisation, caller.organisation_id), draft.document
    if document.institution != own.name:
        return draft
    known = own.settings
    notice = known.get("print_notice") if document.what is not What.WORKSHEET else None
    made = replace(
        document,
        standing=notice or document.standing,
        header=known.get("print_header", ""),
        crest=crest_of(known.get("print_crest", "")),
    )
    return replace(draft, document=made)


def record(session: Session, services: Services, *, caller: PersonCaller, draft: Draft, printed: Printed) -> None:
    """Keeps who printed what: the file's hash and pages, the version of the data, the files shown on it."""
    details = {
        "what": draft.document.what.value,
        "sha256": hashlib.sha256(printed.pdf).hexdigest(),
        "pages": printed.pages,
        **({"digest": draft.document.digest} if draft.document.digest else {}),
        **draft.details,
    }
    act = custody.Act(
        kind="print.made",
        chain=draft.chain,
        agency_id=draft.agency_id,
        actor=caller.actor(),
        details=details,
        root_id=draft.root_id,
        submission_id=draft.submission_id,
    )
    custody.append(session, services, [act])


def of_capture(root: Capture, document: Document, **details: Any) -> Draft:
    """A draft on the chain of a capture."""
    return Draft(
        document=document,
        chain=Chain("capture", root.id),
        agency_id=root.agency_id,
        root_id=root.id,
        details=details,
    )


def of_organisation(caller: PersonCaller, document: Document, **details: Any) -> Draft:
    """A draft that concerns no single capture: on the chain of the organisation that prints."""
    chain = Chain("agency", caller.organisation_id)
    return Draft(document=document, chain=chain, agency_id=caller.organisation_id, details=details)


def printer_of(session: Session, caller: PersonCaller) -> str:
    """Who prints, as it stands at the foot of each page."""
    person = session.get_one(Person, caller.person_id)
    return f"{person.name} ({person.code})"


def zone_of(organisation: Organisation) -> str:
    """The organisation's own time zone, where no place of a capture gives one."""
    return clocks.calendar_of(organisation.settings).zone


def known_people(session: Session, ids: Sequence[UUID]) -> dict[str, Known]:
    """Name, badge and institution of the people that the session may see, by id."""
    rows = session.execute(
        select(Person, Organisation.name)
        .join(Organisation, Organisation.id == Person.organisation_id)
        .where(Person.id.in_(ids))
    )
    return {str(person.id): Known(person.name, person.code, name) for person, name in rows}


def unread(session: Session, caller: PersonCaller, root: Capture, item_id: UUID) -> bool:
    """Whether the caller still has to read the item's serial from the photo, and so must not find it on paper."""
    return blindness.is_blind(caller, root, readings_of(session, root.id, item_id))


def without_serial(facts: Mapping[str, Stated]) -> dict[str, Stated]:
    """The facts with words in place of the serial's text."""
    return {name: UNREAD if name == "serial.text" else stated for name, stated in facts.items()}


def about(session: Session, services: Services, caller: PersonCaller) -> labels.Print:
    """What a sheet without a capture says of itself."""
    own = session.get_one(Organisation, caller.organisation_id)
    return labels.Print(
        institution=own.name,
        printed_by=printer_of(session, caller),
        printed_at=services.clock.now(),
        zone=zone_of(own),
    )


def blank_labels(session: Session, services: Services, *, caller: PersonCaller, sheets: int) -> Draft:
    """Sheets of ten labels with codes that no one has had: the phone keeps one as a package's seal."""
    codes = [folio(services.entropy.uuid7()) for _ in range(sheets * 2 * labels.BLANK_PER_COLUMN)]
    document = labels.blank(codes, about=about(session, services, caller))
    return of_organisation(caller, document, count=len(codes))


def scale_cards(session: Session, services: Services, *, caller: PersonCaller) -> Draft:
    """One sheet of scale cards with the organisation's name and code."""
    own = session.get_one(Organisation, caller.organisation_id)
    return of_organisation(caller, labels.scale_cards(code=own.code, about=about(session, services, caller)))
