"""Starts an exercise: small, complete and graded, to be changed into the one that is meant."""

from __future__ import annotations

import re
from pathlib import Path

from proctor.course.course import CONFIG, Course, CourseError

_TEMPLATE = Path(__file__).parent / "template"
_SLUG = re.compile(r"[a-z][a-z0-9_]*")
_LIST = re.compile(r"(c\.Course\.exercises = \[\n(?:.*\n)*?)(\])")


def start_exercise(course: Course, slug: str) -> list[Path]:
    """Write a notebook, a grader, a solution and a mistake, and enter the exercise.

    Args:
        course: The course.
        slug: The new exercise's name: small letters, digits and underscores.

    Returns:
        The files that were written or changed.

    Raises:
        CourseError: The name does not do or is taken, or the course's list of exercises is
            not where it is expected.
    """
    if not _SLUG.fullmatch(slug):
        raise CourseError(f"`{slug}` is no name for an exercise: use small letters, digits and _")
    grader = course.grader(slug).parent
    for folder in (course.source(slug).parent, grader):
        if folder.exists():
            raise CourseError(f"{folder} is there already")
    config = course.root / CONFIG
    text, entered = _LIST.subn(rf'\g<1>    "{slug}",\n\2', config.read_text("utf-8"), count=1)
    if not entered:
        raise CourseError(
            f"{config}: write the list as `c.Course.exercises = [`, one exercise a line"
        )
    places = {
        "exercise.ipynb": course.source(slug),
        "grader.py": course.grader(slug),
        "solutions/tensorflow_function.py": grader / "solutions" / "tensorflow_function.py",
        "mistakes/float32_always.py": grader / "mistakes" / "float32_always.py",
    }
    for name, place in places.items():
        place.parent.mkdir(parents=True, exist_ok=True)
        content = (_TEMPLATE / name).read_text("utf-8").replace("SLUG", slug)
        place.write_text(content, encoding="utf-8")
    config.write_text(text, encoding="utf-8")
    return [*places.values(), config]
