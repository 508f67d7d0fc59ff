"""Runs an exercise's hidden tests on one submission."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from proctor.judge.errors import GraderError
from proctor.judge.plugin import Examiner, TestResult
from proctor.judge.remote import Clock, Kernel

# pytest's own plugins that examine nothing here; each is looked through for fixtures anew.
_LEFT_OUT = [
    "--capture=no",
    *(
        f"-pno:{name}"
        for name in (
            "cacheprovider",
            "debugging",
            "doctest",
            "faulthandler",
            "junitxml",
            "legacypath",
            "logging",
            "pastebin",
            "setuponly",
            "setupplan",
            "stepwise",
            "terminal",
            # Ten collections of the whole heap at the end of every session.
            "threadexception",
            "unittest",
            "unraisableexception",
        )
    ),
]


def examine(
    grader: Path,
    *,
    student: Callable[[], Kernel],
    reference: Callable[[], Kernel],
    clock: Clock,
    seed: bytes,
    to_the_end: bool = True,
) -> list[TestResult]:
    """Run the tests of one grader, each once, in this process.

    Args:
        grader: The file with the hidden tests.
        student: Starts a kernel that has run the student's notebook.
        reference: Starts a clean kernel.
        clock: Bounds the time of requests.
        seed: What the inputs are drawn from.
        to_the_end: Whether to go on after a test that failed.

    Returns:
        One result for each test. A test that could not be run is one that failed.

    Raises:
        GraderError: The grader cannot be collected, or has no tests.
    """
    examiner = Examiner(student, reference, clock, seed)
    before = set(sys.modules)
    try:
        status = pytest.main(
            [
                str(grader),
                f"--rootdir={grader.parent}",
                # It would look into every folder above this one, which may be /tmp.
                f"--confcutdir={grader.parent}",
                "--config-file=/dev/null",
                "--import-mode=importlib",
                "--assert=plain",
                "--disable-plugin-autoload",
                "--strict-markers",
                "--noconftest",
                *_LEFT_OUT,
                *([] if to_the_end else ["--exitfirst"]),
            ],
            plugins=[examiner],
        )
    finally:
        for name in set(sys.modules) - before:
            if getattr(sys.modules[name], "__file__", None) == str(grader):
                del sys.modules[name]
    if examiner.broken:
        raise GraderError(f"{grader} cannot be used:\n" + "\n".join(examiner.broken))
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) or not examiner.results:
        raise GraderError(f"{grader}: pytest ended with {status!r}, no test was run")
    return examiner.results
