"""The demo is played once in a folder's life: a second gun of the same number would never pass its desk."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest

from standalone import commands
from standalone.service import Service


@dataclass(frozen=True)
class Stopped:
    """What the demo's keeping asks of a service; nothing runs."""

    folder: Path
    origin: str = "http://localhost:1"


def test_a_demo_that_was_broken_off_is_not_begun_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    service = cast(Service, Stopped(tmp_path))
    handover: dict[str, object] = {"people": {}}

    def broken_off(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(commands, "play", broken_off)
    with pytest.raises(KeyboardInterrupt):
        commands._play_once(service, handover)

    written = json.loads((tmp_path / "service.json").read_text())
    assert written["demo_begun"] is True
    assert "demo_played" not in written
    commands._play_once(service, written)
    assert "move" in capsys.readouterr().out
