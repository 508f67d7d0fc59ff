"""Reads nbgrader's gradebook."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import msgspec
from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    GradeCell,
    Notebook,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from sqlalchemy import func, or_

from proctor.course.course import Course
from proctor.pipeline.gradebook import patiently


@dataclass(frozen=True)
class FinalMark:
    """What the gradebook says of one submission.

    Attributes:
        score: Points, those that a person gave by hand before those of the hidden tests.
        max_score: Points to be had.
        penalty: Points taken off because it came late.
        needs_manual_grade: Whether it waits for a person.
    """

    score: float
    max_score: float
    penalty: float
    needs_manual_grade: bool

    @property
    def final(self) -> float:
        """The points that count."""
        return max(0.0, self.score - self.penalty)


class ByHand(msgspec.Struct, kw_only=True):
    """What a person has given one submission, in Formgrader.

    Attributes:
        scores: Points instead of the hidden tests', by check.
        extra: Extra credit, by check.
        comments: Comments, by the name of the cell that they are about.
    """

    scores: dict[str, float] = {}
    extra: dict[str, float] = {}
    comments: dict[str, str] = {}


def by_hand(
    course: Course, student: str | None = None, slug: str | None = None
) -> dict[tuple[str, str], ByHand]:
    """What a person has given, by student and exercise; nothing where nobody gave anything.

    Args:
        course: The course.
        student: Only this one.
        slug: Only this exercise.

    Raises:
        CourseError: The gradebook cannot be read.
    """
    return patiently(lambda: _by_hand(course, student, slug))


def scores(course: Course) -> dict[tuple[str, str], dict[str, float]]:
    """What grading has given for each check, by student and exercise."""
    return patiently(lambda: _scores(course))


def worths(course: Course) -> dict[str, dict[str, float]]:
    """What each check is worth to the gradebook, by exercise."""
    return patiently(lambda: _worths(course))


def due_times(course: Course) -> dict[tuple[str | None, str], str]:
    """When each exercise is due, and by how much that was put off for whom.

    Keys are the student, or None for everybody, and the exercise.
    """
    return patiently(lambda: _due_times(course))


def final_marks(course: Course) -> dict[tuple[str, str], FinalMark]:
    """What the gradebook says of each submission, by student and exercise.

    Raises:
        CourseError: It cannot be read.
    """
    return patiently(lambda: _final_marks(course))


def _by_hand(
    course: Course, student: str | None, slug: str | None
) -> dict[tuple[str, str], ByHand]:
    found: defaultdict[tuple[str, str], ByHand] = defaultdict(ByHand)
    with course.open_gradebook() as book:

        def given(table: Any, *columns: Any) -> Any:
            """Where a person filled in something: student, exercise, cell, and the values."""
            rows = (
                book.db.query(
                    SubmittedAssignment.student_id, Assignment.name, BaseCell.name, *columns
                )
                .select_from(table)
                .join(BaseCell, table.cell_id == BaseCell.id)
                .join(SubmittedNotebook, table.notebook_id == SubmittedNotebook.id)
                .join(
                    SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id
                )
                .join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
                .filter(or_(*(column.is_not(None) for column in columns)))
            )
            if student is not None:
                rows = rows.filter(SubmittedAssignment.student_id == student)
            return rows if slug is None else rows.filter(Assignment.name == slug)

        for whose, what, check, score, extra in given(
            Grade, Grade.manual_score, Grade.extra_credit
        ):
            if score is not None:
                found[whose, what].scores[check] = score
            if extra:
                found[whose, what].extra[check] = extra
        for whose, what, cell, comment in given(Comment, Comment.manual_comment):
            if comment.strip():
                found[whose, what].comments[cell] = comment
    return dict(found)


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


def _worths(course: Course) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    with course.open_gradebook() as book:
        rows = (
            book.db.query(Assignment.name, GradeCell.name, GradeCell.max_score)
            .select_from(GradeCell)
            .join(Notebook, GradeCell.notebook_id == Notebook.id)
            .join(Assignment, Notebook.assignment_id == Assignment.id)
        )
        for slug, check, worth in rows:
            found.setdefault(slug, {})[check] = worth
    return found


def _due_times(course: Course) -> dict[tuple[str | None, str], str]:
    with course.open_gradebook() as book:
        found: dict[tuple[str | None, str], str] = {
            (None, assignment.name): str(assignment.duedate) for assignment in book.assignments
        }
        rows = (
            book.db.query(
                SubmittedAssignment.student_id, Assignment.name, SubmittedAssignment.extension
            )
            .join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
            .filter(SubmittedAssignment.extension.is_not(None))
        )
        for student, slug, extension in rows:
            found[student, slug] = str(extension)
        return found


def _final_marks(course: Course) -> dict[tuple[str, str], FinalMark]:
    found: dict[tuple[str, str], FinalMark] = {}
    with course.open_gradebook() as book:
        # The scores of a submission that nbgrader's objects work out take a query each.
        penalty = func.sum(SubmittedNotebook.late_submission_penalty)
        penalties = (
            book.db.query(Student.id, Assignment.name, penalty)
            .select_from(SubmittedAssignment)
            .join(Student)
            .join(Assignment)
            .join(SubmittedNotebook)
            .group_by(SubmittedAssignment.id)
        )
        late = {(student, slug): points or 0.0 for student, slug, points in penalties}
        for assignment in book.assignments:
            for row in book.submission_dicts(assignment.name):
                place = row["student"], row["name"]
                found[place] = FinalMark(
                    score=row["score"],
                    max_score=row["max_score"],
                    penalty=late.get(place, 0.0),
                    needs_manual_grade=bool(row["needs_manual_grade"]),
                )
    return found
