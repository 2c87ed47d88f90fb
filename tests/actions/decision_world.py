"""An agency with one registered pistol on a real database; files are marked as arrived by hand."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, cast
from uuid import UUID, uuid4

import httpx
import pyotp
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from evidence.actions.accounts import organisations, people
from evidence.actions.capturing import register, statements
from evidence.actions.deciding import decisions, dossiers, reviewing, supplements
from evidence.actions.log import noting, views
from evidence.actions.ports import Policy, Previews, Services
from evidence.actions.store_ports import MediaStore
from evidence.actions.storing.evidence_state import BESIDE
from evidence.adapters.chance import SystemEntropy
from evidence.adapters.fernet import FernetSecrets
from evidence.adapters.jobs import ProcrastinateJobs
from evidence.domain.callers import SYSTEM, PersonCaller, PhoneCaller
from evidence.domain.errors import EvidenceError
from evidence.domain.jws import public_jwk
from evidence.domain.roles import Role
from evidence.domain.verifying_states import Story
from evidence.domain.warnings import Level, name_of, warnings
from evidence.records.captures import Capture, Manifest
from evidence.records.custody import CustodyDetail, CustodyEntry
from evidence.records.database import enter, make_engine, make_sessions
from evidence.records.devices import Device
from evidence.records.media import Media
from evidence.records.organisations import service_id
from evidence.records.people import Account
from evidence.records.submissions import Submission
from standalone.phone import File, Phone, Signed, new_id
from standalone.postgres import DatabaseUrls
from standalone.recovery import SERIAL, pistol_facts, recovery_facts

T = TypeVar("T")
VIEWS = ("in_situ", "left", "right", "serial_closeup", "maker_model_marking", "importer_country_marking")


class MovableClock:
    """The real time, and whatever a test moves it by."""

    def __init__(self) -> None:
        self.moved = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.moved


@dataclass
class DecisionWorld:
    urls: DatabaseUrls
    clock: MovableClock = field(default_factory=MovableClock)

    def __post_init__(self) -> None:
        self.services = Services(
            clock=self.clock,
            entropy=SystemEntropy(),
            store=cast("MediaStore", None),  # no action here touches the store
            jobs=ProcrastinateJobs(),
            previews=cast("Previews", None),
            secrets=FernetSecrets("k" * 32),
            policy=Policy(),
        )
        self.engines: list[Engine] = [make_engine(url, pool_size=2) for url in (self.urls.api, self.urls.worker)]
        self.api, self.worker = (make_sessions(engine) for engine in self.engines)
        self.agency = self._organisation("PEM-A", "agency", "05")
        self.laboratory = self._organisation("LAB-A", "laboratory", "05")
        self.desk = self._organisation("MESA-F", "desk", None)
        for destination, holder in (("ballistics", self.laboratory), ("etrace", self.desk)):
            self._setup(
                organisations.make_route,
                agency_id=self.agency,
                destination=destination,
                organisation_id=holder,
            )
        self.officer = self._person(self.agency, "o-101", Role.OFFICER, Role.SUPERVISOR)
        self.supervisor = self._person(self.agency, "s-201", Role.SUPERVISOR)
        self.other = self._person(self.agency, "s-202", Role.SUPERVISOR)
        self.examiner = self._person(self.laboratory, "l-301", Role.EXAMINER)
        self.analyst = self._person(self.desk, "d-401", Role.TRACE_ANALYST)
        self.signed = self._register()

    def totp(self, username: str) -> str:
        """The present code of a person's second factor."""
        with self.worker() as session:
            account = session.scalars(select(Account).where(Account.username == username)).one()
            secret = self.services.secrets.open(account.totp_sealed).decode()
        return pyotp.TOTP(secret).at(self.clock.now())

    def check_log(self) -> None:
        """The capture's chain, folded, leads to the state in which it and each submission is."""
        told = select(CustodyEntry.kind, CustodyDetail.details).join(
            CustodyDetail, CustodyDetail.entry_id == CustodyEntry.entry_id
        )
        story = Story()
        with self.worker() as session:
            on_chain = told.where(CustodyEntry.chain_type == "capture").order_by(
                CustodyEntry.chain_id, CustodyEntry.seq
            )
            for kind, details in session.execute(on_chain):
                story.hear(kind, details)
            for row in session.scalars(select(Submission)):
                assert story.submission_states(str(row.id)) == {row.state}
            for root in session.scalars(select(Capture).where(Capture.id == Capture.root_id)):
                counts = (Manifest.capture_id == root.id) & Manifest.standing.not_in(BESIDE)
                names = frozenset(session.scalars(select(Manifest.sha256).where(counts)))
                assert not names or root.state in story.capture_states(names)

    def close(self) -> None:
        for engine in self.engines:
            engine.dispose()

    def _setup(self, action: Callable[..., T], **facts: Any) -> T:
        with self.worker() as session, session.begin():
            return action(session, self.services, actor=SYSTEM, **facts)

    def _organisation(self, code: str, kind: str, entity: str | None) -> UUID:
        jurisdiction = "state" if entity else "federal"
        made = self._setup(
            organisations.create_organisation,
            kind=kind,
            name=f"{code} (inventada)",
            code=code,
            jurisdiction=jurisdiction,
            entity=entity,
        )
        return made.id

    def _person(self, organisation_id: UUID, username: str, *roles: Role) -> PersonCaller:
        made = self._setup(
            people.create_person,
            organisation_id=organisation_id,
            code=username.upper(),
            name=username.upper(),
            username=username,
            password="una frase de prueba larga",
            roles=roles,
        )
        return PersonCaller(made.person_id, organisation_id, frozenset(roles), uuid4(), uuid4(), self.clock.now())

    def _register(self) -> Signed:
        with self.worker() as session, session.begin():
            phone = Phone(
                httpx.Client(),
                agency_id=self.agency,
                officer_id=self.officer.person_id,
                service_id=service_id(session),
            )
            now = self.clock.now()
            device = Device(
                id=phone.device_id,
                agency_id=self.agency,
                officer_id=self.officer.person_id,
                public_jwk=public_jwk(phone.key.public_key()),
                label="phone",
                state="active",
                enrolled_at=now,
                admitted_at=now,
            )
            session.add(device)
        self.item, box = new_id(), new_id()
        self.phone = phone
        self.facts: dict[str, Any] = {
            "recovery": recovery_facts(),
            "items": [pistol_facts(self.item, SERIAL, phone)],
            "packages": [
                {"id": str(box), "label": "Caja A", "kind": "box", "seal": "A-004417", "item_ids": [str(self.item)]}
            ],
        }
        self.files = [File(view, view.encode() * 500, [self.item]) for view in VIEWS]
        self.files.append(File("package_sealed", b"sealed" * 500, package_id=box))
        signed = phone.sign(self.facts, self.files)
        phone.http.close()
        self.send(signed)
        return signed

    @property
    def by_phone(self) -> PhoneCaller:
        return PhoneCaller(self.phone.device_id, self.officer.person_id, self.agency)

    def send(self, signed: Signed) -> register.Registered:
        taken = self.act(self.by_phone, register.register, capture_id=signed.capture_id, jws=signed.jws)
        assert isinstance(taken, register.Registered), taken
        return taken

    def sign(self, model: str, *, amends: Signed | None = None, capture_id: UUID | None = None, **facts: Any) -> Signed:
        """The same capture with another model: under an id of its own, as an amendment, or under a used id."""
        changed = {**deepcopy(self.facts), **facts}
        for item in changed["items"]:
            item["firearm"]["model"] = model
        if amends is not None:
            changed["amends"] = {"capture_id": str(amends.capture_id), "sha256": amends.sha256}
        return self.phone.sign(changed, self.files, capture_id=capture_id)

    def discard(self, signed: Signed) -> None:
        told = {
            "capture_id": str(signed.capture_id),
            "manifest_sha256": signed.sha256,
            "seq": signed.payload["seq"],
            "reason": "training",
            "text": "an exercise",
        }
        stated = self.phone.state("discard", told)
        self.act(
            self.by_phone,
            statements.receive,
            device_id=self.phone.device_id,
            statement_id=stated.statement_id,
            jws=stated.jws,
        )

    def act(self, by: PersonCaller | PhoneCaller, action: Callable[..., T], **facts: Any) -> T:
        """One transaction as the api role, the caller named to row-level security."""
        with self.api() as session, session.begin():
            self._enter(session, by)
            return action(session, self.services, caller=by, **facts)

    def ask(self, by: PersonCaller, action: Callable[..., T], **facts: Any) -> T:
        with self.api() as session:
            self._enter(session, by)
            return action(session, caller=by, **facts)

    def _enter(self, session: Session, by: PersonCaller | PhoneCaller) -> None:
        enter(session, by.organisation_id, by.person_id if isinstance(by, PersonCaller) else by.officer_id)

    def rows(self, wanted: Any, *, by: PersonCaller | None = None) -> Any:
        with self.api() as session:
            self._enter(session, by or self.supervisor)
            return session.scalars(wanted).all()

    def submission(self, destination: str = "etrace") -> Submission:
        found = self.rows(select(Submission).where(Submission.destination == destination))
        return cast("Submission", found[0])

    def arrive(self, state: str = "secured") -> None:
        """Every file is there, with a preview."""
        facts = {"state": state, "preview": "ready", "bucket": "originals", "object_key": "k", "version_id": "v1"}
        with self.worker() as session, session.begin():
            session.execute(update(Media).values(**facts))

    def open_all(self, by: PersonCaller) -> None:
        submission = self.submission()
        for media in self.rows(select(Media)):
            self.act(by, views.open_preview, submission_id=submission.id, media_id=media.media_id)
        self.append_noted()

    def append_noted(self) -> int:
        """What a worker does with the views that readers noted."""
        with self.worker() as session, session.begin():
            return noting.append_noted(session, self.services)

    def decide(self, by: PersonCaller, decision: str, destination: str = "etrace", **facts: Any) -> Any:
        submission = self.submission(destination)
        etag = facts.pop("etag", f'"{submission.version}"')
        members: dict[str, Any] = {"digest": submission.digest, "findings_seen": 0, **facts}
        if decision == "approve":
            members.setdefault("opened", self.amber(by, destination))
        verdict = decisions.Verdict(decision=decision, **members)
        made = self.act(by, decisions.decide, submission_id=submission.id, verdict=verdict, if_match=etag)
        if isinstance(made, EvidenceError):  # as the route does, once the refusal is committed
            raise made
        return made

    def amber(self, by: PersonCaller, destination: str = "etrace") -> list[str]:
        """The amber warnings of a submission as somebody sees them, the way a decision names them."""
        submission = self.submission(destination)
        with self.api() as session:
            self._enter(session, by)
            root = session.get(Capture, submission.root_id)
            facts = None if root is None else dossiers.load(session, root)
            if facts is None or not facts.names(submission.item_id):
                return []
            found = warnings(reviewing.review_of(session, facts, submission, by))
            return [name_of(one) for one in found if one.level is Level.AMBER]

    def supplement(self, by: PersonCaller, values: dict[str, Any]) -> Any:
        addition = supplements.Addition("item", self.item, values, "seen on the frame")
        return self.act(by, supplements.add, capture_id=self.signed.capture_id, addition=addition)
