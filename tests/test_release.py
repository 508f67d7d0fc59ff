"""What students get out of what instructors write."""

from __future__ import annotations

import re
import zipfile

import nbformat
import pytest
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from proctor.course.attempts import AttemptError, fill_in, read_attempt
from proctor.course.course import Course, CourseError
from proctor.course.new import start_exercise
from proctor.course.release import START, build, bundle, release, start_page
from proctor.pipeline.selftest import cases
from tests.conftest import PROJECT, tiny_notebook


def test_solutions_are_taken_out_and_checks_locked(course):
    release(course, [])
    notebook = nbformat.read(course.release("tiny"), as_version=4)
    text = "\n".join(cell.source for cell in notebook.cells)
    assert "return 2" not in text
    assert "SOLUTION" not in text
    assert text.count("This part is yours to write") == 2
    check = next(c for c in notebook.cells if c.id == "doubles")
    assert check.metadata.editable is False
    assert check.metadata.deletable is False
    assert check.metadata.nbgrader.points == 4


def test_the_same_bytes_every_time(course):
    assert build(course, "tiny") == build(course, "tiny")
    assert release(course, []) == [course.root / "release" / START, course.release("tiny")]
    assert release(course, []) == []
    # The start page is no assignment.
    config = Config(course.config)
    config.CourseDirectory.root = str(course.root)
    config.CourseDirectory.db_url = course.gradebook
    api = NbGraderAPI(CourseDirectory(config=config), config=config)
    assert [assignment["name"] for assignment in api.get_assignments()] == ["tiny"]


def test_a_stale_release_is_noticed_and_left_alone(course):
    release(course, [])
    course.release("tiny").write_text("changed")
    extra = course.release("tiny").parent / "left_over.csv"
    extra.write_text("1")
    start = course.root / "release" / START
    start.write_text("old")
    assert set(release(course, [], check=True)) == {start, course.release("tiny"), extra}
    assert course.release("tiny").read_text() == "changed"
    release(course, [])
    assert not extra.exists()


def test_the_start_page_says_what_each_notebook_says_of_itself(course):
    notebook = tiny_notebook()
    notebook.metadata["exercise"] = {"minutes": 5, "teaches": "to double, not to | or to ^"}
    nbformat.write(notebook, course.source("tiny"))
    page = nbformat.reads(start_page(course).decode(), as_version=4)
    nbformat.validate(page)
    row = r"| 1 | [Tiny](tiny/tiny.ipynb) | 6 | 5 minutes | to double, not to \| or to ^ |"
    assert row in page.cells[0].source
    assert page.metadata.kernelspec.name == "python3"


@pytest.mark.parametrize(
    "said", [{"minutes": "long"}, {"minutes": 0}, {"teaches": "a\nb"}, {"learns": "x"}, [1]]
)
def test_a_notebook_that_says_it_wrongly_is_named(course, said):
    notebook = tiny_notebook()
    notebook.metadata["exercise"] = said
    nbformat.write(notebook, course.source("tiny"))
    with pytest.raises(CourseError, match=r"tiny\.ipynb: its metadata `exercise`"):
        start_page(course)


def test_the_courses_notebooks_say_the_same_time_in_their_text():
    course = Course(PROJECT)
    for slug in course.exercises:
        notebook = course.read_source(slug)
        minutes = re.search(r"(\d+) minutes", notebook.cells[0].source)
        assert notebook.metadata.exercise.minutes == int(minutes[1]), slug
        assert notebook.metadata.exercise.teaches, slug


def test_data_beside_the_notebook_is_given_out(course):
    (course.source("tiny").parent / "data").mkdir()
    (course.source("tiny").parent / "data" / "values.csv").write_text("1,2")
    release(course, [])
    assert (course.release("tiny").parent / "data" / "values.csv").read_text() == "1,2"


def test_a_notebook_that_nbgrader_does_not_take_says_why(course):
    notebook = tiny_notebook()
    notebook.cells[5].metadata.nbgrader.grade_id = "doubles"
    nbformat.write(notebook, course.source("tiny"))
    with pytest.raises(CourseError, match="Duplicate grade id: doubles"):
        build(course, "tiny")


