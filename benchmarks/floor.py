"""The floor: a submission's own code and the judge's own requests, and nothing else.

A process that has imported TensorFlow forks; the child executes the notebook's code and
answers, one after the other, the requests that a real grading of it made. No notebook, no
Jupyter, no sandbox, no judge, and TensorFlow as it comes. What grades this code can take less only
where it sets TensorFlow better.
"""

from __future__ import annotations

import io
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
from nbformat import NotebookNode

from proctor import wire
from proctor.judge import remote
from proctor.pipeline.grading import Order, grade
from proctor.pipeline.run import NotebookRun
from proctor.sandbox.zygote import Zygote


@dataclass
class Replay:
    """What one kernel did in a grading.

    Attributes:
        code: The cells that were run.
        requests: The judge's requests, as they crossed the wall.
    """

    code: list[str]
    requests: list[bytes] = field(default_factory=list)


@contextmanager
def _listening(heard: dict[Any, list[bytes]]) -> Iterator[None]:
    """Note what the judge sends, by connection."""

    class Listening(ModuleType):
        def __getattr__(self, name: str) -> Any:
            return getattr(wire, name)

        @staticmethod
        def send(connection: Any, body: bytes, deadline: float) -> None:
            heard.setdefault(connection, []).append(body)
            wire.send(connection, body, deadline)

    remote.wire = Listening("wire")  # type: ignore[attr-defined]
    try:
        yield
    finally:
        remote.wire = wire  # type: ignore[attr-defined]


def record(order: Order, zygote: Zygote) -> list[Replay]:
    """Grade a submission for real and note what each of its kernels was asked."""
    heard: dict[Any, list[bytes]] = {}
    runs: dict[Any, NotebookRun] = {}
    connect = NotebookRun.connect

    def noted(run: NotebookRun) -> Any:
        connection = connect(run)
        runs[connection] = run
        return connection

    NotebookRun.connect = noted  # type: ignore[method-assign]
    try:
        with _listening(heard):
            result = grade(order, zygote.folder)
    finally:
        NotebookRun.connect = connect  # type: ignore[method-assign]
    assert result.score == result.max_score, result
    return [
        Replay(_code(run.notebook, run.skip), heard.get(connection, []))
        for connection, run in runs.items()
    ]


def _code(notebook: NotebookNode, skip: frozenset[int]) -> list[str]:
    return [
        cell.source
        for index, cell in enumerate(notebook.cells)
        if cell.cell_type == "code" and index not in skip
    ]


def run(submissions: list[list[Replay]], jobs: int) -> None:
    """Fork, once for each kernel, and do what it did. The caller has loaded TensorFlow.

    Args:
        submissions: For each the kernels that it had, one after the other.
        jobs: How many submissions at once.
    """
    waiting = [(iter(replays), tempfile.mkdtemp()) for replays in submissions]
    running: dict[int, tuple[Iterator[Replay], str]] = {}
    while True:
        while waiting and len(running) < jobs:
            kernels, folder = waiting.pop()
            if replay := next(kernels, None):
                child = os.fork()
                if not child:
                    os.chdir(folder)
                    _replay(replay)
                running[child] = kernels, folder
            else:
                shutil.rmtree(folder)
        if not running:
            return
        child, status = os.wait()
        assert status == 0, "the floor's own process failed"
        waiting.append(running.pop(child))


def _replay(replay: Replay) -> None:
    status = 1
    try:
        from proctor.sealed.agent import Agent

        space: dict[str, Any] = {"__name__": "__main__", "display": lambda *things: None}
        sys.modules["__main__"].__dict__.update(space)
        _show_draws()
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            for number, code in enumerate(replay.code):
                _execute(code, f"<cell {number}>")
            agent = Agent(sys.modules["__main__"].__dict__)
            for body in replay.requests:
                agent.answer(body)
        status = 0
    except BaseException:
        sys.__excepthook__(*sys.exc_info())
    finally:
        os._exit(status)


def _execute(code: str, name: str) -> None:
    """Run a cell in ``__main__``, with its source where AutoGraph and inspect look for it."""
    import linecache

    lines = [line for line in code.splitlines(keepends=True) if not line.startswith(("%", "!"))]
    linecache.cache[name] = (len(code), None, lines, name)
    exec(compile("".join(lines), name, "exec"), sys.modules["__main__"].__dict__)


def _show_draws() -> None:
    """A picture costs as much as in a notebook."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    def show(*_: Any, **__: Any) -> None:
        for number in pyplot.get_fignums():
            pyplot.figure(number).savefig(io.BytesIO(), bbox_inches="tight")
        pyplot.close("all")

    pyplot.show = show


def main(path: str, jobs: str) -> None:
    """Load TensorFlow, say so, and run the submission in a file as often as a line says."""
    from proctor.sealed import zygote

    kept = msgspec.msgpack.decode(Path(path).read_bytes(), type=list[Replay])
    zygote.load((*zygote.LIBRARIES, "proctor.sealed.agent"))
    print("ready", flush=True)
    for line in sys.stdin:
        run([kept] * int(line), int(jobs))
        print("done", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
