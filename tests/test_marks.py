"""From hidden tests to marks, and into the notebook."""

from __future__ import annotations

import nbformat
import pytest
from nbformat.v4 import new_output
from nbgrader.utils import determine_grade

from proctor.course.cells import grade_id, is_check
from proctor.judge.plugin import TestResult
from proctor.pipeline import table
from proctor.pipeline.feedback import page
from proctor.pipeline.marks import MarkError, Result, clean, score_checks, write_marks
from proctor.pipeline.slots import Failure
from tests.conftest import tiny_notebook


def outcome(check: str, passed: bool, weight: float = 1) -> TestResult:
    return TestResult(
        check=check, name="test", title="It works.", weight=weight, passed=passed, message="no"
    )


def result(tests: list[TestResult]) -> Result:
    return Result(
        student="ada",
        slug="tiny",
        status="graded",
        checks=score_checks(tiny_notebook(), tests),
        problems=[],
    )


def test_points_times_passed_weight_over_total_weight():
    tests = [outcome("doubles", True), outcome("doubles", False, 3), outcome("squares", True)]
    scores = {check.id: (check.score, check.max_score) for check in result(tests).checks}
    assert scores == {"doubles": (1.0, 4.0), "squares": (2.0, 2.0)}
    assert (result(tests).score, result(tests).max_score) == (3.0, 6.0)


@pytest.mark.parametrize("checks", [["doubles"], ["doubles", "squares", "other"]])
def test_checks_and_grade_cells_match_one_to_one(checks):
    with pytest.raises(MarkError, match=r"squares|other"):
        result([outcome(check, True) for check in checks])


@pytest.mark.parametrize(("passed", "score"), [(True, 4.0), (False, 0.0)])
def test_nbgrader_reads_the_same_marks_whatever_the_outputs_were(passed, score):
    notebook = tiny_notebook()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [
                new_output("stream", name="stderr", text="TensorFlow has something to say"),
                new_output("execute_result", data={"text/plain": "1000"}, execution_count=1),
            ]
    write_marks(notebook, result([outcome("doubles", passed), outcome("squares", False)]))
    marks = {grade_id(c): determine_grade(c) for c in notebook.cells if is_check(c)}
    assert marks == {"doubles": (score, 4.0), "squares": (0.0, 2.0)}
    nbformat.validate(notebook)


def test_outputs_that_could_act_on_a_page_or_terminal_do_not_stay():
    notebook = tiny_notebook()
    notebook.cells[2].outputs = [
        new_output(
            "display_data",
            data={
                "text/html": "<script>alert(1)</script>",
                "image/svg+xml": "<svg onload=alert(1)>",
                "application/javascript": "alert(1)",
                "text/plain": "<b>bold</b>\x1b]0;title\x07",
            },
        ),
        new_output("display_data", data={"image/png": "iVBORw0K\nGgo="}),
        new_output("error", ename="<i>E</i>", evalue="\x1b[2Jgone", traceback=["<script>"]),
    ]
    write_marks(notebook, result([outcome("doubles", True), outcome("squares", True)]))
    shown, picture, error = notebook.cells[2].outputs
    assert shown.data.keys() == {"text/plain"}
    assert picture.data == {"image/png": "iVBORw0KGgo="}
    assert "\x1b" not in shown.data["text/plain"]
    assert "\x1b" not in error.evalue
    html = page(notebook)
    assert "<script>" not in html
    assert "&lt;b&gt;bold&lt;/b&gt;" in html


def test_colours_stay_and_endless_text_is_cut():
    assert clean("\x1b[31mred\x1b[0m") == "\x1b[31mred\x1b[0m"
    assert "80,000 characters more" in clean("x" * 100_000)
    assert clean(None) == ""


def test_each_fault_of_a_grader_is_told_once_and_with_whom_it_concerns():
    broken = [result([outcome("doubles", False), outcome("squares", True)]) for _ in range(7)]
    for number, one in enumerate(broken):
        one.student, one.faults = f"student{number}", ["Traceback:\n\x1b[2JZeroDivisionError"]
    broken[6].faults = ["Traceback:\nKeyError"]
    first, second = table.faults([*broken, Failure("ada", "tiny", "no memory")])
    assert first == (
        "a hidden test broke on student0 tiny, student1 tiny, student2 tiny, student3 tiny, "
        "student4 tiny and 1 more:\nTraceback:\n\N{REPLACEMENT CHARACTER}[2JZeroDivisionError"
    )
    assert second.startswith("a hidden test broke on student6 tiny:")
