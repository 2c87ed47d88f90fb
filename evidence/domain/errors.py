"""What may go wrong, in a few categories with stable codes.

An exception means that nothing happened. A refusal that must be kept (a manifest whose signature
does not fit) is not an exception: the action returns it as a fact, and the route answers 422.
HTTP numbers are given in one place, ``api/problems.py``.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum


class Category(StrEnum):
    """The few kinds of failure that a caller can tell apart."""

    MALFORMED = "malformed"  # the request cannot be read
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"  # you may see it, you may not do this
    NOT_FOUND = "not_found"  # absent, or not yours to see: the same answer
    CONFLICT = "conflict"
    STALE = "stale"  # the version named is not the present one
    VERSION_REQUIRED = "version_required"
    TOO_LARGE = "too_large"
    UNSUPPORTED = "unsupported"  # media type
    INVALID = "invalid"  # readable, but against a rule
    LIMITED = "limited"  # too many, too fast, over budget
    UNAVAILABLE = "unavailable"  # try again later


class Retry(StrEnum):
    """What a client should do with the same request (protocol, section 1)."""

    NEVER = "never"
    LATER = "later"
    AFTER_UPDATE = "after_update"


class EvidenceError(Exception):
    """A refusal that changed nothing.

    ``code`` is stable and translated by clients; ``detail`` is for people reading logs;
    ``errors`` maps a field's path to its messages.
    """

    def __init__(
        self,
        category: Category,
        code: str,
        detail: str = "",
        *,
        retry: Retry = Retry.NEVER,
        errors: Mapping[str, Sequence[str]] | None = None,
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(detail or code)
        self.category = category
        self.code = code
        self.detail = detail
        self.retry = retry
        self.errors = dict(errors or {})
        self.retry_after_s = retry_after_s


def not_found() -> EvidenceError:
    """The one answer for what is absent and for what the caller may not see."""
    return EvidenceError(Category.NOT_FOUND, "not_found", "There is no such thing, or it is not yours to see.")


def invalid(code: str, detail: str = "", **errors: str) -> EvidenceError:
    """A readable request against a rule; keyword arguments name the fields at fault."""
    return EvidenceError(Category.INVALID, code, detail, errors={field: [text] for field, text in errors.items()})


def conflict(code: str, detail: str = "", *, retry: Retry = Retry.NEVER) -> EvidenceError:
    return EvidenceError(Category.CONFLICT, code, detail, retry=retry)


def forbidden(code: str = "forbidden", detail: str = "") -> EvidenceError:
    return EvidenceError(Category.FORBIDDEN, code, detail)


def unavailable(code: str, detail: str = "", *, retry_after_s: int = 5) -> EvidenceError:
    return EvidenceError(Category.UNAVAILABLE, code, detail, retry=Retry.LATER, retry_after_s=retry_after_s)
