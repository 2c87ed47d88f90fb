"""OpenID providers of organisations, as a Protocol."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
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


class Fault(StrEnum):
    """Why a provider can't be used, for whoever sets it up."""

    ADDRESS = "address"  # the issuer may not be asked
    SILENT = "silent"  # nobody answered, or endlessly
    DOCUMENT = "document"  # what answered is no discovery document
    OTHER_ISSUER = "other_issuer"  # the document names another issuer
    ENDPOINT = "endpoint"  # an endpoint is missing, or may not be asked


@dataclass(frozen=True)
class Discovery:
    """What a provider says of itself (OpenID Connect Discovery 1.0, section 3); a list that it leaves out is empty."""

    authorization: str
    token: str
    keys: str
    sign_out: str | None
    secret_in_body: bool
    claims: tuple[str, ...]
    factor_values: tuple[str, ...]


class IdentityUnavailable(Exception):
    """The provider did not answer as one; the text says why, for the service's log."""

    def __init__(self, why: str, fault: Fault = Fault.SILENT) -> None:
        super().__init__(why)
        self.fault = fault


class IdentityRefused(Exception):
    """The provider said no, or its token does not stand; the text says why, for the service's log."""


class IdentityProviders(Protocol):
    """Authorization code with PKCE (OpenID Connect Core 1.0). Each call asks over the network."""

    def discover(self, issuer: str) -> Discovery:
        """What the provider says of itself now; ``IdentityUnavailable`` with its fault otherwise."""
        ...

    def authorization_url(self, client: Client, trip: Trip) -> str:
        """Where the person's browser goes; ``IdentityUnavailable`` when the provider can't be discovered."""
        ...

    def identify(self, client: Client, trip: Trip, *, code: str, now: datetime) -> Identity:
        """Redeems the code and checks the ID token: signature by the provider's keys, issuer, audience, nonce,
        times. ``IdentityRefused`` or ``IdentityUnavailable`` otherwise."""
        ...


class NoIdentity:
    """For programs that sign nobody in."""

    def discover(self, issuer: str) -> Discovery:
        raise IdentityUnavailable("this program asks no provider")

    def authorization_url(self, client: Client, trip: Trip) -> str:
        raise IdentityUnavailable("this program asks no provider")

    def identify(self, client: Client, trip: Trip, *, code: str, now: datetime) -> Identity:
        raise IdentityUnavailable("this program asks no provider")


NO_IDENTITY = NoIdentity()
