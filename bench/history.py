"""Fills a database of its own with the history of many captures, by COPY: only the tables that P6's questions touch.

Invented throughout. A capture is one pistol with two submissions and three custody entries. What is open (for review,
queued) is ``OPEN`` captures each, however long the history: offices work their backlog off, archives only grow.
"""

import hashlib
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg

from evidence.domain.ids import folio, uuid7
from evidence.domain.serials import search_keys

AGENCIES = 32
OPEN = 300
AT_ONCE = 25_000
START = datetime(2024, 1, 1, tzinfo=UTC)
ENTRIES = 3
TABLES = {
    "capture": "id, agency_id, root_id, folio, state, head_sha256, device_id, officer_id, captured_at, received_at,"
    " version, conflict_open, flags",
    "manifest": "sha256, capture_id, root_id, agency_id, device_id, officer_id, seq, jws, payload, standing,"
    " received_at",
    "item": "manifest_sha256, item_id, root_id, agency_id, position, number, kind, serial_status, serial_text, make,"
    " type, caliber, facts",
    "serial_key": "root_id, item_id, kind, key, agency_id",
    "submission": "id, agency_id, root_id, destination, item_id, batch_id, state, digest, digested, holder_id, urgency,"
    " queued_at, due_at, created_at",
    "access_grant": "id, owner_id, grantee_id, scope, root_id, submission_id, item_id, levels, reason, valid_from",
    "custody_chain": "chain_type, chain_id, agency_id, seq, head_sha256, at",
    "custody_entry": "entry_id, v, agency_id, chain_type, chain_id, seq, prev, kind, at, actor_type, actor_id,"
    " actor_role, subject_sha256, details_sha256, nonce, entry_sha256",
    "custody_detail": "entry_id, agency_id, salt, details",
    "custody_audience": "entry_id, organisation_id, person_id, root_id, submission_id, log_index",
    "log_leaf": "log_index, entry_id, entry_sha256",
}
Rows = dict[str, list[tuple[Any, ...]]]


@dataclass(frozen=True)
class World:
    """Who is there: agencies with an officer and a phone each, one laboratory, one desk."""

    agencies: tuple[UUID, ...]
    officers: tuple[UUID, ...]
    phones: tuple[UUID, ...]
    laboratory: UUID
    desk: UUID


def name(kind: str, number: int) -> UUID:
    return UUID(bytes=hashlib.sha256(f"{kind} {number}".encode()).digest()[:16])


def make_world(connection: psycopg.Connection) -> World:
    world = World(
        tuple(name("agency", n) for n in range(AGENCIES)),
        tuple(name("officer", n) for n in range(AGENCIES)),
        tuple(name("phone", n) for n in range(AGENCIES)),
        name("laboratory", 0),
        name("desk", 0),
    )
    parties = [(one, "agency", f"A-{n:02d}") for n, one in enumerate(world.agencies)]
    parties += [(world.laboratory, "laboratory", "LAB"), (world.desk, "desk", "MESA")]
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO organisation (id, kind, name, code, jurisdiction) VALUES (%s, %s, %s, %s, 'state')",
            [(one, kind, code, code) for one, kind, code in parties],
        )
        cursor.execute(
            "INSERT INTO person (id, organisation_id, code, name) VALUES (%s, %s, 'L', 'L')",
            (name("caller", 0), world.laboratory),
        )
        for agency, officer, phone in zip(world.agencies, world.officers, world.phones, strict=True):
            cursor.execute(
                "INSERT INTO person (id, organisation_id, code, name) VALUES (%s, %s, 'O', 'O')", (officer, agency)
            )
            cursor.execute(
                "INSERT INTO device (id, agency_id, officer_id, public_jwk, label, state, enrolled_at)"
                " VALUES (%s, %s, %s, '{}', 'T', 'active', %s)",
                (phone, agency, officer, START),
            )
    return world


def fill(
    connection: psycopg.Connection, world: World, captures: int, say: Callable[[int], None] = lambda _done: None
) -> None:
    """Writes ``captures`` captures with everything of theirs, then the numbers that feeds go by, and the statistics."""
    chance = random.Random(20261124)  # the same history each time
    for start in range(0, captures, AT_ONCE):
        numbers = range(start, min(start + AT_ONCE, captures))
        rows: Rows = {table: [] for table in TABLES}
        for number in numbers:
            _capture(rows, world, number, captures, chance)
        with connection.cursor() as cursor:
            for table, values in rows.items():
                with cursor.copy(f"COPY {table} ({TABLES[table]}) FROM STDIN") as copy:
                    for value in values:
                        copy.write_row(value)
        connection.commit()
        say(numbers[-1] + 1)
    connection.execute("UPDATE log_head SET size = %s", (captures * ENTRIES,))
    connection.commit()
    connection.autocommit = True
    connection.execute("VACUUM ANALYZE")
    connection.autocommit = False


