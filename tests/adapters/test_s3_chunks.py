"""Chunks and the relay: what passes through us is refused as strictly, and never kept."""

import io
import os
import threading
import tracemalloc
from dataclasses import replace
from datetime import timedelta
from typing import BinaryIO, cast
from uuid import uuid4

import pytest
from sending import Original, Sender, in_seconds, sha256

from evidence.actions.store_ports import ObjectRef, StoredObject, StoreDuplicate, StoreRefused
from evidence.adapters.s3 import S3MediaStore

MIB = 1024 * 1024


class Zeros:
    """A sender of zeros that holds none; ``ends`` or breaks after so many bytes."""

    def __init__(self, size: int, *, breaks: bool = False) -> None:
        self._left = size
        self._breaks = breaks

    def read(self, amount: int) -> bytes:
        if self._breaks and not self._left:
            raise ConnectionResetError
        piece = bytes(min(amount, self._left))
        self._left -= len(piece)
        return piece


def zeros(size: int, *, breaks: bool = False) -> BinaryIO:
    return cast(BinaryIO, Zeros(size, breaks=breaks))


def stored(store: S3MediaStore, ref: ObjectRef) -> bytes:
    with store.read(ref) as pieces:
        return b"".join(pieces)


def staged(store: S3MediaStore, sender: Sender, *chunks: bytes) -> list[str]:
    folder = f"chunks/{uuid4()}"
    keys = []
    for number, chunk in enumerate(chunks):
        key = f"{folder}/{number:06d}"
        put = store.presign_chunk(key=key, sha256=sha256(chunk), size=len(chunk), seconds=60)
        assert sender.put(put.url, put.headers, chunk).status == 200
        keys.append(key)
    return keys


def assembled(store: S3MediaStore, original: Original, keys: list[str]) -> StoredObject:
    return store.assemble(
        chunk_keys=keys,
        key=original.key,
        sha256=original.sha256,
        size=len(original.data),
        content_type=original.content_type,
        lock_until=original.lock_until,
    )


def test_chunks_become_one_locked_original(store: S3MediaStore, sender: Sender) -> None:
    data = os.urandom(2 * MIB + 5)
    original = Original(data)
    keys = staged(store, sender, data[:MIB], data[MIB : 2 * MIB], data[2 * MIB :])
    there = assembled(store, original, keys)
    assert (there.sha256, there.size, there.content_type) == (original.sha256, len(data), "image/jpeg")
    assert there.locked_until is not None
    assert timedelta() <= there.locked_until - original.lock_until < timedelta(seconds=1)
    assert there == store.head_original(original.key)
    assert stored(store, there.ref) == data


def test_assembling_again_gives_the_same_version(store: S3MediaStore, sender: Sender) -> None:
    original = Original()
    keys = staged(store, sender, original.data[:1000], original.data[1000:])
    first = assembled(store, original, keys)
    store.delete_chunks(keys)
    assert assembled(store, original, keys) == first
    assert len(list(store.originals_under(original.key))) == 1


