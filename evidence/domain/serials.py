"""Serial numbers: the forms that are kept, the keys that find the same gun, and what is odd about a text.

A serial as marked is kept in any script. From it come a normalised form (upper case, no separators) and two
search keys, because one key can't do both: ``key_fold`` makes look-alikes equal (``BZR5S18`` and ``BZR5518``),
``key_drop`` leaves out letters between digits, as NCIC matching does (``369S257`` and ``369257``).
A match warns and links; it never blocks and never merges. Positions count from 0 in the normalised form.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from evidence.domain.codes import same_caliber, same_make

UNREADABLE = "?"
"""Stands in a partial serial for exactly one character that nobody can read."""

LOOKALIKES = ("0O", "1IL", "2Z", "5S", "8B")
NEAR_MIN_CHARACTERS = 4
"""Shorter serials have neighbours by chance, so only equal keys speak for them. Ours; no form says so."""

_FOLD = str.maketrans({letter: group[0] for group in LOOKALIKES for letter in group[1:]})
_UNFOLD = str.maketrans({group[0]: group[1] for group in LOOKALIKES})
_HOMOGLYPHS = str.maketrans("АВЕКМНОРСТУХІЅΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEKMHOPCTYXISABEZHIKMNOPTYX")
_LEADING = re.compile(r"(?:[01258]|[^\W\d_])*[^\W\d_]")
_PARTS = re.compile(r"([^0-9?]*)(.*?)([^0-9?]*)", re.DOTALL)
_LICENSEE = re.compile(r"\s*[0-9]{8}\s*[-‐‑–]\s*\w")


@dataclass(frozen=True, slots=True)
class SerialForms:
    """The four forms of one serial."""

    marked: str
    normalised: str
    key_fold: str
    key_drop: str


class KeyKind(StrEnum):
    """Which key a stored search row holds."""

    FOLD = "fold"
    DROP = "drop"
    NEAR = "near"


def normalise(text: str) -> str:
    """Upper case, decimal digits of any script as ASCII, no separators; ``?`` stays."""
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).upper())
    kept = (char for char in plain if char.isalnum() or char == UNREADABLE)
    return "".join(str(unicodedata.decimal(char, char)) for char in kept)


def _classes(normalised: str) -> str:
    """Each character as the first of its look-alikes; Cyrillic and Greek letters as the Latin ones they look like."""
    return normalised.translate(_HOMOGLYPHS).translate(_FOLD)


def _key_fold(normalised: str) -> str:
    """The look-alike classes, written with letters up to the last sure letter of the leading run.

    The rendering is one to one, so equality is that of the classes; it only makes the key read like a
    serial: ``BZR5518`` and not ``82R5518``.
    """
    folded = _classes(normalised)
    leading = _LEADING.match(folded)
    end = leading.end() if leading else 0
    return folded[:end].translate(_UNFOLD) + folded[end:]


def _key_drop(normalised: str) -> str:
    """Letters between digits left out; leading and trailing letters count; the letter O is zero (domain facts)."""
    parts = _PARTS.fullmatch(normalised.translate(_HOMOGLYPHS))
    if parts is None:  # pragma: no cover - the pattern takes every text
        return normalised
    prefix, middle, suffix = parts.groups()
    inner = "".join(char for char in middle.replace("O", "0") if char in "0123456789?")
    return prefix.replace("O", "0") + inner + suffix.replace("O", "0")


def forms(marked: str) -> SerialForms:
    """The four forms of a serial as marked; keys are empty for a text without letters and digits."""
    text = normalise(marked)
    return SerialForms(marked, text, _key_fold(text), _key_drop(text))


def neighbour_keys(marked: str) -> frozenset[str]:
    """Keys of which two serials share at least one whenever they are within one edit of each other.

    An edit puts in, takes out or replaces one character, after folding look-alikes. The keys are the folded
    text and every text that leaves out one of its characters: at most ``n + 1`` rows for ``n`` characters,
    stored once, and as many equality probes of an index to search, never a scan. Sharing a key is
    necessary, not sufficient (``AB`` and ``BA`` share one): what is fetched goes through ``compare``.
    A partial serial with one ``?`` gives the one text that leaves it out, which its full serial has too;
    with more it gives none and is found only when its full serial is read.
    """
    text = _classes(normalise(marked))
    unreadable = text.count(UNREADABLE)
    if unreadable:
        return frozenset({text.replace(UNREADABLE, "")}) if unreadable == 1 else frozenset()
    return frozenset({text, *(text[:at] + text[at + 1 :] for at in range(len(text)))})


def search_keys(marked: str) -> frozenset[tuple[KeyKind, str]]:
    """The rows to store for a serial, and the probes that find the rows of its possible duplicates."""
    serial = forms(marked)
    keys: set[tuple[KeyKind, str]] = set()
    if not serial.normalised:
        return frozenset()
    if UNREADABLE not in serial.normalised:
        keys |= {(KeyKind.FOLD, serial.key_fold), (KeyKind.DROP, serial.key_drop)}
    if len(serial.normalised.replace(UNREADABLE, "")) >= NEAR_MIN_CHARACTERS:
        keys |= {(KeyKind.NEAR, key) for key in neighbour_keys(marked)}
    return frozenset(keys)


def within_one_edit(one: str, other: str) -> bool:
    """Whether the texts are equal or one insertion, deletion or substitution apart. Linear time."""
    short, long = sorted((one, other), key=len)
    at = next((i for i, char in enumerate(short) if char != long[i]), len(short))
    if len(long) == len(short):
        return short[at + 1 :] == long[at + 1 :]
    return len(long) - len(short) == 1 and short[at:] == long[at + 1 :]


def fits_partial(one: str, other: str) -> bool:
    """Whether two serials as marked may be one, reading ``?`` as any single character and look-alikes as equal."""
    first, second = _classes(normalise(one)), _classes(normalise(other))
    return len(first) == len(second) and all(a == b or UNREADABLE in (a, b) for a, b in zip(first, second, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """A gun as far as the search for its duplicates knows it. ``make`` and ``caliber`` are codes or text."""

    serial: str
    kind: str
    type: str | None = None
    make: str | None = None
    caliber: str | None = None


class Likeness(StrEnum):
    """Why two guns may be one, strongest first."""

    SAME = "same"
    FOLD = "fold"
    DROP = "drop"
    NEAR = "near"
    PARTIAL = "partial"


@dataclass(frozen=True, slots=True)
class Match:
    """A possible duplicate. ``differing`` are the places to look at again, in the first serial."""

    likeness: Likeness
    same_make: bool
    same_caliber: bool
    differing: tuple[int, ...]


def _same_type(one: Marked, other: Marked) -> bool:
    return one.type == other.type if one.type and other.type else one.kind == other.kind


def _likeness(one: SerialForms, other: SerialForms) -> Likeness | None:
    if not one.normalised or not other.normalised:
        return None
    if UNREADABLE in one.normalised + other.normalised:
        known = min(len(form.normalised.replace(UNREADABLE, "")) for form in (one, other))
        enough = known >= NEAR_MIN_CHARACTERS
        return Likeness.PARTIAL if enough and fits_partial(one.normalised, other.normalised) else None
    if one.normalised == other.normalised:
        return Likeness.SAME
    if one.key_fold == other.key_fold:
        return Likeness.FOLD
    if one.key_drop == other.key_drop:
        return Likeness.DROP
    long_enough = min(len(one.normalised), len(other.normalised)) >= NEAR_MIN_CHARACTERS
    near = within_one_edit(_classes(one.normalised), _classes(other.normalised))
    return Likeness.NEAR if long_enough and near else None


def compare(one: Marked, other: Marked, *, same_agency: bool) -> Match | None:
    """Whether two guns may be one, by the rule of protocol, section 7, *Duplicates*.

    Inside the agency: either key equal; or one edit apart, or a partial reading that fits, with the same maker
    or caliber. Across agencies: only equal keys and the same type (the same kind where a type is unknown).
    """
    first, second = forms(one.serial), forms(other.serial)
    likeness = _likeness(first, second)
    if likeness is None:
        return None
    make, caliber = same_make(one.make, other.make), same_caliber(one.caliber, other.caliber)
    by_key = likeness in (Likeness.SAME, Likeness.FOLD, Likeness.DROP)
    holds = by_key or make or caliber if same_agency else by_key and _same_type(one, other)
    if not holds:
        return None
    return Match(likeness, make, caliber, differing(one.serial, other.serial))


def differing(one: str, other: str) -> tuple[int, ...]:
    """Places of the first serial where the second reads differently; from the first difference on if lengths differ."""
    first, second = normalise(one), normalise(other)
    if len(first) == len(second):
        return tuple(at for at, (a, b) in enumerate(zip(first, second, strict=True)) if a != b)
    start = next((at for at, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), None)
    shorter = min(len(first), len(second))
    return (start if start is not None else shorter,)


def readings_agree(one: str, other: str) -> bool:
    """Whether two readings of one photo say the same; case and separators don't count, look-alikes do."""
    return normalise(one) == normalise(other)


