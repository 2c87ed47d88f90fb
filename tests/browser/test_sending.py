"""What a network, a system or a second tab can do to a phone that sends: nothing is lost and nothing is doubled."""

import time
from collections import Counter
from typing import Any

import pytest
from playwright.sync_api import Request, Route, expect

from tests.browser import story
from tests.browser.conftest import Handset
from tests.browser.officer import Officer, picture
from tests.e2e.conftest import Running

pytestmark = pytest.mark.slow

ARRIVES_MS = 60_000
DAY_MS = 86_400_000
WATCH = """addEventListener("securitypolicyviolation", (event) => {
  (globalThis.violations ??= []).push(`${event.violatedDirective} ${event.blockedURI}`);
})"""
FULL = """(full) => {
  const own = (globalThis.ownPut ??= IDBObjectStore.prototype.put);
  IDBObjectStore.prototype.put = full
    ? function (...given) {
        if (this.name === "pieces") throw new DOMException("full", "QuotaExceededError");
        return own.apply(this, given);
      }
    : own;
}"""


def newest(me: Officer) -> dict[str, Any]:
    row: dict[str, Any] = max(me.rows("outbox"), key=lambda one: one["seq"])
    return row


def until_receipt(me: Officer) -> dict[str, Any]:
    """The newest document, once its receipt was verified; polled, for nothing may be evaluated from text here."""
    deadline = time.monotonic() + ARRIVES_MS / 1000
    while (row := newest(me))["stage"] != "done":
        assert time.monotonic() < deadline, f"still {row['stage']}: {row['files']}, {row['stuck']}"
        me.page.wait_for_timeout(200)
    assert row["stuck"] is None
    assert {file["state"] for file in row["files"]} == {"safe"}
    return row


def stands_once(running: Running, supervisor: str, row: dict[str, Any]) -> None:
    """Each file of a document: one version in the locked bucket, of its size; the capture is secured."""
    known = running.person(supervisor).get(f"/captures/{row['id']}").json()
    assert known["state"] == "secured"
    assert [one["sha256"] for one in known["manifests"]] == [row["sha256"]]
    client = running.service.store.client(admin=False)
    for file in row["files"]:
        key = f"originals/{known['agency_id']}/{row['id']}/{file['media_id']}/{file['sha256']}"
        versions = client.list_object_versions(Bucket=running.service.store.originals, Prefix=key)["Versions"]
        assert [version["Size"] for version in versions] == [file["size"]]


def sends_bytes(request: Request) -> bool:
    return request.method == "PUT" and "/originals/" in request.url


def test_killed_between_two_photos_then_sent_by_two_tabs(running: Running, handset: Handset) -> None:
    """Also: the page's policy lets all of it happen, and the app opens without a network."""
    me = handset("o-121")
    me.context.add_init_script(WATCH)
    me.enrol()
    puts: Counter[str] = Counter()
    held: list[Route] = []

    def second_hangs(route: Route) -> None:
        puts[route.request.url.split("?")[0]] += 1
        if len(puts) > 1:
            held.append(route)  # and is never answered
        else:
            route.continue_()

    me.context.route(sends_bytes_url, second_hangs)
    story.one_case(me)
    deadline = time.monotonic() + 30
    while not held and time.monotonic() < deadline:
        me.page.wait_for_timeout(100)
    assert held, "the second photo is on its way"
    me.context.unroute(sends_bytes_url)
    counted: Counter[str] = Counter()
    me.context.on(
        "request", lambda request: counted.update([request.url.split("?")[0]] if sends_bytes(request) else [])
    )
    me.kill()
    second = me.context.new_page()
    second.goto(me.origin)
    row = until_receipt(me)
    stands_once(running, "s-221", row)
    assert set(counted.values()) == {1}, "neither tab sent what the other did, or what had arrived"
    assert len(counted) == 1
    second.close()
    assert me.page.evaluate("globalThis.violations ?? []") == []
    opens_offline(me)


def sends_bytes_url(url: str) -> bool:
    return "/originals/" in url


def opens_offline(me: Officer) -> None:
    me.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    me.page.wait_for_timeout(500)
    me.context.set_offline(True)
    began = time.monotonic()
    me.page.reload()
    expect(me.button("CAPTURAR")).to_be_visible()
    print(f"P10: opens without a network in {time.monotonic() - began:.2f} s")
    assert me.page.evaluate("fetch('/api/v1/health').then(() => 'answered', () => 'nobody')") == "nobody"
    kept = me.page.evaluate(
        "caches.keys().then((names) => Promise.all(names.map((name) => caches.open(name).then((one) => one.keys()))))"
        ".then((all) => all.flat().map((request) => new URL(request.url).pathname))"
    )
    assert len(kept) > 5
    assert [path for path in kept if path.startswith("/api")] == []
    me.context.set_offline(False)


def test_every_acknowledgement_is_lost_once_and_the_storage_was_full(running: Running, handset: Handset) -> None:
    me = handset("o-111")
    me.enrol()
    lost: set[tuple[str, str]] = set()

    def acts_then_dies(route: Route) -> None:
        request = route.request
        name = (request.method, request.url.split("?")[0])
        if request.method not in ("PUT", "POST") or name in lost:
            route.continue_()
            return
        lost.add(name)
        route.fetch()
        route.abort("connectionreset")

    me.context.route(lambda url: "/originals/" in url or "/captures/" in url, acts_then_dies)
    full_once(me)
    row = until_receipt(me)
    assert len(lost) >= 1 + 1 + len(row["files"]) + 1, "manifest, targets, files, confirmation"
    stands_once(running, "s-211", row)


def full_once(me: Officer) -> None:
    """The shortest capture; at its first photo the phone has no room, and says so before it goes on."""
    me.tap("CAPTURAR", "CAPTURE")
    me.tap("Con capacidad", "Trained to process")
    me.at("Sin tocar: foto general", "Untouched: overview", "overview")
    me.page.evaluate(FULL, True)
    me.photo(picture("overview"))
    expect(me.page.get_by_role("alert").first).to_be_visible()
    assert me.rows("files") == []
    (draft,) = me.rows("drafts")
    assert draft["media"] == []
    me.page.evaluate(FULL, False)
    me.photo(picture("overview"))
    me.at("¿Qué hay?", "What is there?", "count")
    me.page.reload()
    me.tap("SEGUIR CAPTURA")
    me.at("¿Qué hay?", "What is there?", "count")
    me.tap("Más: Casquillos", "More: Cartridge cases")
    me.tap("Siguiente", "Next")
    me.tap("La foto general ya", "The overview already")
    me.at("1 · Bases", "1 · Bases", "bases")
    me.photo(picture("bases"))
    me.at("1 · ¿Qué calibre?", "1 · Which caliber?", "caliber")
    me.tap("9 mm", exact=True)
    me.at("Bolsas y sellos", "Bags and seals", "packages")
    me.tap("Siguiente", "Next")
    me.tap("Aún no sello", "Not sealed yet")
    story.the_signature(me)
