"""What printed documents say: ranges, blanks, times, conditions, and who may be named."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.domain.codes import read_data
from evidence.domain.facts import Origin, Stated, Subject
from evidence.domain.kinds import ItemKind, LabelCondition, MismatchKind, PhysicalEventKind, SerialStatus, View
from evidence.domain.prints import words
from evidence.domain.prints.items import condition_of_package, describe, line_of, merged
from evidence.domain.prints.people import Known, People
from evidence.domain.prints.registro_custody import EntryLine, continuity
from evidence.domain.prints.sheet import Table
from evidence.domain.roles import Role
from evidence.domain.schemas import SchemaName, schema
from evidence.domain.states import State
from evidence.domain.worksheet import known_facts

AT = datetime(2026, 11, 24, 5, 44, tzinfo=UTC)
SONORA = "America/Hermosillo"


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        (["1", "2", "3", "4", "5", "6"], "1 a 6"),
        (["1", "3", "4", "5"], "1, 3 a 5"),
        (["1", "2"], "1, 2"),
        (["A1", "A2", "A3", "B"], "A1 a A3, B"),
        (["1-T1", "1-T2", "1-T3"], "1-T1 a 1-T3"),
        (["9", "10", "11"], "9 a 11"),
        (["09", "10", "11"], "09, 10, 11"),
        (["3", "2", "1"], "3, 2, 1"),
        ([], ""),
    ],
)
def test_numbers_that_follow_each_other_are_a_range(numbers: list[str], said: str) -> None:
    assert words.ranges(numbers) == said


@given(st.sets(st.integers(1, 60)))
def test_a_range_never_says_a_number_that_is_not_there(numbers: set[int]) -> None:
    said = words.ranges(str(one) for one in sorted(numbers))
    found: set[int] = set()
    for part in filter(None, said.split(", ")):
        first, _, last = part.partition(" a ")
        found |= set(range(int(first), int(last or first) + 1))
    assert found == numbers


def test_times_are_local_and_utc_with_both_days() -> None:
    assert words.both(AT, SONORA) == "23/11/2026 22:44 h, hora local · 24/11/2026 05:44 UTC"
    assert words.both(AT, "Nowhere/Invented") == "24/11/2026 05:44 UTC"
    assert words.both(AT, "../../etc/passwd") == "24/11/2026 05:44 UTC"
    assert words.both(None, SONORA) == words.STRUCK


def test_blanks_are_said_exactly_or_struck() -> None:
    blanks = {"recovery.vehicle": "not_applicable", "recovery.iph": "no_information"}
    assert words.blank(blanks, "recovery.vehicle") == "No aplica"
    assert words.blank(blanks, "recovery.iph") == "Sin información"
    assert words.blank(blanks, "recovery.rnd") == words.STRUCK
    assert words.blank(None, "recovery.rnd") == words.STRUCK


def test_every_code_of_the_closed_lists_has_a_spanish_and_an_english_word() -> None:
    lists = {**read_data("print_words")["lists"], "custody": read_data("custody_words")}
    assert set(schema(SchemaName.CUSTODY_DETAILS)["properties"]) == set(lists["custody"])
    closed: dict[str, Any] = {
        "kind": ItemKind,
        "view": View,
        "serial": SerialStatus,
        "condition": LabelCondition,
        "event": PhysicalEventKind,
        "mismatch": MismatchKind,
        "role": Role,
        "state": State,
    }
    for name, enumeration in closed.items():
        assert {one.value for one in enumeration} == set(lists[name]), name
    assert all(one["es"] and one["en"] for words_of in lists.values() for one in words_of.values())


def item(number: str, kind: str = "cartridge_case", **more: Any) -> dict[str, Any]:
    return {"id": number, "number": number, "kind": kind, "quantity": {"n": 1, "exact": True}, **more}


def facts(one: dict[str, Any]) -> dict[str, Stated]:
    return known_facts(Subject(item=one, recovery={}, officer="o"))


def test_like_items_become_one_line_with_their_sum_and_unlike_ones_do_not() -> None:
    cases = [item(str(n), cartridge_case={"caliber": {"code": "9x19", "text": "9 mm"}}) for n in range(2, 7)]
    odd = item("7", cartridge_case={"caliber": {"code": "45", "text": ".45"}})
    lines = merged([line_of(one, facts(one)) for one in [item("1", "other"), *cases, odd]])
    assert [(one.numbers, one.quantity) for one in lines] == [("1", "1"), ("2 a 6", "5"), ("7", "1")]


def test_an_estimate_is_never_summed() -> None:
    many = [item(str(n), quantity={"n": 50, "exact": False}) for n in (2, 3)]
    lines = merged([line_of(one, facts(one)) for one in many])
    assert [(one.numbers, one.quantity) for one in lines] == [
        ("2", "50 (aproximada, por contar)"),
        ("3", "50 (aproximada, por contar)"),
    ]


def test_a_gun_is_described_with_its_state_and_never_called_safe() -> None:
    gun = item(
        "1",
        "firearm",
        firearm={"form": "pistol", "make": {"code": "GLC", "text": "GLOCK"}, "model": "19"},
        serial={"status": "legible", "text": "QZX0158", "where": "frame"},
        as_found={"magazine_in": "yes", "chambered": "unknown"},
        make_safe={"state": "not_handled"},
    )
    said = describe(gun, facts(gun))
    assert "GLC · GLOCK; modelo 19" in said
    assert "serie QZX0158 (legible, armazón o cajón)" in said
    assert "con cargador puesto" in said
    assert "recámara" not in said
    assert said.endswith("no se manipuló; estado declarado: NO VERIFICADA")
    assert "segur" not in said.lower()


def test_what_somebody_added_later_is_marked() -> None:
    gun = item("1", "firearm", firearm={"form": "pistol"})
    known = {**facts(gun), "firearm.model": Stated("19", Origin.SUPPLEMENT, "s")}
    assert "modelo 19 †" in describe(gun, known)


def test_a_package_says_the_gun_s_condition() -> None:
    loaded = item("1", "firearm", make_safe={"state": "by_signer", "condition": "loaded"})
    unknown, case = item("2", "firearm"), item("3")
    assert condition_of_package({"item_ids": ["1"]}, [loaded, case]) == "CARGADA"
    assert condition_of_package({"item_ids": ["2"]}, [unknown]) == "NO VERIFICADA"
    assert condition_of_package({"item_ids": ["1", "2"]}, [loaded, unknown]) == "NO VERIFICADA"
    assert condition_of_package({"item_ids": ["3"]}, [loaded, case]) == "No aplica"
    assert condition_of_package({"item_ids": ["3"], "condition": "unloaded"}, [case]) == "DESCARGADA"


def test_without_names_people_stand_by_badge_and_free_texts_are_withheld() -> None:
    known = {"o": Known("Oficial Inventada", "O-101", "Policía Modelo")}
    court, defence = People(known), People(known, names=False)
    assert court.line({"id": "o"}) == "Oficial Inventada, Policía Modelo · placa O-101"
    assert defence.line({"id": "o"}) == "Placa O-101, Policía Modelo · placa O-101"
    typed = {"name": "Persona Inventada", "institution": "Fiscalía Modelo", "post": "perita"}
    assert court.name(typed) == "Persona Inventada"
    assert defence.line(typed) == "Reservado, Fiscalía Modelo · perita"
    assert defence.free("lo entregó Persona Inventada") == "Reservado"
    assert defence.actor("person", "o", "officer") == "Placa O-101 (oficial)"


def test_entries_of_one_kind_stand_in_one_row_and_none_is_lost() -> None:
    kinds = ["capture.registered", *["media.received"] * 9, "capture.secured"]
    entries = [EntryLine(n, kind, AT, "Teléfono", f"{n:02x}" * 32) for n, kind in enumerate(kinds, start=1)]
    chain = [block for block in continuity([], entries, SONORA) if isinstance(block, Table)][-1]
    assert [row[0] for row in chain.rows] == ["1", "2 a 10", "11"]
    assert chain.rows[1][2] == "Archivo recibido (9)"
    assert chain.rows[1][4] == "0a0a0a0a"
