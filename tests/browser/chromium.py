"""Finds a Chromium: the one on PATH, else the distribution's package, else Playwright's own; each with a time limit."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGE_LIMIT_S = 300
DOWNLOAD_LIMIT_S = 300
ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",  # as root a sandbox of its own is refused
    "--disable-background-networking",
    "--disable-component-update",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
)


class NoChromium(Exception):
    """Says what was tried."""


def find_chromium() -> Path | None:
    """The browser's program; ``None`` for Playwright's own, which it finds by itself. ``NoChromium`` if all fail."""
    found = _on_path()
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        _tried(("apt-get", "install", "--yes", "--no-install-recommends", "chromium"), PACKAGE_LIMIT_S)
        found = _on_path()
    if found is not None or _tried((sys.executable, "-m", "playwright", "install", "chromium"), DOWNLOAD_LIMIT_S):
        return found
    raise NoChromium("No Chromium on PATH, none from the distribution, and Playwright could not fetch its own.")


def _on_path() -> Path | None:
    return next((Path(at) for name in NAMES if (at := shutil.which(name))), None)


def _tried(command: tuple[str, ...], limit_s: int) -> bool:
    try:
        return subprocess.run(command, capture_output=True, timeout=limit_s, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
