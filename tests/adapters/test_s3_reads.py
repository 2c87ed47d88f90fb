"""Reading: versions in pieces, downloads that no browser shows, previews, and which origins may ask."""

import os
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from sending import Original, Sender

from evidence.actions.store_ports import ObjectRef, StoreRefused
from evidence.adapters.s3 import READ_PIECE, S3MediaStore
from evidence.adapters.s3_presign import attachment
from standalone.object_store import ObjectStore

HEADERS = "content-type,if-none-match,x-amz-checksum-sha256,x-amz-object-lock-mode,x-amz-object-lock-retain-until-date"


def landed(store: S3MediaStore, sender: Sender, original: Original) -> ObjectRef:
    put = original.presigned(store)
    assert sender.put(put.url, put.headers, original.data).status == 200
    there = store.head_original(original.key)
    assert there is not None
    return there.ref


def test_a_version_comes_in_pieces(store: S3MediaStore, sender: Sender) -> None:
    original = Original(os.urandom(3 * READ_PIECE + 17))
    with store.read(landed(store, sender, original)) as pieces:
        parts = list(pieces)
    assert b"".join(parts) == original.data
    assert max(map(len, parts)) <= READ_PIECE


def test_a_reader_may_stop_early(store: S3MediaStore, sender: Sender) -> None:
    original = Original(os.urandom(5 * READ_PIECE))
    ref = landed(store, sender, original)
    with store.read(ref) as pieces:
        assert original.data.startswith(next(pieces))
    with store.read(ref) as pieces:
        assert b"".join(pieces) == original.data


@pytest.mark.parametrize("version", ["", "0" * 32, "not-a-version"])
def test_what_is_not_there_is_absent(store: S3MediaStore, version: str) -> None:
    original = Original()
    with pytest.raises(StoreRefused) as refusal, store.read(ObjectRef("originals", original.key, version)):
        pass
    assert refusal.value.code == "absent"
    assert store.head_original(original.key) is None
    assert store.head_original(original.key, version_id=version) is None
    assert store.head_chunk(original.key) is None


def test_a_version_that_never_was_is_absent_beside_one_that_is(store: S3MediaStore, sender: Sender) -> None:
    ref = landed(store, sender, Original())
    assert store.head_original(ref.key, version_id=ref.version_id[:-4] + "0000") is None


def test_a_download_is_an_attachment_of_no_type(store: S3MediaStore, sender: Sender) -> None:
    original = Original(b"<script>alert(1)</script>", content_type="text/html")
    ref = landed(store, sender, original)
    url = store.presign_read(ref, filename='K7QD-39MX-WHT "pistola" ñ.html', seconds=60)
    assert urlsplit(url).hostname == "localhost"
    assert parse_qs(urlsplit(url).query)["versionId"] == [ref.version_id]
    answer = sender.request("GET", url)
    assert answer.status == 200
    assert answer.data == original.data
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["content-disposition"] == (
        'attachment; filename="K7QD-39MX-WHT_pistola_.html"; '
        "filename*=UTF-8''K7QD-39MX-WHT%20%22pistola%22%20%C3%B1.html"
    )
    assert sender.request("GET", url.replace("attachment", "inline")).status == 403


@pytest.mark.parametrize("name", ["", "..", '"', "a\r\nSet-Cookie: x=1", "../../etc/passwd"])
def test_no_file_name_leaves_its_header(name: str) -> None:
    header = attachment(name)
    assert header.startswith("attachment; ")
    assert not set(header) & set("\r\n/")
    assert header.count('"') == 2


def test_previews_are_written_again_and_read(store: S3MediaStore) -> None:
    key = f"previews/{uuid4()}"
    assert store.read_preview(key) is None
    store.put_preview(key=key, data=b"first", content_type="image/jpeg")
    store.put_preview(key=key, data=b"second", content_type="image/jpeg")
    assert store.read_preview(key) == b"second"


@pytest.mark.parametrize("bucket", ["originals", "staging"])
def test_our_web_origin_may_send_and_no_other(object_store: ObjectStore, sender: Sender, bucket: str) -> None:
    def preflight(origin: str, method: str = "PUT") -> dict[str, str]:
        asked = {
            "origin": origin,
            "access-control-request-method": method,
            "access-control-request-headers": HEADERS,
        }
        answer = sender.request("OPTIONS", f"{object_store.endpoint}/{bucket}/originals/a", asked)
        return {name.lower(): value for name, value in answer.headers.items()}

    ours = preflight("http://localhost")
    assert ours["access-control-allow-origin"] == "http://localhost"
    assert "PUT" in ours["access-control-allow-methods"]
    assert set(HEADERS.split(",")) <= {name.strip() for name in ours["access-control-allow-headers"].lower().split(",")}
    for origin in ("http://localhost:1", "https://localhost", "http://elsewhere.example", "null"):
        assert "access-control-allow-origin" not in preflight(origin)
    assert "DELETE" not in preflight("http://localhost", "DELETE").get("access-control-allow-methods", "")


def test_a_browser_may_read_what_it_needs_of_the_answer(store: S3MediaStore, sender: Sender) -> None:
    original = Original()
    put = original.presigned(store)
    answer = sender.put(put.url, {**put.headers, "origin": "http://localhost"}, original.data)
    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == "http://localhost"
    exposed = {name.strip().lower() for name in answer.headers["access-control-expose-headers"].split(",")}
    assert {"etag", "x-amz-checksum-sha256", "x-amz-version-id"} <= exposed
    again = sender.put(put.url, {**put.headers, "origin": "http://localhost"}, original.data)
    assert again.status == 412
    assert again.headers["access-control-allow-origin"] == "http://localhost"


def test_several_originals_are_looked_up_together(store: S3MediaStore, sender: Sender) -> None:
    """Each by its oldest version, without those that are absent, whatever folders they stand in."""
    here = [Original() for _ in range(3)]
    here[1].key = f"{here[0].key.rsplit('/', 2)[0]}/{uuid4()}/{here[1].sha256}"  # beside the first
    refs = {original.key: landed(store, sender, original) for original in here}
    beside = here[0].key + "0"
    found = store.head_originals([*refs, beside, f"originals/a/{uuid4()}/0/0"])
    assert {key: one.ref for key, one in found.items()} == refs
    assert all(one.locked_until is not None for one in found.values())
    assert store.head_originals([]) == {}
