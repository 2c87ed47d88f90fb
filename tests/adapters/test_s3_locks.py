"""Who may not delete, and what is read after somebody who may has tried."""

import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from sending import Original, Sender, in_seconds

from evidence.actions.store_ports import StoredObject, StoreDuplicate, StoreRefused
from evidence.adapters.s3 import S3MediaStore
from evidence.adapters.s3_presign import whole_seconds
from standalone.object_store import ObjectStore


def landed(store: S3MediaStore, sender: Sender, original: Original) -> StoredObject:
    put = original.presigned(store)
    assert sender.put(put.url, put.headers, original.data).status == 200
    there = store.head_original(original.key)
    assert there is not None
    return there


def stored(store: S3MediaStore, there: StoredObject) -> bytes:
    with store.read(there.ref) as pieces:
        return b"".join(pieces)


def named(there: StoredObject) -> dict[str, str]:
    return {"Bucket": there.ref.bucket, "Key": there.ref.key, "VersionId": there.ref.version_id}


def test_a_lock_moves_forward_and_never_back(store: S3MediaStore, sender: Sender) -> None:
    original = Original()
    there = landed(store, sender, original)
    later = in_seconds(1000)
    assert store.extend_lock(there.ref, later) == whole_seconds(later)
    assert store.extend_lock(there.ref, in_seconds(500)) == whole_seconds(later)
    assert store.extend_lock(there.ref, later) == whole_seconds(later)
    again = store.head_original(original.key)
    assert again is not None
    assert again.locked_until == whole_seconds(later)
    assert stored(store, again) == original.data


def test_extending_what_is_not_there_is_refused(store: S3MediaStore, sender: Sender) -> None:
    there = landed(store, sender, Original())
    nothing = type(there.ref)(there.ref.bucket, Original().key, there.ref.version_id)
    with pytest.raises(StoreRefused) as refusal:
        store.extend_lock(nothing, in_seconds(100))
    assert refusal.value.code == "absent"


