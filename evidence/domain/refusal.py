"""Why a signed document is not taken in.

A refusal is a fact to be kept, not a mere error: the action that catches it records the bytes and answers
422 (protocol, section 4: "refuse only for signature, identity, form and limits"). Everything else that is
wrong with a rightly signed document is a problem, see ``evidence.domain.problems``.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum


class RefusalCode(StrEnum):
    """Stable codes. Clients translate them; none is ever renamed."""

    # limits and form of the JWS
    JWS_TOO_LARGE = "jws_too_large"
    JWS_PARTS = "jws_parts"
    JWS_BASE64URL = "jws_base64url"
    JWS_HEADER = "jws_header"
    JWS_ALG = "jws_alg"
    JWS_TYP = "jws_typ"
    JWS_KID = "jws_kid"
    SIGNATURE_FORM = "signature_form"
    SIGNATURE = "signature"
    KEY_FORM = "key_form"
    KEY_NOT_ON_CURVE = "key_not_on_curve"
    # form of the payload's bytes
    PAYLOAD_TOO_LARGE = "payload_too_large"
    PAYLOAD_UTF8 = "payload_utf8"
    PAYLOAD_JSON = "payload_json"
    PAYLOAD_NOT_OBJECT = "payload_not_object"
    PAYLOAD_DEPTH = "payload_depth"
    PAYLOAD_DUPLICATE_NAME = "payload_duplicate_name"
    PAYLOAD_FLOAT = "payload_float"
    PAYLOAD_NOT_A_NUMBER = "payload_not_a_number"
    PAYLOAD_INTEGER = "payload_integer"
    PAYLOAD_SURROGATE = "payload_surrogate"
    PAYLOAD_CONTROL = "payload_control"
    PAYLOAD_NOT_NFC = "payload_not_nfc"
    PAYLOAD_NOT_CANONICAL = "payload_not_canonical"
    # form and limits of the document
    FORM = "form"
    TOO_MANY_ITEMS = "too_many_items"
    TOO_MANY_MEDIA = "too_many_media"
    DUPLICATE_ID = "duplicate_id"
    AMENDS_ITSELF = "amends_itself"
    # identity
    OTHER_SERVICE = "other_service"
    OTHER_KID = "other_kid"
    OTHER_DEVICE = "other_device"
    OTHER_OFFICER = "other_officer"
    OTHER_AGENCY = "other_agency"
    OTHER_KEY = "other_key"
    UNKNOWN_DEVICE = "unknown_device"
    OTHER_CAPTURE = "other_capture"
    CAPTURE_ID_UNUSABLE = "capture_id_unusable"
    TOO_MANY_VERSIONS = "too_many_versions"
    CONFLICT = "conflict"  # the id holds another statement; these bytes are kept beside it


class Refusal(Exception):
    """A document that is not taken in; ``errors`` maps JSON pointers to messages."""

    def __init__(
        self, code: RefusalCode, detail: str = "", *, errors: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        super().__init__(f"{code}: {detail}" if detail else str(code))
        self.code = code
        self.detail = detail
        self.errors = {pointer: list(messages) for pointer, messages in (errors or {}).items()}
