"""What has not changed is not graded again; what has, is."""

from __future__ import annotations

import json
import re

import pytest
from typer.testing import CliRunner

from proctor.cli import app
from proctor.course.course import Course
from proctor.course.release import release
from proctor.limits import Limits
from proctor.pipeline.batch import grade_course, order_for
from proctor.pipeline.gradebook_reading import scores
from proctor.pipeline.grading import Order
from proctor.pipeline.marks import Result
from proctor.pipeline.memory import Memory
from tests.conftest import GRADER, answer, as_bytes, make_course

HALF = "def double(x):\n    return x + x\n"


def hand_in(course: Course, student: str, double: str | None) -> None:
    folder = course.submitted(student, "tiny").folder
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tiny.ipynb").write_bytes(as_bytes(answer(double=double)))


@pytest.fixture(scope="module")
def marked(tmp_path_factory) -> Course:
    """A course in which three students were graded; what one handed in is no notebook."""
    course = make_course(tmp_path_factory.mktemp("course"))
    hand_in(course, "ada", None)
    hand_in(course, "grace", HALF)
    hand_in(course, "linus", None)
    course.submitted("linus", "tiny").notebook.write_bytes(b"{")
    release(course, [])
    assert again(course) == {"ada": 6.0, "grace": 3.0, "linus": 0.0}
    return course


def again(course: Course, **options: bool) -> dict[str, float]:
    """Grade the course and return the marks of those who were really graded."""
    outcomes = grade_course(course, course.submissions([], []), **options)
    assert all(isinstance(outcome, Result) for outcome in outcomes)
    return {o.student: o.score for o in outcomes if isinstance(o, Result) and not o.earlier}


def recalled(course: Course, student: str = "ada") -> Result | None:
    """What a new run would take from an earlier one."""
    submission = course.submitted(student, "tiny")
    order = order_for(course, submission)
    assert isinstance(order, Order)
    memory = Memory(course)
    return memory.recall(submission, memory.fingerprint(submission, order))


def test_what_has_not_changed_is_not_graded(marked):
    begun = []
    outcomes = grade_course(marked, marked.submissions([], []), begun=begun.append)
    assert begun == []
    assert [(o.earlier, o.score, o.status) for o in outcomes] == [
        (True, 6.0, "graded"),
        (True, 3.0, "graded"),
        (True, 0.0, "unreadable"),
    ]
    test = recalled(marked, "grace").checks[0].tests[1]
    assert "Lists are taken" in test.title
    assert test.message


def test_what_was_remembered_without_its_memory_counts(marked):
    file = marked.root / ".proctor" / "graded" / "ada" / "tiny.json"
    before = file.read_bytes()
    known = json.loads(before)
    assert known["result"].pop("memory_mb") > 0
    file.write_text(json.dumps(known))
    result = recalled(marked)
    assert result is not None and result.memory_mb is None
    file.write_bytes(before)


@pytest.mark.parametrize("name", ["tiny.ipynb", "notes.txt", "timestamp.txt"])
def test_every_file_of_a_submission_counts(marked, name):
    file = marked.submitted("ada", "tiny").folder / name
    before = file.read_bytes() if file.exists() else None
    file.write_bytes((before or b"") + b"\n")
    assert recalled(marked) is None
    assert recalled(marked, "grace") is not None
    file.write_bytes(before) if before else file.unlink()
    assert recalled(marked) is not None


@pytest.mark.parametrize("kind", ["autograded", "feedback", "source", "grader"])
def test_what_was_written_must_be_there_and_the_exercise_the_same(marked, kind):
    place = ("ada", "tiny") if kind in ("autograded", "feedback") else ("tiny",)
    file = getattr(marked, kind)(*place)
    before = file.read_text()
    if len(place) == 2:
        file.unlink()
    else:
        file.write_text(before.replace("doubled", "Doubled").replace("# Tiny", "# Small"))
    assert recalled(Course(marked.root)) is None
    file.write_text(before)
    assert recalled(Course(marked.root)) is not None


def test_limits_the_secret_and_damage_count(marked):
    marked.limits = Limits(cell_seconds=29.0)
    assert recalled(marked) is None
    marked.limits = Limits()
    for file in (".proctor/secret", ".proctor/graded/ada/tiny.json"):
        path = marked.root / file
        before = path.read_bytes()
        path.write_bytes(b"{")
        assert recalled(marked) is None
        path.write_bytes(before)
    assert recalled(marked) is not None


def test_marks_in_the_gradebook_count(marked):
    with marked.open_gradebook() as book:
        book.find_grade("doubles", "tiny", "tiny", "ada").auto_score = 1.0
        book.db.commit()
    assert recalled(marked) is None
    with marked.open_gradebook() as book:
        book.find_grade("doubles", "tiny", "tiny", "ada").auto_score = 4.0
        book.db.commit()
    assert recalled(marked) is not None


def test_what_being_late_costs_counts(marked):
    result, submission = recalled(marked), marked.submitted("ada", "tiny")
    assert result is not None
    late = Course(marked.root)
    late.config.LateSubmissionPlugin.penalty_method = "zero"
    assert recalled(late) is None
    order = order_for(late, submission)
    memory = Memory(late)
    memory.remember(submission, memory.fingerprint(submission, order), result)
    assert recalled(late) is not None
    with late.open_gradebook() as book:
        book.update_or_create_assignment("tiny", duedate="2030-01-01")
    assert recalled(late) is None
    memory = Memory(marked)
    memory.remember(submission, memory.fingerprint(submission, order), result)
    assert recalled(marked) is not None


def test_a_dry_run_says_what_would_change_and_writes_nothing(marked):
    grader = marked.grader("tiny")
    page = marked.feedback("grace", "tiny").read_text()
    before = scores(marked)
    grader.write_text(GRADER.replace("weight=3", "weight=1"))
    done = CliRunner().invoke(app, ["grade", "--dry-run", "--course", str(marked.root)])
    assert done.exit_code == 0, done.output
    rows = re.findall(
        r"(\w+) +│ tiny +│ +(\S+) │ +(\S+) │ +(\S+) │ +(\S+) │ +(\S+) │ (\w+)", done.output
    )
    assert rows == [("grace", "3.00", "6", "4.00", "6", "+1.00", "doubles")]
    assert scores(marked) == before
    assert marked.feedback("grace", "tiny").read_text() == page
    grader.write_text(GRADER)
    assert recalled(marked) is not None


def test_what_was_graded_without_walls_is_graded_again(marked):
    assert again(marked, sealed=False, force=True) == {"ada": 6.0, "grace": 3.0, "linus": 0.0}
    hand_in(marked, "ada", "def double(x):\n    return np.asarray(x) * 2\n")
    assert again(marked, sealed=False) == {"ada": 6.0}
    assert recalled(marked) is None
