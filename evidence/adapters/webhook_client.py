"""Posts webhook messages to addresses that organisations named; see :mod:`evidence.adapters.public_http`."""

from collections.abc import Mapping

from evidence.actions.ports import WebhookFailed
from evidence.adapters.public_http import PublicHttp, Unanswered

LARGEST_ANSWER = 64 * 1024


class PublicWebhooks:
    """``evidence.actions.ports.Webhooks``."""

    def __init__(self, http: PublicHttp | None = None) -> None:
        self._http = http or PublicHttp()

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """The answer's status, redirects not followed; ``WebhookFailed`` when there is none or it may not be asked."""
        try:
            return self._http.send("POST", url, headers=headers, body=body, most=LARGEST_ANSWER).status
        except Unanswered as failed:
            raise WebhookFailed(str(failed)) from failed
