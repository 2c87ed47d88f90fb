"""What must hold after every fault: the store has the file's very bytes, once, and the receipt verifies offline."""

import hashlib
import time
from typing import Any

from evidence.domain.canonical import b64url_decode, jcs
from evidence.domain.log.merkle import BadProof
from evidence.domain.log.proof import verify_proof
from tests.browser.officer import Officer
from tests.e2e.conftest import Running

ARRIVES_S = 90
BUSY_MS = 60_000


def documents(me: Officer) -> list[dict[str, Any]]:
    """The outbox, oldest first."""
    rows: list[dict[str, Any]] = me.rows("outbox")
    return sorted(rows, key=lambda row: (row["device_id"], row["seq"]))


def all_done(me: Officer) -> list[dict[str, Any]]:
    """Waits until every document of the phone has its receipt or acknowledgement; none waits for a person."""
    deadline = time.monotonic() + ARRIVES_S
    rows = documents(me)
    while any(row["stage"] != "done" for row in rows):
        said = [(row["seq"], row["stage"], row["stuck"], row["files"]) for row in rows if row["stage"] != "done"]
        assert time.monotonic() < deadline, said
        assert [row["stuck"] for row in rows if row["stuck"]] == [], said
        me.page.wait_for_timeout(200)
        rows = documents(me)
    return rows


def stands_whole(running: Running, supervisor: str, me: Officer, row: dict[str, Any]) -> list[str]:
    """Bytes and receipt of one sent document. The SHA-256 of each file, as its bytes at the store give it."""
    known = running.person(supervisor).get(f"/captures/{row['id']}").json()
    assert [one["sha256"] for one in known["manifests"]] == [row["sha256"]], "one document, and the phone's own"
    client = running.service.store.client(admin=False)
    bucket = running.service.store.originals
    found = []
    for file in row["files"]:
        key = f"originals/{known['agency_id']}/{row['id']}/{file['media_id']}/{file['sha256']}"
        versions = client.list_object_versions(Bucket=bucket, Prefix=key).get("Versions", [])
        if file["state"] == "withheld":
            assert versions == [], "what was kept back is nowhere"
            continue
        assert file["state"] == "safe"
        (version,) = versions
        stored = client.get_object(Bucket=bucket, Key=key, VersionId=version["VersionId"])["Body"].read()
        found.append(hashlib.sha256(stored).hexdigest())
        assert (found[-1], len(stored)) == (file["sha256"], file["size"])
    here = {file["media_id"] for file in me.rows("files")}
    assert here & {file["media_id"] for file in row["files"] if file["state"] == "safe"} == set()
    receipt_holds(me, row)
    return found


def receipt_holds(me: Officer, row: dict[str, Any]) -> None:
    """The phone's receipt, verified as a stranger would, by the keys that this phone pinned."""
    (receipt,) = [one["receipt"] for one in me.rows("receipts") if one["sha256"] == row["sha256"]]
    entry, details = receipt["entry"], receipt["details"]
    opened = hashlib.sha256(b64url_decode(receipt["salt"]) + jcs(details)).hexdigest()
    assert entry["details_sha256"] == opened
    assert details["manifest_sha256"] == row["sha256"]
    assert [line["sha256"] for line in details["media"]] == [file["sha256"] for file in row["files"]]
    enrolment = next(one for one in me.rows("enrolments") if one["device_id"] == row["device_id"])
    proven = []
    for key in enrolment["pinned"]["log_keys"]:
        try:
            proven.append(verify_proof(receipt["proof"], hashlib.sha256(jcs(entry)).digest(), key))
        except BadProof:
            continue
    assert proven, "no pinned key signed it"
