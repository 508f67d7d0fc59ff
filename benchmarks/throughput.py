"""How many submissions a minute, beside nbgrader, plain papermill and the floor, in one run.

    make bench

Every contender grades the same right answers on the same machine, which should be idle
otherwise. Time is taken first; after that more of them are graded, whose memory is looked at.
Prints tables and writes the raw numbers to ``.proctor/throughput.json``.
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
from typing import NamedTuple

import msgspec
import psutil
from rich.console import Console
from rich.table import Table

from benchmarks import floor
from benchmarks.courses import HERE, hand_in, own_course
from benchmarks.meter import Meter, Taken, Watch
from proctor.course.course import Course
from proctor.pipeline.capacity import cores
from proctor.pipeline.grading import make_order
from proctor.sandbox.zygote import Zygote

TOOLS = Path(sys.prefix, "bin")
# How many are timed, by proctor and the floor several at once, by nbgrader one after the other;
# of the exercise that a promise is about, more.
TIMED, TIMED_FOR_NBGRADER = 4 * cores(), 2
MORE = {"custom_layer": (12 * cores(), 8)}
# Then so many whose memory is looked at.
WATCHED = 2 * cores()
STOCK = 'c = get_config()\nc.CourseDirectory.course_id = "stock"\n'


class Measured(NamedTuple):
    """What a contender took for one submission, and the most memory that it held."""

    submissions: int
    seconds: float
    cpu: float
    peak_mb: float


def each(count: int, taken: Taken, watch: Watch) -> Measured:
    """What was taken for so many submissions, for one."""
    return Measured(count, taken.seconds / count, taken.cpu / count, watch.peak_mb)


def timed(slug: str) -> tuple[int, int]:
    """How many submissions of an exercise are timed, and how many of nbgrader's."""
    return MORE.get(slug, (TIMED, TIMED_FOR_NBGRADER))


def environment(course: Course) -> dict[str, str]:
    """Programs by their names, data sets where they are."""
    path = f"{TOOLS}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "TFDS_DATA_DIR": str(course.data)}


def grade(root: Path, slug: str, count: int, watched: int, jobs: int | None = None) -> Measured:
    """One command; what it took after the first result, while all slots work.

    Args:
        root: The course's folder, with at least so many submissions and one more.
        slug: The exercise.
        count: How many results are timed.
        watched: How many results come after these, in whose time memory is looked at.
        jobs: How many at once; by default as many as the command takes.
    """
    words = [slug, "--force"] + (["--jobs", str(jobs)] if jobs else [])
    for number in range(1 + count + watched):
        words += ["--student", f"student{number:04}"]
    with subprocess.Popen(
        [str(TOOLS / "proctor"), "grade", *words], cwd=root, stdout=subprocess.PIPE, text=True
    ) as command:
        assert command.stdout is not None

        def wait_for(results: int) -> None:
            assert command.stdout is not None
            for _ in range(results):
                line = command.stdout.readline()
                assert f" {slug}: 10 of 10" in line, line

        wait_for(1)
        with Meter() as meter:
            wait_for(count)
        with Watch(command.pid) as watch:
            wait_for(watched)
        command.stdout.read()
    return each(count, meter.taken, watch)


@contextmanager
def stock_nbgrader(course: Course) -> Iterator[Callable[[str], Measured]]:
    """``nbgrader autograde`` as it is installed; it runs the visible checks only.

    One command for several, timed from when it takes the first, so that its own start does not
    count, to when it takes the last but one, whose memory is looked at.
    """
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "nbgrader_config.py").write_text(STOCK)
        (root / "source").symlink_to(course.root / "source")
        program, variables = str(TOOLS / "nbgrader"), environment(course)

        def autograde(slug: str) -> Measured:
            with started([program, "generate_assignment", slug], root, variables) as command:
                assert command.wait() == 0, slug
            _, count = timed(slug)
            hand_in(root, course, slug, count + 2)
            with started([program, "autograde", slug], root, variables) as command:

                def wait_for(count: int) -> None:
                    while len(list(root.glob(f"autograded/*/{slug}"))) < count:
                        assert command.poll() is None, slug
                        time.sleep(0.01)

                wait_for(1)
                with Meter() as meter:
                    wait_for(count + 1)
                with Watch(command.pid) as watch:
                    wait_for(count + 2)
                assert command.wait() == 0, slug
            return each(count, meter.taken, watch)

        yield autograde


def cold_papermill(course: Course, slug: str) -> Measured:
    """papermill's command on an ordinary kernel: it runs the notebook, and grades nothing."""
    with tempfile.TemporaryDirectory() as folder:
        hand_in(Path(folder), course, slug, 1)
        place = Path(folder, "submitted", "student0000", slug)
        words = ["papermill", f"{slug}.ipynb", "out.ipynb", "--no-progress-bar"]
        words += ["--kernel", "python3"]
        words[0] = str(TOOLS / words[0])
        # Its two processes are looked at in time that counts, so rarely.
        with (
            started(words, place, environment(course)) as command,
            Meter() as meter,
            Watch(command.pid, every=1) as watch,
        ):
            assert command.wait() == 0, slug
        return each(1, meter.taken, watch)


