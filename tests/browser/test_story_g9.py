"""Stories G9 on the screens: four bad and good scans, a lead, a hit that is told once, a lead's end told to all.

That the decoder stays within its memory whatever a file claims, ``tests/adapters/test_decoder_limits.py`` shows; that
an officer's feed holds neither case, ``tests/actions/test_notices.py``.
"""

import hashlib
import sys
from pathlib import Path

import pypdfium2
import pytest
from playwright.sync_api import Browser, FilePayload, expect

from standalone import scans
from tests.browser.approved import Approved, approved
from tests.browser.cast import Cast, Seated, assembled, letters, picked
from tests.e2e.conftest import Running

sys.path.insert(0, str(Path(__file__).parents[1] / "adapters"))
import pictures

pytestmark = pytest.mark.slow
CLAIMED = 40 * 1024**3
PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
CHECKED_MS = 60_000
MATCHING, ANOTHER = ("2", "3", "5"), "4"


def test_scans_a_lead_a_hit_and_a_correction(running: Running, browser: Browser) -> None:
    own = letters()
    gun = approved(running, serial=f"{own}9937", seals=(f"{own}-9001", f"{own}-9002"))
    ours, theirs = f"CI-{own}-0041", f"CI-{own}-0088"
    with assembled(running, browser) as cast:
        examiner = cast("l-301")
        for number in (*MATCHING, ANOTHER):
            examiner.go("lab", gun.submissions["ballistics", number])
            examiner.act("Tomar")
            examiner.sees("En trabajo")
        _scans(examiner, gun)
        prosecutor = cast("m-511", "en", theme="sun")
        prosecutor.go("notices")
        _lead(examiner, gun, MATCHING[0], ours, theirs)
        _told_of_the_lead(cast, prosecutor, theirs)
        _hits(examiner, gun, ours, theirs)
        _lead(examiner, gun, ANOTHER, ours, f"{theirs}-B")
        _eliminated(examiner, prosecutor, gun, f"{theirs}-B")
        _report(cast, examiner, gun)
        _told_once(cast, running, prosecutor, gun, theirs)


def upload(examiner: Seated, files: dict[str, bytes]) -> None:
    sent: list[FilePayload] = [
        {"name": name, "mimeType": "application/octet-stream", "buffer": data} for name, data in files.items()
    ]
    examiner.page.get_by_label("Subir un archivo X3P").set_input_files(sent)


