"""Grades one submission: bytes in, a result out. It touches no gradebook and no course folder."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
import nbformat
from msgspec.structs import replace
from nbformat import NotebookNode

from proctor.course.cells import is_check, is_demonstration
from proctor.course.course import Course
from proctor.judge.errors import StudentStopped
from proctor.judge.examine import examine
from proctor.judge.remote import Clock
from proctor.limits import Limits
from proctor.pipeline.marks import Result, clean, no_marks, score_checks, write_marks
from proctor.pipeline.reading import Unreadable, read_notebook, restore
from proctor.pipeline.run import NotebookRun
from proctor.sandbox.zygote import Sandbox
from proctor.sealed.warden import KILLED

MAX_DEATHS = 3


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One submission to be graded, as it travels to whoever grades it.

    Attributes:
        student: The student's id.
        slug: The exercise.
        data: The bytes of the submitted notebook.
        source: The instructor's notebook, as JSON.
        grader: The file with the hidden tests.
        files: What lies beside the notebook, by relative path.
        seed: What the hidden tests' inputs are drawn from.
        limits: The bounds.
        visible: Whether check cells and demonstrations are run. They define nothing that is
            needed, and marks come from the hidden tests alone.
        to_the_end: Whether hidden tests go on after one has failed.
        voided: The checks that count for nobody.
        kept: Which of the student's submissions it is; see :mod:`proctor.course.kept`.
    """

    student: str
    slug: str
    data: bytes
    source: str
    grader: str
    files: dict[str, bytes]
    seed: bytes
    limits: Limits
    visible: bool = True
    to_the_end: bool = True
    voided: frozenset[str] = frozenset()
    kept: str = ""


def make_order(
    course: Course, student: str, slug: str, data: bytes, files: dict[str, bytes] | None = None
) -> Order:
    """Gather what grading a submission needs.

    Args:
        course: The course.
        student: The student's id.
        slug: The exercise.
        data: The bytes of the submitted notebook.
        files: What was submitted beside it; the course's own files go before.
    """
    return Order(
        student=student,
        slug=slug,
        data=data,
        source=course.source_json(slug),
        grader=str(course.grader(slug)),
        files={**(files or {}), **course.data_files(slug)},
        seed=course.seed(student, slug),
        limits=course.limits,
        voided=course.voided(slug),
    )


def grade(order: Order, zygote: Path) -> Result:
    """Grade one submission from beginning to end.

    Args:
        order: The submission.
        zygote: The runtime folder of a running zygote.

    Raises:
        SealError: No kernel could be started or sealed.
        GraderError: The grader cannot be used.
        MarkError: Grader and notebook do not belong together.
    """
    start = time.monotonic()
    source = nbformat.reads(order.source, as_version=4)
    try:
        notebook, problems = restore(read_notebook(order.data), source)
    except Unreadable as error:
        return Result(
            student=order.student,
            slug=order.slug,
            status="unreadable",
            checks=no_marks(source, order.voided),
            problems=[str(error)],
            seconds=time.monotonic() - start,
            kept=order.kept,
        )
    clock = Clock(order.limits)
    kernels = _Kernels(notebook, zygote, order.limits, clock, order.files, visible=order.visible)
    # What is right is worked out on the processor, whatever the student's code computes on.
    tidy_limits = replace(order.limits, gpu_memory_mb=0)
    tidy = _Kernels(nbformat.v4.new_notebook(), zygote, tidy_limits, clock)
    try:
        kernels.prepare()
        tests = examine(
            Path(order.grader),
            student=kernels.start,
            reference=tidy.start,
            clock=clock,
            seed=order.seed,
            to_the_end=order.to_the_end,
        )
    finally:
        kernels.close()
        tidy.close()
    for test in tests:
        test.message = clean(test.message)
    problems += kernels.problems()
    said = [*problems, *(test.message for test in tests)]
    result = Result(
        student=order.student,
        slug=order.slug,
        status="graded",
        checks=score_checks(source, tests, voided=order.voided, all_run=order.to_the_end),
        problems=problems,
        settled=not any(KILLED in words for words in said),
        faults=[test.fault for test in tests if test.fault],
        seconds=time.monotonic() - start,
        kept=order.kept,
        memory_mb=kernels.memory_mb(),
    )
    write_marks(kernels.notebook, result)
    result.notebook = nbformat.writes(kernels.notebook) + "\n"
    return result


