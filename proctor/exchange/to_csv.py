"""Marks as a plain table, for whoever wants to analyse them."""

from __future__ import annotations

import datetime

from proctor.exchange.exporter import Exporter, Sheet
from proctor.exchange.marks import Marks
from proctor.exchange.table import Table, number

_COLUMNS = (
    "assignment",
    "student_id",
    "last_name",
    "first_name",
    "email",
    "status",
    "duedate",
    "timestamp",
    "seconds_late",
    "raw_score",
    "extra_credit",
    "late_submission_penalty",
    "score",
    "max_score",
    "needs_manual_grade",
)


class CsvExport(Exporter):
    """One row for each student and exercise, with the names of nbgrader's own export.

    ``status`` is ``graded``, ``waiting`` (a part has no marks yet) or ``missing``. Other than
    in nbgrader's export, the score of what was not handed in is blank, and not 0. Times are in
    UTC; the due date includes the student's extension.
    """

    def sheet(self, marks: Marks, roster: Table | None) -> Sheet:
        """Put the marks into a table; a roster is not needed."""
        rows = []
        for exercise in marks.exercises:
            for person in marks.students:
                mark = marks.marks.get((exercise.slug, person.id))
                row = {
                    "assignment": exercise.slug,
                    "student_id": person.id,
                    "last_name": person.last_name,
                    "first_name": person.first_name,
                    "email": person.email,
                    "status": "missing",
                    "duedate": _time(exercise.due),
                    "max_score": number(exercise.max_score),
                }
                if mark is not None:
                    row |= {
                        "status": "waiting" if mark.raw is None else "graded",
                        "duedate": _time(mark.due),
                        "timestamp": _time(mark.timestamp),
                        "seconds_late": number(mark.seconds_late),
                        "raw_score": number(mark.raw),
                        "extra_credit": number(mark.extra_credit),
                        "late_submission_penalty": number(mark.penalty),
                        "score": number(mark.score),
                        "needs_manual_grade": "yes" if mark.look_again else "no",
                    }
                rows.append([row.get(name, "") for name in _COLUMNS])
        return Sheet(Table(list(_COLUMNS), rows))


def _time(time: datetime.datetime | None) -> str:
    return "" if time is None else time.isoformat(" ", "seconds")
