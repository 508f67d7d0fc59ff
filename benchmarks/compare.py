"""How long a kernel and a grade take, beside what Jupyter and nbgrader take, in one run.

    make bench

Prints a table and writes the raw numbers to ``.proctor/bench.json``.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from jupyter_client.manager import KernelManager
from rich.console import Console
from rich.table import Table

from proctor.course.course import Course
from proctor.course.release import release
from proctor.limits import Limits
from proctor.pipeline import batch
from proctor.pipeline.grading import grade, make_order
from proctor.sandbox.provisioner import kernel_spec
from proctor.sandbox.zygote import Zygote

SLUG = "custom_layer"
TIMES = 5
QUESTION = "import tensorflow, keras, numpy, matplotlib.pyplot"
STOCK = """\
c = get_config()
c.CourseDirectory.course_id = "stock"
"""


def seconds(action: Callable[[], object]) -> float:
    """How long ``action`` takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def answering_kernel(sealed: Zygote | None) -> None:
    """From asking for a kernel until it has TensorFlow imported and says so."""
    manager = KernelManager()
    options: dict[str, object] = {"stderr": subprocess.DEVNULL}
    sandbox = None
    if sealed is not None:
        manager._kernel_spec = kernel_spec()
        sandbox = sealed.sandbox(Limits())
        options = {"sandbox": sandbox}
    manager.start_kernel(**options)
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=120)
        client.execute_interactive(QUESTION, timeout=120, output_hook=lambda message: None)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        if sandbox is not None:
            sandbox.close()


def stock_nbgrader(root: Path, course: Course, data: bytes) -> Callable[[], object]:
    """``nbgrader autograde`` as it is installed, on a course with its own configuration."""
    (root / "nbgrader_config.py").write_text(STOCK)
    for kind, content in (
        ("source", course.source(SLUG).read_bytes()),
        ("submitted/ada", data),
    ):
        folder = root / kind / SLUG
        folder.mkdir(parents=True)
        (folder / f"{SLUG}.ipynb").write_bytes(content)
    tools = Path(sys.prefix, "bin")
    environment = {**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}

    def run(*words: str) -> None:
        subprocess.run(
            [str(tools / "nbgrader"), *words, "--force"],
            cwd=root,
            env=environment,
            check=True,
            capture_output=True,
        )

    run("generate_assignment", SLUG)
    return lambda: run("autograde", SLUG)


def own_course(root: Path) -> Course:
    """The course's one exercise in a folder of its own, with a gradebook."""
    here = Course(Path(__file__).parent.parent)
    for name in ("source", "graders"):
        (root / name).mkdir()
        (root / name / SLUG).symlink_to(here.root / name / SLUG)
    for name in ("course_config.py", "nbgrader_config.py"):
        (root / name).write_bytes((here.root / name).read_bytes())
    course = Course(root)
    release(course, [SLUG])
    return course


def main() -> None:
    """Measure, print, keep the raw numbers."""
    here = Course(Path(__file__).parent.parent)
    data = here.source(SLUG).read_bytes()
    taken: dict[str, list[float]] = {}
    with (
        tempfile.TemporaryDirectory() as stock,
        tempfile.TemporaryDirectory() as own,
        Zygote() as zygote,
    ):
        course = own_course(Path(own))
        autograde = stock_nbgrader(Path(stock), course, data)

        def whole() -> None:
            result = grade(make_order(course, "ada", SLUG, data), zygote.folder)
            batch.write(course, result)
            assert result.score == result.max_score, result

        for name, action in (
            ("kernel, cold", lambda: answering_kernel(None)),
            ("kernel, forked and sealed", lambda: answering_kernel(zygote)),
            ("nbgrader autograde", autograde),
            ("proctor: read, run, judged, written", whole),
        ):
            action()
            taken[name] = [seconds(action) for _ in range(TIMES)]
    median = {name: statistics.median(values) for name, values in taken.items()}
    table = Table(title=f"{SLUG}, median of {TIMES}, {os.cpu_count()} cores, {platform.machine()}")
    for heading in ("what", "seconds", "least", "most", "ratio"):
        table.add_column(heading, justify="left" if heading == "what" else "right")
    names = list(taken)
    for index, name in enumerate(names):
        values = taken[name]
        ratio = f"{median[names[index - 1]] / median[name]:.1f} ×" if index % 2 else ""
        table.add_row(
            name, f"{median[name]:.2f}", f"{min(values):.2f}", f"{max(values):.2f}", ratio
        )
    Console().print(table)
    kept = here.root / ".proctor" / "bench.json"
    kept.parent.mkdir(exist_ok=True)
    kept.write_text(json.dumps(taken, indent=2))


if __name__ == "__main__":
    main()
