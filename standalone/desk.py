"""Signed-in people and machines as simple HTTP clients: what a console or a laboratory's system sends."""

import time
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import httpx
import pyotp

from standalone.phone import Phone, checked

HEADERS = {"x-requested-with": "casquillo"}
TOTP_STEP_S = 30


class Person:
    """A person with a session cookie. A TOTP code is good once, so a second sign-in waits for the next step."""

    def __init__(self, base_url: str, secrets: Mapping[str, str], username: str) -> None:
        self.http = httpx.Client(base_url=base_url, headers={**HEADERS, "origin": base_url}, timeout=30)
        self.secrets, self.username = secrets, username

    def sign_in(self) -> dict[str, Any]:
        """Signs in with password and the present code; tries the next code once when this one was used already."""
        known = {"username": self.username, "password": self.secrets["password"]}
        me: dict[str, Any] = self._with_code("/api/v1/session", known, refused=401).json()
        return me

    def show_factor(self) -> None:
        """Shows the second factor again: decisions ask for one that is not older than 15 minutes."""
        self._with_code("/api/v1/session/factor", {}, refused=403)

    def _with_code(self, path: str, body: Mapping[str, Any], *, refused: int) -> httpx.Response:
        for attempt in (1, 2, 3):
            code = pyotp.TOTP(self.secrets["totp_secret"]).now()
            answer = self.http.post(path, json={**body, "totp": code})
            if answer.status_code != refused or attempt == 3:
                break
            time.sleep(TOTP_STEP_S - time.time() % TOTP_STEP_S + 0.1)
        return checked(answer)

    def get(self, path: str, **params: Any) -> httpx.Response:
        return checked(self.http.get(f"/api/v1{path}", params=params))

    def post(self, path: str, body: Mapping[str, Any] | None = None, *, etag: str | None = None) -> httpx.Response:
        answer = self._post(path, body, etag)
        if answer.status_code == 403 and answer.json()["code"] == "fresh_factor_required":
            self.show_factor()
            answer = self._post(path, body, etag)
        return checked(answer)

    def _post(self, path: str, body: Mapping[str, Any] | None, etag: str | None) -> httpx.Response:
        headers = {"if-match": etag} if etag else {}
        return self.http.post(f"/api/v1{path}", json=dict(body or {}), headers=headers)

    def approve(self, submission_id: str, serial: str | None = None) -> httpx.Response:
        """Approves as a supervisor does: every photo and warning opened, the serial read where it counts."""
        path = f"/submissions/{submission_id}"
        shown = self.get(path).json()
        for media in shown["agency"]["media"]:
            if media["preview"] == "ready":
                self.get(f"{path}/media/{media['id']}/preview")
        row = shown["submission"]
        if serial is not None:  # some warnings follow from its characters: they are told after the own reading
            reading = {"status": "legible", "text": serial, "how": "supervisor"}
            self.post(f"/captures/{row['root_id']}/items/{row['item_id']}/readings", reading)
        answer = self.get(path)
        agency = answer.json()["agency"]
        body = {
            "decision": "approve",
            "digest": answer.json()["submission"]["digest"],
            "findings_seen": max((finding["number"] for finding in agency["findings"]), default=0),
            "opened": [f"{one['code']}|{one['about'] or ''}" for one in agency["warnings"] if one["level"] == "amber"],
        }
        return self.post(f"{path}/decision", body, etag=answer.headers["etag"])

    def name_prosecutor(self, capture_id: UUID, name: str = "Ministerio Público M-501") -> None:
        """States who leads the case; from then on that prosecutor reads it."""
        said = {"scope": "capture", "scope_id": str(capture_id), "values": {"legal.prosecutor": name}}
        self.post(f"/captures/{capture_id}/supplements", {**said, "reason": "Puesta a disposición"})

    def close(self) -> None:
        self.http.close()


def machine(base_url: str, token: str) -> httpx.Client:
    """A laboratory's or desk's own system."""
    return httpx.Client(base_url=base_url, headers={"authorization": f"Bearer {token}"}, timeout=30)


def enrolled_phone(officer: Person, http: httpx.Client) -> Phone:
    """A phone of a signed-in officer, enrolled and connected (agencies whose policy is ``self``)."""
    me = officer.get("/session").json()
    offer = officer.post("/devices/nonce").json()
    phone = Phone(
        http,
        agency_id=UUID(me["organisation_id"]),
        officer_id=UUID(me["person_id"]),
        service_id=UUID(offer["service_id"]),
    )
    phone.pin(officer.post("/devices", phone.enrolment(offer["nonce"])).json())
    phone.connect()
    return phone
