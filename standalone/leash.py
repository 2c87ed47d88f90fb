"""Runs one program on a leash: it gives up root, and gets a signal when the thread that started it is gone.

Used as a script, so that the starting process needs no code between fork and exec, where a program
with threads may dead-lock:

    python -I -S leash.py PARENT SIGNAL UID GID PROGRAM [ARGUMENT ...]

PARENT is the id of the starting process; UID and GID are -1 to stay who we are. It imports nothing of ours,
and is read before the account changes, so that the account need not be able to read it.
"""

import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def _tie_to_parent(parent: int, death_signal: int) -> None:
    """Asks the kernel for ``death_signal`` at the parent's death. Linux only; elsewhere nothing happens.

    Setting the account clears the request, so it comes after that; a parent that died before it is seen
    by asking who the parent is now.
    """
    if sys.platform != "linux":
        return
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0) != 0:
        sys.exit(f"prctl refused: {os.strerror(ctypes.get_errno())}")
    if os.getppid() != parent:
        sys.exit("the starting process is gone")


def _calm_signals() -> None:
    """Undoes what a shell's ``nohup`` or ``&``, and Python itself, have left ignored or blocked."""
    signal.pthread_sigmask(signal.SIG_SETMASK, set())
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)


def main(arguments: list[str]) -> None:
    parent, death_signal, uid, gid = (int(argument) for argument in arguments[:4])
    program = arguments[4:]
    if sys.platform == "linux":
        import ctypes  # noqa: F401  # loaded while the files can still be read
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    _tie_to_parent(parent, death_signal)
    _calm_signals()
    try:
        os.execv(program[0], program)  # noqa: S606  # no shell is the point
    except OSError as error:
        sys.exit(f"{program[0]}: {error.strerror}")


if __name__ == "__main__":
    main(sys.argv[1:])
