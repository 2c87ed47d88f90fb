"""Story G10, its first part, on the screens: a printed gun that nobody traces, and that ballistics gets."""

from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Browser, expect

from standalone import pictures
from standalone.canvas import Shot
from standalone.phone import File, Phone, Refused, Signed, new_id
from standalone.recovery import pistol_facts, recovery_facts
from tests.browser.cast import Seated, assembled, letters
from tests.browser.reviewing import open_warnings, until
from tests.e2e.conftest import Running

pytestmark = pytest.mark.slow


def photo(view: str, item: UUID, seed: int) -> File:
    return File(view, pictures.pistol(Shot(width=640, height=480, seed=seed), side="left"), [item])


def captured(phone: Phone, item: UUID, facts: dict[str, Any], views: tuple[str, ...], *, seal: str) -> Signed:
    """Signed and sent, in one sealed box."""
    box = new_id()
    files = [photo(view, item, n) for n, view in enumerate((*views, "scene_overview", "in_situ"), start=1)]
    sealed = pictures.sealed_package(Shot(width=640, height=480, seed=9), seal=seal, label="Caja A", items=["1"])
    files.append(File("package_sealed", sealed, package_id=box))
    package = {"id": str(box), "label": "Caja A", "kind": "box", "seal": seal, "item_ids": [str(item)]}
    signed = phone.sign({"recovery": recovery_facts(), "items": [facts], "packages": [package]}, files)
    phone.send(signed)
    return signed


def printed_gun(phone: Phone) -> tuple[UUID, dict[str, Any]]:
    """Indicio 1, 3D-printed, with a conversion device and no number."""
    item = new_id()
    facts = pistol_facts(item, "", phone)
    del facts["firearm"]
    facts |= {
        "kind": "privately_made_firearm",
        "serial": {"status": "never_marked"},
        "pmf": {"type": "pistol", "how_made": "printed", "conversion_device": "yes"},
    }
    return item, facts


def drawn(running: Running, signed: Signed, reader: str) -> str:
    """The folio, once every preview is there."""
    path = f"/captures/{signed.capture_id}"

    def ready() -> bool:
        (head,) = running.person(reader).get(path).json()["manifests"]
        return all(one["preview"] in ("ready", "failed") for one in head["media"])

    until(ready)
    return str(running.person(reader).get(path).json()["folio"])


def look_at_everything(desk: Seated, photos: int) -> None:
    for n in range(2, photos + 1):
        desk.press(str(n))
        expect(desk.page.get_by_text(desk.say("Abierta", "Opened"), exact=True).nth(n - 1)).to_be_attached()
    open_warnings(desk)


def approve(desk: Seated, destination: str) -> None:
    desk.press("a")
    desk.page.get_by_role("checkbox", name=destination).check()
    desk.press("Control+Enter")
    expect(desk.page.get_by_text(desk.say("Aprobado", "Approved")).first).to_be_visible()


def states(running: Running, signed: Signed) -> dict[str, str]:
    return {one["destination"]: one["state"] for one in _lines(running, signed)}


def _lines(running: Running, signed: Signed) -> list[dict[str, str]]:
    found: list[dict[str, str]] = running.person("s-211").get(f"/captures/{signed.capture_id}").json()["submissions"]
    return found


def test_a_printed_gun_goes_to_ballistics_alone(running: Running, browser: Browser) -> None:
    """(a) Never marked: no trace can be asked for, and the screen says so; ballistics goes."""
    phone = running.phone("o-111")
    item, facts = printed_gun(phone)
    signed = captured(phone, item, facts, ("left", "right", "build_detail"), seal=f"{letters()}-1001")
    folio = drawn(running, signed, "s-211")
    with assembled(running, browser) as cast:
        desk = cast("s-211")
        desk.review(signed, folio)
        trace = desk.page.get_by_role("listitem").filter(has_text="Rastreo").first
        expect(trace).to_contain_text("No se puede")
        desk.sees("Sin serie no se puede rastrear; sí va a balística")
        look_at_everything(desk, 6)
        desk.press("a")
        expect(desk.page.get_by_role("checkbox", name="Rastreo")).to_be_disabled()
        desk.press("Escape")
        assert desk.faults("printed gun") == []
        approve(desk, "Balística")
        until(lambda: states(running, signed)["ballistics"] == "queued")
        assert states(running, signed)["etrace"] == "pending_review"
        assert len([kind for kind in cast.kinds("s-211", signed) if kind == "submission.queued"]) == 1
        (trace_id,) = (one["id"] for one in _lines(running, signed) if one["destination"] == "etrace")
        with pytest.raises(Refused) as refused:  # the trace desk was never asked
            running.person("d-401").get(f"/submissions/{trace_id}")
        assert refused.value.status == 404
