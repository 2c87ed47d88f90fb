"""A timestamp authority of our own: ``openssl ts`` with a key of the moment, also behind HTTP on this machine."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory

CONFIG = """
[req]
distinguished_name = name
x509_extensions = authority
prompt = no
[name]
CN = Autoridad inventada
[authority]
extendedKeyUsage = critical,timeStamping
basicConstraints = critical,CA:true
[tsa]
default_tsa = ours
[ours]
serial = {folder}/serial
signer_cert = {folder}/cert.pem
certs = {folder}/cert.pem
signer_key = {folder}/key.pem
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
"""


@dataclass(frozen=True)
class Authority:
    folder: Path

    @classmethod
    def made(cls, folder: Path) -> "Authority":
        (folder / "config").write_text(CONFIG.format(folder=folder))
        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "key.pem"]
        _openssl(folder, "req", "-x509", *key, "-out", "cert.pem", "-days", "2", "-config", "config")
        return cls(folder)

    @property
    def certificate(self) -> Path:
        return self.folder / "cert.pem"

    def answer(self, request: bytes) -> bytes:
        """The TimeStampResp to a TimeStampReq; a refusal is one too."""
        with TemporaryDirectory(dir=self.folder) as name:
            query, reply = Path(name) / "query", Path(name) / "reply"
            query.write_bytes(request)
            _openssl(self.folder, "ts", "-reply", "-config", "config", "-queryfile", str(query), "-out", str(reply))
            return reply.read_bytes()

    @contextmanager
    def served(self) -> Iterator[str]:
        """Its address, as long as it is needed."""
        answer = self.answer

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = answer(self.rfile.read(int(self.headers["content-length"])))
                self.send_response(200)
                self.send_header("content-type", "application/timestamp-reply")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Silent."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


def _openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, check=False)
