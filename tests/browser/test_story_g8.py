"""Stories G8 on the screens: the examiner falls ill, a machine dies, an item is another thing and goes back signed."""

from datetime import UTC, datetime, timedelta

import pypdfium2
import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import update

from evidence.records.submissions import Assignment, Submission
from standalone import pictures
from standalone.canvas import Shot
from standalone.desk import machine
from standalone.phone import checked, new_id, now_text
from tests.browser.approved import Approved, approved
from tests.browser.cast import Cast, Seated, assembled, letters, picked
from tests.e2e.conftest import Running

pytestmark = pytest.mark.slow
FAILURES = 3  # of a machine's lease, until a person must look


def test_ill_till_tuesday_and_a_live_round_among_the_cases(running: Running, browser: Browser) -> None:
    own = letters()
    gun = approved(running, serial=f"{own}8842", seals=(f"{own}-8001", f"{own}-8002"))
    _received(running, gun)
    with assembled(running, browser) as cast:
        _ill(cast, running, gun)
        _the_machine_dies(cast, running, gun)
        _a_live_round(cast, gun, seal=f"{own}-8002")
        _what_the_agency_sees(cast, running, gun)


def _received(running: Running, gun: Approved) -> None:
    """The bag of cases stands in the laboratory: its own clock runs."""
    bag = gun.signed.payload["packages"][1]
    event = {
        "event_id": str(new_id()),
        "kind": "received",
        "package_id": bag["id"],
        "item_ids": [],
        "mismatches": [],
        "from": "Oficial O-101",
        "to": "LAB-A",
        "happened_at": now_text(),
        "signed": "En papel",
    }
    running.person("l-303").post(f"/captures/{gun.signed.capture_id}/events", event)


def take(desk: Seated) -> None:
    desk.act("Tomar", "Take")
    desk.sees("En trabajo", "In progress")


def _ill(cast: Cast, running: Running, gun: Approved) -> None:
    """Acknowledged on Friday; on Tuesday it is red, still hers, and the manager gives it to another with a reason."""
    case = gun.submissions["ballistics", "2"]
    ill = cast("l-301")
    ill.go("lab", case)
    take(ill)
    late = datetime.now(UTC) - timedelta(days=1)
    with running.service.owned().sessions() as session, session.begin():
        session.execute(update(Submission).where(Submission.id == case).values(due_at=late))
        session.execute(update(Assignment).where(Assignment.submission_id == case).values(due_at=late))
    manager = cast("l-309", "en", theme="sun")
    manager.go("lab", case)
    expect(manager.page.get_by_text("Was due")).to_be_visible()
    manager.sees("Perita L-301")
    manager.act("Reassign")
    picked(manager.page, "To whom", "Perito L-302")
    manager.act("Reassign", within=manager.dialog)
    expect(manager.dialog).to_be_visible()  # a reason is asked for
    manager.dialog.get_by_role("textbox").fill("Enferma hasta el martes")
    manager.act("Reassign", within=manager.dialog)
    manager.sees("Perito L-302")
    well = cast("l-302")
    well.go("lab", case)
    expect(well.page.get_by_text("Perito L-302").nth(1)).to_be_visible()
    well.sees("Venció")
    assert well.faults("late") == []
    moved = [one for kind, one in cast.custody("s-201", gun.signed) if kind == "assignment.reassigned"]
    assert [one["reason"] for one in moved] == ["Enferma hasta el martes"]


