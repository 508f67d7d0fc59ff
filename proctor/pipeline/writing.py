"""Writes files so that nobody ever sees half of one."""

from __future__ import annotations

import contextlib
from pathlib import Path

from proctor.course.course import CourseError


def replace_file(path: Path, text: str) -> None:
    """Write a file so that it is at all times either the old or the new one.

    Raises:
        CourseError: It cannot be written.
    """
    unfinished = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise CourseError(f"{path} could not be written: {error}") from error
