"""Webhooks leave for public addresses only, over checked TLS, and follow nobody elsewhere."""

import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from evidence.actions.ports import WebhookFailed
from evidence.adapters.public_http import PublicHttp, is_public
from evidence.adapters.webhook_client import PublicWebhooks

HOST = "lims.test"


@dataclass
class Heard:
    """A real HTTPS server on loopback, and what it was sent."""

    port: int
    certificate: str
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    def client(self, *, host_is: str = "127.0.0.1") -> PublicWebhooks:
        """A client for which loopback counts as public: the one thing that a test cannot have for real."""
        return PublicWebhooks(
            PublicHttp(lookup=lambda _h, _p: [host_is], public=lambda _a: True, ca_certs=self.certificate)
        )


def _certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = folder / "certificate.pem", folder / "key.pem"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return files


@pytest.fixture
def heard(tmp_path: Path) -> Iterator[Heard]:
    certificate, key = _certificate(tmp_path)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            known.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(302 if self.path == "/elsewhere" else 204)
            self.send_header("location", "/hooks")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    known = Heard(server.server_port, str(certificate))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield known
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_message_arrives_with_its_headers(heard: Heard) -> None:
    url = f"https://{HOST}:{heard.port}/hooks?lab=a"
    assert heard.client().post(url, b"{}", {"webhook-id": "m1"}) == 204
    path, headers, body = heard.requests[0]
    assert (path, body, headers["webhook-id"]) == ("/hooks?lab=a", b"{}", "m1")
    assert headers["host"] == f"{HOST}:{heard.port}"


def test_a_redirect_is_an_answer_and_not_followed(heard: Heard) -> None:
    assert heard.client().post(f"https://{HOST}:{heard.port}/elsewhere", b"{}", {}) == 302
    assert [path for path, _, _ in heard.requests] == ["/elsewhere"]


def test_another_host_s_certificate_is_refused(heard: Heard) -> None:
    with pytest.raises(WebhookFailed):
        heard.client().post(f"https://other.test:{heard.port}/", b"{}", {})
    assert heard.requests == []


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "192.168.0.9", "172.16.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
        *("::1", "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1", "224.0.0.1", "ff02::1"),
    ],
)
def test_inside_addresses_are_never_asked(heard: Heard, address: str) -> None:
    assert not is_public(address)
    client = PublicWebhooks(PublicHttp(lookup=lambda _h, _p: ["93.184.215.14", address], ca_certs=heard.certificate))
    with pytest.raises(WebhookFailed, match="not public"):
        client.post(f"https://{HOST}:{heard.port}/", b"{}", {})


def test_open_addresses_are_public_and_a_host_without_one_fails() -> None:
    assert is_public("93.184.215.14")
    assert is_public("2606:2800:21f:cb07:6820:80da:af6b:8b2c")

    def nowhere(_host: str, _port: int) -> list[str]:
        raise OSError

    with pytest.raises(WebhookFailed, match="no address"):
        PublicWebhooks(PublicHttp(lookup=nowhere)).post("https://nowhere.test/", b"{}", {})
