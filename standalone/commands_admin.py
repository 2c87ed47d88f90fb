"""``casquillo admin``, also beside a service that ``casquillo run`` has up."""

import argparse
import os
from collections.abc import Mapping
from pathlib import Path

from evidence.commands import admin
from standalone.errors import StartRefused
from standalone.private_files import read_json_object
from standalone.service import WORKER_ENVIRONMENT


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Those of ``evidence.commands.admin``, and the folder of a running service."""
    parser.add_argument("--folder", type=Path, help="the folder of `casquillo run`; else CASQUILLO_* is read")
    admin.add_arguments(parser)


def run(chosen: argparse.Namespace) -> int:
    environment: Mapping[str, str] = os.environ
    if chosen.folder is not None:
        known = read_json_object(chosen.folder / WORKER_ENVIRONMENT)
        if not known:
            raise StartRefused(f"{chosen.folder} holds no service: start it once with `casquillo run`.")
        environment = {name: str(value) for name, value in known.items()}
    return admin.run(chosen, environment)
