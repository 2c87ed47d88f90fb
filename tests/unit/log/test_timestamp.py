"""Timestamp requests and responses against OpenSSL's own authority; and whatever is not one."""

import hashlib
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from evidence.domain.log import timestamp
from evidence.domain.log.merkle import BadProof
from tests.timestamp_authority import Authority

DATA = b"casquillo/x\n7\nroot\n\nsignature\n"
SHA256 = hashlib.sha256(DATA).digest()
NONCE = bytes.fromhex("f102030405060708")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.made(tmp_path_factory.mktemp("tsa"))


def test_openssl_reads_our_request_and_we_read_its_answer(authority: Authority, tmp_path: Path) -> None:
    response = authority.answer(timestamp.request(SHA256, nonce=NONCE))
    stamp = timestamp.read(response)
    assert (stamp.sha256, stamp.nonce) == (SHA256, int.from_bytes(NONCE))
    assert abs(stamp.at - datetime.now(UTC)) < timedelta(minutes=1)
    (tmp_path / "data").write_bytes(DATA)
    (tmp_path / "tsr").write_bytes(response)
    verified = subprocess.run(
        ["openssl", "ts", "-verify", "-in", "tsr", "-data", "data", "-CAfile", authority.certificate],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert verified.returncode == 0, verified.stderr


def test_a_refusal_is_said(authority: Authority) -> None:
    """A request of another version is refused by the authority, in a response without a token."""
    asked = bytearray(timestamp.request(SHA256, nonce=NONCE))
    asked[asked.index(b"\x02\x01\x01") + 2] = 9
    with pytest.raises(BadProof, match="timestamp_refused"):
        timestamp.read(authority.answer(bytes(asked)))


def test_what_is_no_response_is_refused(authority: Authority) -> None:
    response = authority.answer(timestamp.request(SHA256, nonce=NONCE))
    for size in range(0, len(response), 7):
        with pytest.raises(BadProof):
            timestamp.read(response[:size])
    for data in (b"", b"\x30\x80", b"\x30\x84\xff\xff\xff\xff", b"<html>no</html>", response + b"\x00"):
        with pytest.raises(BadProof):
            timestamp.read(data)
