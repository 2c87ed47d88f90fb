"""OpenID providers by Authlib, over requests that reach checked addresses only.

Keys are fetched for each sign-in: they are rare, and a key that the provider withdrew must not count any more.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from authlib.common.errors import AuthlibBaseError
from authlib.common.urls import add_params_to_uri
from authlib.oauth2.client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import get_well_known_url
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from evidence.actions.identity_ports import (
    Client,
    Discovery,
    Fault,
    Identity,
    IdentityRefused,
    IdentityUnavailable,
    Trip,
)
from evidence.adapters.public_http import HttpAnswer, PublicHttp, Unanswered
from evidence.domain.identity import LONGEST, is_address

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]
"""Asymmetric ones only: ``none`` signs nothing, and HS256 would be signed by whoever knows our secret."""

LARGEST = 256 * 1024  # bytes of any answer
LEEWAY_S = 60
KEPT_S = 600  # discovery, so that the open page of the sign-in can't be made to ask again and again
MOST_WORDS = 100
LOGIN_S = 60  # how old a login at the provider may be when the trip begins; zero is misread by some providers
SCOPE = "openid profile email"


class OpenIdProviders:
    """``evidence.actions.identity_ports.IdentityProviders``. ``loopback``: providers may stand on this machine."""

    def __init__(self, http: PublicHttp, *, loopback: bool) -> None:
        self._http, self._loopback = http, loopback
        self._known: dict[str, tuple[float, Discovery]] = {}

    def authorization_url(self, client: Client, trip: Trip) -> str:
        """Where the browser goes, with state, nonce and PKCE. ``prompt=login``: the person is asked each time.

        ``max_age`` obliges the provider to say in ``auth_time`` when it asked (Core, 3.1.2.1 and 2).
        """
        flow = self._flow(client, trip, self._discovered(client.issuer))
        url, _ = flow.create_authorization_url(
            self._discovered(client.issuer).authorization,
            state=trip.state,
            code_verifier=trip.verifier,
            nonce=trip.nonce,
            prompt="login",
            max_age=LOGIN_S,
        )
        return str(url)

    def identify(self, client: Client, trip: Trip, *, code: str, now: datetime) -> Identity:
        provider = self._discovered(client.issuer)
        flow = self._flow(client, trip, provider)
        try:
            token = flow.fetch_token(
                provider.token, grant_type="authorization_code", code=code, code_verifier=trip.verifier
            )
            claims = self._claims(client, trip, provider, token, now)
        except (AuthlibBaseError, JoseError) as error:
            raise IdentityRefused(f"{type(error).__name__}: {error}") from error
        except (ValueError, KeyError, TypeError) as error:
            raise IdentityRefused(f"not a token: {type(error).__name__}") from error
        return Identity(claims, self._sign_out(client, trip, provider))

    def _claims(
        self, client: Client, trip: Trip, provider: Discovery, token: Mapping[str, Any], now: datetime
    ) -> dict[str, Any]:
        keys = KeySet.import_key_set(self._json(provider.keys))  # type: ignore[arg-type]  # checked as it is read
        found = jwt.decode(str(token["id_token"]), keys, algorithms=ALGORITHMS)
        claims = CodeIDToken(
            found.claims,
            found.header,
            options={
                "iss": {"essential": True, "value": client.issuer},
                "aud": {"essential": True, "value": client.client_id},
            },
            params={"nonce": trip.nonce, "client_id": client.client_id, "access_token": token.get("access_token")},
        )
        claims.validate(now=int(now.timestamp()), leeway=LEEWAY_S)
        return dict(claims)

    def _flow(self, client: Client, trip: Trip, provider: Discovery) -> OAuth2Client:
        way = "none" if client.secret is None else "client_secret_post" if provider.secret_in_body else None
        return OAuth2Client(
            session=_Session(self._http),
            client_id=client.client_id,
            client_secret=client.secret,
            token_endpoint_auth_method=way,
            scope=SCOPE,
            redirect_uri=trip.redirect_uri,
            code_challenge_method="S256",
        )

    def _sign_out(self, client: Client, trip: Trip, provider: Discovery) -> str | None:
        if provider.sign_out is None:
            return None
        params = [("client_id", client.client_id), ("post_logout_redirect_uri", trip.redirect_uri)]
        return str(add_params_to_uri(provider.sign_out, params))

    def _discovered(self, issuer: str) -> Discovery:
        known = self._known.get(issuer)
        if known is not None and time.monotonic() < known[0]:
            return known[1]
        return self.discover(issuer)

    def discover(self, issuer: str) -> Discovery:
        """Discovery 1.0, section 4: the document must name the very issuer that was asked."""
        document = self._json(get_well_known_url(issuer, external=True))
        if document.get("issuer") != issuer:
            raise IdentityUnavailable("the provider calls itself something else", Fault.OTHER_ISSUER)
        ways = document.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        provider = Discovery(
            authorization=self._address(document, "authorization_endpoint"),
            token=self._address(document, "token_endpoint"),
            keys=self._address(document, "jwks_uri"),
            sign_out=self._address(document, "end_session_endpoint") if "end_session_endpoint" in document else None,
            secret_in_body="client_secret_basic" not in ways,
            claims=_words(document.get("claims_supported")),
            factor_values=_words(document.get("acr_values_supported")),
        )
        self._known[issuer] = (time.monotonic() + KEPT_S, provider)
        return provider

    def _address(self, document: Mapping[str, Any], name: str) -> str:
        url = document.get(name)
        if not isinstance(url, str) or not is_address(url, loopback=self._loopback):
            raise IdentityUnavailable(f"its {name} may not be asked", Fault.ENDPOINT)
        return url

    def _json(self, url: str) -> dict[str, Any]:
        if not is_address(url, loopback=self._loopback):
            raise IdentityUnavailable("the issuer may not be asked", Fault.ADDRESS)
        answer = _asked(self._http, "GET", url, {"accept": "application/json"})
        try:
            found = json.loads(answer.data) if answer.status == 200 else None
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise IdentityUnavailable(f"no JSON document, HTTP {answer.status}", Fault.DOCUMENT)
        return found


def _words(said: Any) -> tuple[str, ...]:
    """Short texts of a list that a stranger wrote: at most a hundred."""
    listed = said if isinstance(said, list) else []
    return tuple(one for one in listed if isinstance(one, str) and len(one) <= LONGEST)[:MOST_WORDS]


def _asked(http: PublicHttp, method: str, url: str, headers: Mapping[str, str], body: str | None = None) -> HttpAnswer:
    try:
        answer = http.send(method, url, headers=headers, body=body, most=LARGEST + 1)
    except Unanswered as failed:
        raise IdentityUnavailable(str(failed)) from failed
    if len(answer.data) > LARGEST:
        raise IdentityUnavailable("an endless answer")
    return answer


@dataclass(frozen=True)
class _Reply:
    """The few members of an HTTP reply that Authlib reads."""

    status_code: int
    data: bytes

    def json(self) -> Any:
        return json.loads(self.data)

    def raise_for_status(self) -> None:
        if self.status_code >= 400:
            raise IdentityUnavailable(f"HTTP {self.status_code}")


class _Session:
    """The one call that Authlib makes of a session: posting a form, the client's credentials added by its ``auth``."""

    def __init__(self, http: PublicHttp) -> None:
        self._http = http

    def post(self, url: str, *, data: Mapping[str, str], headers: Mapping[str, str], auth: Any) -> _Reply:
        url, headers, body = auth.prepare("POST", url, dict(headers), urlencode(data))
        answer = _asked(self._http, "POST", url, headers, body)
        return _Reply(answer.status, answer.data)
