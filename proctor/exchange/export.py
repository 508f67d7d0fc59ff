"""Sends marks out: as a plain table, or as a file that a learning platform takes in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from proctor.course.course import Course, CourseError
from proctor.exchange.exporter import Exporter
from proctor.exchange.to_canvas import CanvasExport
from proctor.exchange.to_csv import CsvExport
from proctor.exchange.to_moodle import MoodleExport
from proctor.pipeline.gradebook import patiently, require_known

FORMATS: dict[str, type[Exporter]] = {
    "csv": CsvExport,
    "canvas": CanvasExport,
    "moodle": MoodleExport,
}


def export(
    course: Course,
    slugs: Sequence[str] = (),
    *,
    to: str = "csv",
    output: Path | None = None,
    roster: Path | None = None,
) -> tuple[Path, list[str]]:
    """Write the marks in the gradebook into a file.

    The score is nbgrader's: what the grader gave or a person instead of it, and extra credit,
    less the penalty for lateness.

    Args:
        course: The course.
        slugs: The exercises; all that were released if empty.
        to: One of :data:`FORMATS`.
        output: The file; by default one in the working directory.
        roster: A file that the learning platform exported, to be filled in.

    Returns:
        The file, and what the instructor should know.

    Raises:
        CourseError: There are no such marks, or one of the files is of no use.
    """
    if to not in FORMATS:
        raise CourseError(f"`{to}` is no format; there are: {', '.join(FORMATS)}")
    chosen = course.choose(list(slugs))
    if slugs:
        require_known(course, set(chosen))

    def write() -> tuple[Path, list[str]]:
        with course.open_gradebook() as book:
            known = {assignment.name for assignment in book.assignments}
            exporter = FORMATS[to](config=course.config)
            exporter.assignment = [slug for slug in chosen if slug in known]
            if not exporter.assignment:
                raise CourseError("the gradebook knows no exercise: run `proctor release` first")
            exporter.to = "" if output is None else str(output)
            exporter.roster = exporter.roster if roster is None else str(roster)
            return exporter.write(book)

    return patiently(write)
