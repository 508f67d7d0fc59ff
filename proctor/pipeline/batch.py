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
from nbformat import NotebookNode

from proctor.course.course import (
    BOOKKEEPING,
    Course,
    CourseError,
    Submission,
    read_file,
    read_files,
)
from proctor.course.files import remove_file, replace_file
from proctor.course.kept import handed_in
from proctor.course.points import enter_points
from proctor.pipeline import gradebook
from proctor.pipeline.capacity import at_once
from proctor.pipeline.choice import Choice
from proctor.pipeline.feedback import page, page_without_notebook
from proctor.pipeline.gradebook import patiently
from proctor.pipeline.gradebook_reading import ByHand, by_hand
from proctor.pipeline.grading import Order, make_order
from proctor.pipeline.marks import Result, clean, no_marks, read_graded, with_marks
from proctor.pipeline.memory import Memory
from proctor.pipeline.reading import MAX_BYTES
from proctor.pipeline.slots import Failure, Slots

if TYPE_CHECKING:
    from proctor.pipeline.cluster import Cluster


def grade_all(
    orders: Iterable[Order],
    *,
    jobs: int | None = None,
    sealed: bool = True,
    data: Path | None = None,
    begun: Callable[[Order], None] = lambda _: None,
) -> Iterator[Result | Failure]:
    """Grade submissions in parallel and yield what comes of each, as it comes.

    Args:
        orders: The submissions, of one course; they are taken as they are needed.
        jobs: How many at once; by default one a core, as far as the memory goes. Where kernels
            compute on graphics cards, never more than fit there.
        sealed: False only for notebooks one would run oneself.
        data: The folder with the prepared data sets, which every kernel may read.
        begun: Called with each submission when a slot takes it, in a thread.

    Raises:
        SealError: This machine cannot seal kernels.
    """
    coming = iter(orders)
    first = list(itertools.islice(coming, 1))
    if not first:
        return
    limits = first[0].limits
    size = jobs or at_once(limits.memory_mb)
    first += itertools.islice(coming, size - 1)
    with contextlib.ExitStack() as closing:
        slots = closing.enter_context(
            Slots(len(first), sealed=sealed, data=data, gpu_memory_mb=limits.gpu_memory_mb)
        )
        pool = closing.enter_context(ThreadPoolExecutor(slots.size))
        running: set[Future[Result | Failure]] = set()
        try:
            for order in itertools.chain(first, coming):
                running.add(pool.submit(slots.grade, order, begun))
                # Some wait for a slot, so that none is idle while results are taken.
                if len(running) >= 2 * slots.size:
                    done, running = wait(running, return_when=FIRST_COMPLETED)
                    yield from (future.result() for future in done)
            for future in as_completed(running):
                yield future.result()
        finally:
            # Nobody waits for what is not done by now.
            pool.shutdown(wait=False, cancel_futures=True)
            slots.close()


def grade_course(
    course: Course,
    submissions: Sequence[Submission],
    *,
    jobs: int | None = None,
    sealed: bool = True,
    force: bool = False,
    dry_run: bool = False,
    cluster: Cluster | None = None,
    begun: Callable[[Order], None] = lambda _: None,
    told: Callable[[Result | Failure], None] = lambda _: None,
) -> list[Result | Failure]:
    """Grade submissions and write ``autograded/``, ``feedback/`` and the gradebook.

    What was graded in a sealed kernel and has not changed since is not graded again, unless
    that kernel was killed.

    Args:
        course: The course.
        submissions: What to grade.
        jobs: How many at once; see :func:`grade_all`.
        sealed: False only for notebooks one would run oneself.
        force: Also grade what has not changed.
        dry_run: Write nothing.
        cluster: Where to grade; by default on this machine.
        begun: Called with each submission that is graded when that begins, perhaps in a thread;
            first, all is told that need not be graded.
        told: Called with each result once it is written.

    Returns:
        What came of each, in the order of the submissions, without notebooks and tests.

    Raises:
        SealError: This machine cannot seal kernels.
        ClusterError: The cluster is gone, or has no worker that can grade.
        CourseError: The course cannot be graded as it is.
    """
    slugs = {submission.slug for submission in submissions}
    with _alone(course):
        gradebook.require_known(course, slugs)
        if not dry_run:
            patiently(lambda: enter_points(course, slugs))
        run = _Run(course, force=force, dry_run=dry_run, lasting=sealed, told=told)
        graded = (
            cluster.grade_all(run.orders(submissions), data=course.data, begun=begun)
            if cluster
            else grade_all(
                run.orders(submissions), jobs=jobs, sealed=sealed, data=course.data, begun=begun
            )
        )
        for outcome in graded:
            run.hear(outcome)
    return [run.outcomes[submission] for submission in submissions]


