"""Leaving early, taking others along, or staying for ever."""

from tests.hostile.attack import DOUBLE, Attack, lie

ATTACKS: list[Attack] = [
    lie(
        "exits-in-a-cell",
        "os._exit(0), as if all were well.",
        "import os\nos._exit(0)",
        says="ended the kernel",
    ),
    lie(
        "exits-in-a-function",
        "os._exit(0) when it is tested.",
        "import os\ndef double(x): os._exit(0)",
    ),
    lie("sys-exit-in-a-cell", "sys.exit(0).", "import sys\nsys.exit(0)"),
    lie(
        "system-exit-in-a-function",
        "SystemExit, KeyboardInterrupt, GeneratorExit from a tested function.",
        """
kinds = [SystemExit(0), KeyboardInterrupt(), GeneratorExit(), StopIteration()]
def double(x): raise kinds.pop()
""",
    ),
    lie(
        "quits",
        "IPython's own exit, which asks the kernel to shut down.",
        "get_ipython().kernel.do_shutdown(False)\nexit()\nquit()",
        harms_itself=True,
    ),
    lie(
        "segmentation-fault",
        "Reads from address 0 when it is tested.",
        "import ctypes\ndef double(x): ctypes.string_at(0)",
        says="crashed",
    ),
    lie(
        "abort",
        "A C library's abort.",
        "import ctypes\ndef double(x): ctypes.CDLL(None).abort()",
    ),
    lie(
        "kills-its-parent",
        "Signals to its parent, to process 1 and to its group.",
        """
import os, signal
def double(x):
    for pid in (os.getppid(), 1, 0):
        for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGSTOP):
            try: os.kill(pid, number)
            except OSError: pass
    return None
""",
        harms_itself=True,
    ),
    lie(
        "kills-everyone",
        "SIGKILL to every process it may signal.",
        "import os\ndef double(x):\n    os.kill(-1, 9)",
        harms_itself=True,
    ),
    lie(
        "kills-by-number",
        "SIGKILL to every number a process could have.",
        """
import os
for pid in range(2, 100_000):
    if pid != os.getpid():
        try: os.kill(pid, 9)
        except OSError: pass
def double(x): return None
""",
    ),
    Attack(
        "outlives-its-kernel",
        "Processes in sessions of their own, which ignore every signal.",
        double="""
import os, signal, time
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for number in range(1, 32):
                try: signal.signal(number, signal.SIG_IGN)
                except (OSError, ValueError): pass
            time.sleep(1000)
        os._exit(0)
"""
        + DOUBLE,
    ),
    Attack(
        "hangs-at-the-end",
        "atexit hooks, threads that are no daemons, and a __del__ that hang.",
        double="""
import atexit, threading, time
def hang(*a):
    while True: time.sleep(1)
class Hangs:
    __del__ = hang
kept = Hangs()
atexit.register(hang)
threading.Thread(target=hang).start()
"""
        + DOUBLE,
    ),
    Attack(
        "ignores-signals",
        "Ignores every signal that can be ignored.",
        double="""
import signal
for number in range(1, 65):
    try: signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError): pass
"""
        + DOUBLE,
    ),
    lie(
        "closes-all-descriptors",
        "Closes every file and socket of the kernel when it is tested.",
        "import os\ndef double(x): os.closerange(0, 4096)",
        harms_itself=True,
    ),
    lie(
        "becomes-another-program",
        "Replaces the kernel by another program.",
        "import os\ndef double(x): os.execv('/bin/sleep', ['sleep', '1000'])",
        harms_itself=True,
    ),
    lie(
        "stops-itself",
        "SIGSTOP to itself: neither running nor gone.",
        "import os, signal\ndef double(x): os.kill(os.getpid(), signal.SIGSTOP)",
        harms_itself=True,
    ),
]
