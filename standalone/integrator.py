"""The reference client of a laboratory's own system: claim, fetch, verify, receive, enter, answer, all by token.

It uses HTTP and nothing of this service's code, so that it can be read as the example that it is
(``docs/integrators.md``). Every id of its own is made before it is sent, so that a repeat changes nothing.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx

SIGNED_WITHIN_S = 300


class Damaged(Exception):
    """A file is not the one that the officer's phone signed."""


@dataclass(frozen=True)
class Job:
    """One request that was taken on, and the dossier that it is about."""

    submission_id: str
    capture_id: str
    item_id: str
    digest: str
    document: Mapping[str, Any]
    media: tuple[Mapping[str, Any], ...]


class Laboratory:
    """One laboratory's machine. ``token`` is its bearer, ``base_url`` the service's."""

    def __init__(self, base_url: str, token: str, *, destination: str = "ballistics") -> None:
        self._http = httpx.Client(base_url=base_url, headers={"authorization": f"Bearer {token}"}, timeout=30)
        self._destination = destination

    def close(self) -> None:
        self._http.close()

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        answer = self._http.request(method, f"/api/v1{path}", json=dict(body) if body is not None else None)
        answer.raise_for_status()
        return answer.json()

    def waiting(self) -> list[dict[str, Any]]:
        """The queue, line by line: folio, item, packages with seals, where the thing is, when it is due."""
        lines: list[dict[str, Any]] = []
        cursor = ""
        while True:
            page = self._call("GET", f"/queues/{self._destination}/items?limit=200{cursor}")
            lines += page["items"]
            if page["next_cursor"] is None:
                return lines
            cursor = f"&cursor={page['next_cursor']}"

    def take(self, submission_id: str | None = None, *, seconds: int = 600) -> Job | None:
        """Claims the next request, or the named one, and takes it on; None when nothing waits."""
        wish = {"limit": 1, "seconds": seconds, "submission_id": submission_id}
        claims = self._call("POST", f"/queues/{self._destination}/leases", wish)["items"]
        if not claims:
            return None
        claim = claims[0]
        self._call("POST", f"/leases/{claim['lease_id']}/acknowledge", {"lease_token": claim["lease_token"]})
        return self.dossier(claim["submission_id"])

    def dossier(self, submission_id: str) -> Job:
        """The approved dossier that is worked on."""
        held = self._call("GET", f"/submissions/{submission_id}")
        row = held["submission"]
        digest = row["accepted_digest"] or row["approved_digest"]
        dossier = next(one for one in held["holder"]["dossiers"] if one["digest"] == digest)
        media = tuple(dossier["digested"]["media"])
        return Job(submission_id, row["root_id"], row["item_id"], digest, dossier["document"], media)

    def fetch(self, job: Job, media: Mapping[str, Any]) -> bytes:
        """One original, by a URL of a minute; ``Damaged`` unless it has the hash that the phone signed."""
        path = f"/submissions/{job.submission_id}/media/{media['id']}/download"
        # The URL is the store's own: it must not be sent our token.
        data = httpx.get(self._call("POST", path, {})["url"], timeout=60).raise_for_status().content
        if len(data) != media["size"] or hashlib.sha256(data).hexdigest() != media["sha256"]:
            raise Damaged(str(media["id"]))
        return data

    def receive(self, job: Job, *, given_by: str, taken_by: str, seal: str) -> None:
        """Says that the thing came, with the seal as it was read. Another seal is a mismatch, not an error."""
        stated = {package["seal"] for package in job.document["packages"]}
        facts = {"from": given_by, "to": taken_by, "note": f"Sello: {seal}"}
        if seal not in stated:
            self._happened(job, "mismatch", {**facts, "mismatches": ["seal_number"]})
        self._happened(job, "received", facts)

    def _happened(self, job: Job, kind: str, facts: Mapping[str, Any]) -> None:
        event = {
            "event_id": str(uuid4()),
            "kind": kind,
            "item_ids": [job.item_id],
            "happened_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "submission_id": job.submission_id,
            **facts,
        }
        self._call("POST", f"/captures/{job.capture_id}/events", event)

    def enter(self, job: Job, facts: Mapping[str, Any], *, unsuitable: str | None = None) -> str:
        """What went into the imaging system, by the lists of the OpenFMC draft; or why it did not."""
        body = {"acquisition_id": str(uuid4()), "facts": dict(facts), "unsuitable": unsuitable}
        return str(self._call("POST", f"/submissions/{job.submission_id}/acquisitions", body)["acquisition_id"])

    def answer(self, job: Job, code: str, facts: Mapping[str, Any], *, final: bool, **more: Any) -> str:
        """An answer over the dossier that was worked on; ``more`` may name examiners and the answer it supersedes."""
        body = {
            "result_id": str(uuid4()),
            "answers_digest": job.digest,
            "code": code,
            "final": final,
            "facts": dict(facts),
            **more,
        }
        return str(self._call("POST", f"/submissions/{job.submission_id}/results", body)["result_id"])


def is_from_casquillo(secret: str, headers: Mapping[str, str], body: bytes, *, now: datetime) -> bool:
    """Whether a webhook's body is signed with our secret, not long ago (Standard Webhooks)."""
    sent_at = headers["webhook-timestamp"]
    if abs(now.timestamp() - int(sent_at)) > SIGNED_WITHIN_S:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{sent_at}.".encode() + body
    made = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest(made, one) for one in headers["webhook-signature"].split(" "))
