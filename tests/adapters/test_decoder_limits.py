"""What a hostile file or a decoder gone wrong cannot do: take memory, time, files, or the worker's trust."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pictures
import pytest
from PIL import Image
from rendering import refusal, render, shown

from evidence.actions.ports import PreviewFailed
from evidence.adapters.previews import ChildPreviews, Limits

BLACK_36_MEGAPIXELS = pictures.png_of(6000, 6000)
LIMITED = "from evidence.adapters.decoding.__main__ import limit; limit(memory_bytes=1 << 28, cpu_seconds=1)\n"


def test_the_memory_limit_is_a_finding(tmp_path: Path) -> None:
    assert refusal(tmp_path, BLACK_36_MEGAPIXELS, limits=Limits(memory_bytes=160 << 20)).code == "decoder_memory"
    assert shown(render(tmp_path, BLACK_36_MEGAPIXELS)).size == (1600, 1600)


def test_a_hanging_decoder_is_killed_with_what_it_started(tmp_path: Path) -> None:
    hang = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(child.pid, file=open(PATH, 'w'), flush=True)\n"
        "time.sleep(60)"
    ).replace("PATH", repr(str(tmp_path / "pid")))
    started = time.monotonic()
    failure = refusal(tmp_path, pictures.photo(), limits=Limits(wall_seconds=1.5), code=hang)
    assert failure.code == "decoder_timeout"
    assert time.monotonic() - started < 10
    assert _gone(int((tmp_path / "pid").read_text()))


def _gone(pid: int) -> bool:
    """Whether a process ends within five seconds; one that nobody reaps yet counts as ended."""
    for _ in range(100):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.05)
    return False


def test_the_real_decoder_is_killed_too(tmp_path: Path) -> None:
    assert refusal(tmp_path, BLACK_36_MEGAPIXELS, limits=Limits(wall_seconds=0.05)).code == "decoder_timeout"


def test_a_busy_decoder_meets_its_cpu_limit(tmp_path: Path) -> None:
    failure = refusal(tmp_path, pictures.photo(), code=LIMITED + "while True: pass")
    assert failure.code == "decoder_cpu"


def test_a_crash_is_a_finding(tmp_path: Path) -> None:
    crash = f"import os; os.kill(os.getpid(), {int(signal.SIGSEGV)})"
    assert refusal(tmp_path, pictures.photo(), code=crash).code == "decoder_crashed"


ANSWER = "import sys\nfrom evidence.adapters.decoding.answer import pack\n"


@pytest.mark.parametrize(
    "code",
    [
        "pass",
        "raise SystemExit(3)",
        "print('CSQ1 and then nonsense')",
        ANSWER + "sys.stdout.buffer.write(pack({'facts': {}}, b'<html>'))",
        ANSWER + "sys.stdout.buffer.write(pack({'facts': 7}, b''))",
        ANSWER + "sys.stdout.buffer.write(b'CSQ1\\xff\\xff\\xff\\xff')",
        "import sys\nwhile True: sys.stdout.buffer.write(bytes(1 << 20))",
    ],
    ids=["silent", "failed", "nonsense", "no picture", "no facts", "too long a header", "endless"],
)
def test_answers_are_not_trusted(tmp_path: Path, code: str) -> None:
    assert refusal(tmp_path, pictures.photo(), limits=Limits(wall_seconds=20), code=code).code == "decoder_failed"


def test_what_the_decoder_says_can_be_stored(tmp_path: Path) -> None:
    say = ANSWER + "sys.stdout.buffer.write(pack({'code': 'undecodable', 'detail': 'at \\0 or \\ud800' + 'x' * 999}))"
    failure = refusal(tmp_path, pictures.photo(), code=say)
    assert failure.detail == "at  or " + "x" * 193


def test_an_answer_with_a_trailer_is_not_trusted(tmp_path: Path) -> None:
    add = ANSWER + "sys.stdout.buffer.write(pack({'facts': {}}, sys.stdin.buffer.read() + b'PK'))"
    assert refusal(tmp_path, pictures.photo(), code=add).code == "decoder_failed"


def test_the_child_inherits_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_SECRET", "not for decoders")
    keep = os.open("/dev/null", os.O_RDONLY)
    os.set_inheritable(keep, True)
    look = ANSWER + (
        "import os\n"
        "facts = {'names': sorted(os.environ), 'files': sorted(os.listdir('/proc/self/fd')), 'cwd': os.getcwd()}\n"
        "sys.stdout.buffer.write(pack({'facts': facts}, sys.stdin.buffer.read()))"
    )
    facts = render(tmp_path, pictures.photo(), code=look).facts
    os.close(keep)
    assert "DATABASE_SECRET" not in facts["names"]
    assert str(keep) not in facts["files"]
    assert facts["cwd"] == "/"


def test_a_limited_process_writes_no_file(tmp_path: Path) -> None:
    path = tmp_path / "written"
    attempt = LIMITED + f"with open({str(path)!r}, 'wb') as file: file.write(b'x' * 10)"
    done = subprocess.run([sys.executable, "-I", "-c", attempt], capture_output=True, text=True)
    assert done.returncode != 0
    assert "File too large" in done.stderr
    assert path.stat().st_size == 0


def test_a_limited_process_starts_no_other(tmp_path: Path) -> None:
    # The limit does not bind root, so the test reads it instead of trying.
    ask = (
        LIMITED
        + "import resource; print(resource.getrlimit(resource.RLIMIT_NPROC), resource.getrlimit(resource.RLIMIT_CORE))"
    )
    done = subprocess.run([sys.executable, "-I", "-c", ask], capture_output=True, text=True)
    assert done.stdout.strip() == "(0, 0) (0, 0)"


def test_a_decoder_dies_with_its_worker(tmp_path: Path) -> None:
    decoder = LIMITED + "import time; print('limited', flush=True); time.sleep(60)"
    worker = (
        "import os, subprocess, sys\n"
        f"command = [sys.executable, '-I', '-c', {decoder!r}]\n"
        "child = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)\n"
        "child.stdout.readline()\n"
        "print(child.pid, flush=True)\n"
        "os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", worker], capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL
    assert _gone(int(done.stdout))


def test_a_pipe_in_place_of_a_file_hangs_nobody(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with pytest.raises(PreviewFailed) as caught:
        ChildPreviews().render(path, "image/jpeg")
    assert caught.value.code == "decoder_failed"


@pytest.mark.parametrize("progressive", [False, True])
def test_fifty_megapixels_fit(tmp_path: Path, *, progressive: bool) -> None:
    measure = ANSWER + (
        "from evidence.adapters.decoding.__main__ import decode, limit\n"
        "limit(memory_bytes=int(sys.argv[2]), cpu_seconds=int(sys.argv[3]))\n"
        "facts, picture = decode(sys.argv[1], sys.stdin.buffer)\n"
        "peak = next(line for line in open('/proc/self/status') if line.startswith('VmHWM'))\n"
        "sys.stdout.buffer.write(pack({'facts': {**facts, 'peak_kb': int(peak.split()[1])}}, picture))"
    )
    data = pictures.saved(Image.new("RGB", (8160, 6120), (90, 80, 70)), "JPEG", progressive=progressive)
    preview = render(tmp_path, data, code=measure)
    assert (preview.width, preview.height) == (1600, 1200)
    assert preview.facts["peak_kb"] < (240 if progressive else 100) * 1024
