"""Writes marks into nbgrader's gradebook, the way nbgrader's own autograding does."""

from __future__ import annotations

import nbformat
from nbgrader.api import MissingEntry
from nbgrader.preprocessors import SaveAutoGrades

from proctor.course.course import Course, CourseError
from proctor.pipeline.marks import Result


def save(course: Course, result: Result) -> None:
    """Write one result into the gradebook.

    Marks that a person gave by hand stay, and are flagged for another look.

    Raises:
        CourseError: The gradebook does not know the exercise yet.
    """
    with course.open_gradebook() as book:
        try:
            book.find_notebook(result.slug, result.slug)
        except MissingEntry as error:
            raise CourseError(
                f"the gradebook does not know `{result.slug}`: run `proctor release` first"
            ) from error
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
