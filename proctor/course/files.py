"""Writes and removes files; they are at all times either the old or the new ones."""

from __future__ import annotations

import contextlib
from pathlib import Path

from proctor.course.course import CourseError


def replace_file(path: Path, content: bytes) -> None:
    """Write a file, and the folders it lies in.

    Raises:
        CourseError: It cannot be written; what was there before is still there.
    """
    unfinished = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_bytes(content)
        unfinished.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise CourseError(f"{path} could not be written: {error}") from error


def remove_file(path: Path) -> None:
    """Remove a file, if it is there.

    Raises:
        CourseError: It cannot be removed.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise CourseError(f"{path} could not be removed: {error}") from error
