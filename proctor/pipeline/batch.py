"""Grades many submissions at once, each in a slot of its own; one process writes the marks."""

from __future__ import annotations

import contextlib
import fcntl
import itertools
import multiprocessing
import os
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
from msgspec.structs import replace

from proctor.course.course import Course, CourseError, Submission, read_file, read_files
from proctor.pipeline import gradebook
from proctor.pipeline.feedback import page, page_without_notebook
from proctor.pipeline.grading import Order, grade, make_order
from proctor.pipeline.marks import Result, clean, no_marks
from proctor.pipeline.reading import MAX_BYTES
from proctor.sandbox.zygote import Zygote

if TYPE_CHECKING:
    from proctor.pipeline.cluster import Cluster


class Failure(Exception):
    """A submission could not be examined, or its marks not be written, because of us.

    Attributes:
        student: The student's id.
        slug: The exercise.
    """

    def __init__(self, student: str, slug: str, words: str) -> None:
        super().__init__(words)
        self.student = student
        self.slug = slug


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
    slots: queue.SimpleQueue[Slot] = queue.SimpleQueue()
    with (
        Zygote(threads=threads, sealed=sealed, data=data) as zygote,
        contextlib.ExitStack() as stack,
        ThreadPoolExecutor(jobs) as pool,
    ):
        for _ in range(jobs):
            slots.put(stack.enter_context(contextlib.closing(Slot())))

        def in_a_slot(order: Order) -> Result | Failure:
            slot = slots.get()
            try:
                return slot.grade(order, zygote.folder)
            finally:
                slots.put(slot)

        try:
            futures = [pool.submit(in_a_slot, order) for order in orders]
            for future in as_completed(futures):
                yield future.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


class Slot:
    """A process that grades one submission after the other, and another one when it ends."""

    def __init__(self) -> None:
        self._process: ProcessPoolExecutor | None = None

    def grade(self, order: Order, zygote: Path) -> Result | Failure:
        """Grade a submission; a second time where the process ended at the first."""
        for _ in range(2):
            if self._process is None:
                context = multiprocessing.get_context("spawn")
                self._process = ProcessPoolExecutor(1, context, _end_with_parent)
            try:
                return self._process.submit(grade, order, zygote).result()
            except BrokenProcessPool:
                self.close()
            except Exception as error:
                return Failure(order.student, order.slug, f"{type(error).__name__}: {error}")
        words = "the process that graded it ended, twice: is there enough memory?"
        return Failure(order.student, order.slug, words)

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.shutdown(cancel_futures=True)
            self._process = None


def _end_with_parent() -> None:
    """Let a killed command leave none of its slots behind."""

    def wait() -> None:
        parent = multiprocessing.parent_process()
        assert parent is not None
        parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def grade_course(
    course: Course,
    submissions: Sequence[Submission],
    *,
    jobs: int | None = None,
    sealed: bool = True,
    cluster: Cluster | None = None,
    told: Callable[[Result | Failure], None] = lambda _: None,
) -> list[Result | Failure]:
    """Grade submissions and write ``autograded/``, ``feedback/`` and the gradebook.

    Args:
        course: The course.
        submissions: What to grade.
        jobs: How many at once; by default one a core.
        sealed: False only for notebooks one would run oneself.
        cluster: Where to grade; by default on this machine.
        told: Called with each result once it is written.

    Returns:
        What came of each, in the order of the submissions.

    Raises:
        SealError: This machine cannot seal kernels.
        ClusterError: The cluster is gone, or has no worker that can grade.
        CourseError: The course cannot be graded as it is.
    """
    with _alone(course):
        gradebook.require_known(course, {submission.slug for submission in submissions})
        found = [_order(course, submission) for submission in submissions]
        unreadable = [outcome for outcome in found if isinstance(outcome, Result)]
        orders = [outcome for outcome in found if isinstance(outcome, Order)]
        graded = (
            cluster.grade_all(orders, data=course.data)
            if cluster
            else grade_all(orders, jobs=jobs, sealed=sealed, data=course.data)
        )
        outcomes: dict[tuple[str, str], Result | Failure] = {}
        for outcome in itertools.chain(unreadable, graded):
            if isinstance(outcome, Result):
                try:
                    write(course, outcome)
                except CourseError as error:
                    outcome = Failure(outcome.student, outcome.slug, str(error))
            outcomes[outcome.student, outcome.slug] = outcome
            told(outcome)
    return [outcomes[submission.student, submission.slug] for submission in submissions]


@contextlib.contextmanager
def _alone(course: Course) -> Iterator[None]:
    """Let nobody else grade this course meanwhile.

    Raises:
        CourseError: Somebody does.
    """
    folder = course.root / ".proctor"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            words = f"another `proctor grade` is at work in {course.root}: wait for its end"
            raise CourseError(words) from None
        yield


def _order(course: Course, submission: Submission) -> Order | Result:
    """The order for a submission, or the result where nothing can be run."""
    if submission.folder.is_symlink():
        words = "The submission's folder is a link to another one: links are not followed."
    else:
        try:
            data = read_file(submission.notebook, MAX_BYTES + 1)
        except OSError:
            words = _what_is_there(submission)
        else:
            files = read_files(submission.folder)
            return make_order(course, submission.student, submission.slug, data, files)
    return Result(
        student=submission.student,
        slug=submission.slug,
        status="unreadable",
        checks=no_marks(course.read_source(submission.slug)),
        problems=[words],
    )


def _what_is_there(submission: Submission) -> str:
    name = submission.notebook.name
    if submission.notebook.is_symlink() or submission.notebook.exists():
        return f"There is no file `{name}` that could be read: it is a folder, a link, or locked."
    others = sorted(path.name for path in submission.folder.glob("*.ipynb"))[:5]
    words = f"There is no file `{name}`"
    words += f"; there is {', '.join(f'`{other}`' for other in others)}." if others else "."
    return clean(words)


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
    unfinished = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise CourseError(f"{path} could not be written: {error}") from error
