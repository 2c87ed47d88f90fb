"""When a failed task is tried again: capped, jittered; what will never succeed is given up at once, and said so."""

import random

import structlog
from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.jobs import Job

from evidence.actions.store_ports import StoreRefused
from evidence.domain.errors import EvidenceError

log = structlog.get_logger()

FIRST_S = 1.0
LONGEST_S = 300.0
ATTEMPTS = 25  # about an hour and a half; afterwards the sweep enqueues again what is still due

PERMANENT = (StoreRefused, EvidenceError, LookupError)


class Backoff(BaseRetryStrategy):
    """Doubling waits between 1 s and 5 min, each drawn from its upper half so that a crowd spreads out."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        known = {"task": job.task_name, "job": job.id, "attempts": job.attempts, "error": repr(exception)}
        if isinstance(exception, PERMANENT) or job.attempts >= ATTEMPTS:
            log.error("job_given_up", **known)
            return None
        wait = min(FIRST_S * 2**job.attempts, LONGEST_S) * random.uniform(0.5, 1)  # noqa: S311  # not a secret
        log.warning("job_retried", **known, wait_s=round(wait, 1))
        return RetryDecision(retry_in={"seconds": round(wait)})
