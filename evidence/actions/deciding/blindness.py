"""Who must not know a serial yet: whoever may decide reads it from the photo first (protocol, section 6)."""

from evidence.domain.callers import Caller
from evidence.domain.roles import Verb
from evidence.domain.warnings import ReviewWarning
from evidence.domain.worksheet import FORMS
from evidence.records.captures import Capture
from evidence.records.submissions import Reading

SERIAL_CODES = frozenset(field.code for form in FORMS.values() for field in form.fields if "serial.text" in field.facts)
"""The lines of the forms that say the serial."""


def is_blind(caller: Caller, root: Capture, readings: list[Reading]) -> bool:
    """Whether the serial is hidden: who may decide types it from the photo first (protocol, section 6)."""
    person = getattr(caller, "person_id", None)
    if Verb.DECISION_MAKE not in caller.verbs or root.officer_id == person:
        return False
    return all(row.person_id != person for row in readings)


def tells_of_serial(warning: ReviewWarning) -> bool:
    """Whether a warning follows from the characters of a serial, which a reader must not know before the photo."""
    return warning.code == "lookalike_unconfirmed" or (
        warning.about in SERIAL_CODES and warning.code != "reading_missing"
    )
