"""Whom to believe (C2SP tlog-policy): the logs' keys, the witnesses' keys, and the quorum that counts."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from evidence.domain.log import note
from evidence.domain.log.merkle import BadProof
from evidence.domain.log.note import Algorithm, Opened, Verified, Verifier

NONE = "none"
_ALLOWED = re.compile(rb"[\t\n\x20-\x7e\x80-\xff]*\Z")
_WORD = re.compile(r"[^\x00-\x20\x7f]+\Z")


@dataclass(frozen=True, slots=True)
class Log:
    verifier: Verifier
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Witness:
    """``name`` is the policy's own name for it; the key signs under ``verifier.name``."""

    name: str
    verifier: Verifier
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Has witnessed when at least ``threshold`` of its members (witnesses or earlier groups) have."""

    name: str
    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """``quorum`` names a witness, a group, or ``none``. The definitions are checked when it is made."""

    logs: tuple[Log, ...]
    witnesses: tuple[Witness, ...]
    groups: tuple[Group, ...]
    quorum: str

    def __post_init__(self) -> None:
        _check_keys([each.verifier for each in self.logs], Algorithm.ED25519)
        _check_keys([each.verifier for each in self.witnesses], Algorithm.COSIGNATURE)
        urls = [each.url for each in self.logs] + [each.url for each in self.witnesses]
        if any(url is not None and not _WORD.match(url) for url in urls):
            raise BadProof("policy_url_wrong")
        defined: set[str] = set()
        listed: set[str] = set()
        for name in (each.name for each in self.witnesses):
            _define(name, defined)
        for group in self.groups:
            members = set(group.members)
            if len(members) < len(group.members) or members & listed or not members <= defined:
                raise BadProof("policy_members_wrong", group.name)
            if not 1 <= group.threshold <= len(group.members):
                raise BadProof("policy_threshold_wrong", group.name)
            listed |= members
            _define(group.name, defined)
        if self.quorum != NONE and self.quorum not in defined:
            raise BadProof("policy_quorum_wrong", self.quorum)

    def satisfied(self, signatures: Iterable[Verified]) -> bool:
        """Whether the verified signatures hold the quorum's cosignatures. The log's own signature is not looked at."""
        keys = {each.verifier.public_key for each in signatures if each.seconds is not None}
        witnessed = {each.name for each in self.witnesses if each.verifier.public_key in keys} | {NONE}
        for group in self.groups:
            if len(witnessed.intersection(group.members)) >= group.threshold:
                witnessed.add(group.name)
        return self.quorum in witnessed

    def open(self, signed: bytes) -> Opened:
        """Opens a checkpoint that one of the logs signed and the quorum cosigned; else ``BadProof``."""
        known = [each.verifier for each in self.logs] + [each.verifier for each in self.witnesses]
        opened = note.open_note(signed, known)
        if not any(each.seconds is None for each in opened.by):
            raise BadProof("not_signed", "no signature by a log of the policy")
        if not self.satisfied(opened.by):
            raise BadProof("quorum_missing", self.quorum)
        return opened

    def text(self) -> str:
        """The policy file. Groups are written with their number, whatever shorthand they were read from."""
        lines = [_line("log", each.verifier.vkey, each.url) for each in self.logs]
        lines += [_line("witness", each.name, each.verifier.vkey, each.url) for each in self.witnesses]
        lines += [_line("group", each.name, str(each.threshold), *each.members) for each in self.groups]
        return "".join([*lines, _line("quorum", self.quorum)])


def parse(data: bytes) -> Policy:
    """Reads a policy file; ``BadProof`` names the line that is wrong. Names are opaque octets."""
    if not _ALLOWED.match(data):
        raise BadProof("policy_malformed", "control characters")
    logs, witnesses, groups, quorums = [], [], [], []
    defined: set[str] = set()
    for number, line in enumerate(data.decode("utf-8", "surrogateescape").split("\n"), start=1):
        if not (words := re.split(r"[ \t]+", line.strip(" \t"))) or words[0].startswith("#") or words == [""]:
            continue
        match words:
            case ["log", vkey, *url] if len(url) < 2:
                logs.append(Log(Verifier.parse(vkey), *url))
            case ["witness", name, vkey, *url] if len(url) < 2:
                witnesses.append(Witness(name, Verifier.parse(vkey), *url))
                defined.add(name)
            case ["group", name, threshold, *members] if members and defined.issuperset(members):
                groups.append(Group(name, _threshold(threshold, len(members)), tuple(members)))
                defined.add(name)
            case ["quorum", name] if name == NONE or name in defined:
                quorums.append(name)
            case _:
                raise BadProof("policy_malformed", f"line {number}")
    if len(quorums) != 1:
        raise BadProof("policy_quorum_wrong", "there must be exactly one quorum line")
    return Policy(tuple(logs), tuple(witnesses), tuple(groups), quorums[0])


def _threshold(text: str, members: int) -> int:
    if text in ("any", "all"):
        return 1 if text == "any" else members
    if not re.match(r"[1-9][0-9]{0,5}\Z", text, re.ASCII):
        raise BadProof("policy_threshold_wrong", text)
    return int(text)


def _line(*words: str | None) -> str:
    return " ".join(word for word in words if word is not None) + "\n"


def _define(name: str, defined: set[str]) -> None:
    if not _WORD.match(name) or name == NONE or name in defined:
        raise BadProof("policy_name_wrong", name)
    defined.add(name)


def _check_keys(verifiers: list[Verifier], algorithm: Algorithm) -> None:
    if any(each.algorithm is not algorithm for each in verifiers):
        raise BadProof("policy_key_type_wrong")
    if len({each.public_key for each in verifiers}) < len(verifiers):
        raise BadProof("policy_key_twice")
