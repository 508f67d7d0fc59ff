"""From submitted files to marks, pages and the gradebook, through sealed kernels."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import warnings
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from proctor.course.course import Course, CourseError
from proctor.course.release import release
from proctor.pipeline.batch import grade_all, grade_course
from proctor.pipeline.capacity import shares
from proctor.pipeline.feedback import page
from proctor.pipeline.grading import grade, make_order
from proctor.pipeline.marks import Result
from proctor.pipeline.slots import Failure
from tests.conftest import answer, as_bytes

STDERR = """\
import sys
def double(x):
    print("warning", file=sys.stderr)
    return 2 * np.asarray(x)
"""
CORES = """\
import os
try:
    os.sched_setaffinity(0, range(os.cpu_count()))
except PermissionError:
    pass
print("cores:", *sorted(os.sched_getaffinity(0)))
def double(x):
    return 2 * np.asarray(x)
"""
NBGRADER = str(Path(sys.prefix, "bin", "nbgrader"))


@pytest.fixture
def graded(zygote, course):
    """Grades an answer to the tiny exercise."""

    def run(notebook, student: str = "ada") -> Result:
        data = notebook if isinstance(notebook, bytes) else as_bytes(notebook)
        return grade(make_order(course, student, "tiny", data), zygote.folder)

    return run


def scores(result: Result) -> dict[str, float]:
    return {check.id: check.score for check in result.checks}


def test_a_right_answer_gets_all_its_points(graded):
    result = graded(answer())
    assert scores(result) == {"doubles": 4.0, "squares": 2.0}
    assert result.problems == []


def test_who_is_graded_side_by_side_has_cores_of_its_own(course):
    data = as_bytes(answer(double=CORES))
    orders = [make_order(course, student, "tiny", data) for student in ("ada", "eve")]
    found = []
    for result in grade_all(orders, jobs=2):
        assert isinstance(result, Result)
        [words] = re.findall(r"cores: ([0-9 ]+)", result.notebook)
        found.append({int(word) for word in words.split()})
    assert sorted(found, key=min) == shares(2)


def test_half_an_answer_gets_half(graded):
    result = graded(answer(double="def double(x):\n    return x + x\n"))
    assert scores(result) == {"doubles": 1.0, "squares": 2.0}


def test_what_tensorflow_writes_to_stderr_costs_nothing(graded):
    result = graded(answer(double=STDERR))
    assert result.score == 6.0


@pytest.mark.parametrize(
    ("code", "least", "most"),
    [
        ("big = np.ones(30_000_000)\ntime.sleep(0.3)\ndel big", 239, 300),
        # What a child shares with its parent was not taken.
        ("if not os.fork():\n    time.sleep(0.5)\n    os._exit(0)\ntime.sleep(0.3)", 0, 200),
    ],
)
def test_the_most_memory_that_was_taken_is_known(graded, code, least, most):
    code = f"import os, time\n{code}\ndef double(x):\n    return 2 * np.asarray(x)\n"
    result = graded(answer(double=code))
    assert result.score == 6.0
    assert least < result.memory_mb < most
    notebook = nbformat.reads(result.notebook, as_version=4)
    assert notebook.metadata.proctor.memory_mb == pytest.approx(result.memory_mb, abs=0.1)


def test_a_cell_that_raises_does_not_stop_the_rest(graded):
    result = graded(answer(double="raise RuntimeError('half\\nway')"))
    assert scores(result) == {"doubles": 0.0, "squares": 2.0}
    assert result.problems == ["Code cell 2 raised RuntimeError: half way"]


def test_a_cell_that_ends_the_kernel_is_left_out_and_the_rest_graded(graded):
    result = graded(answer(double="import os\nos._exit(1)"))
    assert scores(result) == {"doubles": 0.0, "squares": 2.0}
    (problem,) = result.problems
    assert problem.startswith("Code cell 2 was left out. Your code ended the kernel")


def test_a_notebook_that_cannot_be_run_to_its_end_ends(graded, course):
    cells = answer(double="import os\nos._exit(1)", square="import os\nos._exit(1)")
    for _ in range(3):
        cells.cells.append(nbformat.v4.new_code_cell("import os\nos._exit(1)"))
    result = graded(cells)
    assert result.score == 0
    assert "Your notebook could not be run to its end." in result.problems


def test_where_an_array_is_off_reaches_the_notebook_and_the_page(graded):
    code = "def double(x):\n    return 2 * np.asarray(x) + np.eye(2, 3)"
    notebook = nbformat.reads(graded(answer(double=code)).notebook, as_version=4)
    first, second = notebook.metadata.proctor.checks[0].tests
    assert first.difference.off == [[1, 0, 0], [0, 1, 0]]
    assert second.difference is None
    assert "Off are 2 of 6 values: at [0, 0]" in page(notebook)


def test_what_is_no_notebook_gets_nothing_and_is_told_why(graded):
    result = graded(b"this is no notebook")
    assert (result.status, result.score, result.max_score) == ("unreadable", 0, 6)
    assert "not JSON" in result.problems[0]


def test_faked_outputs_and_points_count_for_nothing(graded):
    notebook = answer(double="raise ValueError", square="raise ValueError")
    for cell in notebook.cells:
        if cell.id in ("doubles", "squares"):
            cell.source = "1000"
            cell.metadata.nbgrader.points = 1000
            cell.outputs = [
                nbformat.v4.new_output(
                    "execute_result", data={"text/plain": "1000"}, execution_count=1
                )
            ]
    result = graded(notebook)
    assert (result.score, result.max_score) == (0, 6)


def test_the_same_student_gets_the_same_inputs_again(graded):
    echo = "def double(x):\n    raise ValueError(repr(np.asarray(x)))\n"
    messages = [
        graded(answer(double=echo), student).checks[0].tests[0].message
        for student in ("ada", "ada", "grace")
    ]
    assert messages[0] == messages[1] != messages[2]


@pytest.fixture
def marked(course, submit):
    """A course with four submissions, graded."""
    submit("ada", answer())
    submit("grace", answer(double="def double(x):\n    return x + x\n"))
    submit("linus", b"{")
    submit("alan", answer(), name="my homework.ipynb")
    release(course, [])
    told, begun = [], []
    outcomes = grade_course(
        course, course.submissions([], []), jobs=2, begun=begun.append, told=told.append
    )
    assert len(told) == 4
    # Where there is no notebook, there is nothing to grade.
    assert sorted(order.student for order in begun) == ["ada", "grace", "linus"]
    assert told[0].student == "alan"
    return course, {outcome.student: outcome for outcome in outcomes}


def book_scores(course: Course) -> dict[str, float]:
    with Gradebook(course.gradebook) as book:
        return {s.student.id: s.score for s in book.assignment_submissions("tiny")}


def test_a_batch_writes_notebooks_pages_and_the_gradebook(marked):
    course, outcomes = marked
    assert {name: outcome.score for name, outcome in outcomes.items()} == {
        "ada": 6.0,
        "grace": 3.0,
        "linus": 0.0,
        "alan": 0.0,
    }
    assert book_scores(course) == {"ada": 6.0, "grace": 3.0, "linus": 0.0, "alan": 0.0}
    assert outcomes["alan"].problems == [
        "There is no file `tiny.ipynb`; there is `my homework.ipynb`."
    ]
    for student in outcomes:
        html = course.feedback(student, "tiny").read_text()
        assert f"<strong>{outcomes[student].score:g}</strong> of 6 points" in html
        assert "http" not in html.replace("http-equiv", "")
    nbformat.validate(nbformat.read(course.autograded("ada", "tiny"), as_version=4))
    assert not course.autograded("linus", "tiny").exists()


def nbgrader(course: Course, *command: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [NBGRADER, *command], cwd=course.root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done


def test_nbgrader_gives_the_same_marks_page_and_export(marked):
    course, _ = marked
    with Gradebook(course.gradebook) as book:
        book.find_grade("doubles", "tiny", "tiny", "grace").extra_credit = 0.5
        book.find_comment("double", "tiny", "tiny", "grace").manual_comment = "Nearly."
        book.db.commit()
    grade_course(course, course.submissions([], []))
    pages = {name: course.feedback(name, "tiny").read_text() for name in ("ada", "grace")}
    before = book_scores(course)
    with Gradebook(course.gradebook) as book:
        for name in ("ada", "grace"):
            for grade_ in book.find_submission_notebook("tiny", "tiny", name).grades:
                grade_.auto_score = None
        book.db.commit()
    for name in ("ada", "grace"):
        nbgrader(course, "autograde", "tiny", "--force", "--student", name)
        nbgrader(course, "generate_feedback", "tiny", "--force", "--student", name)
    assert book_scores(course) == before
    assert before["grace"] == 3.5
    assert "<blockquote>Nearly.</blockquote>" in pages["grace"]
    for name, html in pages.items():
        assert course.feedback(name, "tiny").read_text() == html
    nbgrader(course, "export", "--to", "marks.csv")
    rows = (course.root / "marks.csv").read_text()
    assert "grace" in rows
    assert "3.5" in rows


def test_nbgrader_gives_no_student_what_links_lead_to(course, submit):
    look = "import os\ndef double(x):\n    raise ValueError(os.listdir('.'))\n"
    folder = submit("eve", answer(double=look)).parent
    (folder / "own.txt").write_text("mine")
    (course.root / "exam.txt").write_text("secret")
    (folder / "taken.txt").symlink_to(course.root / "exam.txt")
    submit("mallory", answer()).unlink()
    (folder.parent.parent / "mallory" / "tiny" / "tiny.ipynb").symlink_to(folder / "tiny.ipynb")
    release(course, [])
    nbgrader(course, "autograde", "tiny", "--student", "eve")
    nbgrader(course, "generate_feedback", "tiny", "--student", "eve")
    graded = course.autograded("eve", "tiny")
    assert (graded.parent / "own.txt").exists()
    assert "own.txt" in graded.read_text()
    assert "taken.txt" not in graded.read_text()
    assert list(course.root.glob("*/eve/tiny/taken.txt")) == [folder / "taken.txt"]
    done = subprocess.run(
        [NBGRADER, "autograde", "tiny", "--student", "mallory"],
        cwd=course.root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "links are not followed" in done.stderr
    assert not course.autograded("mallory", "tiny").exists()


def test_formgraders_button_gives_the_same_marks(marked, monkeypatch):
    """The button calls nbgrader's API inside the Jupyter server, whose folder is the course."""
    course, _ = marked
    before = book_scores(course)
    monkeypatch.chdir(course.root)
    config = Config(course.config)
    config.CourseDirectory.root = str(course.root)
    api = NbGraderAPI(CourseDirectory(config=config), config=config)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        told = api.autograde("tiny", "grace", force=True)
    assert told["success"], told
    assert book_scores(course) == before
    notebook = nbformat.read(course.autograded("grace", "tiny"), as_version=4)
    assert notebook.cells[3].outputs[0].text.startswith("doubles: 1 of 4 points")
    with (course.root / "course_config.py").open("a") as settings:
        settings.write("\nc.Course.voided = {'tiny': ['squares']}\n")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert api.autograde("tiny", "grace", force=True)["success"]
    assert book_scores(course) == {"ada": 4.0, "grace": 1.0, "linus": 0.0, "alan": 0.0}
    with Gradebook(course.gradebook) as book:
        assert book.find_assignment("tiny").max_score == 4.0


