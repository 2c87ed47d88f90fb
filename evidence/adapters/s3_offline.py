"""The offline key: the one credential that may remove a locked version. It is kept apart from every process."""

import json
from datetime import datetime
from pathlib import Path

from evidence.actions.store_ports import ObjectRef, StoreRefused
from evidence.adapters.s3_transport import make_client, sorted_errors
from evidence.settings import LockMode, Settings, SettingsError


class OfflineStore:
    """The store, by a key that may bypass GOVERNANCE. ``file`` holds ``{"access_key": …, "secret_key": …}``."""

    def __init__(self, settings: Settings, file: Path) -> None:
        try:
            key = json.loads(file.read_bytes())
            access, secret = str(key["access_key"]), str(key["secret_key"])
        except (OSError, ValueError, KeyError, TypeError):
            raise SettingsError([f"{file} does not hold an access_key and a secret_key"]) from None
        self._previews = settings.bucket_previews
        self._client = make_client(
            endpoint=settings.s3_endpoint, region=settings.s3_region, access_key=access, secret_key=secret
        )

    def close(self) -> None:
        self._client.close()

    def check(self, ref: ObjectRef, *, now: datetime) -> None:
        """``StoreRefused`` ``compliance`` for a version that yields to nobody before its date, ``absent`` for none."""
        with sorted_errors("look at a version"):
            head = self._client.head_object(Bucket=ref.bucket, Key=ref.key, VersionId=ref.version_id)
        until = head.get("ObjectLockRetainUntilDate")
        if head.get("ObjectLockMode") == LockMode.COMPLIANCE.value and until is not None and until > now:
            raise StoreRefused(
                "compliance",
                f"A file of the order is locked for everybody until {until:%Y-%m-%d}: nothing was removed.",
            )

    def remove(self, ref: ObjectRef) -> None:
        """Removes a version, locked or not; one that is gone already is no error."""
        named = {"VersionId": ref.version_id, "BypassGovernanceRetention": True} if ref.version_id else {}
        with sorted_errors("remove a version"):
            self._client.delete_object(Bucket=ref.bucket, Key=ref.key, **named)

    def remove_preview(self, key: str) -> None:
        """Removes what was derived from an original."""
        self.remove(ObjectRef(self._previews, key, ""))
