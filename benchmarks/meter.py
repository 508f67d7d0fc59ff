"""Measures what a process and all it starts take: time, CPU, memory."""

from __future__ import annotations

import contextlib
import threading
import time
from types import TracebackType
from typing import NamedTuple

import psutil

# To measure memory takes CPU itself: every quarter of a second it was 7 % of all.
SAMPLE_SECONDS = 2.0


class Taken(NamedTuple):
    """What something took.

    Attributes:
        seconds: Wall time.
        cpu: CPU time of the whole machine, in seconds: measure on an idle one.
        peak_mb: The most memory that the processes held at once, in 10^6 bytes. Pages that
            several share count once (PSS).
    """

    seconds: float
    cpu: float
    peak_mb: float


class Meter:
    """Measures from entering to leaving; :attr:`taken` then has what it was.

    Args:
        process: The process whose descendants, and itself, are watched.
    """

    taken: Taken

    def __init__(self, process: int) -> None:
        self._process = psutil.Process(process)
        self._over = threading.Event()
        self._peak = 0.0
        self._watch = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> Meter:
        self._start, self._busy = time.perf_counter(), busy()
        self._watch.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        seconds, cpu = time.perf_counter() - self._start, busy() - self._busy
        self._over.set()
        self._watch.join()
        self.taken = Taken(seconds, cpu, self._peak)

    def _sample(self) -> None:
        while not self._over.wait(SAMPLE_SECONDS):
            self._peak = max(self._peak, held(self._process))


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
