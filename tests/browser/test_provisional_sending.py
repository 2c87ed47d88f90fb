"""What is urgent goes without an approval, on the screens: marked wherever seen, until another person confirms."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from evidence.domain.roles import Role
from evidence.records.organisations import Organisation
from standalone.recovery import recovery_facts
from tests.browser.cast import assembled
from tests.browser.reviewing import Agency, open_case, open_warnings, opened, until
from tests.browser.test_short_probes import one_case
from tests.e2e.conftest import Running

pytestmark = pytest.mark.slow

URGENT = {"level": "urgent", "justification": "Hay un detenido y el término vence hoy"}


@pytest.fixture
def agency(running: Running, browser: Browser) -> Iterator[Agency]:
    """One that lets what is urgent go without an approval."""
    agency = Agency(running, browser, "PRV-A")
    agency.add("pv-101", Role.OFFICER)
    for username in ("pv-201", "pv-202"):
        agency.add(username, Role.SUPERVISOR)
    with running.service.owned().sessions() as session, session.begin():
        row = session.get_one(Organisation, agency.id)
        row.settings = {**row.settings, "provisional": True}
    yield agency
    agency.close()


def test_what_is_urgent_goes_marked_until_another_person_confirms(
    running: Running, browser: Browser, agency: Agency
) -> None:
    signed = one_case(agency.phone("pv-101"), seal="V-000311", recovery=recovery_facts() | {"priority": URGENT})
    path = f"/captures/{signed.capture_id}"
    until(lambda: agency.person("pv-201").get(path).json()["state"] == "secured")
    capture = agency.person("pv-201").get(path).json()
    (line,) = capture["submissions"]

    def row() -> dict[str, object]:
        found: dict[str, object] = agency.person("pv-201").get(f"/submissions/{line['id']}").json()["submission"]
        return found

    sender = agency.desk("pv-201")
    open_case(sender, capture["folio"])
    sender.page.get_by_role("button", name="Enviar sin visto bueno").click()
    sender.page.locator("#act-text").fill("El término del detenido vence hoy a las 18:00")
    sender.press("Enter")
    expect(sender.page.locator("#act-text")).to_be_visible()  # Enter alone sends nothing
    assert sender.faults("provisional") == []
    sender.press("Control+Enter")
    sender.page.get_by_text("Sin visto bueno. Se retira el").first.wait_for()
    assert row()["state"] == "queued"

    with assembled(running, browser) as cast:
        examiner = cast("l-301")
        examiner.go("lab", str(line["id"]))
        examiner.page.get_by_text("Sin visto bueno; se retira el").first.wait_for()
        assert examiner.faults("provisional at the laboratory") == []

    confirmer = agency.desk("pv-202", language="en", theme="sun")
    confirmer.page.get_by_role("button", name="Changes to approve").click()
    confirmer.page.locator("tbody tr", has_text=capture["folio"]).click()
    opened(confirmer, 1)
    confirmer.page.get_by_text("No approval yet. Recalled on").first.wait_for()
    for number in ("2", "3"):
        confirmer.press(number)
        opened(confirmer, int(number))
    open_warnings(confirmer)
    confirmer.press("a")
    confirmer.press("Space")
    assert confirmer.faults("confirm") == []
    confirmer.press("Control+Enter")
    until(lambda: row()["provisional_until"] is None)
    assert row()["state"] == "queued"
