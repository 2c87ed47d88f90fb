"""What a WSGI server loads: settings → wiring → application."""

import gc
import os

from flask import Flask

from api.app import create_app
from api.boundary import Wiring
from evidence.adapters import logs
from evidence.adapters.wiring import make_engine_and_sessions, make_services, refuse_unfit_store
from evidence.settings import read_settings


def make() -> Flask:
    """The application from this process's environment; ``SettingsError`` names all that is wrong with it."""
    settings = read_settings(os.environ)
    logs.configure(as_json=settings.log_json)
    _, sessions = make_engine_and_sessions(settings)
    services = make_services(settings)
    refuse_unfit_store(services)
    application = create_app(Wiring(settings, services, sessions))
    # What stands now stays until the end: looking through it for rubbish again and again is a tenth of the CPU.
    gc.collect()
    gc.freeze()
    return application
