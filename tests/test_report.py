"""The report: its numbers, its groups, its hints, and the page that shows them."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest

from proctor.course.attempts import fill_in, read_attempts
from proctor.course.course import Course, CourseError
from proctor.course.release import release
from proctor.judge.plugin import UNCLEAR, TestResult
from proctor.judge.remote import Clock
from proctor.limits import Limits
from proctor.pipeline import batch
from proctor.pipeline.gradebook_reading import FinalMark, final_marks
from proctor.pipeline.marks import Result, score_checks, write_marks
from proctor.report.messages import groups, normal_form
from proctor.report.page import report
from proctor.report.review import KINDS, findings
from proctor.report.similar import compare, known_code
from proctor.report.statistics import FEWEST, discrimination, histogram, spread
from proctor.report.summary import check_lines, course_shares
from proctor.report.works import Check, Graded, Test, Work, read_works, solution_code
from proctor.sealed.usage import Usage
from tests.conftest import PROJECT, answer, as_bytes, make_course, tiny_notebook


def work(student: str, *checks: Check, mark: float | None = None, **more: object) -> Work:
    """A graded submission, made up."""
    told = Graded(checks=list(checks), problems=list(more.pop("problems", ())))
    final = None if mark is None else FinalMark(mark, 10.0, 0.0, False)
    return Work(student=student, slug=str(more.pop("slug", "tiny")), graded=told, mark=final)


def check(name: str, score: float, *messages: str) -> Check:
    """A check worth two points, with tests that failed with some messages."""
    tests = [Test(title="It works.", passed=False, message=message) for message in messages]
    return Check(id=name, score=score, max_score=2.0, tests=tests)


def test_a_spread_has_its_quarters():
    found = spread([10, 0, 3, 1, 2])
    assert (found.count, found.mean) == (5, 3.2)
    assert (found.least, found.quarter, found.median) == (0, 1, 2)
    assert (found.three_quarters, found.most) == (3, 10)
    assert spread([]) is None


def test_a_bin_holds_its_lower_end_and_the_last_one_full_marks():
    shares = [0, 0.05, 0.1, 0.7, 0.69999999, 0.999, 1.0, 1.2]
    assert histogram(shares) == [2, 1, 0, 0, 0, 0, 0, 2, 0, 3]


def test_discrimination_is_the_point_biserial_correlation():
    # Means 0.75 and 0.25, deviation sqrt(1/8), half of them pass: 0.5 / sqrt(1/8) * 0.5.
    scores = [1] * 10 + [0] * 10
    rests = [1.0] * 5 + [0.5] * 10 + [0.0] * 5
    assert discrimination(scores, rests) == pytest.approx(0.5**0.5)
    assert discrimination(scores, rests[::-1]) == pytest.approx(-(0.5**0.5))


def test_nothing_is_said_of_few_or_of_equals():
    assert discrimination([1, 0] * 9 + [1], [0.1, 0.9] * 9 + [1]) is None
    assert discrimination([1] * FEWEST, list(range(FEWEST))) is None
    assert discrimination([1, 0] * FEWEST, [0.3] * 2 * FEWEST) is None


def test_a_checks_rest_is_all_else_that_the_student_handed_in():
    works = [
        row
        for number in range(FEWEST)
        for row in (
            work(f"s{number}", check("easy", 2), check("hard", 2 * (number % 2))),
            work(f"s{number}", check("other", 2 * (number % 2)), slug="more"),
        )
    ]
    easy, hard, other = check_lines(works)
    assert (easy.passed, easy.discrimination, easy.words) == (1.0, None, "all alike")
    assert (hard.count, hard.passed, hard.mean) == (FEWEST, 0.5, 0.5)
    assert hard.discrimination == pytest.approx(1.0)
    assert (other.slug, other.words) == ("more", "tells well")
    assert check_lines(works[:4])[1].words == "too few"


def test_the_courses_marks_are_shares_of_what_was_handed_in():
    works = [work("ada", mark=5), work("ada", mark=10, slug="more"), work("bob", mark=2)]
    assert course_shares(works) == [0.75, 0.2]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("expected 3.2, got 4.1", "expected 5, got 2"),
        (
            "The result is off in 3 of 6 values: 0.5 at [0, 1] where -1e-05 was expected.",
            "The result is off in 1 of 2 values: nan at [1] where 2 was expected.\nHint: Sum?",
        ),
        ("It has shape (2, 3); expected (3,).", "It has shape (); expected (1, 2, 3)."),
        ("got array([[1., 2.],\n       [3., 4.]])", "got array([0.5])"),
        ("It is [1.  2.5e-03 ... 3.].", "It is [ 4. -1.e+10]."),
        ("It is 3.", "It is 4.5."),
        ("It is [1, 2, 3, 4...; expected [1].", "It is [[0.1, 0.2...; expected []."),
        (
            "Your code raised NameError: name 'foo' is not defined\n  line 3 of its cell, in f",
            "Your code raised NameError: name 'bar' is not defined\n  line 9 of its cell\n  y",
        ),
        ("raised TypeError: f() takes 2 arguments", "raised TypeError: my.g() takes 3 arguments"),
    ],
)
def test_messages_fall_together_whatever_their_numbers_arrays_and_names(first, second):
    assert normal_form(first) == normal_form(second)


def test_messages_that_say_something_else_stay_apart():
    assert normal_form("It has dtype float32.") != normal_form("It has dtype float64.")
    assert normal_form("It's 3, not func's.") == "It's #, not func's."
    assert normal_form("[" * 5_000)


def test_a_group_counts_students_and_checks_and_has_one_whole_example():
    long = "The result is 3.\nHint: Is it x + x?"
    works = [
        work("ada", check("a", 0, long, "The result is 5."), check("b", 0, "The result is 7.")),
        work("bob", check("b", 0, "The result is 1.", "Else.")),
        work("cid", check("b", 0, "The result is 1."), slug="more"),
    ]
    first, *others = groups(works)
    assert (first.words, first.students, first.checks) == (
        "The result is #.",
        2,
        [("b", 2), ("a", 1)],
    )
    assert (first.student, first.example) == ("ada", long)
    assert {(group.slug, group.words) for group in others} == {
        ("tiny", "Else."),
        ("more", "The result is #."),
    }


def kinds(*works: Work) -> list[str]:
    return [finding.kind for finding in findings(works)]


def test_what_happens_to_learners_needs_no_review():
    problems = [
        "Code cell 12 raised KeyError: 'at 3 and was stopped'",
        "Code cell 4 meets a part that is not written yet.",
    ]
    message = "Your code raised ValueError: it was stopped"
    assert kinds(work("ada", check("a", 0, message), mark=4, problems=problems)) == []
    assert kinds(work("ada", mark=10)) == []


def stopped_words() -> list[str]:
    limits = Limits()
    first = Usage(0, 0.0, 0, 0)
    greedy = [Usage(999, 0, 0, 0), Usage(1, 1e6, 0, 0), Usage(1, 0, 0, 10**12)]
    words = [str(usage.excess(first, limits)) for usage in greedy]
    clock = Clock(limits)
    clock.start_test(None)
    clock.test_end = 0.0
    for _ in range(2):
        with pytest.raises(Exception, match=r"time|long") as caught:
            clock.deadline()
        words.append(str(caught.value))
        clock.end = 0.0
    return [
        *words,
        "Your code was still running after 10 s and was stopped. It was here:\n  line 3",
        "Your code ended the kernel (exit status 3).",
        "Your code crashed the kernel (SIGSEGV: a memory access that is not allowed).",
        "The kernel ended while your code ran.",
        "The kernel gave an answer that is none.",
        "After your notebook ran, its kernel did not answer.",
        "Your notebook could not be run to its end.",
    ]


def test_what_needs_a_persons_eye_is_found():
    for words in stopped_words():
        assert kinds(work("ada", check("a", 0, words), mark=0)) == ["stopped"], words
    assert kinds(work("ada", check("a", 0, UNCLEAR), mark=0)) == ["grader broke"]
    cut = "Your notebook printed more than 8 MB: the rest was cut."
    assert kinds(work("ada", mark=10, problems=[cut])) == ["problem"]
    assert kinds(work("ada", mark=9.5), work("bob", mark=9.4)) == ["nearly full"]
    assert kinds(work("ada")) == ["not examined"]
    waiting = FinalMark(10, 10, 0, True)
    assert kinds(Work(student="ada", slug="tiny", graded=Graded(checks=[]), mark=waiting)) == [
        "mark by hand"
    ]


OWN = """\
class Running:
    def __init__(self, size):
        self.kept = [0.0] * size

    # my own idea
    def push(self, number):
        self.kept.append(number)
        while len(self.kept) > self.size:
            del self.kept[0]
        return sum(self.kept) / max(len(self.kept), 1)


