"""What large products lose by the settings of a kernel, which are for short runs.

    .venv/bin/python -m benchmarks.products

Measures in two processes: one has the settings that are in a kernel's environment, one has not.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.table import Table

from proctor.sandbox.zygote import environment

RUNS = 9
SETTINGS = ("TF_ENABLE_ONEDNN_OPTS", "TENSORFLOW_USE_CUSTOM_CONTRACTION_KERNEL")


def measure() -> dict[str, float]:
    """Seconds of some products on one thread, the least of several runs."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    draw = tf.random.normal

    def convolve(images: Any, kernel: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch([images, kernel])
            result = tf.nn.conv2d(images, kernel, 1, "SAME")
        return tape.gradient(result, [images, kernel])

    def least(action: Callable[..., Any], *sizes: tuple[int, ...]) -> float:
        given = [draw(size) for size in sizes]
        action(*given)
        seconds = []
        for _ in range(RUNS):
            start = time.perf_counter()
            action(*given)
            seconds.append(time.perf_counter() - start)
        return min(seconds)

    return {
        "(32, 64) @ (64, 64)": least(tf.matmul, (32, 64), (64, 64)),
        "(256, 512) @ (512, 512)": least(tf.matmul, (256, 512), (512, 512)),
        "3 x 3 convolution of 32 8 x 8 images, 1 to 16 channels, and its gradients": least(
            convolve, (32, 8, 8, 1), (3, 3, 1, 16)
        ),
        "3 x 3 convolution of 64 28 x 28 images, 32 to 64 channels, and its gradients": least(
            convolve, (64, 28, 28, 32), (3, 3, 32, 64)
        ),
    }


def main() -> None:
    """Measure in two processes, as TensorFlow comes and as kernels have it, and print."""
    ours = environment(1)
    as_it_comes = {name: value for name, value in ours.items() if name not in SETTINGS}
    found = []
    for variables in (as_it_comes, ours):
        command = [sys.executable, "-m", "benchmarks.products", "here"]
        found.append(json.loads(subprocess.check_output(command, env=variables, text=True)))
    table = Table(title=f"Milliseconds of some products on one thread ({os.cpu_count()} cores)")
    for column in ("product", "TensorFlow as it comes", "in a kernel", "ratio"):
        table.add_column(column)
    for name, usual in found[0].items():
        own = found[1][name]
        table.add_row(name, f"{usual * 1e3:.2f}", f"{own * 1e3:.2f}", f"{own / usual:.1f} ×")
    Console().print(table)


if __name__ == "__main__":
    if sys.argv[1:]:
        print(json.dumps(measure()))
    else:
        main()
