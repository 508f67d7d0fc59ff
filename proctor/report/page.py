"""Makes the report: one self-contained HTML file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from proctor.course.course import Course, CourseError
from proctor.pipeline.marks import clean
from proctor.pipeline.pages import environment, inlined
from proctor.report import charts, messages, review, similar, summary
from proctor.report.statistics import FEWEST
from proctor.report.works import Work, read_works, submissions

GROUPS = 40


def report(
    course: Course,
    path: Path | None = None,
    *,
    told: Callable[[int], None] = lambda steps: None,
) -> Path:
    """Write the report on a course.

    Args:
        course: The course, graded.
        path: The file to write; by default ``report.html`` in the course's folder.
        told: Called after each step with the number of all steps.

    Returns:
        The file.

    Raises:
        CourseError: Nothing was graded yet, or the file cannot be written.
    """
    steps = 2 * len(submissions(course))
    works = read_works(course, lambda: told(steps))
    likenesses = similar.likeness(course, works, lambda: told(steps))
    path = path or course.root / "report.html"
    text = page(course, works, likenesses, datetime.now())
    try:
        # Folder names need not be text.
        path.write_text(text, encoding="utf-8", errors="replace")
    except OSError as error:
        raise CourseError(f"{path} could not be written: {error}") from error
    return path


def page(
    course: Course,
    works: Sequence[Work],
    likenesses: Sequence[similar.Likeness],
    made: datetime,
) -> str:
    """The report's HTML.

    Args:
        course: The course.
        works: The submissions.
        likenesses: What comparing their code found.
        made: When the report is made.
    """
    by_exercise = {
        slug: [work for work in works if work.slug == slug]
        for slug in course.exercises
        if any(work.slug == slug for work in works)
    }
    times = {slug: found for slug, rows in by_exercise.items() if (found := summary.times(rows))}
    memory = {slug: found for slug, rows in by_exercise.items() if (found := summary.memory(rows))}
    groups = messages.groups(works)
    findings = review.findings(works)
    script, script_hash = inlined("proctor.report", "report.js")
    return _template().render(
        name=course.root.name,
        made=made,
        works=works,
        students=len({work.student for work in works}),
        course_marks=summary.marks(summary.course_shares(works)),
        marks={
            slug: summary.marks([work.share for work in rows if work.share is not None])
            for slug, rows in by_exercise.items()
        },
        times=times,
        memory=memory,
        limit_mb=course.limits.memory_mb,
        checks=sorted(
            summary.check_lines(works), key=lambda line: course.exercises.index(line.slug)
        ),
        groups=groups[:GROUPS],
        further_groups=len(groups[GROUPS:]),
        findings=findings,
        kinds=review.KINDS,
        kind_counts=Counter(finding.kind for finding in findings),
        likenesses=likenesses,
        similar=similar,
        fewest=FEWEST,
        charts=charts,
        script=script,
        script_hash=script_hash,
    )


def _cleaned(value: object) -> object:
    """What is printed, without what could turn the direction of a line or hide in it."""
    return clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@cache
def _template() -> jinja2.Template:
    made = environment("proctor.report", finalize=_cleaned)
    filters: dict[str, Callable[..., Any]] = made.filters
    filters["percent"] = lambda share: f"{100 * share:.0f} %"
    # Never a negative zero, and a minus as wide as the plus.
    filters["signed"] = lambda r: f"{round(r, 2) + 0.0:+.2f}".replace("-", "\N{MINUS SIGN}")
    return made.get_template("report.html.j2")
