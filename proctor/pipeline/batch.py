"""Grades many submissions at once, each in a slot of its own; one process writes the marks."""

from __future__ import annotations

import contextlib
import fcntl
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, as_completed, wait
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
from msgspec.structs import replace

from proctor.course.course import (
    BOOKKEEPING,
    Course,
    CourseError,
    Submission,
    read_file,
    read_files,
)
from proctor.course.files import remove_file, replace_file
from proctor.pipeline import gradebook
from proctor.pipeline.feedback import page, page_without_notebook
from proctor.pipeline.grading import Order, make_order
from proctor.pipeline.marks import Result, clean, no_marks
from proctor.pipeline.memory import Memory
from proctor.pipeline.reading import MAX_BYTES
from proctor.pipeline.slots import Failure, Slots, cores

if TYPE_CHECKING:
    from proctor.pipeline.cluster import Cluster


def grade_all(
    orders: Iterable[Order],
    *,
    jobs: int | None = None,
    sealed: bool = True,
    data: Path | None = None,
) -> Iterator[Result | Failure]:
    """Grade submissions in parallel and yield what comes of each, as it comes.

    Args:
        orders: The submissions; they are taken as they are needed.
        jobs: How many at once; by default one a core.
        sealed: False only for notebooks one would run oneself.
        data: The folder with the prepared data sets, which every kernel may read.

    Raises:
        SealError: This machine cannot seal kernels.
    """
    coming = iter(orders)
    first = list(itertools.islice(coming, jobs or cores()))
    if not first:
        return
    size = len(first)
    with Slots(size, sealed=sealed, data=data) as slots, ThreadPoolExecutor(size) as pool:
        running: set[Future[Result | Failure]] = set()
        try:
            for order in itertools.chain(first, coming):
                running.add(pool.submit(slots.grade, order))
                # Some wait for a slot, so that none is idle while results are taken.
                if len(running) >= 2 * size:
                    done, running = wait(running, return_when=FIRST_COMPLETED)
                    yield from (future.result() for future in done)
            for future in as_completed(running):
                yield future.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def grade_course(
    course: Course,
    submissions: Sequence[Submission],
    *,
    jobs: int | None = None,
    sealed: bool = True,
    force: bool = False,
    dry_run: bool = False,
    cluster: Cluster | None = None,
    told: Callable[[Result | Failure], None] = lambda _: None,
) -> list[Result | Failure]:
    """Grade submissions and write ``autograded/``, ``feedback/`` and the gradebook.

    What was graded in a sealed kernel and has not changed since is not graded again, unless
    that kernel was killed.

    Args:
        course: The course.
        submissions: What to grade.
        jobs: How many at once; by default one a core.
        sealed: False only for notebooks one would run oneself.
        force: Also grade what has not changed.
        dry_run: Write nothing.
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
        memory = Memory(course)
        outcomes: dict[Submission, Result | Failure] = {}
        running: dict[tuple[str, str], tuple[Submission, str]] = {}

        def done(submission: Submission, outcome: Result | Failure, fingerprint: str = "") -> None:
            if isinstance(outcome, Result) and not outcome.earlier and not dry_run:
                try:
                    write(course, outcome)
                    if fingerprint and sealed and outcome.settled:
                        memory.remember(submission, fingerprint, outcome)
                except CourseError as error:
                    outcome = Failure(outcome.student, outcome.slug, str(error))
            if isinstance(outcome, Result):
                # A thousand notebooks, pictures and all, would fill the memory.
                outcome = replace(outcome, notebook="")
            outcomes[submission] = outcome
            told(outcome)

        def orders() -> Iterator[Order]:
            """What has to be graded; all else is done on the way."""
            for submission in submissions:
                found = order_for(course, submission)
                if not isinstance(found, Order):
                    done(submission, found)
                    continue
                try:
                    key = memory.fingerprint(submission, found)
                except OSError as error:
                    words = f"its hidden tests cannot be read: {error}"
                    done(submission, Failure(found.student, found.slug, words))
                    continue
                if not force and (known := memory.recall(submission, key)):
                    done(submission, known)
                else:
                    running[found.student, found.slug] = submission, key
                    yield found

        graded = (
            cluster.grade_all(list(orders()), data=course.data)
            if cluster
            else grade_all(orders(), jobs=jobs, sealed=sealed, data=course.data)
        )
        for outcome in graded:
            submission, key = running.pop((outcome.student, outcome.slug))
            done(submission, outcome, key)
    return [outcomes[submission] for submission in submissions]


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


def _is_text(name: str) -> bool:
    """Whether a name from the disk, where it is bytes, is text that others can take."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def order_for(course: Course, submission: Submission) -> Order | Result | Failure:
    """The order for a submission, or what comes of it where nothing can be run."""
    if not _is_text(submission.student):
        words = "the name of this student's folder is no text: rename it"
        return Failure(clean(submission.student), submission.slug, words)
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
    """Write one result: the graded notebook, the student's page, the gradebook.

    Raises:
        CourseError: One of them cannot be written.
    """
    notebook = course.autograded(result.student, result.slug)
    feedback = course.feedback(result.student, result.slug)
    if result.status == "graded":
        graded = nbformat.reads(result.notebook, as_version=4)
        replace_file(notebook, result.notebook.encode())
        replace_file(feedback, page(graded).encode())
    else:
        remove_file(notebook)
        replace_file(feedback, page_without_notebook(result).encode())
    _keep_books(course.submitted(result.student, result.slug), feedback.parent)
    gradebook.save(course, result)


def _keep_books(submission: Submission, folder: Path) -> None:
    """Put beside a student's page what ``nbgrader release_feedback`` finds its reader by."""
    for name in BOOKKEEPING:
        try:
            if submission.folder.is_symlink():
                raise FileNotFoundError
            content = read_file(submission.folder / name, 1_000)
        except OSError:
            remove_file(folder / name)
        else:
            replace_file(folder / name, content)
