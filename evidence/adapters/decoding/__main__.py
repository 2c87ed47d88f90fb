"""Decodes one untrusted file: the file on standard input, the answer on standard output.

``python -I -m evidence.adapters.decoding KIND MEMORY_BYTES CPU_SECONDS`` limits itself before it looks at the
file. The limits hold for a decoder that runs away. A decoder that is taken over still runs with the worker's
rights: keeping it from the network and the file system is the work of the container or of seccomp, not done here.
"""

import ctypes
import os
import resource
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from evidence.adapters.decoding.answer import Refused, pack

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38
_OPEN_FILES = 48
_NICENESS = 10
_THREADED = ("heic",)  # its library decodes in threads or not at all


def limit(*, memory_bytes: int, cpu_seconds: int, threads: bool = False) -> None:
    """Binds this process for good: address space, CPU, no files written, no core, dies with its parent.

    Unless it may have ``threads`` it may not fork either; the kernel holds root to neither.
    """
    _set(resource.RLIMIT_AS, memory_bytes)
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))
    _set(resource.RLIMIT_FSIZE, 0)
    _set(resource.RLIMIT_CORE, 0)
    _set(resource.RLIMIT_NOFILE, _OPEN_FILES)
    if not threads:
        _set(resource.RLIMIT_NPROC, 0)
    if sys.platform == "linux":
        prctl = ctypes.CDLL(None, use_errno=True).prctl
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def step_back() -> None:
    """Lets everything else on the machine go first: evidence does not wait for pictures.

    Where the kernel shares the processors out by session (autogroup), that share is lowered too, since niceness
    counts only within a session there. 10 leaves about a tenth of a busy processor: slow, but never starved.
    """
    os.nice(_NICENESS)
    with suppress(OSError), Path("/proc/self/autogroup").open("w") as group:
        group.write(str(_NICENESS))


def _set(which: int, value: int) -> None:
    resource.setrlimit(which, (value, value))


def decode(kind: str, stream: BinaryIO) -> tuple[dict[str, Any], bytes]:
    """Facts and preview of the file; ``Refused`` with a finding's code."""
    if kind == "x3p":
        from evidence.adapters.decoding.scans import decode_scan

        return decode_scan(stream)
    from evidence.adapters.decoding.pictures import decode_picture

    return decode_picture(kind, stream)


def main() -> None:
    kind, memory_bytes, cpu_seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    step_back()
    limit(memory_bytes=memory_bytes, cpu_seconds=cpu_seconds, threads=kind in _THREADED)
    try:
        facts, picture = decode(kind, sys.stdin.buffer)
        answer = pack({"facts": facts}, picture)
    except Refused as refusal:
        answer = pack({"code": refusal.code, "detail": refusal.detail})
    except MemoryError:
        answer = pack({"code": "decoder_memory", "detail": ""})
    except ImportError:
        raise  # this installation is broken, not the file
    except Exception as error:  # whatever a parser trips over, it was the file that made it trip
        code = "x3p_invalid" if kind == "x3p" else "undecodable"
        answer = pack({"code": code, "detail": f"{type(error).__name__}: {error}"[:200]})
    sys.stdout.buffer.write(answer)
    sys.stdout.buffer.flush()
    os._exit(0)  # nothing is left to tidy up, and freeing a large picture takes time


if __name__ == "__main__":
    main()
