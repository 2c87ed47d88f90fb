"""A supervisor's review by keyboard alone: two people at once, what is refused, what must never have been sent."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect

from evidence.domain.roles import Role
from standalone.desk import Person
from standalone.phone import Phone, Refused, Signed
from tests.browser.reviewing import Agency, folio, open_case, open_photos, open_warnings, read_serial, until
from tests.e2e.conftest import Running

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def agency(running: Running, browser: Browser) -> Iterator[Agency]:
    made = Agency(running, browser, "REV-A")
    for username in ("r-201", "r-202", "r-203"):
        made.add(username, Role.SUPERVISOR)
    made.add("r-101", Role.OFFICER)
    made.add("r-102", Role.OFFICER, Role.SUPERVISOR)
    yield made
    made.close()


@pytest.fixture(scope="module")
def phone(agency: Agency) -> Phone:
    return agency.phone("r-101")


@pytest.mark.parametrize(("language", "theme"), [("es", "dark"), ("en", "sun")])
def test_a_whole_review_by_keyboard(agency: Agency, phone: Phone, language: str, theme: str) -> None:
    first, second = (
        agency.send(phone, serial, reader="r-203")
        for serial in (("KTM4471", "KTM4499") if language == "es" else ("WHP6031", "WHP6099"))
    )
    me = agency.desk("r-201", language=language, theme=theme)
    faults = me.faults("list")
    open_case(me, folio(agency, first))
    serial = first.payload["items"][0]["serial"]["text"]
    faults += me.faults("blind")
    me.sees("Falta tu lectura", "Your reading of the serial is missing")
    assert not [text for text in me.heard if serial in text], "the other reading was sent before the own one"

    me.press("a")
    me.sees("Ninguna se puede aprobar", "None can be approved")
    me.press("Control+Enter", "Escape")
    open_photos(me)
    read_serial(me, serial)
    me.sees("Las lecturas coinciden", "The readings agree")
    assert [text for text in me.heard if serial in text]
    open_warnings(me)
    me.press("?")
    faults += me.faults("help")
    me.press("Escape", "e")
    faults += me.faults("supplement")
    me.press("Escape", "h")
    me.sees("Lectura independiente de serie", "Serial read")
    faults += me.faults("history")
    me.press("Escape", "a")
    faults += me.faults("approve")

    boxes = me.page.get_by_role("checkbox")
    expect(boxes).to_have_count(3)
    for n in range(3):
        expect(boxes.nth(n)).not_to_be_checked()
    me.press("Space", "Tab", "Space", "Tab", "Space", "Enter")
    me.page.wait_for_timeout(500)
    assert set(agency.states(first, "r-203").values()) == {"pending_review"}, "Enter alone decided"
    me.press("Control+Enter")
    me.sees("Aprobado", "Approved")
    until(lambda: set(agency.states(first, "r-203").values()) == {"queued"})
    assert faults == []

    # The other capture comes next when both are in the list; nothing of it is chosen.
    open_case(me, folio(agency, second))
    expect(me.page.get_by_role("checkbox")).to_have_count(0)
    me.press("a")
    me.sees("Ninguna se puede aprobar", "None can be approved")
    me.press("Escape")


def test_two_people_at_once_and_a_mark_for_the_officer(agency: Agency, phone: Phone) -> None:
    signed = agency.send(phone, "PLX7752", reader="r-203")
    here, there = agency.desk("r-201"), agency.desk("r-202", language="en", theme="sun")
    for desk in (here, there):
        open_case(desk, folio(agency, signed))
        open_photos(desk)
        read_serial(desk, "PLX7752")
        open_warnings(desk)
    there.press("1", "m")
    there.press("ArrowRight", "ArrowDown", "Shift+ArrowRight", "Enter")
    there.sees("1 mark")
    here.press("a", "Space")  # the request for a trace, not yet confirmed

    there.press("r", "Space", "Tab", "Tab", "Tab")
    there.page.keyboard.type("The serial")
    there.press("Tab")
    there.page.keyboard.type("Carácter 4")
    assert there.faults("return") == []
    there.press("Enter")
    there.page.wait_for_timeout(400)
    assert agency.states(signed, "r-203")["1", "etrace"] == "pending_review"
    there.press("Control+Enter")
    there.sees("Returned")
    until(lambda: agency.states(signed, "r-203")["1", "etrace"] == "returned")
    assert agency.states(signed, "r-203")["1", "ballistics"] == "pending_review"
    decided = _decisions(agency, signed)
    assert [(one["reason"], one["note"], len(one["marks"])) for one in decided] == [
        ("serie_no_coincide", "Carácter 4", 1)
    ]

    here.press("Control+Enter")
    here.sees("Cambió mientras la veías")
    here.sees("ahora: Devuelta")
    assert here.faults("stale") == []
    here.press("Escape")
    here.sees("Las lecturas coinciden")  # the reading is kept
    assert agency.states(signed, "r-203")["1", "etrace"] == "returned"


def _decisions(agency: Agency, signed: Signed) -> list[dict[str, Any]]:
    person = agency.person("r-203")
    found: list[dict[str, Any]] = []
    for line in person.get(f"/captures/{signed.capture_id}").json()["submissions"]:
        found += person.get(f"/submissions/{line['id']}").json()["agency"]["decisions"]
    return found


def test_nobody_decides_over_an_own_capture(agency: Agency) -> None:
    signed = agency.send(agency.phone("r-102"), "GVD9910", reader="r-203")
    me = agency.desk("r-102")
    open_case(me, folio(agency, signed))
    me.sees("La capturaste tú: decide otra persona")
    expect(me.page.get_by_role("button", name="Aprobar")).to_be_disabled()
    me.press("a")
    expect(me.page.get_by_role("checkbox")).to_have_count(0)
    line = agency.person("r-102").get(f"/captures/{signed.capture_id}").json()["submissions"][0]
    shown = agency.person("r-102").get(f"/submissions/{line['id']}")
    body = {
        "decision": "reject",
        "digest": shown.json()["submission"]["digest"],
        "findings_seen": 0,
        "reason": "propia",
    }
    with pytest.raises(Refused) as refused:
        agency.person("r-102").post(f"/submissions/{line['id']}/decision", body, etag=shown.headers["etag"])
    assert refused.value.code == "own_capture"


def test_readings_that_differ_block(agency: Agency, phone: Phone) -> None:
    signed = agency.send(phone, "XAR3345", reader="r-203")
    me = agency.desk("r-202", language="en")
    open_case(me, folio(agency, signed))
    open_photos(me)
    read_serial(me, "XAR3346")
    me.sees("They differ at character 7.")
    open_warnings(me)
    me.press("a")
    expect(me.page.get_by_role("checkbox").first).to_be_disabled()
    me.press("Escape")


def test_a_batch_takes_only_cases_that_were_looked_at(agency: Agency, phone: Phone) -> None:
    signed = agency.send(phone, "NDA4480", reader="r-203")
    cases = [item for item in signed.payload["items"] if item["kind"] == "cartridge_case"]
    person = agency.person("r-203")
    review = person.get(f"/captures/{signed.capture_id}/review").json()
    lines = [
        {
            "submission_id": one["submission"]["id"],
            "digest": one["submission"]["digest"],
            "version": one["submission"]["version"],
            "findings_seen": 0,
            "opened": [f"{warning['code']}|{warning['about'] or ''}" for warning in one["agency"]["warnings"]],
        }
        for one in review["submissions"]
    ]
    with pytest.raises(Refused) as refused:
        person.post("/review/batch", {"items": lines})
    assert refused.value.code == "batch_refused"
    assert set(agency.states(signed, "r-203").values()) == {"pending_review"}

    me = agency.desk("r-201")
    open_case(me, folio(agency, signed))
    open_photos(me)
    open_warnings(me)
    me.press("h", "Escape")
    me.page.goto(me.page.url.partition("#")[0] + "#/review")
    me.press("l")
    me.sees("Sólo balística")
    boxes = me.page.get_by_role("checkbox")
    expect(boxes).to_have_count(len(cases))
    assert me.faults("batch") == []
    boxes.first.focus()
    for _ in cases:
        me.press("Space", "Tab")
    me.press("Enter")
    question = me.page.locator("#batch-answer")
    expect(question.or_(me.page.get_by_text("Aprobado")).first).to_be_visible()
    if question.count():
        question.fill("9 mm")
        me.press("Tab", "Enter")
    me.sees("Aprobado")
    states = agency.states(signed, "r-203")
    assert {states[item["number"], "ballistics"] for item in cases} == {"queued"}
    assert states["1", "ballistics"] == states["1", "etrace"] == "pending_review"


def test_the_same_gun_in_two_agencies(agency: Agency, phone: Phone, running: Running, browser: Browser) -> None:
    other = Agency(running, browser, "REV-B")
    other.add("q-101", Role.OFFICER)
    other.add("q-201", Role.SUPERVISOR)
    other.add("q-203", Role.SUPERVISOR)
    try:
        mine = agency.send(phone, "BZR5S18", reader="r-203")
        theirs = other.send(other.phone("q-101"), "BZR5518", reader="q-203")
        until(lambda: "duplicate.found" in _kinds(other.person("q-203"), theirs))
        me = other.desk("q-201", theme="sun")
        open_case(me, str(other.person("q-203").get(f"/captures/{theirs.capture_id}").json()["folio"]))
        me.sees("Se muestran después de tu lectura")
        assert not [text for text in me.heard if "BZR5S18" in text]
        me.press("s")
        me.page.keyboard.type("BZR5518")
        me.press("Enter")
        me.sees("BZR5S18")
        me.sees("Policía Modelo REV-A")
        assert me.faults("card") == []
        me.press("d", "Tab", "Tab", "Enter")
        me.sees("Contestaste: Es la misma")
        until(lambda: "duplicate.answered" in _kinds(other.person("q-203"), theirs))
        until(lambda: "duplicate.viewed" in _kinds(agency.person("r-203"), mine))
        (card,) = agency.person("r-203").get(f"/captures/{mine.capture_id}/duplicates").json()["items"]
        assert [(one["organisation_id"], one["answer"]) for one in card["answers"]] == [(str(other.id), "same_gun")]
    finally:
        other.close()


def _kinds(person: Person, signed: Signed) -> list[str]:
    lines = person.get(f"/captures/{signed.capture_id}/custody").json()["items"]
    return [line["entry"]["kind"] for line in lines]


def test_an_ended_session_keeps_what_was_typed(agency: Agency, phone: Phone) -> None:
    signed = agency.send(phone, "HGE6610", reader="r-203")
    me = agency.desk("r-202")
    open_case(me, folio(agency, signed))
    cookies = {one["name"]: one["value"] for one in me.context.cookies()}
    origin = agency.running.service.origin
    with httpx.Client(base_url=origin, cookies=cookies, headers={"origin": origin}) as http:
        assert http.delete("/api/v1/session", headers={"x-requested-with": "casquillo"}).status_code == 204
    me.press("s")
    me.page.keyboard.type("HGE66")
    me.sees("La sesión terminó")
    assert me.faults("ended") == []
    me.sign_in("r-202")
    expect(me.page.get_by_label("Como lo lees")).to_have_value("HGE66")
