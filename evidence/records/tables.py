"""Every table known to one metadata: foreign keys are resolved by name, so a process must import them all."""

from evidence.records import (
    bundles,
    captures,
    custody,
    devices,
    duplicates,
    log,
    media,
    organisations,
    people,
    physical,
    rescue,
    results,
    submissions,
    trace_requests,
    views,
)
from evidence.records.base import Base

AGGREGATES = (
    bundles,
    captures,
    custody,
    devices,
    duplicates,
    log,
    media,
    organisations,
    people,
    physical,
    rescue,
    results,
    submissions,
    trace_requests,
    views,
)

METADATA = Base.metadata
