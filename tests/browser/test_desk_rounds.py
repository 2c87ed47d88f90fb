"""Acts of the desks that no story passes: the worksheet as files, a rejected request opened again."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from standalone.recovery import recovery
from tests.browser.approved import approved
from tests.browser.cast import assembled, letters
from tests.browser.reviewing import until
from tests.e2e.conftest import Running

pytestmark = pytest.mark.slow


def test_the_worksheet_as_files(running: Running, browser: Browser) -> None:
    """CSV for a spreadsheet and JSON for a program hold the serial, under the digest that is worked on."""
    serial = f"{letters()}4471"
    gun = approved(running, serial=serial, seals=(f"{serial}-1", f"{serial}-2"))
    trace = gun.submissions["etrace", "1"]
    with assembled(running, browser) as cast:
        desk = cast("d-401", "en", theme="sun")
        desk.go("trace", trace)
        expect(desk.page.get_by_role("heading", name=gun.folio)).to_be_visible()
        with desk.page.expect_download() as csv:
            desk.act("Hoja en CSV", "Worksheet as CSV")
        with desk.page.expect_download() as sheet:
            desk.act("Hoja en JSON", "Worksheet as JSON")
        assert csv.value.suggested_filename == f"{gun.folio}.csv"
        assert serial in Path(csv.value.path()).read_text(encoding="utf-8-sig")
        told = json.loads(Path(sheet.value.path()).read_text(encoding="utf-8"))
        assert told["submission_id"] == trace
        assert told["values"]["5a"] == serial
        shown = running.person("s-201").get(f"/submissions/{trace}").json()["submission"]
        assert told["digest"] == shown["digest"]
        assert desk.faults("worksheet") == []


def test_a_rejected_request_is_opened_again(running: Running, browser: Browser) -> None:
    """Rejected by one supervisor, opened again on the screen by another, who alone may: it waits as before."""
    own = letters()
    phone = running.phone("o-101")
    signed = recovery(phone, serial=f"{own}5512", width=640, seals=(f"{own}-1", f"{own}-2"))
    phone.send(signed)
    supervisor = running.person("s-201")
    path = f"/captures/{signed.capture_id}"
    until(lambda: supervisor.get(path).json()["state"] == "secured")

    def drawn() -> bool:
        (head,) = supervisor.get(path).json()["manifests"]
        return all(one["preview"] in ("ready", "failed") for one in head["media"])

    until(drawn)
    line = next(one for one in supervisor.get(path).json()["submissions"] if one["destination"] == "etrace")
    shown = supervisor.get(f"/submissions/{line['id']}")
    body = {
        "decision": "reject",
        "digest": shown.json()["submission"]["digest"],
        "findings_seen": max((one["number"] for one in shown.json()["agency"]["findings"]), default=0),
        "reason": "Arma de cargo",
    }
    supervisor.post(f"/submissions/{line['id']}/decision", body, etag=shown.headers["etag"])
    with assembled(running, browser) as cast:
        folio = supervisor.get(path).json()["folio"]
        who_rejected = cast("s-201")
        who_rejected.review(signed, folio)
        who_rejected.sees("La rechazaste tú: otra persona de supervisión puede abrirla otra vez.")
        expect(who_rejected.button("Abrir otra vez")).to_have_count(0)
        desk = cast("s-202")
        desk.review(signed, folio)
        desk.act("Abrir otra vez")
        strip = desk.page.locator("#act-text")
        strip.fill("No era de cargo: otra matrícula")
        desk.press("Enter")
        expect(strip).to_be_visible()  # Enter alone decides nothing
        assert desk.faults("reopen") == []
        desk.press("Control+Enter")
        desk.sees("Hecho")
        expect(desk.button("Abrir otra vez")).to_have_count(0)
        states = {one["id"]: one["state"] for one in supervisor.get(path).json()["submissions"]}
        assert states[line["id"]] == "pending_review"
        told = [one["reason"] for kind, one in cast.custody("s-201", signed) if kind == "submission.reopened"]
        assert told == ["No era de cargo: otra matrícula"]
