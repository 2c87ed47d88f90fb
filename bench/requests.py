"""P3: what one capture of five photos asks of the API: requests beside the five PUTs, and its CPU time.

``python -m bench.requests [captures]`` sends them one after the other, each as a phone that comes online: challenge,
session, manifest, uploads, five PUTs to the store, complete, and one long poll for the receipt.
"""

import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from bench import usage
from standalone import pictures
from standalone.canvas import Shot
from standalone.desk import Person, enrolled_phone
from standalone.phone import File, Phone, new_id
from standalone.recovery import case_facts, recovery_facts
from standalone.service import Service
from standalone.supervisor import Supervisor
from standalone.world import make_world

PHOTOS = 5
WARM = 5
LIMIT_MS = 25


def send(phone: Phone, photos: list[bytes]) -> None:
    """One capture, from coming online to the receipt."""
    phone.connect()
    item = new_id()
    facts = {"recovery": recovery_facts(), "items": [case_facts(item, 1)]}
    signed = phone.sign(facts, [File("headstamp", one, [item]) for one in photos])
    phone.send(signed)
    if phone.verified_receipt(signed) is None:
        raise RuntimeError("no receipt after one long poll")


def run(service: Service, world: dict[str, Any], captures: int) -> None:
    officer = Person(service.origin, world["people"]["o-101"], "o-101")
    officer.sign_in()
    asked: list[str] = []

    def note(request: httpx.Request) -> None:
        if str(request.url).startswith(service.origin):
            asked.append(f"{request.method} {request.url.path}")

    photos = [pictures.case_bases(Shot(width=800, height=600, seed=n), numbers=["1"]) for n in range(PHOTOS)]
    with httpx.Client(base_url=service.origin, timeout=60, event_hooks={"request": [note]}) as http:
        phone = enrolled_phone(officer, http)
        for _ in range(WARM):
            send(phone, photos)
        asked.clear()
        time.sleep(2)  # previews of the warm-up
        before = usage.used(service)
        for _ in range(captures):
            send(phone, photos)
        seconds = usage.used(service).since(before)
    officer.close()
    print(f"API requests a capture beside {PHOTOS} PUTs: {len(asked) / captures:.1f} (to reach: 6)")
    print(f"API CPU a capture: {1000 * seconds['api'] / captures:.1f} ms (to reach: {LIMIT_MS})")
    print(usage.line(seconds, captures))


def main() -> None:
    captures = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    with TemporaryDirectory(prefix="casquillo-bench-") as name, Supervisor() as supervisor:
        folder = Path(name)
        folder.chmod(0o711)
        service = Service(folder, supervisor, preferred_port=8441)
        service.start()
        run(service, make_world(service.owned()), captures)
        service.stop()


if __name__ == "__main__":
    main()
