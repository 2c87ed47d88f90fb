"""Keeps the children of one command alive, and stops them in order."""

import queue
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Self, TypeVar

from standalone.errors import StartRefused
from standalone.processes import DIE_WITH_PARENT, Child, Command, log_tail

T = TypeVar("T")

LOOK_EVERY_S = 0.05
DEATHS_BEFORE_GIVING_UP = 3


def _silent(_sentence: str) -> None:
    return None


class Supervisor:
    """Starts commands, revives those that die, stops all of them at ``close``.

    One thread does all of it. It lives until the last child has ended, as the parent-death signal asks;
    and a Ctrl-C, which Python raises in the main thread, can never break off a start half-way.
    ``say`` gets a sentence for each death, restart and kill, from that thread.
    """

    def __init__(self, say: Callable[[str], None] = _silent) -> None:
        self._say = say
        self._children: dict[str, Child] = {}
        self._tasks: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._hurry = threading.Event()
        self._closing = False
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self, command: Command) -> None:
        """Starts ``command`` and keeps it running. ``OSError`` when it can't be started at all."""
        self._ask(lambda: self._start(command))

    def stop(self, name: str) -> None:
        """Stops one child for good; without effect when there is none of that name, or all are stopped."""
        if self._thread is None:
            return
        self._ask(lambda: self._stop([child for key, child in self._children.items() if key == name]))

    def pid(self, name: str) -> int | None:
        """The present process of a child, None while there is none."""
        child = self._child(name)
        return child.pid if child else None

    def deaths(self, name: str) -> int:
        """How often a child has died, or failed to start again, without being asked to."""
        child = self._child(name)
        return child.deaths if child else 0

    def wait_until(self, name: str, ready: Callable[[], bool], *, limit_s: float) -> None:
        """Returns when ``ready()``; ``StartRefused`` with the log's end at the limit or the third death.

        ``ready`` is called in the calling thread, about every 20 ms, and makes a real request.
        """
        child = self._child(name)
        if child is None:
            raise ValueError(f"{name} was never started")
        deaths_before = child.deaths
        deadline = time.monotonic() + limit_s
        while not ready():
            gave_up = child.deaths - deaths_before >= DEATHS_BEFORE_GIVING_UP
            if gave_up or time.monotonic() > deadline:
                log = child.command.log
                what = "keeps dying" if gave_up else f"did not answer within {limit_s:.0f} s"
                raise StartRefused(f"{name} {what}. The end of {log}:\n{log_tail(log)}")
            time.sleep(0.02)

    def hurry(self) -> None:
        """Kills what is being stopped instead of waiting for it: a second Ctrl-C."""
        self._hurry.set()

    def close(self) -> None:
        """Stops every child: services first, then the store, then the database. May be called twice.

        A Ctrl-C that arrives here counts as ``hurry``.
        """
        if self._thread is None:
            return
        self._closing = True
        try:
            self._ask(self._stop_all)
        finally:
            self._tasks.put(None)
            self._thread.join()
            self._thread = None
            self._closing = False
            self._hurry.clear()

    def _child(self, name: str) -> Child | None:
        """Read from any thread: of a child only plain numbers are looked at."""
        return self._children.get(name)

    def _ask(self, act: Callable[[], T]) -> T:
        """Lets the one thread do ``act``; its result, or its exception, is ours."""
        if self._thread is None:
            if not DIE_WITH_PARENT:
                self._tell("On this system the servers outlive a kill -9 of this command.")
            self._thread = threading.Thread(target=self._run, name="supervisor", daemon=True)
            self._thread.start()
        future: Future[T] = Future()

        def task() -> None:
            try:
                future.set_result(act())
            except Exception as error:
                future.set_exception(error)

        self._tasks.put(task)
        while True:
            try:
                return future.result()
            except KeyboardInterrupt:
                if not self._closing:
                    raise
                self.hurry()

    def _run(self) -> None:
        next_look = 0.0
        while True:
            try:
                task = self._tasks.get(timeout=LOOK_EVERY_S)
            except queue.Empty:
                pass
            else:
                if task is None:
                    return
                task()
            if time.monotonic() >= next_look:  # not only when idle: a busy caller must not hide a death
                self._revive()
                next_look = time.monotonic() + LOOK_EVERY_S

    def _revive(self) -> None:
        if self._closing:
            return
        for child in self._children.values():
            self._tell(child.revive())

    def _start(self, command: Command) -> None:
        if command.name in self._children:
            raise ValueError(f"{command.name} runs already")
        child = Child(command)
        child.start()
        self._children[command.name] = child

    def _stop_all(self) -> None:
        for stage in sorted({child.command.stage for child in self._children.values()}, reverse=True):
            self._stop([child for child in self._children.values() if child.command.stage == stage])

    def _stop(self, children: list[Child]) -> None:
        for child in children:
            child.ask_to_stop()
        for child in children:
            self._tell(child.stop(self._hurry.is_set))
            del self._children[child.command.name]

    def _tell(self, sentence: str | None) -> None:
        """Whatever ``say`` does, a terminal that is gone included, must not end the thread all children hang on."""
        if sentence:
            with suppress(Exception):
                self._say(sentence)


class StopSignals:
    """Ctrl-C, TERM and a closed terminal as one KeyboardInterrupt; every further one calls ``again``.

    It goes around the supervisor, or a second signal in the middle of the stop would end us before the children:
    ``supervisor = Supervisor()``, then ``with StopSignals(supervisor.hurry) as signals, supervisor:``. What the
    starting shell has set to be ignored (``nohup``, ``&``) stays ignored. Main thread only. The interruption
    that it raised ends at its own exit; ``received`` then names the signal.
    """

    def __init__(self, again: Callable[[], None]) -> None:
        self.received: signal.Signals | None = None
        self._again = again
        self._before: dict[signal.Signals, signal._HANDLER] = {}

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._handle)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        return kind is KeyboardInterrupt and self.received is not None

    def wait(self) -> None:
        """Sleeps until one arrives, which raises."""
        while True:
            signal.pause()

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        if self.received is None:
            self.received = signal.Signals(number)
            raise KeyboardInterrupt
        self._again()
