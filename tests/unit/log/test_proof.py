"""Proofs and policies: one text that is believed offline, or not at all."""

import pytest
from trees import EAST, LOG, LOG_NAME, NORTH, SECONDS, SOUTH, Key, Rows, cosigned, entry, leaves, root_of

from evidence.domain.log import note, policy, proof
from evidence.domain.log.checkpoint import Checkpoint
from evidence.domain.log.merkle import BadProof, inclusion_proof
from evidence.domain.log.note import Algorithm, Verifier
from evidence.domain.log.policy import Group, Log, Policy, Witness

SIZE = 300
TWO_OF_THREE = f"""# who must have seen the log
log {LOG.verifier.vkey} https://casquillo.example/log
witness norte {NORTH.verifier.vkey} https://norte.example/
witness sur   {SOUTH.verifier.vkey}
\twitness\teste {EAST.verifier.vkey}

group all-of-them 2 norte sur este
quorum all-of-them
"""


def checkpoint(*witnesses: Key, log: Key = LOG, origin: str = LOG_NAME, size: int = SIZE) -> bytes:
    head = Checkpoint(origin, size, root_of(size))
    signed = note.sign(head.body(), name=log.verifier.name, key_id=log.verifier.key_id, signer=log.sign)
    return note.add(
        signed,
        [cosigned(head, key, SECONDS + place) for place, key in enumerate(witnesses)],
    )


def made(index: int, *witnesses: Key, extra: bytes | None = None) -> str:
    path = inclusion_proof(index, SIZE, Rows(leaves(SIZE)))
    return proof.make(index=index, path=path, note=checkpoint(*witnesses), extra=extra)


def test_the_text() -> None:
    lines = made(5, NORTH, extra=b"\x00\xff").split("\n")
    assert lines[:3] == ["c2sp.org/tlog-proof@v1", "extra AP8=", "index 5"]
    assert lines[12:15] == ["", LOG_NAME, "300"]
    assert lines[-1] == ""
    assert len(made(5).split("\n")) == len(lines) - 2


def test_a_proof_is_read_as_it_is_written() -> None:
    for index in (0, 255, 256, 299):
        read = proof.parse(made(index, NORTH, extra=b"x"))
        assert read.index == index
        assert list(read.path) == inclusion_proof(index, SIZE, Rows(leaves(SIZE)))
        assert read.note == checkpoint(NORTH)
        assert read.extra == b"x"


def test_the_logs_key_suffices() -> None:
    for index in (0, 255, 256, 299):
        for trusted in (LOG.verifier, LOG.verifier.vkey):
            proven = proof.verify_proof(made(index, NORTH), entry(index), trusted)
            assert (proven.index, proven.size, proven.witnesses, proven.seen_at) == (index, SIZE, (), None)
            assert proven.checkpoint == Checkpoint(LOG_NAME, SIZE, root_of(SIZE))


def test_one_entry_alone() -> None:
    text = proof.make(index=0, path=[], note=checkpoint(size=1))
    assert proof.verify_proof(text, entry(0), LOG.verifier).size == 1


def test_a_policy_asks_for_its_quorum() -> None:
    trusted = policy.parse(TWO_OF_THREE.encode())
    proven = proof.verify_proof(made(7, SOUTH, EAST), entry(7), trusted)
    assert proven.witnesses == ("sur.example/w1", "este.example/w1")
    assert proven.seen_at == SECONDS + 1
    for witnesses in ((), (SOUTH,), (SOUTH, SOUTH)):
        with pytest.raises(BadProof, match="quorum_missing"):
            proof.verify_proof(made(7, *witnesses), entry(7), trusted)


def test_another_entry_or_place_is_not_proven() -> None:
    with pytest.raises(BadProof, match="root_differs"):
        proof.verify_proof(made(7), entry(8), LOG.verifier)
    with pytest.raises(BadProof, match="root_differs"):
        proof.verify_proof(made(7).replace("index 7", "index 8"), entry(7), LOG.verifier)


def test_every_flipped_byte_of_a_proof_is_refused() -> None:
    witnesses = (Witness("n", NORTH.verifier), Witness("s", SOUTH.verifier))
    trusted = Policy((Log(LOG.verifier),), witnesses, (Group("g", 2, ("n", "s")),), "g")
    good = made(7, NORTH, SOUTH).encode()
    proof.verify_proof(good.decode(), entry(7), trusted)
    for place in range(len(good)):
        broken = good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :]
        with pytest.raises((BadProof, UnicodeDecodeError)):
            proof.verify_proof(broken.decode(), entry(7), trusted)


def test_one_logs_key_does_not_speak_for_another_log() -> None:
    other = Key("other", "otra.example/log")
    trusted = Policy((Log(LOG.verifier), Log(other.verifier)), (), (), "none")
    path = inclusion_proof(7, SIZE, Rows(leaves(SIZE)))
    honest = proof.make(index=7, path=path, note=checkpoint(log=other, origin="otra.example/log"))
    assert proof.verify_proof(honest, entry(7), trusted).checkpoint.origin == "otra.example/log"
    crossed = proof.make(index=7, path=path, note=checkpoint(log=other))
    with pytest.raises(BadProof, match="origin_differs"):
        proof.verify_proof(crossed, entry(7), trusted)


def test_witnesses_alone_are_not_the_log() -> None:
    trusted = policy.parse(TWO_OF_THREE.encode())
    text, signatures = note.split(checkpoint(NORTH, SOUTH))
    with pytest.raises(BadProof, match="not_signed"):
        trusted.open(note.join(text, signatures[1:]))


