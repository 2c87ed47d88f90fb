"""Worksheets: the form's own order, who says what, and what an approval covers."""

from subjects import EXAMINER, OFFICER, PISTOL_ITEM, SUPERVISOR, cases, changed, pistol, supplement

from evidence.domain import worksheet as ws
from evidence.domain.facts import FACT_RULES, Origin, Stated
from evidence.domain.worksheet import FORMS, Destination, Mandatory


def trace_values(**members: object) -> dict[str, object]:
    return ws.worksheet(Destination.ETRACE, pistol(**members)).digest_values()


def test_the_trace_form_stands_in_its_own_order() -> None:
    codes = [field.code for field in FORMS[Destination.ETRACE].fields]
    assert codes == [
        *("1a", "1b", "1c", "2a", "2b"),
        *(f"3{letter}" for letter in "abcdef"),
        *(f"4{letter}" for letter in "abcdefg"),
        *(f"5{letter}" for letter in "abcdefghi"),
        *(f"6{letter}" for letter in "abcdefghi"),
        *("VII", "VIII.date", "VIII.place", "VIII.vehicle", "IX"),
    ]


def test_the_mandatory_fields_are_those_of_the_form() -> None:
    by_need = {need: [f.code for f in FORMS[Destination.ETRACE].fields if f.mandatory is need] for need in Mandatory}
    assert by_need[Mandatory.LIST] == ["1b", "2a", "2b"]
    assert by_need[Mandatory.YES] == ["4a", "5a", "5c", "5d", "5e", "5f", "5g"]
    assert by_need[Mandatory.IF_NOT_US] == ["5h"]


def test_an_approval_does_not_cover_dates_contacts_and_people() -> None:
    form = FORMS[Destination.ETRACE]
    outside = {field.code for field in form.fields if not field.digest}
    assert outside >= {"1a", "3a", "3b", "3c", "3d", "3e", "3f", "4b", "4c", "4d", "4f", "4g"}
    assert {field.code for field in form.fields if field.digest} >= {"1b", "2a", "4a", "4e", "5a", "5c", "5h"}
    assert all(not field.digest for field in form.fields if field.personal)
    assert {field.part for field in form.fields if not field.certain} == {"III", "VI", "VII", "VIII", "IX"}


def test_every_fact_of_a_form_can_be_stated_by_someone() -> None:
    given = {"request.date", "serial.obliterated", "item.number", "item.kind", "item.quantity", "item.exams_first"}
    given |= {"part.type", "part.markings", "pmf.type"}
    for form in FORMS.values():
        for field in form.fields:
            assert set(field.facts) <= set(FACT_RULES) | given, field.code


def test_a_signed_pistol_fills_part_five_and_every_value_says_who() -> None:
    sheet = ws.worksheet(Destination.ETRACE, pistol(agency={"agency.ori": "MX0500100", "request.date": "2026-05-04"}))
    assert (sheet.form.form, sheet.form.edition) == ("ATF F 3312.1", "2018")
    values = sheet.values()
    assert values["5a"] == {"value": "QZX0158", "source": "manifest", "by": OFFICER}
    assert values["5b"]["value"] == "no"
    assert values["5c"]["value"] == {"text": "Glock", "code": "GLC"}
    assert values["5d"] == {"value": {"code": "PI", "text": "Pistol, semiautomatic"}, "source": "default", "by": None}
    assert values["4a"] == {"value": "MX0500100", "source": "agency", "by": None}
    assert values["1b"]["source"] == "default"
    assert "5h" not in values
    assert list(values) == [field.code for field in sheet.form.fields if field.code in values]
    assert "1a" in values
    assert "1a" not in sheet.digest_values()


def test_personal_lines_open_only_when_asked_for() -> None:
    sheet = ws.worksheet(Destination.ETRACE, pistol(supplements=[supplement(1, possessor__name="Persona Inventada")]))
    assert "6a" not in sheet.values()
    assert sheet.values(personal=True)["6a"]["value"] == "Persona Inventada"
    assert "6a" not in sheet.digest_values()


