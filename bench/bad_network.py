"""P8: bytes sent over bytes to send, on a network with a cut every 300 kB, and at 64 kbit/s with two seconds of delay.

The phone's own code sends to a real service through a proxy that counts. ``python -m bench.bad_network``
"""

import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from standalone import pictures
from standalone.canvas import Shot
from standalone.desk import Person
from standalone.service import Service
from standalone.supervisor import Supervisor
from standalone.world import make_world

WEB = Path(__file__).parents[1] / "web"
WIDTHS = (400, 600, 800, 1000, 1600, 4032)
PORT = 8590


def main() -> int:
    node = shutil.which("node")
    if node is None:
        sys.stderr.write("Node is not here.\n")
        return 1
    with TemporaryDirectory(prefix="casquillo-bench-") as name, Supervisor() as supervisor:
        folder = Path(name)
        folder.chmod(0o711)
        service = Service(folder / "service", supervisor, preferred_port=PORT)
        service.start()
        try:
            handover = _handover(service, folder)
            arguments = (str(WEB / "node_modules" / "vitest" / "vitest.mjs"), "run", "tests/service/network.service.ts")
            run = subprocess.run(
                [node, *arguments, "--config", "vitest.service.config.ts"],
                cwd=WEB,
                env={**os.environ, "CASQUILLO_HANDOVER": str(handover), "CASQUILLO_BENCH": "1"},
                capture_output=True,
                text=True,
                check=False,
            )
        finally:
            service.stop()
    figures = [line for line in run.stdout.splitlines() if line.startswith("P8")]
    sys.stdout.write("\n".join(figures or [run.stdout, run.stderr]) + "\n")
    return run.returncode


def _handover(service: Service, folder: Path) -> Path:
    """An officer's session and drawn photos, as the phone's tests take them."""
    officer = Person(service.origin, make_world(service.owned())["people"]["o-101"], "o-101")
    officer.sign_in()
    drawn = folder / "pictures"
    drawn.mkdir()
    for seed, width in enumerate(WIDTHS):
        shot = Shot(width=width, height=width * 3 // 4, taken_at=datetime.now(UTC), seed=seed)
        (drawn / f"{width}.jpg").write_bytes(pictures.scene_overview(shot, numbers=["1"]))
    file = folder / "handover.json"
    known = {
        "origin": service.origin,
        "cookie": "; ".join(f"{name}={value}" for name, value in officer.http.cookies.items()),
        "pictures": str(drawn),
        "sent": str(folder / "sent.jsonl"),
        "rescue": str(folder / "phone.rescue"),
    }
    file.write_text(json.dumps(known))
    officer.close()
    return file


if __name__ == "__main__":
    sys.exit(main())
