"""What follows from an administrator's act: queues whose route ended, locks that have to last longer."""

from uuid import UUID

import structlog

from evidence.actions.accounts import accreditation
from evidence.actions.storing import keeping
from workers.app import app, parts, transact
from workers.retry import Backoff

log = structlog.get_logger()


@app.periodic(cron="*/5 * * * *")
@app.task(name="move_stranded", queue="evidence", retry=Backoff())
def move_stranded(timestamp: int = 0) -> None:
    """Moves what waits with an organisation to which no route leads any more; each in a transaction of its own."""
    waiting = transact(accreditation.stranded)
    moved = sum(transact(accreditation.move, submission_id) for submission_id in waiting)
    if waiting:
        log.info("stranded_moved", at=timestamp, stranded=len(waiting), moved=moved)


@app.task(name="extend_locks", queue="evidence", retry=Backoff())
def extend_locks(root_id: str) -> None:
    """Lengthens the locks of a capture's files to what its category and its holds ask for."""
    due = transact(keeping.due_longer, UUID(root_id))
    if due:
        transact(keeping.note_longer, keeping.lengthen(parts().services.store, due))


@app.periodic(cron="53 2 * * *")
@app.task(name="renew_locks", queue="evidence", queueing_lock="renew_locks")
def renew_locks(timestamp: int) -> None:
    """Keeps the locks of what is on hold ahead, and of files that came after their capture got its category."""
    roots = transact(keeping.roots_to_renew)
    for root_id in roots:
        extend_locks(str(root_id))
    log.info("locks_renewed", at=timestamp, captures=len(roots))
