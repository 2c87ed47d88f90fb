"""The OpenAPI document, from the routes alone: ``python -m api.document`` prints it."""

import json
import sys
from typing import Any

from flask_smorest import Api

from api.app import create_app
from api.boundary import Wiring
from evidence.adapters.wiring import make_engine_and_sessions, make_services
from evidence.settings import read_settings

# Enough to build every part. Nothing connects until it is used, and here nothing is.
PLACEHOLDERS = {
    "CASQUILLO_DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:1/nothing",
    "CASQUILLO_SECRET_KEY": "no secret: only the document is made with it",
    "CASQUILLO_ORIGIN": "https://casquillo.invalid",
    "CASQUILLO_S3_ENDPOINT": "http://127.0.0.1:1",
    "CASQUILLO_S3_ACCESS_KEY": "nobody",
    "CASQUILLO_S3_SECRET_KEY": "nothing",
}


def placeholder_wiring() -> Wiring:
    """The real parts over placeholder settings; fit for reading the routes, not for answering requests."""
    settings = read_settings(PLACEHOLDERS)
    _, sessions = make_engine_and_sessions(settings)
    return Wiring(settings, make_services(settings), sessions)


def document() -> dict[str, Any]:
    """The OpenAPI 3.1 document of the API as the routes describe it. Needs no server."""
    app = create_app(placeholder_wiring())
    api: Api = app.extensions["flask-smorest"]["apis"][""]["ext_obj"]
    made: dict[str, Any] = api.spec.to_dict()
    return made


def text() -> str:
    """The document as it is committed: sorted, indented, with a newline at the end."""
    return json.dumps(document(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(text())
