"""Views: the table of the field app, and the photos that serve it."""

import pytest
from subjects import BAG, BOX, CASES, PISTOL, PISTOL_ITEM, cases, changed, photo, pistol

from evidence.domain import views
from evidence.domain.facts import Subject
from evidence.domain.kinds import ItemKind, View
from evidence.domain.worksheet import Destination, known_facts


def asked(subject: Subject) -> set[View]:
    return {view for view, required in views.asked_views(known_facts(subject)).items() if required}


def needed(destination: Destination, subject: Subject) -> set[View]:
    found = views.needed_views(destination, known_facts(subject))
    return {view for view, required in found.items() if required}


def test_each_view_has_one_rule_and_words_in_both_languages() -> None:
    assert len({rule.view for rule in views.VIEWS}) == len(views.VIEWS)
    assert set(View) - {rule.view for rule in views.VIEWS} == {View.SKETCH, View.TOPOGRAPHY, View.OTHER}
    assert all(rule.label_es and rule.label_en and rule.ask for rule in views.VIEWS)


def test_what_a_pistol_needs_for_a_trace() -> None:
    assert needed(Destination.ETRACE, pistol()) == {
        View.LEFT,
        View.RIGHT,
        View.SERIAL_CLOSEUP,
        View.MAKER_MODEL_MARKING,
        View.IMPORTER_COUNTRY_MARKING,
    }
    american = changed(PISTOL_ITEM, firearm__country={"code": "US"})
    assert View.IMPORTER_COUNTRY_MARKING not in needed(Destination.ETRACE, pistol(american))


def test_ballistics_needs_the_closed_package_and_for_cases_the_bases() -> None:
    assert needed(Destination.BALLISTICS, pistol()) == {View.PACKAGE_SEALED}
    assert needed(Destination.BALLISTICS, cases()) == {View.PACKAGE_SEALED, View.HEADSTAMP}


@pytest.mark.parametrize(
    ("members", "view"),
    [
        ({"firearm__form": "revolver"}, View.AS_FOUND_STATE),
        ({"serial": {"status": "partial", "text": "K4?7719"}}, View.SERIAL_OBLIQUE),
        ({"firearm__official_mark": "yes"}, View.PROOF_OR_PROPERTY_MARK),
    ],
)
def test_a_fact_can_ask_for_a_view(members: dict[str, object], view: View) -> None:
    assert view not in asked(pistol())
    assert view in asked(pistol(changed(PISTOL_ITEM, **members)))


def test_an_official_mark_needs_its_photo_for_the_trace() -> None:
    item = changed(PISTOL_ITEM, firearm__official_mark="yes")
    assert View.PROOF_OR_PROPERTY_MARK in needed(Destination.ETRACE, pistol(item))


@pytest.mark.parametrize("kind", [ItemKind.EXPLOSIVE, ItemKind.OTHER])
def test_nothing_is_asked_of_an_explosive(kind: ItemKind) -> None:
    assert views.asked_views(known_facts(pistol(changed(PISTOL_ITEM, kind=kind.value)))) == {}


def test_one_photo_of_maker_and_model_serves_the_caliber() -> None:
    assert views.showing(pistol(), View.CALIBER_MARKING) == ("photo-maker_model_marking",)


def test_a_photo_shows_only_the_items_that_it_names_and_only_while_it_can_be_seen() -> None:
    assert views.showing(pistol(media=[photo("left", CASES)]), View.LEFT) == ()
    for state, shown in (("expected", 1), ("secured", 1), ("quarantined", 0), ("lost", 0), ("withheld", 0)):
        assert len(views.showing(pistol(media=[photo("left", PISTOL, state=state)]), View.LEFT)) == shown


def test_a_package_is_shown_by_its_own_photo_or_by_one_of_all() -> None:
    for media, shown in ((photo("package_sealed", package=BOX), 1), (photo("package_sealed"), 1)):
        assert len(views.showing(pistol(media=[media]), View.PACKAGE_SEALED)) == shown
    assert views.showing(pistol(media=[photo("package_sealed", package=BAG)]), View.PACKAGE_SEALED) == ()
    assert len(views.showing(pistol(media=[photo("package_sealed", PISTOL, CASES)]), View.PACKAGE_SEALED)) == 1