def _scans(examiner: Seated, gun: Approved) -> None:
    """One is drawn; what is wrong stays apart, each with its reason; the cut one is sent again under another id."""
    page = examiner.page
    examiner.go("lab", gun.submissions["ballistics", "2"], "scans")
    whole = scans.breech_face(points=200)
    wrong = pictures.archive({**pictures.members_of(pictures.scan()), "md5checksum.hex": b"0" * 32 + b" *main.xml\n"})
    files = {
        "buena.x3p": scans.breech_face(points=200, seed=9),
        "suma.x3p": wrong,
        "corta.x3p": whole[: len(whole) // 2],
        "bomba.x3p": pictures.claiming_archive("main.xml", CLAIMED),
    }
    upload(examiner, files)
    good, inner, cut, bomb = (page.locator("article", has_text=name) for name in files)
    expect(bomb).to_contain_text("Rechazado", timeout=CHECKED_MS)  # the last: the others are through
    expect(good).to_contain_text("asegurado")
    expect(inner).to_contain_text("ya venía así")
    expect(inner).to_contain_text(hashlib.sha256(wrong).hexdigest()[:16])  # ours is the sender's
    expect(cut).to_contain_text("Incompleto")
    for apart in (inner, cut, bomb):
        expect(apart).to_contain_text("en cuarentena")
        expect(apart.get_by_role("button", name="Ver la superficie")).to_have_count(0)
    upload(examiner, {"corta.x3p": whole})
    again = cut.filter(has_text="asegurado")
    expect(again.get_by_role("button", name="Ver la superficie")).to_be_visible(timeout=CHECKED_MS)
    expect(cut).to_have_count(2)  # the first stays
    with page.expect_download() as kept:  # as an attachment: the page stays where it is
        inner.get_by_role("button", name="Bajar original").click()
    assert Path(kept.value.path()).read_bytes() == wrong
    good.get_by_role("button", name="Ver la superficie").click()
    expect(page.locator("canvas")).to_be_visible()
    assert examiner.faults("scans") == []


def _lead(examiner: Seated, gun: Approved, number: str, ours: str, theirs: str) -> None:
    page = examiner.page
    examiner.go("lab", gun.submissions["ballistics", number], "answer")
    examiner.act("Posible vínculo (sin confirmar)")
    examiner.sees("Vínculo no confirmado. No es dictamen.")
    named(examiner, ours, theirs)
    examiner.field("Revisado por").fill("L-301")
    examiner.act("Registrar posible vínculo")
    expect(page.locator("article.lead")).to_be_visible()


def _told_of_the_lead(cast: Cast, prosecutor: Seated, case: str) -> None:
    """The other agency's prosecutor sees it come, opens it by an act that is kept, and prints it with its caution."""
    row = prosecutor.page.get_by_role("row").filter(has_text=case)
    expect(row).to_contain_text("Lead (unconfirmed)", timeout=20_000)
    expect(row).to_contain_text("Not opened")
    row.click()
    prosecutor.sees("Unconfirmed lead. Not an expert report.")
    prosecutor.sees("Laboratorio Modelo A")
    assert prosecutor.faults("lead's card") == []
    with prosecutor.page.expect_download() as printed:
        prosecutor.act("Print")
    text = "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(printed.value.path()))
    assert "no confirmado" in text.lower()
    assert case in text
    prosecutor.go("notices")
    expect(row).not_to_contain_text("Not opened")


def _hits(examiner: Seated, gun: Approved, ours: str, theirs: str) -> None:
    """One hit from the lead, and two other items that match the same case; none goes without a second examiner."""
    page = examiner.page
    for number in MATCHING:
        examiner.go("lab", gun.submissions["ballistics", number], "answer")
        examiner.act("Correspondencia confirmada")
        if number == MATCHING[0]:
            page.locator("#hit-lead").select_option(index=1)
            expect(page.locator("#other-case")).to_have_value(theirs)
        else:
            named(examiner, ours, theirs)
        page.locator("#hit-opinion").fill("Identificación al microscopio de comparación")
        if number == MATCHING[0]:
            examiner.act("Registrar correspondencia confirmada")
            examiner.sees("Correspondencia confirmada")
            expect(page.locator("#hit-second")).to_be_focused()
            expect(page.locator("article.hit")).to_have_count(0)
            expect(page.locator("#hit-second").get_by_role("option", name="Perita L-301")).to_have_count(0)
            assert examiner.faults("hit") == []
        page.locator("#hit-second").select_option(label="Perito L-302")
        examiner.act("Registrar correspondencia confirmada")
        hit = page.locator("article.hit")
        expect(hit).to_contain_text("Perita L-301, Perito L-302")
        expect(hit).to_contain_text(theirs)


def named(examiner: Seated, ours: str, theirs: str) -> None:
    for field, text in (("own-agency", "PEM-A"), ("own-case", ours), ("other-agency", "PEM-B"), ("other-case", theirs)):
        examiner.page.locator(f"#{field}").fill(text)


def _eliminated(examiner: Seated, prosecutor: Seated, gun: Approved, case: str) -> None:
    """A lead ends by hand, with a reason; whoever read of it is told that this is what became of it."""
    row = prosecutor.page.get_by_role("row").filter(has_text=case)
    row.filter(has_text="Lead").click(timeout=20_000)
    prosecutor.sees("Unconfirmed lead. Not an expert report.")
    prosecutor.go("notices")
    examiner.go("lab", gun.submissions["ballistics", ANOTHER], "answer")
    examiner.act("Cerrar el posible vínculo")
    picked(examiner.page, "Cómo termina", "Eliminado")
    examiner.dialog.get_by_role("textbox").fill("Otro percutor")
    examiner.act("Cerrar y avisar", within=examiner.dialog)
    examiner.sees("Eliminado")
    ended = row.filter(has_text="eliminated")
    expect(ended).to_be_visible(timeout=20_000)
    ended.click()
    prosecutor.sees("You had read of this lead: this is what became of it.")
    prosecutor.go("notices")


def _report(cast: Cast, examiner: Seated, gun: Approved) -> None:
    """The report is a result of its own, with its file; the agency's supervisor downloads it."""
    examiner.go("lab", gun.submissions["ballistics", "2"], "answer")
    examiner.act("Dictamen")
    examiner.page.locator("#report-number").fill("DIC-2026-118")
    examiner.page.locator("#report-file").set_input_files(
        {"name": "dictamen.pdf", "mimeType": "application/pdf", "buffer": PDF}
    )
    examiner.act("Registrar respuesta")
    expect(examiner.page.get_by_text("DIC-2026-118")).to_be_visible(timeout=20_000)
    supervisor = cast("s-201")
    supervisor.review(gun.signed, gun.folio)
    since = supervisor.page.locator("#since")
    expect(since).to_contain_text("Correspondencia confirmada", timeout=20_000)
    expect(since).to_contain_text("descartado")
    with supervisor.page.expect_download() as report:
        supervisor.act("Informe PDF", within=since)
    assert Path(report.value.path()).read_bytes() == PDF
    assert supervisor.faults("since") == []


def _told_once(cast: Cast, running: Running, prosecutor: Seated, gun: Approved, case: str) -> None:
    hits = prosecutor.page.get_by_role("row").filter(has=prosecutor.page.get_by_text(case, exact=True))
    expect(hits.filter(has_text="Confirmed hit")).to_have_count(1)
    expect(hits.filter(has_text="The lead was confirmed")).to_have_count(1)
    officer = running.person("o-101")
    for number in (*MATCHING, ANOTHER):
        shown = officer.get(f"/submissions/{gun.submissions['ballistics', number]}/results").json()["items"]
        assert [one["facts"] for one in shown] == [{}] * len(shown), "no other case on a phone"
    kinds = cast.kinds("s-201", gun.signed)
    supervisor = cast.desks[-1]
    supervisor.go("notices")
    own = supervisor.page.get_by_role("row").filter(has_text=case.replace("0088", "0041"))
    expect(own.filter(has_text="Correspondencia confirmada")).to_have_count(1)  # three items, one hit, both cases
    expect(own.filter(has_text="El vínculo se descartó")).to_have_count(1)
    assert supervisor.faults("notices") == []
    assert {"result.recorded", "result.ended", "result.told", "media.attached"} <= set(kinds)
