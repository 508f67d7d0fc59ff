"""The pytest plugin that examines one submission: its fixtures, its marker, its report."""

from __future__ import annotations

import hashlib
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import numpy as np
import pytest

from proctor.judge.difference import Difference
from proctor.judge.errors import CheckFailed, StudentError, StudentStopped
from proctor.judge.remote import Clock, Kernel, Namespace

UNCLEAR = "The answer could not be examined: it does not have the form that the exercise asks for."


class TestResult(msgspec.Struct, kw_only=True):
    """How one hidden test went.

    Attributes:
        check: The check it belongs to.
        name: The test's name, parameters included.
        title: What it checks, for the student: its docstring.
        weight: Its part in the check's points.
        passed: Whether it passed.
        message: Why it did not, for the student.
        fault: A traceback for the instructor, where the grader itself broke.
        seconds: Wall time.
        difference: Where an array was off, if that was the reason.
    """

    __test__ = False

    check: str
    name: str
    title: str
    weight: float
    passed: bool
    message: str = ""
    fault: str = ""
    seconds: float = 0.0
    difference: Difference | None = None


class Examiner:
    """A pytest plugin, one instance for each submission examined.

    Args:
        student: Starts a kernel that has run the student's notebook.
        reference: Starts a clean kernel, with no student code in it.
        clock: Bounds the time of requests.
        seed: What the inputs are drawn from.
    """

    def __init__(
        self,
        student: Callable[[], Kernel],
        reference: Callable[[], Kernel],
        clock: Clock,
        seed: bytes,
    ) -> None:
        self.clock = clock
        self.seed = seed
        self.results: list[TestResult] = []
        self.broken: list[str] = []
        self._student = Namespace(student, clock)
        self._reference = Namespace(reference, clock)

    @pytest.fixture(scope="session")
    def student(self) -> Iterator[Namespace]:
        """The names that the student's notebook defines, as a :class:`Namespace`.

        It always leads to a kernel that works: after a test that hung or died, to a
        new one. So a fixture that lives longer than a test returns plain data.
        """
        yield self._student
        self._student.close()

    @pytest.fixture(scope="session")
    def reference(self) -> Iterator[Namespace]:
        """A clean kernel with TensorFlow, for where only TensorFlow can say what is right.

        It is a :class:`Namespace` like ``student``, with no student's code in it.
        """
        yield self._reference
        self._reference.close()

    @pytest.fixture(scope="session")
    def rng_for(self) -> Callable[[str], np.random.Generator]:
        """``rng_for("fit")`` is a generator for a fixture that serves several tests."""
        return self._generator

    @pytest.fixture
    def rng(self, request: pytest.FixtureRequest) -> np.random.Generator:
        """A NumPy generator for this test's inputs.

        They are other ones for each student, and the same at a regrade.
        """
        return self._generator(request.node.name)

    def _generator(self, name: str) -> np.random.Generator:
        digest = hashlib.sha256(self.seed + name.encode()).digest()
        return np.random.default_rng(np.frombuffer(digest, dtype=np.uint32))

    def pytest_configure(self, config: pytest.Config) -> None:
        config.addinivalue_line(
            "markers",
            "check(id, weight=1, seconds=None): the check whose points the test decides, its part "
            "in them, and how long the test and each of its requests may take",
        )

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.broken.append(str(report.longrepr))

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            marker = item.get_closest_marker("check")
            if marker is None or len(marker.args) != 1:
                self.broken.append(f"{item.name} has no @pytest.mark.check('…')")
            if not _title(item):
                self.broken.append(f"{item.name} has no docstring to show to students")
        if self.broken:
            items.clear()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Iterator[None]:
        marker = item.get_closest_marker("check")
        assert marker is not None
        self._student.start_test()
        self._reference.start_test()
        self.clock.start_test(marker.kwargs.get("seconds"))
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Iterator[None]:
        if call.when == "setup":
            self.results.append(_unfinished(item))
        result = self.results[-1]
        result.seconds += call.duration
        if call.excinfo is not None:
            result.passed = False
            error = call.excinfo.value
            result.message, result.fault = explain(error)
            result.difference = error.difference if isinstance(error, CheckFailed) else None
        elif call.when == "call":
            result.passed, result.message = True, ""
        return (yield)


def explain(error: BaseException) -> tuple[str, str]:
    """What a failed test tells the student, and what it tells the instructor, if anything."""
    if isinstance(error, CheckFailed | StudentStopped):
        return str(error), ""
    if isinstance(error, StudentError):
        return f"Your code raised {error}\n{error.traceback}".rstrip(), ""
    if type(error) is AssertionError and error.args:
        return str(error), ""
    return UNCLEAR, "".join(traceback.format_exception(error))


def _title(item: pytest.Item) -> str:
    function: Any = getattr(item, "function", None)
    return " ".join((getattr(function, "__doc__", None) or "").split())


def _unfinished(item: pytest.Item) -> TestResult:
    """A test that has not passed until it has."""
    marker = item.get_closest_marker("check")
    assert marker is not None
    return TestResult(
        check=str(marker.args[0]),
        name=item.name,
        title=_title(item),
        weight=float(marker.kwargs.get("weight", 1)),
        passed=False,
        message="The test did not come to an end.",
    )
