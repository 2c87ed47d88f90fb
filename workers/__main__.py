"""A worker process: ``python -m workers``. Two queues, so that previews never keep evidence waiting."""

import asyncio
import os
import signal
import sys
from typing import Any

import structlog
from procrastinate import PsycopgConnector

from evidence.adapters import logs
from evidence.adapters.timestamp_client import HttpTimestamps
from evidence.adapters.webhook_client import PublicWebhooks
from evidence.adapters.wiring import make_engine_and_sessions, make_services, make_signer, refuse_unfit_store
from evidence.adapters.witness_client import HttpWitnesses
from evidence.settings import SettingsError, read_settings
from workers.app import Parts, app, install
from workers.cosigning import Cosigning
from workers.sealer import Sealer
from workers.timestamping import Timestamping
from workers.view_clerk import ViewClerk
from workers.watch import Watch
from workers.webhook_sender import WebhookSender

log = structlog.get_logger()

CONCURRENCY = {"evidence": 3, "previews": 1}
GRACE_S = 20.0
STEP_S = 5.0  # for the present step of a thread; a sealer may be killed in any


async def _work(database_url: str, stop: asyncio.Event) -> None:
    connector = PsycopgConnector(
        conninfo=database_url.replace("postgresql+psycopg://", "postgresql://"), min_size=1, max_size=8
    )
    with app.replace_connector(connector) as running:
        async with running.open_async():
            workers: list[asyncio.Task[None]] = [
                asyncio.create_task(
                    running.run_worker_async(
                        queues=[queue],
                        name=queue,
                        concurrency=concurrency,
                        install_signal_handlers=False,
                        shutdown_graceful_timeout=GRACE_S,
                        delete_jobs="successful",
                        fetch_job_polling_interval=2.0,
                    )
                )
                for queue, concurrency in CONCURRENCY.items()
            ]
            stopping: asyncio.Task[Any] = asyncio.create_task(stop.wait())
            done, _ = await asyncio.wait([*workers, stopping], return_when=asyncio.FIRST_COMPLETED)
            for task in workers:
                task.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
            for task in done - {stopping}:
                task.result()  # a worker that ended by itself says why


def _watches(parts: Parts) -> list[Watch]:
    """The threads beside the jobs. Without keys this worker does not seal: another one has to."""
    watches = [ViewClerk(parts).watch(), WebhookSender(parts, PublicWebhooks()).watch()]
    if parts.settings.log_keys is None:
        log.warning("no_log_keys", detail="CASQUILLO_LOG_KEYS is not set: this worker does not seal the log")
    else:
        watches.append(Sealer(parts, make_signer(parts.settings)).watch())
    if parts.services.policy.log_policy.witnesses:
        watches.append(Cosigning(parts, HttpWitnesses()).watch())
    if parts.settings.timestamp_url is not None:
        watches.append(Timestamping(parts, HttpTimestamps(parts.settings.timestamp_url)).watch())
    return watches


def main() -> int:
    """Runs until SIGTERM or SIGINT; jobs under way get 20 s to end."""
    try:
        settings = read_settings(os.environ)
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    logs.configure(as_json=settings.log_json)
    _, sessions = make_engine_and_sessions(settings)
    parts = Parts(settings, make_services(settings), sessions)
    refuse_unfit_store(parts.services)
    install(parts)
    watches = _watches(parts)
    for watch in watches:
        watch.start()

    async def run() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        await _work(settings.database_url, stop)

    try:
        asyncio.run(run())
    finally:
        for watch in watches:
            watch.ask_to_stop()
        for watch in watches:
            watch.join(timeout=STEP_S)
    return 0


if __name__ == "__main__":
    sys.exit(main())
