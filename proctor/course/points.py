"""Lets nbgrader's gradebook know what each check is worth: nothing, where it was voided."""

from __future__ import annotations

from collections.abc import Iterable

from nbgrader.api import Grade, GradeCell, MissingEntry

from proctor.course.cells import points_of
from proctor.course.course import Course


def enter_points(course: Course, slugs: Iterable[str]) -> None:
    """Enter what checks are worth, for exercises that the gradebook knows.

    What grading gave for a voided check is taken back from everybody at once, so that nobody
    has points that cannot be had. What a person gave stays.

    Args:
        course: The course.
        slugs: The exercises.

    Raises:
        CourseError: A voided check is none, or the source cannot be read.
    """
    with course.open_gradebook() as book:
        for slug in slugs:
            voided = course.voided(slug)
            points = points_of(course.read_source(slug)) | dict.fromkeys(voided, 0.0)
            try:
                cells: list[GradeCell] = book.find_notebook(slug, slug).grade_cells
            except MissingEntry:
                continue
            for cell in cells:
                worth = points.get(cell.name, cell.max_score)
                if cell.max_score != worth:
                    cell.max_score = worth
                if cell.name in voided:
                    given = book.db.query(Grade).filter(
                        Grade.cell_id == cell.id, Grade.auto_score != 0.0
                    )
                    given.update({Grade.auto_score: 0.0}, synchronize_session=False)
        book.db.commit()
