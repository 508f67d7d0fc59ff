"""Courses in folders of their own, with right answers handed in."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from proctor.course.course import Course
from proctor.course.release import release

HERE = Path(__file__).parent.parent


def hand_in(root: Path, course: Course, slug: str, students: int) -> None:
    """The instructor's own solution, as so many students' submissions."""
    for number in range(students):
        folder = root / "submitted" / f"student{number:04}" / slug
        folder.mkdir(parents=True)
        (folder / f"{slug}.ipynb").write_bytes(course.source(slug).read_bytes())
        for name, content in course.data_files(slug).items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)


@contextmanager
def own_course(students: Mapping[str, int]) -> Iterator[Course]:
    """This project's course in a folder of its own.

    Args:
        students: How many hand in a right answer, by exercise.
    """
    here = Course(HERE)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name in ("source", "graders", "data", "environment.yml"):
            (root / name).symlink_to(HERE / name)
        for name in ("course_config.py", "nbgrader_config.py"):
            (root / name).write_bytes((HERE / name).read_bytes())
        course = Course(root)
        release(course, [])
        for slug, count in students.items():
            hand_in(root, here, slug, count)
        yield course
