"""The student's JupyterLab: kernels that start at once, because TensorFlow is loaded already.

They are the student's own, on the student's own machine, and no walls are around them. Nothing
here is used for grading: sealed kernels come from ``proctor.sandbox`` alone.
"""

from __future__ import annotations

from typing import Any


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "proctor.lab"}]


def _load_jupyter_server_extension(server: Any) -> None:
    """Let TensorFlow load while the student still looks for the notebook."""
    from proctor.lab.zygote import ForkError, shared_zygote

    try:
        shared_zygote()
    except ForkError as error:
        server.log.info("Kernels start the ordinary way: %s", error)
