"""Code lists as data: entities, NCIC makes and firearm types, usual calibers, countries.

The lists are files beside this module, read once at import: they are part of the program, and change with it.
A make, caliber or country outside the lists is never refused: the lists name and compare, they do not judge.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType
from typing import Any, TypeVar

UNITED_STATES = "US"
PRIVATELY_MADE = "PMG"
"""NCIC make code of a privately made firearm. Not ``PMF``, which is a company's."""

UNKNOWN_MAKER = "ZZZ"
"""NCIC make code of an unknown maker, which is not accepted for recovered guns."""


@dataclass(frozen=True, slots=True)
class Entity:
    """One of the 32 federal entities; ``inegi`` has two digits."""

    inegi: str
    name: str
    abbreviation: str
    iso: str
    ncic: str


@dataclass(frozen=True, slots=True)
class Make:
    """A maker. ``country`` is null where guns of this name come from several; ``brand`` joins codes of one name."""

    code: str
    name: str
    country: str | None
    brand: str
    aliases: tuple[str, ...]
    mostly_importer: bool = False
    privately_made: bool = False
    accepted: bool = True


@dataclass(frozen=True, slots=True)
class FirearmType:
    """An NCIC type. ``group`` is ``handgun``, ``rifle``, ``shotgun``, ``combination`` or ``heavy``."""

    code: str
    label_es: str
    label_en: str
    group: str


@dataclass(frozen=True, slots=True)
class Caliber:
    """A usual caliber. ``family`` is coarse, for comparing; ``groups`` are the classes that commonly fire it."""

    id: str
    label: str
    family: str
    groups: tuple[str, ...]
    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Country:
    """A country by ISO 3166-1 alpha-2, with the names under which it is marked or typed."""

    iso: str
    name_es: str
    name_en: str
    aliases: tuple[str, ...] = ()


_Row = TypeVar("_Row", Entity, Make, FirearmType, Caliber, Country)


def read_data(name: str) -> dict[str, Any]:
    """The JSON file ``data/<name>.json`` of this package: ``version``, ``note`` and its rows or fields."""
    text = resources.files("evidence.domain").joinpath("data", f"{name}.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


def _rows(name: str, kind: Callable[..., _Row]) -> tuple[str, tuple[_Row, ...]]:
    document = read_data(name)
    rows = []
    for row in document["rows"]:
        members: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in row.items()}
        rows.append(kind(**members))
    return str(document["version"]), tuple(rows)


def _by(rows: tuple[_Row, ...], key: Callable[[_Row], str]) -> Mapping[str, _Row]:
    table = {key(row): row for row in rows}
    if len(table) != len(rows):
        raise ValueError("a code list names one code twice")
    return MappingProxyType(table)


_entities_version, _entities = _rows("entities", Entity)
_makes_version, _makes = _rows("makes", Make)
_types_version, _types = _rows("firearm_types", FirearmType)
_calibers_version, _calibers = _rows("calibers", Caliber)
_countries_version, _countries = _rows("countries", Country)

ENTITIES: Mapping[str, Entity] = _by(_entities, lambda row: row.inegi)
MAKES: Mapping[str, Make] = _by(_makes, lambda row: row.code)
FIREARM_TYPES: Mapping[str, FirearmType] = _by(_types, lambda row: row.code)
CALIBERS: Mapping[str, Caliber] = _by(_calibers, lambda row: row.id)
COUNTRIES: Mapping[str, Country] = _by(_countries, lambda row: row.iso)

CODE_LIST_VERSION = (
    f"calibers-{_calibers_version}.countries-{_countries_version}.entities-{_entities_version}"
    f".makes-{_makes_version}.types-{_types_version}"
)
"""What a digest names as ``code_list_version`` (protocol, section 6). Raise a file's version when a code changes."""


def _fold(text: str) -> str:
    """Upper case, no accents, no separators: how names are compared."""
    plain = unicodedata.normalize("NFKD", text).upper()
    return "".join(char for char in plain if char.isalnum())


def _fold_caliber(text: str) -> str:
    """``7,62 × 39`` to ``7.62x39``; ``cal. 45`` and ``.45`` to ``45``; ``9 mm`` to ``9mm``."""
    plain = unicodedata.normalize("NFKC", text).lower().replace("×", "x").replace(",", ".")
    return re.sub(r"calibre|caliber|cal\b|\bcal|\s", "", plain).strip(".-")


_MAKE_BY_NAME = {_fold(name): make for make in _makes for name in (make.code, make.name, *make.aliases)}
_COUNTRY_BY_NAME = {
    _fold(name): country
    for country in _countries
    for name in (country.iso, country.name_es, country.name_en, *country.aliases)
}
_CALIBER_BY_NAME = {
    _fold_caliber(name): caliber for caliber in _calibers for name in (caliber.id, caliber.label, *caliber.aliases)
}


def make_of(text: str | None) -> Make | None:
    """The make that a code, name or usual short name means; ``None`` for free text that the list doesn't know."""
    return _MAKE_BY_NAME.get(_fold(text)) if text else None


def country_of(text: str | None) -> Country | None:
    """The country that an ISO code or a name means, or ``None``."""
    return _COUNTRY_BY_NAME.get(_fold(text)) if text else None


def caliber_of(text: str | None) -> Caliber | None:
    """The usual caliber that a marked or typed text means, or ``None``."""
    name = _fold_caliber(text or "")
    return _CALIBER_BY_NAME.get(name) or _CALIBER_BY_NAME.get(name.replace("mm", ""))


def same_make(one: str | None, other: str | None) -> bool:
    """Whether two codes or names mean one maker. Blank never equals anything, unknown makers included."""
    keys = [make.brand if (make := make_of(text)) else _fold(text or "") for text in (one, other)]
    unknown = MAKES[UNKNOWN_MAKER].brand
    return keys[0] == keys[1] and keys[0] not in ("", unknown)


def same_caliber(one: str | None, other: str | None) -> bool:
    """Whether two texts mean calibers of one coarse family (7.62 of any length; .223 and 5.56)."""
    keys = [caliber.family if (caliber := caliber_of(text)) else _fold_caliber(text or "") for text in (one, other)]
    return keys[0] == keys[1] != ""


def type_group(code: str | None) -> str | None:
    """The class of an NCIC type code (``PI`` is a handgun), or ``None`` for a code that the list doesn't know."""
    found = FIREARM_TYPES.get(code or "")
    return found.group if found else None


def caliber_fits_type(caliber: str | None, type_code: str | None) -> bool | None:
    """Whether guns of this type commonly fire this caliber; ``None`` when either is unknown. For a warning only."""
    known, group = caliber_of(caliber), type_group(type_code)
    if known is None or group is None:
        return None
    if group == "combination":
        return True
    return group in known.groups
