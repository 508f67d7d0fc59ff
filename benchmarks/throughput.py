"""How many submissions a minute, beside nbgrader, plain papermill and the floor, in one run.

    make bench

Every contender grades the same right answers on the same machine, which should be idle
otherwise. Prints tables and writes the raw numbers to ``.proctor/throughput.json``.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import psutil
from rich.console import Console
from rich.table import Table

from benchmarks import floor
from benchmarks.courses import HERE, hand_in, own_course
from benchmarks.meter import Meter, Taken
from proctor.course.course import Course
from proctor.pipeline.capacity import cores
from proctor.pipeline.grading import make_order
from proctor.sandbox.zygote import Zygote

TOOLS = Path(sys.prefix, "bin")
# From the first result to the last, each slot grades as many: hence one more.
STUDENTS = {"custom_layer": 12 * cores() + 1}
OTHERS = 4 * cores() + 1
FLOOR = 4 * cores()
# The same for nbgrader, which takes them one after the other.
NBGRADER = {"custom_layer": 9}
OTHERS_OF_NBGRADER = 3
STOCK = 'c = get_config()\nc.CourseDirectory.course_id = "stock"\n'


def environment(course: Course) -> dict[str, str]:
    """Programs by their names, data sets where they are."""
    path = f"{TOOLS}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "TFDS_DATA_DIR": str(course.data)}


def grade(
    root: Path, slug: str, jobs: int | None = None, students: int | None = None
) -> tuple[Taken, int]:
    """One command; what it took from the first result to the last, in which all slots work.

    Args:
        root: The course's folder.
        slug: The exercise.
        jobs: How many at once; by default as many as the command takes.
        students: How many of those who handed in; by default all.
    """
    words = [slug, "--force"] + (["--jobs", str(jobs)] if jobs else [])
    for number in range(students or 0):
        words += ["--student", f"student{number:04}"]
    with subprocess.Popen(
        [str(TOOLS / "proctor"), "grade", *words], cwd=root, stdout=subprocess.PIPE, text=True
    ) as command:
        assert command.stdout is not None
        first = command.stdout.readline()
        assert f" {slug}: 10 of 10" in first, first
        count = 0
        with Meter(command.pid) as meter:
            for line in command.stdout:
                if f" {slug}: 10 of 10" not in line:
                    break
                count += 1
        command.stdout.read()
    return meter.taken, count


@contextmanager
def stock_nbgrader(course: Course) -> Iterator[Callable[[str], tuple[Taken, int]]]:
    """``nbgrader autograde`` as it is installed; it runs the visible checks only.

    One command for several, from when it takes the first to when it takes the last, so that its
    own start does not count.
    """
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "nbgrader_config.py").write_text(STOCK)
        (root / "source").symlink_to(course.root / "source")
        program, variables = str(TOOLS / "nbgrader"), environment(course)

        def autograde(slug: str) -> tuple[Taken, int]:
            measured([program, "generate_assignment", slug], root, variables)
            students = NBGRADER.get(slug, OTHERS_OF_NBGRADER)
            hand_in(root, course, slug, students)
            with started([program, "autograde", slug], root, variables) as command:

                def wait_for(count: int) -> None:
                    while len(list(root.glob(f"autograded/*/{slug}"))) < count:
                        assert command.poll() is None, slug
                        time.sleep(0.01)

                wait_for(1)
                with Meter(command.pid) as meter:
                    wait_for(students)
                assert command.wait() == 0, slug
            return meter.taken, students - 1

        yield autograde


def cold_papermill(course: Course, slug: str) -> tuple[Taken, int]:
    """papermill's command on an ordinary kernel: it runs the notebook, and grades nothing."""
    with tempfile.TemporaryDirectory() as folder:
        hand_in(Path(folder), course, slug, 1)
        place = Path(folder, "submitted", "student0000", slug)
        words = ["papermill", f"{slug}.ipynb", "out.ipynb", "--no-progress-bar"]
        words += ["--kernel", "python3"]
        return measured([str(TOOLS / words[0]), *words[1:]], place, environment(course)), 1


def started(command: list[str], folder: Path, variables: dict[str, str]) -> subprocess.Popen[bytes]:
    """A command that runs in a folder, without a word."""
    nothing = subprocess.DEVNULL
    return subprocess.Popen(command, cwd=folder, env=variables, stdout=nothing, stderr=nothing)


