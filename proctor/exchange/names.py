"""What the names in a platform's zip file say: whose file it is, and which."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

CANVAS, MOODLE = "canvas", "moodle"
PLATFORMS = (CANVAS, MOODLE)

_REST = r"(?:_(?P<upload>[0-9]+)_(?P<file>.+)|_(?P<typed>text\.html|link\.html))$"
_CANVAS = re.compile(rf"(?=(?P<late>_LATE)?_(?P<number>[0-9]+){_REST})", re.DOTALL)
_ANONYMOUS = re.compile(rf"(?P<late>LATE_)?anon_(?P<number>[A-Za-z0-9]+){_REST}", re.DOTALL)
# The outermost folder or name counts: what is inside was named by a student.
_MOODLE = re.compile(
    r"(?:^|/)(?P<name>[^_/]+)_(?P<number>[0-9]+)_assignsubmission_(?P<kind>[a-z]+)"
    r"(?:_/|/|_)(?P<file>.+)$",
    re.DOTALL,
)
# Canvas takes these out of students' names, and makes their letters small.
_NO_NAME = re.compile(r"[\s./\\A-Z-]")
# Of a file's name on any disk; there are as many ways to read a longer one as it is long.
_LONGEST = 1_000


@dataclass(frozen=True)
class Reading:
    """One way to read a name.

    Attributes:
        name: The student's name, as far as the platform keeps it.
        number: The platform's number of the student (of the participant, in Moodle).
        file: The name that the student gave the file.
        upload: The platform's number of the file, which grows; 0 where there is none.
        late: Whether the platform says that it was late.
        typed: Whether it is text that was typed into the platform.
    """

    name: str
    number: str
    file: str
    upload: int = 0
    late: bool = False
    typed: bool = False


def readings(name: str, platform: str) -> list[Reading]:
    """All ways to read a name in a platform's zip file; none if it is none of its names.

    Canvas: ``lovelaceada_LATE_123_4567_gradient-1.ipynb``, with the student's and the file's
    number; ``anon_Xy12Z_4567_gradient.ipynb``; or ``lovelaceada_123_text.html`` for what was
    typed. Names and files may have underscores and numbers, too, so that there can be several
    ways to read one: a student must not get into another's place by an odd name.
    (``lib/content_zipper.rb`` in https://github.com/instructure/canvas-lms, and
    https://community.instructure.com/en/kb/articles/660693-how-do-i-download-all-student-submissions-for-an-assignment)

    Moodle: ``Ada Lovelace_123_assignsubmission_file/gradient.ipynb``, or with an underscore for
    the slash, as the teacher prefers; underscores in names are spaces.
    (``mod/assign/classes/downloader.php`` in https://github.com/moodle/moodle)
    """
    if len(name) > _LONGEST:
        return []
    if platform == MOODLE:
        found = _MOODLE.search(name)
        if found is None:
            return []
        typed = found["kind"] == "onlinetext"
        return [Reading(found["name"], found["number"], found["file"], typed=typed)]
    name = name.rpartition("/")[2]
    ways = [_canvas("anon", found)] if (found := _ANONYMOUS.match(name)) else []
    ways += [
        _canvas(student, found)
        for found in _CANVAS.finditer(name)
        if (student := name[: found.start()]) and not _NO_NAME.search(student)
    ]
    return list(dict.fromkeys(ways))


def _canvas(student: str, found: re.Match[str]) -> Reading:
    return Reading(
        student,
        found["number"],
        found["file"] or found["typed"],
        int((found["upload"] or "0")[:20]),
        late=found["late"] is not None,
        typed=found["typed"] is not None,
    )


def platform_of(names: Iterable[str]) -> str | None:
    """Whose names these are for the most part; None if nobody's."""
    names = list(names)
    counts = {p: sum(bool(readings(name, p)) for name in names) for p in PLATFORMS}
    best = max(PLATFORMS, key=lambda platform: counts[platform])
    return best if counts[best] else None


def is_rubbish(name: str) -> bool:
    """Whether a file is only there because somebody packed the zip file again."""
    parts = name.split("/")
    return "__MACOSX" in parts or parts[-1].startswith("._") or parts[-1] == ".DS_Store"
