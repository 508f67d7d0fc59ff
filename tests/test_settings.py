"""What ``c.Course`` may say, and what is said where it says something else."""

from __future__ import annotations

import pytest

from proctor.course.course import Course, CourseError


def test_what_is_set_counts_and_the_rest_stays_as_usual(course):
    with (course.root / "course_config.py").open("a") as file:
        file.write('c.Course.limits = {"memory_mb": 4000}\n')
    limits = Course(course.root).limits
    assert limits.memory_mb == 4000
    assert limits.cell_seconds == course.limits.cell_seconds


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("c.Course.limit = {}", "unknown field `limit`"),
        ("c.Course.limits = {'memory': 1}", r"unknown field `memory` - at `\$.limits`"),
        ("c.Course.limits = {'files': 'many'}", r"`int`, got `str` - at `\$.limits.files`"),
        ("c.Course.exercises = 'tiny'", r"`array`, got `str` - at `\$.exercises`"),
    ],
)
def test_what_cannot_be_set_is_named(course, line, said):
    with (course.root / "course_config.py").open("a") as file:
        file.write(f"{line}\n")
    with pytest.raises(CourseError, match=rf"course_config.py: c.Course: .*{said}"):
        Course(course.root)
