"""Fuzzes with atheris what hypothesis tests in the suite: ``python -m tests.fuzz SECONDS``.

Each target gets a process of its own, for so many seconds, and a folder in ``.proctor/fuzz``
where what it has found goes on from run to run.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

PROJECT = Path(__file__).parent.parent.parent
TARGETS = (
    "test_any_body",
    "test_bodies_that_lie",
    "test_answers_that_lie",
    "test_any_file",
    "test_files_that_look_like_notebooks",
    "test_outputs",
)


def seeds(folder: Path, target: str) -> None:
    """Well-formed input to begin with, for the targets that take plain bytes."""
    import nbformat
    import numpy as np

    from proctor import wire
    from tests.conftest import tiny_notebook

    if target == "test_any_body":
        values = [
            None,
            2**70,
            1j,
            "a",
            b"b",
            [1, (2.5, True)],
            {"k": [None]},
            np.eye(2),
            np.int8(3),
        ]
        for number, value in enumerate([*values, wire.Handle(1, "a.b")]):
            (folder / f"seed{number}").write_bytes(wire.pack(value))
    elif target == "test_any_file":
        (folder / "seed0").write_text(nbformat.writes(tiny_notebook()))
        (folder / "seed1").write_text('{"worksheets": [{"cells": [{"input": ["a"]}]}]}')


def fuzz(target: str, seconds: int) -> None:
    """Run one target; the process ends in here."""
    import atheris

    with atheris.instrument_imports(include=["proctor", "json"]):
        from tests.fuzz import test_strangers_bytes as tests

    plain: dict[str, Callable[[bytes], None]] = {
        "test_any_body": tests.body_is_plain_data_or_refused,
        "test_any_file": tests.file_is_a_whole_notebook_or_refused,
    }
    run = plain.get(target) or getattr(tests, target).hypothesis.fuzz_one_input
    folder = PROJECT / ".proctor" / "fuzz" / target
    folder.mkdir(parents=True, exist_ok=True)
    seeds(folder, target)
    words = [f"-max_total_time={seconds}", "-print_final_stats=1", "-timeout=20", "-max_len=8192"]
    words += [f"-artifact_prefix={folder.parent}/{target}-", "-verbosity=0", str(folder)]
    atheris.Setup([sys.argv[0], *words], run)
    atheris.Fuzz()


def main(seconds: int) -> int:
    """Run all targets, one after the other, and say what came of each."""
    failed = 0
    for target in TARGETS:
        done = subprocess.run(
            [sys.executable, "-m", "tests.fuzz", target, str(seconds)],
            cwd=PROJECT,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        failed += done.returncode != 0
        lines = done.stderr.splitlines()
        runs = [line.split()[-1] for line in lines if "number_of_executed_units" in line]
        print(f"{target}: {runs[0] if runs else '?'} inputs, exit {done.returncode}", flush=True)
        if done.returncode:
            print(done.stderr[-4000:])
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) == 3:
        fuzz(sys.argv[1], int(sys.argv[2]))
    sys.exit(main(int(sys.argv[1])))
