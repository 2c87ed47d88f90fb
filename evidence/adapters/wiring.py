"""The one place that chooses classes for the ports."""

import time
from datetime import timedelta
from pathlib import Path

import structlog
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from evidence.actions.ports import NO_WITNESSES, Policy, Services
from evidence.actions.store_ports import StoreUnavailable
from evidence.adapters.chance import SystemClock, SystemEntropy
from evidence.adapters.fernet import FernetSecrets
from evidence.adapters.identity import OpenIdProviders
from evidence.adapters.jobs import ProcrastinateJobs
from evidence.adapters.key_files import KeyFiles
from evidence.adapters.previews import ChildPreviews
from evidence.adapters.printing.printer import PdfPrinter
from evidence.adapters.public_http import PublicHttp
from evidence.adapters.s3 import S3MediaStore
from evidence.domain.log.merkle import BadProof
from evidence.domain.log.policy import Policy as LogPolicy
from evidence.domain.log.policy import parse as parse_policy
from evidence.records.database import make_engine, make_sessions
from evidence.settings import Settings, SettingsError

log = structlog.get_logger()

STORE_PATIENCE_S = 5.0


def make_services(settings: Settings) -> Services:
    """Real parts for api and workers alike."""
    return Services(
        clock=SystemClock(),
        entropy=SystemEntropy(),
        store=make_store(settings),
        jobs=ProcrastinateJobs(),
        previews=ChildPreviews(),
        secrets=FernetSecrets(settings.secret_key),
        policy=make_policy(settings),
        printer=PdfPrinter(settings.fonts),
        identity=OpenIdProviders(PublicHttp(loopback=settings.loopback_identity), loopback=settings.loopback_identity),
    )


def refuse_unfit_store(services: Services) -> None:
    """The startup probe: ``StoreRefused`` ends the process when the store lacks locks or checksums.

    A store that starts beside us is waited for, ``STORE_PATIENCE_S`` at most. One that stays away is another
    matter: requests and jobs wait for it, and the daily canary tries it.
    """
    patient_until = time.monotonic() + STORE_PATIENCE_S
    while not services.store.reachable() and time.monotonic() < patient_until:
        time.sleep(0.05)
    try:
        services.store.check()
    except StoreUnavailable as away:
        log.warning("store_not_probed", reason=str(away))


def make_policy(settings: Settings) -> Policy:
    return Policy(
        landing_lock=timedelta(days=settings.landing_lock_days),
        retention=timedelta(days=settings.retention_days),
        upload_seconds=settings.upload_seconds,
        relay=settings.relay,
        device_bytes_per_day=settings.device_bytes_per_day,
        agency_bytes_per_day=settings.agency_bytes_per_day,
        log_policy=read_log_policy(settings.log_policy),
        log_url=f"{settings.origin}/log",
        timestamped=settings.timestamp_url is not None,
        origin=settings.origin,
        rp_id=settings.rp_id,
        loopback_identity=settings.loopback_identity,
    )


def read_log_policy(file: Path | None) -> LogPolicy:
    """The witnesses and quorum of a C2SP tlog-policy file; none without a file. ``SettingsError`` when it is wrong."""
    if file is None:
        return NO_WITNESSES
    try:
        return parse_policy(file.read_bytes())
    except (OSError, BadProof) as error:
        raise SettingsError([f"CASQUILLO_LOG_POLICY {file}: {error}"]) from None


def make_signer(settings: Settings) -> KeyFiles:
    """The sealer's keys. Only workers and the operator's commands call this."""
    if settings.log_keys is None:
        raise SettingsError(["CASQUILLO_LOG_KEYS is missing: a folder for the log's keys, readable by workers only"])
    return KeyFiles(settings.log_keys)


def make_store(settings: Settings) -> S3MediaStore:
    return S3MediaStore(
        endpoint=settings.s3_endpoint,
        public_endpoint=settings.s3_public_endpoint,
        region=settings.s3_region,
        access_key=settings.s3_access_key,
        secret_key=settings.s3_secret_key,
        originals_bucket=settings.bucket_originals,
        staging_bucket=settings.bucket_staging,
        previews_bucket=settings.bucket_previews,
        lock_mode=settings.lock_mode,
    )


def make_engine_and_sessions(settings: Settings) -> tuple[Engine, sessionmaker[Session]]:
    engine = make_engine(settings.database_url)
    return engine, make_sessions(engine)
