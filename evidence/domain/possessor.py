"""Parts VI to VIII of the trace form: who had the gun, who was along, which vehicle. Sealed, never on a phone.

The officer's capture may not hold these lines and no supplement may state them; the trace desk and the prosecutor keep
them apart, under a permission of their own (protocol, section 7, *nominal*).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from evidence.domain.facts import FACT_RULES, FactRule, fits
from evidence.domain.worksheet import FORMS, Destination

LINES: Mapping[str, FactRule] = MappingProxyType(
    {
        field.code: rule
        for field in FORMS[Destination.ETRACE].fields
        for rule in map(FACT_RULES.get, field.facts)
        if rule is not None and rule.nominal
    }
)
"""Code of the form's line → the fact that it holds, in the form's order."""


def check(values: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong, by line: ``empty``, ``unknown_line``, ``wrong_value``. An empty text withdraws a line."""
    errors: dict[str, str] = {} if values else {"values": "empty"}
    for code, value in values.items():
        rule = LINES.get(code)
        if rule is None:
            errors[code] = "unknown_line"
        elif value != "" and not fits(rule, value):
            errors[code] = "wrong_value"
    return errors
