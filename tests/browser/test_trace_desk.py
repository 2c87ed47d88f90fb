"""A trace desk's day in a real browser: keyed in the form's order, read back by another, answered (G3, G7, G10)."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from standalone.phone import Refused
from tests.browser.approved import Approved, approved
from tests.browser.conftest import At
from tests.browser.desk_person import DeskPerson
from tests.e2e.conftest import Running

pytestmark = pytest.mark.slow
SERIAL = "QZX0153"


@pytest.fixture(scope="module")
def gun(running: Running) -> Approved:
    return approved(running, serial=SERIAL)


def go(desk: DeskPerson, *path: str) -> None:
    desk.page.evaluate(f"location.hash = '#/{'/'.join(path)}'")


def answer_cards(page: Page) -> None:
    """Other tests of the session may have made guns that look like this one: the desk answers before keying."""
    page.wait_for_timeout(800)
    while page.get_by_role("button", name="Es otra").count():
        unanswered = page.locator("article", has=page.get_by_role("button", name="Es otra")).filter(
            has_not_text="Contestaste"
        )
        if not unanswered.count():
            return
        unanswered.first.get_by_role("button", name="Es otra").click()
        page.wait_for_timeout(800)


def traces(running: Running, submission_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (
        running.person("d-409").get(f"/submissions/{submission_id}/trace-requests").json()["items"]
    )
    return found


def test_a_request_is_keyed_sent_and_read_back_by_another(running: Running, at: At, gun: Approved) -> None:
    submission = gun.submissions[("etrace", "1")]
    desk = at("d-401")
    page = desk.page
    expect(page.get_by_role("grid")).to_be_visible()
    faults = desk.faults("trace queue")
    page.keyboard.type(gun.folio)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=gun.folio)).to_be_visible()
    answer_cards(page)
    page.get_by_role("button", name="Tomar").click()
    expect(page.get_by_text("En trabajo").first).to_be_visible()
    codes = page.locator("td.code").all_inner_texts()
    assert [code.removesuffix(" *") for code in codes][:8] == ["1a", "1b", "1c", "2a", "2b", "3a", "3b", "3c"]
    page.get_by_role("button", name="Copiar 5a", exact=True).click()
    assert page.evaluate("navigator.clipboard.readText()") == SERIAL
    page.get_by_label("Tecleado: 5a").check()
    expect(page.get_by_text("1 de")).to_be_visible()
    faults += desk.faults("keying")
    page.reload()
    expect(page.get_by_label("Tecleado: 5a")).to_be_checked()
    page.get_by_role("link", name="Envío y cotejo").click()
    page.get_by_label("Número que dio eTrace").fill("T-TEST-0007")
    again = page.get_by_label("Otra vez, tecleado")
    again.fill("T-TEST-0070")
    send = page.get_by_role("button", name="Enviada")
    expect(page.get_by_text("No son iguales.")).to_be_visible()
    expect(send).to_be_disabled()
    again.fill("T-TEST-0007")
    faults += desk.faults("sending")
    send.click()
    expect(page.get_by_text("T-TEST-0007").first).to_be_visible()
    # Whoever sent it does not read it back on the same day.
    read_back(page, "es")
    expect(page.get_by_role("alert")).to_be_visible()
    other = at("d-402", "en", "sun")
    go(other, "trace", submission, "send")
    read_back(other.page, "en")
    expect(other.page.get_by_text("The same", exact=True)).to_be_visible()
    faults += other.faults("read back")
    assert [one["equal"] for one in traces(running, submission)[0]["read_backs"]] == [True]
    assert faults == []


def read_back(page: Page, language: str) -> None:
    words = {
        "es": ("Serie en la confirmación de eTrace", "Es la misma que se ve en la foto", "Guardar cotejo"),
        "en": ("Serial on eTrace's confirmation", "It is the one in the photo", "Keep the read-back"),
    }[language]
    page.get_by_label(words[0]).fill(SERIAL)
    page.get_by_label(words[1]).check()
    page.get_by_role("button", name=words[2]).click()


def test_an_answer_hides_its_nominal_part_and_doubts_a_late_purchase(running: Running, at: At, gun: Approved) -> None:
    submission = gun.submissions[("etrace", "1")]
    desk = at("d-401", "en")
    page = desk.page
    go(desk, "trace", submission, "answer")
    page.get_by_role("button", name="Record an answer").click()
    expect(page.get_by_label("Trace number")).to_have_value("T-TEST-0007")
    page.get_by_label("Serial on the answer").fill("QZX0158")
    expect(page.get_by_text("It is not the worksheet's serial.")).to_be_visible()
    page.get_by_label("Serial on the answer").fill(SERIAL)
    page.get_by_label("Date of purchase").fill("2099-01-01")
    keep = page.get_by_role("button", name="Keep the answer")
    expect(page.get_by_text("The purchase is AFTER the recovery.")).to_be_visible()
    expect(keep).to_be_disabled()
    faults = desk.faults("late purchase")
    page.get_by_label("Date of purchase").fill("2019-11-20")
    expect(page.get_by_text("7 years and")).to_be_visible()
    page.get_by_label("Purchaser", exact=True).fill("Persona Inventada Uno")
    page.get_by_label("Original PDF of the answer").set_input_files(
        {
            "name": "answer.pdf",
            "mimeType": "application/pdf",
            "buffer": b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n",
        }
    )
    faults += desk.faults("answer form")
    keep.click()
    expect(page.get_by_text("Purchaser identified").first).to_be_visible()
    expect(page.get_by_text("Persona Inventada Uno")).to_have_count(0)
    assert all("Persona Inventada Uno" not in text for text in desk.heard), "nothing nominal came without a reason"
    page.get_by_role("button", name="Open personal data").click()
    page.get_by_label("Reason").fill("Oficio 12/2026 del MP")
    faults += desk.faults("nominal reason")
    page.get_by_role("dialog").get_by_role("button", name="Open personal data").click()
    expect(page.get_by_text("Persona Inventada Uno")).to_be_visible()
    # Another answer takes the first one's place; both stay.
    page.get_by_role("button", name="Record an answer").click()
    page.get_by_label("Result").select_option("dealer_only")
    page.get_by_role("button", name="Keep the answer").click()
    expect(page.get_by_text("superseded")).to_be_visible()
    faults += desk.faults("answers")
    officer = running.person("o-101")
    shown = officer.get(f"/submissions/{submission}/results").json()["items"]
    assert [(one["code"], one["facts"]) for one in shown] == [("purchaser_identified", {}), ("dealer_only", {})]
    with pytest.raises(Refused) as refused:
        officer.post(f"/results/{shown[0]['result_id']}/nominal", {"reason": "x"})
    assert (refused.value.status, refused.value.code) == (403, "not_your_role")
    assert faults == []
