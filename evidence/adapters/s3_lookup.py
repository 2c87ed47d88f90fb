"""What the store says of its objects: HEAD, versions, locks, lists."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from evidence.actions.store_ports import ObjectRef, StoredObject, StoreRefused
from evidence.adapters.s3_direct import Direct
from evidence.adapters.s3_presign import Lock, sha256_of
from evidence.adapters.s3_transport import raise_for, sorted_errors
from evidence.settings import LockMode


def head(direct: Direct, bucket: str, key: str, *, version_id: str | None = None) -> StoredObject | None:
    """None if it is not there. Only HEAD shows the checksum on every server, not GetObjectAttributes."""
    headers = _head(direct, bucket, key, version_id)
    if headers is None:
        return None
    return StoredObject(
        ref=ObjectRef(bucket=bucket, key=key, version_id=headers.get("x-amz-version-id", "")),
        size=int(headers["content-length"]),
        sha256=sha256_of(headers.get("x-amz-checksum-sha256")),
        content_type=headers.get("content-type", ""),
        locked_until=_until(headers),
    )


def lock_of(direct: Direct, ref: ObjectRef) -> Lock | None:
    """The lock of one version, None if it has none; ``StoreRefused`` ``absent`` if there is no such version."""
    headers = _head(direct, ref.bucket, ref.key, ref.version_id)
    if headers is None:
        raise StoreRefused("absent", "no such version")
    until = _until(headers)
    return Lock(LockMode(headers["x-amz-object-lock-mode"]), until) if until else None


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
    return oldest_versions(client, bucket, key).get(key)


def oldest_versions(client: Any, bucket: str, prefix: str) -> dict[str, str]:
    """The first version's id of every key under ``prefix``."""
    return {version.ref.key: version.ref.version_id for version in versions(client, bucket, prefix)}


def keys(client: Any, bucket: str, *, prefix: str = "", before: datetime | None = None) -> Iterator[str]:
    """The keys under ``prefix``, of objects last written before ``before`` if that is given."""
    for page in _pages(client, "list_objects_v2", Bucket=bucket, Prefix=prefix):
        for entry in page.get("Contents", ()):
            if before is None or entry["LastModified"] < before:
                yield entry["Key"]


def _pages(client: Any, operation: str, **asked: str) -> Iterator[Mapping[str, Any]]:
    pages = iter(client.get_paginator(operation).paginate(**asked))
    while True:
        with sorted_errors(f"list {asked['Bucket']}"):
            page = next(pages, None)
        if page is None:
            return
        yield page


def _head(direct: Direct, bucket: str, key: str, version_id: str | None) -> Mapping[str, str] | None:
    query = {} if version_id is None else {"versionId": version_id}
    answer = direct.request("HEAD", f"{bucket}/{key}", query=query, headers={"x-amz-checksum-mode": "ENABLED"})
    if answer.status == 404:
        return None
    raise_for(answer, "HEAD")
    return answer.headers


def _until(headers: Mapping[str, str]) -> datetime | None:
    found = headers.get("x-amz-object-lock-retain-until-date")
    return datetime.fromisoformat(found).astimezone(UTC) if found else None
