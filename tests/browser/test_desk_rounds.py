"""Acts of the desks that no story passes: the worksheet as files."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.approved import approved
from tests.browser.cast import assembled, letters
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
