"""Every table known to one metadata: foreign keys are resolved by name, so a process must import them all."""

from evidence.records import (
    captures,
    custody,
    devices,
    duplicates,
    media,
    organisations,
    people,
    physical,
    results,
    submissions,
)
from evidence.records.base import Base

AGGREGATES = (
    captures,
    custody,
    devices,
    duplicates,
    media,
    organisations,
    people,
    physical,
    results,
    submissions,
)

METADATA = Base.metadata