def measured(command: list[str], folder: Path, variables: dict[str, str]) -> Taken:
    """What a command takes from its start to its end."""
    with started(command, folder, variables) as running, Meter(running.pid) as meter:
        status = running.wait()
    assert status == 0, command
    return meter.taken


def on_the_floor(course: Course, slug: str, zygote: Zygote) -> tuple[Taken, int]:
    """The same code and the same requests, as many submissions at once as proctor grades."""
    order = make_order(course, "student0000", slug, course.source(slug).read_bytes())
    variables = {**environment(course), "CUDA_VISIBLE_DEVICES": "-1", "OMP_NUM_THREADS": "1"}
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder, "replays")
        kept.write_bytes(msgspec.msgpack.encode([floor.record(order, zygote)] * FLOOR))
        with subprocess.Popen(
            [sys.executable, "-m", "benchmarks.floor", str(kept), str(cores())],
            cwd=HERE,
            env={**variables, "TF_CPP_MIN_LOG_LEVEL": "3"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as process:
            assert process.stdin is not None and process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            with Meter(process.pid) as meter:
                process.stdin.write("go\n")
                process.stdin.flush()
                assert process.stdout.readline() == "done\n"
            process.stdin.close()
    return meter.taken, FLOOR


def main(slugs: list[str]) -> None:
    """Measure, print, keep the raw numbers."""
    course = Course(HERE)
    chosen = course.choose(slugs)
    rows: dict[str, dict[str, dict[str, float]]] = {}
    out = Console()
    kept = HERE / ".proctor" / "throughput.json"
    kept.parent.mkdir(exist_ok=True)
    with (
        own_course({slug: STUDENTS.get(slug, OTHERS) for slug in chosen}) as own,
        stock_nbgrader(course) as nbgrader,
        Zygote(threads=1, data=course.data) as zygote,
    ):
        contenders: dict[str, Callable[[str], tuple[Taken, int]]] = {
            "proctor": lambda slug: grade(own.root, slug),
            "nbgrader": nbgrader,
            "papermill": lambda slug: cold_papermill(course, slug),
            "floor": lambda slug: on_the_floor(course, slug, zygote),
        }
        for slug in chosen:
            for name, contender in contenders.items():
                start = time.perf_counter()
                taken, count = contender(slug)
                rows.setdefault(slug, {})[name] = {
                    "submissions": count,
                    "seconds": taken.seconds / count,
                    "cpu": taken.cpu / count,
                    "peak_mb": taken.peak_mb,
                }
                out.print(f"{slug} {name}: {time.perf_counter() - start:.0f} s")
            kept.write_text(json.dumps({"machine": machine(), "rows": rows}, indent=2))
    out.print(show(rows))


def machine() -> str:
    """What this was measured on."""
    memory = psutil.virtual_memory().total / 1e9
    return f"{os.cpu_count()} cores, {platform.machine()}, {memory:.0f} GB, {cores()} slots"


def show(rows: dict[str, dict[str, dict[str, float]]]) -> Table:
    """Exercise × contender, and all exercises together."""
    table = Table(title=f"Submissions a minute, and CPU seconds for each ({machine()})")
    table.add_column("exercise")
    for name in ("proctor", "nbgrader", "papermill", "proctor / nbgrader"):
        table.add_column(name, justify="right")
    for name in ("proctor", "floor"):
        table.add_column(f"CPU s, {name}", justify="right")
    table.add_column("proctor / floor", justify="right")
    together: dict[str, dict[str, float]] = {}
    for row in rows.values():
        for name, values in row.items():
            own = together.setdefault(name, {"seconds": 0.0, "cpu": 0.0})
            own["seconds"] += values["seconds"] / len(rows)
            own["cpu"] += values["cpu"] / len(rows)
    for slug, row in {**rows, "all together": together}.items():
        seconds = {name: values["seconds"] for name, values in row.items()}
        cpu = {name: values["cpu"] for name, values in row.items()}
        table.add_row(
            slug,
            *(f"{60 / seconds[name]:.1f}" for name in ("proctor", "nbgrader", "papermill")),
            f"{seconds['nbgrader'] / seconds['proctor']:.1f} ×",
            *(f"{cpu[name]:.2f}" for name in ("proctor", "floor")),
            f"{cpu['proctor'] / cpu['floor']:.2f}",
        )
    return table


if __name__ == "__main__":
    main(sys.argv[1:])