def test_two_workers_assembling_at_once_make_one_version(store: S3MediaStore, sender: Sender) -> None:
    original = Original(os.urandom(MIB))
    keys = staged(store, sender, original.data[:1000], original.data[1000:])
    found: list[StoredObject] = []
    workers = [threading.Thread(target=lambda: found.append(assembled(store, original, keys))) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(found) == 4
    assert len({one.ref for one in found}) == 1
    assert len(list(store.originals_under(original.key))) == 1


def wrong_joints(data: bytes) -> dict[str, list[bytes]]:
    return {
        "order": [data[1000:], data[:1000]],
        "one bit": [data[:1000], data[1000:-1] + bytes([data[-1] ^ 1])],
        "too long": [data, b"\0"],
        "too short": [data[:-1]],
        "twice": [data[:1000], data[:1000], data[1000:]],
        "nothing": [],
    }


@pytest.mark.parametrize("joint", ["order", "one bit", "too long", "too short", "twice", "nothing"])
def test_chunks_that_do_not_fit_leave_nothing(store: S3MediaStore, sender: Sender, joint: str) -> None:
    original = Original()
    keys = staged(store, sender, *wrong_joints(original.data)[joint])
    with pytest.raises(StoreRefused) as refusal:
        assembled(store, original, keys)
    assert refusal.value.code == "mismatch"
    assert list(store.originals_under(original.key)) == []
    assert [store.head_chunk(key) is not None for key in keys] == [True] * len(keys)  # wrong bytes stay in staging


def test_a_missing_chunk_leaves_nothing(store: S3MediaStore, sender: Sender) -> None:
    original = Original()
    keys = staged(store, sender, original.data[:1000], original.data[1000:])
    store.delete_chunks(keys[1:])
    with pytest.raises(StoreRefused) as refusal:
        assembled(store, original, keys)
    assert refusal.value.code == "absent"
    assert list(store.originals_under(original.key)) == []


def test_a_chunk_is_bound_to_its_hash_and_may_be_repeated(store: S3MediaStore, sender: Sender) -> None:
    chunk, key = os.urandom(500), f"chunks/{uuid4()}"
    put = store.presign_chunk(key=key, sha256=sha256(chunk), size=500, seconds=60)
    assert sender.put(put.url, put.headers, os.urandom(500)).status == 400
    assert sender.put(put.url, put.headers, chunk[:-1]).status == 403
    assert store.head_chunk(key) is None
    assert [sender.put(put.url, put.headers, chunk).status for _ in range(2)] == [200, 200]
    there = store.head_chunk(key)
    assert there is not None
    assert (there.sha256, there.size, there.locked_until) == (sha256(chunk), 500, None)
    assert sender.put(put.url, put.headers, os.urandom(500)).status == 400
    assert stored(store, there.ref) == chunk


def test_staging_is_listed_by_prefix_and_age_and_swept(store: S3MediaStore, sender: Sender) -> None:
    keys = staged(store, sender, b"1", b"2", b"3")
    folder = keys[0].rpartition("/")[0]
    assert list(store.chunks_under(folder + "/")) == keys
    assert not set(keys) & set(store.stale_chunks(before=in_seconds(-60)))
    assert set(keys) <= set(store.stale_chunks(before=in_seconds(60)))
    store.delete_chunks([*keys, "chunks/never-there"])
    assert list(store.chunks_under(folder + "/")) == []
    store.delete_chunks([])


def test_assembling_holds_little(store: S3MediaStore, sender: Sender) -> None:
    data = os.urandom(24 * MIB)
    original = Original(data)
    keys = staged(store, sender, *(data[start : start + 4 * MIB] for start in range(0, len(data), 4 * MIB)))
    tracemalloc.start()
    there = assembled(store, original, keys)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert there.sha256 == original.sha256
    assert peak < 6 * MIB


def test_the_relay_passes_bytes_on_to_the_inside_address(store: S3MediaStore) -> None:
    original = Original(bytes(10 * MIB))
    put = replace(original.presigned(store), url="http://phones.invalid/")
    tracemalloc.start()
    store.send(put, zeros(10 * MIB), 10 * MIB)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    there = store.head_original(original.key)
    assert there is not None
    assert there.sha256 == original.sha256
    assert peak < 2 * MIB


def test_the_relay_takes_no_more_than_was_announced(store: S3MediaStore) -> None:
    original = Original()
    body = io.BytesIO(original.data + b"the next request")
    store.send(original.presigned(store), body, len(original.data))
    assert body.read() == b"the next request"
    there = store.head_original(original.key)
    assert there is not None
    assert there.sha256 == original.sha256


@pytest.mark.parametrize("breaks", [False, True])
def test_a_phone_that_stops_is_not_the_stores_fault(store: S3MediaStore, breaks: bool) -> None:
    original = Original(bytes(3 * MIB))
    with pytest.raises(StoreRefused) as refusal:
        store.send(original.presigned(store), zeros(3 * MIB - 1, breaks=breaks), 3 * MIB)
    assert refusal.value.code == "short_body"
    assert store.head_original(original.key) is None
    store.send(original.presigned(store), zeros(3 * MIB), 3 * MIB)  # and it may try again


@pytest.mark.parametrize("size", [1000, 20 * MIB], ids=["small", "refused while still sending"])
def test_the_relay_says_what_the_store_refused(store: S3MediaStore, size: int) -> None:
    original = Original(bytes(size))
    put = original.presigned(store)
    other = Original(b"\1" * size)
    with pytest.raises(StoreRefused) as refusal:
        store.send(put, io.BytesIO(other.data), size)
    assert refusal.value.code == "mismatch"
    with pytest.raises(StoreRefused) as refusal:
        store.send(replace(put, inside_url=put.inside_url + "0"), zeros(size), size)
    assert refusal.value.code == "denied"
    store.send(put, zeros(size), size)
    with pytest.raises(StoreDuplicate):
        store.send(put, zeros(size), size)
    assert len(list(store.originals_under(original.key))) == 1
