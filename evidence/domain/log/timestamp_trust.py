"""Whose timestamp it is: the authority's signature (CMS, RFC 5652) and its certificate, up to a root that is trusted.

As RFC 3161, section 2.3, and RFC 5816 ask: one signer, whose attributes name the token's own bytes and the very
certificate; a certificate for timestamps and nothing else; each certificate in force when the authority says it
signed. Whether one was revoked is not asked: that needs a network.
"""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID
from pyasn1.codec.der.decoder import decode
from pyasn1.codec.der.encoder import encode
from pyasn1.error import PyAsn1Error
from pyasn1_modules import rfc3161, rfc5035, rfc5652

from evidence.domain.log import timestamp
from evidence.domain.log.merkle import BadProof
from evidence.domain.log.timestamp import Stamp

LONGEST_CHAIN = 6
CODES = frozenset(f"timestamp_{what}" for what in ("signature", "algorithm", "purpose", "expired", "untrusted"))
"""What may be wrong with whose it is, rather than with what it is about."""

HASHES: dict[str, hashes.HashAlgorithm] = {
    "2.16.840.1.101.3.4.2.1": hashes.SHA256(),
    "2.16.840.1.101.3.4.2.2": hashes.SHA384(),
    "2.16.840.1.101.3.4.2.3": hashes.SHA512(),
}
"""SHA-1 is not among them: what it stands under can be made twice."""

UNDERSTOOD = frozenset({ExtensionOID.BASIC_CONSTRAINTS, ExtensionOID.KEY_USAGE, ExtensionOID.EXTENDED_KEY_USAGE})
"""Critical extensions that are heeded; whoever does not understand one must refuse (RFC 5280, section 4.2)."""


def read_roots(pem: bytes) -> list[x509.Certificate]:
    """The certificates that whoever checks trusts; ``BadProof`` ``timestamp_roots`` when the file holds none."""
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError:
        raise BadProof("timestamp_roots") from None


def verify(response: bytes, roots: Sequence[x509.Certificate]) -> tuple[Stamp, str]:
    """The stamp and the authority's name, when its signature holds up to one of ``roots``.

    ``BadProof``: what ``timestamp.read`` raises; ``timestamp_signature`` when the token was changed or signed by
    another; ``timestamp_algorithm`` for one that we don't read; ``timestamp_purpose`` for a certificate that is not
    for timestamps; ``timestamp_expired`` for one not in force then; ``timestamp_untrusted`` when no root vouches.
    """
    stamp = timestamp.read(response)
    try:
        signed, content = _signed_data(response)
        signer = _only(signed["signerInfos"])
        known = [x509.load_der_x509_certificate(encode(one.getComponent())) for one in signed["certificates"]]
        certificate = _signer_certificate(signer, known)
        _check_attributes(signer, content, certificate)
        _check_signature(signer, certificate)
    except (PyAsn1Error, ValueError, KeyError, IndexError, InvalidSignature, StopIteration):
        raise BadProof("timestamp_signature") from None
    except (UnsupportedAlgorithm, TypeError):
        raise BadProof("timestamp_algorithm") from None
    _check_purpose(certificate)
    _check_chain(certificate, known, roots, stamp.at)
    return stamp, certificate.subject.rfc4514_string()


def _signed_data(response: bytes) -> tuple[Any, bytes]:
    """SignedData, and the TSTInfo's bytes that it is over."""
    answer, _ = decode(response, asn1Spec=rfc3161.TimeStampResp())
    signed, _ = decode(answer["timeStampToken"]["content"], asn1Spec=rfc5652.SignedData())
    return signed, bytes(signed["encapContentInfo"]["eContent"])


def _only(values: Any) -> Any:
    (value,) = values
    return value


def _signer_certificate(signer: Any, known: Sequence[x509.Certificate]) -> x509.Certificate:
    named = signer["sid"]
    if named.getName() == "subjectKeyIdentifier":
        wanted = bytes(named.getComponent())
        return next(one for one in known if _key_identifier(one) == wanted)
    issuer, serial = named.getComponent()["issuer"], int(named.getComponent()["serialNumber"])
    return next(one for one in known if one.serial_number == serial and one.issuer.public_bytes() == encode(issuer))


def _key_identifier(certificate: x509.Certificate) -> bytes | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except x509.ExtensionNotFound:
        return None