def test_a_mark_given_by_hand_survives_a_regrade(marked):
    course, _ = marked
    with Gradebook(course.gradebook) as book:
        grade_ = book.find_grade("doubles", "tiny", "tiny", "grace")
        grade_.manual_score, grade_.extra_credit = 3.5, 0.25
        book.db.commit()
    grade_course(course, course.submissions([], ["grace"]), force=True)
    with Gradebook(course.gradebook) as book:
        grade_ = book.find_grade("doubles", "tiny", "tiny", "grace")
        assert (grade_.manual_score, grade_.auto_score, grade_.extra_credit) == (3.5, 1.0, 0.25)
        assert grade_.needs_manual_grade
    assert "<strong>5.75</strong> of 6" in course.feedback("grace", "tiny").read_text()


def test_a_broken_grader_is_our_fault_and_writes_no_marks(course, submit):
    submit("ada", answer())
    release(course, [])
    course.grader("tiny").write_text("import nothing_like_this")
    (outcome,) = grade_course(course, course.submissions([], []))
    assert isinstance(outcome, Failure)
    assert "nothing_like_this" in str(outcome)
    assert book_scores(course) == {}


def test_a_course_that_was_not_released_is_refused_before_any_work(course, submit):
    submit("ada", answer())
    with pytest.raises(CourseError, match="proctor release"):
        grade_course(course, course.submissions([], []))


def test_unsealed_grading_gives_the_same_marks(course, submit):
    submit("ada", answer(double="def double(x):\n    return x + x\n"))
    release(course, [])
    (outcome,) = grade_course(course, course.submissions([], []), sealed=False)
    assert isinstance(outcome, Result)
    assert outcome.score == 3.0
    assert outcome.memory_mb is None


def test_links_in_a_submission_are_not_followed(zygote, course, submit):
    path = submit("ada", answer(double="import os\ndef double(x):\n    return os.listdir('.')\n"))
    os.symlink("/etc", path.parent / "etc")
    os.symlink("/etc/passwd", path.parent / "passwd.txt")
    (path.parent / "own.txt").write_text("mine")
    release(course, [])
    grade_course(course, course.submissions([], []))
    notebook = nbformat.read(course.autograded("ada", "tiny"), as_version=4)
    text = json.dumps(notebook.metadata.proctor)
    assert "own.txt" in text
    assert "passwd" not in text
    assert "etc" not in text
