"""Code that exceeds a limit, one case each. It is run by ``inside.py`` only."""

from __future__ import annotations

from proctor.limits import Limits

# name: (limits, cell). The cell's name `result`, where it is set, is what came of it.
CASES: dict[str, tuple[Limits, str]] = {
    "cell time": (Limits(cell_seconds=2), "result = 'before'\nwhile True: pass"),
    "cell that swallows interrupts": (
        Limits(cell_seconds=2),
        """
import time
while True:
    try:
        time.sleep(1)
    except BaseException:
        pass
""",
    ),
    "submission time": (Limits(cell_seconds=60, submission_seconds=3), "while True: pass"),
    "cpu time": (Limits(cpu_seconds=2, cell_seconds=30), "while True: pass"),
    "cpu time of children": (
        Limits(cpu_seconds=4, cell_seconds=30),
        """
import os
for _ in range(4):
    if os.fork() == 0:
        while True: pass
os.wait()
""",
    ),
    "memory": (
        Limits(memory_mb=300),
        """
kept = []
while True: kept.append(b"x" * 10**7)
""",
    ),
    "memory of children": (
        Limits(memory_mb=400),
        """
import os, time
for _ in range(6):
    if os.fork() == 0:
        kept = b"x" * 10**8
        time.sleep(60)
time.sleep(60)
""",
    ),
    "memory in one piece": (
        Limits(memory_mb=300),
        """
import numpy as np
try:
    np.ones(10**10)
except MemoryError as error:
    result = type(error).__name__
""",
    ),
    "processes": (
        Limits(processes=60),
        """
import os, time
result, parent = 0, os.getpid()
try:
    while result < 1000:
        if os.fork() == 0:
            time.sleep(60)
        result += 1
except OSError as error:
    result = [result, type(error).__name__]
""",
    ),
    "threads": (
        Limits(processes=60),
        """
import threading, time
result = 0
try:
    while result < 1000:
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        result += 1
except RuntimeError as error:
    result = [result, type(error).__name__]
""",
    ),
    "disk": (
        Limits(disk_mb=10),
        """
result = 0
try:
    with open("large", "wb", 0) as file:
        while True: result += file.write(bytes(10**6))
except OSError as error:
    result = [result, error.strerror]
""",
    ),
    "disk in many places": (
        Limits(disk_mb=10),
        """
result = 0
try:
    for n in range(100):
        for folder in (".", "/tmp", "/dev/shm"):
            with open(f"{folder}/part{n}", "wb", 0) as file:
                result += file.write(bytes(10**6))
except OSError as error:
    result = [result, error.strerror]
""",
    ),
    "files": (
        Limits(files=200),
        """
result = 0
try:
    while True:
        open(f"small{result}", "w").close()
        result += 1
except OSError as error:
    result = [result, error.strerror]
""",
    ),
    "open files": (
        Limits(open_files=100),
        """
kept = []
try:
    while True: kept.append(open("/dev/null"))
except OSError as error:
    result = [len(kept), error.strerror]
for file in kept:
    file.close()
""",
    ),
    "output": (
        Limits(output_mb=1),
        """
for _ in range(3000):
    print("x" * 1000)
result = "went on"
""",
    ),
    "output in one piece": (
        Limits(output_mb=1),
        "print('x' * 30_000_000)\nresult = 'went on'",
    ),
    "output that never ends": (
        Limits(output_mb=1, cell_seconds=3),
        "result = 'began'\nwhile True: print('x' * 1000)",
    ),
    "raising the limits again": (
        Limits(open_files=100),
        """
import resource
result = []
for kind in (resource.RLIMIT_NOFILE, resource.RLIMIT_NPROC, resource.RLIMIT_DATA):
    try:
        resource.setrlimit(kind, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        result.append("raised")
    except (ValueError, OSError):
        result.append("refused")
""",
    ),
}
