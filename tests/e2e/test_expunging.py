"""Evidence removed under an order: two administrators, the offline key, tombstones; and the chain still holds."""

import json
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pyotp
import pytest
from botocore.exceptions import ClientError
from psycopg import errors
from sqlalchemy import select

from evidence.actions.accounts import people
from evidence.actions.log import expunging
from evidence.actions.log.expunging import Order
from evidence.adapters.wiring import make_engine_and_sessions, make_services
from evidence.domain.callers import PersonCaller
from evidence.domain.roles import Role
from evidence.records.media import Media
from evidence.records.retention import LegalHold
from evidence.settings import read_settings
from standalone.phone import Signed
from standalone.private_files import read_json_object
from standalone.recovery import recovery
from standalone.service import WORKER_ENVIRONMENT
from tests.e2e.conftest import Running
from tests.e2e.test_audit import audit, found_by, now_at
from tests.e2e.test_bundles import fetched
from tests.e2e.test_bundles import run as verify
from tests.e2e.test_capture import wait_for_state

pytestmark = pytest.mark.slow

ORDER = ("--order", "JC-118/2026", "--authority", "Juez de control", "--reason", "Datos de un tercero ajeno")
PASSWORD = "tres palabras inventadas 73"  # of people who live as long as a test


@dataclass(frozen=True)
class Admin:
    username: str
    person_id: UUID
    password: str
    seed: str


@pytest.fixture
def signed(running: Running) -> Signed:
    phone = running.phone()
    made = recovery(phone, width=400)
    phone.send(made)
    wait_for_state(running, made, "secured")
    return made


@pytest.fixture
def key(running: Running, tmp_path: Path) -> Path:
    """The offline key on its medium."""
    store = running.service.store
    file = tmp_path / "offline.json"
    file.write_text(json.dumps({"access_key": store.admin_access_key, "secret_key": store.admin_secret_key}))
    return file


def administrator(running: Running, name: str, agency: str = "PEM-A", role: Role = Role.ADMINISTRATOR) -> Admin:
    made = running.service.owned().run(
        people.create_person,
        organisation_id=UUID(running.world["organisations"][agency]),
        code=name.upper(),
        name=f"Persona {name}",
        username=name,
        password=PASSWORD,
        roles=(role,),
    )
    return Admin(name, made.person_id, PASSWORD, made.totp_secret)


def environment(running: Running) -> dict[str, str]:
    known = read_json_object(running.service.folder / WORKER_ENVIRONMENT)
    owner = running.service.postgres.urls().owner
    return {name: str(value) for name, value in known.items()} | {"CASQUILLO_OWNER_DATABASE_URL": owner}


