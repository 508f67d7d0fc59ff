"""Keeps what students hand in again, where the best of their submissions counts.

With ``c.Course.counts = "best"``, ``kept/<student>/<exercise>/<number>-<digest>/`` holds each
submission that ``proctor grade`` has met or ``proctor collect`` replaced, in the order in which
they came. They are graded again when a grader changes, and a folder that is taken away no longer
counts. Nothing here follows a link, and nothing is ever deleted.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from proctor.course.course import Course, CourseError, Submission

_NAME = re.compile(r"(\d{3,})-[0-9a-f]{16}")
_CHUNK = 1024 * 1024


def handed_in(course: Course, submission: Submission, *, keep: bool = True) -> list[Submission]:
    """All that a student handed in for an exercise, as far as it was kept, in its order.

    Args:
        course: The course.
        submission: What lies in ``submitted/`` now; it is kept, too, unless it is already.
        keep: Whether it may be written; if not, it is only added to the list.

    Raises:
        CourseError: It cannot be kept.
    """
    if submission.folder.is_symlink():
        return [*_kept(course, submission), submission]
    try:
        digest = _digest(submission.folder)
        found = _kept(course, submission)
        if not any(one.folder.name.endswith(digest) for one in found):
            found.append(_keep(course, submission) if keep else submission)
    except (OSError, RecursionError) as error:
        raise CourseError(f"{submission.folder} could not be kept: {error}") from error
    return found


def _kept(course: Course, submission: Submission) -> list[Submission]:
    folder = course.kept(submission.student, submission.slug)
    names = [path.name for path in folder.glob("*") if _NAME.fullmatch(path.name)]
    return [
        Submission(submission.student, submission.slug, folder / name)
        for name in sorted(names, key=lambda name: (int(name.partition("-")[0]), name))
    ]


def _keep(course: Course, submission: Submission) -> Submission:
    """Copy a submission; what is unfinished has no name that counts."""
    folder = course.kept(submission.student, submission.slug)
    folder.mkdir(parents=True, exist_ok=True)
    numbers = [int(one.folder.name.partition("-")[0]) for one in _kept(course, submission)]
    with tempfile.TemporaryDirectory(prefix=".unfinished-", dir=folder) as unfinished:
        copy = Path(unfinished, "copy")
        _copy(submission.folder, copy)
        name = f"{max(numbers, default=0) + 1:03}-{_digest(copy)}"
        copy.rename(folder / name)
    return Submission(submission.student, submission.slug, folder / name)


def _copy(folder: Path, target: Path) -> None:
    """Copy regular files, links as links, and nothing else: all other files hold nothing."""
    target.mkdir()
    for path, kind in _contents(folder):
        place = target / path.relative_to(folder)
        if stat.S_ISDIR(kind):
            place.mkdir()
        elif stat.S_ISLNK(kind):
            place.symlink_to(os.readlink(path))
        else:
            shutil.copyfile(path, place, follow_symlinks=False)


def _digest(folder: Path) -> str:
    """What tells one content of a folder from another; hidden files are no part of it."""
    whole = hashlib.sha256()
    for path, kind in _contents(folder):
        name = path.relative_to(folder)
        if stat.S_ISDIR(kind) or any(part.startswith(".") for part in name.parts):
            continue
        whole.update(os.fsencode(name) + b"\0")
        if stat.S_ISLNK(kind):
            whole.update(b"->" + os.fsencode(os.readlink(path)))
        else:
            size = path.lstat().st_size
            whole.update(f"{size}\0".encode())
            with path.open("rb") as file:
                while chunk := file.read(_CHUNK):
                    whole.update(chunk)
    return whole.hexdigest()[:16]


def _contents(folder: Path) -> Iterator[tuple[Path, int]]:
    """The folders, regular files and links in a folder, each before what is in it."""
    waiting = [folder]
    # Not by recursion: folders may be nested as deep as a path is long.
    while waiting:
        for path in sorted(waiting.pop().iterdir()):
            kind = path.lstat().st_mode
            if stat.S_ISDIR(kind):
                waiting.append(path)
            if stat.S_ISDIR(kind) or stat.S_ISREG(kind) or stat.S_ISLNK(kind):
                yield path, kind
