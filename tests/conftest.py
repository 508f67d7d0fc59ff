"""A course of one tiny exercise, and one zygote for all tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from proctor.course.course import Course
from proctor.sandbox.zygote import Zygote

PROJECT = Path(__file__).parent.parent
# What nothing is written into.
SHARED = [
    *("Makefile", "requirements.lock", "pyproject.toml", "environment.yml", "nbgrader_config.py"),
    *("proctor", "course_data", "source"),
]

GRADER = '''
import numpy as np
import pytest
from proctor.judge import StudentError, assert_close, is_a, require


@pytest.mark.check("doubles")
def test_doubles(student, rng):
    """Each number is doubled."""
    x = rng.normal(size=(2, 3))
    assert_close(student.double(x), 2 * x, hint="Is it x + x?")


@pytest.mark.check("doubles", weight=3)
def test_takes_lists(student):
    """Lists are taken, too."""
    assert_close(student.double([1.0, 2.0]), [2.0, 4.0])


@pytest.mark.check("squares")
def test_squares(student):
    """A tensor comes back, each number squared."""
    result = student.square(3.0)
    require(is_a(result, "tf.Tensor"), "The result is no tensor.")
    assert_close(result, 9.0)
'''

SETUP = "import numpy as np\nimport tensorflow as tf"
DOUBLE = """\
def double(x):
    ### BEGIN SOLUTION
    return 2 * np.asarray(x)
    ### END SOLUTION
"""
SQUARE = """\
def square(x):
    ### BEGIN SOLUTION
    return tf.square(x)
    ### END SOLUTION
"""
# A course's own rule for what being late costs.
HALF_A_POINT_AN_HOUR = """
from nbgrader.plugins import LateSubmissionPlugin

class HalfAPointAnHour(LateSubmissionPlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return 0.5 * (total_seconds_late / 3600)

c.AssignLatePenalties.plugin_class = HalfAPointAnHour
"""


def link_project(root: Path) -> None:
    """Make a folder the project as it is once it has been set up, but for its course."""
    for name in SHARED:
        (root / name).symlink_to(PROJECT / name)
    for name in (".venv", "data"):
        (root / name).mkdir()
        for path in (PROJECT / name).iterdir():
            if path.name != ".ready":
                (root / name / path.name).symlink_to(path)
        (root / name / ".ready").touch()


def metadata(name: str, *, points: float | None = None, solution: bool = False) -> dict:
    """nbgrader's metadata of a cell."""
    information = {
        "grade": points is not None,
        "grade_id": name,
        "locked": not solution,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    }
    if points is not None:
        information["points"] = points
    return {"nbgrader": information}


def tiny_notebook() -> NotebookNode:
    """The instructor's notebook of the tiny exercise."""
    return new_notebook(
        metadata={
            "kernelspec": {
                "name": "python3",
                "display_name": "Python 3 (ipykernel)",
                "language": "python",
            },
            "language_info": {"name": "python"},
        },
        cells=[
            new_markdown_cell("# Tiny", id="title"),
            new_code_cell(SETUP, id="setup", metadata=metadata("setup")),
            new_code_cell(DOUBLE, id="double", metadata=metadata("double", solution=True)),
            new_code_cell(
                "assert double(2) == 4, 'doubling 2 gives 4'",
                id="doubles",
                metadata=metadata("doubles", points=4),
            ),
            new_code_cell(SQUARE, id="square", metadata=metadata("square", solution=True)),
            new_code_cell(
                "assert square(2.0) == 4", id="squares", metadata=metadata("squares", points=2)
            ),
        ],
    )


def answer(double: str | None = None, square: str | None = None, **extra: str) -> NotebookNode:
    """A submission for the tiny exercise, with other code in its solution cells."""
    notebook = tiny_notebook()
    for name, code in {"double": double, "square": square, **extra}.items():
        if code is not None:
            cell = next(c for c in notebook.cells if c.id == name)
            cell.source = dedent(code)
    return notebook


def as_bytes(notebook: NotebookNode) -> bytes:
    """A notebook as a file's content."""
    return nbformat.writes(notebook).encode()


def make_course(root: Path) -> Course:
    """Write the tiny course into a folder."""
    config = (PROJECT / "course_config.py").read_text()
    start, end = config.index("c.Course.exercises"), config.index("c.CourseDirectory")
    config = config[:start] + 'c.Course.exercises = [\n    "tiny",\n]\n\n' + config[end:]
    (root / "course_config.py").write_text(config)
    (root / "nbgrader_config.py").write_text((PROJECT / "nbgrader_config.py").read_text())
    (root / "environment.yml").write_text((PROJECT / "environment.yml").read_text())
    (root / "source" / "tiny").mkdir(parents=True)
    (root / "graders" / "tiny").mkdir(parents=True)
    nbformat.write(tiny_notebook(), root / "source" / "tiny" / "tiny.ipynb")
    (root / "graders" / "tiny" / "test_tiny.py").write_text(GRADER)
    return Course(root)


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """A course on disk with the tiny exercise."""
    return make_course(tmp_path)


@pytest.fixture
def submit(course: Course) -> Callable[..., Path]:
    """Puts a submission into the tiny course."""

    def put(student: str, content: NotebookNode | bytes, name: str = "tiny.ipynb") -> Path:
        folder = course.root / "submitted" / student / "tiny"
        folder.mkdir(parents=True, exist_ok=True)
        data = content if isinstance(content, bytes) else as_bytes(content)
        (folder / name).write_bytes(data)
        return folder / name

    return put


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    """A zygote with TensorFlow loaded."""
    with Zygote() as zygote:
        yield zygote
