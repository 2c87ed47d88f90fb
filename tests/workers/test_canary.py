"""The daily canary against a real store with its lock broken: every agency's chain says so."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from log_house import House, make_house
from sqlalchemy import select

from evidence.actions.accounts import organisations
from evidence.actions.store_ports import StoreRefused
from evidence.adapters.wiring import make_services
from evidence.domain.callers import SYSTEM
from evidence.records.custody import CustodyDetail, CustodyEntry
from evidence.settings import read_settings
from standalone.object_store import ObjectStore
from standalone.postgres import DatabaseUrls
from tests.adapters.broken_store import broken, deletes
from workers import app
from workers.tasks import sweeps

CODES = {"PEM-A": "agency", "PEM-B": "agency", "LAB-A": "laboratory"}


@pytest.fixture
def house(fresh_database_urls: DatabaseUrls, object_store: ObjectStore, tmp_path: Path) -> Iterator[House]:
    made = make_house(fresh_database_urls, object_store, tmp_path)
    with made.worker() as session:
        for code, kind in CODES.items():
            organisations.create_organisation(
                session,
                made.parts.services,
                actor=SYSTEM,
                kind=kind,
                name=f"{code} (inventada)",
                code=code,
                jurisdiction="state",
                entity="05",
            )
    yield made
    made.close()


def told(house: House) -> list[tuple[str, str]]:
    wanted = (
        select(CustodyEntry.chain_id, CustodyDetail.details)
        .join(CustodyDetail, CustodyDetail.entry_id == CustodyEntry.entry_id)
        .where(CustodyEntry.kind == "store.canary_failed", CustodyEntry.chain_id == CustodyEntry.agency_id)
    )
    with house.worker() as session:
        names = {row.id: row.code for row in session.scalars(select(organisations.Organisation))}
        return sorted((names[chain], details["reason"]) for chain, details in session.execute(wanted))


def test_a_store_that_lets_locked_versions_go_is_told_to_every_agency(
    house: House, object_store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "_parts", [house.parts])
    sweeps.store_canary(timestamp=0)
    assert told(house) == []
    with broken(object_store.endpoint, deletes) as endpoint:
        settings = read_settings({**house.environment, "CASQUILLO_S3_ENDPOINT": endpoint})
        services = make_services(settings)
        monkeypatch.setattr(app, "_parts", [replace(house.parts, services=services)])
        with pytest.raises(StoreRefused):
            sweeps.store_canary(timestamp=0)
    assert told(house) == [("PEM-A", "deletable"), ("PEM-B", "deletable")]
