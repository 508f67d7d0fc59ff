"""Writes marks into nbgrader's gradebook, the way nbgrader's own autograding does."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from typing import TypeVar

import nbformat
from nbgrader.api import (
    Assignment,
    Grade,
    GradeCell,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.preprocessors import SaveAutoGrades
from sqlalchemy.exc import OperationalError, SAWarning

from proctor.course.course import Course, CourseError
from proctor.pipeline.marks import Result

LOCKED_SECONDS = 20.0
T = TypeVar("T")


def require_known(course: Course, slugs: set[str]) -> None:
    """Make sure that the gradebook can take marks for some exercises.

    Raises:
        CourseError: It does not know one of them yet.
    """
    known = _patiently(lambda: _known(course))
    if missing := sorted(slugs - known):
        raise CourseError(
            f"the gradebook does not know {', '.join(missing)}: run `proctor release` first"
        )


def scores(course: Course) -> dict[tuple[str, str], dict[str, float]]:
    """What grading has given for each check, by student and exercise."""
    return _patiently(lambda: _scores(course))


def save(course: Course, result: Result) -> None:
    """Write one result into the gradebook.

    Marks that a person gave by hand stay, and are flagged for another look. While another
    program has locked the gradebook, this waits.

    Raises:
        CourseError: It stays locked, or cannot be written.
    """
    with warnings.catch_warnings():
        # nbgrader makes submissions in an order that SQLAlchemy remarks upon.
        warnings.simplefilter("ignore", SAWarning)
        _patiently(lambda: _save(course, result))


def _patiently(action: Callable[[], T]) -> T:
    """Do something with the gradebook as soon as no other program has locked it."""
    deadline = time.monotonic() + LOCKED_SECONDS
    while True:
        try:
            return action()
        except OperationalError as error:
            if time.monotonic() > deadline:
                words = f"the gradebook could not be read or written: {error.orig}"
                raise CourseError(f"{words}. Is it open in another program?") from error
            time.sleep(0.2)


def _known(course: Course) -> set[str]:
    with course.open_gradebook() as book:
        return {assignment.name for assignment in book.assignments}


def _scores(course: Course) -> dict[tuple[str, str], dict[str, float]]:
    found: dict[tuple[str, str], dict[str, float]] = {}
    with course.open_gradebook() as book:
        rows = (
            book.db.query(
                SubmittedAssignment.student_id, Assignment.name, GradeCell.name, Grade.auto_score
            )
            .select_from(Grade)
            .join(GradeCell, Grade.cell_id == GradeCell.id)
            .join(SubmittedNotebook, Grade.notebook_id == SubmittedNotebook.id)
            .join(SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
            .join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
        )
        for student, slug, check, score in rows:
            if score is not None:
                found.setdefault((student, slug), {})[check] = score
    return found


def _save(course: Course, result: Result) -> None:
    with course.open_gradebook() as book:
        book.update_or_create_student(result.student)
        submission = book.update_or_create_submission(result.slug, result.student)
        if result.status != "graded":
            for notebook in submission.notebooks:
                for grade in notebook.grades:
                    grade.auto_score, grade.needs_manual_grade = 0.0, False
            book.db.commit()
            return
    resources = {
        "nbgrader": {
            "student": result.student,
            "assignment": result.slug,
            "notebook": result.slug,
            "db_url": course.gradebook,
        }
    }
    SaveAutoGrades().preprocess(nbformat.reads(result.notebook, as_version=4), resources)
