"""Writes marks into nbgrader's gradebook, the way nbgrader's own autograding does."""

from __future__ import annotations

import contextlib
import datetime
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.preprocessors import AssignLatePenalties, SaveAutoGrades
from nbgrader.utils import parse_utc
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError, OperationalError, SAWarning

from proctor.course.course import TIMESTAMP, Course, CourseError, read_file
from proctor.pipeline.marks import Result

LOCKED_SECONDS = 20.0
T = TypeVar("T")


def require_known(course: Course, slugs: set[str]) -> None:
    """Make sure that the gradebook can take marks for some exercises.

    Raises:
        CourseError: It does not know one of them yet.
    """
    known = patiently(lambda: _known(course))
    if missing := sorted(slugs - known):
        raise CourseError(
            f"the gradebook does not know {', '.join(missing)}: run `proctor release` first"
        )


def save(course: Course, result: Result, folder: Path | None = None) -> None:
    """Write one result into the gradebook.

    Marks that a person gave by hand stay, and are flagged for another look. When a
    submission came in is read from its ``timestamp.txt``; what being late costs is up to
    nbgrader's ``LateSubmissionPlugin``. While another program has locked the gradebook, this
    waits.

    Args:
        course: The course.
        result: What came of the submission.
        folder: Where it lies, if not in ``submitted/``.

    Raises:
        CourseError: It stays locked, or cannot be written; the timestamp is no time; or the
            course's own penalty for lateness breaks.
    """
    came_in = _came_in(folder or course.submitted(result.student, result.slug).folder)
    with warnings.catch_warnings():
        # nbgrader makes submissions in an order that SQLAlchemy remarks upon.
        warnings.simplefilter("ignore", SAWarning)
        patiently(lambda: _save(course, result, came_in))


def patiently(action: Callable[[], T]) -> T:
    """Do something with the gradebook as soon as no other program has locked it.

    Raises:
        CourseError: It stays locked, cannot be written, or is damaged.
    """
    deadline = time.monotonic() + LOCKED_SECONDS
    while True:
        try:
            return action()
        except OperationalError as error:
            if time.monotonic() > deadline:
                words = f"the gradebook could not be read or written: {error.orig}"
                raise CourseError(f"{words}. Is it open in another program?") from error
            time.sleep(0.2)
        except DatabaseError as error:
            words = f"the gradebook is damaged: {error.orig}"
            raise CourseError(f"{words}. Put a copy of it in its place") from error


def _known(course: Course) -> set[str]:
    with course.open_gradebook() as book:
        return {assignment.name for assignment in book.assignments}


def after_penalty(course: Course, result: Result, folder: Path) -> float:
    """The marks of a submission, less what being late costs it.

    Args:
        course: The course.
        result: What came of the submission.
        folder: Where it lies.

    Raises:
        CourseError: As in :func:`save`.
    """
    came_in = _came_in(folder)
    due = patiently(lambda: _due(course, result)) if came_in else None
    seconds = (came_in - due).total_seconds() if came_in and due else 0.0
    if seconds <= 0:
        return result.score
    with _own_rule():
        rule = AssignLatePenalties(config=course.config)
        rule.init_plugin()
        points = rule.plugin_inst.late_submission_penalty(result.student, result.score, seconds)
        return round(result.score - min(max(points or 0.0, 0.0), result.score), 4)


def _due(course: Course, result: Result) -> datetime.datetime | None:
    """When a submission had to be handed in, the student's extension included."""
    with course.open_gradebook() as book:
        due: datetime.datetime | None = book.find_assignment(result.slug).duedate
        try:
            extension = book.find_submission(result.slug, result.student).extension
        except MissingEntry:
            extension = None
        return due + extension if due and extension else due


@contextlib.contextmanager
def _own_rule() -> Iterator[None]:
    """Name the course's own rule for lateness, which may run here, where it breaks."""
    try:
        yield
    except OperationalError:
        raise
    except Exception as error:
        words = f"the penalty for lateness could not be worked out: {error!r}"
        raise CourseError(f"{words}. Is LateSubmissionPlugin in course_config.py right?") from error


def _came_in(folder: Path) -> datetime.datetime | None:
    """When a submission was handed in, in UTC, if that is known."""
    if folder.is_symlink():
        return None
    path = folder / TIMESTAMP
    try:
        words = read_file(path, 1_000).decode().strip()
        came_in: datetime.datetime | None = parse_utc(words) if words else None
    except FileNotFoundError:
        return None
    except (OSError, ValueError, OverflowError) as error:
        words = f"{path} does not say when it was handed in: mend or remove it ({error})"
        raise CourseError(words) from error
    return came_in


@contextlib.contextmanager
def _at_once(book: Gradebook) -> Iterator[None]:
    """Write all or nothing, and wait for the disk once: nbgrader commits after each cell."""
    if book.engine.dialect.name == "sqlite":
        # Whoever else is writing is met here, where it can be waited for: nbgrader's own calls
        # report it as an entry that is not valid.
        book.db.execute(text("BEGIN IMMEDIATE"))
    book.db.commit = book.db.flush
    try:
        yield
    finally:
        del book.db.commit
    book.db.commit()


class _SaveMarks(SaveAutoGrades):
    """nbgrader's own, for a gradebook that is open: it would open one itself, and write apart."""

    def save(self, book: Gradebook, graded: NotebookNode, student: str, slug: str) -> None:
        self.gradebook = book
        self.student_id, self.assignment_id, self.notebook_id = student, slug, slug
        for index, cell in enumerate(graded.cells):
            self.preprocess_cell(cell, {}, index)


def _save(course: Course, result: Result, came_in: datetime.datetime | None) -> None:
    known: dict[str, Any] = {"timestamp": came_in}
    if came_in is None and not result.counted:
        known = {}
    graded = nbformat.v4.new_notebook()
    if result.status == "graded":
        graded = nbformat.reads(result.notebook, as_version=4)
    with course.open_gradebook() as book, _at_once(book):
        book.update_or_create_student(result.student)
        submission = book.update_or_create_submission(result.slug, result.student, **known)
        if result.status == "graded":
            _SaveMarks().save(book, graded, result.student, result.slug)
        else:
            for notebook in submission.notebooks:
                for grade in notebook.grades:
                    grade.auto_score, grade.needs_manual_grade = 0.0, False
    resources = {
        "nbgrader": {
            "student": result.student,
            "assignment": result.slug,
            "notebook": result.slug,
            "db_url": course.gradebook,
        }
    }
    with _own_rule():
        AssignLatePenalties(config=course.config).preprocess(graded, resources)