def test_the_bundle_holds_what_students_need_and_nothing_hidden(course, tmp_path):
    release(course, [])
    one, other = tmp_path / "one.zip", tmp_path / "other.zip"
    names = bundle(course, one)
    bundle(course, other)
    assert one.read_bytes() == other.read_bytes()
    assert names == [
        "README.md",
        "environment.yml",
        START,
        "nbgrader_config.py",
        "tiny/tiny.ipynb",
    ]
    with zipfile.ZipFile(one) as archive:
        text = "\n".join(archive.read(name).decode() for name in names)
    assert "return 2" not in text
    assert "| 1 | [Tiny](tiny/tiny.ipynb) | 6 |" in text
    assert "jupyter lab START.ipynb" in text


def test_a_stale_release_is_not_bundled(course, tmp_path):
    with pytest.raises(CourseError, match="proctor release"):
        bundle(course, tmp_path / "course.zip")


def test_the_courses_own_release_is_fresh():
    assert release(Course(PROJECT), [], check=True) == []


def test_nothing_of_the_graders_is_in_the_courses_bundle(tmp_path):
    course = Course(PROJECT)
    bundle(course, tmp_path / "course.zip")
    with zipfile.ZipFile(tmp_path / "course.zip") as archive:
        given = {name: archive.read(name).decode(errors="replace") for name in archive.namelist()}
    assert all(not name.startswith(("graders", "source", "submitted")) for name in given)
    text = "\n".join(given.values())
    for slug in course.exercises:
        tests = re.findall(r"^def (test_\w+)", course.grader(slug).read_text(), re.MULTILINE)
        assert tests
        assert not [name for name in tests if name in text]


def test_an_attempt_fills_in_the_cells_it_names(course, tmp_path):
    folder = tmp_path / "mistakes"
    folder.mkdir()
    path = folder / "adds.py"
    path.write_text(
        '"""Adds two.\n\nfails: doubles\n"""\n# %% double\ndef double(x):\n    return x + 2\n'
    )
    attempt = read_attempt(path)
    assert attempt.fails == {"doubles"}
    filled = fill_in(course.read_source("tiny"), attempt)
    assert filled.cells[2].source == "def double(x):\n    return x + 2"
    assert filled.cells[4].source == tiny_notebook().cells[4].source


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("# %% double\npass\n", "docstring"),
        ('"""A.\n\nfails: a\n"""\npass\n', "fills in no cell"),
        ('"""A."""\n# %% double\npass\n', "fails:"),
    ],
)
def test_an_attempt_that_does_not_fit_says_how_to_mend_it(tmp_path, text, words):
    path = tmp_path / "mistakes" / "a.py"
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(AttemptError, match=words):
        read_attempt(path)


def test_an_attempt_for_a_cell_that_is_not_there_names_those_that_are(course, tmp_path):
    path = tmp_path / "solutions" / "a.py"
    path.parent.mkdir()
    path.write_text('"""A."""\n# %% triple\npass\n')
    with pytest.raises(AttemptError, match="double, square"):
        fill_in(course.read_source("tiny"), read_attempt(path))


def test_a_new_exercise_is_entered_and_complete(course):
    written = start_exercise(course, "halve")
    assert all(path.is_file() for path in written)
    again = Course(course.root)
    assert again.exercises == ["tiny", "halve"]
    assert "SLUG" not in "".join(path.read_text() for path in written)
    assert {case.name: case.fails for case in cases(again, "halve")} == {
        "starter": {"values", "dtype"},
        "source": set(),
        "solutions/tensorflow_function.py": set(),
        "mistakes/float32_always.py": {"dtype"},
    }


@pytest.mark.parametrize(
    ("slug", "words"), [("Halve", "small letters"), ("../x", "small letters"), ("tiny", "already")]
)
def test_a_name_that_does_not_do_is_refused(course, slug, words):
    before = (course.root / "course_config.py").read_text()
    with pytest.raises(CourseError, match=words):
        start_exercise(course, slug)
    assert (course.root / "course_config.py").read_text() == before
