"""Eating up time, memory, processes, disk, files and patience."""

from __future__ import annotations

import copy
from typing import Any

from tests.hostile.attack import DOUBLE, Attack, cell_of, lie


def five_thousand_cells(tree: dict[str, Any]) -> None:
    cell = copy.deepcopy(cell_of(tree, "setup"))
    cell["metadata"] = {}
    for number in range(5000):
        tree["cells"].append({**cell, "id": f"more-{number}", "source": "1"})


def enormous_cell(tree: dict[str, Any]) -> None:
    cell_of(tree, "double")["source"] = "x = 1\n" * 2_000_000


def deep_expression(tree: dict[str, Any]) -> None:
    cell_of(tree, "double")["source"] = "x = " + "(" * 100_000 + ")" * 100_000


ATTACKS: list[Attack] = [
    lie("endless-loop", "A loop in a cell.", "while True: pass", says="still running"),
    lie(
        "endless-loop-in-a-function",
        "A loop in a tested function.",
        "def double(x):\n    while True: pass",
        says="still running",
    ),
    lie(
        "cannot-be-interrupted",
        "A loop that swallows every interrupt.",
        """
import time
def double(x):
    while True:
        try: time.sleep(1)
        except BaseException: pass
""",
        says="still running",
    ),
    lie(
        "hangs-in-c",
        "A search that takes for ever and lets no interrupt through.",
        "import re\ndef double(x): re.match('(a*)*b', 'a' * 64)",
        says="still running",
    ),
    lie(
        "slow-everywhere",
        "Each conversion takes a second less than is allowed.",
        """
import time
class Slow:
    def __array__(self, dtype=None, copy=None):
        time.sleep(2)
        return np.zeros(1)
    def __len__(self): return 10**6
    def __iter__(self):
        while True:
            time.sleep(0.5)
            yield Slow()
def double(x): return Slow()
""",
    ),
    lie(
        "memory",
        "Memory without end, touched.",
        "def double(x):\n    kept = []\n    while True: kept.append(bytearray(b'x' * 10**7))",
        says="memory",
    ),
    lie(
        "memory-in-tensors",
        "Memory without end, by TensorFlow.",
        "def double(x):\n    kept = []\n    while True: kept.append(tf.ones((1000, 1000)))",
    ),
    lie(
        "memory-in-files",
        "Memory without end, in files held open and deleted, in pipes and in memfds.",
        """
import os
def double(x):
    kept = []
    while True:
        number = os.memfd_create("x")
        os.write(number, b"x" * 10**6)
        kept.append(number)
""",
    ),
    lie(
        "fork-bomb",
        "Forks without end.",
        "import os\ndef double(x):\n    while True: os.fork()",
        harms_itself=True,
    ),
    lie(
        "thread-bomb",
        "Starts threads without end.",
        """
import threading, time
def double(x):
    while True: threading.Thread(target=time.sleep, args=(100,), daemon=True).start()
""",
        harms_itself=True,
    ),
    Attack(
        "disk",
        "Fills every place it may write to.",
        double="""
import os
for folder in (".", "/tmp", "/dev/shm", "/run", "/var/tmp", "/data", "/"):
    try:
        with open(os.path.join(folder, "large"), "wb", 0) as file:
            while file.write(bytes(10**6)): pass
    except OSError as error:
        print(folder, error)
"""
        + DOUBLE,
    ),
    Attack(
        "inodes",
        "Empty files and folders without end.",
        double="""
import os
try:
    for number in range(10**6): os.mkdir(f"folder{number}")
except OSError as error:
    print(error)
"""
        + DOUBLE,
    ),
    Attack(
        "open-files",
        "Opens files until there is no more.",
        double="""
kept = []
try:
    while True: kept.append(open("/dev/null"))
except OSError as error:
    print(error)
for file in kept: file.close()
"""
        + DOUBLE,
    ),
    Attack(
        "output-from-a-cell",
        "Prints 100 MB.",
        double="for _ in range(100): print('x' * 10**6)" + DOUBLE,
        says="the rest was cut",
    ),
    Attack(
        "output-from-a-function",
        "Prints 200 MB when it is tested, and half a million lines.",
        double="""
def double(x):
    for _ in range(200): print("x" * 10**6)
    for number in range(50_000): print(number)
    return 2 * np.asarray(x)
""",
        harms_itself=True,
    ),
    lie(
        "endless-message",
        "An exception with a message of 100 MB.",
        "def double(x): raise ValueError('x' * 10**8)",
    ),
    lie(
        "endless-recursion",
        "Recursion, also with the limit raised.",
        """
import sys
sys.setrecursionlimit(10**7)
def double(x): return double(double(x))
""",
    ),
    lie(
        "five-thousand-cells",
        "A notebook of 5,000 cells.",
        DOUBLE,
        marks=(0.0, 0.0),
        change=five_thousand_cells,
        says="more than 2000 cells",
    ),
    lie("enormous-cell", "A cell of two million lines.", "", change=enormous_cell),
    lie("deep-expression", "A hundred thousand brackets.", "", change=deep_expression),
    lie(
        "display-flood",
        "Pictures without end.",
        """
from IPython.display import Image, display
picture = Image(data=b"\\x89PNG\\r\\n\\x1a\\n" + bytes(10**6), format="png")
for _ in range(100): display(picture)
"""
        + DOUBLE,
        marks=(4.0, 2.0),
        says="the rest was cut",
    ),
    lie(
        "busy-threads",
        "Threads that burn CPU time while it answers rightly.",
        """
import threading
def burn():
    while True: pass
for _ in range(20): threading.Thread(target=burn, daemon=True).start()
"""
        + DOUBLE,
        marks=(4.0, 2.0),
        harms_itself=True,
    ),
]
