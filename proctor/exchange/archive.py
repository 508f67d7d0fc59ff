"""Reads zip files whose contents come from strangers: one entry at a time, within bounds."""

from __future__ import annotations

import contextlib
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from proctor.course.course import CourseError
from proctor.pipeline.reading import MAX_BYTES

MOST_ENTRIES = 50_000
MOST_IN_ALL = 4 * 1024**3
# The others may make gigabytes of one bounded read. No platform uses them.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class Refused(ValueError):
    """An entry that is not read; the message says why."""


@dataclass(frozen=True)
class Entry:
    """A file in a zip file.

    Attributes:
        name: Its path in there, which is never used as a path out here.
        archive: Which zip file it is in.
        place: Which entry of that file it is.
    """

    name: str
    archive: int
    place: int


class Archives:
    """Some zip files, open for reading one entry at a time.

    Args:
        paths: The files.

    Raises:
        CourseError: One of them is no zip file, is damaged, or holds too many entries.
    """

    def __init__(self, paths: list[Path]) -> None:
        self.paths = paths
        self._left = MOST_IN_ALL
        self._files: list[zipfile.ZipFile] = []
        with contextlib.ExitStack() as stack:
            for path in paths:
                self._files.append(stack.enter_context(_open(path)))
            self._stack = stack.pop_all()

    def __enter__(self) -> Archives:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def entries(self, archive: int) -> Iterator[Entry]:
        """The files in one of the zip files, without folders."""
        for place, info in enumerate(self._files[archive].infolist()):
            if not info.is_dir():
                yield Entry(_name(info), archive, place)

    def read(self, entry: Entry) -> bytes:
        """The content of a file.

        Raises:
            Refused: It is a link, encrypted, damaged, too large, or packed in an odd way.
        """
        file = self._files[entry.archive]
        info = file.infolist()[entry.place]
        if stat.S_ISLNK(info.external_attr >> 16):
            raise Refused("it is a link")
        if info.flag_bits & 1:
            raise Refused("it is encrypted")
        if info.compress_type not in _METHODS:
            raise Refused("it is packed in a way that no learning platform uses")
        # What is read is never more than what is declared: zipfile stops there.
        if info.file_size > MAX_BYTES:
            raise Refused(f"it is larger than {MAX_BYTES // 2**20} MB")
        self._left -= info.file_size
        if self._left < 0:
            raise Refused(f"it and those before it are larger than {MOST_IN_ALL // 2**30} GB")
        try:
            with file.open(info) as content:
                return content.read(MAX_BYTES)
        # Damaged entries, as damaged directories, raise whatever their bytes lead to.
        except Exception as error:
            raise Refused(f"it is damaged ({error or 'it ends too early'})") from error


def _open(path: Path) -> zipfile.ZipFile:
    if not path.is_file():
        raise CourseError(f"{path} is no file")
    try:
        file = zipfile.ZipFile(path)
    except Exception as error:
        words = f"{path} is no zip file, or it is damaged: download it again ({error})"
        raise CourseError(words) from error
    if len(file.infolist()) > MOST_ENTRIES:
        file.close()
        raise CourseError(f"{path} holds more than {MOST_ENTRIES} files")
    return file


def _name(info: zipfile.ZipInfo) -> str:
    """An entry's name; many a program writes UTF-8 without saying so."""
    if not info.flag_bits & 0x800:
        with contextlib.suppress(UnicodeError):
            return info.filename.encode("cp437").decode("utf-8")
    return info.filename
