"""What follows from what a file turned out to be: the quarantine rules, in one place.

*Quarantined* means right bytes, but unsafe or unreadable content: kept, and never shown inline
(protocol, section 5, *Media*). Everything else is a finding that a person reads.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from evidence.domain.content import DANGEROUS, X3P_TYPE, Content, Kind
from evidence.domain.content_structure import Problem

PICTURES = frozenset({Kind.JPEG, Kind.PNG, Kind.HEIC, Kind.WEBP})
CAPTURE = PICTURES | {Kind.X3P}
ATTACHMENT = CAPTURE | {Kind.PDF}

# Declared types and what they may turn out to be without being wrong.
_DECLARED: Mapping[str, Kind] = {
    "image/jpeg": Kind.JPEG,
    "image/jpg": Kind.JPEG,
    "image/png": Kind.PNG,
    "image/heic": Kind.HEIC,
    "image/heif": Kind.HEIC,
    "image/webp": Kind.WEBP,
    "application/pdf": Kind.PDF,
    X3P_TYPE: Kind.X3P,
    "model/x3p": Kind.X3P,
    "application/x3p": Kind.X3P,
}

# Pixels that a header may claim. A JPEG is decoded at a fraction of its size, so phones of 200 megapixels pass.
PIXEL_LIMITS: Mapping[Kind, int] = {
    Kind.JPEG: 250_000_000,
    Kind.PNG: 64_000_000,
    Kind.HEIC: 64_000_000,
    Kind.WEBP: 64_000_000,
}

# A cartridge case or bullet is a few centimetres long; a scan of metres was written in another unit.
_LARGEST_EXTENT_M = 0.2

# Failures of a decoder that say nothing against the file.
_HARMLESS = frozenset(
    {"preview_unavailable", "decoder_timeout", "decoder_failed", "x3p_profile", "x3p_point_cloud", "x3p_too_large"}
)


@dataclass(frozen=True)
class Finding:
    """What a check says about a file. ``quarantines`` implies ``blocking``; ``facts`` are JSON values."""

    code: str
    blocking: bool = False
    quarantines: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)


def judge(content: Content, *, declared_type: str, accepted: frozenset[Kind] = CAPTURE) -> list[Finding]:
    """The findings that follow from a file's bytes against the type that its author declared.

    ``accepted`` are the kinds that may be sent at this place (``CAPTURE`` from phones, ``ATTACHMENT`` from
    laboratories and desks). Codes: ``empty``, ``unrecognised``, ``mislabelled``, ``truncated``, ``malformed``,
    ``x3p_incomplete``, ``x3p_invalid``, ``pixel_limit``, ``polyglot``, ``trailing_data``.
    """
    if content.kind is Kind.EMPTY:
        return [_quarantine("empty")]
    findings = [*_of_type(content, declared_type, accepted), *_of_structure(content)]
    if content.hidden is not None or content.trailing_kind in DANGEROUS:
        kind = content.trailing_kind if content.trailing_kind in DANGEROUS else content.hidden
        findings.append(_quarantine("polyglot", kind=str(kind), size=content.trailing))
    elif content.trailing:
        kind = content.trailing_kind
        facts = {"size": content.trailing, "kind": "filler" if kind is None else str(kind)}
        findings.append(Finding("trailing_data", facts=facts))
    return findings


def seal(content: Content, *, declared_type: str) -> list[Finding]:
    """The findings of a vendor's file: kept as it is, never shown, whatever it holds.

    ``sealed`` says what it looks like; what is empty, a program or a page is quarantined all the same.
    """
    if content.kind in (Kind.EMPTY, Kind.PROGRAM, Kind.MARKUP):
        return judge(content, declared_type=declared_type, accepted=ATTACHMENT)
    return [Finding("sealed", facts={"recognised": content.content_type})]


def _of_type(content: Content, declared_type: str, accepted: frozenset[Kind]) -> list[Finding]:
    declared = _DECLARED.get(declared_type.partition(";")[0].strip().lower())
    if content.kind is declared and content.kind in accepted:
        return []
    if declared is Kind.X3P and content.kind is Kind.ZIP:
        incomplete = Problem.TRUNCATED in content.problems
        return [_quarantine("x3p_incomplete" if incomplete else "x3p_invalid")]
    if content.kind is Kind.UNKNOWN:
        return [_quarantine("unrecognised", declared=declared_type)]
    # A picture under another picture's name is a slip; anything else under a foreign name is kept apart.
    slip = content.kind in accepted and (declared is None or {content.kind, declared} <= PICTURES)
    facts = {"declared": declared_type, "recognised": content.content_type}
    return [Finding("mislabelled", blocking=not slip, quarantines=not slip, facts=facts)]


def _of_structure(content: Content) -> list[Finding]:
    findings = []
    if content.kind is not Kind.ZIP:  # an unaccepted kind anyway
        findings = [_quarantine(problem.value) for problem in content.problems]
    pixels = content.width * content.height
    if pixels > PIXEL_LIMITS.get(content.kind, pixels):
        findings.append(_quarantine("pixel_limit", width=content.width, height=content.height))
    return findings


def judge_failure(code: str, detail: str = "") -> Finding:
    """The finding for a file that the decoder refused; ``code`` as in ``PreviewFailed``."""
    facts = {"detail": detail} if detail else {}
    harmless = code in _HARMLESS
    return Finding(code, blocking=not harmless, quarantines=not harmless, facts=facts)


def came_that_way(code: str) -> list[Finding]:
    """Beside a failing checksum *inside* a file whose own SHA-256 is the sender's: no damage on the way."""
    return [Finding("came_that_way")] if code == "x3p_inner_checksum" else []


def judge_decoded(facts: Mapping[str, Any]) -> list[Finding]:
    """The findings that follow from what the decoder read of a sound file (``Preview.facts``)."""
    if facts.get("format") != Kind.X3P:
        return []
    width = float(facts["x_spacing_m"]) * int(facts["columns"])
    height = float(facts["y_spacing_m"]) * int(facts["rows"])
    if max(abs(width), abs(height)) <= _LARGEST_EXTENT_M:
        return []
    spacing = {name: facts[name] for name in ("x_spacing_m", "y_spacing_m")}
    return [Finding("x3p_scale_doubtful", facts=spacing)]


def _quarantine(code: str, **facts: Any) -> Finding:
    return Finding(code, blocking=True, quarantines=True, facts=facts)
