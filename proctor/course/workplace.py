"""A folder in which the exercises of ``release/`` are worked on, and nothing done there is lost."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import msgspec

from proctor.course.course import Course, CourseError
from proctor.course.files import replace_file
from proctor.course.release import START

# What was copied there, by relative path, with the hash of each file as it was then.
RECORD = ".released.json"


@dataclass(frozen=True)
class Renewal:
    """What became of the files that a folder should have.

    Attributes:
        copied: They were not there, or as they had been copied: now they are those of the release.
        kept: They were changed there, and the release has a newer one, which was not copied.
    """

    copied: list[Path]
    kept: list[Path]


def renew(course: Course, folder: Path) -> Renewal:
    """Copy what is new in ``release/`` into a folder; what was changed there stays as it is.

    Args:
        course: The course.
        folder: The folder; it is made if need be.

    Raises:
        CourseError: There is no release, the folder lies in it, or cannot be read or written.
    """
    release = course.root / "release"
    if not (release / START).is_file():
        raise CourseError(f"{release / START} is missing: run `proctor release`")
    if folder.resolve().is_relative_to(release):
        raise CourseError(f"{release} is written anew by `proctor release`: name another --folder")
    try:
        return _renew(release, folder)
    except OSError as error:
        raise CourseError(f"{folder} cannot be worked in: {error}") from error


def _renew(release: Path, folder: Path) -> Renewal:
    renewal = Renewal([], [])
    record = _read_record(folder / RECORD)
    for source in sorted(release.rglob("*")):
        relative = source.relative_to(release)
        if ".ipynb_checkpoints" in relative.parts or not source.is_file():
            continue
        name, content, target = relative.as_posix(), source.read_bytes(), folder / relative
        newest, there = _hash(content), _hash_of(target)
        if there not in (None, newest, record.get(name)):
            if newest != record.get(name):
                renewal.kept.append(target)
            continue
        if there != newest:
            replace_file(target, content)
            renewal.copied.append(target)
        record[name] = newest
    replace_file(folder / RECORD, msgspec.json.encode(record, order="sorted"))
    return renewal


def _read_record(path: Path) -> dict[str, str]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, str])
    except (FileNotFoundError, msgspec.MsgspecError):
        # Then all that differs counts as changed there.
        return {}


def _hash_of(path: Path) -> str | None:
    try:
        return _hash(path.read_bytes())
    except FileNotFoundError:
        return None


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
