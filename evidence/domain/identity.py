"""Rules of signing in by an organisation's own identity provider (OpenID Connect)."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from evidence.domain.canonical import sha256_hex
from evidence.domain.errors import invalid

LOOPBACK = ("localhost", "127.0.0.1", "::1")
LONGEST = 255  # of a subject (OpenID Connect Core, 2) and of a user name
CLOCKS_DIFFER_S = 60


def is_address(url: str, *, loopback: bool) -> bool:
    """Whether a URL may be asked: https to a named host on 443 or 8443; with ``loopback`` also http to this machine."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    if not parts.hostname or parts.username or parts.password or parts.fragment or len(url) > 500:
        return False
    if loopback and parts.scheme == "http" and parts.hostname in LOOPBACK:
        return True
    return parts.scheme == "https" and port in (None, 443, 8443)


def check_issuer(url: str, *, loopback: bool) -> None:
    """422 ``issuer`` for what can't be one."""
    if not is_address(url, loopback=loopback) or "?" in url:
        raise invalid("issuer", issuer="https, a host name, port 443 or 8443, and no user, query or fragment")


def username_of(claims: Mapping[str, Any], name_claim: str) -> str | None:
    """The user name that the chosen claim holds; an address that the provider did not verify is none."""
    name = claims.get(name_claim)
    if not isinstance(name, str) or not 0 < len(name.strip()) <= LONGEST:
        return None
    if name_claim == "email" and claims.get("email_verified") is not True:
        return None
    return name.strip().lower()


def subject_of(issuer: str, claims: Mapping[str, Any]) -> str | None:
    """Who somebody is at a provider, as one hash: names are given to other people, subjects never."""
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST:
        return None
    return sha256_hex(f"{issuer}\n{subject}".encode())


def shows_second_factor(claims: Mapping[str, Any], values: Sequence[str]) -> bool:
    """Whether ``acr``, or one of ``amr``, is a value that the organisation counts as a second factor."""
    amr = claims.get("amr")
    said = [claims.get("acr"), *(amr if isinstance(amr, list) else [])]
    return any(isinstance(one, str) and one in values for one in said)


def shown_at(claims: Mapping[str, Any], now: datetime) -> datetime:
    """When the person was last asked there: an old session at the provider is no fresh factor here.

    A provider that does not say it, or says what can't be, has shown nothing: then it was long ago.
    """
    at = claims.get("auth_time")
    if isinstance(at, bool) or not isinstance(at, int | float) or not 0 <= at <= now.timestamp() + CLOCKS_DIFFER_S:
        return datetime.fromtimestamp(0, UTC)
    return min(datetime.fromtimestamp(at, UTC), now)
