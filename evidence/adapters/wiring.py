"""The one place that chooses classes for the ports."""

from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from evidence.actions.ports import Services
from evidence.adapters.chance import SystemClock, SystemEntropy
from evidence.adapters.jobs import ProcrastinateJobs
from evidence.adapters.previews import ChildPreviews
from evidence.adapters.s3 import S3MediaStore
from evidence.adapters.sealer import FernetSealer
from evidence.records.database import make_engine, make_sessions
from evidence.settings import Settings


def make_services(settings: Settings) -> Services:
    """Real parts for api and workers alike."""
    return Services(
        clock=SystemClock(),
        entropy=SystemEntropy(),
        store=make_store(settings),
        jobs=ProcrastinateJobs(),
        previews=ChildPreviews(),
        sealer=FernetSealer(settings.secret_key),
    )


def make_store(settings: Settings) -> S3MediaStore:
    return S3MediaStore(
        endpoint=settings.s3_endpoint,
        public_endpoint=settings.s3_public_endpoint,
        region=settings.s3_region,
        access_key=settings.s3_access_key,
        secret_key=settings.s3_secret_key,
        originals=settings.bucket_originals,
        staging=settings.bucket_staging,
        previews=settings.bucket_previews,
        lock_mode=settings.lock_mode.value,
    )


def make_engine_and_sessions(settings: Settings) -> tuple[Engine, sessionmaker[Session]]:
    engine = make_engine(settings.database_url)
    return engine, make_sessions(engine)
