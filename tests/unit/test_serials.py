"""Serial numbers: the pairs that must be found, the pair that must not, and the laws that the keys keep."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.domain import serials
from evidence.domain.serials import KeyKind, Likeness, LookAlike, Marked, Oddity

ALPHABET = "0123456789ABILOQRSXZ"
SERIALS = st.text(ALPHABET, min_size=0, max_size=14)
ANYTHING = st.text(max_size=24)


def alike(one: str, other: str) -> bool:
    return one == other or any(one in group and other in group for group in serials.LOOKALIKES)


def pistol(serial: str, **facts: str) -> Marked:
    return Marked(serial=serial, kind="pistol", **facts)


@st.composite
def one_edit_pairs(draw: st.DrawFn) -> tuple[str, str]:
    """Two serials with exactly one character put in, taken out or replaced."""
    text = draw(st.text(ALPHABET, min_size=1, max_size=14))
    at = draw(st.integers(0, len(text) - 1))
    char = draw(st.sampled_from(ALPHABET))
    how = draw(st.sampled_from(["put in", "take out", "replace"]))
    edited = {
        "put in": text[:at] + char + text[at:],
        "take out": text[:at] + text[at + 1 :],
        "replace": text[:at] + char + text[at + 1 :],
    }[how]
    return text, edited


@pytest.mark.parametrize(
    ("marked", "normalised", "fold", "drop"),
    [
        ("BZR5S18", "BZR5S18", "BZR5518", "BZR518"),
        ("BZR5518", "BZR5518", "BZR5518", "BZR5518"),
        ("369S257", "369S257", "3695257", "369257"),
        ("369J257", "369J257", "369J257", "369257"),
        ("a-123 456", "A123456", "A123456", "A123456"),
        ("12O34", "12O34", "12034", "12034"),
        ("OBR123X", "OBR123X", "OBR123X", "0BR123X"),
        ("١٢٣-А45", "123А45", "123A45", "12345"),
        ("Ñ-77", "Ñ77", "Ñ77", "Ñ77"),
        (" - ", "", "", ""),
    ],
)
def test_the_four_forms_of_a_serial(marked: str, normalised: str, fold: str, drop: str) -> None:
    assert serials.forms(marked) == serials.SerialForms(marked, normalised, fold, drop)


@pytest.mark.parametrize(
    ("one", "other", "likeness"),
    [
        ("BZR5S18", "BZR5518", Likeness.FOLD),
        ("369S257", "369257", Likeness.DROP),
        ("369S257", "3695257", Likeness.FOLD),
        ("bzr-5s18", "BZR 5S18", Likeness.SAME),
    ],
)
@pytest.mark.parametrize("same_agency", [True, False])
def test_the_same_gun_is_found_inside_and_across_agencies(
    one: str, other: str, likeness: Likeness, same_agency: bool
) -> None:
    match = serials.compare(pistol(one), pistol(other), same_agency=same_agency)
    assert match is not None
    assert match.likeness is likeness


def test_one_edit_needs_the_same_maker_or_caliber() -> None:
    one = pistol("369A257", make="TAS", caliber="9 mm")
    assert serials.compare(one, pistol("368A257", make="SW", caliber=".38 Special"), same_agency=True) is None
    assert serials.compare(one, pistol("368A257"), same_agency=True) is None
    by_make = serials.compare(one, pistol("368A257", make="Taurus", caliber=".40"), same_agency=True)
    assert by_make == serials.Match(Likeness.NEAR, same_make=True, same_caliber=False, differing=(2,))
    by_caliber = serials.compare(one, pistol("369A2577", make="SW", caliber="9x19"), same_agency=True)
    assert by_caliber == serials.Match(Likeness.NEAR, same_make=False, same_caliber=True, differing=(7,))


def test_across_agencies_only_equal_keys_and_the_same_type() -> None:
    one = pistol("BZR5S18", make="TAS", caliber="9 mm", type="PI")
    near = pistol("BZR5S19", make="TAS", caliber="9 mm", type="PI")
    assert serials.compare(one, near, same_agency=False) is None
    assert serials.compare(one, near, same_agency=True) is not None
    rifle = Marked(serial="BZR5518", kind="long_gun", type="RI")
    assert serials.compare(one, rifle, same_agency=False) is None
    assert serials.compare(one, rifle, same_agency=True) is not None
    privately_made = Marked(serial="BZR5518", kind="pmf", type="PI")
    assert serials.compare(one, privately_made, same_agency=False) is not None, "the type is what counts"


def test_nothing_matches_a_blank_serial_and_short_ones_have_no_neighbours() -> None:
    assert serials.compare(pistol(""), pistol(" - "), same_agency=True) is None
    short = serials.compare(pistol("123", make="SW"), pistol("124", make="SW"), same_agency=True)
    assert short is None
    assert serials.compare(pistol("123"), pistol("123"), same_agency=True) is not None
    assert {kind for kind, _ in serials.search_keys("123")} == {KeyKind.FOLD, KeyKind.DROP}
    assert serials.search_keys("--") == frozenset()


def test_a_partial_serial_fits_its_full_one_inside_the_agency_with_a_second_fact() -> None:
    partial, full = pistol("K4?7719", caliber=".38"), pistol("K417719", caliber=".38 Special")
    match = serials.compare(partial, full, same_agency=True)
    assert match is not None
    assert match.likeness is Likeness.PARTIAL
    assert serials.compare(partial, full, same_agency=False) is None
    assert serials.compare(partial, pistol("K417719", caliber="9 mm"), same_agency=True) is None
    assert serials.compare(pistol("K4??", caliber=".38"), pistol("K417", caliber=".38"), same_agency=True) is None


def test_an_unreadable_character_is_exactly_one() -> None:
    assert serials.fits_partial("K4?7719", "K417719")
    assert serials.fits_partial("K4?77l9", "K4?7719")
    assert not serials.fits_partial("K4?7719", "K47719")
    assert not serials.fits_partial("K4?7719", "K527719")


def test_a_partial_serial_is_searched_by_the_text_without_its_gap() -> None:
    assert serials.search_keys("K4?7719") == {(KeyKind.NEAR, "K47719")}
    assert (KeyKind.NEAR, "K47719") in serials.search_keys("K417719")
    assert serials.search_keys("K??7719") == frozenset()


@given(one_edit_pairs())
def test_serials_one_edit_apart_share_a_neighbour_key(pair: tuple[str, str]) -> None:
    one, other = pair
    assert serials.within_one_edit(one, other)
    assert serials.neighbour_keys(one) & serials.neighbour_keys(other)


@given(SERIALS, SERIALS)
def test_one_edit_is_the_distance_of_levenshtein(one: str, other: str) -> None:
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        before, row = row, [i]
        for j, b in enumerate(other, start=1):
            row.append(min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b)))
    assert serials.within_one_edit(one, other) == (row[-1] <= 1)


@given(st.one_of(SERIALS.map(lambda text: (text, text)), one_edit_pairs(), st.tuples(SERIALS, SERIALS)))
def test_whatever_compare_finds_the_stored_keys_find_too(pair: tuple[str, str]) -> None:
    one, other = pistol(pair[0], caliber="9 mm"), pistol(pair[1], caliber="9 mm")
    match = serials.compare(one, other, same_agency=True)
    mirrored = serials.compare(other, one, same_agency=True)
    assert (match and match.likeness) == (mirrored and mirrored.likeness)
    if match is not None:
        assert serials.search_keys(one.serial) & serials.search_keys(other.serial)


@given(SERIALS)
def test_the_cost_of_near_search_is_one_row_a_character(text: str) -> None:
    assert len(serials.neighbour_keys(text)) <= len(text) + 1


@given(st.lists(st.sampled_from([(a, b) for a in ALPHABET for b in ALPHABET if alike(a, b)]), max_size=14))
def test_swapping_look_alikes_never_changes_the_fold_key(pairs: list[tuple[str, str]]) -> None:
    one, other = ("".join(side) for side in zip(*pairs, strict=True)) if pairs else ("", "")
    assert serials.forms(one).key_fold == serials.forms(other).key_fold


@given(st.text("0OS5BRX", max_size=5), st.text("0OS5BRX", max_size=5))
def test_the_fold_key_equals_only_for_look_alikes(one: str, other: str) -> None:
    look_the_same = len(one) == len(other) and all(alike(a, b) for a, b in zip(one, other, strict=True))
    assert (serials.forms(one).key_fold == serials.forms(other).key_fold) == look_the_same


@given(ANYTHING)
def test_normalising_any_text_is_stable_and_keys_come_without_error(text: str) -> None:
    once = serials.normalise(text)
    assert serials.normalise(once) == once
    assert serials.forms(text).key_fold == serials.forms(once).key_fold
    assert serials.search_keys(text) == serials.search_keys(once)


def test_look_alikes_to_confirm_and_places_that_differ() -> None:
    assert serials.lookalikes("QZX0158") == (
        LookAlike(1, "Z", "2"),
        LookAlike(3, "0", "O"),
        LookAlike(4, "1", "IL"),
        LookAlike(5, "5", "S"),
        LookAlike(6, "8", "B"),
    )
    assert serials.differing("QZX-0158", "qzx0153") == (6,)
    assert serials.differing("QZX0158", "QZX158") == (3,)
    assert serials.differing("QZX0158", "QZX01584") == (7,)
    assert serials.differing("QZX0158", "QZX0158") == ()


def test_readings_agree_on_characters_not_on_separators() -> None:
    assert serials.readings_agree("qzx-0158", "QZX 0158")
    assert not serials.readings_agree("QZX0158", "QZXO158")


@pytest.mark.parametrize("text", ["99123456-77", "99123456 - A7", "99123456‑7"])
def test_a_licensees_number_is_recognised(text: str) -> None:
    assert serials.oddities(text) == (Oddity.LICENSEE_FORM,)


@pytest.mark.parametrize(
    ("text", "oddity"),
    [
        ("ABCDEF", Oddity.NO_DIGIT),
        ("7", Oddity.VERY_SHORT),
        ("9" * 21, Oddity.VERY_LONG),
        ("9x19", Oddity.LOOKS_LIKE_CALIBER),
        ("9 mm", Oddity.LOOKS_LIKE_CALIBER),
    ],
)
def test_oddities_warn(text: str, oddity: Oddity) -> None:
    assert oddity in serials.oddities(text)


def test_a_makers_formats_are_the_agencys_own() -> None:
    assert serials.oddities("BXR123") == ()
    assert serials.oddities("BXR123", templates=["AAA999", "AAAA999"]) == ()
    assert serials.oddities("BX1234", templates=["AAA999", "AAAA999"]) == (Oddity.UNUSUAL_FOR_MAKER,)
    assert serials.oddities("12345678", templates=["9999999X"]) == ()
