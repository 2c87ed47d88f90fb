"""Our signatures are botocore's, to the letter."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qsl, urlsplit

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from evidence.adapters.s3_presign import Lock, Write, sign_put
from evidence.adapters.s3_signing import Signer
from evidence.adapters.s3_transport import make_client
from evidence.settings import LockMode

NOW = datetime(2026, 11, 24, 9, 5, 7, tzinfo=UTC)
WHERE = {"endpoint": "http://store.example:8333", "region": "us-east-1", "access_key": "AK", "secret_key": "s/e+c"}


@pytest.fixture
def client() -> Iterator[Any]:
    made = make_client(**WHERE)
    with patch("botocore.auth.get_current_datetime", return_value=NOW.replace(tzinfo=None)):
        yield made
    made.close()


def parts(url: str) -> tuple[str, str, dict[str, str]]:
    split = urlsplit(url)
    return split.netloc, split.path, dict(parse_qsl(split.query, strict_parsing=True))


@pytest.mark.parametrize("lock", [None, Lock(LockMode.COMPLIANCE, datetime(2027, 1, 2, 3, 4, 5, 600, tzinfo=UTC))])
def test_a_presigned_write_is_what_botocore_signs(client: Any, lock: Lock | None) -> None:
    write = Write(bucket="b", key="a/b-c.d/e", sha256="ab" * 32, size=17, content_type="image/jpeg", lock=lock)
    params: dict[str, Any] = {"Bucket": "b", "Key": write.key, "ContentLength": 17, "ContentType": "image/jpeg"}
    params["ChecksumSHA256"] = "q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s="
    if lock:
        until = datetime(2027, 1, 2, 3, 4, 6, tzinfo=UTC)  # up to the next whole second
        params |= {"IfNoneMatch": "*", "ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": until}
    theirs = client.generate_presigned_url("put_object", Params=params, ExpiresIn=60)
    with patch("evidence.adapters.s3_presign.datetime", wraps=datetime) as clock:
        clock.now.return_value = NOW
        ours = sign_put(Signer(**WHERE), write, seconds=60)
    assert parts(ours.url) == parts(theirs)
    signed = parts(ours.url)[2]["X-Amz-SignedHeaders"].split(";")
    assert set(signed) == {*ours.headers, "host", "content-length"}


def test_a_presigned_read_is_what_botocore_signs(client: Any) -> None:
    disposition = "attachment; filename=\"a_b\"; filename*=UTF-8''a%20b%C3%A9"
    params = {"Bucket": "b", "Key": "a/b~c", "VersionId": "v1", "ResponseContentDisposition": disposition}
    theirs = client.generate_presigned_url("get_object", Params=params, ExpiresIn=300)
    query = {"versionId": "v1", "response-content-disposition": disposition}
    ours = Signer(**WHERE).presigned("GET", "b/a/b~c", now=NOW, seconds=300, query=query)
    assert parts(ours) == parts(theirs)


@pytest.mark.parametrize(
    ("method", "query", "headers", "body"),
    [
        ("HEAD", {"versionId": "v 1/ü"}, {"x-amz-checksum-mode": "ENABLED"}, b""),
        ("PUT", {"retention": "", "versionId": "v1"}, {"content-md5": "a  b=="}, b"<Retention/>"),
        ("GET", {}, {}, b""),
    ],
)
def test_signed_headers_are_what_botocore_signs(
    client: Any, method: str, query: dict[str, str], headers: dict[str, str], body: bytes
) -> None:
    signer, place = Signer(**WHERE), "b/folder é/k"
    ours = signer.headers(method, place, now=NOW, query=query, headers=headers, body=body)
    wish = AWSRequest(method=method, url=signer.url(place, query), headers=dict(headers), data=body)
    S3SigV4Auth(Credentials("AK", "s/e+c"), "s3", "us-east-1").add_auth(wish)
    assert ours["authorization"] == wish.headers["Authorization"]
    assert ours["x-amz-content-sha256"] == wish.headers["X-Amz-Content-SHA256"]
