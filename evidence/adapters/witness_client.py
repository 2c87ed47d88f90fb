"""Asking C2SP witnesses over HTTP: one POST, no redirects, a small answer."""

import urllib3

from evidence.actions.log_ports import WitnessAnswer, WitnessUnavailable

TIMEOUT = urllib3.Timeout(connect=3.0, read=10.0)
LARGEST_ANSWER = 64 * 1024


class HttpWitnesses:
    """``evidence.actions.ports.Witnesses``. Connections are kept open between checkpoints."""

    def __init__(self) -> None:
        self._pool = urllib3.PoolManager(num_pools=32, retries=False, headers={"user-agent": "casquillo"})

    def add_checkpoint(self, prefix: str, body: bytes) -> WitnessAnswer:
        """Posts to ``<prefix>/add-checkpoint``; ``WitnessUnavailable`` when there is no answer, or an endless one."""
        url = f"{prefix.rstrip('/')}/add-checkpoint"
        try:
            answer = self._pool.request("POST", url, body=body, timeout=TIMEOUT, redirect=False, preload_content=False)
            try:
                data = answer.read(LARGEST_ANSWER + 1)
            finally:
                answer.release_conn()
        except (urllib3.exceptions.HTTPError, ValueError) as error:
            raise WitnessUnavailable(f"{url}: {type(error).__name__}") from error
        if len(data) > LARGEST_ANSWER:
            raise WitnessUnavailable(f"{url}: the answer is too large")
        return WitnessAnswer(answer.status, data)
