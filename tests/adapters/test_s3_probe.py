"""The startup probe and the canary: a store that breaks one promise is refused by the name of that promise."""

import io
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from broken_store import (
    Takes,
    broken,
    bypasses,
    deletes,
    ignores,
    ignores_checksums,
    ignores_length,
    ignores_values,
    sets_retention,
    writes_twice,
)
from sending import Original, in_seconds

from evidence.actions.store_ports import ObjectRef, StoreRefused, StoreUnavailable
from evidence.adapters.s3 import S3MediaStore
from standalone.object_store import ObjectStore


@contextmanager
def store_at(object_store: ObjectStore, **changes: str) -> Iterator[S3MediaStore]:
    made = S3MediaStore(
        **{
            "endpoint": object_store.endpoint,
            "region": object_store.region,
            "access_key": object_store.access_key,
            "secret_key": object_store.secret_key,
            "originals_bucket": object_store.originals,
            "staging_bucket": object_store.staging,
            "previews_bucket": object_store.previews,
            **changes,
        }
    )
    try:
        yield made
    finally:
        made.close()


def test_the_real_store_passes_quickly(store: S3MediaStore) -> None:
    store.check()  # the first write into a bucket makes its files
    before = time.monotonic()
    store.check()
    store.canary()
    assert time.monotonic() - before < 1.5
    assert store.reachable()


def no(method: str, path: str, headers: dict[str, str], body: bytes) -> bool:
    return False


BROKEN: list[tuple[str, Takes, set[str]]] = [
    ("checksums", ignores_checksums, set()),
    ("signed_headers", ignores("x-amz-object-lock-mode"), set()),
    ("signed_headers", ignores("x-amz-object-lock-retain-until-date"), set()),
    ("signed_headers", ignores("if-none-match"), set()),
    ("signed_headers", ignores("x-amz-checksum-sha256"), set()),
    ("signed_headers", ignores("content-type"), set()),
    ("signed_headers", ignores_values, set()),
    ("signed_headers", ignores_length, set()),
    ("conditional_writes", writes_twice(), set()),
    ("versioning", no, {"x-amz-version-id"}),
    ("checksums", no, {"x-amz-checksum-sha256"}),
    ("object_lock", no, {"x-amz-object-lock-mode"}),
    ("object_lock", no, {"x-amz-object-lock-retain-until-date"}),
    ("deletable", deletes, set()),
    ("deletable", bypasses, set()),
    ("shortened", sets_retention, set()),
]


@pytest.mark.parametrize(("code", "takes", "hides"), BROKEN)
def test_a_store_that_breaks_one_promise_is_refused(
    object_store: ObjectStore, code: str, takes: Takes, hides: set[str]
) -> None:
    with (
        broken(object_store.endpoint, takes, hides=frozenset(hides)) as endpoint,
        store_at(object_store, endpoint=endpoint) as store,
        pytest.raises(StoreRefused) as refusal,
    ):
        store.check()
    assert refusal.value.code == code


def test_a_key_that_may_not_extend_a_lock_is_refused(object_store: ObjectStore) -> None:
    with (
        broken(object_store.endpoint, sets_retention, says=403) as endpoint,
        store_at(object_store, endpoint=endpoint) as store,
        pytest.raises(StoreRefused) as refusal,
    ):
        store.check()
    assert refusal.value.code == "extended"


def test_the_proxy_itself_breaks_nothing(object_store: ObjectStore) -> None:
    with broken(object_store.endpoint, no) as endpoint, store_at(object_store, endpoint=endpoint) as store:
        store.check()


@pytest.mark.parametrize("takes", [deletes, bypasses, sets_retention])
def test_the_canary_dies_when_a_locked_version_can_be_deleted(object_store: ObjectStore, takes: Takes) -> None:
    with (
        broken(object_store.endpoint, takes) as endpoint,
        store_at(object_store, endpoint=endpoint) as store,
        pytest.raises(StoreRefused),
    ):
        store.canary()


def test_a_key_that_may_delete_is_refused(object_store: ObjectStore) -> None:
    """The launcher's key: the lock holds it off a locked version, but not from hiding it."""
    keys = {"access_key": object_store.admin_access_key, "secret_key": object_store.admin_secret_key}
    with store_at(object_store, **keys) as store, pytest.raises(StoreRefused) as refusal:
        store.check()
    assert refusal.value.code == "deletable"
    with store_at(object_store, **keys) as store, pytest.raises(StoreRefused):
        store.canary()


def test_buckets_without_the_safety_nets_are_refused(object_store: ObjectStore, admin: Any) -> None:
    """With the launcher's key, since the service's may not look at other buckets."""
    plain, versioned, bare = (f"{name}-{uuid4().hex[:8]}" for name in ("plain", "versioned", "bare"))
    admin.create_bucket(Bucket=plain)
    admin.create_bucket(Bucket=versioned)
    admin.put_bucket_versioning(Bucket=versioned, VersioningConfiguration={"Status": "Enabled"})
    admin.create_bucket(Bucket=bare, ObjectLockEnabledForBucket=True)
    for bucket, code in ((plain, "versioning"), (versioned, "object_lock"), (bare, "default_retention")):
        with (
            store_at(
                object_store,
                originals_bucket=bucket,
                access_key=object_store.admin_access_key,
                secret_key=object_store.admin_secret_key,
            ) as store,
            pytest.raises(StoreRefused) as refusal,
        ):
            store.check()
        assert refusal.value.code == code


def test_other_buckets_and_keys_are_named(object_store: ObjectStore) -> None:
    for changes, code in (
        ({"secret_key": "guessed"}, "denied"),
        ({"originals_bucket": "no-such-bucket"}, "denied"),  # this key may not know more
        ({"staging_bucket": "no-such-bucket"}, "staging"),
        ({"previews_bucket": "no-such-bucket"}, "previews"),
    ):
        with store_at(object_store, **changes) as store, pytest.raises(StoreRefused) as refusal:
            store.check()
        assert refusal.value.code == code


def test_a_store_behind_a_closed_port_is_unavailable_at_once(object_store: ObjectStore) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}"
        original = Original()
        ref = ObjectRef("originals", original.key, "1")
        with store_at(object_store, endpoint=address) as store:
            put = original.presigned(store)
            for attempt in (
                lambda: store.head_original(original.key),
                lambda: store.read(ref).__enter__(),
                lambda: store.send(put, io.BytesIO(bytes(10)), 10),
                lambda: store.extend_lock(ref, in_seconds(60)),
                lambda: store.put_preview(key="a", data=b"a", content_type="image/jpeg"),
                lambda: store.read_preview("a"),
                lambda: list(store.stale_chunks(before=in_seconds(0))),
                lambda: list(store.originals_under("")),
                lambda: store.delete_chunks(["a"]),
                store.check,
                store.canary,
            ):
                before = time.monotonic()
                with pytest.raises(StoreUnavailable) as failure:
                    attempt()
                assert failure.value.code == "unreachable"
                assert time.monotonic() - before < 2.0
            assert not store.reachable()


def test_a_store_that_says_nothing_is_unavailable_soon(object_store: ObjectStore) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with store_at(object_store, endpoint=address) as store:
            before = time.monotonic()
            assert not store.reachable()
            with pytest.raises(StoreUnavailable) as failure:
                store.check()
            assert failure.value.code == "timeout"
            assert time.monotonic() - before < 6.0