def test_a_lock_that_somebody_moved_further_meanwhile_counts(
    store: S3MediaStore, sender: Sender, service: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between our look and our move another worker extends further: ours is refused, theirs is returned."""
    from evidence.adapters import s3_lookup

    there = landed(store, sender, Original())
    further = whole_seconds(in_seconds(5000))
    look = s3_lookup.lock_of
    looks = []

    def look_then_be_overtaken(client: Any, ref: Any) -> Any:
        seen = look(client, ref)
        if not looks:
            service.put_object_retention(**named(there), Retention={"Mode": "GOVERNANCE", "RetainUntilDate": further})
        looks.append(seen)
        return seen

    monkeypatch.setattr(s3_lookup, "lock_of", look_then_be_overtaken)
    assert store.extend_lock(there.ref, in_seconds(900)) == further
    assert len(looks) == 2


FORBIDDEN: list[Callable[[Any, dict[str, str]], Any]] = [
    lambda s3, v: s3.delete_object(**v),
    lambda s3, v: s3.delete_object(**v, BypassGovernanceRetention=True),
    lambda s3, v: s3.delete_object(Bucket=v["Bucket"], Key=v["Key"]),
    lambda s3, v: s3.put_object_retention(**v, Retention={"Mode": "GOVERNANCE", "RetainUntilDate": in_seconds(10)}),
    lambda s3, v: s3.put_object_retention(
        **v, Retention={"Mode": "GOVERNANCE", "RetainUntilDate": in_seconds(10)}, BypassGovernanceRetention=True
    ),
    lambda s3, v: s3.put_object_retention(**v, Retention={}, BypassGovernanceRetention=True),
    lambda s3, v: s3.put_bucket_versioning(Bucket=v["Bucket"], VersioningConfiguration={"Status": "Suspended"}),
    lambda s3, v: s3.put_object_lock_configuration(
        Bucket=v["Bucket"], ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"}
    ),
    lambda s3, v: s3.put_bucket_lifecycle_configuration(
        Bucket=v["Bucket"],
        LifecycleConfiguration={
            "Rules": [{"ID": "x", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}]
        },
    ),
    lambda s3, v: s3.put_bucket_policy(Bucket=v["Bucket"], Policy='{"Version":"2012-10-17","Statement":[]}'),
    lambda s3, v: s3.put_bucket_cors(
        Bucket=v["Bucket"],
        CORSConfiguration={"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}]},
    ),
    lambda s3, v: s3.put_object_acl(Bucket=v["Bucket"], Key=v["Key"], ACL="public-read"),
    lambda s3, v: s3.delete_bucket(Bucket=v["Bucket"]),
    lambda s3, v: s3.create_bucket(Bucket="anything"),
    lambda s3, v: s3.create_multipart_upload(Bucket=v["Bucket"], Key=v["Key"]),
]


@pytest.mark.parametrize("attempt", FORBIDDEN)
def test_the_services_key_can_not(
    store: S3MediaStore, sender: Sender, service: Any, attempt: Callable[[Any, dict[str, str]], Any]
) -> None:
    original = Original()
    there = landed(store, sender, original)
    with pytest.raises(ClientError) as refusal:
        attempt(service, named(there))
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 403)
    assert store.head_original(original.key) == there
    assert stored(store, there) == original.data


def test_nor_delete_by_the_list(store: S3MediaStore, sender: Sender, service: Any) -> None:
    original = Original()
    there = landed(store, sender, original)
    for some in ({"Key": original.key}, {"Key": original.key, "VersionId": there.ref.version_id}):
        answer = service.delete_objects(
            Bucket=there.ref.bucket, Delete={"Objects": [some]}, BypassGovernanceRetention=True
        )
        assert [error["Code"] for error in answer["Errors"]] == ["AccessDenied"]
        assert "Deleted" not in answer
    assert store.head_original(original.key) == there


def test_a_write_without_a_lock_gets_the_buckets_own(service: Any, object_store: ObjectStore) -> None:
    original = Original()
    service.put_object(Bucket=object_store.originals, Key=original.key, Body=original.data)
    head = service.head_object(Bucket=object_store.originals, Key=original.key)
    assert head["ObjectLockMode"] == "GOVERNANCE"
    assert timedelta(days=29) < head["ObjectLockRetainUntilDate"] - in_seconds(0) < timedelta(days=31)


def test_after_a_delete_marker_the_first_bytes_are_read(store: S3MediaStore, sender: Sender, admin: Any) -> None:
    original = Original()
    first = landed(store, sender, original)
    admin.delete_object(Bucket=first.ref.bucket, Key=original.key)
    with pytest.raises(ClientError, match="404"):
        admin.head_object(Bucket=first.ref.bucket, Key=original.key)
    assert store.head_original(original.key) == first
    assert stored(store, first) == original.data

    put = original.presigned(store)  # "If-None-Match" now sees nothing there
    answer = sender.put(put.url, put.headers, original.data)
    assert answer.status == 200
    assert answer.headers["x-amz-version-id"] != first.ref.version_id
    assert len(list(store.originals_under(original.key))) == 2
    assert store.head_original(original.key) == first


def test_the_oldest_version_is_the_first_whatever_was_extended(
    store: S3MediaStore, sender: Sender, service: Any
) -> None:
    """Other bytes by a stolen service key, several times; extending the first lock moves its date in lists."""
    original = Original()
    first = landed(store, sender, original)
    for _ in range(4):
        service.put_object(Bucket=first.ref.bucket, Key=original.key, Body=os.urandom(50))
    store.extend_lock(first.ref, in_seconds(2000))
    there = store.head_original(original.key)
    assert there is not None
    assert there.ref == first.ref
    assert stored(store, there) == original.data
    sizes = [version.size for version in store.originals_under(original.key)]
    assert sizes == [50, 50, 50, 50, 3000]


def test_assembling_over_other_bytes_is_a_duplicate(
    store: S3MediaStore, service: Any, object_store: ObjectStore
) -> None:
    original = Original()
    service.put_object(Bucket=object_store.originals, Key=original.key, Body=b"other")
    with pytest.raises(StoreDuplicate):
        store.assemble(
            chunk_keys=[],
            key=original.key,
            sha256=original.sha256,
            size=len(original.data),
            content_type="image/jpeg",
            lock_until=original.lock_until,
        )


def test_the_admin_can_expunge_under_governance(store: S3MediaStore, sender: Sender, admin: Any) -> None:
    """Shows that it is the lock, not chance, that holds in the tests above."""
    there = landed(store, sender, Original())
    with pytest.raises(ClientError, match="AccessDenied"):
        admin.delete_object(**named(there))
    admin.delete_object(**named(there), BypassGovernanceRetention=True)
    assert store.head_original(there.ref.key) is None
    assert store.head_original(there.ref.key, version_id=there.ref.version_id) is None
