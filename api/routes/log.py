"""The public log (C2SP tlog-tiles) at ``/log``, for anyone and from any origin; and receipts, for those who sent."""

from typing import Any
from uuid import UUID

from flask import Response

from api import boundary, waiting
from api.schemas.log import Handovers, ReceiptAnswer, ReceiptQuery
from api.smorest import Noun
from evidence.actions.capturing import receipts
from evidence.actions.log import handing_on, log_reading, timestamping
from evidence.domain.errors import not_found
from evidence.domain.log import tiles
from evidence.domain.log.merkle import BadProof
from evidence.domain.roles import Verb

noun = Noun("log", "The public custody log: signed checkpoints, tiles, keys. No sign-in, any origin.", prefix="/log")
receipt_noun = Noun("receipts", "Proof for a phone that its evidence is kept.")

TEXT = "text/plain; charset=utf-8"
TOKEN = "application/timestamp-reply"
BYTES = "application/octet-stream"
MOMENT = "public, max-age=2"
WHILE = "public, max-age=300"
FOR_EVER = "public, max-age=31536000, immutable"


@noun.act("GET", "/checkpoint", Verb.OPEN, problem=(404,))
def get_checkpoint() -> Response:
    """The newest published checkpoint, a signed note: the log's signatures, then those of witnesses."""
    return _public(boundary.read(log_reading.checkpoint), TEXT, MOMENT)


@noun.act("GET", "/tile/<path:place>", Verb.OPEN, problem=(404,))
def get_tile(place: str) -> Response:
    """A tile ``<L>/<N>[.p/<W>]`` or an entry bundle ``entries/<N>[.p/<W>]``; immutable."""
    return _tile(place, None)


def _tile(place: str, number: int | None) -> Response:
    try:
        wanted = tiles.parse_path(f"tile/{place}")
    except BadProof:
        raise not_found() from None
    return _public(boundary.read(log_reading.tile, wanted, number=number), BYTES, FOR_EVER)


@noun.act("GET", "/<int:number>/checkpoint", Verb.OPEN, problem=(404,))
def get_former_checkpoint(number: int) -> Response:
    """The last checkpoint of a log that another has succeeded; the policy file names these addresses."""
    return _public(boundary.read(log_reading.checkpoint, number=number), TEXT, WHILE)


@noun.act("GET", "/<int:number>/tile/<path:place>", Verb.OPEN, problem=(404,))
def get_former_tile(number: int, place: str) -> Response:
    """A tile or an entry bundle of a log that another has succeeded."""
    return _tile(place, number)


@noun.act("GET", "/timestamp", Verb.OPEN, problem=(404,))
def get_timestamp() -> Response:
    """The newest token of the timestamp authority (RFC 3161), over the bytes of ``/log/timestamped``."""
    return _public(boundary.read(timestamping.newest).token, TOKEN, MOMENT)


@noun.act("GET", "/timestamped", Verb.OPEN, problem=(404,))
def get_timestamped() -> Response:
    """The checkpoint that the newest token is over, as the log signed it, without cosignatures."""
    return _public(boundary.read(timestamping.newest).note, TEXT, MOMENT)


@noun.act("GET", "/policy", Verb.OPEN)
def get_policy() -> Response:
    """Whose signatures count, as a C2SP tlog-policy file."""
    known = boundary.read(log_reading.policy, boundary.services().policy)
    return _public(known.text().encode("utf-8", "surrogateescape"), TEXT, WHILE)


@noun.act("GET", "/keys", Verb.OPEN)
def get_keys() -> Response:
    """The log's public keys, one vkey a line; former ones too."""
    known = boundary.read(log_reading.policy, boundary.services().policy)
    return _public("".join(f"{one.verifier.vkey}\n" for one in known.logs).encode(), TEXT, WHILE)


@noun.act("GET", "/handovers", Verb.OPEN, answer=Handovers)
def get_handovers() -> dict[str, Any]:
    """Changes of the log's key, oldest first, each proven under a checkpoint that the key before has signed too."""
    return {"items": boundary.read(handing_on.handovers)}


def _public(body: bytes, content_type: str, cache: str) -> Response:
    """Readable by pages of any origin: a verifier need not be ours."""
    answer = Response(body, content_type=content_type)
    answer.headers["Cache-Control"] = cache
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


@receipt_noun.act(
    "GET",
    "/captures/<uuid:capture_id>/receipt",
    Verb.RECEIPT_READ,
    query=ReceiptQuery,
    answer=ReceiptAnswer,
    problem=(404, 422),
)
def get_receipt(capture_id: UUID, manifest: str | None, wait: int) -> dict[str, Any]:
    """The receipt of a manifest; 404 ``receipt_not_yet`` before there is one. Later it comes back witnessed."""

    def look() -> receipts.Receipt | None:
        return boundary.read(
            receipts.receipt, caller=boundary.caller(), capture_id=capture_id, manifest_sha256=manifest
        )

    found = waiting.until(look, lambda one: one is not None, wait)
    if found is None:
        raise receipts.not_yet()
    return found.members()
