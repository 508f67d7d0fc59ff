"""papermill's way to sealed kernels. papermill imports it, through its entry point."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from nbformat import NotebookNode

# papermill imports this module while it is itself being imported: nothing else of it is there.
from papermill.engines import NBClientEngine


class SealedEngine(NBClientEngine):
    """``papermill --engine proctor in.ipynb out.ipynb`` runs a notebook in a sealed kernel.

    In a grading the kernel then stays alive, and a last cell, which is not in the notebook,
    answers the judge.
    """

    @classmethod
    def nb_kernel_name(cls, nb: NotebookNode, name: str | None = None) -> str:
        """Sealed notebooks all run on the same kernel, whichever they name."""
        return "proctor-sealed"

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> None:
        from proctor.limits import Limits
        from proctor.pipeline.client import Record, SealedClient

        run = options.get("run")
        limits = run.limits if run else Limits()
        record = run.record if run else Record()

        async def execute() -> None:
            client = SealedClient(nb_man, limits, record)
            async with client.kernel(run.sandbox if run else None):
                slow, skip = (run.slow, run.skip) if run else (frozenset(), frozenset())
                deadline = run.deadline if run else time.monotonic() + limits.submission_seconds
                await client.run_cells(slow, skip, deadline)
                if run and record.finished:
                    closed = asyncio.Event()
                    run.started(client.provisioner, closed)
                    await client.answer_judge(closed)

        asyncio.run(execute())
