"""Paper from the running service: each kind looked at as text and as a picture, and recorded."""

import hashlib
import time
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import zxingcpp

from evidence.domain.ids import folio_is_valid
from standalone.desk import Person
from standalone.phone import Signed, checked, new_id
from standalone.recovery import SEALS, SERIAL, recovery
from tests.e2e.conftest import Running
from tests.e2e.test_bundles import LIMIT_S, fetched
from tests.e2e.test_capture import wait_for_state

STANDING = "COPIA DE TRABAJO · NO ES FORMATO OFICIAL"
CAUTION = "Vínculo no confirmado. No es dictamen."


@pytest.fixture(scope="module")
def signed(running: Running) -> Signed:
    phone = running.phone()
    made = recovery(phone)
    phone.send(made)
    wait_for_state(running, made, "secured")
    deadline = time.monotonic() + LIMIT_S
    while any(line["preview"] == "due" for line in files(running, made)):
        assert time.monotonic() < deadline, "previews still due"
        time.sleep(0.2)
    running.person("s-201").name_prosecutor(made.capture_id)
    return made


def files(running: Running, signed: Signed) -> list[dict[str, Any]]:
    (manifest,) = running.person("s-201").get(f"/captures/{signed.capture_id}").json()["manifests"]
    found: list[dict[str, Any]] = manifest["media"]
    return found


def printed(person: Person, path: str, **wish: Any) -> bytes:
    answer = checked(person.http.post(f"/api/v1{path}", json=wish))
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].startswith('attachment; filename="casquillo-')
    return answer.content


def texts(pdf: bytes) -> list[str]:
    return [page.get_textpage().get_text_range().replace("\r\n", "\n") for page in pypdfium2.PdfDocument(pdf)]


def codes(pdf: bytes, page: int = 0) -> set[str]:
    picture = pypdfium2.PdfDocument(pdf)[page].render(scale=3).to_pil()
    return {found.text for found in zxingcpp.read_barcodes(picture)}


def prints(running: Running, signed: Signed) -> list[dict[str, Any]]:
    entries = running.person("s-201").get(f"/captures/{signed.capture_id}/custody").json()["items"]
    return [one["details"] for one in entries if one["entry"]["kind"] == "print.made"]


def test_the_registro_has_all_parts_and_is_recorded(running: Running, signed: Signed) -> None:
    prosecutor = running.person("m-501")
    pdf = printed(prosecutor, f"/captures/{signed.capture_id}/prints", what="registro")
    pages = texts(pdf)
    whole = "\n".join(pages)
    for number, page in enumerate(pages, start=1):
        assert STANDING in page
        assert f"página {number} de {len(pages)}" in page
        assert "Impreso por Ministerio Público M-501" in page
    for part in ("1. IDENTIFICACIÓN", "2. DOCUMENTACIÓN", "3. RECOLECCIÓN Y EMBALAJE", "4. SERVIDORES PÚBLICOS"):
        assert part in whole
    assert "5. TRASLADO" in whole
    assert "6. CONTINUIDAD Y TRAZABILIDAD" in whole
    assert "2 a 6" in whole
    assert SERIAL in whole.replace("\n", "")
    assert all(seal in whole for seal in SEALS)
    assert "05 Coahuila de Zaragoza" in whole
    assert "Firma autógrafa" in whole
    assert "Captura firmada y registrada" in whole
    (line,) = [one for one in prints(running, signed) if one["what"] == "registro"]
    assert line["sha256"] == hashlib.sha256(pdf).hexdigest()
    assert line["pages"] == len(pages)
    (code,) = codes(pdf)
    assert code.startswith("casquillo:")
    assert code.endswith(signed.sha256)
    assert code.split(":")[1] in whole


def test_a_supervisor_who_has_not_read_the_serial_does_not_find_it_on_paper(running: Running, signed: Signed) -> None:
    pdf = printed(running.person("s-202"), f"/captures/{signed.capture_id}/prints", what="registro")
    assert SERIAL not in "".join(texts(pdf)).replace("\n", "")
    (submission,) = [one for one in submissions(running, signed) if one["destination"] == "etrace"]
    sheet = "".join(
        texts(printed(running.person("s-202"), f"/submissions/{submission['id']}/prints", what="worksheet"))
    )
    assert SERIAL not in sheet
    assert "Por leer en la foto" in sheet


def submissions(running: Running, signed: Signed) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = running.person("s-201").get(f"/captures/{signed.capture_id}").json()["submissions"]
    return found


