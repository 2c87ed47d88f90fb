"""Settings → wiring → application."""

import os

from flask import Flask

from api.app import create_app
from api.boundary import Wiring
from evidence.adapters import logs
from evidence.adapters.wiring import make_engine_and_sessions, make_services, refuse_unfit_store
from evidence.settings import read_settings


def application() -> Flask:
    """The application from this process's environment; ``SettingsError`` names all that is wrong with it."""
    settings = read_settings(os.environ)
    logs.configure(as_json=settings.log_json)
    _, sessions = make_engine_and_sessions(settings)
    services = make_services(settings)
    refuse_unfit_store(services)
    return create_app(Wiring(settings, services, sessions))
