"""Writes marks into nbgrader's gradebook, the way nbgrader's own autograding does."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import nbformat
from nbgrader import api
from nbgrader.preprocessors import SaveAutoGrades
from sqlalchemy import func, or_
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


@dataclass(frozen=True)
class FinalMark:
    """What the gradebook says of one submission.

    Attributes:
        score: Points, those that a person gave by hand before those of the hidden tests.
        max_score: Points to be had.
        penalty: Points taken off because it came late.
        by_hand: Whether a person gave some of the points.
        needs_manual_grade: Whether it waits for a person.
    """

    score: float
    max_score: float
    penalty: float
    by_hand: bool
    needs_manual_grade: bool

    @property
    def final(self) -> float:
        """The points that count."""
        return max(0.0, self.score - self.penalty)


def final_marks(course: Course) -> dict[tuple[str, str], FinalMark]:
    """What the gradebook says of each submission, by student and exercise.

    Raises:
        CourseError: It cannot be read.
    """
    return _patiently(lambda: _final_marks(course))


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


def _final_marks(course: Course) -> dict[tuple[str, str], FinalMark]:
    found: dict[tuple[str, str], FinalMark] = {}
    with course.open_gradebook() as book:
        # The scores of a submission that nbgrader's objects work out take a query each.
        places = (
            book.db.query(api.Student.id, api.Assignment.name)
            .select_from(api.SubmittedAssignment)
            .join(api.Student)
            .join(api.Assignment)
            .join(api.SubmittedNotebook)
        )
        penalty = func.sum(api.SubmittedNotebook.late_submission_penalty)
        penalties = places.add_columns(penalty).group_by(api.SubmittedAssignment.id)
        late = {(student, slug): points or 0.0 for student, slug, points in penalties}
        given = or_(api.Grade.manual_score.is_not(None), api.Grade.extra_credit.is_not(None))
        by_hand = {tuple(row) for row in places.join(api.Grade).filter(given).distinct()}
        for assignment in book.assignments:
            for row in book.submission_dicts(assignment.name):
                place = row["student"], row["name"]
                found[place] = FinalMark(
                    score=row["score"],
                    max_score=row["max_score"],
                    penalty=late.get(place, 0.0),
                    by_hand=place in by_hand,
                    needs_manual_grade=bool(row["needs_manual_grade"]),
                )
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
