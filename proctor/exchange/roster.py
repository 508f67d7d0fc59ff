"""What a platform's own list of students says about those who handed in."""

from __future__ import annotations

import datetime
import zoneinfo
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from proctor.course.course import CourseError
from proctor.exchange.names import MOODLE, Reading
from proctor.exchange.people import letters, made_id, safe_id
from proctor.exchange.table import Table, read_table
from proctor.exchange.to_moodle import participant

_CANVAS_IDS = ("SIS Login ID", "SIS User ID", "ID")
_MOODLE_IDS = ("Username", "ID number", "Email address")
# As Moodle writes times in English, with either clock.
_TIMES = ("%A, %d %B %Y, %I:%M %p", "%A, %d %B %Y, %H:%M")


@dataclass(frozen=True)
class Entrant:
    """Somebody in the roster.

    Attributes:
        id: The student's id in this course.
        name: The letters of the name.
        came_in: When Moodle says that the submission came in, in its own words and clock.
    """

    id: str
    name: str
    came_in: str = ""


class Roster:
    """Students by the platform's numbers.

    Args:
        path: For Canvas, what *Grades → Export* gives; for Moodle, the assignment's grading
            worksheet: only there are the numbers that file names have.
        platform: Whose it is.

    Raises:
        CourseError: It is not.
    """

    def __init__(self, path: Path, platform: str) -> None:
        table = read_table(path)
        names: Sequence[str] = ("Student", "LastName", "FirstName")
        number, ids = table.column("ID"), _CANVAS_IDS
        needed = "a column `ID`, as what Canvas exports (Grades → Export)"
        if platform == MOODLE:
            names = ("Full name",)
            number, ids = table.column("Identifier"), _MOODLE_IDS
            needed = "a column `Identifier`, as Moodle's grading worksheets in English"
        if number is None:
            raise CourseError(f"{path} has to have {needed}")
        came_in = table.column("Last modified (submission)")
        self._entrants: dict[str, Entrant] = {}
        for row in table.rows:
            key = participant(row[number]) if platform == MOODLE else row[number].strip()
            called = "".join(_cells(table, row, names))
            chosen = next(filter(None, map(safe_id, _cells(table, row, ids))), None)
            if key:
                self._entrants[key] = Entrant(
                    id=chosen or made_id(called, key),
                    name=letters(called),
                    came_in="" if came_in is None else row[came_in].strip(" -"),
                )

    def find(self, readings: Sequence[Reading]) -> tuple[Reading, Entrant] | None:
        """Who handed a file in, and which way to read its name is the right one.

        A number alone is enough where there is one way only; else the name has to fit, too.
        """
        known = [(r, self._entrants[r.number]) for r in readings if r.number in self._entrants]
        if len(readings) > 1:
            known = [(r, entrant) for r, entrant in known if letters(r.name) == entrant.name]
        return known[0] if len(known) == 1 else None


def _cells(table: Table, row: list[str], names: Sequence[str]) -> list[str]:
    places = [place for name in names if (place := table.column(name)) is not None]
    return [row[place].strip() for place in places]


def clock(name: str) -> zoneinfo.ZoneInfo:
    """A time zone.

    Raises:
        CourseError: There is none of that name.
    """
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise CourseError(f"`{name}` is no time zone, such as Europe/Vienna or UTC") from error


def in_utc(words: str, zone: zoneinfo.ZoneInfo) -> datetime.datetime | None:
    """A time as Moodle writes it, in UTC; None if it is none."""
    for form in _TIMES:
        try:
            time = datetime.datetime.strptime(" ".join(words.split()), form)
            return time.replace(tzinfo=zone).astimezone(datetime.UTC)
        except (ValueError, OverflowError):
            continue
    return None
