"""How long a kernel takes to start: a cold one, and one that is forked and sealed, in one run.

.venv/bin/python -m benchmarks.kernels
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import time
from collections.abc import Callable

from jupyter_client.manager import KernelManager
from rich.console import Console
from rich.table import Table

from proctor.limits import Limits
from proctor.sandbox.provisioner import kernel_spec
from proctor.sandbox.zygote import Zygote

TIMES = 5
QUESTION = "import tensorflow, keras, numpy, matplotlib.pyplot"


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


def main() -> None:
    """Measure and print."""
    taken: dict[str, list[float]] = {}
    with Zygote() as zygote:
        for name, sealed in (("cold", None), ("forked and sealed", zygote)):
            answering_kernel(sealed)
            taken[name] = [seconds(lambda: answering_kernel(sealed)) for _ in range(TIMES)]  # noqa: B023
    cold, forked = map(statistics.median, taken.values())
    table = Table(title=f"median of {TIMES}, {os.cpu_count()} cores, {platform.machine()}")
    for heading in ("kernel", "seconds", "least", "most", "ratio"):
        table.add_column(heading, justify="left" if heading == "kernel" else "right")
    for name, values in taken.items():
        ratio = f"{cold / forked:.1f} ×" if name != "cold" else ""
        middle = statistics.median(values)
        table.add_row(name, f"{middle:.2f}", f"{min(values):.2f}", f"{max(values):.2f}", ratio)
    Console().print(table)


if __name__ == "__main__":
    main()
