"""Every table known to one metadata: foreign keys are resolved by name, so a process must import them all."""

from evidence.records import (
    bundles,
    captures,
    custody,
    devices,
    duplicates,
    expunging,
    laboratory,
    log,
    media,
    organisations,
    people,
    physical,
    possessor,
    rescue,
    results,
    retention,
    sign_in,
    submissions,
    timestamps,
    trace_requests,
    views,
    webhooks,
)
from evidence.records.base import Base

AGGREGATES = (
    bundles,
    captures,
    custody,
    devices,
    duplicates,
    expunging,
    laboratory,
    log,
    media,
    organisations,
    people,
    physical,
    possessor,
    rescue,
    results,
    retention,
    sign_in,
    submissions,
    timestamps,
    trace_requests,
    views,
    webhooks,
)

METADATA = Base.metadata
