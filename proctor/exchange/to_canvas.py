"""Marks as Canvas takes them in: *Grades → Import*."""

from __future__ import annotations

import re

from proctor.course.course import CourseError
from proctor.exchange.exporter import Exporter, Sheet, marked_students, only_marked, unmatched
from proctor.exchange.marks import Exercise, Marks
from proctor.exchange.people import made_id, match
from proctor.exchange.table import Table, listed, no_formula, normal, number

_PEOPLE = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
_NAMES = ("Student", "LastName", "FirstName")
_POINTS = "    Points Possible"
# What stands where no score may be put: excused, or not assigned to this student.
_FIXED = ("EX", "N/A")


class CanvasExport(Exporter):
    """Canvas' gradebook as a CSV file.

    A header of ``Student, ID, SIS User ID, SIS Login ID, Section`` and the assignments, each as
    ``Name (its id)``; a row ``Points Possible``; a row for each student. Canvas finds students
    by ``ID``, else by ``SIS User ID``, else by ``SIS Login ID``, and takes an assignment that it
    does not know for a new one. Blank cells change nothing.

    With a roster, which is what *Grades → Export* of Canvas gives, all its rows and columns stay,
    and scores are put where they belong. Without one, our ids go out as ``SIS Login ID``.

    https://community.instructure.com/en/kb/articles/660862-how-do-i-import-grades-in-the-gradebook
    says so, and ``lib/gradebook_importer.rb`` in https://github.com/instructure/canvas-lms.
    """

    usual_name = "marks-canvas.csv"

    def sheet(self, marks: Marks, roster: Table | None) -> Sheet:
        """Put the marks into Canvas' gradebook."""
        marks, remarks = only_marked(marks)
        sheet = _new(marks) if roster is None else _filled(marks, roster)
        sheet.remarks[:0] = remarks
        return sheet


def _new(marks: Marks) -> Sheet:
    slugs = [exercise.slug for exercise in marks.exercises]
    rows = [[_POINTS, "", "", "", "", *(number(e.max_score) for e in marks.exercises)]]
    remarks = []
    people = marked_students(marks)
    for person in people:
        scores = [number(marks.score(slug, person.id)) for slug in slugs]
        rows.append([person.name, person.number, "", person.id, "", *scores])
    if odd := [person.id for person in people if no_formula(person.id) != person.id]:
        remarks.append(f"Canvas will not know these by their ids: {listed(odd)}")
    return Sheet(Table([*_PEOPLE, *slugs], rows), remarks=remarks)


def _filled(marks: Marks, table: Table) -> Sheet:
    student = table.column("Student", "LastName")
    number_, section = table.column("ID"), table.column("Section")
    if student != 0 or number_ is None or section is None:
        raise CourseError(
            "the roster is not what Canvas exports (Grades → Export): it must have columns "
            "`Student`, `ID` and `Section`"
        )
    names = [place for name in _NAMES if (place := table.column(name)) is not None]
    # All but names is Canvas' own or an instructor's.
    trusted = [place for place in range(len(table.header)) if place not in names]
    points = next((r for r in table.rows if r[0].strip().startswith("Points Possible")), None)
    rows = [row for row in table.rows if row is not points and any(row[: section + 1])]
    login, sis = table.column("SIS Login ID"), table.column("SIS User ID")
    matches = match(
        marked_students(marks),
        [
            [
                *("" if place is None else row[place] for place in (login, sis, number_)),
                made_id(" ".join(row[place] for place in names), row[number_]),
            ]
            for row in rows
        ],
    )
    remarks = unmatched(matches)
    for exercise in marks.exercises:
        place = _column(table, exercise, points, remarks)
        kept = []
        for person, score in marks.of(exercise.slug).items():
            if person not in matches.rows:
                continue
            row = rows[matches.rows[person]]
            if row[place].strip().upper() in _FIXED:
                kept.append(person)
            else:
                row[place] = number(score)
        if kept:
            remarks.append(
                f"{exercise.slug}: excused in Canvas, or not assigned to them, so left as it is: "
                f"{listed(kept)}"
            )
    return Sheet(table, trusted, remarks)


def _column(table: Table, exercise: Exercise, points: list[str] | None, remarks: list[str]) -> int:
    """The column of an exercise; a new one where Canvas has none."""
    wanted = normal(exercise.slug)
    places = [
        place
        for place, name in enumerate(table.header)
        if normal(re.sub(r"\s*\(\d+\)$", "", name)) == wanted and name not in _PEOPLE
    ]
    if len(places) > 1:
        named = listed([table.header[place] for place in places])
        raise CourseError(f"the roster has several columns for {exercise.slug}: {named}")
    if places:
        place = places[0]
        theirs = points[place].strip() if points else ""
        if theirs and _value(theirs) != exercise.max_score:
            remarks.append(
                f"{exercise.slug}: Canvas gives {theirs} points and the gradebook "
                f"{number(exercise.max_score)}; the scores are the gradebook's"
            )
        return place
    remarks.append(f"{exercise.slug}: the roster has no such column; Canvas will ask to make it")
    place = table.add_column(exercise.slug)
    if points:
        points[place] = number(exercise.max_score)
    return place


def _value(text: str) -> float | None:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None
