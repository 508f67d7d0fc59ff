"""Reads what was handed in and what grading has written about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import msgspec
from nbconvert.filters import strip_ansi
from nbformat import NotebookNode

from proctor.course.cells import is_solution
from proctor.course.course import Course, CourseError, Submission, read_file
from proctor.pipeline.gradebook_reading import FinalMark, final_marks
from proctor.pipeline.marks import clean
from proctor.pipeline.reading import MAX_BYTES, Unreadable, read_notebook

# A graded notebook holds pictures, too.
_MAX_GRADED = 4 * MAX_BYTES


class Test(msgspec.Struct, kw_only=True):
    """How one hidden test went, as the graded notebook has it."""

    __test__ = False

    title: str
    passed: bool
    message: str = ""


class Check(msgspec.Struct, kw_only=True):
    """A check's marks, as the graded notebook has them."""

    id: str
    score: float
    max_score: float
    tests: list[Test] = []
    voided: bool = False

    @property
    def passed(self) -> bool:
        """Whether all its points were gained."""
        return self.score >= self.max_score - 1e-9


class Graded(msgspec.Struct, kw_only=True):
    """What :func:`proctor.pipeline.marks.write_marks` leaves in a notebook."""

    checks: list[Check]
    problems: list[str] = []
    seconds: float = 0.0
    memory_mb: float | None = None


class _Cell(msgspec.Struct):
    cell_type: str
    metadata: dict[str, Any]
    source: str | list[str]


class _Metadata(msgspec.Struct):
    proctor: Graded


class _Notebook(msgspec.Struct):
    cells: list[_Cell]
    metadata: _Metadata


@dataclass(frozen=True, kw_only=True)
class Work:
    """What one student handed in for one exercise, and what came of it.

    Attributes:
        student: The student's id.
        slug: The exercise.
        graded: What grading found out; None if there is nothing to be read.
        missing: Why there is nothing; empty if there is something.
        unreadable: Whether that is so because no notebook was handed in.
        stale: Whether it was handed in again after it was graded.
        mark: What the gradebook says; None if it says nothing.
        code: The text of the cells that were the student's to fill in.
    """

    student: str
    slug: str
    graded: Graded | None = None
    missing: str = ""
    unreadable: bool = False
    stale: bool = False
    mark: FinalMark | None = None
    code: str = ""

    @property
    def share(self) -> float | None:
        """The part of the points that count in the end; None if there are none yet."""
        if self.mark is None or not self.mark.max_score:
            return None
        return self.mark.final / self.mark.max_score


def read_works(course: Course, told: Callable[[], None] = lambda: None) -> list[Work]:
    """Read all that was handed in or graded.

    Args:
        course: The course.
        told: Called after each submission.

    Raises:
        CourseError: Nothing was graded yet, or the gradebook cannot be read.
    """
    if not (course.root / "autograded").is_dir():
        raise CourseError(f"nothing is graded yet in {course.root}: run `proctor grade` first")
    marks = final_marks(course)
    works = []
    for submission in submissions(course):
        works.append(_work(course, submission, marks.get((submission.student, submission.slug))))
        told()
    return works


def submissions(course: Course) -> list[Submission]:
    """The submissions that were handed in, and those of which only the result is there."""
    found = {(s.student, s.slug): s for s in course.submissions([], [])}
    for folder in sorted((course.root / "autograded").glob("*/*")):
        student, slug = folder.parent.name, folder.name
        if slug in course.exercises and course.autograded(student, slug).is_file():
            found.setdefault((student, slug), course.submitted(student, slug))
    return [found[key] for key in sorted(found)]


def solution_code(cells: Iterable[NotebookNode]) -> str:
    """The text of the code cells that are the student's to fill in."""
    own = [cell for cell in cells if cell.cell_type == "code" and is_solution(cell)]
    return "\n\n".join(cell.source for cell in own)


def _work(course: Course, submission: Submission, mark: FinalMark | None) -> Work:
    student, slug = submission.student, submission.slug
    path = course.autograded(student, slug)
    try:
        # It was validated when it was written; nbformat would do so again.
        notebook = msgspec.json.decode(read_file(path, _MAX_GRADED), type=_Notebook)
        for cell in notebook.cells:
            cell.source = "".join(cell.source)
        code = _plain(solution_code(notebook.cells))
    except FileNotFoundError:
        missing, unreadable = _why_missing(submission)
        return Work(student=student, slug=slug, missing=missing, unreadable=unreadable, mark=mark)
    except (OSError, msgspec.MsgspecError, AttributeError):
        words = "Its graded notebook is damaged, or was not made by proctor: grade it again."
        return Work(student=student, slug=slug, missing=words, mark=mark)
    graded = notebook.metadata.proctor
    _tidy(graded)
    return Work(
        student=student,
        slug=slug,
        graded=graded,
        stale=_newer(submission, path.stat().st_mtime),
        mark=mark,
        code=code,
    )


def _why_missing(submission: Submission) -> tuple[str, bool]:
    """Why a submission has no graded notebook, and whether that is the student's to mend."""
    try:
        read_notebook(read_file(submission.notebook, MAX_BYTES + 1))
    except Unreadable as error:
        return clean(str(error)), True
    except OSError:
        return f"There is no file `{submission.notebook.name}` that could be read.", True
    return "It was not graded yet, or could not be examined: run `proctor grade`.", False


def _newer(submission: Submission, graded: float) -> bool:
    try:
        return submission.notebook.lstat().st_mtime > graded
    except OSError:
        return False


def _tidy(graded: Graded) -> None:
    """Take away what is not text for a page."""
    graded.problems = [_plain(problem) for problem in graded.problems]
    for check in graded.checks:
        for test in check.tests:
            test.message = _plain(test.message)


def _plain(text: str) -> str:
    return str(strip_ansi(clean(text)))
