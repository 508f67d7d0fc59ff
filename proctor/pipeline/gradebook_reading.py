"""Reads nbgrader's gradebook."""

from __future__ import annotations

from dataclasses import dataclass

from nbgrader.api import (
    Assignment,
    Grade,
    GradeCell,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from sqlalchemy import func

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


def scores(course: Course) -> dict[tuple[str, str], dict[str, float]]:
    """What grading has given for each check, by student and exercise."""
    return patiently(lambda: _scores(course))


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
