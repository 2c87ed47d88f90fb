"""The web app's files: pages, hashed assets, the service worker. Their headers are said here and nowhere else."""

from pathlib import Path
from urllib.parse import urlsplit

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound
from werkzeug.security import safe_join
from werkzeug.wrappers import Response as BaseResponse

from api import boundary
from api.auth import requires
from evidence.domain.roles import Verb
from evidence.settings import Settings

blueprint = Blueprint("web", __name__)

PAGES = {"": "index.html", "desk": "desk.html", "verify": "verify.html", "log": "log.html"}
TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
# Names of assets hold a hash of their content, so a copy never goes stale; everything else is asked for again.
IMMUTABLE = "public, max-age=31536000, immutable"
REVALIDATE = "no-cache"
PERMISSIONS = (
    "camera=(self), geolocation=(self), publickey-credentials-create=(self), publickey-credentials-get=(self), "
    "bluetooth=(), display-capture=(), microphone=(), payment=(), usb=()"
)
# What is dropped on the verifier must not leave it: the browser itself sees to that.
SILENT = frozenset({"verify.html"})
NOT_BUILT = "The web app is not built here: run `make web`. The API is at /api/v1.\n"


@blueprint.get("/", defaults={"page": ""})
@blueprint.get("/<any(desk, verify, log):page>")
@requires(Verb.OPEN)
def get_page(page: str) -> BaseResponse:
    """One of the four pages. Which screen of it is shown stands behind the ``#``, which never reaches us."""
    return _answer(PAGES[page], cache=REVALIDATE)


@blueprint.get("/assets/<path:name>")
@requires(Verb.OPEN)
def get_asset(name: str) -> BaseResponse:
    """A part of the build, kept by browsers for ever."""
    return _answer(f"assets/{name}", cache=IMMUTABLE)


@blueprint.get("/icons/<path:name>")
@requires(Verb.OPEN)
def get_icon(name: str) -> BaseResponse:
    """An icon of the app."""
    return _answer(f"icons/{name}", cache=REVALIDATE)


@blueprint.get("/<any('sw.js', 'manifest.webmanifest'):name>")
@requires(Verb.OPEN)
def get_named(name: str) -> BaseResponse:
    """The service worker and the app's manifest: under one name each, so that a phone finds the next build's."""
    return _answer(name, cache=REVALIDATE)


def _answer(name: str, *, cache: str) -> BaseResponse:
    """A file of the build, packed where the browser takes gzip; 503 with a sentence where nothing was built."""
    settings = boundary.wiring().settings
    if not (settings.web_root / "index.html").is_file():
        return Response(NOT_BUILT, status=503, mimetype="text/plain")
    kind, found = TYPES.get(Path(name).suffix), safe_join(str(settings.web_root), name)
    if kind is None or found is None or not Path(found).is_file():
        raise NotFound
    packed = request.accept_encodings.quality("gzip") > 0 and Path(f"{found}.gz").is_file()
    # Read at once: a build's files are small, and a file that streams would stay open behind a 304.
    answer = Response(Path(f"{found}.gz" if packed else found).read_bytes(), mimetype=kind)
    if packed:
        answer.headers["Content-Encoding"] = "gzip"
    answer.headers.update(page_headers(settings, silent=name in SILENT))
    answer.headers["Cache-Control"] = cache
    answer.headers["Vary"] = "Accept-Encoding"
    answer.add_etag()
    return answer.make_conditional(request)


def page_headers(settings: Settings, *, silent: bool = False) -> dict[str, str]:
    """What a page may do: run our own scripts, talk to us and to the store, use camera and position.

    A ``silent`` page may send nothing to anyone. No markup can turn into code: only Svelte's policy makes HTML, only
    ours names the service worker's script.
    """
    store = "" if settings.relay else f" {_origin_of(settings.s3_public_endpoint)}"
    connect = "'none'" if silent else f"'self'{store}"
    policy = (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob:",
        "font-src 'self'",
        f"connect-src {connect}",
        "worker-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types svelte-trusted-html casquillo",
    )
    return {"Content-Security-Policy": "; ".join(policy), "Permissions-Policy": PERMISSIONS}


def _origin_of(endpoint: str) -> str:
    parts = urlsplit(endpoint)
    return f"{parts.scheme}://{parts.netloc}"
