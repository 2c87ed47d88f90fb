"""A return in full on the phone, answered for a colleague, and a passkey that opens what the PIN opens."""

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import pyotp
import pytest
from playwright.sync_api import expect

from standalone.phone import checked
from tests.browser import story
from tests.browser.conftest import At, Handset
from tests.browser.looking import Looking
from tests.browser.officer import PIN, STEP_S, Officer
from tests.browser.test_field_app import arrived
from tests.browser.test_returned import heads, red_card
from tests.e2e.conftest import Running

pytestmark = pytest.mark.slow

NOTE = "La base del casquillo no se distingue."
MARK = {"x": 400, "y": 250, "w": 200, "h": 300}
CLOSE_PX = 4  # of a box drawn in percent

_FORGET_PICTURES = """() => new Promise((done) => {
  const asked = indexedDB.open("casquillo");
  asked.onsuccess = () => {
    const change = asked.result.transaction("previews", "readwrite");
    change.objectStore("previews").clear();
    change.oncomplete = () => { asked.result.close(); done(0); };
  };
})"""


def send_back(running: Running, capture_id: str) -> str:
    """Returned with a note and a rectangle on the photo of the base. The submission's id."""
    supervisor = running.person("s-201")
    known = supervisor.get(f"/captures/{capture_id}").json()
    (line,) = known["submissions"]
    shown = supervisor.get(f"/submissions/{line['id']}")
    base = next(one["id"] for one in known["manifests"][0]["media"] if one["view"] == "headstamp")
    findings = shown.json()["agency"]["findings"]
    body = {
        "decision": "return",
        "reason": "foto_movida",
        "note": NOTE,
        "marks": [{"media_id": base, **MARK}],
        "digest": shown.json()["submission"]["digest"],
        "findings_seen": max((one["number"] for one in findings), default=0),
        "reading": None,
    }
    supervisor.post(f"/submissions/{line['id']}/decision", body, etag=shown.headers["etag"])
    return str(line["id"])


@pytest.fixture
def at_once(running: Running) -> Iterator[None]:
    """The agency lets a colleague answer without waiting for a shift to end."""
    administrator = running.person("a-900")
    known = administrator.get("/agency").json()
    changed = {"contact": known["contact"], "settings": {**known["settings"], "answer_for_hours": 0}}
    checked(administrator.http.put("/api/v1/agency", json=changed))
    yield
    former = {"contact": known["contact"], "settings": known["settings"]}
    checked(administrator.http.put("/api/v1/agency", json=former))


def enter(me: Officer) -> None:
    """Account, password and code; a code is good once, and enrolling used one."""
    secrets, field = me.people[me.username], me.page.get_by_label
    returned = me.button("Devuelto:")
    for _ in range(3):
        field("Usuario").fill(me.username)
        field("Contraseña").fill(secrets["password"])
        field("Código de 6 números").fill(pyotp.TOTP(secrets["totp_secret"]).now())
        me.tap("Siguiente")
        expect(returned.or_(me.page.get_by_role("alert")).first).to_be_visible()
        if returned.count():
            return
        time.sleep(STEP_S - time.time() % STEP_S + 0.1)
    raise AssertionError("no way in")


def signed(row: dict[str, Any]) -> dict[str, Any]:
    payload = row["jws"].split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return found


def open_card(me: Officer) -> None:
    red_card(me)
    me.tap("Devuelto: la foto está movida.", "Returned: the photo is blurred.")
    me.at("Devuelto", "Returned", "answer")


def test_the_rectangle_stands_over_the_photo_and_the_note_beside_it(running: Running, handset: Handset) -> None:
    """Stories G6: without a session; closed until the officer is there; in words once the photo is gone."""
    me = handset("o-102")
    me.enrol()
    story.one_case(me)
    send_back(running, arrived(me)["id"])
    me.look = looking = Looking()
    open_card(me)
    expect(me.page.get_by_text(NOTE)).to_have_count(0)
    me.tap("Ver la nota y lo marcado")
    me.type(PIN)
    expect(me.page.get_by_text(NOTE)).to_be_visible()
    me.page.wait_for_timeout(300)
    photo = me.page.locator("figure img").bounding_box()
    box = me.page.locator("figure .photo span").bounding_box()
    assert photo
    assert box
    wanted = {
        "x": photo["x"] + photo["width"] * MARK["x"] / 1000,
        "y": photo["y"] + photo["height"] * MARK["y"] / 1000,
        "width": photo["width"] * MARK["w"] / 1000,
        "height": photo["height"] * MARK["h"] / 1000,
    }
    assert dict(box) == pytest.approx(wanted, abs=CLOSE_PX)
    me.at("Devuelto", "Returned", "answer-open")
    assert looking.faults == []
    me.page.evaluate(_FORGET_PICTURES)
    open_card(me)
    me.tap("Ver la nota y lo marcado")
    me.type(PIN)
    me.sees("La foto ya no está en este teléfono.")
    me.tap("Tomar otra foto")
    me.at("¿Qué corriges?", "What do you correct?", "amend")  # who has unlocked is not asked twice


