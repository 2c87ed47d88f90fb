"""A presigned PUT writes exactly what was signed, once, locked: tried with everything else."""

import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from botocore.config import Config
from sending import Original, Sender, in_seconds, sha256

from evidence.actions.store_ports import ObjectRef, StoreRefused
from evidence.adapters.s3 import S3MediaStore
from evidence.adapters.s3_presign import Lock, Write, sign_put
from evidence.settings import LockMode
from standalone.object_store import ObjectStore

LOCK_UNTIL = "x-amz-object-lock-retain-until-date"


def versions(store: S3MediaStore, key: str) -> int:
    return len(list(store.originals_under(key)))


def stored(store: S3MediaStore, ref: ObjectRef) -> bytes:
    with store.read(ref) as pieces:
        return b"".join(pieces)


def test_a_whole_original_is_accepted_with_its_hash_and_lock(store: S3MediaStore, sender: Sender) -> None:
    original = Original()
    put = original.presigned(store)
    answer = sender.put(put.url, put.headers, original.data)
    assert answer.status == 200
    there = store.head_original(original.key)
    assert there is not None
    assert there.ref.version_id == answer.headers["x-amz-version-id"]
    assert (there.sha256, there.size, there.content_type) == (original.sha256, 3000, "image/jpeg")
    assert there.locked_until is not None
    assert there.locked_until - original.lock_until < timedelta(seconds=1)
    assert stored(store, there.ref) == original.data


def test_the_signature_names_every_header_and_the_public_host(store: S3MediaStore) -> None:
    put = Original().presigned(store, seconds=77)
    query = parse_qs(urlsplit(put.url).query)
    assert set(query["X-Amz-SignedHeaders"][0].split(";")) == {
        "content-length",
        "content-type",
        "host",
        "if-none-match",
        "x-amz-checksum-sha256",
        "x-amz-object-lock-mode",
        LOCK_UNTIL,
    }
    assert urlsplit(put.url).hostname == "localhost"
    assert urlsplit(put.inside_url).hostname == "127.0.0.1"
    assert "inside_url" not in repr(put)
    left = put.expires_at - datetime.now(UTC)
    assert timedelta(seconds=70) < left <= timedelta(seconds=77)


def test_a_part_of_a_second_makes_the_lock_longer_not_shorter(store: S3MediaStore) -> None:
    original = Original(lock_until=datetime(2031, 5, 6, 7, 8, 9, 1, tzinfo=UTC))
    assert original.presigned(store).headers[LOCK_UNTIL] == "2031-05-06T07:08:10Z"
    with pytest.raises(ValueError, match="zone"):
        Original(lock_until=datetime(2031, 5, 6)).presigned(store)  # noqa: DTZ001


def changed(name: str, value: str) -> Callable[[dict[str, str]], dict[str, str]]:
    return lambda headers: {**headers, name: value}


def without(name: str) -> Callable[[dict[str, str]], dict[str, str]]:
    return lambda headers: {key: value for key, value in headers.items() if key != name}