def test_the_worksheet_is_one_page_and_a_page_of_photos(running: Running, signed: Signed) -> None:
    (submission,) = [one for one in submissions(running, signed) if one["destination"] == "etrace"]
    prosecutor = running.person("m-501")
    pages = texts(pdf := printed(prosecutor, f"/submissions/{submission['id']}/prints", what="worksheet"))
    assert len(pages) == 2
    places = [pages[0].index(text) for text in ("Prioridad", "Clave del delito", SERIAL, "GLC · GLOCK")]
    assert places == sorted(places)
    assert "Número de serie, cerca" in pages[1]
    assert "SUSTITUIDA" not in pages[0]
    shown = [one for one in prints(running, signed) if one["sha256"] == hashlib.sha256(pdf).hexdigest()]
    assert len(shown[0]["media"]) == pages[1].count("huella") == 6


def test_labels_decode_and_say_the_condition(running: Running, signed: Signed) -> None:
    officer = running.person("o-101")
    pdf = printed(officer, f"/captures/{signed.capture_id}/prints", what="package_label")
    (page,) = texts(pdf)
    (code,) = codes(pdf)
    assert folio_is_valid(code)
    assert page.count(code) == 2
    assert "NO VERIFICADA" in page
    assert "No aplica" in page
    assert "2 a 6" in page
    blank = printed(officer, "/prints", what="blank_labels", sheets=2)
    found = codes(blank, 0) | codes(blank, 1)
    assert len(found) == 20
    assert all(folio_is_valid(one) for one in found)
    assert all(one in "".join(texts(blank)) for one in found)
    cards = printed(officer, "/prints", what="scale_cards")
    assert codes(cards) == {"PEM-A"}
    assert "100 mm" in texts(cards)[0]


def test_a_receipt_has_two_copies_for_both_to_sign(running: Running, signed: Signed) -> None:
    officer, event = running.person("o-101"), str(new_id())
    items = [one["id"] for one in signed.payload["items"]]
    package = signed.payload["packages"][1]["id"]
    facts = {
        "event_id": event,
        "kind": "handed_over",
        "package_id": package,
        "item_ids": items[1:],
        "from": "Oficial O-101",
        "to": "Recepción L-303",
        "place": "Ventanilla de recepción",
        "happened_at": datetime.now(UTC).isoformat(),
    }
    officer.post(f"/captures/{signed.capture_id}/events", facts)
    pages = texts(printed(officer, f"/captures/{signed.capture_id}/prints", what="receipt", event_id=event))
    assert len(pages) == 2
    assert all("página 1 de 1" in page for page in pages)
    assert "Ejemplar 1 de 2" in pages[0]
    assert "Ejemplar 2 de 2" in pages[1]
    assert all("Entrega · firma autógrafa" in page and "Recibe · firma autógrafa" in page for page in pages)
    assert all("2 a 6" in page and SEALS[1] in page and SERIAL not in page for page in pages)
    wrong = officer.http.post(
        f"/api/v1/captures/{signed.capture_id}/prints", json={"what": "hand_back", "event_id": event}
    )
    assert (wrong.status_code, wrong.json()["code"]) == (422, "wrong_event")


def test_the_bundle_holds_it_and_the_defence_reads_badges(running: Running, signed: Signed, tmp_path: Path) -> None:
    said = {}
    for profile in ("court", "defence", "partner"):
        _, file = fetched(running, signed, profile, tmp_path)
        with zipfile.ZipFile(file) as archive:
            found = [name for name in archive.namelist() if name.endswith("registro.pdf")]
            said[profile] = "\n".join(texts(archive.read(found[0]))) if found else None
            assert ("registro.pdf" in archive.read("data/LEEME.txt").decode()) is bool(found)
    assert said["partner"] is None
    assert said["court"] is not None
    assert said["defence"] is not None
    assert "Oficial O-101" in said["court"]
    assert "Oficial O-101" not in said["defence"].replace("\n", " ")
    assert "Placa O-101" in said["defence"].replace("\n", " ")
    assert SERIAL in said["defence"].replace("\n", "")


def test_what_one_may_not_see_is_not_printed(running: Running, signed: Signed) -> None:
    (submission,) = [one for one in submissions(running, signed) if one["destination"] == "etrace"]
    for who in ("s-211", "o-102", "l-301"):
        person = running.person(who)
        for path, what in (
            (f"/captures/{signed.capture_id}/prints", "registro"),
            (f"/captures/{signed.capture_id}/prints", "package_label"),
            (f"/submissions/{submission['id']}/prints", "worksheet"),
        ):
            answer = person.http.post(f"/api/v1{path}", json={"what": what})
            assert answer.status_code == 404, (who, what, answer.text)


def test_the_day_list_of_a_laboratory(running: Running) -> None:
    pages = texts(printed(running.person("l-309"), "/queues/ballistics/prints", what="day_list"))
    assert "LISTA DEL DÍA · BALÍSTICA" in pages[0]
    assert "Solicitudes abiertas: " in pages[0]