class _Kernels:
    """Starts kernels that have run one notebook, as often as the judge needs one.

    They share a sandbox, which is made for the first of them.
    """

    def __init__(
        self,
        notebook: NotebookNode,
        zygote: Path,
        limits: Limits,
        clock: Clock,
        files: Mapping[str, bytes] | None = None,
        *,
        visible: bool = True,
    ) -> None:
        self.notebook = notebook
        self._fresh = notebook
        self._zygote = zygote
        self._files = files
        self._sandbox: Sandbox | None = None
        self._limits = limits
        self._clock = clock
        self._visible = visible
        self._runs: list[NotebookRun] = []
        self._ready: NotebookRun | None = None
        self._slow: dict[int, str] = {}
        self._deadly: dict[int, str] = {}
        self._given_up: str | None = None
        self._output_cut = False

    def prepare(self) -> None:
        """Run the notebook for the first time and keep its outputs."""
        try:
            self._ready = self._run()
        except StudentStopped as stopped:
            self._given_up = str(stopped)

    def start(self) -> NotebookRun:
        """A kernel that has just run the notebook.

        Raises:
            StudentStopped: The notebook does not come to an end, whatever is left out.
        """
        if self._given_up is not None:
            raise StudentStopped(self._given_up)
        if self._ready is None:
            return self._run()
        run, self._ready = self._ready, None
        return run

    def _run(self) -> NotebookRun:
        while True:
            skip = set(self._deadly)
            # Checks define nothing; what they show is known from the first run.
            known = any(earlier.record.finished for earlier in self._runs)
            if known or not self._visible:
                skip |= self._numbers(is_check)
            if not self._visible:
                skip |= self._numbers(is_demonstration)
            if self._sandbox is None:
                self._sandbox = Sandbox(self._zygote, self._limits, self._files)
            run = NotebookRun(
                self._fresh,
                self._sandbox,
                self._limits,
                self._clock.end,
                frozenset(self._slow),
                frozenset(skip),
            )
            self._runs.append(run)
            if not known:
                self.notebook = run.notebook
            self._output_cut |= run.record.output_cut
            for end in run.record.ends:
                (self._deadly if end.killed else self._slow).setdefault(end.index, end.words)
            if run.ready:
                return run
            run.close()
            if len(self._deadly) >= MAX_DEATHS or time.monotonic() >= self._clock.end:
                raise StudentStopped("Your notebook could not be run to its end.")

    def _numbers(self, kind: Callable[[NotebookNode], bool]) -> set[int]:
        return {number for number, cell in enumerate(self._fresh.cells) if kind(cell)}

    def problems(self) -> list[str]:
        """What the student should know about how the notebook ran."""
        found = []
        number = 0
        for index, cell in enumerate(self.notebook.cells):
            if cell.cell_type != "code":
                continue
            number += 1
            name = f"Code cell {number}"
            if index in self._deadly:
                found.append(f"{name} was left out. {self._deadly[index]}")
            elif index in self._slow:
                found.append(f"{name}: {self._slow[index]}")
            elif not is_check(cell):
                for output in cell.get("outputs", []):
                    if output.output_type == "error" and output.ename == "NotImplementedError":
                        found.append(f"{name} meets a part that is not written yet.")
                    elif output.output_type == "error":
                        words = " ".join(f"{output.ename}: {output.evalue}".split())[:300]
                        found.append(f"{name} raised {words}")
        if self._output_cut:
            found.append(
                f"Your notebook printed more than {self._limits.output_mb} MB: the rest was cut."
            )
        if self._given_up is not None:
            found.append(self._given_up)
        return found

    def memory_mb(self) -> float | None:
        """The most that one of them had taken, once they are closed; None if it is not known."""
        known = [run.record.memory for run in self._runs if run.record.memory is not None]
        return max(known) / 10**6 if known else None

    def close(self) -> None:
        """End every kernel, and their sandbox."""
        for run in self._runs:
            run.close()
        if self._sandbox is not None:
            self._sandbox.close()
