"""Signed notes, checkpoints and cosignatures: what is written is read, and nothing else is."""

import base64
import hashlib

import pytest
from trees import EAST, LOG, LOG_NAME, NORTH, SECONDS, cosigned, root_of

from evidence.domain.log import cosignature, note
from evidence.domain.log.checkpoint import Checkpoint
from evidence.domain.log.merkle import BadProof
from evidence.domain.log.note import Algorithm, Signature, Verifier

HEAD = Checkpoint(LOG_NAME, 7, root_of(7))


def signed(text: str = HEAD.body()) -> bytes:
    return note.sign(text, name=LOG_NAME, key_id=LOG.verifier.key_id, signer=LOG.sign)


def witnessed(seconds: int = SECONDS) -> Signature:
    return cosigned(HEAD, NORTH, seconds)


def test_the_key_id_is_that_of_the_specification() -> None:
    for key, kind in ((LOG, b"\x01"), (NORTH, b"\x04")):
        verifier = key.verifier
        expected = hashlib.sha256(verifier.name.encode() + b"\n" + kind + verifier.public_key).digest()[:4]
        assert verifier.key_id == expected
        name, hexadecimal, encoded = verifier.vkey.split("+", 2)
        assert (name, hexadecimal) == (verifier.name, expected.hex())
        assert base64.b64decode(encoded) == kind + verifier.public_key
        assert Verifier.parse(verifier.vkey) == verifier


def test_malformed_vkeys_are_refused() -> None:
    good = LOG.verifier.vkey
    name, identity, key = good.split("+", 2)
    other = base64.b64encode(b"\x02" + LOG.verifier.public_key).decode()
    short = base64.b64encode(b"\x01" + LOG.verifier.public_key[:31]).decode()
    for wrong, code in [
        ("", "vkey_malformed"),
        (f"{name}+{identity}", "vkey_malformed"),
        (f"+{identity}+{key}", "vkey_malformed"),
        (f"a b+{identity}+{key}", "vkey_malformed"),
        (good + "\n", "vkey_malformed"),
        (f"{name}+{identity.upper()}x+{key}", "vkey_malformed"),
        (f"{name}+00000000+{key}", "vkey_hash_differs"),
        (f"other+{identity}+{key}", "vkey_hash_differs"),
        (f"{name}+{identity}+{other}", "vkey_type_unknown"),
        (f"{name}+{identity}+{short}", "vkey_malformed"),
        (good[:-1], "base64_malformed"),
    ]:
        with pytest.raises(BadProof, match=code):
            Verifier.parse(wrong)


def test_a_note_says_who_signed_it() -> None:
    stranger = Signature("otra.example", b"\x00\x01\x02\x03", b"whatever")
    opened = note.open_note(note.add(signed(), [stranger, witnessed()]), [LOG.verifier, NORTH.verifier, EAST.verifier])
    assert opened.text == HEAD.body()
    assert [(each.verifier, each.seconds) for each in opened.by] == [(LOG.verifier, None), (NORTH.verifier, SECONDS)]
    assert opened.unknown == (stranger,)


def test_a_note_that_no_known_key_signed_is_refused() -> None:
    with pytest.raises(BadProof, match="not_signed"):
        note.open_note(signed(), [NORTH.verifier])
    with pytest.raises(BadProof, match="not_signed"):
        note.open_note(signed(), [])


def test_a_wrong_signature_by_a_known_key_spoils_the_note() -> None:
    forged = Signature(NORTH.verifier.name, NORTH.verifier.key_id, bytes(72))
    with pytest.raises(BadProof, match="signature_wrong"):
        note.open_note(note.add(signed(), [forged]), [LOG.verifier, NORTH.verifier])
    assert note.open_note(note.add(signed(), [forged]), [LOG.verifier]).unknown == (forged,)


def test_an_ed25519_signature_is_no_cosignature() -> None:
    """The same key under the same name, with the other type: neither stands for the other."""
    as_log = Verifier(NORTH.verifier.name, Algorithm.ED25519, NORTH.verifier.public_key)
    plain = Signature(NORTH.verifier.name, NORTH.verifier.key_id, NORTH.sign(HEAD.body().encode()))
    assert as_log.key_id != NORTH.verifier.key_id
    with pytest.raises(BadProof, match="signature_wrong"):
        note.open_note(note.join(HEAD.body(), [plain]), [NORTH.verifier])
    with pytest.raises(BadProof, match="not_signed"):
        note.open_note(note.join(HEAD.body(), [witnessed()]), [as_log])


def test_a_second_signature_by_the_same_key_is_ignored() -> None:
    opened = note.open_note(note.add(signed(), [witnessed(), witnessed(SECONDS + 9)]), [NORTH.verifier])
    assert [each.seconds for each in opened.by] == [SECONDS]


