"""What may be printed by whom, from which version, and what a print leaves in the custody log."""

from base64 import b64encode
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pypdfium2
import pytest
from decision_world import DecisionWorld
from PIL import Image
from sqlalchemy import select

from evidence.actions.holding import notices, physical
from evidence.actions.paper import printing, printing_choice, printing_registro, printing_sheets, printing_worksheet
from evidence.adapters.printing.printer import PdfPrinter
from evidence.domain.agency_settings import check_settings
from evidence.domain.callers import PersonCaller
from evidence.domain.errors import EvidenceError
from evidence.domain.kinds import MismatchKind, PhysicalEventKind
from evidence.domain.prints.sheet import What
from evidence.domain.roles import Role
from evidence.records.custody import CustodyDetail, CustodyEntry
from evidence.records.organisations import Organisation
from evidence.records.results import Result, ResultNotice
from evidence.records.trace_requests import TraceRequest
from evidence.settings import BUILT_WEB, DEBIAN_FONTS
from standalone.phone import new_id
from standalone.postgres import DatabaseUrls
from standalone.recovery import SERIAL

READ = ("legible", SERIAL)
PRINTER = PdfPrinter((BUILT_WEB / "fonts", DEBIAN_FONTS))


@pytest.fixture
def world(fresh_database_urls: DatabaseUrls) -> Iterator[DecisionWorld]:
    made = DecisionWorld(fresh_database_urls)
    made.arrive()
    made.open_all(made.supervisor)
    yield made
    made.check_log()
    made.close()


def text_of(draft: printing.Draft) -> str:
    pdf = pypdfium2.PdfDocument(PRINTER.render(draft.document, {}).pdf)
    return "\n".join(page.get_textpage().get_text_range().replace("\r\n", "\n") for page in pdf)


def worksheet(world: DecisionWorld, by: PersonCaller, digest: str | None = None) -> printing.Draft:
    submission = world.submission()
    return world.act(by, printing_worksheet.worksheet, submission_id=submission.id, digest=digest)


def registro(world: DecisionWorld, by: PersonCaller) -> printing.Draft:
    return world.act(by, printing_registro.draft, capture_id=world.signed.capture_id)


def refused(code: str, action: Any, *args: Any, **facts: Any) -> None:
    with pytest.raises(EvidenceError) as caught:
        action(*args, **facts)
    assert caught.value.code == code


def test_a_print_is_an_entry_with_the_file_s_hash(world: DecisionWorld) -> None:
    draft = registro(world, world.officer)
    printed = PRINTER.render(draft.document, {})
    world.act(world.officer, printing.record, draft=draft, printed=printed)
    told = select(CustodyDetail.details).join(CustodyEntry, CustodyEntry.entry_id == CustodyDetail.entry_id)
    (details,) = world.rows(told.where(CustodyEntry.kind == "print.made"))
    assert details["what"] == "registro"
    assert details["pages"] == printed.pages
    assert details["digest"] == world.signed.sha256
    (entry,) = world.rows(select(CustodyEntry).where(CustodyEntry.kind == "print.made"))
    assert (entry.actor_id, entry.chain_type) == (world.officer.person_id, "capture")


def test_the_serial_comes_on_paper_with_the_reading(world: DecisionWorld) -> None:
    submission = world.submission()
    for draft in (registro(world, world.supervisor), worksheet(world, world.supervisor)):
        assert SERIAL not in text_of(draft)
        assert "por leer en la foto" in text_of(draft).lower().replace("\n", " ")
    world.decide(world.supervisor, "approve", reading=READ)
    for draft in (registro(world, world.supervisor), worksheet(world, world.supervisor)):
        assert SERIAL in text_of(draft)
    assert worksheet(world, world.supervisor).document.digest == submission.digest


def test_the_desk_prints_what_was_approved_and_nothing_before(world: DecisionWorld) -> None:
    refused("not_found", worksheet, world, world.analyst)
    world.decide(world.supervisor, "approve", reading=READ)
    draft = worksheet(world, world.analyst)
    assert draft.document.digest == world.submission().approved_digest
    assert SERIAL in text_of(draft)
    assert draft.previews
    refused("not_found", worksheet, world, world.analyst, digest="ab" * 32)
    refused("not_found", worksheet, world, world.examiner)
    refused("not_found", registro, world, world.analyst)


