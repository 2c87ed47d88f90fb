"""Every refusal that a person at a desk may meet has a sentence, in both languages, instead of its bare code."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RAISED = re.compile(
    r"\b(?:conflict|invalid|forbidden|unavailable)\(\s*\"([a-z_]+)\"|EvidenceError\(\s*Category\.\w+,\s*\"([a-z_]+)\""
)
APPROVALS = re.compile(r"^    \"[a-z_]+\": \"([a-z_]+)\",$", re.MULTILINE)
WORD = re.compile(r"^    ([a-z_]+):", re.MULTILINE)

# Met by phones, machines, operators at a command line, or by a desk that is itself wrong.
ELSEWHERE = frozenset(
    {
        *("already_expunged", "bundle_under_way", "log_not_behind", "nothing_named", "not_of_this_capture"),
        *(
            "bearer_needed",
            "cross_site",
            "scope_missing",
            "phones_only",
            "people_only",
            "officers_only",
            "two_credentials",
        ),
        *("device_known", "device_pending", "device_unknown", "nonce_unusable", "code_unusable", "receipt_not_yet"),
        *("chunk_size", "chunks_incomplete", "length_required", "wrong_length", "media_unexpected", "media_needed"),
        *("jose_needed", "unknown_manifest", "version_not_yet", "other_capture", "other_item", "other_agency"),
        *(
            "if_match_required",
            "invalid_cursor",
            "not_inline",
            "relay_full",
            "named_twice",
            "event_needed",
            "wrong_event",
        ),
        *("organisation_entity", "reset_what", "unknown_code"),
    }
)


def raised() -> set[str]:
    found: set[str] = set()
    for path in (*(ROOT / "evidence").rglob("*.py"), *(ROOT / "api").rglob("*.py")):
        for pair in RAISED.findall(path.read_text(encoding="utf-8")):
            found |= {code for code in pair if code}
    approvals = (ROOT / "evidence/actions/deciding/approvals.py").read_text(encoding="utf-8")
    return found | set(APPROVALS.findall(approvals))


@pytest.mark.parametrize("language", ["es", "en"])
def test_a_refusal_has_a_sentence(language: str) -> None:
    words = set(WORD.findall((ROOT / f"web/src/desk/words/{language}-problems.ts").read_text(encoding="utf-8")))
    known = raised()
    assert len(known) > 150, "the search itself must find something"
    assert sorted(known - words - ELSEWHERE) == []
