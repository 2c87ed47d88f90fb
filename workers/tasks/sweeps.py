"""Periodic work: what was lost is found again, what is over is forgotten, the store is tried."""

import procrastinate
import structlog

from evidence.actions.deciding import duplicates, provisional
from evidence.actions.holding import leasing
from evidence.actions.log import noting
from evidence.actions.store_ports import StoreError
from evidence.actions.storing import auditing, canary, sweeping
from workers.app import app, parts, transact

log = structlog.get_logger()

STALLED_S = 30.0


@app.periodic(cron="* * * * *")
@app.task(name="retry_stalled", queue="evidence", queueing_lock="retry_stalled", pass_context=True)
async def retry_stalled(context: procrastinate.JobContext, timestamp: int) -> None:
    """Takes up the jobs of workers that have not been heard of for half a minute."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_S):
        log.warning("job_stalled", job=job.id, task=job.task_name, at=timestamp)
        await manager.retry_job(job)


@app.periodic(cron="* * * * *")
@app.task(name="expire_leases", queue="evidence", queueing_lock="expire_leases")
def expire_leases(timestamp: int) -> None:
    """Puts back what a holder let run out."""
    log.info("leases_expired", at=timestamp, count=transact(leasing.expire_leases))


@app.periodic(cron="* * * * *")
@app.task(name="recall_provisional", queue="evidence", queueing_lock="recall_provisional")
def recall_provisional(timestamp: int) -> None:
    """Takes back what was sent without approval and nobody confirmed."""
    log.info("provisional_recalled", at=timestamp, count=transact(provisional.recall_due))


@app.periodic(cron="*/5 * * * *")
@app.task(name="sweep", queue="evidence", queueing_lock="sweep")
def sweep(timestamp: int) -> None:
    """Queues again what is due, ends plans, forgets nonces and old windows; each in a transaction of its own."""
    again = transact(sweeping.enqueue_again)
    plans = transact(sweeping.end_plans)
    nonces = transact(sweeping.forget_nonces)
    transact(noting.forget_windows)
    searches = transact(duplicates.search_again)
    log.info("swept", at=timestamp, enqueued_again=again, plans_ended=plans, nonces_forgotten=nonces, searched=searches)


@app.periodic(cron="17 3 * * *")
@app.task(name="delete_stale_chunks", queue="previews", queueing_lock="delete_stale_chunks")
def delete_stale_chunks(timestamp: int) -> None:
    """Empties staging of what nobody will join any more."""
    keep = transact(sweeping.arrived_rows)
    services = parts().services
    deleted = sweeping.delete_stale_chunks(services.store, services, keep)
    log.info("stale_chunks_deleted", at=timestamp, count=deleted)


@app.periodic(cron="23 1 * * *")
@app.task(name="audit_store", queue="evidence", queueing_lock="audit_store")
def audit_store(timestamp: int) -> None:
    """Compares every stored version with its row; one HEAD a file, one list of the bucket."""
    services, after, found = parts().services, None, 0
    while page := transact(auditing.due_after, after):
        found += transact(auditing.record, auditing.examine(services.store, page))
        after = page[-1].media_row_id
    for stored in auditing.stored_pages(services.store):
        found += transact(auditing.record, transact(auditing.unnamed, stored))
    (log.error if found else log.info)("store_audited", at=timestamp, found=found)


@app.periodic(cron="41 4 * * *")
@app.task(name="store_canary", queue="previews", queueing_lock="store_canary")
def store_canary(timestamp: int) -> None:
    """Tries to delete a locked version; a store that lets it happen is said at once, to every agency."""
    try:
        parts().services.store.canary()
    except StoreError as failure:
        log.critical("store_canary_failed", at=timestamp, exc_info=True)
        transact(canary.note_failure, failure.code, failure.detail)
        raise
    log.info("store_canary_held", at=timestamp)
