"""The marks in nbgrader's gradebook, read at once and as plain data."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from nbgrader.api import Assignment, Gradebook, SubmittedAssignment, SubmittedNotebook
from sqlalchemy.orm import selectinload

from proctor.course.course import CourseError
from proctor.exchange.people import Person
from proctor.exchange.table import listed

Time = datetime.datetime | None


@dataclass(frozen=True)
class Mark:
    """What one student has for one exercise.

    Attributes:
        raw: Points of the grader or of a person who overruled it, extra credit included; None
            while a part waits for a person.
        extra_credit: What of it is extra credit.
        penalty: What being late costs.
        timestamp: When it was handed in, in UTC, if that is known.
        due: When it had to be, the student's extension included.
        look_again: Whether a person gave marks that a later run of the grader asks to look at.
    """

    raw: float | None
    extra_credit: float
    penalty: float
    timestamp: Time
    due: Time
    look_again: bool

    @property
    def score(self) -> float | None:
        """What counts: never below zero, and None while it is not known."""
        return None if self.raw is None else max(0.0, self.raw - self.penalty)

    @property
    def seconds_late(self) -> float:
        """How late it was; zero where one of the times is not known."""
        if self.timestamp is None or self.due is None:
            return 0.0
        return max(0.0, (self.timestamp - self.due).total_seconds())


@dataclass(frozen=True)
class Exercise:
    """An exercise as the gradebook knows it."""

    slug: str
    max_score: float
    due: Time


@dataclass(frozen=True)
class Marks:
    """All marks of some exercises and students.

    Attributes:
        exercises: In the order they were asked for.
        students: By id; those without any submission, too.
        marks: By exercise and student; nothing where nothing was handed in.
    """

    exercises: list[Exercise]
    students: list[Person]
    marks: dict[tuple[str, str], Mark]

    def score(self, slug: str, student: str) -> float | None:
        """What counts, or None: nothing handed in, or not graded to the end."""
        mark = self.marks.get((slug, student))
        return None if mark is None else mark.score

    def of(self, slug: str) -> dict[str, float]:
        """The scores that there are for an exercise, by student."""
        scores = ((person.id, self.score(slug, person.id)) for person in self.students)
        return {student: score for student, score in scores if score is not None}

    def remarks(self) -> list[str]:
        """What to know about marks that are not settled."""
        found = []
        for exercise in self.exercises:
            own = {student: m for (slug, student), m in self.marks.items() if slug == exercise.slug}
            if waiting := sorted(student for student, mark in own.items() if mark.raw is None):
                found.append(
                    f"{exercise.slug}: {listed(waiting)}: a part waits for a person's marks, "
                    "so the score is left blank"
                )
            again = sorted(s for s, mark in own.items() if mark.look_again and mark.raw is not None)
            if again:
                found.append(
                    f"{exercise.slug}: {listed(again)}: marks were given by hand and the "
                    "submission was graded again since; Formgrader asks to look at it"
                )
        return found


def read_marks(
    gradebook: Gradebook, slugs: Sequence[str] = (), students: Sequence[str] = ()
) -> Marks:
    """Read marks from the gradebook.

    Args:
        gradebook: The gradebook.
        slugs: The exercises, in the order they shall have; all if empty.
        students: The students; all if empty.

    Raises:
        CourseError: The gradebook does not know one of them.
    """
    known = {assignment.name: assignment for assignment in gradebook.assignments}
    people = {
        student.id: Person(
            id=student.id,
            first_name=student.first_name or "",
            last_name=student.last_name or "",
            email=student.email or "",
            number=student.lms_user_id or "",
        )
        for student in gradebook.students
    }
    for name in (*slugs, *students):
        if name not in (known if name in slugs else people):
            raise CourseError(f"the gradebook does not know `{name}`")
    exercises = [
        Exercise(slug, float(known[slug].max_score or 0), known[slug].duedate)
        for slug in slugs or known
    ]
    chosen = set(students or people)
    found: dict[tuple[str, str], Mark] = {}
    for exercise in exercises:
        submissions = (
            gradebook.db.query(SubmittedAssignment)
            .join(Assignment)
            .filter(Assignment.name == exercise.slug)
            .options(
                selectinload(SubmittedAssignment.notebooks).selectinload(SubmittedNotebook.grades)
            )
        )
        for submission in submissions:
            if submission.student_id in chosen:
                found[exercise.slug, submission.student_id] = _mark(submission, exercise.due)
    return Marks(exercises, [people[name] for name in sorted(chosen)], found)


def _mark(submission: SubmittedAssignment, due: Time) -> Mark:
    grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
    settled = all(g.auto_score is not None or g.manual_score is not None for g in grades)
    if due is not None and submission.extension is not None:
        due += submission.extension
    return Mark(
        raw=sum(grade.score for grade in grades) if settled and grades else None,
        extra_credit=sum(grade.extra_credit or 0.0 for grade in grades),
        penalty=sum(notebook.late_submission_penalty or 0.0 for notebook in submission.notebooks),
        timestamp=submission.timestamp,
        due=due,
        look_again=any(grade.needs_manual_grade for grade in grades),
    )