def test_a_replaced_worksheet_says_so(world: DecisionWorld) -> None:
    world.decide(world.supervisor, "approve", reading=READ)
    submission = world.submission()
    first, plain = new_id(), {"submission_id": submission.id, "agency_id": world.agency, "organisation_id": world.desk}
    sent = {**plain, "sent_by": world.analyst.person_id, "sent_at": world.clock.now(), "recorded_at": world.clock.now()}
    with world.worker() as session, session.begin():
        session.add(TraceRequest(id=first, number=1, digest=submission.digest, etrace_number="T-1", **sent))
    assert "SUSTITUIDA" not in text_of(worksheet(world, world.analyst))
    with world.worker() as session, session.begin():
        again = {"number": 2, "digest": "cd" * 32, "etrace_number": "T-2", "replaces_id": first}
        session.add(TraceRequest(id=new_id(), **again, **sent))
    assert "SUSTITUIDA" in text_of(worksheet(world, world.analyst))


def event(world: DecisionWorld, kind: PhysicalEventKind, **more: Any) -> physical.Event:
    plain: dict[str, Any] = {"package_id": None, "item_ids": (world.item,), "mismatches": (), "submission_id": None}
    facts = {"from": "Oficial O-101", "to": "Recepción L-303"}
    return physical.Event(
        event_id=new_id(), kind=kind, happened_at=world.clock.now(), **{**plain, "facts": facts, **more}
    )


def test_a_receipt_needs_a_receiving_and_a_hand_back_a_handing_back(world: DecisionWorld) -> None:
    world.decide(world.supervisor, "approve", destination="ballistics", reading=READ)
    root = {"capture_id": world.signed.capture_id}
    came = event(world, PhysicalEventKind.RECEIVED)
    went = event(world, PhysicalEventKind.HANDED_BACK)
    odd = event(world, PhysicalEventKind.MISMATCH, mismatches=(MismatchKind.SEAL_BROKEN,))
    for one in (came, went, odd):
        world.act(world.examiner, physical.record, event=one, **root)
    for what, one, title in (
        (What.RECEIPT, came, "RECIBO DE INDICIOS"),
        (What.HAND_BACK, went, "ENTREGA DE INDICIOS (DEVOLUCIÓN)"),
    ):
        wish = printing_choice.Wish(what, event_id=one.event_id)
        said = text_of(world.act(world.examiner, printing_choice.of_capture, wish=wish, **root))
        assert said.count(title) == 2
        assert "LAB-A (inventada)" in said
        assert SERIAL in said
    for what, event_id, code in (
        (What.RECEIPT, odd.event_id, "wrong_event"),
        (What.HAND_BACK, came.event_id, "wrong_event"),
        (What.RECEIPT, None, "event_needed"),
        (What.RECEIPT, new_id(), "not_found"),
    ):
        wish = printing_choice.Wish(what, event_id=event_id)
        refused(code, world.act, world.examiner, printing_choice.of_capture, wish=wish, **root)
    wish = printing_choice.Wish(What.RECEIPT, event_id=came.event_id)
    refused("not_found", world.act, world.analyst, printing_choice.of_capture, wish=wish, **root)
    assert "Sello roto" in text_of(registro(world, world.officer))


def test_what_was_closed_again_has_a_label_of_its_own(world: DecisionWorld) -> None:
    world.decide(world.supervisor, "approve", destination="ballistics", reading=READ)
    root = {"capture_id": world.signed.capture_id}
    facts = {"seal": "LAB-0099", "place": "Bodega 2"}
    closed, came = event(world, PhysicalEventKind.RESEALED, facts=facts), event(world, PhysicalEventKind.RECEIVED)
    for one in (closed, came):
        world.act(world.examiner, physical.record, event=one, **root)
    wish = printing_choice.Wish(What.PACKAGE_LABEL, event_id=closed.event_id)
    said = text_of(world.act(world.examiner, printing_choice.of_capture, wish=wish, **root))
    former = world.signed.payload["packages"][0]["seal"]
    assert "LAB-0099" in said
    assert f"{former} (dentro del empaque)" in said.replace("\n", " ")
    assert "LAB-A (inventada)" in said
    wrong = printing_choice.Wish(What.PACKAGE_LABEL, event_id=came.event_id)
    refused("wrong_event", world.act, world.examiner, printing_choice.of_capture, wish=wrong, **root)
    refused("not_found", world.act, world.analyst, printing_choice.of_capture, wish=wish, **root)


