"""What an agency demands of a capture at the scene, and its phones must know: a block with a version.

A phone keeps the block, works by it offline, and applies a new one from the next capture on. It can only ask for more:
the built-in views and the built-in words of safety stay, whatever an agency sets (field app, sections 1, 2 and 7).
"""

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from evidence.domain.canonical import jcs, sha256_hex
from evidence.domain.kinds import View
from evidence.domain.manifest import Manifest
from evidence.domain.problem import Problem, ProblemCode
from evidence.domain.views import VIEWS


class CameraMode(StrEnum):
    """Which camera takes the photos: the phone's own app, the one in the page, or as the officer likes."""

    EITHER = "either"
    SYSTEM = "system"
    PAGE = "page"


class Numbered(StrEnum):
    """Numbers of the agency's own, as its phones ask for them."""

    FOLIO = "folio"
    IPH = "iph"
    SEAL = "seal"


WEAPONS = ("pistol", "revolver", "long_gun", "pmf")
"""Classes of weapon that a make-safe card is for."""

LANGUAGES = ("es", "en")
MOST_TEXT = 480
MOST_LINES = 6
"""Of one card: what a hand can hold and read in the dark."""

DEMANDABLE: Mapping[str, frozenset[View]] = MappingProxyType(
    {
        group: frozenset(rule.view for rule in VIEWS if rule.ask.get(group) == "r" and rule.per in ("item", "group"))
        for group in ("handgun", "long_gun", "pmf", "part", "cartridge_case", "cartridge", "bullet", "magazine")
    }
)
"""By group of things: the views that the table only recommends. What it asks for is asked for in any case."""

_PATTERN = re.compile(r"[A-Z0-9#@*/. -]{1,40}")
_CLASSES: Mapping[str, str] = MappingProxyType({"#": "[0-9]", "@": "[A-Z]", "*": "[A-Z0-9]"})
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")


def is_pattern(text: Any) -> bool:
    """``#`` is a digit, ``@`` a letter, ``*`` either; capitals, digits, space and ``- / .`` stand for themselves.

    At least one place must be open, and no space at the ends; 40 characters at most.
    """
    return (
        isinstance(text, str)
        and bool(_PATTERN.fullmatch(text))
        and text == text.strip()
        and any(sign in text for sign in _CLASSES)
    )


def fits(pattern: str, number: str) -> bool:
    """Whether a number is of the pattern; small letters count as capitals, spaces around it are nothing."""
    wanted = "".join(_CLASSES.get(sign) or re.escape(sign) for sign in pattern)
    return re.fullmatch(wanted, number.strip().upper(), re.ASCII) is not None


def is_required_views(value: Any) -> bool:
    """By group of things, views beyond the built-in ones that the group knows."""
    return isinstance(value, dict) and all(
        group in DEMANDABLE
        and isinstance(views, list)
        and len(views) == len(set(map(str, views)))
        and all(isinstance(view, str) and view in DEMANDABLE[group] for view in views)
        for group, views in value.items()
    )


def is_numbering(value: Any) -> bool:
    return isinstance(value, dict) and all(
        name in set(Numbered) and is_pattern(pattern) for name, pattern in value.items()
    )


def is_make_safe(value: Any) -> bool:
    """By class of weapon, the card in both languages: at most 480 characters and six lines each."""
    return isinstance(value, dict) and all(
        weapon in WEAPONS
        and isinstance(card, dict)
        and set(card) == set(LANGUAGES)
        and all(map(_is_card, card.values()))
        for weapon, card in value.items()
    )


def _is_card(text: Any) -> bool:
    return (
        isinstance(text, str)
        and len(text.strip()) > 0
        and len(text) <= MOST_TEXT
        and len(text.splitlines()) <= MOST_LINES
        and not _CONTROL.search(text)
    )


def rules_of(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The block for a phone; ``version`` is the SHA-256 of the rest's canonical form, so equal rules have one name."""
    rules = {
        "camera_mode": settings.get("camera_mode", CameraMode.EITHER.value),
        "required_views": {
            group: sorted(views) for group, views in settings.get("required_views", {}).items() if views
        },
        "numbering_pattern": dict(settings.get("numbering_pattern", {})),
        "make_safe_texts": dict(settings.get("make_safe_texts", {})),
    }
    return {"version": sha256_hex(jcs(rules)), **rules}


def number_problems(manifest: Manifest, patterns: Mapping[str, str]) -> Iterator[Problem]:
    """Numbers against the agency's pattern: to be looked at, never a reason to refuse."""
    stated: list[tuple[str, str, str | None]] = [
        (Numbered.FOLIO, "/recovery/folio_911", manifest.recovery.facts.get("folio_911")),
        (Numbered.IPH, "/recovery/iph", manifest.recovery.facts.get("iph")),
        *((Numbered.SEAL, f"/packages/{n}/seal", one.seal) for n, one in enumerate(manifest.packages)),
    ]
    for name, pointer, number in stated:
        if name in patterns and number and not fits(patterns[name], number):
            yield Problem(ProblemCode.NUMBER_AGAINST_PATTERN, pointer)
