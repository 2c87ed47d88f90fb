"""P9: memory. The API while 95 MB originals pass through its relay; the worker while it draws a 50-megapixel photo.

``python -m bench.memory`` prints peaks of memory, sampled every 10 ms over each part's processes together.
"""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

import httpx

from bench import usage
from standalone import pictures
from standalone.canvas import Shot
from standalone.desk import Person, enrolled_phone
from standalone.phone import File, Phone, Signed, checked, new_id
from standalone.recovery import case_facts, recovery_facts
from standalone.service import Service
from standalone.supervisor import Supervisor
from standalone.world import make_world

LARGE = 95_000_000
AT_ONCE = 4
LIMIT_S = 300
MB = 1_000_000


class Peak(threading.Thread):
    """The most memory, in bytes, that is held by one part's processes between enter and exit."""

    def __init__(self, service: Service, part: str) -> None:
        super().__init__(daemon=True)
        self.bytes = 0
        self._service, self._part = service, part
        self._ending = threading.Event()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._ending.set()
        self.join()

    def run(self) -> None:
        while not self._ending.wait(0.01):
            self.bytes = max(self.bytes, usage.resident(self._service, self._part))


def padded(jpeg: bytes, size: int) -> bytes:
    """The same picture in exactly ``size`` bytes: comment segments behind the start marker."""
    missing, segments = size - len(jpeg), []
    while missing:
        body = min(missing - 4, 65_533)
        body -= 4 if 0 < missing - 4 - body < 4 else 0
        segments.append(b"\xff\xfe" + (body + 2).to_bytes(2, "big") + bytes(body))
        missing -= body + 4
    return jpeg[:2] + b"".join(segments) + jpeg[2:]


def sign(phone: Phone, photos: list[bytes]) -> Signed:
    item = new_id()
    facts = {"recovery": recovery_facts(), "items": [case_facts(item, 1)]}
    return phone.sign(facts, [File("headstamp", one, [item]) for one in photos])


def relay(service: Service, phone: Phone) -> int:
    """Peak of the API while several large originals pass at once."""
    picture = pictures.case_bases(Shot(width=800, height=600), numbers=["1"])
    data = padded(picture, LARGE)
    signed = sign(phone, [data] * AT_ONCE)
    checked(phone.put_manifest(signed), 201)
    targets = phone.targets(signed)["media"]
    with Peak(service, "api") as peak, ThreadPoolExecutor(AT_ONCE) as pool:
        for answer in pool.map(lambda target: phone.send_part(target["parts"][0], data), targets):
            checked(answer, 204)
    checked(phone.complete(signed), 202)
    return peak.bytes


def preview(service: Service, phone: Phone, officer: Person) -> int:
    """Peak of the worker from the confirmation of a 50-megapixel photo to its preview."""
    photo = pictures.case_bases(Shot(width=8192, height=6144, grain=20), numbers=["1"])
    signed = sign(phone, [photo])
    with Peak(service, "worker") as peak:
        phone.send(signed)
        deadline = time.monotonic() + LIMIT_S
        while (state := _preview_of(officer, signed)) in ("none", "due"):
            if time.monotonic() > deadline:
                raise RuntimeError("no preview")
            time.sleep(0.2)
    if state != "ready":
        raise RuntimeError(f"preview {state}")
    return peak.bytes


def _preview_of(officer: Person, signed: Signed) -> str:
    media = officer.get(f"/captures/{signed.capture_id}").json()["manifests"][0]["media"]
    return str(media[0]["preview"])


def run(service: Service, world: dict[str, Any]) -> None:
    officer = Person(service.origin, world["people"]["o-101"], "o-101")
    officer.sign_in()
    with httpx.Client(base_url=service.origin, timeout=LIMIT_S) as http:
        phone = enrolled_phone(officer, http)
        idle = {part: usage.resident(service, part) / MB for part in ("api", "worker")}
        print(f"idle: api {idle['api']:.0f} MB, worker {idle['worker']:.0f} MB")
        peak = relay(service, phone) / MB
        print(f"API while {AT_ONCE} × {LARGE // MB} MB pass at once: {peak:.0f} MB (to reach: 150)")
        peak = preview(service, phone, officer) / MB
        print(f"worker and decoder on a 50-megapixel photo: {peak:.0f} MB (to reach: 400)")
    officer.close()


def main() -> None:
    with TemporaryDirectory(prefix="casquillo-bench-") as name, Supervisor() as supervisor:
        folder = Path(name)
        folder.chmod(0o711)
        service = Service(folder, supervisor, preferred_port=8442, relay=True)
        service.start()
        run(service, make_world(service.owned()))
        service.stop()


if __name__ == "__main__":
    main()
