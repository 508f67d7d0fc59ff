"""Each limit, by something that really exceeds it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.limits.cases import CASES
from tests.namespaces import run_inside


@pytest.fixture(scope="module")
def came() -> dict[str, dict[str, Any]]:
    """What came of every case."""
    printed = run_inside("tests.limits.inside", seconds=280)
    rows = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
    return {row["name"]: row for row in rows}


def test_every_case_ran_and_kernels_are_sealed_afterwards(came):
    assert came.keys() == {*CASES, "afterwards"}
    assert came["afterwards"]["sealed"]


@pytest.mark.parametrize(
    ("name", "words", "killed"),
    [
        ("cell time", "still running after 2 s", False),
        ("cell that swallows interrupts", "could not be interrupted", True),
        ("submission time", "was stopped", False),
        ("cpu time", "more than 2 s of CPU", True),
        ("cpu time of children", "more than 4 s of CPU", True),
        ("memory", "more than 300 MB of memory", True),
        ("memory of children", "more than 400 MB of memory", True),
    ],
)
def test_what_goes_on_too_long_or_takes_too_much_is_ended(came, name, words, killed):
    assert len(came[name]["ends"]) == 1
    said, died = came[name]["ends"][0]
    assert words in said
    assert died is killed
    assert came[name]["seconds"] < 40


def test_names_defined_before_an_interrupt_stay(came):
    assert came["cell time"]["result"] == "before"


@pytest.mark.parametrize(
    ("name", "low", "high", "words"),
    [
        ("processes", 5, 60, "BlockingIOError"),
        ("threads", 5, 60, "RuntimeError"),
        ("disk", 8 * 10**6, 10 * 10**6, "No space left on device"),
        ("disk in many places", 8 * 10**6, 10 * 10**6, "No space left on device"),
        ("files", 100, 200, "No space left on device"),
        ("open files", 20, 100, "Too many open files"),
    ],
)
def test_what_is_counted_ends_at_its_bound(came, name, low, high, words):
    count, said = came[name]["result"]
    assert low <= count <= high
    assert said == words


def test_one_piece_too_large_is_the_students_own_memory_error(came):
    assert "MemoryError" in came["memory in one piece"]["result"]
    assert came["memory in one piece"]["ends"] == []


@pytest.mark.parametrize("name", ["output", "output in one piece"])
def test_output_is_cut_and_the_notebook_goes_on(came, name):
    assert came[name]["kept"] < 2 * 10**6
    assert came[name]["result"] == "went on"


def test_output_that_never_ends_is_ended(came):
    assert came["output that never ends"]["kept"] < 2 * 10**6
    assert len(came["output that never ends"]["ends"]) == 1


def test_limits_cannot_be_raised_again(came):
    assert came["raising the limits again"]["result"] == ["refused"] * 3