def double(x):
    parts = [part + part for part in x.ravel().tolist() if part == part]
    return np.asarray(parts, dtype=x.dtype).reshape(x.shape)
"""
COPY = (
    OWN.replace("kept", "window").replace("number", "x1").replace("    # my own idea\n", "")
    + "\n\n# Mine.\nprint('done')\n"
)
OTHER = """\
def double(x):
    result = tf.zeros_like(x)
    for _ in range(2):
        result = tf.add(result, x)
    assert result.shape == x.shape, "the shape must stay"
    with tf.name_scope("doubled"):
        return tf.identity(result) if tf.is_tensor(result) else None
"""


def test_a_copy_with_other_names_and_comments_is_found_and_its_lines_are_shown():
    found = compare("tiny", {"ada": OWN, "bob": OTHER, "eve": COPY})
    (pair,) = found.pairs
    assert pair.students == ("ada", "eve")
    assert pair.score > 0.9
    assert pair.shared > 150
    assert (found.compared, found.total, found.ordinary) == (3, 3, 3)
    first, second = pair.code
    assert all(line.shared for line in first if line.text and "self" in line.text)
    assert [line.text for line in second if not line.shared] == ["", "", None]


def test_what_all_write_and_what_was_given_says_nothing():
    alike = {"ada": OWN, "eve": COPY}
    assert compare("tiny", alike, known=[OWN]).pairs == []
    assert compare("tiny", alike, known=[OWN]).compared == 0
    assert compare("tiny", {**alike, "bob": OWN, "cid": OWN}).pairs == []
    short = "def double(x):\n    return x + x\n"
    assert compare("tiny", {"ada": short, "eve": short}).pairs == []


def test_no_two_of_this_courses_own_solutions_are_called_alike():
    project = Course(PROJECT)
    long_enough = 0
    for slug in project.exercises:
        source = project.read_source(slug)
        codes = {
            attempt.path.stem: solution_code(fill_in(source, attempt).cells)
            for attempt in read_attempts(project.attempts(slug, "solutions"))
        }
        found = compare(slug, codes, known_code(project, slug))
        assert [pair.students for pair in found.pairs] == []
        long_enough += found.compared
    assert long_enough > 50


def test_any_text_can_be_compared():
    codes = ["", "\n\n", "def (:\n" * 50, "\x00'" * 300, "é" * 30_000, "\n\nclass A:\r\n" * 20]
    assert compare("tiny", dict(zip("abcdef", codes, strict=True))).total == 6


HOSTILE = "</pre><script>alert(1)</script><img src=x onerror=alert(1)>\u202e{{ 7 * 7 }}"


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny course, released, its gradebook empty: what takes long to make is made once."""
    course = make_course(tmp_path_factory.mktemp("released"))
    release(course, [])
    return course.root


