"""Every noun of the API, in the order of the document."""

from api.routes import (
    administration,
    attachments,
    captures,
    custody,
    devices,
    directory,
    duplicates,
    events,
    health,
    leases,
    media,
    queues,
    results,
    session,
    statements,
    status,
    submissions,
    uploads,
)
from api.smorest import Noun

NOUNS: tuple[Noun, ...] = (
    health.noun,
    session.noun,
    devices.noun,
    captures.noun,
    uploads.noun,
    submissions.noun,
    media.noun,
    attachments.noun,
    queues.noun,
    leases.noun,
    results.noun,
    events.noun,
    custody.noun,
    status.noun,
    statements.noun,
    administration.noun,
    duplicates.noun,
    directory.noun,
)
