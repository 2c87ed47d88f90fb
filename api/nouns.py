"""Every noun of the API, in the order of the document."""

from api.routes import captures, custody, devices, health, leases, media, queues, session, status, submissions, uploads
from api.smorest import Noun

NOUNS: tuple[Noun, ...] = (
    health.noun,
    session.noun,
    devices.noun,
    captures.noun,
    uploads.noun,
    submissions.noun,
    media.noun,
    queues.noun,
    leases.noun,
    custody.noun,
    status.noun,
)
