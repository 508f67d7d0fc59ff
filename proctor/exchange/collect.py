"""Puts what a learning platform collected where nbgrader and ``proctor grade`` look for it.

nbgrader's own ``zip_collect`` unpacks everything first, archives in archives included, without
any bound; it takes whatever a regular expression finds in a name for an id and a path; and it
cannot say which of two uploads is the later one. So it is not used here. What comes out is what
it would leave: ``submitted/<student>/<exercise>/``, with ``timestamp.txt``.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from proctor.course.course import TIMESTAMP, Course, CourseError, read_file
from proctor.course.files import remove_file, replace_file
from proctor.course.kept import handed_in
from proctor.exchange.archive import Archives, Entry, Refused
from proctor.exchange.names import PLATFORMS, Reading, is_rubbish, platform_of, readings
from proctor.exchange.people import made_id
from proctor.exchange.roster import Roster, clock, in_utc
from proctor.exchange.table import listed, normal
from proctor.pipeline.reading import MAX_BYTES

# What browsers, Jupyter and platforms add to a name that is there already.
_COPY = re.compile(r"(?:-\d+|[ _]?\(\d+\)|-Copy\d*)+$")


@dataclass(frozen=True)
class Taken:
    """A submission that now lies in ``submitted/``.

    Attributes:
        student: The student's id.
        name: The file's name in the zip file.
        notes: What the instructor should know about it.
    """

    student: str
    name: str
    notes: list[str]


@dataclass(frozen=True)
class LeftOut:
    """A file that was not taken.

    Attributes:
        name: Its name in the zip file.
        why: The reason.
        student: Whose it is, where that is known.
    """

    name: str
    why: str
    student: str = ""


@dataclass
class Collected:
    """What came of some zip files."""

    taken: list[Taken] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)

    @property
    def missed(self) -> list[LeftOut]:
        """Files whose students have no other one that was taken: somebody has to look at them."""
        served = {taken.student for taken in self.taken}
        return [file for file in self.left_out if file.student not in served]


@dataclass(frozen=True)
class _Upload:
    """A notebook, and whose it is."""

    entry: Entry
    reading: Reading
    student: str
    came_in: str
    notes: tuple[str, ...]

    def is_called(self, slug: str) -> bool:
        stem = self.stem
        return normal(slug) in (normal(stem), normal(_COPY.sub("", stem)))

    @property
    def stem(self) -> str:
        return self.reading.file.rpartition("/")[2][: -len(".ipynb")]

    def rank(self, slug: str) -> tuple[int, int, bool, int]:
        """The later, the larger; then, the nearer to what was asked for."""
        depth = self.reading.file.count("/")
        return (self.reading.upload, self.entry.archive, self.stem == slug, -depth)


def collect(
    course: Course,
    archives: Sequence[Path],
    slug: str,
    *,
    platform: str = "auto",
    roster: Path | None = None,
    timezone: str | None = None,
    force: bool = False,
) -> Collected:
    """Take submissions out of zip files and put them into ``submitted/``.

    Of several uploads of a student the last counts: in Canvas the one with the largest number,
    in Moodle the one in the zip file that is named last.

    Args:
        course: The course.
        archives: Zip files from Canvas (*Download submissions*) or Moodle (*Download all
            submissions*).
        slug: The exercise.
        platform: ``canvas``, ``moodle``, or ``auto``: as the names in each file say.
        roster: The platform's list of students, which says what their ids are; without it, ids
            are made of the names and numbers in the zip files. See :class:`Roster`.
        timezone: The clock of the times in Moodle's grading worksheet; without it, they are
            not used.
        force: Replace submissions that are there already and differ. Where the best of a
            student's submissions counts, what is replaced is kept.

    Raises:
        CourseError: There is no such exercise, or one of the files is of no use. Nothing has
            been written then.
    """
    course.choose([slug])
    zone = None if timezone is None else clock(timezone)
    if platform not in ("auto", *PLATFORMS):
        raise CourseError(f"`{platform}` is no platform; there are: auto, {', '.join(PLATFORMS)}")
    done = Collected()
    with Archives(list(archives)) as files:
        uploads: dict[str, list[_Upload]] = {}
        for number in range(len(archives)):
            for upload in _uploads(files, number, platform, roster, done):
                uploads.setdefault(upload.student, []).append(upload)
        for student, own in sorted(uploads.items()):
            chosen = _choose(own, slug, done)
            if chosen is None:
                continue
            name = chosen.entry.name
            came_in = in_utc(chosen.came_in, zone) if zone else None
            notes = list(chosen.notes)
            if chosen.came_in and came_in is None and zone:
                notes.append(f"not understood when it came in: {chosen.came_in}")
            if chosen.reading.late and came_in is None:
                notes.append("late, but the zip file does not say when it came in")
            try:
                content = files.read(chosen.entry)
                notes += _put(course, student, slug, content, came_in, force=force)
            except (Refused, CourseError) as error:
                done.left_out.append(LeftOut(name, str(error), student))
            else:
                done.taken.append(Taken(student, name, notes))
    return done


def _uploads(
    files: Archives, number: int, platform: str, roster: Path | None, done: Collected
) -> list[_Upload]:
    """The notebooks in a zip file; what is none, or nobody's, is left out."""
    path = files.paths[number]
    entries = [entry for entry in files.entries(number) if not is_rubbish(entry.name)]
    whose = platform_of(e.name for e in entries) if platform == "auto" else platform
    if whose is None or not any(readings(entry.name, whose) for entry in entries):
        there = listed([entry.name for entry in entries], 3) or "nothing"
        raise CourseError(f"{path} has no names as platforms give them; in it is {there}")
    people = None if roster is None else Roster(roster, whose)
    uploads = []
    for entry in entries:
        ways = readings(entry.name, whose)
        found = people.find(ways) if people else None
        if not ways:
            done.left_out.append(LeftOut(entry.name, f"its name is not as {whose} gives them"))
        elif found is None and len(ways) > 1:
            why = "its name can be read in several ways" + ("" if roster else ": give a roster")
            done.left_out.append(LeftOut(entry.name, why))
        else:
            reading = found[0] if found else ways[0]
            student = found[1].id if found else made_id(reading.name, reading.number)
            if not_one := _no_notebook(reading):
                done.left_out.append(LeftOut(entry.name, not_one, student))
                continue
            notes = ("not in the roster",) if people and found is None else ()
            came_in = found[1].came_in if found else ""
            uploads.append(_Upload(entry, reading, student, came_in, notes))
    return uploads


