"""Grades any notebook files, apart from the course's gradebook."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from proctor.course.course import Course, CourseError
from proctor.pipeline.batch import grade_all
from proctor.pipeline.grading import make_order
from proctor.pipeline.marks import Result, no_marks
from proctor.pipeline.slots import Failure


def check_notebooks(
    course: Course,
    notebooks: Sequence[Path],
    *,
    assignment: str | None = None,
    jobs: int | None = None,
    sealed: bool = True,
    begun: Callable[[Path], None] = lambda _: None,
    told: Callable[[Path, Result | Failure], None] = lambda path, outcome: None,
) -> list[tuple[Path, Result | Failure]]:
    """Grade files and return what came of each, in their order.

    Args:
        course: The course.
        notebooks: The files.
        assignment: Their exercise; by default the one that each file is named after.
        jobs: How many at once; see :func:`~proctor.pipeline.batch.grade_all`.
        sealed: False only for notebooks one would run oneself.
        begun: Called with each file when grading it begins, in a thread.
        told: Called with each file and what came of it, as it comes.

    Raises:
        CourseError: There is no such file or exercise.
        SealError: This machine cannot seal kernels.
    """
    orders = []
    done: dict[str, Result | Failure] = {}
    paths: dict[str, Path] = {}
    for number, path in enumerate(notebooks):
        slug = assignment or _slug_of(course, path)
        course.choose([slug])
        # Named apart, so that the same file may be given twice.
        student = f"check {number}"
        paths[student] = path
        try:
            data = path.read_bytes()
        except IsADirectoryError:
            done[student] = Result(
                student=student,
                slug=slug,
                status="unreadable",
                checks=no_marks(course.read_source(slug), course.voided(slug)),
                problems=["This is a folder, not a file."],
            )
            continue
        except OSError as error:
            raise CourseError(f"{path} cannot be read: {error.strerror}") from error
        orders.append(make_order(course, student, slug, data))
    for student, outcome in done.items():
        told(paths[student], outcome)
    for outcome in grade_all(
        orders,
        jobs=jobs,
        sealed=sealed,
        data=course.data,
        begun=lambda order: begun(paths[order.student]),
    ):
        done[outcome.student] = outcome
        told(paths[outcome.student], outcome)
    return [(path, done[student]) for student, path in paths.items()]


def as_dict(path: Path, outcome: Result | Failure) -> dict[str, Any] | None:
    """The form in which other programs read a result; None if there is none."""
    if isinstance(outcome, Failure):
        return None
    return {
        "notebook": str(path),
        "assignment": outcome.slug,
        "status": outcome.status,
        "score": outcome.score,
        "max_score": outcome.max_score,
        "seconds": round(outcome.seconds, 2),
        "problems": outcome.problems,
        "checks": [
            {
                "id": check.id,
                "score": check.score,
                "max_score": check.max_score,
                "tests": [
                    {"name": test.name, "passed": test.passed, "message": test.message}
                    for test in check.tests
                ],
            }
            for check in outcome.checks
        ],
    }


def _slug_of(course: Course, path: Path) -> str:
    for name in (path.stem, path.resolve().parent.name):
        if name in course.exercises:
            return name
    raise CourseError(f"{path}: which exercise is it? Name it with --assignment")
