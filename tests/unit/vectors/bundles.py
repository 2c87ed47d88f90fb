"""Court bundles, whole and altered, each as a zip: what the service says of it, the browser must say too."""

import base64
import io
import sys
import zipfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "bundle"))

from small_bag import Bag, bag, policy
from test_check import DECIDED, FIRST_PHOTO, TAMPERING

_EPOCH = (1980, 1, 1, 0, 0, 0)


def zipped(given: Bag) -> str:
    """Base64. Both ways of packing are there, and both ways of writing sizes."""
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w") as archive:
        for number, (name, data) in enumerate(sorted(given.files.items())):
            way = zipfile.ZIP_STORED if name.endswith((".jpg", ".txt")) else zipfile.ZIP_DEFLATED
            with archive.open(_member(name, way), "w", force_zip64=number % 3 == 0) as target:
                target.write(data)
    return base64.b64encode(into.getvalue()).decode()


def _member(name: str, way: int) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, _EPOCH)
    member.compress_type = way
    return member


def bundle_vectors() -> dict[str, Any]:
    altered = []
    for tamper, code in TAMPERING:
        given = bag()
        tamper(given)
        altered.append({"why": tamper.__name__, "code": code, "zip": zipped(given.seal())})
    changed, missing, extra, withheld = bag(), bag(), bag(), bag()
    changed.put(FIRST_PHOTO, b"another photo")
    del missing.files["data/bundle.json"]
    extra.files["data/originals/extra.jpg"] = b"?"
    withheld.put(DECIDED, {**withheld.document(DECIDED), "salt": None, "details": None})
    altered += [
        {"why": "bytes_changed_and_sums_left", "code": "file_changed", "zip": zipped(changed)},
        {"why": "file_removed_and_sums_left", "code": "file_missing", "zip": zipped(missing)},
        {"why": "file_added_and_sums_left", "code": "file_extra", "zip": zipped(extra)},
    ]
    return {
        "policy": policy().decode(),
        "whole": zipped(bag()),
        "withheld": zipped(withheld.seal()),
        "altered": altered,
    }
