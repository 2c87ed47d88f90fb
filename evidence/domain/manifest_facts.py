"""Problems of the facts that a manifest states about its items, its place and its request."""

import re
from collections.abc import Collection, Iterator
from uuid import UUID

from evidence.domain.codes import CALIBERS, COUNTRIES, ENTITIES, FIREARM_TYPES
from evidence.domain.items import Item, Serial
from evidence.domain.kinds import (
    FACT_BLOCKS,
    GUNS,
    SERIAL_WITH_TEXT,
    ItemKind,
    MakeSafeState,
    SerialStatus,
    SerialWhere,
)
from evidence.domain.manifest import Manifest
from evidence.domain.payload import texts
from evidence.domain.problem import Problem, ProblemCode
from evidence.domain.roles import DESTINATIONS

_ALL_BLOCKS = frozenset().union(*FACT_BLOCKS.values())
# Zero-width and direction marks: what is shown would not be what was signed.
_HIDDEN = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]")
# Makes are left out: the list here has the usual ones only, and a make may be free text.
_CODE_LISTS: dict[str, Collection[str]] = {"type": FIREARM_TYPES, "caliber": CALIBERS, "country": COUNTRIES}


def fact_problems(manifest: Manifest) -> Iterator[Problem]:
    packed = {item_id for package in manifest.packages for item_id in package.item_ids}
    for n, item in enumerate(manifest.items):
        path = f"/items/{n}"
        yield from _kind(item, path)
        yield from _serial(item, path)
        yield from _safety(item, path, packed)
        yield from _codes(item, path)
    yield from _recovery(manifest)
    for pointer, text in texts(manifest.raw):
        if not text.isascii() and _HIDDEN.search(text):
            yield Problem(ProblemCode.HIDDEN_CHARACTERS, pointer)


def _kind(item: Item, path: str) -> Iterator[Problem]:
    for block in sorted(_ALL_BLOCKS - FACT_BLOCKS[item.kind]):
        if block in item.facts:
            yield Problem(ProblemCode.FACTS_OF_OTHER_KIND, f"{path}/{block}")
    if item.kind in GUNS and item.quantity.n != 1:
        yield Problem(ProblemCode.GUN_QUANTITY, f"{path}/quantity")
    if item.kind is ItemKind.EXPLOSIVE and item.requests:
        yield Problem(ProblemCode.EXPLOSIVE_REQUESTED, f"{path}/requests")


def _serial(item: Item, path: str) -> Iterator[Problem]:
    if item.serial is None:
        if item.kind in GUNS:
            yield Problem(ProblemCode.SERIAL_MISSING, path)
        return
    yield from _serial_text(item.serial, f"{path}/serial")
    if item.serial.text is not None and item.serial.where is not SerialWhere.FRAME and item.kind in GUNS:
        yield Problem(ProblemCode.SERIAL_NOT_FRAME, f"{path}/serial/where")


def _serial_text(serial: Serial, path: str) -> Iterator[Problem]:
    """Text stays empty unless legible or partial; a character that nobody can read makes it partial."""
    if serial.status in SERIAL_WITH_TEXT:
        if serial.text is None:
            yield Problem(ProblemCode.SERIAL_TEXT_MISSING, path)
        elif serial.status is SerialStatus.LEGIBLE and "?" in serial.text:
            yield Problem(ProblemCode.SERIAL_UNREADABLE_PART, f"{path}/text")
    elif serial.text is not None:
        yield Problem(ProblemCode.SERIAL_TEXT_FORBIDDEN, f"{path}/text")


def _safety(item: Item, path: str, packed: Collection[UUID]) -> Iterator[Problem]:
    if item.kind not in GUNS:
        return
    stated = item.block("make_safe")
    if item.make_safe is None:
        yield Problem(ProblemCode.MAKE_SAFE_MISSING, path)
    elif item.make_safe is MakeSafeState.BY_OTHER and "who" not in stated:
        yield Problem(ProblemCode.MAKE_SAFE_WITHOUT_WHO, f"{path}/make_safe")
    if item.id in packed and _is_stated_loaded(item):
        yield Problem(ProblemCode.CHAMBERED_PACKED, path)


def _is_stated_loaded(item: Item) -> bool:
    """Stated as loaded, or found with a round in the chamber and nobody says that it was taken out."""
    stated = item.block("make_safe")
    if stated.get("condition") == "loaded":
        return True
    handled = item.make_safe in {MakeSafeState.BY_SIGNER, MakeSafeState.BY_OTHER}
    emptied = handled and (stated.get("condition") == "unloaded" or stated.get("chamber_checked") == "yes")
    return item.block("as_found").get("chambered") == "yes" and not emptied


def _codes(item: Item, path: str) -> Iterator[Problem]:
    for block in sorted(FACT_BLOCKS[item.kind]):
        for fact, known in _CODE_LISTS.items():
            value = item.block(block).get(fact)
            if isinstance(value, dict) and value.get("code") is not None and value["code"] not in known:
                yield Problem(ProblemCode.UNKNOWN_CODE, f"{path}/{block}/{fact}/code")
    for k, destination in enumerate(item.requests):
        if destination not in DESTINATIONS:
            yield Problem(ProblemCode.UNKNOWN_CODE, f"{path}/requests/{k}")
    make = item.block("firearm").get("make", {})
    if item.kind is ItemKind.PMF and make.get("code") == "PMF":  # a company's code; privately made is PMG
        yield Problem(ProblemCode.PMF_MAKE_CODE, f"{path}/firearm/make/code")


def _recovery(manifest: Manifest) -> Iterator[Problem]:
    recovery = manifest.recovery
    entity, municipality = recovery.entity, recovery.municipality
    if municipality is not None:
        if municipality[:2] not in ENTITIES:
            yield Problem(ProblemCode.UNKNOWN_CODE, "/recovery/municipality")
        elif entity is not None and municipality[:2] != entity:
            yield Problem(ProblemCode.MUNICIPALITY_NOT_IN_ENTITY, "/recovery/municipality")
    priority = recovery.facts.get("priority", {})
    if priority.get("level") == "urgent" and "justification" not in priority:
        yield Problem(ProblemCode.URGENT_UNJUSTIFIED, "/recovery/priority")
