"""When a submission came in, and what being late costs: nbgrader's rules, from the same file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from proctor.course.course import Course, CourseError
from proctor.course.release import release
from proctor.pipeline import batch, gradebook
from proctor.pipeline.marks import CheckResult, Result, no_marks, write_marks
from tests.conftest import HALF_A_POINT_AN_HOUR, answer, make_course

DUE = "2026-03-01 12:00:00 UTC"


@pytest.fixture(scope="module")
def released(tmp_path_factory) -> Path:
    """Where the tiny course lies, released and due."""
    course = make_course(tmp_path_factory.mktemp("course"))
    release(course, [])
    with Gradebook(course.gradebook) as book:
        book.update_or_create_assignment("tiny", duedate=DUE)
    return course.root


@pytest.fixture
def ruled(released) -> Callable[[str], Course]:
    """The course, with a rule for lateness in its configuration."""
    path = released / "course_config.py"
    plain = path.read_text()

    def make(rule: str) -> Course:
        path.write_text(plain + rule)
        course = Course(released)
        path.write_text(plain)
        return course

    return make


def graded(course: Course, student: str = "ada", score: float = 4.0) -> Result:
    """The result of a submission, as grading it would make it."""
    checks = [
        CheckResult(id="doubles", score=score, max_score=4.0, tests=[]),
        CheckResult(id="squares", score=0.0, max_score=2.0, tests=[]),
    ]
    result = Result(student=student, slug="tiny", status="graded", checks=checks, problems=[])
    notebook = answer()
    write_marks(notebook, result)
    result.notebook = nbformat.writes(notebook)
    return result


def stamp(course: Course, text: str, student: str = "ada") -> None:
    """Say when a submission came in."""
    folder = course.submitted(student, "tiny").folder
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "timestamp.txt").write_text(text)


def noted(course: Course, student: str = "ada") -> tuple[float, float, float]:
    """Score, penalty and seconds of lateness, as the gradebook has them."""
    with Gradebook(course.gradebook) as book:
        found = book.find_submission("tiny", student)
        return found.score, found.late_submission_penalty, found.total_seconds_late


def test_a_late_submission_loses_what_the_course_says(ruled):
    course = ruled(HALF_A_POINT_AN_HOUR)
    stamp(course, "2026-03-01 16:00:00 Europe/Vienna\n")
    gradebook.save(course, graded(course))
    assert noted(course) == (4.0, 1.5, 3 * 3600)
    stamp(course, "2026-03-01 11:59:59 UTC")
    gradebook.save(course, graded(course))
    assert noted(course) == (4.0, 0.0, 0.0)


def test_no_penalty_takes_more_than_there_is(ruled):
    course = ruled(HALF_A_POINT_AN_HOUR)
    stamp(course, "2026-04-01 12:00:00")
    gradebook.save(course, graded(course, score=2.0))
    assert noted(course)[:2] == (2.0, 2.0)


def test_nbgraders_own_rules_count(ruled):
    course = ruled("")
    stamp(course, "2026-03-02 12:00:00 UTC")
    gradebook.save(course, graded(course))
    assert noted(course) == (4.0, 0.0, 86_400)
    course = ruled("\nc.LateSubmissionPlugin.penalty_method = 'zero'\n")
    gradebook.save(course, graded(course))
    assert noted(course) == (4.0, 4.0, 86_400)


def test_what_is_no_notebook_is_late_at_no_cost(ruled):
    course = ruled(HALF_A_POINT_AN_HOUR)
    stamp(course, "2026-03-02 12:00:00 UTC")
    gradebook.save(course, graded(course))
    checks = no_marks(course.read_source("tiny"))
    nothing = Result(student="ada", slug="tiny", status="unreadable", checks=checks, problems=[])
    gradebook.save(course, nothing)
    assert noted(course) == (0.0, 0.0, 86_400)


def test_without_a_timestamp_nothing_is_late(ruled):
    course = ruled(HALF_A_POINT_AN_HOUR)
    gradebook.save(course, graded(course, "bob"))
    stamp(course, "\n", "bob")
    gradebook.save(course, graded(course, "bob"))
    assert noted(course, "bob") == (4.0, 0.0, 0.0)


@pytest.mark.parametrize("text", ["yesterday, I think", "2026-03-01 12:00:00 +99999999", "9" * 400])
def test_a_timestamp_that_is_no_time_is_named(ruled, text):
    course = ruled("")
    stamp(course, text, "eve")
    with pytest.raises(CourseError, match=r"timestamp\.txt does not say when"):
        gradebook.save(course, graded(course, "eve"))


def test_nbgraders_exchange_finds_whose_page_it_is(ruled):
    course = ruled("")
    stamp(course, "2026-03-01 11:00:00 UTC", "tim")
    folder = course.submitted("tim", "tiny").folder
    (folder / "submission_secret.txt").write_text("hush")
    batch.write(course, graded(course, "tim"))
    page = course.feedback("tim", "tiny")
    assert (page.parent / "timestamp.txt").read_text() == "2026-03-01 11:00:00 UTC"
    assert (page.parent / "submission_secret.txt").read_text() == "hush"
    (folder / "submission_secret.txt").unlink()
    batch.write(course, graded(course, "tim"))
    assert sorted(path.name for path in page.parent.iterdir()) == ["timestamp.txt", "tiny.html"]


def test_a_rule_that_breaks_is_named(ruled):
    course = ruled(HALF_A_POINT_AN_HOUR.replace("/ 3600", "/ 0"))
    stamp(course, "2026-03-02 12:00:00 UTC")
    with pytest.raises(CourseError, match=r"lateness .*ZeroDivisionError.*course_config\.py"):
        gradebook.save(course, graded(course))