@pytest.mark.parametrize(
    "change",
    [
        ("c2sp.org/tlog-proof@v1", "c2sp.org/tlog-proof@v2"),
        ("index 7", "index 07"),
        ("index 7", "index -7"),
        ("index 7", "number 7"),
        ("index 7\n", ""),
        ("index 7\n", "index 7\nAAAA\n"),
        ("index 7\n", "index 7\n" + "A" * 43 + "=\n"),
        ("index 7\n", "index 7\n" + ("A" * 43 + "=\n") * 64),
        ("index 7\n", "extra %%\nindex 7\n"),
        ("index 7\n", "index 7\n\n"),
        ("\n\n" + LOG_NAME, "\n" + LOG_NAME),
    ],
)
def test_what_is_not_a_proof(change: tuple[str, str]) -> None:
    text = made(7)
    assert change[0] in text
    with pytest.raises(BadProof):
        proof.verify_proof(text.replace(*change, 1), entry(7), LOG.verifier)


def test_a_policy_is_read_as_it_is_written() -> None:
    read = policy.parse(TWO_OF_THREE.encode())
    assert read.logs == (Log(LOG.verifier, "https://casquillo.example/log"),)
    assert read.witnesses[0] == Witness("norte", NORTH.verifier, "https://norte.example/")
    assert read.groups == (Group("all-of-them", 2, ("norte", "sur", "este")),)
    assert policy.parse(read.text().encode()) == read
    assert policy.parse(b"quorum none") == Policy((), (), (), "none")


def test_groups_of_groups() -> None:
    text = f"""witness n {NORTH.verifier.vkey}
witness s {SOUTH.verifier.vkey}
witness e {EAST.verifier.vkey}
group ns any n s
group both all ns e
quorum both
"""
    trusted = policy.parse(text.encode())
    opened = {
        key: note.open_note(checkpoint(key), [key.verifier]).by for key in (NORTH, SOUTH, EAST)
    }  # each witness's own signature
    assert [group.threshold for group in trusted.groups] == [1, 2]
    assert trusted.satisfied([*opened[NORTH], *opened[EAST]])
    assert trusted.satisfied([*opened[SOUTH], *opened[EAST]])
    assert not trusted.satisfied([*opened[NORTH], *opened[SOUTH]])
    assert not trusted.satisfied(opened[EAST])
    assert not trusted.satisfied([])


def test_names_are_octets() -> None:
    kelvin = f"witness K {NORTH.verifier.vkey}\nquorum \u212a\n"
    with pytest.raises(BadProof, match="policy_malformed"):
        policy.parse(kelvin.encode())
    latin = f"witness \xf1 {NORTH.verifier.vkey}\nquorum \xf1\n".encode("latin-1")
    assert policy.parse(latin).satisfied(note.open_note(checkpoint(NORTH), [NORTH.verifier]).by)


def vkey(word: str, algorithm: Algorithm = Algorithm.COSIGNATURE) -> str:
    return Key(word, f"{word}.example", algorithm).verifier.vkey


TWICE = Verifier("otro.example", Algorithm.COSIGNATURE, Key("a", "a").verifier.public_key).vkey


@pytest.mark.parametrize(
    "text",
    [
        "",
        "quorum none\nquorum none\n",
        "quorum missing\n",
        f"quorum a\nwitness a {vkey('a')}\n",
        "log nonsense\nquorum none\n",
        f"log {vkey('a')}\nquorum none\n",
        f"witness a {vkey('a', Algorithm.ED25519)}\nquorum a\n",
        f"witness a {vkey('a')}\nwitness a {vkey('b')}\nquorum a\n",
        f"witness a {vkey('a')}\nwitness b {TWICE}\nquorum a\n",
        f"witness none {vkey('a')}\nquorum none\n",
        f"witness a {vkey('a')}\ngroup g any\nquorum a\n",
        f"witness a {vkey('a')}\ngroup g 0 a\nquorum g\n",
        f"witness a {vkey('a')}\ngroup g 2 a\nquorum g\n",
        f"witness a {vkey('a')}\ngroup g +1 a\nquorum g\n",
        f"witness a {vkey('a')}\ngroup g 01 a\nquorum g\n",
        f"witness a {vkey('a')}\ngroup g any a a\nquorum g\n",
        f"witness a {vkey('a')}\ngroup g any a\ngroup h any a\nquorum h\n",
        f"witness a {vkey('a')}\ngroup a any a\nquorum a\n",
        f"group g any a\nwitness a {vkey('a')}\nquorum g\n",
        f"witness a {vkey('a')}\ngroup g any none\nquorum g\n",
        f"witness a {vkey('a')} url more\nquorum a\n",
        "mirror x\nquorum none\n",
        "quorum\u00a0none\n",
        "quorum none\r\n",
        "quorum none\x00\n",
    ],
)
def test_what_is_not_a_policy(text: str) -> None:
    with pytest.raises(BadProof):
        policy.parse(text.encode())


def test_many_of_everything() -> None:
    keys = [Key(f"w{number}", f"w{number}.example", Algorithm.COSIGNATURE) for number in range(40)]
    witnesses = tuple(Witness(f"w{number}", key.verifier) for number, key in enumerate(keys))
    trusted = Policy((), witnesses, (Group("g", 20, tuple(each.name for each in witnesses)),), "g")
    assert policy.parse(trusted.text().encode()) == trusted
