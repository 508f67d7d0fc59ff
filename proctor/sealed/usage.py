"""What a kernel and everything it has started are using, read from their own /proc."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass

from proctor.limits import Limits

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Usage:
    """Sums over all processes in a PID namespace.

    Attributes:
        threads: Processes and threads.
        cpu_seconds: CPU time, that of ended children included.
        resident: Resident pages, in bytes; shared ones count in each process.
        memory: Bytes really taken (proportional set size without files), or 0 where
            ``resident`` already showed that it cannot be much.
        anonymous: Resident pages that are of no file, in bytes; shared ones count in each process.
    """

    threads: int
    cpu_seconds: float
    resident: int
    memory: int
    anonymous: int = 0

    def taken(self, first: Usage) -> int:
        """Bytes taken since the kernel had just started: exact where there is much or there are
        several processes; otherwise without the pages that were there and have been changed.

        Args:
            first: The usage then.
        """
        if self.memory:
            return self.memory - first.memory
        return self.anonymous - first.anonymous

    def excess(self, first: Usage, limits: Limits) -> str | None:
        """Which limit is exceeded, in the student's words; None if none is.

        Args:
            first: The usage when the kernel had just started.
            limits: The bounds.
        """
        if self.threads > limits.processes:
            return (
                f"Your code started more than {limits.processes} processes and threads "
                "and was stopped."
            )
        if self.cpu_seconds - first.cpu_seconds > limits.cpu_seconds:
            return f"Your code used more than {limits.cpu_seconds:.0f} s of CPU and was stopped."
        if self.memory - first.memory > limits.memory_mb * 10**6:
            return f"Your code used more than {limits.memory_mb} MB of memory and was stopped."
        return None


def measure(memory_limit: int, first: Usage | None) -> Usage:
    """Look at every process that ``/proc`` shows.

    Args:
        memory_limit: Bytes; far below it, the exact and slow measure of memory of a single
            process is not taken.
        first: The usage at the start, None if this is it.
    """
    threads, ticks, resident, anonymous = 0, 0, 0, 0
    pids = [name for name in os.listdir("/proc") if name.isdecimal()]
    for pid in pids:
        with contextlib.suppress(OSError), open(f"/proc/{pid}/stat", "rb") as file:
            # The name in brackets may hold anything; the numbers follow its last bracket.
            fields = file.read().rpartition(b")")[2].split()
            ticks += sum(map(int, fields[11:15]))
            threads += int(fields[17])
        with contextlib.suppress(OSError), open(f"/proc/{pid}/statm", "rb") as file:
            pages, shared = map(int, file.read().split()[1:3])
            resident += pages * _PAGE
            anonymous += (pages - shared) * _PAGE
    # A child shares most pages with its parent: without the exact measure they count twice.
    many = len(pids) > 1
    exact = first is None or many or resident - first.resident > memory_limit // 2
    memory = sum(map(_proportional, pids)) if exact else 0
    return Usage(threads, ticks / _TICKS, resident, memory, anonymous)


def _proportional(pid: str) -> int:
    kilobytes = 0
    with contextlib.suppress(OSError), open(f"/proc/{pid}/smaps_rollup", "rb") as file:
        for line in file:
            if line.startswith((b"Pss_Anon:", b"Pss_Shmem:", b"SwapPss:")):
                kilobytes += int(line.split()[1])
    return kilobytes * 1024
