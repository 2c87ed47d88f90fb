"""A phone offers its key, and asks for a session with it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from signed_documents import (
    JWK,
    KEY,
    SERVICE_ID,
    SIGNER,
    device_session_document,
    enrolment_document,
    made_hash,
    made_id,
    made_key,
    payload_of,
)

from evidence.domain.enrolment import DeviceSession, Enrolment, Storage, read_device_session, read_enrolment
from evidence.domain.errors import EvidenceError
from evidence.domain.jws import Typ, public_jwk, sign
from evidence.domain.refusal import Refusal

OTHER = made_id("other")
STRANGER = made_key("stranger")
Change = Callable[[dict[str, Any]], Any]


def offered(
    change: Change = lambda d: d,
    *,
    key: ec.EllipticCurvePrivateKey = KEY,
    kid: UUID = SIGNER.device_id,
    typ: Typ = Typ.ENROL,
    **expected: Any,
) -> Enrolment:
    document = enrolment_document()
    change(document)
    known = {
        "offered_key": JWK,
        "officer_id": SIGNER.officer_id,
        "agency_id": SIGNER.agency_id,
        "service_id": SERVICE_ID,
    }
    return read_enrolment(sign(key, typ=typ, kid=kid, payload=payload_of(document)), **{**known, **expected})


def refusal(call: Callable[..., object], *args: Any, **kwargs: Any) -> str:
    with pytest.raises(Refusal) as caught:
        call(*args, **kwargs)
    return caught.value.code


def test_an_enrolment_says_whose_phone_it_is() -> None:
    enrolment = offered()
    assert enrolment.signer == SIGNER
    assert enrolment.public_jwk == JWK
    assert enrolment.nonce == enrolment_document()["nonce"]
    assert enrolment.storage == Storage(persisted=True, quota_bytes=6_000_000_000, used_bytes=12_000)


def test_an_enrolment_is_by_the_holder_of_the_key_and_for_the_one_signed_in() -> None:
    assert refusal(offered, key=STRANGER) == "signature"
    assert refusal(offered, offered_key=public_jwk(STRANGER.public_key())) == "signature"
    stranger_jwk = public_jwk(STRANGER.public_key())
    assert refusal(offered, key=STRANGER, offered_key=stranger_jwk) == "other_key"  # the payload names another
    assert refusal(offered, kid=OTHER) == "other_kid"
    assert refusal(offered, officer_id=OTHER) == "other_officer"
    assert refusal(offered, agency_id=OTHER) == "other_agency"
    assert refusal(offered, service_id=OTHER) == "other_service"
    assert refusal(offered, typ=Typ.DEVICE_SESSION) == "jws_typ"


def test_a_private_key_is_never_taken() -> None:
    assert refusal(offered, offered_key={**JWK, "d": "A" * 43}) == "key_form"
    assert refusal(offered, lambda d: d["key"].update(d="A" * 43)) == "form"


def test_an_enrolment_of_another_form_is_refused() -> None:
    assert refusal(offered, lambda d: d.update(nonce="short")) == "form"
    assert refusal(offered, lambda d: d.pop("storage")) == "form"
    assert refusal(offered, lambda d: d.update(label="")) == "form"
    assert refusal(offered, lambda d: d.update(enrolled_at="2016-12-31T23:59:60Z")) == "form"
    with pytest.raises(EvidenceError) as caught:
        offered(lambda d: d.update(v=2))
    assert caught.value.code == "version_not_yet"


def asked(
    change: Change = lambda d: d,
    *,
    key: ec.EllipticCurvePrivateKey = KEY,
    kid: UUID = SIGNER.device_id,
    typ: Typ = Typ.DEVICE_SESSION,
    **expected: Any,
) -> DeviceSession:
    document = device_session_document()
    change(document)
    known = {"device_id": SIGNER.device_id, "public_jwk": JWK, "service_id": SERVICE_ID}
    return read_device_session(sign(key, typ=typ, kid=kid, payload=payload_of(document)), **{**known, **expected})


def test_a_session_carries_the_heartbeat() -> None:
    session = asked()
    heartbeat = session.heartbeat
    assert session.device_id == SIGNER.device_id
    assert (heartbeat.last_seq, heartbeat.head, heartbeat.unsent) == (17, made_hash("seventeen"), 4)
    assert heartbeat.oldest_unsent_at is not None
    assert heartbeat.storage == Storage(None, None, None)
    assert heartbeat.clock.server_offset_ms == 1840


def test_a_phone_that_signed_nothing_yet_may_come() -> None:
    new = {"last_seq": 0, "head": None, "unsent": 0, "oldest_unsent_at": None}
    assert asked(lambda d: d["heartbeat"].update(new)).heartbeat.last_seq == 0


def test_a_session_is_for_the_phone_that_was_asked() -> None:
    assert refusal(asked, key=STRANGER) == "signature"
    assert refusal(asked, kid=OTHER) == "other_kid"
    assert refusal(asked, device_id=OTHER) == "other_kid"
    assert refusal(asked, lambda d: d.update(device_id=str(OTHER))) == "other_kid"
    assert refusal(asked, service_id=OTHER) == "other_service"
    assert refusal(asked, typ=Typ.ENROL) == "jws_typ"


def test_a_session_of_another_form_is_refused() -> None:
    assert refusal(asked, lambda d: d["heartbeat"].update(unsent=-1)) == "form"
    assert refusal(asked, lambda d: d["heartbeat"].pop("clock")) == "form"
    assert refusal(asked, lambda d: d.update(scope="everything")) == "form"
    assert refusal(asked, lambda d: d["heartbeat"].update(last_seq="1")) == "form"
