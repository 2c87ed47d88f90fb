"""A colleague who took part signs the manifest's hash with an own phone (statement *cosign*)."""

import pytest

from standalone.phone import Phone, Signed, Stated, checked
from tests.e2e.conftest import Running
from tests.e2e.test_sent_statements import capture_of, kinds_of


def cosign(phone: Phone, signed: Signed, *stages: str) -> Stated:
    facts = {"capture_id": str(signed.capture_id), "manifest_sha256": signed.sha256, "stages": list(stages)}
    return phone.state("cosign", facts)


@pytest.mark.parametrize("before", [False, True], ids=["after", "before"])
def test_a_colleague_signs_with_an_own_phone_that_they_took_part(running: Running, *, before: bool) -> None:
    phone, colleague = running.phone(), running.phone("o-102")
    signed = capture_of(phone)
    stated = cosign(colleague, signed, "packing", "transport")
    sends = [lambda: phone.put_manifest(signed), lambda: colleague.put_statement(stated)]
    for send in reversed(sends) if before else sends:
        checked(send(), 201)
    assert colleague.put_statement(stated).status_code == 200
    (manifest,) = running.person("s-201").get(f"/captures/{signed.capture_id}").json()["manifests"]
    (line,) = manifest["cosigned"]
    assert line["device_id"] == str(colleague.device_id)
    assert line["stages"] == ["packing", "transport"]
    assert kinds_of(running, signed).count("capture.cosigned") == 1
    assert manifest["standing"] == "accepted"  # a name was added; nothing else


def test_what_a_signer_says_of_an_own_capture_or_another_agency_of_a_foreign_one_adds_nobody(running: Running) -> None:
    phone = running.phone()
    signed = capture_of(phone)
    checked(phone.put_manifest(signed), 201)
    for other in (running.phone(), running.phone("o-121")):
        checked(other.put_statement(cosign(other, signed, "packing")), 201)
    (manifest,) = running.person("s-201").get(f"/captures/{signed.capture_id}").json()["manifests"]
    assert manifest["cosigned"] == []
    assert "capture.cosigned" not in kinds_of(running, signed)
