"""How long a deadline evening takes: most of what is there was graded before, and some is new.

    .venv/bin/python -m benchmarks.again [SUBMISSIONS [NEW]]

Has a course with so many graded submissions and one with as many as are new, and has the new ones
handed in anew in both, several times in turn. The start of the command counts.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
from nbformat.v4 import new_markdown_cell
from rich.console import Console
from rich.table import Table

from benchmarks.courses import HERE, own_course
from benchmarks.kernels import seconds
from benchmarks.throughput import TOOLS

SUBMISSIONS = 1_000
NEW = 40
SLUG = "elementwise"
TIMES = 3


def grade(root: Path, new: int) -> None:
    """Grade what has changed, and see that it was so many."""
    done = subprocess.run(
        [str(TOOLS / "proctor"), "grade"], cwd=root, stdout=subprocess.PIPE, text=True, check=True
    )
    assert done.stdout.count(": 10 of 10 in ") == new, done.stdout[-2000:]


def hand_in_anew(root: Path, count: int, words: str) -> None:
    """Let so many students hand in once more, with one cell more."""
    paths = sorted((root / "submitted").glob(f"*/{SLUG}/{SLUG}.ipynb"))
    for path in paths[:count]:
        notebook = nbformat.read(path, as_version=4)
        notebook.cells.append(new_markdown_cell(words))
        nbformat.write(notebook, path)


def main(count: int, new: int) -> None:
    """Measure, print, keep the raw numbers."""
    evening, alone = f"{new} new of {count}", f"{new} and no more"
    none = f"none new of {count}"
    taken: dict[str, list[float]] = {evening: [], alone: [], none: []}
    with own_course({SLUG: count}) as large, own_course({SLUG: new}) as small:
        print(f"grading {count} and {new} submissions for a start", file=sys.stderr)
        grade(large.root, count)
        grade(small.root, new)

        def timed(name: str, action: Callable[[], None]) -> None:
            taken[name].append(seconds(action))

        for number in range(TIMES):
            for course in (large, small):
                hand_in_anew(course.root, new, f"Handed in again, {number}.")
            timed(evening, lambda: grade(large.root, new))
            timed(alone, lambda: grade(small.root, new))
            timed(none, lambda: grade(large.root, 0))
    table = Table(title=f"median of {TIMES}, {os.cpu_count()} cores, {platform.machine()}")
    for heading in (SLUG, "seconds", "least", "most", "ratio"):
        table.add_column(heading, justify="left" if heading == SLUG else "right")
    base = statistics.median(taken[alone])
    for name, values in taken.items():
        middle = statistics.median(values)
        numbers = [f"{number:.1f}" for number in (middle, min(values), max(values))]
        table.add_row(name, *numbers, f"{middle / base:.2f}")
    Console().print(table)
    kept = HERE / ".proctor" / "again.json"
    kept.parent.mkdir(exist_ok=True)
    kept.write_text(json.dumps(taken, indent=1))


if __name__ == "__main__":
    main(
        int(sys.argv[1]) if len(sys.argv) > 1 else SUBMISSIONS,
        int(sys.argv[2]) if len(sys.argv) > 2 else NEW,
    )