WRONG_HEADERS = [
    without("content-type"),
    without("if-none-match"),
    without("x-amz-checksum-sha256"),
    without("x-amz-object-lock-mode"),
    without(LOCK_UNTIL),
    changed("content-type", "text/html"),
    changed("if-none-match", '"0"'),
    changed("x-amz-checksum-sha256", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="),
    changed("x-amz-object-lock-mode", "COMPLIANCE"),
    changed(LOCK_UNTIL, "2026-01-01T00:00:00Z"),
    changed(LOCK_UNTIL, "2099-01-01T00:00:00Z"),
    changed("x-amz-object-lock-legal-hold", "ON"),
    changed("x-amz-meta-note", "mine"),
    changed("x-amz-copy-source", "/originals/anything"),
    changed("x-amz-acl", "public-read"),
]


@pytest.mark.parametrize("departure", WRONG_HEADERS)
def test_other_headers_are_refused(
    store: S3MediaStore, sender: Sender, departure: Callable[[dict[str, str]], dict[str, str]]
) -> None:
    original = Original()
    put = original.presigned(store)
    answer = sender.put(put.url, departure(dict(put.headers)), original.data)
    assert answer.status == 403
    assert versions(store, original.key) == 0
    assert sender.put(put.url, put.headers, original.data).status == 200  # the right one still may


@pytest.mark.parametrize(
    ("status", "wrong"),
    [
        (400, lambda data: data[:-1] + bytes([data[-1] ^ 1])),
        (403, lambda data: data[:-1]),
        (403, lambda data: data + b"\0"),
        (403, lambda data: b""),
    ],
    ids=["one bit", "shorter", "longer", "empty"],
)
def test_other_bytes_are_refused(
    store: S3MediaStore, sender: Sender, status: int, wrong: Callable[[bytes], bytes]
) -> None:
    original = Original()
    put = original.presigned(store)
    assert sender.put(put.url, put.headers, wrong(original.data)).status == status
    assert versions(store, original.key) == 0
    assert store.head_original(original.key) is None


def test_a_second_write_is_refused_and_the_first_stays(store: S3MediaStore, sender: Sender) -> None:
    original = Original()
    put = original.presigned(store)
    assert sender.put(put.url, put.headers, original.data).status == 200
    assert sender.put(put.url, put.headers, original.data).status == 412
    other = Original()
    other.key = original.key
    put = other.presigned(store)
    assert sender.put(put.url, put.headers, other.data).status == 412
    there = store.head_original(original.key)
    assert there is not None
    assert versions(store, original.key) == 1
    assert stored(store, there.ref) == original.data


def test_a_url_signed_for_one_key_writes_no_other(store: S3MediaStore, sender: Sender) -> None:
    original, other = Original(), Original()
    put = original.presigned(store)
    moved = put.url.replace(original.key, other.key)
    assert moved != put.url
    assert sender.put(moved, put.headers, original.data).status == 403
    elsewhere = put.url.replace("/originals/originals/", "/staging/originals/")
    assert elsewhere != put.url
    assert sender.put(elsewhere, put.headers, original.data).status == 403
    assert sender.request("DELETE", put.url, put.headers).status == 403
    assert versions(store, original.key) == versions(store, other.key) == 0


def test_a_url_signed_again_with_another_key_is_refused(
    store: S3MediaStore, sender: Sender, object_store: ObjectStore
) -> None:
    original = Original()
    write = Write(
        bucket=object_store.originals,
        key=original.key,
        sha256=original.sha256,
        size=len(original.data),
        content_type=original.content_type,
        lock=Lock(LockMode.GOVERNANCE, original.lock_until),
    )
    for access_key in (object_store.access_key, "A" * 20):
        forger = boto3.client(
            "s3",
            endpoint_url=object_store.endpoint,
            region_name=object_store.region,
            aws_access_key_id=access_key,
            aws_secret_access_key="guessed",
            config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
        )
        put = sign_put(forger, write, seconds=60)
        forger.close()
        assert sender.put(put.url, put.headers, original.data).status == 403
    assert versions(store, original.key) == 0


def test_an_expired_url_is_refused(store: S3MediaStore, sender: Sender) -> None:
    original = Original()
    put = original.presigned(store, seconds=1)
    time.sleep(2.1)
    assert sender.put(put.url, put.headers, original.data).status == 403
    longer = put.url.replace("X-Amz-Expires=1&", "X-Amz-Expires=900&")
    assert longer != put.url
    assert sender.put(longer, put.headers, original.data).status == 403
    assert versions(store, original.key) == 0


def test_a_body_that_breaks_off_leaves_nothing(store: S3MediaStore) -> None:
    original = Original()
    put = original.presigned(store)
    target = urlsplit(put.url)
    headers = {**put.headers, "host": target.netloc, "content-length": str(len(original.data))}
    lines = [f"PUT {target.path}?{target.query} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    with socket.create_connection(("127.0.0.1", target.port or 80), timeout=10) as phone:
        phone.sendall("\r\n".join([*lines, "", ""]).encode() + original.data[:-1])
        phone.shutdown(socket.SHUT_WR)
        answer = phone.recv(64)
    assert not answer.startswith(b"HTTP/1.1 200")
    assert versions(store, original.key) == 0


def test_a_client_that_signs_less_hands_out_no_url(object_store: ObjectStore) -> None:
    """boto3's choice for an endpoint of one's own is SigV2, which names none of the headers."""
    old = boto3.client(
        "s3",
        endpoint_url=object_store.endpoint,
        region_name=object_store.region,
        aws_access_key_id=object_store.access_key,
        aws_secret_access_key=object_store.secret_key,
        config=Config(signature_version="s3"),
    )
    write = Write(
        bucket="originals",
        key="a",
        sha256=sha256(b"a"),
        size=1,
        content_type="image/jpeg",
        lock=Lock(LockMode.GOVERNANCE, in_seconds(60)),
    )
    with pytest.raises(StoreRefused) as refusal:
        sign_put(old, write, seconds=60)
    old.close()
    assert refusal.value.code == "signed_headers"


@pytest.mark.parametrize("key", ["", "/a", "a/", "a//b", "a/../b", "..", "a/./b", "a\nb", "a b", "ä"])
def test_keys_that_stores_read_differently_are_no_keys(store: S3MediaStore, key: str) -> None:
    original = Original()
    original.key = key
    with pytest.raises(ValueError, match="key"):
        original.presigned(store)


@pytest.mark.parametrize("hash_", ["", "0" * 63, "0" * 65, "G" * 64, "A" * 64, "0" * 64 + "\n"])
def test_only_a_lowercase_hex_hash_is_signed(store: S3MediaStore, hash_: str) -> None:
    original = Original()
    original.sha256 = hash_
    with pytest.raises(ValueError, match="SHA-256"):
        original.presigned(store)


def test_compliance_is_a_matter_of_the_setting(object_store: ObjectStore, sender: Sender, admin: Any) -> None:
    strict = S3MediaStore(
        endpoint=object_store.endpoint,
        region=object_store.region,
        access_key=object_store.access_key,
        secret_key=object_store.secret_key,
        originals_bucket=object_store.originals,
        staging_bucket=object_store.staging,
        previews_bucket=object_store.previews,
        lock_mode=LockMode.COMPLIANCE,
    )
    original = Original(lock_until=in_seconds(5))
    put = original.presigned(strict)
    assert sender.put(put.url, put.headers, original.data).status == 200
    there = strict.head_original(original.key)
    assert there is not None
    named = {"Bucket": there.ref.bucket, "Key": there.ref.key, "VersionId": there.ref.version_id}
    assert admin.head_object(**named)["ObjectLockMode"] == "COMPLIANCE"
    with pytest.raises(admin.exceptions.ClientError, match="AccessDenied"):
        admin.delete_object(**named, BypassGovernanceRetention=True)
    assert stored(strict, there.ref) == original.data
    strict.close()
