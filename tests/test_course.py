"""What a course must be, and what is said where it is not."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import stat

import nbformat
import pytest
from nbgrader.api import MissingEntry

from proctor.course.attempts import AttemptError, read_attempt
from proctor.course.course import CONFIG, Course, CourseError
from proctor.course.release import bundle, release
from proctor.pipeline import gradebook
from proctor.pipeline.batch import grade_course
from proctor.pipeline.marks import Result
from proctor.pipeline.mutants import candidates
from proctor.sandbox import doctor
from tests.conftest import make_course


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Course:
    """A course that was released: making its gradebook takes a while."""
    course = make_course(tmp_path_factory.mktemp("course"))
    release(course, [])
    return course


@pytest.fixture
def released(made, tmp_path) -> Course:
    """A released course to be spoilt."""
    return Course(shutil.copytree(made.root, tmp_path / "course"))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("c.Course.exercises = 'tiny'", "Expected `array`, got `str` - at `$.exercises`"),
        ("c.Course.limits = {'memory_mb': '4000'}", "`int`, got `str` - at `$.limits.memory_mb`"),
        ("c.Course.limits = {'memory': 4000}", "unknown field `memory` - at `$.limits`"),
        ("c.Course.exercise = ['tiny']", "unknown field `exercise`"),
        ("c.Course.exercises = [", "was never closed"),
    ],
)
def test_a_configuration_that_is_wrong_is_told_where(course, line, said):
    config = course.root / CONFIG
    config.write_text(f"{config.read_text()}\n{line}\n")
    with pytest.raises(CourseError) as caught:
        Course(course.root)
    assert str(config) in str(caught.value)
    assert said in str(caught.value)


def test_without_a_course_it_is_said_where_to_look(tmp_path):
    with pytest.raises(CourseError, match=r"holds no course_config\.py"):
        Course(tmp_path)


def test_the_secret_is_made_once_and_is_nobody_elses(course):
    first = course.seed("ada", "tiny")
    assert first == Course(course.root).seed("ada", "tiny")
    assert first != course.seed("eve", "tiny")
    secret = course.root / ".proctor" / "secret"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert len(secret.read_bytes()) == 64


def test_a_secret_that_was_never_written_is_written(course):
    seed = course.seed("ada", "tiny")
    os.truncate(course.root / ".proctor" / "secret", 0)
    assert course.seed("ada", "tiny") != seed
    assert (course.root / ".proctor" / "secret").stat().st_size == 64


def test_a_damaged_gradebook_is_named(course):
    (course.root / "gradebook.db").write_bytes(b"no database" * 100)
    for action in (lambda: release(course, []), lambda: gradebook.require_known(course, {"tiny"})):
        with pytest.raises(CourseError, match=r"gradebook.db cannot be opened: .*not a database"):
            action()


def test_what_one_opening_of_the_gradebook_compiled_serves_the_next(released):
    with released.open_gradebook() as first:
        engine = first.engine
        assert first.find_assignment("tiny").name == "tiny"
    with released.open_gradebook() as second:
        assert second.engine is engine
        assert second.find_assignment("tiny").name == "tiny"


def test_a_result_is_written_whole_or_not_at_all(released):
    notebook = released.read_source("tiny")
    notebook.cells[-1].metadata.nbgrader.grade_id = "unknown"
    result = Result(student="ada", slug="tiny", status="graded", checks=[], problems=[])
    result.notebook = nbformat.writes(notebook)
    with pytest.raises(MissingEntry, match="unknown"):
        gradebook.save(released, result)
    with released.open_gradebook() as book:
        assert not book.students


def test_a_gradebook_with_a_damaged_page_is_told(released):
    path = released.root / "gradebook.db"
    with contextlib.closing(sqlite3.connect(path)) as book:
        find = "select rootpage from sqlite_master where name = 'assignment'"
        ((size,), (page,)) = (
            book.execute("pragma page_size").fetchone(),
            book.execute(find).fetchone(),
        )
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    with pytest.raises(CourseError, match=r"the gradebook is damaged: .*malformed"):
        gradebook.require_known(released, {"tiny"})


def test_a_release_that_cannot_be_written_says_so(course):
    (course.root / "release").touch()
    with pytest.raises(CourseError, match=r"START\.ipynb could not be written"):
        release(course, [])


def test_a_gradebook_that_cannot_be_made_is_told(course):
    (course.root / "gradebook.db").mkdir()
    with pytest.raises(CourseError, match="unable to open database file"):
        release(course, [])


def test_without_its_hidden_tests_an_exercise_is_not_graded(released):
    released.grader("tiny").unlink()
    with pytest.raises(CourseError, match="No such file"):
        candidates(released, "tiny")
    folder = released.submitted("ada", "tiny").folder
    folder.mkdir(parents=True)
    (folder / "tiny.ipynb").write_bytes(b"{}")
    [outcome] = grade_course(released, released.submissions([], []))
    assert "hidden tests cannot be read" in str(outcome)


def test_what_cannot_be_removed_costs_nobody_else_anything(released):
    for student in ("ada", "grace"):
        released.submitted(student, "tiny").folder.mkdir(parents=True)
    released.autograded("ada", "tiny").mkdir(parents=True)
    first, second = grade_course(released, released.submissions([], []))
    assert "could not be removed" in str(first)
    assert second.problems == ["There is no file `tiny.ipynb`."]


def test_a_bundle_that_cannot_be_made_says_why(released):
    with pytest.raises(CourseError, match="could not be written"):
        bundle(released, released.root)
    (released.root / "environment.yml").unlink()
    with pytest.raises(CourseError, match=r"environment\.yml is missing"):
        bundle(released, released.root / "course.zip")


def test_an_attempt_that_is_no_text_says_so(tmp_path):
    path = tmp_path / "latin.py"
    path.write_bytes('"""Größer."""'.encode("latin-1"))
    with pytest.raises(AttemptError, match="save it as UTF-8"):
        read_attempt(path)


def test_elsewhere_than_on_linux_nothing_else_is_looked_at(monkeypatch):
    monkeypatch.setattr(doctor.platform, "system", lambda: "Darwin")
    [finding] = doctor.examine_machine()
    assert finding.needed
    assert not finding.good
    assert "on a Mac a virtual machine" in finding.words
