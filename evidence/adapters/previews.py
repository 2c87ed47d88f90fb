"""Previews of untrusted files, each made by a child process of its own that is limited and thrown away."""

import contextlib
import os
import selectors
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from evidence.actions.ports import Preview, PreviewFailed
from evidence.adapters.decoding.answer import LIMIT, LONGEST, unpack
from evidence.domain.content import WINDOW, X3P_TYPE, Kind, Recogniser, recognise
from evidence.domain.content_rules import PICTURES

DECODER = (sys.executable, "-I", "-m", "evidence.adapters.decoding")

# Nothing is inherited. One thread: a second pool of BLAS buffers would count against the memory limit.
_ENVIRONMENT = {"LC_ALL": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}

# The kernel's word for each end that is the file's fault; any other is the machine's.
_ENDS: dict[int, str] = {
    signal.SIGXCPU: "decoder_cpu",
    signal.SIGSEGV: "decoder_crashed",
    signal.SIGBUS: "decoder_crashed",
    signal.SIGABRT: "decoder_crashed",
    signal.SIGILL: "decoder_crashed",
    signal.SIGFPE: "decoder_crashed",
    signal.SIGSYS: "decoder_crashed",
}


@dataclass(frozen=True)
class Limits:
    """What one file may cost: address space in bytes, CPU and wall time in seconds."""

    memory_bytes: int = 448 * 1024 * 1024
    cpu_seconds: int = 20
    wall_seconds: float = 300  # the decoder lets everything else go first, so it may wait long for its CPU


class ChildPreviews:
    """The ``Previews`` port: one child process a file."""

    def __init__(self, *, limits: Limits | None = None, command: Sequence[str] = DECODER) -> None:
        self._limits = limits or Limits()
        self._command = tuple(command)

    def render(self, path: Path, content_type: str) -> Preview:
        """A JPEG at most 1600 pixels long, with the facts that the decoder read.

        The decoder is chosen by the file's content; ``content_type`` only tells a scan from any other ZIP.
        ``PreviewFailed`` codes: ``undecodable``, ``truncated``, ``pixel_limit``, ``preview_unavailable``,
        ``decoder_memory``, ``decoder_cpu``, ``decoder_timeout``, ``decoder_crashed``, ``decoder_failed``, and for
        scans ``x3p_incomplete``, ``x3p_invalid``, ``x3p_unsafe_names``, ``x3p_bomb``, ``x3p_too_large``,
        ``x3p_inner_checksum``, ``x3p_damaged``, ``x3p_dimensions``, ``x3p_profile``, ``x3p_point_cloud``.
        """
        # O_NONBLOCK: opening a pipe that nobody writes to must not hang the worker. Unbuffered: the child goes on
        # reading where this position stands.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb", buffering=0) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise PreviewFailed("decoder_failed", "not a regular file")
            kind = _decoder_for(recognise(file.read(WINDOW)), content_type)
            file.seek(0)
            answer = self._run(kind, file)
        try:
            header, jpeg = unpack(answer)
            if "code" in header:
                raise PreviewFailed(_plain(header["code"]), _plain(header.get("detail", "")))
            facts = dict(header["facts"])
            width, height = _size_of(jpeg)
        except (ValueError, KeyError, TypeError) as error:
            raise PreviewFailed("decoder_failed", f"no answer to trust: {error}") from error
        return Preview(jpeg=jpeg, width=width, height=height, facts=facts)

    def _run(self, kind: Kind, file: BinaryIO) -> bytes:
        limits = self._limits
        deadline = time.monotonic() + limits.wall_seconds
        arguments = [kind.value, str(limits.memory_bytes), str(limits.cpu_seconds)]
        process = subprocess.Popen(  # noqa: S603 - our own program; the file's name is not among its arguments
            [*self._command, *arguments],
            stdin=file,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_ENVIRONMENT,
            cwd="/",
            start_new_session=True,
        )
        try:
            answer = _read_all(process, deadline)
            code = process.wait(max(deadline - time.monotonic(), 0))
        except (TimeoutError, subprocess.TimeoutExpired):
            raise PreviewFailed("decoder_timeout", f"not done after {limits.wall_seconds:g} s") from None
        finally:
            _end(process)
        if code != 0:
            raise PreviewFailed(_ENDS.get(-code, "decoder_failed"), f"the decoder ended with {code}")
        return answer


def _decoder_for(kind: Kind, content_type: str) -> Kind:
    if kind in PICTURES:
        return kind
    if kind is Kind.ZIP:
        return Kind.X3P
    if content_type == X3P_TYPE:
        raise PreviewFailed("x3p_invalid", "not a ZIP")
    if kind is Kind.PDF:
        raise PreviewFailed("preview_unavailable", "documents have no preview")
    raise PreviewFailed("undecodable", f"{kind} is no picture")


def _read_all(process: subprocess.Popen[bytes], deadline: float) -> bytes:
    """All that the child writes, up to the most that it may; ``TimeoutError`` at the deadline."""
    assert process.stdout is not None
    pieces: list[bytes] = []
    size = 0
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while size <= LIMIT:
            if not selector.select(max(deadline - time.monotonic(), 0)):
                raise TimeoutError
            piece = os.read(process.stdout.fileno(), 1 << 16)
            if not piece:
                return b"".join(pieces)
            pieces.append(piece)
            size += len(piece)
    raise PreviewFailed("decoder_failed", "the decoder wrote more than it may")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kills the child with all that it may have started, and reaps it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _plain(text: object) -> str:
    """Text that any log or column can hold: parsers quote the bytes that they stumbled over."""
    return "".join(letter for letter in str(text) if letter.isprintable())[:200]


def _size_of(jpeg: bytes) -> tuple[int, int]:
    """Width and height of an answered picture; ``ValueError`` unless it is one whole JPEG of the right size."""
    recogniser = Recogniser()
    recogniser.feed(jpeg)
    content = recogniser.finish()
    sound = content.kind is Kind.JPEG and not content.problems and not content.trailing
    if not sound or not 0 < max(content.width, content.height) <= LONGEST:
        raise ValueError("not one whole JPEG")
    return content.width, content.height
