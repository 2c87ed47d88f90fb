"""What the store says of its objects: HEAD, versions, locks, lists."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from evidence.actions.ports import ObjectRef, StoredObject, StoreRefused
from evidence.adapters.s3_presign import Lock, sha256_of
from evidence.adapters.s3_transport import sorted_errors
from evidence.settings import LockMode


def head(client: Any, bucket: str, key: str, **version: str) -> StoredObject | None:
    """None if it is not there. Only HEAD shows the checksum on every server, not GetObjectAttributes."""
    answer = _answer(client, bucket, key, **version)
    if answer is None:
        return None
    return StoredObject(
        ref=ObjectRef(bucket=bucket, key=key, version_id=answer.get("VersionId", "")),
        size=answer["ContentLength"],
        sha256=sha256_of(answer.get("ChecksumSHA256")),
        content_type=answer.get("ContentType", ""),
        locked_until=_utc(answer.get("ObjectLockRetainUntilDate")),
    )


def lock_of(client: Any, ref: ObjectRef) -> Lock | None:
    """The lock of one version, None if it has none; ``StoreRefused`` ``absent`` if there is no such version."""
    answer = _answer(client, ref.bucket, ref.key, VersionId=ref.version_id)
    if answer is None:
        raise StoreRefused("absent", "no such version")
    until = _utc(answer.get("ObjectLockRetainUntilDate"))
    return Lock(LockMode(answer["ObjectLockMode"]), until) if until else None


def versions(client: Any, bucket: str, prefix: str) -> Iterator[StoredObject]:
    """Every version under ``prefix``, the newest first under each key; a list shows no checksum and no lock."""
    for page in _pages(client, "list_object_versions", Bucket=bucket, Prefix=prefix):
        for entry in page.get("Versions", ()):
            ref = ObjectRef(bucket=bucket, key=entry["Key"], version_id=entry["VersionId"])
            yield StoredObject(ref=ref, size=entry["Size"], sha256=None, content_type="", locked_until=None)


def oldest_version(client: Any, bucket: str, key: str) -> str | None:
    """The id of the first version under ``key``, delete markers or not.

    S3 lists the versions of a key in the order of their arrival, the last one first. Dates would not do:
    they have whole seconds, and some servers move them with the lock.
    """
    oldest = None
    for version in versions(client, bucket, key):
        if version.ref.key == key:
            oldest = version.ref.version_id
    return oldest


def keys(client: Any, bucket: str, *, prefix: str = "", before: datetime | None = None) -> Iterator[str]:
    """The keys under ``prefix``, of objects last written before ``before`` if that is given."""
    for page in _pages(client, "list_objects_v2", Bucket=bucket, Prefix=prefix):
        for entry in page.get("Contents", ()):
            if before is None or entry["LastModified"] < before:
                yield entry["Key"]


def _pages(client: Any, operation: str, **params: str) -> Iterator[dict[str, Any]]:
    with sorted_errors(f"{operation} of {params['Bucket']}"):
        yield from client.get_paginator(operation).paginate(**params)


def _answer(client: Any, bucket: str, key: str, **version: str) -> dict[str, Any] | None:
    try:
        with sorted_errors("HEAD"):
            answer: dict[str, Any] = client.head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED", **version)
    except StoreRefused as error:
        if error.code == "absent":
            return None
        raise
    return answer


def _utc(moment: datetime | None) -> datetime | None:
    return moment.astimezone(UTC) if moment else None