def test_a_colleague_answers_as_himself(running: Running, handset: Handset, at: At, at_once: None) -> None:
    """Stories G6: O-101 is on leave. The colleague's own key signs; the line says that another officer did."""
    absent = handset("o-101")
    absent.enrol()
    story.one_case(absent)
    first = arrived(absent)
    send_back(running, first["id"])
    me = handset("o-102")
    me.enrol()
    me.look = looking = Looking()
    me.tap("Más Unirme", "More Join")
    me.tap("Responder por un compañero")
    me.at("Responder por un compañero", "Answer for a colleague", "colleague-account")
    running.forget_codes()
    enter(me)
    me.at("Responder por un compañero", "Answer for a colleague", "colleague-list")
    folio = running.person("s-201").get(f"/captures/{first['id']}").json()["folio"]
    me.page.get_by_role("button").filter(has_text=folio).click()  # his own from his other phone stand in the list too
    me.at("Devuelto", "Returned", "colleague-answer")
    me.sees(NOTE)
    me.sees("La foto ya no está en este teléfono.")
    me.tap("Ya no tengo el indicio")
    me.page.get_by_label("¿Quién lo tiene?").fill("M-501")
    me.tap("Siguiente")
    me.type(PIN)
    me.at("Antes de firmar", "Before signing", "meter")
    me.tap("Firmar", exact=True)
    me.type(PIN)
    amendment = arrived(me)
    assert looking.faults == []
    newest = next(one for one in heads(running, first["id"]) if one["sha256"] == amendment["sha256"])
    assert newest["amends_sha256"] == first["sha256"]
    assert newest["flags"] == ["by_other_officer"]
    assert [one for one in newest["problems"] if one["blocking"]] == []
    (line,) = running.person("s-201").get(f"/captures/{first['id']}").json()["submissions"]
    assert line["state"] == "pending_review"
    running.forget_codes()
    desk = at("s-201")
    desk.page.evaluate(f"location.hash = '#/review/{first['id']}'")
    reply = desk.page.locator("#reply")
    expect(reply).to_contain_text("Contestó otro oficial, por su compañero")
    expect(reply).to_contain_text("Ya no tengo el indicio: M-501")


def test_a_passkey_signs_beside_the_pin_and_only_while_the_phone_has_one_officer(handset: Handset) -> None:
    me = handset("o-121")
    me.enrol()  # first: another debugging session, as axe's, ends the browser's made-up authenticator
    platform = me.context.new_cdp_session(me.page)
    platform.send("WebAuthn.enable")
    able = {"hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True, "hasPrf": True}
    kind = {"protocol": "ctap2", "ctap2Version": "ctap2_1", "transport": "internal"}
    made = platform.send("WebAuthn.addVirtualAuthenticator", {"options": {**kind, **able}})
    me.tap("Ajustes")
    me.tap("Firmar con huella o rostro")
    me.at("Firmar con huella o rostro", "Sign with finger or face", "passkey")
    me.tap("Agregar", exact=True)
    me.type(PIN)
    expect(me.page.get_by_text("Activado en este teléfono")).to_be_visible(timeout=60_000)
    me.at("Firmar con huella o rostro", "Sign with finger or face", "passkey-on")
    me.tap("Atrás")
    me.tap("Atrás")
    me.context.set_offline(True)  # a passkey of the phone needs no service, and the document stays here to be read
    story.one_case_until_the_place(me)
    story.to_the_meter(me)
    me.tap("Firmar", exact=True)
    me.at("Firmar", "Sign", "sign-passkey")
    me.tap("Huella, rostro o código del teléfono")
    me.at("¿Llegó?", "Did it arrive?", "ladder")
    (row,) = me.rows("outbox")
    assert signed(row)["unlock"]["method"] == "passkey"
    assert len(me.page.get_by_role("img").all()) > 0  # the previews, sealed by the same key, open
    me.tap("Corregir")
    said_no = {"authenticatorId": made["authenticatorId"], "isUserVerified": False}
    platform.send("WebAuthn.setUserVerified", said_no)
    me.tap("Huella, rostro o código del teléfono")
    me.sees("No se pudo. Escribe tu clave.")
    me.type(PIN)
    me.at("¿Qué corriges?", "What do you correct?", "amend")
    me.tap("Atrás")
    me.context.set_offline(False)
    me.tap("Oficial")
    me.tap("Registrar a otro oficial")
    me.register("o-111")
    me.tap("Ajustes")
    me.tap("Firmar con huella o rostro")
    me.sees("Aquí firman varios oficiales")
    expect(me.button("Agregar")).to_have_count(0)


def test_a_phone_without_the_secret_says_so_and_keeps_the_pin(handset: Handset) -> None:
    me = handset("o-102")
    me.enrol()
    platform = me.context.new_cdp_session(me.page)
    platform.send("WebAuthn.enable")
    able = {"hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True}
    kind = {"protocol": "ctap2", "transport": "internal"}
    platform.send("WebAuthn.addVirtualAuthenticator", {"options": {**kind, **able}})
    me.tap("Ajustes")
    me.tap("Firmar con huella o rostro")
    me.tap("Agregar", exact=True)
    me.type(PIN)
    me.sees("No se agregó")
    (row,) = me.rows("enrolments")
    assert "passkey" not in row["lock"]
