"""P1 and P4: ingest by four simulated phones against plain PUTs of the same bytes to the same store, in one run.

``python -m bench.ingest [captures per phone]`` prints MB/s, their ratio by the clock and by CPU time (other work on
the machine bends the first, not the second), captures per second, CPU by part, and the time from the last byte to
the receipt on an idle system. Previews run apart and are not waited for, but what they cost meanwhile is counted.
"""

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from typing import Any

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

PHONES = 4
FILES = 3
MB = 1_000_000
LIMIT_S = 120


def photos(count: int) -> list[bytes]:
    """Different JPEGs of about 2 MB."""
    shots = [Shot(width=2880, height=2160, grain=40, seed=n) for n in range(count)]
    return [pictures.case_bases(shot, numbers=["1"]) for shot in shots]


def sign(phone: Phone, data: list[bytes]) -> Signed:
    item = new_id()
    facts = {"recovery": recovery_facts(), "items": [case_facts(item, 1)]}
    return phone.sign(facts, [File("headstamp", one, [item]) for one in data])


def plain(service: Service, data: list[bytes]) -> float:
    """Seconds for plain boto3 PUTs of the same bytes, four at a time."""
    client = service.store.client(admin=False)
    started = time.monotonic()
    with ThreadPoolExecutor(PHONES) as pool:
        bucket = service.store.staging
        list(
            pool.map(
                lambda pair: client.put_object(Bucket=bucket, Key=f"plain/{pair[0]}", Body=pair[1]), enumerate(data)
            )
        )
    return time.monotonic() - started


def wait_for_receipt(phone: Phone, signed: Signed) -> None:
    deadline = time.monotonic() + LIMIT_S
    while phone.verified_receipt(signed) is None:
        if time.monotonic() > deadline:
            raise RuntimeError(f"no receipt of {signed.capture_id} within {LIMIT_S} s")


def ingest(work: list[tuple[Phone, list[Signed]]], chunk_size: int | None) -> float:
    """Seconds until every capture of every phone has its receipt."""

    def send(one: tuple[Phone, list[Signed]]) -> None:
        for signed in one[1]:
            one[0].send(signed, chunk_size=chunk_size)

    started = time.monotonic()
    with ThreadPoolExecutor(PHONES) as pool:
        list(pool.map(send, work))
    for phone, captures in work:
        for signed in captures:
            wait_for_receipt(phone, signed)
    return time.monotonic() - started


def last_byte_to_receipt(phone: Phone, data: list[bytes], times: int) -> list[float]:
    found = []
    for _ in range(times):
        signed = sign(phone, data)
        checked(phone.put_manifest(signed), 201)
        phone.send_files(signed)
        started = time.monotonic()
        checked(phone.complete(signed), 202)
        wait_for_receipt(phone, signed)
        found.append(time.monotonic() - started)
        time.sleep(0.5)
    return found


def cpu_ratio(bare: dict[str, float], cost: dict[str, float]) -> float:
    """CPU of the plain PUTs against ours: what the ratio by the clock would be with the machine to ourselves."""
    return sum(bare.values()) / (sum(cost.values()) - cost["previews"])


def run(service: Service, world: dict[str, Any], each: int) -> None:
    officer = Person(service.origin, world["people"]["o-101"], "o-101")
    officer.sign_in()
    with httpx.Client(base_url=service.origin, timeout=60, limits=httpx.Limits(max_connections=32)) as http:
        phones = [enrolled_phone(officer, http) for _ in range(PHONES)]
        data = photos(FILES)
        total = PHONES * each * FILES
        size = sum(map(len, data)) * PHONES * each / MB
        before = usage.used(service)
        raw = plain(service, [data[n % FILES] for n in range(total)])
        print(f"plain PUTs      {size / raw:6.1f} MB/s  ({total} files, {size:.0f} MB)")
        bare = usage.used(service).since(before)
        print(" " * 15, usage.line(bare, PHONES * each))
        for name, chunk_size in (("whole", None), ("chunks of 1 MiB", 1024 * 1024)):
            before = usage.used(service)
            took = ingest([(phone, [sign(phone, data) for _ in range(each)]) for phone in phones], chunk_size)
            rate = PHONES * each / took
            print(f"{name:<15} {size / took:6.1f} MB/s  ratio {raw / took:.2f}  {rate:.1f} captures/s")
            cost = usage.used(service).since(before)
            print(" " * 15, usage.line(cost, PHONES * each))
            print(" " * 15, f"ratio by CPU {cpu_ratio(bare, cost):.2f}, without the decoders of previews")
        seconds = last_byte_to_receipt(phones[0], data, 20)
        print(f"last byte to receipt: median {sorted(seconds)[10]:.2f} s, p95 {quantiles(seconds, n=20)[-1]:.2f} s")
    officer.close()


def main() -> None:
    each = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    with TemporaryDirectory(prefix="casquillo-bench-") as name, Supervisor() as supervisor:
        folder = Path(name)
        folder.chmod(0o711)
        service = Service(folder, supervisor, preferred_port=8440)
        service.start()
        run(service, make_world(service.owned()), each)
        service.stop()


if __name__ == "__main__":
    main()
