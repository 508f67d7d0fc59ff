"""Draws ``docs/pictures/marks.svg``: the table that ``proctor grade`` prints on the samples.

    make grade && .venv/bin/python docs/pictures/marks.py

What has been graded already is not graded again, so that the picture shows that run's table.
"""

from __future__ import annotations

import io
import re
from pathlib import Path

from rich.console import Console

from proctor.course.course import Course
from proctor.pipeline import table
from proctor.pipeline.batch import grade_course

WIDTH = 118


def main() -> None:
    """Grade what has to be graded and draw the table."""
    course = Course()
    outcomes = grade_course(course, course.submissions([], []))
    console = Console(record=True, width=WIDTH, file=io.StringIO())
    console.print(table.marks(outcomes))
    drawn = console.export_svg(title="proctor grade", unique_id="marks")
    # rich's own fonts would be fetched from another host.
    drawn = re.sub(r"@font-face \{[^}]*\}\s*", "", drawn)
    Path(__file__).with_suffix(".svg").write_text(drawn, encoding="utf-8")


if __name__ == "__main__":
    main()
