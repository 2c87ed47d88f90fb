"""Every noun of the API, in the order of the document."""

from api.routes import health, session
from api.smorest import Noun

NOUNS: tuple[Noun, ...] = (
    health.noun,
    session.noun,
)
