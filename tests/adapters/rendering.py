"""Renders files through the real child process, or through one that misbehaves on purpose."""

import io
import sys
from pathlib import Path

import pytest
from PIL import Image

from evidence.actions.ports import Preview, PreviewFailed
from evidence.adapters.previews import ChildPreviews, Limits


def render(folder: Path, data: bytes, *, limits: Limits | None = None, code: str | None = None) -> Preview:
    """Renders ``data``; with ``code`` by a child that runs it instead of the decoder."""
    path = folder / "original"
    path.write_bytes(data)
    if code is None:
        return ChildPreviews(limits=limits).render(path, "image/jpeg")
    command = (sys.executable, "-I", "-c", code)
    return ChildPreviews(limits=limits, command=command).render(path, "image/jpeg")


def refusal(folder: Path, data: bytes, *, limits: Limits | None = None, code: str | None = None) -> PreviewFailed:
    with pytest.raises(PreviewFailed) as caught:
        render(folder, data, limits=limits, code=code)
    return caught.value


def shown(preview: Preview) -> Image.Image:
    picture = Image.open(io.BytesIO(preview.jpeg), formats=["JPEG"])
    picture.load()
    assert picture.size == (preview.width, preview.height)
    return picture
