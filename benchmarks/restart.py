"""How long a student waits for JupyterLab: with Jupyter's own kernel, and with the fast one.

    .venv/bin/python -m benchmarks.restart

Prints a table: a restart until a first cell with TensorFlow and Keras is done, and nbgrader's
Validate on a finished notebook.
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable
from pathlib import Path

from jupyter_client.manager import KernelManager
from nbgrader.validator import Validator
from rich.console import Console
from rich.table import Table

from benchmarks.kernels import seconds
from proctor.course.course import Course
from proctor.lab.jupyterlab import JUPYTER

SLUG = "custom_layer"
TIMES = 5
FIRST_CELL = "import tensorflow, keras"


def restarts() -> list[float]:
    """Restart a kernel again and again, each time until its first cell is done."""
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel()
    client = manager.client()
    client.start_channels()

    def first_cell() -> None:
        client.wait_for_ready(timeout=120)
        client.execute_interactive(FIRST_CELL, timeout=120, output_hook=lambda message: None)

    def restart() -> None:
        manager.restart_kernel()
        first_cell()

    try:
        first_cell()
        return [seconds(restart) for _ in range(TIMES)]
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def validations() -> list[float]:
    """Validate the instructor's notebook again and again."""
    course = Course(Path(__file__).parent.parent)

    def validate() -> None:
        assert Validator(config=course.config).validate(str(course.source(SLUG))) == {}

    validate()
    return [seconds(validate) for _ in range(TIMES)]


def main() -> None:
    """Measure and print."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    actions: dict[str, Callable[[], list[float]]] = {
        "restart and first cell": restarts,
        f"Validate, {SLUG}": validations,
    }
    table = Table(title=f"median of {TIMES}, {os.cpu_count()} cores")
    for heading in ("what", "kernel", "seconds", "least", "most", "ratio"):
        table.add_column(heading, justify="left" if heading in ("what", "kernel") else "right")
    for name, action in actions.items():
        slow = action()
        os.environ["JUPYTER_PATH"] = str(JUPYTER)
        fast = action()
        del os.environ["JUPYTER_PATH"]
        ratio = f"{statistics.median(slow) / statistics.median(fast):.1f} ×"
        for kernel, taken, words in (("python3", slow, ""), ("fast start", fast, ratio)):
            numbers = (statistics.median(taken), min(taken), max(taken))
            table.add_row(name, kernel, *(f"{number:.2f}" for number in numbers), words)
    Console().print(table)


if __name__ == "__main__":
    main()
