"""Passkeys (WebAuthn level 2): what a browser is asked, and whether its answer stands. Pure: challenges are arguments.

A passkey always verifies its person, so it is both factors at once; one without that is refused.
"""

import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import webauthn
from webauthn.helpers import options_to_json
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

SERVICE = "Casquillo"
PATIENCE_MS = 60_000
LONGEST_ID = 1023  # bytes (WebAuthn, 4, credential id)
TRANSPORTS = frozenset(one.value for one in AuthenticatorTransport)


class BadPasskey(Exception):
    """The answer does not stand; the text says why, for the service's log."""


@dataclass(frozen=True)
class Party:
    """Whose page may ask. ``rp_id`` is a host name; ``origin`` the one page's origin."""

    rp_id: str
    origin: str


@dataclass(frozen=True)
class Known:
    """A credential as the browser needs it to find it again."""

    credential_id: bytes
    transports: Sequence[str]


@dataclass(frozen=True)
class Made:
    """A new credential that stands. ``public_key`` is COSE."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    transports: list[str]
    backed_up: bool


@dataclass(frozen=True)
class Shown:
    """A credential was used. ``copied``: its counter did not move on, so another device may hold its key."""

    sign_count: int
    backed_up: bool
    copied: bool


def creation(
    party: Party, *, challenge: bytes, account_id: UUID, username: str, name: str, known: Sequence[Known]
) -> dict[str, Any]:
    """Options of ``navigator.credentials.create``, binary members in base64url; ``known`` can't be made twice."""
    options = webauthn.generate_registration_options(
        rp_id=party.rp_id,
        rp_name=SERVICE,
        user_id=account_id.bytes,
        user_name=username,
        user_display_name=name,
        challenge=challenge,
        timeout=PATIENCE_MS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=_described(known),
    )
    return _members(options_to_json(options))


def request(party: Party, *, challenge: bytes, known: Sequence[Known] = ()) -> dict[str, Any]:
    """Options of ``navigator.credentials.get``; without ``known`` the person chooses among the device's own."""
    options = webauthn.generate_authentication_options(
        rp_id=party.rp_id,
        challenge=challenge,
        timeout=PATIENCE_MS,
        allow_credentials=_described(known),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return _members(options_to_json(options))


def check_made(party: Party, answer: Mapping[str, Any], *, challenge: bytes) -> Made:
    """What ``create`` answered, checked (WebAuthn, 7.1). Who made the device is not asked: attestation is none."""
    try:
        found = webauthn.verify_registration_response(
            credential=dict(answer),
            expected_challenge=challenge,
            expected_rp_id=party.rp_id,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except Exception as error:  # a stranger's bytes, parsed by a library that raises what it likes
        raise BadPasskey(f"{type(error).__name__}: {error}") from error
    if len(found.credential_id) > LONGEST_ID:
        raise BadPasskey("the credential's id is too long")
    told = answer.get("response", {}).get("transports")
    transports = sorted({one for one in told if one in TRANSPORTS}) if isinstance(told, list) else []
    return Made(
        found.credential_id, found.credential_public_key, found.sign_count, transports, found.credential_backed_up
    )


def check_shown(
    party: Party, answer: Mapping[str, Any], *, challenge: bytes, account_id: UUID, public_key: bytes, sign_count: int
) -> Shown:
    """What ``get`` answered, checked (WebAuthn, 7.2). ``BadPasskey`` for all but the counter, which ``copied`` tells.

    Credentials here are discoverable, so each says whose it is.
    """
    if _bytes(answer.get("response"), "userHandle") != account_id.bytes:
        raise BadPasskey("the user handle is missing, or another account's")
    try:
        found = webauthn.verify_authentication_response(
            credential=dict(answer),
            expected_challenge=challenge,
            expected_rp_id=party.rp_id,
            expected_origin=party.origin,
            credential_public_key=public_key,
            # The counter is compared below, after the signature: a forger must not be able to cast doubt.
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except Exception as error:  # as above
        raise BadPasskey(f"{type(error).__name__}: {error}") from error
    counts = found.new_sign_count > 0 or sign_count > 0
    copied = counts and found.new_sign_count <= sign_count
    return Shown(found.new_sign_count, found.credential_backed_up, copied)


def credential_id_of(answer: Mapping[str, Any]) -> bytes | None:
    """Which credential an answer claims to be of; None when it names none."""
    found = _bytes(answer, "rawId")
    return found if found and len(found) <= LONGEST_ID else None


def challenge_of(answer: Mapping[str, Any]) -> bytes | None:
    """The challenge that an answer says it answers; None when it can't be read."""
    data = _bytes(answer.get("response"), "clientDataJSON")
    try:
        return _bytes(json.loads(data or b""), "challenge")
    except (ValueError, RecursionError):
        return None


def _bytes(members: Any, name: str) -> bytes | None:
    value = members.get(name) if isinstance(members, Mapping) else None
    if not isinstance(value, str):
        return None
    try:
        return urlsafe_b64decode(value + "=" * (-len(value) % 4))
    except ValueError:
        return None


def _described(known: Sequence[Known]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            id=one.credential_id, transports=[AuthenticatorTransport(way) for way in one.transports]
        )
        for one in known
    ]


def _members(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text)
    return found