def _the_machine_dies(cast: Cast, running: Running, gun: Approved) -> None:
    """Three times its lease came to nothing: it waits for a person, who puts it back with a reason."""
    case = gun.submissions["ballistics", "3"]
    with machine(running.service.origin, running.world["tokens"]["LAB-A"]) as puller:
        for _ in range(FAILURES):
            body = {"limit": 1, "seconds": 60, "submission_id": case}
            (lease,) = checked(puller.post("/api/v1/queues/ballistics/leases", json=body)).json()["items"]
            failed = {"lease_token": lease["lease_token"], "reason": "killed"}
            checked(puller.post(f"/api/v1/leases/{lease['lease_id']}/fail", json=failed))
    supervisor = cast("s-201")
    supervisor.go("review")
    supervisor.act("Detenidas")
    row = supervisor.page.get_by_role("row").filter(has_text=gun.folio)
    expect(row).to_be_visible()
    assert supervisor.faults("stuck") == []
    row.click()
    supervisor.act("Devolver a la cola")
    strip = supervisor.page.locator("#act-text")
    strip.fill("El programa del laboratorio ya está bien")
    supervisor.press("Enter")
    supervisor.page.wait_for_timeout(300)
    supervisor.sees("Detenida")  # Enter alone did nothing
    supervisor.press("Control+Enter")
    supervisor.sees("Hecho")
    assert {"submission.dead_lettered", "submission.put_back"} <= set(cast.kinds("s-201", gun.signed))
    states = {one["id"]: one["state"] for one in _lines(running, gun)}
    assert states[case] == "queued"


def _lines(running: Running, gun: Approved) -> list[dict[str, str]]:
    found: list[dict[str, str]] = (
        running.person("s-201").get(f"/captures/{gun.signed.capture_id}").json()["submissions"]
    )
    return found


def _a_live_round(cast: Cast, gun: Approved, *, seal: str) -> None:
    """Item 4 is another thing: refused and handed back, both sign; that is another button than returning a request."""
    case = gun.submissions["ballistics", "4"]
    desk = cast.desks[2]
    desk.go("lab", case)
    take(desk)
    expect(desk.button("Devolver solicitud")).to_be_visible()
    expect(desk.button("Entregar indicio")).to_be_visible()
    desk.go("lab", case, "receive")
    desk.page.get_by_label("Indicio distinto").check()
    desk.field("Qué se encontró").fill("Cartucho útil, no casquillo")
    refuse = desk.button("No recibir este indicio y entregarlo")
    data = pictures.sealed_package(Shot(width=640, height=480, seed=7), seal=seal, label="Bolsa B", items=["4"])
    desk.page.locator("#differs-photo").set_input_files({"name": "4.jpg", "mimeType": "image/jpeg", "buffer": data})
    expect(refuse).to_be_disabled()  # who takes it away signs too
    desk.field("Firma de quien se lo lleva").fill("Oficial O-101, PEM-A")
    assert desk.faults("another thing") == []
    refuse.click()
    desk.sees("La entrega quedó registrada")
    desk.go("lab", case)
    desk.sees("Indicio entregado")
    with desk.page.expect_download() as printed:
        desk.act("Entrega (PDF)")
    text = "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(printed.value.path()))
    assert "O-101" in text
    assert desk.faults("handed back") == []


def _what_the_agency_sees(cast: Cast, running: Running, gun: Approved) -> None:
    """The event stands in the review and on the Registro; the others go on, the fourth is withdrawn."""
    supervisor = cast.desks[3]
    supervisor.review(gun.signed, gun.folio)
    supervisor.sees("Cambió mientras la veías")  # the same page was left open meanwhile
    supervisor.press("Escape")
    supervisor.not_there("Cambió mientras la veías")
    since = supervisor.page.locator("#since")
    expect(since).to_contain_text("Indicio distinto")
    expect(since).to_contain_text("Indicio entregado")
    fourth = supervisor.page.get_by_role("listitem").filter(has_text="4 Casquillo").filter(has_text="En trabajo")
    supervisor.act("Retirar", within=fourth)
    supervisor.page.locator("#act-text").fill("Es un cartucho útil: vuelve a bodega")
    supervisor.press("Control+Enter")
    supervisor.sees("Retirada")
    states = {one["id"]: one["state"] for one in _lines(running, gun)}
    numbers = {number: states[gun.submissions["ballistics", number]] for number in "23456"}
    assert numbers == {"2": "in_progress", "3": "queued", "4": "withdrawn", "5": "queued", "6": "queued"}
    supervisor.press("h")
    with supervisor.page.expect_download() as printed:
        supervisor.act("Registro de Cadena de Custodia")
    text = "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(printed.value.path()))
    assert "distinto" in text
    assert "print.made" in cast.kinds("s-201", gun.signed)
