"""Code lists: complete, consistent, and compared the way people write."""

import hashlib
import json

import pytest

from evidence.domain import codes


def test_the_32_entities_stand_under_their_inegi_codes() -> None:
    assert sorted(codes.ENTITIES) == [f"{n:02d}" for n in range(1, 33)]
    assert codes.ENTITIES["05"].name == "Coahuila de Zaragoza"
    assert codes.ENTITIES["09"].iso == "MX-CMX"
    assert len({entity.iso for entity in codes.ENTITIES.values()}) == 32
    assert len({entity.ncic for entity in codes.ENTITIES.values()}) == 32


def test_every_maker_comes_from_a_listed_country() -> None:
    countries = {make.country for make in codes.MAKES.values() if make.country}
    assert countries <= set(codes.COUNTRIES)


def test_a_privately_made_firearm_is_pmg_and_pmf_is_nothing_here() -> None:
    assert codes.MAKES[codes.PRIVATELY_MADE].privately_made
    assert codes.make_of("PMF") is None
    assert not codes.MAKES[codes.UNKNOWN_MAKER].accepted


@pytest.mark.parametrize(
    ("text", "code"),
    [("GLC", "GLC"), ("glock", "GLC"), ("S & W", "SW"), ("Obregon", "OBR"), ("H&K", "HEC"), ("Saiga", "IZH")],
)
def test_a_make_is_found_as_people_write_it(text: str, code: str) -> None:
    make = codes.make_of(text)
    assert make is not None
    assert make.code == code


def test_a_country_is_found_by_code_and_by_either_name() -> None:
    found = [codes.country_of(text) for text in ("AT", "austria", "EE.UU.", "Turquía", "Atlantis", "", None)]
    assert [country and country.iso for country in found] == ["AT", "AT", "US", "TR", None, None, None]


def test_makes_compare_by_brand_and_free_text_by_its_letters() -> None:
    assert codes.same_make("GLC", "Glock Inc. (Smyrna)")
    assert codes.same_make("Talleres Núñez", "TALLERES NUNEZ")
    assert not codes.same_make("GLC", "TAS")
    assert not codes.same_make("", "")
    assert not codes.same_make(None, "GLC")
    assert not codes.same_make("ZZZ", "Desconocido"), "two unknown makers are not one maker"


@pytest.mark.parametrize(
    ("text", "caliber"),
    [
        ("9 mm", "9x19"),
        ("9X19 mm", "9x19"),
        (".45", "45acp"),
        ("cal. 45", "45acp"),
        ("7,62 × 39 mm", "762x39"),
        ("40 mm", "40x46"),
        (".40", "40sw"),
        ("5.56x45mm NATO", "556x45"),
        ("Calibre 12", "12ga"),
        ("12 GA", "12ga"),
    ],
)
def test_a_caliber_is_found_as_it_is_marked(text: str, caliber: str) -> None:
    found = codes.caliber_of(text)
    assert found is not None
    assert found.id == caliber


def test_calibers_compare_by_family() -> None:
    assert codes.same_caliber("7.62x39", "7.62 NATO")
    assert codes.same_caliber(".223 Rem", "5.56 mm")
    assert codes.same_caliber("6.5 Inventado", "6.5 inventado")
    assert not codes.same_caliber("9 mm", ".380")
    assert not codes.same_caliber("", None)


def test_no_name_of_a_caliber_or_make_means_two() -> None:
    for names in (
        [
            (codes._fold_caliber(name), row.id)
            for row in codes.CALIBERS.values()
            for name in (row.id, row.label, *row.aliases)
        ],
        [(codes._fold(name), row.code) for row in codes.MAKES.values() for name in (row.code, row.name, *row.aliases)],
    ):
        owners: dict[str, str] = {}
        for name, owner in names:
            assert owners.setdefault(name, owner) == owner, f"{name} means {owners[name]} and {owner}"


def test_a_shotgun_shell_does_not_fit_a_pistol_and_the_unknown_is_not_judged() -> None:
    assert codes.caliber_fits_type("12 GA", "PI") is False
    assert codes.caliber_fits_type("9 mm", "PI") is True
    assert codes.caliber_fits_type("9 mm", "C") is True
    assert codes.caliber_fits_type("inventado", "PI") is None
    assert codes.caliber_fits_type("9 mm", None) is None


def test_codes_do_not_change_without_a_new_version() -> None:
    """Digests name the version. When this fails, raise the file's version and put both new values here."""
    listed = {
        "calibers": sorted(codes.CALIBERS),
        "countries": sorted(codes.COUNTRIES),
        "entities": sorted(codes.ENTITIES),
        "makes": sorted(codes.MAKES),
        "types": sorted(codes.FIREARM_TYPES),
    }
    fingerprint = hashlib.sha256(json.dumps(listed).encode()).hexdigest()[:16]
    assert (codes.CODE_LIST_VERSION, fingerprint) == (
        "calibers-1.countries-1.entities-1.makes-1.types-1",
        "55cdbe39f7eb6bc7",
    )
