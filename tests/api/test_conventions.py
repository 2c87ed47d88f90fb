"""What holds for every answer: one spelling of times, and whose address a request is logged under."""

import re
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
import structlog
from marshmallow import Schema, ValidationError

from api.app import create_app
from api.boundary import Wiring
from api.document import PLACEHOLDERS, placeholder_wiring
from api.schemas.times import Time
from evidence.settings import SettingsError, read_settings

SCHEMAS = Path(__file__).parents[2] / "api" / "schemas"


class Moment(Schema):
    at = Time(required=True, allow_none=True)


def test_a_time_is_written_in_utc_with_z() -> None:
    at = datetime(2026, 5, 3, 1, 36, 5, 120, tzinfo=timezone(timedelta(hours=-7)))
    assert Moment().dump({"at": at}) == {"at": "2026-05-03T08:36:05.000120Z"}
    assert Moment().dump({"at": None}) == {"at": None}
    assert Moment().load({"at": "2026-05-03T01:36:05.00012-07:00"}) == {"at": at}
    with pytest.raises(ValidationError):
        Moment().load({"at": "2026-05-03T01:36:05"})


def test_no_schema_writes_a_time_in_another_way() -> None:
    found = [path for path in SCHEMAS.glob("*.py") if path.name != "times.py"]
    assert any("Time(" in path.read_text(encoding="utf-8") for path in found)
    others = [path.name for path in found if re.search(r"fields\.\w*DateTime", path.read_text(encoding="utf-8"))]
    assert others == [], "use api.schemas.times.Time"


@pytest.mark.parametrize(
    ("proxies", "logged"),
    [(0, "127.0.0.1"), (1, "203.0.113.9"), (2, "198.51.100.7")],
)
def test_only_trusted_proxies_name_the_client(proxies: int, logged: str) -> None:
    wiring = placeholder_wiring()
    settings = replace(wiring.settings, trusted_proxies=proxies)
    app = create_app(Wiring(settings, wiring.services, wiring.sessions))
    sent = {"X-Forwarded-For": "192.0.2.1, 198.51.100.7, 203.0.113.9", "X-Forwarded-Host": "elsewhere.invalid"}
    answer = app.test_client().get("/api/v1/health", headers=sent)
    assert answer.status_code == 200
    assert structlog.contextvars.get_contextvars()["client"] == logged


def test_a_negative_number_of_proxies_is_a_mistake() -> None:
    assert read_settings({**PLACEHOLDERS, "CASQUILLO_TRUSTED_PROXIES": "2"}).trusted_proxies == 2
    with pytest.raises(SettingsError, match="TRUSTED_PROXIES must be a whole number, 0 or more"):
        read_settings({**PLACEHOLDERS, "CASQUILLO_TRUSTED_PROXIES": "-1"})
