"""Webhook messages: signed as the specification says, tried again on its schedule, sent to open https addresses."""

from datetime import UTC, datetime, timedelta

import pytest

from evidence.domain.errors import EvidenceError
from evidence.domain.webhooks import RETRIES, check_url, headers, next_attempt, secret_of, secret_text, signature

AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def test_a_message_is_signed_over_its_id_time_and_body() -> None:
    """The specification's own example: id, timestamp and secret as its reference implementations use them."""
    secret = secret_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    made = signature(
        secret,
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        at=datetime.fromtimestamp(1614265330, UTC),
        body=b'{"test": 2432232314}',
    )
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_every_part_that_is_signed_counts() -> None:
    base = {"message_id": "a", "at": AT, "body": b"{}"}
    made = signature(b"k" * 32, **base)
    for change in ({"message_id": "b"}, {"at": AT + timedelta(seconds=1)}, {"body": b"[]"}):
        assert signature(b"k" * 32, **{**base, **change}) != made
    assert signature(b"l" * 32, **base) != made
    assert headers(b"k" * 32, **base)["webhook-signature"] == made


def test_a_secret_is_read_as_it_was_shown() -> None:
    assert secret_of(secret_text(b"s" * 32)) == b"s" * 32
    with pytest.raises(ValueError, match="not a webhook secret"):
        secret_of("secret")


def test_a_message_is_given_up_after_the_last_retry() -> None:
    times = [next_attempt(attempts, AT) for attempts in range(1, len(RETRIES) + 2)]
    assert times[:-1] == [AT + wait for wait in RETRIES]
    assert times[-1] is None
    assert sorted(RETRIES) == list(RETRIES)


@pytest.mark.parametrize("url", ["https://lims.example/hooks?a=1", "https://lims.example:8443/"])
def test_an_open_https_address_is_taken(url: str) -> None:
    assert check_url(url) == "lims.example"


@pytest.mark.parametrize(
    "url",
    [
        "http://lims.example/",
        "https://user:pass@lims.example/",
        "https://lims.example:22/",
        "https://lims.example:x/",
        "https:///path",
        "https://lims.example/#fragment",
        "ftp://lims.example",
        "https://lims.example/" + "a" * 500,
    ],
)
def test_any_other_address_is_refused(url: str) -> None:
    with pytest.raises(EvidenceError) as refused:
        check_url(url)
    assert refused.value.code == "webhook_url"
