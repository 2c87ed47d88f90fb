"""``casquillo witness``: a C2SP tlog-witness for other logs, an application of its own beside the service's."""

import os

import structlog
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from evidence.actions.log.cosigning import cosign
from evidence.adapters import logs
from evidence.adapters.chance import SystemClock
from evidence.adapters.key_files import KeyFiles
from evidence.adapters.witness_files import WitnessFiles
from evidence.domain.log.merkle import BadProof
from evidence.domain.log.note import Verifier
from evidence.domain.log.policy import parse as parse_policy
from evidence.domain.log.witness import SIZE_TYPE, Conflict, Refusal, Refused
from evidence.settings import SettingsError, WitnessSettings, read_witness_settings

log = structlog.get_logger()

LARGEST_BODY = 64 * 1024  # 63 hashes and a checkpoint with many signatures
STATUS = {
    Refusal.MALFORMED: 400,
    Refusal.SIZES_BACKWARDS: 400,
    Refusal.SIGNATURE_WRONG: 403,
    Refusal.UNKNOWN_LOG: 404,
    Refusal.INCONSISTENT: 422,
}


def make() -> Flask:
    """What a WSGI server loads; one process a folder. ``SettingsError`` names what is wrong."""
    settings = read_witness_settings(os.environ)
    logs.configure(as_json=settings.log_json)
    return create_witness(settings)


def create_witness(settings: WitnessSettings) -> Flask:
    """The application over a folder of memory and one key. The known logs are read anew at each request."""
    app = Flask("casquillo-witness", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    signer, states, clock = KeyFiles(settings.keys), WitnessFiles(settings.state), SystemClock()
    vkey = _own_key(settings, signer)
    app.extensions["casquillo_witness"] = states  # whoever ends the application lets go of its memory

    @app.post("/add-checkpoint")
    def add_checkpoint() -> Response:
        body = request.get_data()
        outcome = cosign(states, signer, vkey=vkey, logs=_known_logs(settings), body=body, now=clock.now())
        if isinstance(outcome, Conflict):
            log.warning("witness_conflict", size=outcome.size)
            return Response(outcome.encode(), status=409, content_type=SIZE_TYPE)
        if isinstance(outcome, Refused):
            log.warning("witness_refused", code=outcome.code.value)
            return _plain(f"{outcome.code.value}\n", STATUS[outcome.code])
        return _plain(outcome)

    @app.get("/")
    def introduce() -> Response:
        return _plain(f"{vkey}\n")

    @app.errorhandler(HTTPException)
    def refuse(error: HTTPException) -> Response:
        return _plain(f"{error.name}\n", error.code or 500)

    return app


def _own_key(settings: WitnessSettings, signer: KeyFiles) -> str:
    vkeys = signer.vkeys()
    if len(vkeys) != 1:
        raise SettingsError([f"CASQUILLO_WITNESS_KEYS {settings.keys} must hold one key, not {len(vkeys)}"])
    return vkeys[0]


def _known_logs(settings: WitnessSettings) -> list[Verifier]:
    """A file that can't be read means that no log is known, and says so: the witness then signs nothing."""
    try:
        return [one.verifier for one in parse_policy(settings.logs.read_bytes()).logs]
    except (OSError, BadProof) as error:
        log.error("witness_logs_unreadable", error=str(error))
        return []


def _plain(body: str | bytes, status: int = 200) -> Response:
    return Response(body, status=status, content_type="text/plain; charset=utf-8")
