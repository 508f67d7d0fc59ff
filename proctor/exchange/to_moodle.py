"""Marks as Moodle takes them in: *Grades → Import → CSV file*, or a grading worksheet."""

from __future__ import annotations

import re
from collections.abc import Iterable

from proctor.course.course import CourseError
from proctor.exchange.exporter import Exporter, Sheet, marked_students, only_marked, unmatched
from proctor.exchange.marks import Exercise, Marks
from proctor.exchange.people import letters, made_id, match
from proctor.exchange.table import Table, listed, no_formula, normal, number

_IDS = ("Username", "ID number", "Email address")


class MoodleExport(Exporter):
    """A CSV file for one of Moodle's two imports.

    *Grade import*: one column that says who it is (username, ID number or email address), one
    for each grade item; which is which is chosen on Moodle's page, and columns that are not
    chosen are left alone. Moodle takes a blank cell for "no grade", and refuses the whole file
    for one student it does not know. Without a roster, only students who have marks are in it.
    With one (Moodle's own *Grade export*), its rows and columns stay.
    https://docs.moodle.org/en/Grade_import

    *Offline grading worksheet*: what *Download grading worksheet* of an assignment gives. With
    it as the roster, ``Grade`` is filled in for one exercise and everything else stays, for
    *Upload grading worksheet*. https://docs.moodle.org/en/Assignment_settings
    """

    usual_name = "marks-moodle.csv"

    def sheet(self, marks: Marks, roster: Table | None) -> Sheet:
        """Put the marks into the form of the import that the roster is for."""
        marks, remarks = only_marked(marks)
        if roster is None:
            sheet = _new(marks)
        elif roster.column("Identifier") is not None:
            sheet = _worksheet(marks, roster)
        else:
            sheet = _filled(marks, roster)
        sheet.remarks[:0] = remarks
        return sheet


def _new(marks: Marks) -> Sheet:
    slugs = [exercise.slug for exercise in marks.exercises]
    people = marked_students(marks)
    rows = [
        [person.id, person.number, person.email]
        + [number(marks.score(slug, person.id)) for slug in slugs]
        for person in people
    ]
    return Sheet(Table([*_IDS, *slugs], rows), remarks=_odd([person.id for person in people]))


def _odd(ids: Iterable[str]) -> list[str]:
    odd = [name for name in ids if no_formula(name) != name]
    return [f"Moodle will not know these by their ids: {listed(odd)}"] if odd else []


def _filled(marks: Marks, table: Table) -> Sheet:
    places = [place for name in _IDS if (place := table.column(name)) is not None]
    if not places:
        raise CourseError(
            "the roster is not what Moodle exports, in English: it has none of the columns "
            f"{', '.join(_IDS)} (grade export) or Identifier (grading worksheet)"
        )
    matches = match(marked_students(marks), [[row[p] for p in places] for row in table.rows])
    remarks = unmatched(matches) + _odd(row[p] for row in table.rows for p in places)
    for exercise in marks.exercises:
        place = _column(table, exercise)
        for person, score in marks.of(exercise.slug).items():
            if person in matches.rows:
                table.rows[matches.rows[person]][place] = number(score)
    return Sheet(table, remarks=remarks)


def _column(table: Table, exercise: Exercise) -> int:
    """The column of an exercise, which Moodle calls ``Assignment: Name (Real)``; or a new one."""
    for place, name in enumerate(table.header):
        bare = re.sub(r"\s*\(Real\)$", "", name)
        if normal(exercise.slug) in (normal(bare), normal(bare.partition(":")[2])):
            return place
    return table.add_column(exercise.slug)


def _worksheet(marks: Marks, table: Table) -> Sheet:
    if len(marks.exercises) != 1:
        slugs = ", ".join(exercise.slug for exercise in marks.exercises)
        raise CourseError(f"a grading worksheet is for one exercise: name one of {slugs}")
    (exercise,) = marks.exercises
    identifier, grade = table.column("Identifier"), table.column("Grade")
    if identifier is None or grade is None or table.column("Last modified (grade)") is None:
        raise CourseError(
            "the roster is no grading worksheet that Moodle takes back: it must have columns "
            "`Identifier`, `Grade` and `Last modified (grade)`"
        )
    name, most = table.column("Full name"), table.column("Maximum grade")
    changeable = table.column("Grade can be changed")
    places = [place for column in _IDS if (place := table.column(column)) is not None]
    matches = match(
        marked_students(marks),
        [
            [row[p] for p in places]
            + [made_id("" if name is None else row[name], participant(row[identifier]))]
            for row in table.rows
        ],
    )
    remarks = unmatched(matches)
    locked, above = [], []
    for person, score in marks.of(exercise.slug).items():
        if person not in matches.rows:
            continue
        row = table.rows[matches.rows[person]]
        if changeable is not None and row[changeable].strip().casefold() == "no":
            locked.append(person)
            continue
        row[grade] = number(score)
        if most is not None and score > _value(row[most]):
            above.append(person)
    if locked:
        remarks.append(f"their grades are locked in Moodle, so left as they are: {listed(locked)}")
    if above:
        remarks.append(f"above Moodle's maximum grade, which Moodle passes over: {listed(above)}")
    if most is not None:
        theirs = {row[most] for row in table.rows if row[most].strip()}
        if any(_value(text) != exercise.max_score for text in theirs):
            remarks.append(
                f"Moodle's maximum grade is {listed(sorted(theirs))} and the gradebook's "
                f"{number(exercise.max_score)}; the scores are the gradebook's"
            )
    # Feedback is an instructor's; Moodle would take a mark before it for a change.
    trusted = [p for p, title in enumerate(table.header) if letters(title).startswith("feedback")]
    return Sheet(table, trusted, remarks)


def participant(identifier: str) -> str:
    """The number in ``Participant 12345``, which the names of submitted files have, too."""
    found = re.search(r"(\d+)\s*$", identifier)
    return found[1] if found else ""


def _value(text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return float("inf")
