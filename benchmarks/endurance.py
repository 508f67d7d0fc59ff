"""Whether the thousandth submission is graded like the first: time, memory, handles.

    .venv/bin/python -m benchmarks.endurance [SUBMISSIONS [SLUG]]

Grades so many right answers with one command, and looks on: at the time that each takes, and at
the memory and open files of every process that lives from the first to the last. Afterwards
nothing may be left: no process, no mount, no temporary file. Draws ``endurance.svg`` into
``docs/pictures/`` and writes the raw numbers to ``.proctor/endurance.json``.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import psutil
from matplotlib.figure import Figure
from rich.console import Console
from rich.table import Table

from benchmarks.courses import HERE, own_course
from benchmarks.throughput import TOOLS, machine

SUBMISSIONS = 1_000
SLUG = "gradient"
SAMPLES = 100


class Sample(NamedTuple):
    """How it stood after some submissions.

    Attributes:
        graded: How many there were.
        seconds: Since the first of them.
        processes: For each process, its memory (PSS, in 10^6 bytes) and its open files.
    """

    graded: int
    seconds: float
    processes: dict[int, tuple[float, int]]


class Left(NamedTuple):
    """What a machine has that a command could leave behind."""

    processes: set[int]
    mounts: set[str]
    files: set[str]


def now_there() -> Left:
    """What is there now. Other users' processes count, too: let the machine be idle."""
    return Left(
        {
            process.pid
            for process in psutil.process_iter(["cmdline"])
            if any("proctor" in word for word in process.info["cmdline"] or ())
        },
        set(Path("/proc/self/mounts").read_text().splitlines()),
        {path.name for path in Path(tempfile.gettempdir()).iterdir()},
    )


def looked_at(command: psutil.Process) -> dict[int, tuple[float, int]]:
    """The memory and the open files of a process and its descendants."""
    found = {}
    for process in (command, *command.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            found[process.pid] = process.memory_full_info().pss / 1e6, process.num_fds()
    return found


def role(process: int) -> str:
    """What a process of ours does."""
    words = psutil.Process(process).cmdline()
    if any("bwrap" in word for word in words[:1]):
        return "wall"
    if "proctor.sealed.zygote" in words:
        return "zygote"
    if any("forkserver" in word for word in words):
        return "slot or where slots come from"
    return "helper" if any("resource_tracker" in word for word in words) else "command"


def watch(root: Path, slug: str, count: int) -> tuple[list[Sample], dict[int, str]]:
    """Grade, and note how it stands, time and again."""
    samples: list[Sample] = []
    roles: dict[int, str] = {}
    with subprocess.Popen(
        [str(TOOLS / "proctor"), "grade", slug, "--force"],
        cwd=root,
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout is not None
        command = psutil.Process(running.pid)
        graded, start = 0, 0.0
        for line in running.stdout:
            if f" {slug}: 10 of 10" not in line:
                continue
            start = start or time.perf_counter()
            graded += 1
            if graded % max(1, count // SAMPLES) == 0:
                seconds = time.perf_counter() - start
                samples.append(Sample(graded, seconds, looked_at(command)))
                roles = roles or {pid: role(pid) for pid in samples[0].processes}
    assert running.returncode == 0 and graded == count, (running.returncode, graded)
    lasting = set.intersection(*(set(sample.processes) for sample in samples))
    return samples, {pid: name for pid, name in roles.items() if pid in lasting}


def rates(samples: list[Sample]) -> list[float]:
    """The seconds that a submission took, from each sample to the next."""
    pairs = itertools.pairwise(samples)
    return [(b.seconds - a.seconds) / (b.graded - a.graded) for a, b in pairs]


def draw(samples: list[Sample], roles: dict[int, str], path: Path) -> None:
    """The curves: seconds, memory, open files."""
    figure = Figure(figsize=(8, 7), layout="constrained")
    above, middle, below = figure.subplots(3, sharex=True)
    graded = [sample.graded for sample in samples]
    above.plot(graded[1:], rates(samples), color="#225ea8")
    above.set_ylabel("seconds a submission")
    for number, (pid, name) in enumerate(sorted(roles.items(), key=lambda item: item[1])):
        style = {"label": name, "color": f"C{number}"}
        middle.plot(graded, [sample.processes[pid][0] for sample in samples], **style)
        below.plot(graded, [sample.processes[pid][1] for sample in samples], **style)
    middle.set_ylabel("memory, PSS (MB)")
    below.set_ylabel("open files")
    below.set_xlabel("submissions graded")
    for axes in (above, middle, below):
        axes.set_ylim(bottom=0)
        axes.grid(alpha=0.3)
    figure.legend(*middle.get_legend_handles_labels(), loc="outside lower center", ncols=3)
    figure.savefig(path, metadata={"Date": None})


def table(samples: list[Sample], roles: dict[int, str]) -> Table:
    """The first tenth beside the last."""
    tenth = max(1, len(samples) // 10)
    shown = Table(title=f"{samples[-1].graded} submissions ({machine()})")
    for name in ("what", "first tenth", "last tenth", "ratio"):
        shown.add_column(name, justify="left" if name == "what" else "right")

    def row(name: str, values: list[float], digits: int) -> None:
        first, last = statistics.median(values[:tenth]), statistics.median(values[-tenth:])
        shown.add_row(name, f"{first:.{digits}f}", f"{last:.{digits}f}", f"{last / first:.2f}")

    row("seconds a submission", rates(samples), 2)
    for pid, name in sorted(roles.items(), key=lambda item: item[1]):
        row(f"{name}: MB", [sample.processes[pid][0] for sample in samples], 0)
        row(f"{name}: open files", [sample.processes[pid][1] for sample in samples], 0)
    return shown


def main(count: int, slug: str) -> None:
    """Measure, print, draw, keep the raw numbers."""
    with own_course({slug: count}) as course:
        before = now_there()
        samples, roles = watch(course.root, slug, count)
        after = now_there()
    out = Console()
    out.print(table(samples, roles))
    for name, there, then in zip(Left._fields, after, before, strict=True):
        more = sorted(map(str, there - then))
        out.print(f"{name} left behind: {', '.join(more) or 'none'}", markup=False)
    draw(samples, roles, HERE / "docs" / "pictures" / "endurance.svg")
    kept = {"machine": machine(), "slug": slug, "roles": roles}
    kept["samples"] = [sample._asdict() for sample in samples]
    (HERE / ".proctor" / "endurance.json").write_text(json.dumps(kept, indent=1))


if __name__ == "__main__":
    main(
        int(sys.argv[1]) if len(sys.argv) > 1 else SUBMISSIONS,
        sys.argv[2] if len(sys.argv) > 2 else SLUG,
    )
