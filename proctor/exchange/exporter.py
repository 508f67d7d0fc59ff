"""What the formats have in common: nbgrader's hook for exports."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.plugins import ExportPlugin
from traitlets import Unicode

from proctor.course.course import CourseError
from proctor.exchange.marks import Marks, read_marks
from proctor.exchange.people import Matches, Person
from proctor.exchange.table import Table, listed, read_table, write_table


@dataclass
class Sheet:
    """A table with marks in it.

    Attributes:
        table: The table.
        trusted: The columns that no student wrote: they go out as they are.
        remarks: What the instructor should know.
    """

    table: Table
    trusted: Collection[int] = ()
    remarks: list[str] = field(default_factory=list)


class Exporter(ExportPlugin):
    """A format of marks. ``nbgrader export --exporter=…`` takes subclasses, too."""

    roster = Unicode("", help="A CSV file that the learning platform exported, to fill in").tag(
        config=True
    )
    usual_name = "marks.csv"

    def export(self, gradebook: Gradebook) -> None:
        """Write the marks into the file ``to``; what is to be known goes into the log."""
        path, remarks = self.write(gradebook)
        for remark in remarks:
            self.log.warning(remark)
        self.log.info("Marks written to %s", path)

    def write(self, gradebook: Gradebook) -> tuple[Path, list[str]]:
        """Write the marks into the file ``to``.

        Returns:
            The file, and what the instructor should know.

        Raises:
            CourseError: There are no such marks, or the roster or the file is of no use.
        """
        path = Path(self.to or self.usual_name)
        roster = read_table(Path(self.roster)) if self.roster else None
        if self.roster and path.exists() and path.samefile(self.roster):
            raise CourseError(f"{path} is the roster itself: name another file with --output")
        slugs, students = map(str, self.assignment), map(str, self.student)
        marks = read_marks(gradebook, list(slugs), list(students))
        sheet = self.sheet(marks, roster)
        write_table(path, sheet.table, trusted=sheet.trusted)
        return path, marks.remarks() + sheet.remarks

    @abstractmethod
    def sheet(self, marks: Marks, roster: Table | None) -> Sheet:
        """Put the marks into the form that the platform takes in.

        Raises:
            CourseError: The roster is none of this platform's.
        """


def only_marked(marks: Marks) -> tuple[Marks, list[str]]:
    """Leave out exercises of which there is no mark yet, and say so.

    A platform would make an empty column of each.

    Raises:
        CourseError: None is left.
    """
    kept = [exercise for exercise in marks.exercises if marks.of(exercise.slug)]
    if not kept:
        slugs = ", ".join(exercise.slug for exercise in marks.exercises) or "any exercise"
        raise CourseError(f"the gradebook holds no marks of {slugs}: run `proctor grade` first")
    bare = [exercise.slug for exercise in marks.exercises if exercise not in kept]
    remarks = [f"not graded yet, so left out: {', '.join(bare)}"] if bare else []
    return Marks(kept, marks.students, marks.marks), remarks


def marked_students(marks: Marks) -> list[Person]:
    """The students who have a mark."""
    marked = {student for exercise in marks.exercises for student in marks.of(exercise.slug)}
    return [person for person in marks.students if person.id in marked]


def unmatched(matches: Matches) -> list[str]:
    """Who has marks that did not get into the table, in words."""
    remarks = []
    if matches.missing:
        remarks.append(f"not in the roster, so their marks are left out: {listed(matches.missing)}")
    if matches.unclear:
        remarks.append(
            "several rows of the roster could be theirs, or one row somebody else's, too, so "
            f"their marks are left out: {listed(matches.unclear)}"
        )
    return remarks