def test_a_cosignature_is_over_time_and_body() -> None:
    message = cosignature.message(HEAD.body(), SECONDS)
    assert message == f"cosignature/v1\ntime {SECONDS}\n{HEAD.body()}".encode()
    raw = cosignature.sign(HEAD.body(), SECONDS, NORTH.sign)
    assert len(raw) == 72
    assert raw[:8] == SECONDS.to_bytes(8, "big")
    assert cosignature.verify(HEAD.body(), raw, NORTH.verifier.public_key) == SECONDS
    for place in range(72):
        with pytest.raises(BadProof):
            cosignature.verify(
                HEAD.body(), raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :], NORTH.verifier.public_key
            )
    for wrong in (raw[:-1], raw + b"\x00", b""):
        with pytest.raises(BadProof, match="cosignature_malformed"):
            cosignature.verify(HEAD.body(), wrong, NORTH.verifier.public_key)


def test_every_flipped_byte_of_a_note_is_refused() -> None:
    good = signed()
    note.open_note(good, [LOG.verifier])
    for place in range(len(good)):
        for bit in (0x01, 0x20, 0x80):
            with pytest.raises(BadProof):
                note.open_note(good[:place] + bytes([good[place] ^ bit]) + good[place + 1 :], [LOG.verifier])


def test_the_text_may_hold_empty_lines() -> None:
    assert note.open_note(signed("a\n\nb\n\n\nc\n"), [LOG.verifier]).text == "a\n\nb\n\n\nc\n"


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"text\n",
        b"text\n\n",
        b"text\n\n\n",
        b"text\n\n- a AAAAAAA=\n",
        "text\n\n— a AAAAAAA=".encode(),
        "text\n\n— a AAAAAAA=\n\n".encode(),
        "text\n\n— a  AAAAAAA=\n".encode(),
        "text\n\n— a+b AAAAAAA=\n".encode(),
        "text\n\n— a\u00a0b AAAAAAA=\n".encode(),
        "text\n\n— a AAAAAA==\n".encode(),
        "text\n\n— a AAAAAAB=\n".encode(),
        "te\txt\n\n— a AAAAAAA=\n".encode(),
        "te\rxt\n\n— a AAAAAAA=\n".encode(),
        "t\n\n— a AAAAAAA=\n".encode("utf-16"),
        b"t\xff\n\n" + "— a AAAAAAA=\n".encode(),
        ("t\n\n" + "— a AAAAAAA=\n" * 101).encode(),
        ("t" * note.MAX_NOTE + "\n\n— a AAAAAAA=\n").encode(),
    ],
)
def test_what_is_not_a_note(broken: bytes) -> None:
    with pytest.raises(BadProof):
        note.split(broken)


def test_sixteen_and_more_signatures_are_read() -> None:
    many = [Signature(f"w{number}", bytes(4), bytes(5)) for number in range(note.MAX_SIGNATURES)]
    assert note.split(note.join("t\n", many)) == ("t\n", tuple(many))


def test_what_cannot_be_written() -> None:
    for text in ("", "no end", "a\tb\n", "a\r\n"):
        with pytest.raises(BadProof, match="note_text_malformed"):
            note.join(text, [witnessed()])
    for name in ("", "a b", "a+b", "a\nb"):
        with pytest.raises(BadProof, match="note_name_malformed"):
            note.join("a\n", [Signature(name, bytes(4), bytes(64))])


def test_checkpoints_are_read_as_written() -> None:
    extended = Checkpoint(LOG_NAME, 5, root_of(5), ("next x", "ü"))
    for head in (HEAD, Checkpoint("example.com/log", 0, root_of(0)), extended):
        assert Checkpoint.parse(head.body()) == head
    assert HEAD.body() == f"{LOG_NAME}\n7\n{base64.b64encode(root_of(7)).decode()}\n"


def test_what_is_not_a_checkpoint() -> None:
    origin, size, root, _ = HEAD.body().split("\n")
    for lines in (
        [],
        [origin, size],
        [origin, size, root],
        ["", size, root, ""],
        [origin, "07", root, ""],
        [origin, "-7", root, ""],
        [origin, "+7", root, ""],
        [origin, "7 ", root, ""],
        [origin, "٧", root, ""],
        [origin, str(2**63), root, ""],
        [origin, size, root[:-4], ""],
        [origin, size, root[:-1], ""],
        [origin, size, root, "", ""],
        [origin, size, root, "x", "", "y", ""],
    ):
        with pytest.raises(BadProof):
            Checkpoint.parse("\n".join(lines))
    for fields in [("", 1, root_of(1)), ("a\nb", 1, root_of(1)), ("a", -1, root_of(1)), ("a", 1, b"short")]:
        with pytest.raises(BadProof, match="checkpoint_malformed"):
            Checkpoint(*fields)