def _capture(rows: Rows, world: World, number: int, captures: int, chance: random.Random) -> None:
    at = received(number)
    which = number % AGENCIES
    agency, officer, phone = world.agencies[which], world.officers[which], world.phones[which]
    capture, item = capture_id(number), item_id(number)
    sha256 = hashlib.sha256(f"manifest {number}".encode()).hexdigest()
    serial = "".join(chance.choices("ABCDEFGHKLMNPRSTUVWXYZ", k=3)) + f"{chance.randrange(10_000):04d}"
    rows["capture"].append(
        (capture, agency, capture, folio(capture), "secured", sha256, phone, officer, at, at, 1, False, [])
    )
    rows["manifest"].append(
        (sha256, capture, capture, agency, phone, officer, number, b"-", '{"items": []}', "accepted", at)
    )
    rows["item"].append(
        (sha256, item, capture, agency, 0, "1", "firearm", "legible", serial, "GLC", "PI", "9x19", "{}")
    )
    rows["serial_key"] += [(capture, item, kind.value, key, agency) for kind, key in search_keys(serial)]
    newest = captures - number
    for n, (destination, holder) in enumerate((("etrace", world.desk), ("ballistics", world.laboratory))):
        submission = name(destination, number)
        state = _state(newest, n)
        held = holder if state != "pending_review" else None
        due = at + timedelta(days=2) if held else None
        rows["submission"].append(
            (submission, agency, capture, destination, item, submission, state, sha256, "{}", held, 1, due, due, at)
        )
        if held:
            levels = ["facts", "media", "results", "custody"]
            grant = (name(f"grant {destination}", number), agency, held, "submission", capture, submission, item)
            rows["access_grant"].append((*grant, levels, "route", at))
    _entries(rows, world, number, (agency, officer, capture), at)


def _state(newest: int, n: int) -> str:
    """The newest wait for review, those before them in the queue; the rest is history."""
    if newest <= OPEN:
        return "pending_review"
    if newest <= 2 * OPEN:
        return "queued"
    return "closed" if n else "answered"


def _entries(rows: Rows, world: World, number: int, whose: tuple[UUID, UUID, UUID], at: datetime) -> None:
    agency, officer, capture = whose
    prev: str | None = None
    for seq, kind in enumerate(("capture.registered", "capture.secured", "submission.queued"), start=1):
        index = number * ENTRIES + seq - 1
        entry, digest = name("entry", index), hashlib.sha256(f"entry {index}".encode()).digest()
        sha256 = digest.hex()
        entry_row = (entry, 1, agency, "capture", capture, seq, prev, kind, at, "device", agency, "officer")
        rows["custody_entry"].append((*entry_row, sha256, sha256, "-", sha256))
        rows["custody_detail"].append((entry, agency, digest[:16], json.dumps({"manifest_sha256": sha256})))
        told = [(agency, officer, None)]
        if kind == "submission.queued":
            told.append((world.laboratory, None, name("ballistics", number)))
        for organisation, person, submission in told:
            rows["custody_audience"].append((entry, organisation, person, capture, submission, index))
        rows["log_leaf"].append((index, entry, sha256))
        prev = sha256
    rows["custody_chain"].append(("capture", capture, agency, ENTRIES, prev, at))


def received(number: int) -> datetime:
    """A capture a minute."""
    return START + timedelta(seconds=number * 60)


def capture_id(number: int) -> UUID:
    """A UUIDv7 of its time, as phones make them: neighbours in time are neighbours in the index."""
    return uuid7(received(number), hashlib.sha256(f"capture {number}".encode()).digest())


def item_id(number: int) -> UUID:
    return uuid7(received(number), hashlib.sha256(f"item {number}".encode()).digest())


def probes(captures: int, count: int) -> Iterator[int]:
    """Numbers of captures spread over the whole history, the same each time."""
    chance = random.Random(7)  # the same questions each time
    for _ in range(count):
        yield chance.randrange(captures)
