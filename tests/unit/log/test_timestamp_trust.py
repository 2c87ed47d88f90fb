"""Whose timestamp it is, against OpenSSL's own authority with certificates of every wrong kind."""

import hashlib
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from evidence.domain.log import timestamp, timestamp_trust
from evidence.domain.log.merkle import BadProof
from tests.timestamp_authority import CONFIG, Authority

SHA256 = hashlib.sha256(b"casquillo/x\n7\nroot\n").digest()
REQUEST = timestamp.request(SHA256, nonce=bytes.fromhex("f102030405060708"))
NOW = datetime.now(UTC)
FOR_STAMPS = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
FOR_SITES = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.SERVER_AUTH])

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


class Root:
    """A certificate authority, and what it hands to timestamp authorities."""

    def __init__(self, name: str = "Raíz inventada") -> None:
        self.key, self.name = ec.generate_private_key(ec.SECP256R1()), named(name)
        self.certificate = self._certificate(self.name, self.key, x509.BasicConstraints(ca=True, path_length=None))

    def _certificate(
        self,
        subject: x509.Name,
        key: Key,
        *extensions: x509.ExtensionType,
        critical: bool = True,
        until: datetime = NOW + timedelta(days=2),
    ) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - timedelta(days=9))
            .not_valid_after(until)
        )
        for extension in extensions:
            builder = builder.add_extension(extension, critical=critical)
        return builder.sign(self.key, hashes.SHA256())

    def authority(
        self,
        folder: Path,
        *extensions: x509.ExtensionType,
        key: Key | None = None,
        critical: bool = True,
        until: datetime = NOW + timedelta(days=2),
    ) -> Authority:
        own = key or ec.generate_private_key(ec.SECP256R1())
        wanted = extensions or (FOR_STAMPS,)
        certificate = self._certificate(named("Autoridad inventada"), own, *wanted, critical=critical, until=until)
        (folder / "config").write_text(CONFIG.format(folder=folder))
        (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        (folder / "key.pem").write_bytes(
            own.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return Authority(folder)


def code_of(response: bytes, root: Root) -> str:
    with pytest.raises(BadProof) as refused:
        timestamp_trust.verify(response, [root.certificate])
    return refused.value.code


def signed_by_cms(authority: Authority, response: bytes) -> bytes:
    """The same TSTInfo, signed without asking what the certificate is for, as ``openssl ts`` would."""
    info = authority.folder / "info"
    info.write_bytes(content_of(response))
    command = ["openssl", "cms", "-sign", "-cades", "-binary", "-nodetach", "-in", "info", "-outform", "DER"]
    command += ["-econtent_type", "1.2.840.113549.1.9.16.1.4", "-signer", "cert.pem", "-inkey", "key.pem"]
    token = subprocess.run(command, cwd=authority.folder, capture_output=True, check=True).stdout
    body = bytes.fromhex("3003020100") + token
    return b"\x30\x82" + len(body).to_bytes(2) + body


def content_of(response: bytes) -> bytes:
    _, content = timestamp_trust._signed_data(response)
    return content


@pytest.mark.parametrize("kind", ["ecdsa", "rsa"])
def test_a_token_of_an_authority_that_a_trusted_root_vouches_for_holds(tmp_path: Path, kind: str) -> None:
    root = Root()
    key: Key = ec.generate_private_key(ec.SECP384R1()) if kind == "ecdsa" else rsa.generate_private_key(65537, 2048)
    stamp, name = timestamp_trust.verify(root.authority(tmp_path, key=key).answer(REQUEST), [root.certificate])
    assert stamp.sha256 == SHA256
    assert name == "CN=Autoridad inventada"


def test_a_certificate_that_is_itself_trusted_needs_no_root(tmp_path: Path) -> None:
    authority = Authority.made(tmp_path)
    roots = timestamp_trust.read_roots(authority.certificate.read_bytes())
    assert timestamp_trust.verify(authority.answer(REQUEST), roots)[1] == "CN=Autoridad inventada"


def test_another_root_of_the_same_name_vouches_for_nothing(tmp_path: Path) -> None:
    assert code_of(Root().authority(tmp_path).answer(REQUEST), Root()) == "timestamp_untrusted"


def test_a_changed_time_is_named(tmp_path: Path) -> None:
    root = Root()
    response = root.authority(tmp_path).answer(REQUEST)
    at = timestamp.read(response).at.strftime("%Y%m%d%H%M%SZ").encode()
    assert response.count(at) >= 1
    moved = response.replace(at, b"2020" + at[4:], 1)
    assert timestamp.read(moved).at.year == 2020
    assert code_of(moved, root) == "timestamp_signature"


def test_whatever_byte_of_the_signature_is_changed_is_named(tmp_path: Path) -> None:
    root = Root()
    response = root.authority(tmp_path).answer(REQUEST)
    for back in (1, 20, 60):
        changed = bytearray(response)
        changed[-back] ^= 1
        assert code_of(bytes(changed), root) in ("timestamp_signature", "timestamp_malformed")


@pytest.mark.parametrize(
    ("extension", "critical"),
    [(FOR_SITES, True), (FOR_STAMPS, False), (x509.BasicConstraints(ca=False, path_length=None), True)],
    ids=["for sites too", "not critical", "for nothing"],
)
def test_a_certificate_that_is_not_for_timestamps_alone_is_refused(
    tmp_path: Path, extension: x509.ExtensionType, *, critical: bool
) -> None:
    root = Root()
    (tmp_path / "right").mkdir()
    (tmp_path / "wrong").mkdir()
    right = root.authority(tmp_path / "right").answer(REQUEST)
    wrong = root.authority(tmp_path / "wrong", extension, critical=critical)
    assert code_of(signed_by_cms(wrong, right), root) == "timestamp_purpose"


def test_the_same_content_signed_by_cms_with_the_right_certificate_holds(tmp_path: Path) -> None:
    root = Root()
    authority = root.authority(tmp_path)
    response = signed_by_cms(authority, authority.answer(REQUEST))
    assert timestamp_trust.verify(response, [root.certificate])[0].sha256 == SHA256


def test_a_certificate_that_was_not_in_force_then_is_refused(tmp_path: Path) -> None:
    root = Root()
    response = root.authority(tmp_path, until=NOW - timedelta(days=1)).answer(REQUEST)
    assert code_of(response, root) == "timestamp_expired"


@pytest.mark.parametrize("ca", [True, False], ids=["an authority", "anybody"])
def test_a_certificate_in_between_vouches_if_it_is_an_authoritys(tmp_path: Path, *, ca: bool) -> None:
    """Whoever has any certificate of a trusted root could else make authorities of their own."""
    root, between = Root(), Root("Intermedia inventada")
    between.certificate = root._certificate(between.name, between.key, x509.BasicConstraints(ca=ca, path_length=None))
    authority = between.authority(tmp_path)
    chain = authority.certificate.read_bytes() + between.certificate.public_bytes(serialization.Encoding.PEM)
    (tmp_path / "chain.pem").write_bytes(chain)
    (tmp_path / "config").write_text(
        (tmp_path / "config").read_text().replace(f"certs = {tmp_path}/cert.pem", f"certs = {tmp_path}/chain.pem")
    )
    response = authority.answer(REQUEST)
    if ca:
        assert timestamp_trust.verify(response, [root.certificate])[1] == "CN=Autoridad inventada"
    else:
        assert code_of(response, root) == "timestamp_untrusted"


def test_a_file_without_certificates_is_no_root() -> None:
    with pytest.raises(BadProof, match="timestamp_roots"):
        timestamp_trust.read_roots(b"nothing")


def through_another(root: Root, folder: Path) -> Authority:
    """An authority that a root's subordinate vouches for; the subordinate's certificate comes with each token."""
    middle = Root("Intermedia inventada")
    middle.certificate = root._certificate(middle.name, middle.key, x509.BasicConstraints(ca=True, path_length=None))
    authority = middle.authority(folder)
    with authority.certificate.open("ab") as chain:
        chain.write(middle.certificate.public_bytes(serialization.Encoding.PEM))
    return authority


def test_a_root_that_vouches_for_no_others_that_vouch(tmp_path: Path) -> None:
    """The path length of RFC 5280, section 4.2.1.9."""
    root = Root()
    response = through_another(root, tmp_path).answer(REQUEST)
    assert timestamp_trust.verify(response, [root.certificate])
    strict = root._certificate(root.name, root.key, x509.BasicConstraints(ca=True, path_length=0))
    with pytest.raises(BadProof, match="timestamp_untrusted"):
        timestamp_trust.verify(response, [strict])


def test_a_condition_that_nobody_here_understands_is_not_passed_over(tmp_path: Path) -> None:
    strange = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4.99"), b"\x05\x00")
    root = Root()
    assert code_of(root.authority(tmp_path, FOR_STAMPS, strange).answer(REQUEST), root) == "timestamp_untrusted"