def _check_attributes(signer: Any, content: bytes, certificate: x509.Certificate) -> None:
    """The signed attributes: a timestamp's content, these bytes, and this certificate (RFC 5035, ESSCertIDv2)."""
    found = {str(one["attrType"]): _only(one["attrValues"]) for one in signer["signedAttrs"]}
    digest = _digest(str(signer["digestAlgorithm"]["algorithm"]), content)
    said, _ = decode(found[str(rfc5652.id_messageDigest)], asn1Spec=rfc5652.MessageDigest())
    kind, _ = decode(found[str(rfc5652.id_contentType)], asn1Spec=rfc5652.ContentType())
    if kind != rfc3161.id_ct_TSTInfo or not hmac.compare_digest(bytes(said), digest):
        raise ValueError("other bytes")
    of_certificate = certificate.public_bytes(Encoding.DER)
    if str(rfc5035.id_aa_signingCertificateV2) in found:
        new, _ = decode(found[str(rfc5035.id_aa_signingCertificateV2)], asn1Spec=rfc5035.SigningCertificateV2())
        first = new["certs"][0]
        right = _digest(str(first["hashAlgorithm"]["algorithm"]), of_certificate)
    else:  # RFC 2634: a SHA-1, which only says which of the enclosed certificates is meant
        old, _ = decode(found[str(rfc5035.id_aa_signingCertificate)], asn1Spec=rfc5035.SigningCertificate())
        first, right = old["certs"][0], hashlib.sha1(of_certificate, usedforsecurity=False).digest()
    if not hmac.compare_digest(bytes(first["certHash"]), right):
        raise ValueError("another certificate")


def _digest(oid: str, data: bytes) -> bytes:
    if oid not in HASHES:
        raise UnsupportedAlgorithm(oid)
    return hashlib.new(HASHES[oid].name, data).digest()


def _check_signature(signer: Any, certificate: x509.Certificate) -> None:
    """Over the attributes as a SET (RFC 5652, section 5.4): ECDSA, or RSA with PKCS #1 v1.5."""
    attributes = rfc5652.SignedAttributes()
    attributes.extend(signer["signedAttrs"])
    data, signature = encode(attributes), bytes(signer["signature"])
    oid = str(signer["digestAlgorithm"]["algorithm"])
    if oid not in HASHES:
        raise UnsupportedAlgorithm(oid)
    key = certificate.public_key()
    if isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, data, ec.ECDSA(HASHES[oid]))
    elif isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, data, padding.PKCS1v15(), HASHES[oid])
    else:
        raise UnsupportedAlgorithm("key")


def _check_purpose(certificate: x509.Certificate) -> None:
    """For timestamps, said as critical, and for nothing else (RFC 3161, section 2.3)."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        raise BadProof("timestamp_purpose") from None
    if not usage.critical or list(usage.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise BadProof("timestamp_purpose")


def _check_chain(
    certificate: x509.Certificate, known: Sequence[x509.Certificate], roots: Sequence[x509.Certificate], at: datetime
) -> None:
    """From the signer's certificate to a root, by the certificates that came with the token."""
    here = certificate
    for between in range(LONGEST_CHAIN):
        if not here.not_valid_before_utc <= at <= here.not_valid_after_utc:
            raise BadProof("timestamp_expired", here.subject.rfc4514_string())
        if any(one.critical and one.oid not in UNDERSTOOD for one in here.extensions):
            break
        if here in roots:
            return
        above = next((one for one in (*roots, *known) if one != here and _issued(one, here, between)), None)
        if above is None:
            break
        here = above
    raise BadProof("timestamp_untrusted", here.issuer.rfc4514_string())


def _issued(above: x509.Certificate, below: x509.Certificate, between: int) -> bool:
    """Whether an authority's certificate signed this one, and may have ``between`` of others under it."""
    try:
        constraints = above.extensions.get_extension_for_class(x509.BasicConstraints).value
        below.verify_directly_issued_by(above)
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError, TypeError, InvalidSignature):
        return False
    deep_enough = constraints.path_length is None or constraints.path_length >= between
    return constraints.ca and deep_enough and _may_sign(above)


def _may_sign(above: x509.Certificate) -> bool:
    try:
        return above.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    except x509.ExtensionNotFound:
        return True
