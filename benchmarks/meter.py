"""Measures what a process and all it starts take: time and CPU, and apart from these memory."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import NamedTuple

import psutil


class Taken(NamedTuple):
    """What something took.

    Attributes:
        seconds: Wall time.
        cpu: CPU time of the whole machine, in seconds: measure on an idle one.
    """

    seconds: float
    cpu: float


class Meter:
    """Measures from entering to leaving; :attr:`taken` then has what it was."""

    taken: Taken

    def __enter__(self) -> Meter:
        self._start, self._busy = time.perf_counter(), busy()
        return self

    def __exit__(self, *_: object) -> None:
        self.taken = Taken(time.perf_counter() - self._start, busy() - self._busy)


class Watch:
    """Looks at memory from entering to leaving; :attr:`peak_mb` then has the most.

    To look takes the kernel's time and this process's, so that a :class:`Meter` should not run
    meanwhile.

    Args:
        process: The process whose memory, and that of its descendants, is looked at.
        every: Seconds from look to look.

    Attributes:
        peak_mb: The most that they held at once, in 10^6 bytes. Pages that several share count
            once (PSS).
    """

    def __init__(self, process: int, every: float = 0.25) -> None:
        self.peak_mb = 0.0
        self._process = psutil.Process(process)
        self._every = every
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(self._every):
            self.peak_mb = max(self.peak_mb, held(self._process))


def busy() -> float:
    """How long this machine's cores have been at work since it started, in seconds."""
    times = psutil.cpu_times()
    return float(times.user + times.nice + times.system)


def held(process: psutil.Process) -> float:
    """The memory of a process and its descendants (PSS), in 10^6 bytes."""
    total = 0.0
    with contextlib.suppress(psutil.NoSuchProcess):
        for one in (process, *process.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                total += one.memory_full_info().pss
    return total / 1e6
