"""Files that nobody but their owner may read: passwords, keys, chosen ports."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def write_private(path: Path, text: str) -> None:
    """Writes ``text`` to ``path`` with mode 0600, whole or not at all.

    The new file takes the old one's place in one rename, so a crash leaves either of the two.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def write_private_json(path: Path, value: Mapping[str, Any]) -> None:
    """``write_private`` of one JSON object, for people to read too."""
    write_private(path, json.dumps(value, indent=2, sort_keys=True) + "\n")


def read_json_object(path: Path) -> dict[str, Any]:
    """The JSON object in ``path``; empty when there is no such file. ``ValueError`` when it is anything else."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    if not isinstance(value, dict):
        raise ValueError(f"{path} does not hold a JSON object")
    return value
