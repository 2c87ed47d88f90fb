"""Signed statements: discard, media_lost, closing."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from signed_documents import SERVICE_ID, SIGNER, made_hash, made_id, payload_of, statement_document

from evidence.domain.errors import EvidenceError
from evidence.domain.kinds import StatementKind
from evidence.domain.refusal import Refusal
from evidence.domain.signed import check_identity
from evidence.domain.statements import Closing, Discard, LostDocument, LostMedia, MediaLost, parse

Change = Callable[[dict[str, Any]], Any]


def test_a_discard() -> None:
    statement = parse(payload_of(statement_document("discard")))
    assert statement.kind is StatementKind.DISCARD
    assert statement.statement_id == made_id("statement")
    assert statement.stated_at == datetime(2026, 5, 3, 5, 50, tzinfo=UTC)
    assert (statement.heading.seq, statement.heading.prev) == (17, made_hash("sixteen"))
    assert statement.facts == Discard(made_id("capture"), made_hash("manifest"), 16, "wrong_photo", "foto equivocada")


def test_media_lost() -> None:
    lost = (LostMedia(made_id("media 1"), made_hash("media 1")),)
    facts = MediaLost(made_id("capture"), made_hash("manifest"), lost, "evicted", None)
    assert parse(payload_of(statement_document("media_lost"))).facts == facts


def test_a_closing() -> None:
    facts = Closing("replaced", 1, (LostDocument(15, None, "acta 77/26"),), None)
    assert parse(payload_of(statement_document("closing"))).facts == facts


@pytest.mark.parametrize("kind", StatementKind)
def test_a_statement_has_a_signer_like_a_capture(kind: StatementKind) -> None:
    statement = parse(payload_of(statement_document(kind)))
    check_identity(statement.heading, kid=SIGNER.device_id, known=SIGNER, service_id=SERVICE_ID)
    with pytest.raises(Refusal) as caught:
        check_identity(statement.heading, kid=SIGNER.device_id, known=SIGNER, service_id=made_id("other"))
    assert caught.value.code == "other_service"


FORM: list[tuple[str, str, str, Change]] = [
    ("a kind that is none", "discard", "/kind", lambda d: d.update(kind="confession")),
    ("facts of another kind", "closing", "/facts", lambda d: d.update(facts={**d["facts"], "capture_id": "x"})),
    ("no reason", "discard", "/facts", lambda d: d["facts"].pop("reason")),
    ("no words", "discard", "/facts/text", lambda d: d["facts"].update(text="")),
    ("no files", "media_lost", "/facts/media", lambda d: d["facts"].update(media=[])),
    ("no predecessor beyond 1", "closing", "/prev", lambda d: d.update(prev=None)),
    ("a member more", "closing", "", lambda d: d.update(capture_id=str(made_id("capture")))),
    ("a lost document without a number", "closing", "/facts/lost/0", lambda d: d["facts"]["lost"][0].pop("seq")),
    ("a second 60", "discard", "/stated_at", lambda d: d.update(stated_at="2016-12-31T23:59:60Z")),
]


@pytest.mark.parametrize(("kind", "pointer", "change"), [row[1:] for row in FORM], ids=[row[0] for row in FORM])
def test_form_is_refused_with_the_place(kind: str, pointer: str, change: Change) -> None:
    document = statement_document(kind)
    change(document)
    with pytest.raises(Refusal) as caught:
        parse(payload_of(document))
    assert (caught.value.code, pointer in caught.value.errors) == ("form", True)


def test_a_newer_version_waits() -> None:
    with pytest.raises(EvidenceError) as caught:
        parse(payload_of({**statement_document("discard"), "v": 2}))
    assert caught.value.code == "version_not_yet"


def test_bytes_that_are_not_canonical_are_refused() -> None:
    with pytest.raises(Refusal) as caught:
        parse(payload_of(statement_document("discard")) + b"\n")
    assert caught.value.code == "payload_not_canonical"


def test_a_statement_has_a_limit_of_its_own() -> None:
    document = statement_document("closing")
    document["facts"]["lost"] = [{"seq": n, "sha256": made_hash(str(n)), "text": "x" * 200} for n in range(1, 400)]
    with pytest.raises(Refusal) as caught:
        parse(payload_of(document))
    assert caught.value.code == "payload_too_large"
