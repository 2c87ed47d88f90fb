"""The Flask application: nouns, problems, security headers. It is given everything; it reads no environment."""

import threading
import uuid
from typing import Any

import structlog
from flask import Flask, Response, g, request
from werkzeug.middleware.proxy_fix import ProxyFix

from api import boundary, leftovers, problems, web
from api.boundary import Wiring
from api.nouns import NOUNS
from api.smorest import BASE, Api
from evidence.settings import Settings

JSON_LIMIT = 1024 * 1024  # bytes; a manifest is at most 256 KiB, the relay sets its own limit

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}

SPEC = {
    "title": "Casquillo",
    "version": "v1",
    "openapi_version": "3.1.0",
    "info": {"description": "Evidence capture service for recovered firearms."},
    "servers": [{"url": "/"}],
}


def create_app(parts: Wiring) -> Flask:
    """The application over ``parts``; the same in tests, standalone and production."""
    app = Flask("casquillo", static_folder=None)
    app.config.update(
        MAX_CONTENT_LENGTH=JSON_LIMIT,
        API_TITLE=SPEC["title"],
        API_VERSION=SPEC["version"],
        OPENAPI_VERSION=SPEC["openapi_version"],
        OPENAPI_URL_PREFIX=BASE,
        OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS={
            "info": SPEC["info"],
            "servers": SPEC["servers"],
            "security": [{"bearer": []}, {"cookie": []}],
        },
    )
    app.json.sort_keys = False  # type: ignore[attr-defined]  # declared on the default provider, which this is
    if parts.settings.trusted_proxies:  # the client's address only: host and scheme come from the settings
        proxied = ProxyFix(app.wsgi_app, x_for=parts.settings.trusted_proxies, x_proto=0, x_host=0)
        app.wsgi_app = proxied  # type: ignore[method-assign]  # as Flask's own documentation wraps an application
    boundary.install(app, parts)
    app.extensions["casquillo_relay_slots"] = threading.BoundedSemaphore(parts.settings.relay_slots)
    problems.install(app)
    api = Api(app)
    _describe_credentials(api)
    for noun in NOUNS:
        api.register_blueprint(noun)
    app.register_blueprint(web.blueprint)
    app.before_request(_open_request)
    app.after_request(_close_request(parts.settings))
    return app


def _describe_credentials(api: Api) -> None:
    bearer = {"type": "http", "scheme": "bearer", "description": "csq_… of a machine, csd_… of a phone"}
    cookie = {"type": "apiKey", "in": "cookie", "name": "__Host-casquillo"}
    api.spec.components.security_scheme("bearer", bearer)
    api.spec.components.security_scheme("cookie", cookie)


def _open_request() -> None:
    g.request_id = uuid.uuid4().hex
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(
        request_id=g.request_id, method=request.method, path=request.path, client=request.remote_addr
    )


def _close_request(settings: Settings) -> Any:
    def close(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if settings.secure:
            response.headers.setdefault("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
        response.headers["X-Request-Id"] = g.get("request_id", "")
        return leftovers.clear(response)

    return close