def started(command: list[str], folder: Path, variables: dict[str, str]) -> subprocess.Popen[bytes]:
    """A command that runs in a folder, without a word."""
    nothing = subprocess.DEVNULL
    return subprocess.Popen(command, cwd=folder, env=variables, stdout=nothing, stderr=nothing)


def on_the_floor(course: Course, slug: str, zygote: Zygote) -> Measured:
    """The same code and the same requests, as many submissions at once as proctor grades."""
    order = make_order(course, "student0000", slug, course.source(slug).read_bytes())
    variables = {**environment(course), "CUDA_VISIBLE_DEVICES": "-1", "OMP_NUM_THREADS": "1"}
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder, "replays")
        kept.write_bytes(msgspec.msgpack.encode(floor.record(order, zygote)))
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

            def run(submissions: int) -> None:
                assert process.stdin is not None and process.stdout is not None
                process.stdin.write(f"{submissions}\n")
                process.stdin.flush()
                assert process.stdout.readline() == "done\n"

            with Meter() as meter:
                run(TIMED)
            with Watch(process.pid) as watch:
                run(cores())
            process.stdin.close()
    return each(TIMED, meter.taken, watch)


def main(slugs: list[str]) -> None:
    """Measure, print, keep the raw numbers."""
    # As on most machines, where Python keeps what it has compiled.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    course = Course(HERE)
    chosen = course.choose(slugs)
    rows: dict[str, dict[str, Measured]] = {}
    out = Console()
    kept = HERE / ".proctor" / "throughput.json"
    kept.parent.mkdir(exist_ok=True)
    with (
        own_course({slug: 1 + timed(slug)[0] + WATCHED for slug in chosen}) as own,
        stock_nbgrader(course) as nbgrader,
        Zygote(threads=1, data=course.data) as zygote,
    ):
        contenders: dict[str, Callable[[str], Measured]] = {
            "proctor": lambda slug: grade(own.root, slug, timed(slug)[0], WATCHED),
            "nbgrader": nbgrader,
            "papermill": lambda slug: cold_papermill(course, slug),
            "floor": lambda slug: on_the_floor(course, slug, zygote),
        }
        for slug in chosen:
            for name, contender in contenders.items():
                start = time.perf_counter()
                rows.setdefault(slug, {})[name] = contender(slug)
                out.print(f"{slug} {name}: {time.perf_counter() - start:.0f} s")
            raw = {
                slug: {name: one._asdict() for name, one in row.items()}
                for slug, row in rows.items()
            }
            kept.write_text(json.dumps({"machine": machine(), "rows": raw}, indent=2))
    out.print(show(rows))
    out.print(show_memory(rows))


def machine() -> str:
    """What this was measured on."""
    memory = psutil.virtual_memory().total / 1e9
    return f"{os.cpu_count()} cores, {platform.machine()}, {memory:.0f} GB, {cores()} slots"


def show(rows: dict[str, dict[str, Measured]]) -> Table:
    """Exercise × contender, and all exercises together."""
    table = Table(title=f"Submissions a minute, and CPU seconds for each ({machine()})")
    table.add_column("exercise")
    for name in ("proctor", "nbgrader", "papermill", "proctor / nbgrader"):
        table.add_column(name, justify="right")
    for name in ("proctor", "floor"):
        table.add_column(f"CPU s, {name}", justify="right")
    table.add_column("proctor / floor", justify="right")
    for slug, row in {**rows, "all together": mean(list(rows.values()))}.items():
        proctor, nbgrader = row["proctor"], row["nbgrader"]
        table.add_row(
            slug,
            *(f"{60 / row[name].seconds:.1f}" for name in ("proctor", "nbgrader", "papermill")),
            f"{nbgrader.seconds / proctor.seconds:.1f} ×",
            *(f"{row[name].cpu:.2f}" for name in ("proctor", "floor")),
            f"{proctor.cpu / row['floor'].cpu:.2f}",
        )
    return table


def mean(rows: list[dict[str, Measured]]) -> dict[str, Measured]:
    """One submission of each exercise."""
    together = {}
    for name in rows[0]:
        submissions, seconds, cpu, peak_mb = zip(*(row[name] for row in rows), strict=True)
        together[name] = Measured(
            sum(submissions), sum(seconds) / len(rows), sum(cpu) / len(rows), max(peak_mb)
        )
    return together


def show_memory(rows: dict[str, dict[str, Measured]]) -> Table:
    """Exercise × contender: the most that all its processes held."""
    table = Table(title="Most memory held at once, MB (PSS)")
    table.add_column("exercise")
    several = f", {cores()} at once"
    for name, how in {
        "proctor": several,
        "nbgrader": "",
        "papermill": "",
        "floor": several,
    }.items():
        table.add_column(f"{name}{how}", justify="right")
    for slug, row in rows.items():
        table.add_row(slug, *(f"{one.peak_mb:,.0f}" for one in row.values()))
    return table


if __name__ == "__main__":
    main(sys.argv[1:])
