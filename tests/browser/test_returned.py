"""What comes back to the officer: a return in words, its answers, corrections and discards, and the shared phone."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser import story
from tests.browser.conftest import Handset
from tests.browser.officer import PIN, Officer, picture
from tests.browser.test_field_app import arrived
from tests.e2e.conftest import Running

pytestmark = pytest.mark.slow


def returned(running: Running, capture_id: str, reason: str) -> str:
    """The supervisor returns the capture's only request. Its id."""
    supervisor = running.person("s-201")
    (line,) = supervisor.get(f"/captures/{capture_id}").json()["submissions"]
    shown = supervisor.get(f"/submissions/{line['id']}")
    findings = shown.json()["agency"]["findings"]
    body = {
        "decision": "return",
        "reason": reason,
        "digest": shown.json()["submission"]["digest"],
        "findings_seen": max((one["number"] for one in findings), default=0),
        "reading": None,
    }
    supervisor.post(f"/submissions/{line['id']}/decision", body, etag=shown.headers["etag"])
    return str(line["id"])


def heads(running: Running, capture_id: str) -> list[dict[str, Any]]:
    manifests: list[dict[str, Any]] = running.person("s-201").get(f"/captures/{capture_id}").json()["manifests"]
    return manifests


def red_card(me: Officer) -> None:
    """The next look at the phone shows what came back."""
    me.page.reload()
    card = me.button("1 devuelto")
    expect(card).to_be_visible(timeout=30_000)
    card.click()
    me.at("Devueltos", "Returned", "returned")


def test_the_item_is_gone_and_the_officer_says_who_has_it(running: Running, handset: Handset) -> None:
    """Stories G6, the phone's side: the card, one tap, a name, a signature; an amendment arrives."""
    me = handset("o-102")
    me.enrol()
    story.one_case(me)
    row = arrived(me)
    returned(running, row["id"], "foto_movida")
    red_card(me)
    me.sees("Devuelto: la foto está movida.")
    me.tap("Devuelto: la foto está movida.")
    me.at("Devuelto", "Returned", "answer")
    me.tap("Ya no tengo el indicio")
    me.page.get_by_label("¿Quién lo tiene?").fill("M-501")
    me.tap("Siguiente")
    me.type(PIN)
    me.at("Antes de firmar", "Before signing", "meter")
    me.tap("Firmar", exact=True)
    me.type(PIN)
    me.at("¿Llegó?", "Did it arrive?", "ladder")
    amendment = arrived(me)
    assert amendment["seq"] == row["seq"] + 1
    newest = next(one for one in heads(running, row["id"]) if one["sha256"] == amendment["sha256"])
    assert newest["amends_sha256"] == row["sha256"]
    assert [one for one in newest["problems"] if one["blocking"]] == []
    me.tap("Listo")
    expect(me.button("Todo enviado")).to_be_visible()
    expect(me.button("1 devuelto")).to_have_count(0)


def test_a_photo_is_taken_again_and_the_first_stays(running: Running, handset: Handset) -> None:
    me = handset("o-101")
    me.enrol()
    story.one_case(me)
    row = arrived(me)
    returned(running, row["id"], "foto_movida")
    red_card(me)
    me.tap("Devuelto: la foto está movida.")
    me.tap("Tomar otra foto")
    me.type(PIN)
    me.at("¿Qué corriges?", "What do you correct?", "amend")
    me.tap("Fotos")
    me.tap("Casquillos")
    me.at("1 · Bases", "1 · Bases", "bases")
    with me.page.expect_file_chooser() as chooser:
        me.tap("Otra luz")
    chooser.value.set_files({"name": "IMG.jpg", "mimeType": "image/jpeg", "buffer": picture("marks")})
    me.at("¿Qué corriges?", "What do you correct?", "amend")
    me.tap("Firmar respuesta")
    me.tap("Firmar", exact=True)
    me.type(PIN)
    amendment = arrived(me)
    newest = next(one for one in heads(running, row["id"]) if one["sha256"] == amendment["sha256"])
    assert [one["view"] for one in newest["media"]].count("headstamp") == 2
    assert {one["state"] for one in newest["media"]} == {"secured"}


def test_on_a_shared_phone_nobody_sees_anothers_captures(handset: Handset) -> None:
    """Stories G5: the other officer's captures are a number; a discard is signed with its reason and sent."""
    me = handset("o-111")
    me.enrol()
    me.context.set_offline(True)
    story.one_case(me)
    me.tap("Descartar")
    me.tap("Foto equivocada")
    me.page.get_by_label("Explica en pocas palabras").fill("foto equivocada")
    me.tap("Descartar con razón")
    me.type(PIN)
    me.at("Descartada con razón", "Discarded with a reason", "discarded")
    # Another page holds the sending, so that the network is there for enrolling and nothing leaves meanwhile.
    me.page.evaluate("navigator.locks.request('casquillo-outbox', () => new Promise(() => undefined)); 0")
    me.context.set_offline(False)
    me.tap("Listo")
    me.tap("Oficial O-111")
    me.tap("Registrar a otro oficial")
    me.register("o-121")
    me.sees("2 pendientes de otro usuario")
    me.tap("Mis capturas")
    me.sees("Aún no hay capturas.")
