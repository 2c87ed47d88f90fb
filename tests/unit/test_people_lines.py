"""Lists of people as spreadsheets write them, and what is wrong with each line."""

import pytest

from evidence.domain.agency_settings import check_settings
from evidence.domain.errors import EvidenceError
from evidence.domain.people_lines import MOST, PersonLine, read_people
from evidence.domain.roles import Role

GOOD = "clave;nombre;usuario;funciones;unidad;turno\nO-1;Ana Inventada;a.inventada;Oficial|supervisión;Norte;A\n"


def read(text: str, codes: tuple[str, ...] = (), usernames: tuple[str, ...] = ()) -> list[PersonLine]:
    return read_people(text, taken_codes=codes, taken_usernames=usernames)


def test_a_spanish_list_with_semicolons_is_read() -> None:
    (line,) = read("\ufeff" + GOOD + "\n;;;;;\n")
    assert (line.line, line.code, line.username, line.unit, line.shift) == (2, "O-1", "a.inventada", "Norte", "A")
    assert line.roles == (Role.OFFICER, Role.SUPERVISOR)
    assert line.errors == ()


@pytest.mark.parametrize(
    ("row", "errors"),
    [
        ("O-2,Ana,ana,officer", ()),
        (",Ana,ana,officer", ("code_missing",)),
        ("O-2,,ana,officer", ("name_missing",)),
        ("O-2,Ana,a,officer", ("username_form",)),
        ("O-2,Ana,an a,officer", ("username_form",)),
        ("O-2,Ana,ana,", ("role_missing",)),
        ("O-2,Ana,ana,officer wizard", ("role_unknown",)),
        ("O-2,Ana,ana,officer,more", ("too_many_columns",)),
        ("O-9,Ana,taken,officer", ("code_taken", "username_taken")),
        (f"{'x' * 41},Ana,ana,officer", ("too_long",)),
    ],
)
def test_each_wrong_line_is_named(row: str, errors: tuple[str, ...]) -> None:
    (line,) = read(f"code,name,username,roles\n{row}\n", ("O-9",), ("taken",))
    assert line.errors == errors


def test_what_stands_twice_is_wrong_both_times() -> None:
    lines = read("code,name,username,roles\nO-1,A,ana,officer\nO-1,B,Ana,officer\n")
    assert [line.errors for line in lines] == [("code_repeated", "username_repeated")] * 2


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "csv_empty"),
        ("code,name\n", "csv_heads"),
        ("code,name,username,roles\n" + "x,x,xxx,officer\n" * (MOST + 1), "csv_long"),
    ],
)
def test_what_is_no_list_is_refused(text: str, code: str) -> None:
    with pytest.raises(EvidenceError) as refused:
        read(text)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"surprise": 1}, "unknown_setting"),
        ({"enrolment": "anyone"}, "setting_form"),
        ({"gallery_allowed": 1}, "setting_form"),
        ({"cards_a_day": True}, "setting_form"),
        ({"calendar": {"zone": "Europe/Paris"}}, "setting_form"),
        ({"calendar": {"workdays": []}}, "setting_form"),
        ({"calendar": {"closed": ["2026-13-01"]}}, "setting_form"),
        ({"due_business_days": {"etrace": 0}}, "setting_form"),
        ({"facts": {"officer.name": "x"}}, "setting_form"),
    ],
)
def test_a_wrong_setting_is_named(settings: dict[str, object], code: str) -> None:
    with pytest.raises(EvidenceError) as refused:
        check_settings(settings)
    assert refused.value.code == code
    assert list(refused.value.errors) == list(settings)


def test_right_settings_pass() -> None:
    check_settings(
        {
            "enrolment": "one_time_code",
            "gallery_allowed": False,
            "order_rule": "warn",
            "cards_a_day": 20,
            "calendar": {"zone": "America/Tijuana", "workdays": [0, 1, 2], "closed": ["2026-12-24"], "rest_days": True},
            "due_business_days": {"etrace": 3},
            "facts": {"agency.ori": "MX0000000"},
        }
    )
