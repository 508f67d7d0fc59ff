"""The judge's pytest plugin: what a grader file comes to."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from proctor.judge.errors import GraderError
from proctor.judge.examine import examine
from proctor.judge.plugin import UNCLEAR, TestResult
from proctor.judge.remote import Clock
from proctor.limits import Limits
from proctor.pipeline.run import NotebookRun

LIMITS = Limits(request_seconds=4, test_seconds=12, memory_mb=400)
NOTEBOOK = """
import os, time
def hang():
    while True: time.sleep(0.01)
def crash(): os.kill(os.getpid(), 9) or os._exit(1)
def eat():
    kept = []
    while True: kept.append(b"x" * 10**7)
def fine(): return 1
def wrong(): return {"unexpected": 1}
def fail(): raise ValueError("the student's own words")
"""


@pytest.fixture
def run(zygote, tmp_path: Path) -> Callable[..., list[TestResult]]:
    def go(text: str, seed: bytes = b"seed", notebook: str = NOTEBOOK) -> list[TestResult]:
        # Under a name that the pytest which runs this test leaves alone.
        grader = tmp_path / "tiny.py"
        grader.write_text("import numpy as np\nimport pytest\nfrom proctor.judge import *\n" + text)
        cells = [new_code_cell(notebook)]
        with zygote.sandbox(LIMITS) as sandbox, zygote.sandbox(LIMITS) as aside:
            return examine(
                grader,
                student=lambda: NotebookRun(
                    new_notebook(cells=cells), sandbox, LIMITS, time.monotonic() + 60
                ),
                reference=lambda: NotebookRun(new_notebook(), aside, LIMITS, time.monotonic() + 60),
                clock=Clock(LIMITS),
                seed=seed,
            )

    return go


def test_results_carry_check_weight_title_and_verdict(run):
    first, second, third = run('''
@pytest.mark.check("one", weight=2)
def test_right(student):
    """It is one."""
    assert_equal(student.fine(), 1)

@pytest.mark.check("two")
@pytest.mark.parametrize("n", [1, 2])
def test_each(student, n):
    """Is it
    the number?"""
    assert_equal(student.fine(), n, what="the answer", hint="count again")
''')
    assert (first.check, first.weight, first.title, first.passed) == ("one", 2, "It is one.", True)
    assert (second.name, second.passed, second.message) == ("test_each[1]", True, "")
    assert (third.passed, third.title) == (False, "Is it the number?")
    assert third.message == "The answer is 1; expected 2.\nHint: count again"


def test_a_test_that_hangs_crashes_or_eats_loses_its_own_points_only(run):
    results = run('''
@pytest.mark.check("a")
def test_hang(student):
    """Hangs."""
    student.hang()

@pytest.mark.check("a")
def test_after_hang(student):
    """Fine."""
    assert student.fine() == 1

@pytest.mark.check("a")
def test_crash(student):
    """Crashes."""
    student.crash()

@pytest.mark.check("a")
def test_after_crash(student):
    """Fine."""
    assert student.fine() == 1

@pytest.mark.check("a")
def test_eat(student):
    """Eats."""
    student.eat()

@pytest.mark.check("a")
def test_after_eat(student):
    """Fine."""
    assert student.fine() == 1
''')
    assert [result.passed for result in results] == [False, True] * 3
    assert "still running after 4 s" in results[0].message
    assert "ended the kernel" in results[2].message
    assert "400 MB of memory" in results[4].message


def test_messages_never_hold_the_graders_source(run):
    results = run('''
SECRET = 41

@pytest.mark.check("a")
def test_own_words(student):
    """Raises."""
    student.fail()

@pytest.mark.check("a")
def test_bare_assert(student):
    """Compares."""
    assert student.fine() == SECRET

@pytest.mark.check("a")
def test_breaks(student):
    """Expects a number."""
    assert student.wrong() + SECRET
''')
    assert "ValueError: the student's own words" in results[0].message
    assert 'raise ValueError("the student\'s own words")' in results[0].message
    assert results[2].message == UNCLEAR
    assert "SECRET" in results[2].fault
    for result in results:
        assert not result.passed
        assert "SECRET" not in result.message
        assert "41" not in result.message
        assert "tiny.py" not in result.message


def test_inputs_come_from_the_seed_alone(run):
    text = '''
@pytest.mark.check("a")
def test_draws(student, rng, rng_for):
    """Draws."""
    raise CheckFailed(f"{rng.integers(10**9)} {rng_for('fit').integers(10**9)}")
'''
    once, again = run(text)[0].message, run(text)[0].message
    assert once == again
    assert once != run(text, seed=b"another")[0].message


def test_the_reference_holds_no_student_code(run):
    (result,) = run('''
@pytest.mark.check("a")
def test_reference(student, reference):
    """A clean kernel."""
    assert "fine" in student
    assert "fine" not in reference
    assert float(reference.tf.square(3.0)) == 9.0
''')
    assert result.passed, result.message


def test_a_broken_fixture_fails_every_test_that_needs_it(run):
    results = run('''
@pytest.fixture(scope="module")
def fit(student):
    return student.fail()

@pytest.mark.check("a")
def test_one(fit):
    """One."""

@pytest.mark.check("a")
def test_two(fit):
    """Two."""

@pytest.mark.check("a")
def test_three(student):
    """Three."""
''')
    assert [result.passed for result in results] == [False, False, True]
    assert "the student's own words" in results[1].message


def test_an_attempt_fails_only_the_tests_that_ask_for_its_result(run):
    results = run('''
@pytest.fixture(scope="module")
def tried(student):
    mistake = attempt(require, False, "not as asked")
    return [attempt(getattr(student, name)) for name in ("fine", "fail", "crash")] + [mistake]

@pytest.mark.check("a")
@pytest.mark.parametrize("number", range(4))
def test_each(tried, number):
    """Each."""
    assert_equal(tried[number].result(), 1)

@pytest.mark.check("a")
def test_failures(tried):
    """What went wrong is known."""
    kinds = [type(each.failure).__name__ for each in tried]
    require(kinds == ["NoneType", "StudentError", "StudentStopped", "CheckFailed"], str(kinds))
''')
    assert [result.passed for result in results] == [True, False, False, False, True]
    for result, words in zip(
        results[1:], ("the student's own words", "ended the kernel", "not as asked"), strict=False
    ):
        assert words in result.message
        assert not result.fault


def test_an_attempt_does_not_keep_a_fault_of_the_grader(run):
    results = run('''
@pytest.mark.check("a")
def test_broken(student):
    """Broken."""
    attempt(student.fine, object())

@pytest.mark.check("a")
def test_arithmetic(student):
    """Arithmetic."""
    attempt(lambda: 1 / 0)
''')
    assert all(result.fault and not result.passed for result in results)


def test_a_skipped_test_has_not_passed(run):
    (result,) = run('''
@pytest.mark.check("a")
def test_skipped(student):
    """Skipped."""
    pytest.skip("no reason")
''')
    assert not result.passed


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('def test_a(student):\n    """A."""\n', "has no @pytest.mark.check"),
        ('@pytest.mark.check("a")\ndef test_a(student):\n    pass\n', "has no docstring"),
        ("import nothing_like_this\n", "nothing_like_this"),
        ("x = 1\n", "no test was run"),
    ],
)
def test_a_grader_that_cannot_be_used_says_why(run, text, complaint):
    with pytest.raises(GraderError, match=complaint):
        run(text)