@pytest.fixture
def course(released: Path, tmp_path: Path) -> Course:
    """A released course of one's own."""
    return Course(shutil.copytree(released, tmp_path / "course"))


@pytest.fixture
def put(course: Course, submit: Callable[..., Path]) -> Callable[..., Path]:
    """Submits an answer to the tiny exercise and writes a result that is made up."""

    def write(
        student: str,
        *failed: str,
        code: str = "",
        message: str = "No.",
        memory_mb: float | None = None,
    ) -> Path:
        notebook = answer(double=code) if code else answer()
        path = submit(student, notebook)
        tests = [
            TestResult(
                check=name, name="test", title="It works.", weight=1, passed=name not in failed,
                message=message if name in failed else "",
            )
            for name in ("doubles", "squares")
        ]  # fmt: skip
        result = Result(
            student=student,
            slug="tiny",
            status="graded",
            checks=score_checks(tiny_notebook(), tests),
            problems=[],
            seconds=1.5,
            memory_mb=memory_mb,
        )
        write_marks(notebook, result)
        result.notebook = nbformat.writes(notebook)
        batch.write(course, result)
        return path

    return write


class Tags(HTMLParser):
    """Collects what stands in a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}


def test_the_page_shows_what_was_written_and_lets_nothing_act(course, put):
    hostile = "<script>alert(1)<script>"
    put("ada")
    put(hostile, "squares", code=f"{OWN}\n# {HOSTILE}", message=f"Got 3.5: {HOSTILE}")
    put("eve", "squares", code=f"{COPY}\n# {HOSTILE}", message=f"Got 4: {HOSTILE}")
    for student, text in (("tim", "{"), ("tom", '{"cells": [], "metadata": {"proctor": 3}}')):
        course.autograded(student, "tiny").parent.mkdir(parents=True)
        course.autograded(student, "tiny").write_text(text)
    steps: list[int] = []
    path = report(course, told=steps.append)
    assert path == course.root / "report.html"
    assert steps == [10] * 8  # what is damaged has no code to compare
    page = path.read_text()
    seen = Tags(page)
    assert seen.tags.count("script") == 1
    assert not {"img", "iframe", "object", "link", "base", "form"} & set(seen.tags)
    assert not {name for name in seen.attributes if name.startswith("on") or name == "style"}
    assert "\u202e" not in page
    assert "{{ 7 * 7 }}" in page
    assert not re.search(r"https?://|url\(", page)
    assert page.count("Its graded notebook is damaged") == 2
    assert "Got #: " in page
    assert re.search(r"&lt;script&gt;alert\(1\)&lt;script&gt; and eve: \d+ % alike", page)
    assert "the whole course: students by share" in page.lower()


def test_memory_is_shown_as_far_as_it_is_known(course, put):
    put("ada")
    page = report(course).read_text()
    assert "How much memory kernels took is unknown" in page
    put("bob", memory_mb=312.44)
    put("cid", memory_mb=0.0)
    (row,) = re.findall(
        r"<tr><td>tiny</td>(?:(?!</tr>).)*>bob</td></tr>", report(course).read_text(), re.S
    )
    # Graded, unknown, median, highest quarter from, most.
    assert re.findall(r">([\d.]+)</td>", row) == ["3", "1", "156", "234", "312"]


def test_final_marks_have_marks_by_hand_and_penalties(course, put):
    put("ada", "squares")
    put("bob")
    with course.open_gradebook() as book:
        grade = book.find_grade("squares", "tiny", "tiny", "ada")
        grade.manual_score, grade.extra_credit, grade.needs_manual_grade = 1.5, 0.25, True
        book.find_submission_notebook("tiny", "tiny", "bob").late_submission_penalty = 2.0
        book.db.commit()
    marks = final_marks(course)
    assert marks["ada", "tiny"] == FinalMark(5.75, 6.0, 0.0, True)
    assert marks["bob", "tiny"] == FinalMark(6.0, 6.0, 2.0, False)
    assert marks["bob", "tiny"].final == 4.0


def test_what_has_no_result_is_told_with_its_reason(course, put, submit):
    late = put("ada")
    os.utime(late, (2e9, 2e9))
    submit("bob", b"{")
    submit("cid", as_bytes(answer()))
    submit("dan", as_bytes(answer()), name="other.ipynb")
    found = [(one.student, one.kind, one.words) for one in findings(read_works(course))]
    assert [(student, kind) for student, kind, _ in found] == [
        ("ada", "not examined"),
        ("cid", "not examined"),
        ("bob", "unreadable"),
        ("dan", "unreadable"),
    ]
    assert "newer than its result" in found[0][2]
    assert "not JSON" in found[2][2]
    assert "no file `tiny.ipynb`" in found[3][2]
    assert {kind for _, kind, _ in found} <= KINDS.keys()


def test_a_report_that_cannot_be_made_says_why(course, submit):
    submit("ada", answer())
    with pytest.raises(CourseError, match="run `proctor grade` first"):
        report(course)
    (course.root / "autograded").mkdir()
    with pytest.raises(CourseError, match="could not be written"):
        report(course, course.root / "missing" / "report.html")
    assert "No hidden test has failed" in report(course).read_text()
    assert datetime.now().strftime("%Y-%m") in report(course).read_text()
