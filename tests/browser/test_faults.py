"""Faults of the network and of the phone, one capture each: nothing lost, nothing doubled, and the receipt verifies."""

import base64
import hashlib
import json
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from evidence.actions.log import log_keeping
from evidence.adapters.wiring import make_signer
from standalone import pictures
from standalone.canvas import Shot
from tests.browser import story
from tests.browser.conftest import Handset
from tests.browser.officer import Officer
from tests.browser.proving import BUSY_MS, all_done, documents, stands_whole
from tests.e2e.conftest import Running

pytestmark = pytest.mark.slow

BIG = Shot(width=2400, height=1800, taken_at=datetime.now(UTC), seed=9)


def nudged(me: Officer) -> None:
    """The network comes and goes, as it does: the app tries again at each coming instead of waiting longer."""
    me.page.evaluate("setInterval(() => dispatchEvent(new Event('online')), 400) && 0")


def test_every_request_fails_once_before_it_arrives(running: Running, handset: Handset) -> None:
    me = handset("o-111")
    me.enrol()
    me.context.set_offline(True)
    story.one_case(me)
    failed: Counter[str] = Counter()

    def once(route: Route) -> None:
        request = route.request
        name = f"{request.method} {request.url.split('?')[0]}"
        failed[name] += 1
        if failed[name] == 1:
            route.abort("connectionreset")
        else:
            route.continue_()

    me.context.route(lambda url: "/originals/" in url or "/captures/" in url or "/devices/" in url, once)
    nudged(me)
    me.context.set_offline(False)
    (row,) = all_done(me)
    stands_whole(running, "s-211", me, row)
    assert len(failed) >= 5 + len(row["files"]), "challenge, session, facts, targets, each file, confirmation, receipt"
    puts = [count for name, count in failed.items() if "/originals/" in name]
    assert puts == [2] * len(row["files"]), "each file went once, after it had failed once"


def killed_while_kept(me: Officer, photo: bytes, *, after_ms: int, title: str) -> None:
    """A kill while a photo is being saved: it is there to the bit or not at all, and is taken again where it is not."""
    before = len(me.rows("drafts")[0]["media"])
    me.photo(photo)
    me.page.wait_for_timeout(after_ms)
    me.kill()
    deadline = time.monotonic() + BUSY_MS / 1000
    while (draft := me.rows("drafts")[0])["awaited"] is not None:
        assert time.monotonic() < deadline, "the photo is neither lost nor kept"
        me.page.wait_for_timeout(100)
    assert {file["sha256"] for file in me.rows("files")} == {line["sha256"] for line in draft["media"]}
    there = me.page.get_by_role("heading", level=1, name=title)
    if len(draft["media"]) == before:
        me.sees("Se perdió la última foto")
        me.photo(photo)
    else:  # where it stands depends on the moment: before the next question, or at it
        assert draft["media"][-1]["sha256"] == hashlib.sha256(photo).hexdigest()
        for name in ("SEGUIR CAPTURA", "Siguiente"):
            expect(there.or_(me.button(name)).first).to_be_visible(timeout=BUSY_MS)
            if not there.count() and me.button(name).count():
                me.tap(name)
    expect(there).to_be_visible(timeout=BUSY_MS)


def test_killed_while_a_photo_is_being_kept(running: Running, handset: Handset) -> None:
    me = handset("o-121")
    me.enrol()
    me.tap("CAPTURAR")
    me.tap("Con capacidad")
    me.at("Sin tocar: foto general", "Untouched: overview", "overview")
    shots = [pictures.scene_overview(replace(BIG, seed=seed), numbers=["1"]) for seed in (1, 2)]
    killed_while_kept(me, shots[0], after_ms=0, title="¿Qué hay?")
    me.tap("Más: Casquillos")
    me.tap("Siguiente")
    me.tap("La foto general ya")
    me.at("1 · Bases", "1 · Bases", "bases")
    killed_while_kept(me, shots[1], after_ms=60, title="1 · ¿Qué calibre?")
    me.tap("9 mm", exact=True)
    me.tap("Siguiente")
    me.tap("Aún no sello")
    story.the_signature(me)
    (row,) = all_done(me)
    assert len(row["files"]) == 2
    stands_whole(running, "s-221", me, row)


def test_a_new_log_key_is_followed_when_the_pinned_one_has_said_it(running: Running, handset: Handset) -> None:
    """After the overlap: receipts come without the pinned key's signature. A handover without it is not believed."""
    me = handset("o-111")
    me.enrol()
    (pinned,) = [one["pinned"]["log_keys"] for one in me.rows("enrolments")]
    owned = running.service.owned()
    with owned.sessions() as session, session.begin():
        new = log_keeping.rotate_key(session, owned.services, signer=make_signer(running.service.settings()))
    deadline = time.monotonic() + BUSY_MS / 1000
    while not running.http.get("/log/handovers").json()["items"]:
        assert time.monotonic() < deadline, "the change of key stands in the log"
        time.sleep(0.2)
    formers = [vkey.split("+")[1] for vkey in pinned]
    forged = True

    def over(route: Route) -> None:
        """As after the overlap: the former keys have not signed."""
        answer = route.fetch()
        body = answer.text() if answer.status != 200 else without(answer.json(), formers)
        route.fulfill(response=answer, body=body)

    def asked(route: Route) -> None:
        answer = route.fetch()
        items = answer.json()["items"]
        told = [json.loads(without(one, formers)) for one in items] if forged else items
        route.fulfill(response=answer, body=json.dumps({"items": told}))

    me.context.route(lambda url: "/receipt" in url, over)
    me.context.route(lambda url: url.endswith("/log/handovers"), asked)
    story.one_case(me)
    deadline = time.monotonic() + BUSY_MS / 1000
    while (row := documents(me)[0])["stuck"] is None:
        assert time.monotonic() < deadline, row["stage"]
        me.page.wait_for_timeout(200)
    assert (row["stuck"]["code"], row["stage"], len(me.rows("files"))) == ("receipt_bad", "checking", len(row["files"]))
    assert me.rows("enrolments")[0]["pinned"]["log_keys"] == pinned

    forged = False
    me.tap("Intentar otra vez")
    (row,) = all_done(me)
    assert me.rows("enrolments")[0]["pinned"]["log_keys"] == [*pinned, new]
    stands_whole(running, "s-211", me, row)


def without(document: dict[str, Any], key_ids: list[str]) -> str:
    """The document with the signatures of these keys taken out of its proof."""
    lines = document["proof"].split("\n")
    signed = [line for line in lines if line.startswith("— ")]
    of = {line: base64.b64decode(line.split(" ")[2])[:4].hex() for line in signed}
    kept_lines = [line for line in lines if of.get(line) not in key_ids]
    return json.dumps({**document, "proof": "\n".join(kept_lines)})
