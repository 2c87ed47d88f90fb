"""The one place that chooses classes for the ports."""

from datetime import timedelta

import structlog
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from evidence.actions.ports import Policy, Services, StoreUnavailable
from evidence.adapters.chance import SystemClock, SystemEntropy
from evidence.adapters.fernet import FernetSecrets
from evidence.adapters.jobs import ProcrastinateJobs
from evidence.adapters.previews import ChildPreviews
from evidence.adapters.s3 import S3MediaStore
from evidence.records.database import make_engine, make_sessions
from evidence.settings import Settings

log = structlog.get_logger()


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
    )


def refuse_unfit_store(services: Services) -> None:
    """The startup probe: ``StoreRefused`` ends the process when the store lacks locks or checksums.

    A store that does not answer yet is another matter: requests and jobs wait for it.
    """
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
    )


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