def _no_notebook(reading: Reading) -> str | None:
    if reading.typed:
        return "text or a link typed into the platform, and no file"
    if reading.file.lower().endswith(".ipynb"):
        return None
    if reading.file.lower().endswith(".zip"):
        return "a zip file in the zip file: ask for the notebook that is in it"
    return "no notebook"


def _choose(own: list[_Upload], slug: str, done: Collected) -> _Upload | None:
    """The upload of a student that counts; the others are left out."""
    called = [upload for upload in own if upload.is_called(slug)]
    pool = sorted(called or own, key=lambda upload: upload.rank(slug))
    best = pool[-1]
    why = None
    if len({upload.reading.number for upload in own}) > 1:
        why = f"several students would get the id `{best.student}`"
    elif not called and len({_COPY.sub("", upload.stem) for upload in own}) > 1:
        why = f"there are several notebooks, and none is called {slug}.ipynb"
    elif len(pool) > 1 and pool[-2].rank(slug) == best.rank(slug):
        why = "there is another one, and nothing says which is the later one"
    for upload in own:
        if why or upload is not best:
            reason = f"`{best.entry.name}` is later" if upload in pool else "another notebook"
            done.left_out.append(LeftOut(upload.entry.name, why or reason, upload.student))
    return None if why else best


def _put(
    course: Course,
    student: str,
    slug: str,
    content: bytes,
    came_in: datetime.datetime | None,
    *,
    force: bool,
) -> list[str]:
    """Write a submission; what to know about it."""
    place = course.submitted(student, slug)
    for folder in (place.folder.parent, place.folder, place.notebook):
        if folder.is_symlink():
            raise Refused(f"{folder} is a link: links are not followed")
    stamp = place.folder / TIMESTAMP
    notes = []
    try:
        there = read_file(place.notebook, MAX_BYTES + 1)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise Refused(f"{place.notebook} is there and cannot be read: {error}") from error
    else:
        if there == content and (stamp.exists() or came_in is None):
            return ["was there already"]
        if there != content:
            if not force:
                raise Refused(f"{place.notebook} is there already and differs: --force replaces it")
            if course.counts == "best":
                handed_in(course, place)
            notes.append("replaced another one")
            # It is the other one's, and must not outlive it.
            remove_file(stamp)
    replace_file(place.notebook, content)
    if came_in is not None:
        replace_file(stamp, f"{came_in:%Y-%m-%d %H:%M:%S} UTC\n".encode())
        notes.append(f"came in at {came_in:%Y-%m-%d %H:%M} UTC")
    return notes
