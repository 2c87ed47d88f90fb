"""``If-Match`` against a locked row: a decision names the version that was seen (protocol, section 1)."""

from evidence.domain.errors import Category, EvidenceError, Retry


def check_version(if_match: str | None, current: str | int) -> None:
    """428 without the header, 412 for another version; a star says nothing about what was seen."""
    if if_match is None:
        raise EvidenceError(Category.VERSION_REQUIRED, "if_match_required", "Say which version you saw.")
    named = {part.strip().strip('"') for part in if_match.split(",")}
    if str(current) not in named:
        raise EvidenceError(
            Category.STALE, "stale_version", "It has changed since you saw it.", retry=Retry.AFTER_UPDATE
        )
