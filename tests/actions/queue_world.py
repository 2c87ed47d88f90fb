"""A small made-up world for queues and results: one agency, one laboratory, one desk, one stranger."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from evidence.actions.ports import Policy, Services
from evidence.adapters.chance import SystemEntropy
from evidence.domain.callers import MachineCaller, PersonCaller
from evidence.domain.ids import folio
from evidence.domain.roles import Role
from evidence.records.captures import Capture, Item, Manifest
from evidence.records.database import enter, make_engine, make_sessions
from evidence.records.devices import Device
from evidence.records.organisations import AccessGrant, Organisation
from evidence.records.people import MachineToken, Person, RoleAssignment
from evidence.records.submissions import ApprovedDossier, Submission, Supplement, next_supplement_number
from standalone.postgres import DatabaseUrls

START = datetime.now(UTC).replace(microsecond=0)
_new = SystemEntropy().uuid7
DIGEST = "ab" * 32
HEAD_ITEM = _new()
"""The one item that the head manifest tells of."""


@dataclass
class HandClock:
    """A clock that a test moves."""

    at: datetime = START

    def now(self) -> datetime:
        return self.at


@dataclass
class World:
    """Rows that are committed, and sessions of both roles over them."""

    api: sessionmaker[Session]
    worker: sessionmaker[Session]
    clock: HandClock
    services: Services
    engines: list[Engine]
    organisations: dict[str, UUID] = field(default_factory=dict)
    people: dict[str, PersonCaller] = field(default_factory=dict)
    root_id: UUID = field(default_factory=_new)

    @contextmanager
    def acting(self, organisation_id: UUID) -> Iterator[Session]:
        """A committed transaction behind the wall of one organisation."""
        with self.api() as session:
            enter(session, organisation_id)
            yield session
            session.commit()

    def submission(self, *, destination: str = "ballistics", holder: str = "laboratory", **more: Any) -> UUID:
        """A queued submission with its grant and its approved dossier."""
        row = Submission(
            id=_new(),
            agency_id=self.organisations["agency"],
            root_id=self.root_id,
            destination=destination,
            batch_id=_new(),
            digest=DIGEST,
            digested={},
            approved_digest=DIGEST,
            holder_id=self.organisations[holder],
            created_at=START,
            **{"item_id": _new(), "state": "queued", "queued_at": START, "due_at": START + timedelta(days=2), **more},
        )
        with self.worker() as session:
            session.add(row)
            session.flush()
            self._show(session, row)
            session.commit()
        return row.id

    def _show(self, session: Session, row: Submission) -> None:
        assert row.holder_id is not None
        manifest = session.query(Manifest).one()
        session.add_all(
            [
                AccessGrant(
                    id=_new(),
                    owner_id=row.agency_id,
                    grantee_id=row.holder_id,
                    scope="submission",
                    root_id=row.root_id,
                    submission_id=row.id,
                    item_id=row.item_id,
                    levels=["facts", "media", "results", "custody"],
                    reason="route",
                    valid_from=START - timedelta(hours=1),
                ),
                ApprovedDossier(
                    submission_id=row.id,
                    digest=DIGEST,
                    agency_id=row.agency_id,
                    digested={},
                    document={},
                    made_at=START,
                ),
                Item(
                    manifest_sha256=manifest.sha256,
                    item_id=row.item_id,
                    root_id=row.root_id,
                    agency_id=row.agency_id,
                    position=1,
                    number="1",
                    kind="cartridge_case",
                    facts={},
                ),
            ]
        )

    def state_legal(self, by: str = "supervisor", **said: str) -> None:
        """A supplement of the capture with legal facts; without any, it names the prosecutor."""
        author = self.people[by]
        values = {f"legal.{name}": text for name, text in said.items()} or {"legal.prosecutor": NAMES["prosecutor"]}
        with self.worker() as session:
            row = Supplement(
                id=_new(),
                root_id=self.root_id,
                agency_id=self.organisations["agency"],
                number=next_supplement_number(session, self.root_id),
                scope="capture",
                scope_id=self.root_id,
                values=values,
                author_id=author.person_id,
                author_organisation_id=author.organisation_id,
                author_role=min(author.roles).value,
                reason="consta en el oficio",
                sha256="0" * 64,
                made_at=START,
            )
            session.add(row)
            session.commit()

    def read(self, submission_id: UUID) -> Submission:
        with self.worker() as session:
            return session.get_one(Submission, submission_id)

    def machine(self, *scopes: str) -> MachineCaller:
        """A token of the laboratory."""
        owner = self.people["examiner"]
        token = MachineToken(
            id=_new(),
            organisation_id=owner.organisation_id,
            owner_id=owner.person_id,
            label="LIMS",
            token_hash=str(_new()),
            scopes=list(scopes),
            created_at=START,
            expires_at=START + timedelta(days=1),
        )
        with self.worker() as session:
            session.add(token)
            session.commit()
        return MachineCaller(token.id, owner.organisation_id, owner.person_id, frozenset(scopes))


PEOPLE = {
    "officer": ("agency", Role.OFFICER),
    "supervisor": ("agency", Role.SUPERVISOR),
    "prosecutor": ("agency", Role.PROSECUTOR),
    "examiner": ("laboratory", Role.EXAMINER),
    "second": ("laboratory", Role.EXAMINER),
    "manager": ("laboratory", Role.MANAGER),
    "analyst": ("desk", Role.TRACE_ANALYST),
    "stranger": ("other", Role.EXAMINER),
}


NAMES = {"prosecutor": "Ana Pérez Ruiz"}

AT = {"prosecutor": "Unidad 3 de Homicidios"}
"""Where somebody works, as far as a test asks."""


def make_world(urls: DatabaseUrls) -> World:
    engines = [make_engine(urls.api, pool_size=4), make_engine(urls.worker, pool_size=4)]
    clock = HandClock()
    absent = cast(Any, None)  # neither store nor jobs nor previews are touched by these actions
    services = Services(clock, SystemEntropy(), absent, absent, absent, absent, Policy())
    world = World(make_sessions(engines[0]), make_sessions(engines[1]), clock, services, engines)
    with world.worker() as session:
        _populate(session, world)
        session.commit()
    return world


def _populate(session: Session, world: World) -> None:
    for name, kind in (("agency", "agency"), ("laboratory", "laboratory"), ("desk", "desk"), ("other", "laboratory")):
        world.organisations[name] = _new()
        session.add(
            Organisation(
                id=world.organisations[name],
                kind=kind,
                name=f"{name} of nowhere",
                code=name,
                jurisdiction="state",
                entity="09",
                settings={},
            )
        )
    session.flush()
    for code, (organisation, role) in PEOPLE.items():
        home = world.organisations[organisation]
        person = Person(
            id=_new(), organisation_id=home, code=code, name=NAMES.get(code, code), locale="es", unit=AT.get(code)
        )
        session.add(person)
        session.flush()
        session.add(
            RoleAssignment(
                id=_new(),
                organisation_id=person.organisation_id,
                person_id=person.id,
                role=role.value,
                valid_from=START - timedelta(days=1),
            )
        )
        world.people[code] = PersonCaller(
            person.id, person.organisation_id, frozenset({role}), _new(), _new(), factor_at=START
        )
    _add_capture(session, world)


def _add_capture(session: Session, world: World) -> None:
    officer, agency = world.people["officer"], world.organisations["agency"]
    device = Device(
        id=_new(),
        agency_id=agency,
        officer_id=officer.person_id,
        public_jwk={},
        label="phone",
        state="active",
        enrolled_at=START,
    )
    session.add(device)
    session.flush()
    capture = Capture(
        id=world.root_id,
        agency_id=agency,
        root_id=world.root_id,
        folio=folio(world.root_id),
        state="secured",
        device_id=device.id,
        officer_id=officer.person_id,
        captured_at=START,
        received_at=START,
        head_sha256="cd" * 32,
    )
    session.add(capture)
    session.flush()
    session.add(_manifest(capture))


def _manifest(capture: Capture) -> Manifest:
    return Manifest(
        sha256="cd" * 32,
        capture_id=capture.id,
        root_id=capture.root_id,
        agency_id=capture.agency_id,
        device_id=capture.device_id,
        officer_id=capture.officer_id,
        seq=1,
        jws=b"",
        payload={
            "items": [{"id": str(HEAD_ITEM), "number": "1", "kind": "cartridge_case"}],
            "recovery": {},
            "officer_id": str(capture.officer_id),
            "packages": [],
            "media": [],
        },
        standing="accepted",
        received_at=START,
    )
