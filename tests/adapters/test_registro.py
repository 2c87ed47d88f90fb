"""A whole Registro drawn: fifty unlike items, many hands, long words, blanks, and the copy without names."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pypdfium2

from evidence.adapters.printing.printer import PdfPrinter
from evidence.domain.facts import facts_of, subject_of
from evidence.domain.prints import registro
from evidence.domain.prints.people import Known, People
from evidence.domain.prints.registro_custody import EntryLine, Event
from evidence.domain.worksheet import known_facts
from evidence.settings import BUILT_WEB, DEBIAN_FONTS
from standalone.phone import new_id

AT = datetime(2026, 11, 24, 5, 44, tzinfo=UTC)
OFFICER = str(new_id())
PRINTER = PdfPrinter((BUILT_WEB / "fonts", DEBIAN_FONTS))
HANDS = [f"Persona Inventada {letter}" for letter in "ABCDEFG"]


def cartridge(number: int) -> dict[str, Any]:
    facts = {"caliber": {"code": "9x19", "text": "9 mm"}, "headstamp": f"LEYENDA-{number}"}
    return {
        "id": str(new_id()),
        "number": str(number),
        "kind": "cartridge",
        "quantity": {"n": 1, "exact": True},
        "found_in": None,
        "requests": [],
        "cartridge": facts,
    }


def payload() -> dict[str, Any]:
    items = [cartridge(number) for number in range(1, 51)]
    people = [{"name": name, "institution": "Fiscalía Modelo", "post": "perito"} for name in HANDS]
    return {
        "captured_at": "2026-11-24T05:44:00Z",
        "zone": "America/Hermosillo",
        "officer_id": OFFICER,
        "capacity": "first_responder",
        "recovery": {
            "scene_id": str(new_id()),
            "began": "descubrimiento",
            "recovered_at": "2026-11-24T05:00:00Z",
            "recovered_precision": "hour",
            "entity": "26",
            "municipality": None,
            "place": "Paraje inventado, " * 100,
            "participants": [{"person": one, "stages": ["packing"]} for one in people],
            "blanks": {"recovery.municipality": "no_information", "recovery.vehicle": "not_applicable"},
            "note": "Lo vio Persona Inventada A.",
        },
        "packages": [
            {
                "id": str(new_id()),
                "label": "Bolsa A",
                "kind": "bag",
                "seal": "S-1",
                "item_ids": [one["id"] for one in items],
            }
        ],
        "items": items,
        "media": [],
        "deferred": {"reason": "phone_dead", "written_by": people[0], "written_at": None, "typed_by": {"id": OFFICER}},
    }


def pages_of(*, names: bool = True) -> list[str]:
    made = payload()
    subjects = {one["id"]: subject_of(made, one["id"]) for one in made["items"]}
    handed = Event(kind="handed_over", at=AT, what="Bolsa A", given_by=HANDS[0] if names else "Reservado")
    known = registro.Registro(
        folio="K7QD-39MX-WHT",
        institution="Policía Estatal Modelo A (inventada)",
        payload=made,
        manifest_sha256="3fa8" * 16,
        version=(2, 3),
        received_at=AT + timedelta(hours=9),
        recovery=facts_of(next(iter(subjects.values()))),
        facts={item_id: known_facts(subject) for item_id, subject in subjects.items()},
        people=People({OFFICER: Known("Oficial Inventada", "O-101", "Policía Modelo")}, names),
        events=[handed] * 30,
        entries=[EntryLine(n, f"kind.{n}", AT, "Servicio", f"{n:064x}") for n in range(1, 101)],
        printed_by="M-501",
        printed_at=AT,
    )
    pdf = pypdfium2.PdfDocument(PRINTER.render(registro.document(known), {}).pdf)
    for page in pdf:
        bounds = [one.get_bounds() for one in page.get_objects()]
        assert min(box[0] for box in bounds) >= 0
        assert max(box[2] for box in bounds) <= 612.5
        assert min(box[1] for box in bounds) >= 0
    return [page.get_textpage().get_text_range().replace("\r\n", "\n") for page in pdf]


def test_fifty_unlike_items_go_over_pages_and_none_is_lost() -> None:
    pages = pages_of()
    whole = "\n".join(pages)
    assert len(pages) >= 6
    assert all(f"página {number} de {len(pages)}" in page for number, page in enumerate(pages, start=1))
    assert all(f"LEYENDA-{number}" in whole for number in range(1, 51))
    assert all(f"Nombre: {name}" in whole for name in HANDS)
    assert sum(page.count("Descripción y estado original") for page in pages) >= 2
    assert "Versión firmada 2 de 3" in whole
    assert whole.replace("\n", " ").count("Paraje inventado,") == 100
    assert all(f"kind.{number}\n" in whole or f"kind.{number} " in whole for number in range(1, 101))
    assert "1 a 50" in whole


def test_blanks_hours_and_paper_are_said() -> None:
    first = pages_of()[0].replace("\n", " ")
    assert "Sin información" in first
    assert "No aplica" in first
    assert "☐ Localización ☒ Descubrimiento ☐ Aportación" in first
    assert "23/11/2026 22:00 h, hora local · 24/11/2026 05:00 UTC (a la hora)" in first
    assert "CAPTURA DIFERIDA: escrita en papel por Persona Inventada A" in "".join(pages_of()).replace("\n", " ")


def test_the_copy_without_names_has_none() -> None:
    whole = "\n".join(pages_of(names=False))
    assert "Persona Inventada" not in whole.replace("\n", " ")
    assert "Oficial Inventada" not in whole.replace("\n", " ")
    assert "Placa O-101" in whole
    assert "perito" in whole
