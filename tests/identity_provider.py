"""An OpenID provider on this machine: discovery, keys, authorize, token, over real HTTP; honest, or as an attacker."""

import json
import secrets
import threading
import time
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey

from evidence.domain.canonical import b64url

CLIENT_ID, SECRET = "casquillo", "un-secreto-inventado~2026"


@dataclass
class Forgery:
    """What an attacker's provider does otherwise; ``claims`` replace the honest ones, None takes one away."""

    claims: dict[str, Any] = field(default_factory=dict)
    alg: str = "ES256"
    own_key: bool = False
    token_status: int = 200


@dataclass
class IdentityProvider:
    """``person`` is whoever sits at its login; each authorization answers at once, without a page."""

    person: dict[str, Any] = field(default_factory=dict)
    forgery: Forgery = field(default_factory=Forgery)
    asked: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.key = ECKey.generate_key("P-256", {"kid": "k1", "use": "sig"})
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider._get(self)

            def do_POST(self) -> None:
                provider._post(self)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)

    def _get(self, on: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(on.path)
        self.asked.append(parts.path)
        if parts.path == "/.well-known/openid-configuration":
            _answer(on, self.document())
        elif parts.path == "/keys":
            _answer(on, KeySet([self.key]).as_dict(private=False))
        elif parts.path == "/authorize":
            to = self.authorize({name: values[0] for name, values in parse_qs(parts.query).items()})
            on.send_response(302)
            on.send_header("Location", to)
            on.end_headers()
        elif parts.path == "/out":
            page = b"<!doctype html><html lang=es><title>Fuera</title><h1>Sesion terminada</h1></html>"
            on.send_response(200)
            on.send_header("Content-Type", "text/html; charset=utf-8")
            on.send_header("Content-Length", str(len(page)))
            on.end_headers()
            on.wfile.write(page)
        else:
            _answer(on, {"error": "not_found"}, 404)

    def document(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "end_session_endpoint": f"{self.issuer}/out",
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        }

    def authorize(self, asked: Mapping[str, str]) -> str:
        """Lets its person through: the address to which the browser is sent back."""
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT_ID
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(16)
        self.codes[code] = dict(asked)
        return asked["redirect_uri"] + "?" + urlencode({"code": code, "state": asked["state"]})

    def _post(self, on: BaseHTTPRequestHandler) -> None:
        length = int(on.headers.get("Content-Length") or 0)
        form = {name: values[0] for name, values in parse_qs(on.rfile.read(length).decode()).items()}
        self.asked.append(urlsplit(on.path).path)
        if self.forgery.token_status != 200:
            _answer(on, {"error": "server_error"}, self.forgery.token_status)
        elif not self._may(on.headers.get("Authorization") or ""):
            _answer(on, {"error": "invalid_client"}, 401)
        else:
            asked = self.codes.pop(form.get("code", ""), None)
            challenge = b64url(sha256(form.get("code_verifier", "").encode()).digest())
            fits = asked is not None and asked["code_challenge"] == challenge
            if asked is None or not fits or form.get("redirect_uri") != asked["redirect_uri"]:
                _answer(on, {"error": "invalid_grant"}, 400)
            else:
                _answer(on, {"access_token": "at", "token_type": "Bearer", "id_token": self.id_token(asked["nonce"])})

    def _may(self, header: str) -> bool:
        scheme, _, sent = header.partition(" ")
        name, _, secret = b64decode(sent or "").decode().partition(":")
        return (scheme, name, secret) == ("Basic", CLIENT_ID, SECRET)

    def id_token(self, nonce: str) -> str:
        now = int(time.time())
        honest = {"iss": self.issuer, "aud": CLIENT_ID, "sub": f"s-{self.person.get('preferred_username')}"}
        claims = {**honest, "iat": now, "exp": now + 300, "nonce": nonce, "auth_time": now, **self.person}
        claims.update(self.forgery.claims)
        claims = {name: value for name, value in claims.items() if value is not None}
        if self.forgery.alg == "none":
            parts = [{"alg": "none", "typ": "JWT"}, claims]
            return ".".join([*(b64url(json.dumps(one).encode()) for one in parts), ""])
        if self.forgery.alg == "HS256":
            return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET), algorithms=["HS256"])
        key = ECKey.generate_key("P-256") if self.forgery.own_key else self.key
        return jwt.encode({"alg": "ES256", "kid": "k1"}, claims, key)


def _answer(on: BaseHTTPRequestHandler, body: Mapping[str, Any], status: int = 200) -> None:
    data = json.dumps(body).encode()
    on.send_response(status)
    on.send_header("Content-Type", "application/json")
    on.send_header("Content-Length", str(len(data)))
    on.end_headers()
    on.wfile.write(data)