class _Run:
    """One run over some submissions: what has to be graded, and what came of it.

    Args:
        course: The course.
        force: Also grade what has not changed.
        dry_run: Write nothing.
        lasting: Whether results may be remembered.
        told: Called with each result once it is written.

    Attributes:
        outcomes: What came of each submission so far.
    """

    def __init__(
        self,
        course: Course,
        *,
        force: bool,
        dry_run: bool,
        lasting: bool,
        told: Callable[[Result | Failure], None],
    ) -> None:
        self.outcomes: dict[Submission, Result | Failure] = {}
        self._course = course
        self._force = force
        self._dry_run = dry_run
        self._lasting = lasting
        self._told = told
        self._memory = Memory(course)
        self._running: dict[tuple[str, str, str], tuple[Choice, Submission, str]] = {}

    def orders(self, submissions: Sequence[Submission]) -> Iterator[Order]:
        """What has to be graded; all else is done before the first."""
        fresh = []
        for submission in submissions:
            try:
                own = [submission]
                if self._course.counts == "best":
                    own = handed_in(self._course, submission, keep=not self._dry_run)
            except CourseError as error:
                self._done(submission, Failure(submission.student, submission.slug, str(error)))
                continue
            choice = Choice(submission, own)
            fresh += [(choice, one) for one in own if self._order(choice, one)]
        # A thousand orders would fill the memory, so each is made again when its turn comes.
        for choice, one in fresh:
            if order := self._order(choice, one):
                yield order

    def _order(self, choice: Choice, one: Submission) -> Order | None:
        """What has to be graded; None where a submission is done without that."""
        found = order_for(self._course, one)
        if not isinstance(found, Order):
            self._settle(choice, one, found)
            return None
        try:
            key = self._memory.fingerprint(one, found)
        except OSError as error:
            words = f"its hidden tests cannot be read: {error}"
            self._settle(choice, one, Failure(found.student, found.slug, words))
            return None
        recall = self._memory.recall if one == choice.submission else self._memory.recall_kept
        if not self._force and (known := recall(one, key)):
            self._settle(choice, one, known, key)
            return None
        kept = "" if one == choice.submission else one.folder.name
        self._running[found.student, found.slug, kept] = choice, one, key
        return replace(found, kept=kept)

    def hear(self, outcome: Result | Failure) -> None:
        """Take in what came of an order."""
        place = (outcome.student, outcome.slug, outcome.kept)
        choice, one, key = self._running.pop(place)
        if isinstance(outcome, Result) and one != choice.submission and self._may_remember(outcome):
            try:
                self._memory.remember_kept(one, key, outcome)
            except CourseError as error:
                outcome = Failure(outcome.student, outcome.slug, str(error))
        self._settle(choice, one, outcome, key)

    def _may_remember(self, result: Result) -> bool:
        return self._lasting and result.settled and not self._dry_run

    def _settle(
        self, choice: Choice, one: Submission, outcome: Result | Failure, key: str = ""
    ) -> None:
        """Note what came of a submission; write what counts once all are known."""
        choice.outcomes[one] = outcome, key
        if len(choice.outcomes) < len(choice.own):
            return
        submission = choice.submission
        if choice.own == [submission]:
            # A thousand notebooks, pictures and all, would fill the memory.
            choice.outcomes.clear()
            self._done(submission, outcome, key, submission.folder)
            return
        try:
            counts, result, key = choice.best(self._course)
        except CourseError as error:
            self._done(submission, Failure(submission.student, submission.slug, str(error)))
            return
        finally:
            choice.outcomes.clear()
        if isinstance(result, Result):
            known = None if self._force else self._memory.recall(submission, key)
            result = known if known and known.earlier else with_marks(result)
        self._done(submission, result, key, counts.folder)

    def _done(
        self,
        submission: Submission,
        outcome: Result | Failure,
        key: str = "",
        folder: Path | None = None,
    ) -> None:
        if isinstance(outcome, Result) and not self._dry_run:
            try:
                self._write(submission, outcome, key, folder)
            except CourseError as error:
                outcome = Failure(outcome.student, outcome.slug, str(error))
        if isinstance(outcome, Result):
            outcome = _without_details(outcome)
        self.outcomes[submission] = outcome
        self._told(outcome)

    def _write(self, submission: Submission, result: Result, key: str, folder: Path | None) -> None:
        if not result.earlier:
            given = write(self._course, result, folder)
        elif self._memory.has_other_words(submission):
            given = write_page(self._course, result)
        else:
            return
        if key and self._may_remember(result):
            self._memory.remember(submission, key, result, given)


def _without_details(result: Result) -> Result:
    """What remains of a result in memory, where there may be many thousands."""
    checks = [replace(check, tests=[]) for check in result.checks]
    return replace(result, notebook="", checks=checks)


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
        checks=no_marks(course.read_source(submission.slug), course.voided(submission.slug)),
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


def write(course: Course, result: Result, folder: Path | None = None) -> ByHand:
    """Write one result: the graded notebook, the student's page, the gradebook.

    Args:
        course: The course.
        result: What came of the submission.
        folder: Where it lies, if not in ``submitted/``.

    Returns:
        What a person has given the submission, as the page says.

    Raises:
        CourseError: It cannot be written.
    """
    notebook = course.autograded(result.student, result.slug)
    if result.status == "graded":
        replace_file(notebook, result.notebook.encode())
    else:
        remove_file(notebook)
    given = write_page(course, result)
    gradebook.save(course, result, folder)
    return given


def write_page(course: Course, result: Result) -> ByHand:
    """Write the page of a student whose graded notebook is written.

    Returns:
        What a person has given the submission, as the page says.

    Raises:
        CourseError: It cannot be written.
    """
    place = (result.student, result.slug)
    given = by_hand(course, *place).get(place, ByHand())
    feedback = course.feedback(*place)
    if result.status == "graded":
        html = page(_graded_notebook(course, result), given)
    else:
        html = page_without_notebook(result, given)
    replace_file(feedback, html.encode())
    _keep_books(course.submitted(*place), feedback.parent)
    return given


def _graded_notebook(course: Course, result: Result) -> NotebookNode:
    if result.notebook:
        return nbformat.reads(result.notebook, as_version=4)
    path = course.autograded(result.student, result.slug)
    try:
        return read_graded(path)
    except ValueError as error:
        raise CourseError(f"{path} is damaged, grade with --force: {error}") from error


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
