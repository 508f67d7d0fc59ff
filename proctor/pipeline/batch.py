"""Grades many submissions at once, each in a slot of its own; one process writes the marks."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import nbformat
from msgspec.structs import replace

from proctor.course.course import Course, CourseError, Submission, read_files
from proctor.pipeline import gradebook
from proctor.pipeline.feedback import page, page_without_notebook
from proctor.pipeline.grading import Order, grade, make_order
from proctor.pipeline.marks import Result, no_marks
from proctor.sandbox.zygote import Zygote


class Failure(Exception):
    """A submission could not be examined because of us, not the student.

    Attributes:
        order: The submission.
    """

    def __init__(self, order: Order, words: str) -> None:
        super().__init__(words)
        self.order = order


def default_jobs() -> int:
    """How many submissions this machine grades at once: one a core."""
    return len(os.sched_getaffinity(0))


def grade_all(
    orders: Sequence[Order],
    *,
    jobs: int | None = None,
    sealed: bool = True,
    data: Path | None = None,
) -> Iterator[Result | Failure]:
    """Grade submissions in parallel and yield what comes of each, as it comes.

    Args:
        orders: The submissions.
        jobs: How many at once; by default one a core.
        sealed: False only for notebooks one would run oneself.
        data: The folder with the prepared data sets, which every kernel may read.

    Raises:
        SealError: This machine cannot seal kernels.
    """
    if not orders:
        return
    jobs = max(1, min(jobs or default_jobs(), len(orders)))
    # Thread pools of the size of a slot, so that kernels do not fight over cores.
    threads = max(1, default_jobs() // jobs)
    orders = [replace(order, limits=replace(order.limits, threads=threads)) for order in orders]
    context = multiprocessing.get_context("spawn")
    with (
        Zygote(threads=threads, sealed=sealed, data=data) as zygote,
        ProcessPoolExecutor(jobs, mp_context=context, initializer=_end_with_parent) as pool,
    ):
        yield from _collect(pool, orders, zygote.folder)


def _end_with_parent() -> None:
    """Let a killed command leave none of its slots behind."""

    def wait() -> None:
        parent = multiprocessing.parent_process()
        assert parent is not None
        parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def _collect(pool: Executor, orders: Sequence[Order], zygote: Path) -> Iterator[Result | Failure]:
    waiting: dict[Future[Result], Order] = {
        pool.submit(grade, order, zygote): order for order in orders
    }
    for future in as_completed(waiting):
        order = waiting[future]
        try:
            yield future.result()
        except BrokenProcessPool:
            yield Failure(order, "the process that graded it ended; grade it again")
        except Exception as error:
            yield Failure(order, f"{type(error).__name__}: {error}")


def grade_course(
    course: Course,
    submissions: Sequence[Submission],
    *,
    jobs: int | None = None,
    sealed: bool = True,
    told: Callable[[Result | Failure], None] = lambda _: None,
) -> list[Result | Failure]:
    """Grade submissions and write ``autograded/``, ``feedback/`` and the gradebook.

    Args:
        course: The course.
        submissions: What to grade.
        jobs: How many at once; by default one a core.
        sealed: False only for notebooks one would run oneself.
        told: Called with each result once it is written.

    Returns:
        What came of each, in the order of the submissions.

    Raises:
        SealError: This machine cannot seal kernels.
        CourseError: The course cannot be graded as it is.
    """
    orders: list[Order] = []
    outcomes: dict[tuple[str, str], Result | Failure] = {}
    gradebook.require_known(course, {submission.slug for submission in submissions})
    for submission in submissions:
        found = _order(course, submission)
        if isinstance(found, Order):
            orders.append(found)
        else:
            outcomes[submission.student, submission.slug] = found
            write(course, found)
            told(found)
    for outcome in grade_all(orders, jobs=jobs, sealed=sealed, data=course.data):
        if isinstance(outcome, Result):
            write(course, outcome)
            outcomes[outcome.student, outcome.slug] = outcome
        else:
            outcomes[outcome.order.student, outcome.order.slug] = outcome
        told(outcome)
    return [outcomes[submission.student, submission.slug] for submission in submissions]


def _order(course: Course, submission: Submission) -> Order | Result:
    """The order for a submission, or the result where nothing can be run."""
    try:
        data = submission.notebook.read_bytes()
    except OSError:
        others = sorted(path.name for path in submission.folder.glob("*.ipynb"))
        words = f"There is no file `{submission.notebook.name}`"
        words += f"; there is {', '.join(f'`{name}`' for name in others)}." if others else "."
        return Result(
            student=submission.student,
            slug=submission.slug,
            status="unreadable",
            checks=no_marks(course.read_source(submission.slug)),
            problems=[words],
        )
    return make_order(
        course, submission.student, submission.slug, data, read_files(submission.folder)
    )


def write(course: Course, result: Result) -> None:
    """Write one result: the graded notebook, the student's page, the gradebook."""
    notebook = course.autograded(result.student, result.slug)
    feedback = course.feedback(result.student, result.slug)
    if result.status == "graded":
        graded = nbformat.reads(result.notebook, as_version=4)
        _replace(notebook, result.notebook)
        _replace(feedback, page(graded))
    else:
        notebook.unlink(missing_ok=True)
        _replace(feedback, page_without_notebook(result))
    gradebook.save(course, result)


def _replace(path: Path, text: str) -> None:
    """Write a file so that it is at all times either the old or the new one."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f".{path.name}.new")
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(path)
    except OSError as error:
        raise CourseError(f"{path} could not be written: {error}") from error