def test_the_country_follows_from_the_maker_until_somebody_states_it() -> None:
    item = changed(PISTOL_ITEM, firearm__country=None)
    assert trace_values(item=item)["5g"] == {"code": "AT"}
    stated = supplement(2, firearm__country={"code": "US"})
    assert trace_values(item=item, supplements=[stated])["5g"] == {"code": "US"}
    unknown_maker = changed(item, firearm__make={"text": "Inventada"})
    assert "5g" not in trace_values(item=unknown_maker)


def test_a_number_that_is_not_the_frames_is_not_the_serial() -> None:
    crane = changed(PISTOL_ITEM, serial={"status": "legible", "text": "48213", "where": "cylinder_or_crane"})
    assert "5a" not in trace_values(item=crane)
    frame = changed(PISTOL_ITEM, serial={"status": "legible", "text": "48213"})
    assert trace_values(item=frame)["5a"] == "48213", "the phone's default place is the frame"


def test_an_obliterated_number_stays_obliterated_when_a_laboratory_restores_it() -> None:
    item = changed(PISTOL_ITEM, serial={"status": "obliterated"})
    assert trace_values(item=item)["5b"] == "yes"
    restored = supplement(5, EXAMINER, serial__status="legible", serial__text="K417719", serial__method="revenido")
    sheet = ws.worksheet(Destination.ETRACE, pistol(item=item, supplements=[restored]))
    assert sheet.stated["5a"] == Stated("K417719", Origin.SUPPLEMENT, EXAMINER)
    assert sheet.digest_values()["5b"] == "yes"
    assert sheet.digest_values()["IX"] == "revenido"
    assert "5b" not in trace_values(item=changed(PISTOL_ITEM, serial={"status": "not_examined"}))


def test_a_privately_made_firearm_is_pmg() -> None:
    item = changed(
        PISTOL_ITEM,
        kind="privately_made_firearm",
        firearm=None,
        pmf={"type": "pistol", "how_made": "printed"},
        serial={"status": "never_marked"},
    )
    values = ws.worksheet(Destination.ETRACE, pistol(item=item)).values()
    assert values["5c"]["value"]["code"] == "PMG"
    assert values["5c"]["source"] == "code_list"
    assert values["5d"]["value"]["code"] == "PI"


def test_each_destination_digests_its_own_facts() -> None:
    trace, ballistics = (FORMS[name].digested_facts for name in (Destination.ETRACE, Destination.BALLISTICS))
    assert {"firearm.importer", "serial.text", "serial.status", "request.project_code"} <= trace
    assert not any(name.startswith(("acquisition.", "cartridge_case.", "possessor.", "legal.")) for name in trace)
    assert "cartridge_case.caliber" in ballistics
    assert not any(name.startswith(("acquisition.", "serial.", "firearm.make")) for name in ballistics)
    assert "agency.contact" not in trace


def test_the_ballistic_request_names_the_thing_and_the_laboratory_adds_below() -> None:
    found = supplement(1, EXAMINER, acquisition__breech_face="arched", cartridge_case__headstamp="INV 9x19")
    sheet = ws.worksheet(Destination.BALLISTICS, cases(supplements=[found]))
    assert sheet.digest_values() == {
        "b1": {"level": "routine"},
        "b2": "CI-DEMO-0042",
        "b7": "2",
        "b8": "cartridge_case",
        "b9": {"n": 5, "exact": True},
        "b10": {"text": "9 mm"},
    }
    assert sheet.values()["a10"] == {"value": "arched", "source": "supplement", "by": EXAMINER}
    assert sheet.values()["b13"]["value"] == "INV 9x19"


def test_the_crime_code_of_a_supervisor_reaches_both_forms() -> None:
    added = [supplement(1, SUPERVISOR, recovery__crime_code="5299")]
    assert trace_values(supplements=added)["2a"] == "5299"
    assert ws.worksheet(Destination.BALLISTICS, pistol(supplements=added)).digest_values()["b3"] == "5299"


def test_money_keeps_its_place_without_a_form() -> None:
    assert ws.worksheet(Destination.FINANCIAL, pistol()).values() == {}
