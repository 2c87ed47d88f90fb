"""A colleague who took part scans the capture's QR, offline, and signs with the key of an own phone."""

import base64

import pytest

from tests.browser import story
from tests.browser.conftest import Handset
from tests.browser.looking import Looking
from tests.browser.officer import PIN, Officer
from tests.browser.proving import all_done
from tests.browser.test_field_app import arrived
from tests.e2e.conftest import Running

pytestmark = pytest.mark.slow

_POINT_AT = """(picture) => {
  navigator.mediaDevices.getUserMedia = async () => {
    const bytes = Uint8Array.from(atob(picture), (one) => one.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 640;
    const paper = canvas.getContext("2d");
    setInterval(() => paper.drawImage(bitmap, 0, 0, 640, 640), 50);
    return canvas.captureStream(20);
  };
}"""


def seen(me: Officer, name: str) -> bytes:
    """The QR as it stands on the screen: a PNG."""
    return me.page.get_by_role("img", name=name).screenshot()


def test_a_colleague_signs_offline_that_they_took_part(running: Running, handset: Handset) -> None:
    me = handset("o-101")
    me.enrol()
    story.one_case(me)
    capture = arrived(me)
    me.look = mine = Looking()
    me.tap("Que firme quien participó")
    me.at("Que firme quien participó", "Let others who took part sign", "cosign")
    code = seen(me, "Que firme quien participó")
    colleague = handset("o-102")
    colleague.enrol()
    colleague.look = theirs = Looking()
    colleague.page.evaluate(_POINT_AT, base64.b64encode(code).decode())
    colleague.context.set_offline(True)
    colleague.tap("Más Unirme")
    colleague.tap("Firmar que participé")
    colleague.at("¿En qué participaste?", "What did you take part in?", "took-part")
    colleague.sees(capture["folio"])
    colleague.tap("Embalaje")
    colleague.tap("Traslado")
    colleague.tap("Firmar", exact=True)
    colleague.type(PIN)
    colleague.at("Firmado", "Signed", "took-part-done")
    assert mine.faults == theirs.faults == []
    colleague.context.set_offline(False)
    (statement,) = all_done(colleague)
    assert statement["kind"] == "statement"
    known = running.person("s-201").get(f"/captures/{capture['id']}").json()
    (line,) = known["manifests"][0]["cosigned"]
    assert line["stages"] == ["packing", "transport"]
    assert line["device_id"] == statement["device_id"]


def test_the_one_who_captured_is_told_that_it_is_signed_already(handset: Handset) -> None:
    me = handset("o-101")
    me.enrol()
    story.one_case(me)
    arrived(me)
    me.tap("Que firme quien participó")
    code = seen(me, "Que firme quien participó")
    me.page.evaluate(_POINT_AT, base64.b64encode(code).decode())
    me.tap("Atrás")
    me.tap("Listo")
    me.tap("Más Unirme")
    me.tap("Firmar que participé")
    me.sees("Esta captura ya la firmaste tú.")
