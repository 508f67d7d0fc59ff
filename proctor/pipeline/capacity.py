"""How many submissions this machine can grade at once."""

from __future__ import annotations

import contextlib
import itertools
import os
from pathlib import Path

# What is there once, however many are graded: the command, the zygote, where slots come from.
_BASE_MB = 1_000
# Linux' own measure, and the bounds on a container, by either version of control groups.
_FREE = Path("/proc/meminfo")
_BOUNDS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0))


def shares(count: int) -> list[set[int]]:
    """The cores of each of so many that work at once: as many for each, as far as that goes; all
    for each where there are fewer.
    """
    usable = sorted(os.sched_getaffinity(0))
    if count > len(usable):
        return [set(usable)] * count
    ends = [number * len(usable) // count for number in range(count + 1)]
    return [set(usable[start:end]) for start, end in itertools.pairwise(ends)]


def at_once(memory_mb: int, free_mb: int | None = None) -> int:
    """How many submissions at once: one a core, but no more than there is memory for.

    Args:
        memory_mb: What each may take, in 10^6 bytes.
        free_mb: What there is; by default what is free here now.
    """
    free_mb = free_memory_mb() if free_mb is None else free_mb
    return max(1, min(cores(), (free_mb - _BASE_MB) // memory_mb))


def free_memory_mb(free: Path = _FREE, bounds: tuple[Path, ...] = _BOUNDS) -> int:
    """The memory that could be taken now, in 10^6 bytes.

    Args:
        free: Where Linux says what is free.
        bounds: Files that may hold what this process' container may take, in bytes.
    """
    lines = free.read_text(encoding="ascii").splitlines()
    found = [int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")]
    for path in bounds:
        # There need not be such a file, and "max" is no number.
        with contextlib.suppress(OSError, ValueError):
            found.append(int(path.read_text(encoding="ascii")))
    return min(found) // 10**6