@dataclass(frozen=True, slots=True)
class LookAlike:
    """A character to confirm, and what it may be taken for."""

    at: int
    character: str
    others: str


def lookalikes(marked: str) -> tuple[LookAlike, ...]:
    """The characters that a reader should be asked about once (``0 (zero) or O (letter)?``)."""
    return tuple(
        LookAlike(at, char, group.replace(char, ""))
        for at, char in enumerate(normalise(marked))
        for group in LOOKALIKES
        if char in group
    )


def is_licensee_form(marked: str) -> bool:
    """Eight digits and a hyphen: a US licensee's number (since 24 August 2022).

    Also the form of a privately made firearm that a licensee marked.
    """
    return _LICENSEE.match(unicodedata.normalize("NFKC", marked)) is not None


class Oddity(StrEnum):
    """What is odd about a serial's text. Every one warns; none blocks."""

    LICENSEE_FORM = "licensee_form"
    NO_DIGIT = "no_digit"
    VERY_SHORT = "very_short"
    VERY_LONG = "very_long"
    LOOKS_LIKE_CALIBER = "looks_like_caliber"
    UNUSUAL_FOR_MAKER = "unusual_for_maker"


def _fits_template(text: str, template: str) -> bool:
    """``A`` a letter, ``9`` a digit, ``X`` either; anything else stands for itself."""
    tests = {"A": str.isalpha, "9": str.isdigit, "X": str.isalnum}
    return len(text) == len(template) and all(
        tests[sign](char) if sign in tests else sign == char for char, sign in zip(text, template, strict=True)
    )


def oddities(marked: str, *, templates: Sequence[str] = ()) -> tuple[Oddity, ...]:
    """What is odd about a legible serial. ``templates`` are an agency's own formats for the maker (``AAA999``).

    Makers' formats change by era and are weakly sourced, so none come with the program; templates and not
    regular expressions, so that a list can't stall the service.
    """
    text = normalise(marked)
    found = {
        Oddity.LICENSEE_FORM: is_licensee_form(marked),
        Oddity.NO_DIGIT: bool(text) and not any(char.isdigit() for char in text),
        Oddity.VERY_SHORT: 0 < len(text) < 3,
        Oddity.VERY_LONG: len(text) > 20,
        Oddity.LOOKS_LIKE_CALIBER: re.fullmatch(r"[0-9]{1,2}MM|[0-9]{1,3}X[0-9]{2}(MM)?", text) is not None,
        Oddity.UNUSUAL_FOR_MAKER: bool(templates) and not any(_fits_template(text, t) for t in templates),
    }
    return tuple(oddity for oddity, is_so in found.items() if is_so)