def test_a_template_dresses_the_own_documents_and_never_a_form_of_another(world: DecisionWorld) -> None:
    crest = b64encode(png(64, 64)).decode()
    settings = {"print_header": "Unidad de evidencia", "print_notice": "FORMATO MODELO 7", "print_crest": crest}
    check_settings(settings)
    with world.worker() as session, session.begin():
        session.get_one(Organisation, world.supervisor.organisation_id).settings = settings
    own = dressed(world, world.supervisor, registro(world, world.supervisor))
    assert "FORMATO MODELO 7" in text_of(own)
    assert "· Unidad de evidencia" in text_of(own)
    assert "NO ES FORMATO OFICIAL" not in text_of(own)
    form = text_of(dressed(world, world.supervisor, worksheet(world, world.supervisor)))
    assert "NO ES FORMATO OFICIAL" in form
    assert "· Unidad de evidencia" in form
    world.decide(world.supervisor, "approve", reading=READ)
    theirs = dressed(world, world.analyst, worksheet(world, world.analyst))
    assert theirs.document.crest is None, "the desk's template is not put over an agency's name"


@pytest.mark.parametrize("crest", ["x", "", b64encode(b"\xff\xd8\xff\xe0" * 9).decode()])
def test_a_crest_is_a_small_png(crest: str) -> None:
    refused("setting_form", check_settings, {"print_crest": crest})
    refused("setting_form", check_settings, {"print_crest": b64encode(png(900, 10)).decode()})


def dressed(world: DecisionWorld, by: PersonCaller, draft: printing.Draft) -> printing.Draft:
    with world.api() as session:
        world._enter(session, by)
        return printing.dressed(session, caller=by, draft=draft)


def png(width: int, height: int) -> bytes:
    made = BytesIO()
    Image.new("L", (width, height), 90).save(made, "PNG")
    return made.getvalue()


def test_a_lead_is_printed_after_it_was_opened_with_its_caution(world: DecisionWorld) -> None:
    world.decide(world.supervisor, "approve", destination="ballistics", reading=READ)
    submission = world.submission("ballistics")
    result, notice = new_id(), new_id()
    plain = {"submission_id": submission.id, "root_id": submission.root_id, "agency_id": world.agency}
    card = {"cases": [{"agency": "PEM-A", "case_number": "CI-1"}, {"agency": "PEM-B", "case_number": "CI-2"}]}
    with world.worker() as session, session.begin():
        answer = {"code": "lead", "final": False, "answers_digest": submission.digest, "payload_sha256": "ab" * 32}
        by = {"organisation_id": world.laboratory, "recorder_id": world.examiner.person_id}
        session.add(Result(id=result, facts={}, **answer, **by, **plain))
        session.flush()
        told = {"about": "lead", "case_number": "CI-1", "root_id": submission.root_id, "told_at": world.clock.now()}
        session.add(ResultNotice(id=notice, result_id=result, organisation_id=world.agency, card=card, **told))
    refused("not_opened", world.act, world.supervisor, printing_sheets.of_notice, notice_id=notice)
    world.act(world.supervisor, notices.read, notice_id=notice)
    said = text_of(world.act(world.supervisor, printing_sheets.of_notice, notice_id=notice))
    assert said.count("Vínculo no confirmado. No es dictamen.") == 2
    assert "CI-2" in said
    refused("not_found", world.act, world.analyst, printing_sheets.of_notice, notice_id=notice)


def test_the_day_list_shows_what_the_organisation_holds(world: DecisionWorld) -> None:
    world.decide(world.supervisor, "approve", reading=READ)
    desk = world.act(world.analyst, printing_sheets.of_queue, destination="etrace")
    assert "Solicitudes abiertas: 1; vencidas: 0." in text_of(desk)
    assert desk.chain.type == "agency"
    assert "Solicitudes abiertas: 0" in text_of(
        world.act(world.examiner, printing_sheets.of_queue, destination="etrace")
    )
    refused("not_found", world.act, world.analyst, printing_sheets.of_queue, destination="elsewhere")
    world.act(world.analyst, printing.record, draft=desk, printed=PRINTER.render(desk.document, {}))


def test_a_long_day_list_says_that_there_is_more(world: DecisionWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    world.decide(world.supervisor, "approve", reading=READ)
    monkeypatch.setattr(printing_sheets, "MOST_ROWS", 0)
    assert "hay más" in text_of(world.act(world.analyst, printing_sheets.of_queue, destination="etrace"))


def test_another_officer_prints_nothing_of_it(world: DecisionWorld) -> None:
    stranger = world._person(world.agency, "o-109", Role.OFFICER)
    refused("not_found", registro, world, stranger)
    refused("not_found", worksheet, world, stranger)
    wish = printing_choice.Wish(What.PACKAGE_LABEL)
    refused(
        "not_found",
        world.act,
        stranger,
        printing_choice.of_capture,
        wish=wish,
        capture_id=world.signed.capture_id,
    )
