"""The web app's pages: exact headers, nothing but the build, and a sentence where there is no build."""

import gzip
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from api.app import create_app
from api.document import placeholder_wiring

PAGE = b"<!doctype html><title>Casquillo</title>"
SCRIPT = b"export const answer = 42;\n" * 40


@pytest.fixture
def build(tmp_path: Path) -> Path:
    root = tmp_path / "dist"
    (root / "assets").mkdir(parents=True)
    for page in ("index", "desk", "verify", "log"):
        (root / f"{page}.html").write_bytes(PAGE + page.encode())
    (root / "assets" / "index-abc123.js").write_bytes(SCRIPT)
    (root / "assets" / "index-abc123.js.gz").write_bytes(gzip.compress(SCRIPT))
    (root / "sw.js").write_bytes(SCRIPT)
    (root / "manifest.webmanifest").write_bytes(b"{}")
    (tmp_path / "secret.js").write_bytes(b"not ours to show")
    return root


def client_over(root: Path, *, relay: bool = False) -> FlaskClient:
    parts = placeholder_wiring()
    parts.settings = replace(
        parts.settings, web_root=root, relay=relay, s3_public_endpoint="https://store.example.invalid:9000/path"
    )
    return create_app(parts).test_client()


@pytest.mark.parametrize(("path", "page"), [("/", "index"), ("/desk", "desk"), ("/verify", "verify"), ("/log", "log")])
def test_a_page_is_asked_for_again_each_time(build: Path, path: str, page: str) -> None:
    client = client_over(build)
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.data.endswith(page.encode())
    assert answer.content_type == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"
    again = client.get(path, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    assert again.headers["Content-Security-Policy"] == answer.headers["Content-Security-Policy"]


def test_the_policy_lets_a_page_run_our_scripts_and_reach_the_store_only(build: Path) -> None:
    answer = client_over(build).get("/")
    policy = answer.headers["Content-Security-Policy"].split("; ")
    assert policy[0] == "default-src 'none'"
    assert "script-src 'self'" in policy
    assert "connect-src 'self' https://store.example.invalid:9000" in policy
    assert "require-trusted-types-for 'script'" in policy
    assert "trusted-types svelte-trusted-html casquillo" in policy
    assert not any("unsafe" in part or "data:" in part or "*" in part for part in policy)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "camera=(self), geolocation=(self)" in answer.headers["Permissions-Policy"]


def test_the_verifier_may_send_nothing(build: Path) -> None:
    policy = client_over(build).get("/verify").headers["Content-Security-Policy"].split("; ")
    assert "connect-src 'none'" in policy
    assert "form-action 'none'" in policy
    assert "script-src 'self'" in policy


def test_where_everything_goes_through_us_the_store_is_not_named(build: Path) -> None:
    policy = client_over(build, relay=True).get("/").headers["Content-Security-Policy"]
    assert "connect-src 'self';" in policy


def test_an_asset_is_kept_for_ever_and_sent_packed(build: Path) -> None:
    client = client_over(build)
    plain = client.get("/assets/index-abc123.js")
    assert plain.data == SCRIPT
    assert plain.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert plain.content_type == "text/javascript; charset=utf-8"
    packed = client.get("/assets/index-abc123.js", headers={"Accept-Encoding": "gzip, br"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.content_type == plain.content_type
    assert gzip.decompress(packed.data) == SCRIPT
    assert plain.headers["Vary"] == packed.headers["Vary"] == "Accept-Encoding"
    assert plain.headers["ETag"] != packed.headers["ETag"]


def test_the_service_worker_is_never_stale(build: Path) -> None:
    client = client_over(build)
    assert client.get("/sw.js").headers["Cache-Control"] == "no-cache"
    manifest = client.get("/manifest.webmanifest")
    assert manifest.content_type.startswith("application/manifest+json")


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/assets/../secret.js",
            "/assets/..%2f..%2fsecret.js",
            "/assets/%2e%2e/%2e%2e/secret.js",
            "/assets/missing.js",
        ),
        *("/index.html", "/assets/index-abc123.js.gz", "/assets/", "/fonts/DejaVuSans.ttf", "/desk/deeper"),
    ],
)
def test_nothing_else_is_there(build: Path, path: str) -> None:
    assert client_over(build).get(path).status_code == 404


def test_without_a_build_the_api_stands_alone_and_says_so(tmp_path: Path) -> None:
    client = client_over(tmp_path)
    answer = client.get("/")
    assert answer.status_code == 503
    assert answer.content_type.startswith("text/plain")
    assert b"make web" in answer.data
    assert client.get("/api/v1/health").status_code == 200