def expunge(running: Running, signed: Signed, *by: Admin, what: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    """The command, with the answers of both people on its standard input."""
    answers = "".join(f"{one.password}\n{pyotp.TOTP(one.seed).now()}\n" for one in by)
    names = [one.username for one in by]
    line = [sys.executable, "-m", "evidence.commands.expunge", str(signed.capture_id), *ORDER, "--by", *names, *what]
    return subprocess.run(
        line, input=answers, env=environment(running), capture_output=True, text=True, check=False, timeout=60
    )


def decided(running: Running, order: Order, *by: Admin) -> None:
    """The decision alone, with the database owner's rights."""
    settings = read_settings({**environment(running), "CASQUILLO_DATABASE_URL": running.service.postgres.urls().owner})
    engine, sessions = make_engine_and_sessions(settings)
    agency_id, now = UUID(running.world["organisations"]["PEM-A"]), datetime.now(UTC)
    roles = frozenset({Role.ADMINISTRATOR})
    one, other = (PersonCaller(who.person_id, agency_id, roles, who.person_id, who.person_id, now) for who in by)
    with sessions() as session, session.begin():
        expunging.expunge(session, make_services(settings), order=order, by=(one, other))
    engine.dispose()


def chain(running: Running, signed: Signed) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = running.person("s-201").get(f"/captures/{signed.capture_id}/custody").json()["items"]
    return lines


def row_of(running: Running, signed: Signed, sha256: str) -> Media:
    with running.service.owned().sessions() as session:
        return session.scalars(select(Media).where(Media.root_id == signed.capture_id, Media.sha256 == sha256)).one()


def is_stored(running: Running, media: Media) -> bool:
    try:
        running.service.store.client(admin=True).head_object(
            Bucket=media.bucket, Key=media.object_key, VersionId=media.version_id
        )
    except ClientError:
        return False
    return True


def test_what_an_order_names_is_gone_and_the_chain_holds(
    running: Running, signed: Signed, key: Path, tmp_path: Path
) -> None:
    photo = signed.files[0]
    media = row_of(running, signed, photo.sha256)
    before, _ = fetched(running, signed, "court", tmp_path)
    one, other = administrator(running, "x-901"), administrator(running, "x-902")

    what = ("--entry", "2", "--original", str(media.media_id), "--offline-key", str(key))
    done = expunge(running, signed, one, other, what=what)

    assert (done.returncode, done.stderr) == (0, "")
    assert "details of 1 entries and 1 files are gone" in done.stdout
    assert not is_stored(running, media)
    assert row_of(running, signed, photo.sha256).state == "expunged"
    preview = f"/api/v1/captures/{signed.capture_id}/media/{media.media_id}/preview"
    assert running.person("s-201").http.get(preview).status_code == 404
    lines = chain(running, signed)
    assert lines[1]["details"] is None
    assert lines[1]["salt"] is None
    by_kind = {line["entry"]["kind"]: line for line in lines}
    told = by_kind["media.expunged"]["details"]
    assert (told["order"], told["sha256"]) == ("JC-118/2026", photo.sha256)
    assert told["by"] == [str(one.person_id), str(other.person_id)]
    assert by_kind["media.expunged"]["entry"]["actor"]["role"] == "administrator"
    assert by_kind["details.expunged"]["details"]["entries"][0]["seq"] == 2
    former = running.person("m-501").get(f"/bundles/{before['id']}").json()
    assert (former["state"], former["failure"]) == ("failed", "expunged")

    _, bundle = fetched(running, signed, "court", tmp_path)
    code, said = verify("bundle", bundle)
    assert code == 0, said
    assert "(1 sin sus datos)" in said
    assert "(1 omitidos o no recibidos)" in said
    whole = [sys.executable, "-m", "evidence.commands.verify", "service", "--sample", "0"]
    checked = subprocess.run(whole, env=environment(running), capture_output=True, text=True, check=False, timeout=120)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "Datos eliminados por orden: 1 entradas. Archivos eliminados por orden: 1." in checked.stdout
    # The nightly audit looks for what is kept, and a file that is gone under an order is not.
    since = now_at(running)
    audit(running)
    assert found_by(running, since)[0] == []


def test_a_removal_that_was_cut_short_is_ended_by_the_next(running: Running, key: Path) -> None:
    phone = running.phone()
    captures = [recovery(phone, width=400) for _ in range(2)]
    for made in captures:
        phone.send(made)
        wait_for_state(running, made, "secured")
    first, second = (row_of(running, made, made.files[0].sha256) for made in captures)
    dead = key.with_name("dead.json")
    dead.write_text(json.dumps({"access_key": "nobody", "secret_key": "nothing"}))
    pair = administrator(running, "x-921"), administrator(running, "x-922")
    refused = expunge(running, captures[0], *pair, what=("--original", str(first.media_id), "--offline-key", str(dead)))
    assert refused.returncode == 1
    assert row_of(running, captures[0], first.sha256).state == "secured", "a key that opens nothing decides nothing"

    order = Order(number="X-1", authority="X", reason="X", capture=str(first.root_id), media=(first.media_id,))
    decided(running, order, *pair)  # as after a crash behind the decision: the bytes are still there
    assert is_stored(running, first)
    pair = administrator(running, "x-923"), administrator(running, "x-924")
    done = expunge(running, captures[1], *pair, what=("--original", str(second.media_id), "--offline-key", str(key)))
    assert done.returncode == 0, done.stderr
    assert not is_stored(running, first)
    assert not is_stored(running, second)


def test_whoever_may_not_removes_nothing(running: Running, signed: Signed, key: Path) -> None:
    media = row_of(running, signed, signed.files[0].sha256)
    what = ("--entry", "2", "--original", str(media.media_id), "--offline-key", str(key))
    one, other = administrator(running, "x-911"), administrator(running, "x-912")
    stranger = administrator(running, "x-913", agency="PEM-B")
    supervisor = administrator(running, "x-914", role=Role.SUPERVISOR)
    wrong = Admin(other.username, other.person_id, "not the password", other.seed)

    def refusal(*by: Admin, what: tuple[str, ...] = what) -> str:
        done = expunge(running, signed, *by, what=what)
        assert done.returncode == 1
        return done.stderr

    assert "--offline-key is missing" in refusal(one, other, what=what[:4])
    assert "Name, password or code does not fit" in refusal(one, wrong)
    running.forget_codes()
    assert "carried out by administrators" in refusal(one, supervisor)
    running.forget_codes()
    assert "Only the agency that owns the capture" in refusal(one, stranger)
    _hold(running, signed)
    running.forget_codes()
    assert "To be kept under AMP-7/2026" in refusal(one, other)
    assert is_stored(running, media)
    lines = chain(running, signed)
    assert lines[1]["details"] is not None
    refused = [line["details"]["reason"] for line in lines if line["entry"]["kind"] == "expunging.refused"]
    assert refused == ["legal_hold"], "a stranger leaves no trace in the agency's chain"
    assert row_of(running, signed, media.sha256).state == "secured"


def _hold(running: Running, signed: Signed) -> None:
    owned = running.service.owned()
    with owned.sessions() as session, session.begin():
        session.add(
            LegalHold(
                id=owned.services.entropy.uuid7(),
                agency_id=UUID(running.world["organisations"]["PEM-A"]),
                root_id=signed.capture_id,
                reference="AMP-7/2026",
                reason="Suspensión",
                placed_by=UUID(running.world["people"]["a-900"]["person_id"]),
                placed_at=owned.services.clock.now(),
            )
        )


def test_a_lock_that_yields_to_nobody_is_said_and_nothing_is_removed(
    running: Running, signed: Signed, key: Path
) -> None:
    media = row_of(running, signed, signed.files[0].sha256)
    client = running.service.store.client(admin=True)
    named = {"Bucket": media.bucket, "Key": media.object_key, "VersionId": media.version_id}
    until = client.get_object_retention(**named)["Retention"]["RetainUntilDate"]
    strict = {"Mode": "COMPLIANCE", "RetainUntilDate": until}
    client.put_object_retention(**named, Retention=strict, BypassGovernanceRetention=True)
    one, other = administrator(running, "x-931"), administrator(running, "x-932")

    what = ("--entry", "2", "--original", str(media.media_id), "--offline-key", str(key))
    done = expunge(running, signed, one, other, what=what)

    assert done.returncode == 1
    assert f"locked for everybody until {until:%Y-%m-%d}: nothing was removed" in done.stderr
    with pytest.raises(ClientError):
        client.delete_object(**named, BypassGovernanceRetention=True)
    assert is_stored(running, media)
    assert row_of(running, signed, media.sha256).state == "secured"
    lines = chain(running, signed)
    assert lines[1]["details"] is not None
    said = [line["details"] for line in lines if line["entry"]["kind"] == "expunging.refused"]
    assert [(one["order"], one["reason"]) for one in said] == [("JC-118/2026", "compliance")]


def test_no_process_of_the_service_can_do_it(running: Running, signed: Signed) -> None:
    """Neither API nor worker may write a tombstone; the owner removes no details without one."""
    urls = running.service.postgres.urls()
    insert = (
        "INSERT INTO tombstone SELECT gen_random_uuid(), gen_random_uuid(), agency_id, entry_id, NULL, '', NULL"
        " FROM custody_detail LIMIT 1"
    )
    for url in (urls.api, urls.worker):
        for statement in (insert, "DELETE FROM custody_detail"):
            with psycopg.connect(url) as connection, pytest.raises(errors.InsufficientPrivilege):
                connection.execute(statement)
    with psycopg.connect(urls.owner) as owner, pytest.raises(errors.RestrictViolation):
        owner.execute("DELETE FROM custody_detail")
    media = row_of(running, signed, signed.files[0].sha256)
    named = {"Bucket": media.bucket, "Key": media.object_key, "VersionId": media.version_id}
    with pytest.raises(ClientError):
        running.service.store.client(admin=False).delete_object(**named, BypassGovernanceRetention=True)
