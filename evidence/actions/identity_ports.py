"""OpenID providers of organisations, as a Protocol."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True)
class Client:
    """As whom we ask a provider. ``secret`` is None for a client without one."""

    issuer: str
    client_id: str
    secret: str | None = field(repr=False)


@dataclass(frozen=True)
class Trip:
    """What binds a person's way to the provider and back: state, nonce and the PKCE verifier."""

    redirect_uri: str
    state: str
    nonce: str
    verifier: str = field(repr=False)


@dataclass(frozen=True)
class Identity:
    """What a provider's ID token says, checked. ``sign_out``: where the provider's own session ends, if it can."""

    claims: Mapping[str, Any]
    sign_out: str | None


class IdentityUnavailable(Exception):
    """The provider did not answer as one; the text says why, for the service's log."""


class IdentityRefused(Exception):
    """The provider said no, or its token does not stand; the text says why, for the service's log."""


class IdentityProviders(Protocol):
    """Authorization code with PKCE (OpenID Connect Core 1.0). Both calls ask over the network."""

    def authorization_url(self, client: Client, trip: Trip) -> str:
        """Where the person's browser goes; ``IdentityUnavailable`` when the provider can't be discovered."""
        ...

    def identify(self, client: Client, trip: Trip, *, code: str, now: datetime) -> Identity:
        """Redeems the code and checks the ID token: signature by the provider's keys, issuer, audience, nonce,
        times. ``IdentityRefused`` or ``IdentityUnavailable`` otherwise."""
        ...


class NoIdentity:
    """For programs that sign nobody in."""

    def authorization_url(self, client: Client, trip: Trip) -> str:
        raise IdentityUnavailable("this program asks no provider")

    def identify(self, client: Client, trip: Trip, *, code: str, now: datetime) -> Identity:
        raise IdentityUnavailable("this program asks no provider")


NO_IDENTITY = NoIdentity()
