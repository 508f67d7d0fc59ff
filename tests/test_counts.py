"""Which submission counts, which checks do, and what a person gave: marks after a first grading."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from rich.console import Console
from sqlalchemy.exc import SAWarning

from proctor.course.course import Course, CourseError, Submission
from proctor.course.kept import handed_in
from proctor.course.release import release
from proctor.exchange.marks import read_marks
from proctor.pipeline import batch, table
from proctor.pipeline.batch import grade_course
from proctor.pipeline.choice import Choice
from proctor.pipeline.gradebook_reading import final_marks, scores
from proctor.pipeline.marks import CheckResult, Result
from proctor.pipeline.slots import Failure
from tests.conftest import HALF_A_POINT_AN_HOUR, answer, as_bytes, make_course

HALF = "def double(x):\n    return x + x\n"
WRONG = "def double(x):\n    return x\n"


def hand_in(course: Course, student: str, double: str | None, came_in: str = "") -> Submission:
    """Replace what lies in submitted/, as nbgrader's exchange does."""
    submission = course.submitted(student, "tiny")
    submission.folder.mkdir(parents=True, exist_ok=True)
    submission.notebook.write_bytes(as_bytes(answer(double=double)))
    if came_in:
        (submission.folder / "timestamp.txt").write_text(came_in)
    return submission


@pytest.fixture(scope="module")
def marked(tmp_path_factory) -> Course:
    """A course where the best counts: ada handed in three times, grace once; graded."""
    root = make_course(tmp_path_factory.mktemp("course")).root
    with (root / "course_config.py").open("a") as config:
        config.write("\nc.Course.counts = 'best'\n")
    course = Course(root)
    release(course, [])
    for double in (WRONG, HALF):
        handed_in(course, hand_in(course, "ada", double))
    hand_in(course, "ada", "raise ValueError")
    hand_in(course, "grace", None)
    assert outcomes(course) == {"ada": (3.0, 6.0, False), "grace": (6.0, 6.0, False)}
    return course


def outcomes(course: Course, **options: bool) -> dict[str, tuple[float, float, bool]]:
    """Grade; each student's marks, what they are out of, and whether they are from before."""
    found = grade_course(course, course.submissions([], []), **options)
    assert [o for o in found if isinstance(o, Failure)] == []
    return {o.student: (o.score, o.max_score, o.earlier) for o in found if isinstance(o, Result)}


@pytest.fixture
def no_kernels(monkeypatch) -> None:
    """Whoever would start a kernel fails."""
    monkeypatch.setattr(batch, "Slots", None)


@pytest.fixture
def configured(marked) -> Iterator:
    """The course with a line more in its configuration, until the test is over."""
    path = marked.root / "course_config.py"
    plain = path.read_text()

    def add(line: str) -> Course:
        path.write_text(f"{plain}\n{line}\n")
        return Course(marked.root)

    yield add
    path.write_text(plain)


def page(course: Course, student: str) -> str:
    return course.feedback(student, "tiny").read_text()


WORDS = "Of 3 submissions, the 2nd counts: none has more points."


def test_the_best_of_several_submissions_counts(marked):
    assert scores(marked)["ada", "tiny"] == {"doubles": 1.0, "squares": 2.0}
    assert WORDS in page(marked, "ada")
    assert "submissions, the" not in page(marked, "grace")
    assert "return x + x" in marked.autograded("ada", "tiny").read_text()
    kept = sorted(path.name[:4] for path in marked.kept("ada", "tiny").iterdir())
    assert kept == ["001-", "002-", "003-"]
    console = Console(width=200)
    with console.capture() as shown:
        console.print(table.marks(grade_course(marked, marked.submissions([], ["ada"]))))
    assert WORDS in shown.get()


@pytest.mark.usefixtures("no_kernels")
def test_what_was_graded_is_not_graded_again(marked):
    assert outcomes(marked) == {"ada": (3.0, 6.0, True), "grace": (6.0, 6.0, True)}
    with Gradebook(marked.gradebook) as book:
        # As `nbgrader autograde` leaves it, which knows the last submission only.
        book.find_grade("doubles", "tiny", "tiny", "ada").auto_score = 0.0
        book.db.commit()
    assert outcomes(marked)["ada"] == (3.0, 6.0, False)
    assert scores(marked)["ada", "tiny"] == {"doubles": 1.0, "squares": 2.0}


@pytest.mark.usefixtures("no_kernels")
def test_of_equal_ones_the_latest_counts_and_what_is_taken_away_does_not(marked):
    third = sorted(marked.kept("ada", "tiny").iterdir())[2]
    first = hand_in(marked, "ada", WRONG)
    again = [one.folder.name[:3] for one in handed_in(marked, first, keep=False)]
    assert again == ["001", "002", "003"]
    second = sorted(marked.kept("ada", "tiny").iterdir())[1]
    aside = marked.root / "aside"
    second.rename(aside)
    assert outcomes(marked)["ada"] == (2.0, 6.0, False)
    assert "Of 2 submissions, the 2nd counts" in page(marked, "ada")
    aside.rename(second)
    hand_in(marked, "ada", "raise ValueError")
    assert outcomes(marked)["ada"] == (3.0, 6.0, False)
    assert third.is_dir()


@pytest.mark.usefixtures("no_kernels")
def test_a_voided_check_counts_for_nobody_and_nothing_is_run(marked, configured):
    course = configured("c.Course.voided = {'tiny': ['doubles']}")
    before = page(course, "ada")
    assert outcomes(course, dry_run=True) == {"ada": (2.0, 2.0, False), "grace": (2.0, 2.0, False)}
    assert page(course, "ada") == before
    console = Console(width=200)
    with console.capture() as shown:
        dry = grade_course(course, course.submissions([], []), dry_run=True)
        console.print(table.changes(course, dry))
    rows = [line.replace("│", " ").split() for line in shown.get().splitlines()]
    assert ["ada", "tiny", "3.00", "6", "2.00", "2", "-1.00", "doubles"] in rows
    assert ["grace", "tiny", "6.00", "6", "2.00", "2", "-4.00", "doubles"] in rows

    # Nobody has points that cannot be had, whoever is graded first.
    grade_course(course, course.submissions([], ["ada"]))
    with Gradebook(course.gradebook) as book:
        assert book.find_assignment("tiny").max_score == 2.0
        assert {s.student_id: s.score for s in book.assignment_submissions("tiny")} == {
            "ada": 2.0,
            "grace": 2.0,
        }
    assert outcomes(course) == {"ada": (2.0, 2.0, True), "grace": (2.0, 2.0, False)}
    html = page(course, "ada")
    assert "<strong>2</strong> of 2 points" in html
    assert "does not count" in html
    assert "taken out of the marks" in html
    assert "Lists are taken" in html
    release(course, [])
    with course.open_gradebook() as book:
        assert read_marks(book).exercises[0].max_score == 2.0
    assert final_marks(course)["grace", "tiny"].max_score == 2.0
    assert "tiny: doubles counts for nobody" in table.voided(course, ["tiny"])

    course = configured("")
    assert outcomes(course) == {"ada": (3.0, 6.0, False), "grace": (6.0, 6.0, False)}
    assert page(course, "ada") == before
    assert "taken out" not in page(course, "grace")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("c.Course.voided = {'tiny': ['doubled']}", "`doubled` is no check .* doubles, squares"),
        ("c.Course.voided = {'big': ['doubles']}", "`big` is no exercise"),
        ("c.Course.voided = {'tiny': 'doubles'}", r"Expected `array`, got `str` - at `\$\.voided"),
        ("c.Course.counts = 'all'", r"Invalid enum value 'all' - at `\$\.counts`"),
    ],
)
def test_what_makes_no_sense_is_named(configured, line, words):
    with pytest.raises(CourseError, match=words):
        configured(line).voided("tiny")


@pytest.mark.usefixtures("no_kernels")
def test_what_a_person_gave_is_on_the_page_in_the_export_and_in_the_report(marked, configured):
    with Gradebook(marked.gradebook) as book:
        grade = book.find_grade("doubles", "tiny", "tiny", "ada")
        grade.manual_score, grade.extra_credit = 2.5, 1.0
        comment = book.find_comment("double", "tiny", "tiny", "ada")
        comment.manual_comment = "<b>Nearly.</b>\nLook at lists."
        book.db.commit()
    assert outcomes(marked)["ada"] == (3.0, 6.0, True)
    html = page(marked, "ada")
    assert "<strong>5.5</strong> of 6 points" in html
    assert "Your instructor gave 2.5 points here; the hidden tests gave 1." in html
    assert "1 of these points is extra credit." in html
    assert "&lt;b&gt;Nearly.&lt;/b&gt;\nLook at lists." in html
    assert '<a href="#cell-2">code cell 2</a>' in html
    with Gradebook(marked.gradebook) as book:
        # A page that was made anew is no reason to look at a submission again.
        assert not book.find_grade("doubles", "tiny", "tiny", "ada").needs_manual_grade
        mark = read_marks(book).marks["tiny", "ada"]
    assert (mark.score, mark.extra_credit) == (5.5, 1.0)
    assert final_marks(marked)["ada", "tiny"].final == 5.5
    assert table.voided(configured("c.Course.voided = {'tiny': ['doubles']}"), ["tiny"]) == [
        "tiny: doubles counts for nobody; marks that a person gave for it stay: ada"
    ]

    damaged = marked.autograded("ada", "tiny")
    whole = damaged.read_text()
    damaged.write_text("{}")
    with Gradebook(marked.gradebook) as book:
        grade = book.find_grade("doubles", "tiny", "tiny", "ada")
        grade.manual_score, grade.extra_credit = None, None
        book.find_comment("double", "tiny", "tiny", "ada").manual_comment = ""
        book.db.commit()
    (outcome,) = grade_course(marked, marked.submissions([], ["ada"]))
    assert "is damaged, grade with --force" in str(outcome)
    damaged.write_text(whole)
    assert outcomes(marked)["ada"] == (3.0, 6.0, True)
    assert "From your instructor" not in page(marked, "ada")


def graded(student: str, points: float) -> Result:
    checks = [CheckResult(id="doubles", score=points, max_score=4.0, tests=[])]
    return Result(student=student, slug="tiny", status="graded", checks=checks, problems=[])


@pytest.mark.parametrize(
    ("extension", "counts", "words"),
    [(0, "001", "none has more points, less what being late costs."), (5, "002", "more points.")],
)
def test_each_submission_is_as_late_as_it_is(configured, extension, counts, words):
    course = configured(HALF_A_POINT_AN_HOUR)
    name = f"tim {extension}"
    handed_in(course, hand_in(course, name, WRONG, "2026-03-01 11:00:00 UTC"))
    submission = hand_in(course, name, HALF, "2026-03-01 16:00:00 UTC")
    own = handed_in(course, submission)
    with warnings.catch_warnings(), course.open_gradebook() as book:
        warnings.simplefilter("ignore", SAWarning)
        book.update_or_create_assignment("tiny", duedate="2026-03-01 12:00:00 UTC")
        book.update_or_create_student(name)
        book.update_or_create_submission("tiny", name)
        book.find_submission("tiny", name).extension = None
        if extension:
            book.grant_extension("tiny", name, hours=extension)
    choice = Choice(submission, own)
    choice.outcomes = {
        one: (graded(name, points), "key") for one, points in zip(own, (3.0, 4.0), strict=True)
    }
    one, result, key = choice.best(course)
    assert isinstance(result, Result)
    assert one.folder.name.startswith(counts)
    assert result.counted.endswith(words)
    assert key != "key"
    (course.root / "submitted" / name).rename(course.root / f"past {extension}")


def test_a_submission_is_kept_as_it_is_and_only_once(course, tmp_path):
    submission = hand_in(course, "eve", HALF)
    folder = submission.folder
    (tmp_path / "exam.txt").write_text("secret")
    (folder / "taken.txt").symlink_to(tmp_path / "exam.txt")
    (folder / "\udcff\n.txt").write_bytes(b"\0" * 3_000_000)
    os.mkfifo(folder / "pipe")
    deep = folder
    for _ in range(60):
        deep = deep / "d"
        deep.mkdir()
    (deep / "own.txt").write_text("mine")
    assert handed_in(course, submission, keep=False) == [submission]
    assert not course.kept("eve", "tiny").exists()
    (kept,) = handed_in(course, submission)
    assert kept.notebook.read_bytes() == submission.notebook.read_bytes()
    assert (kept.folder / "\udcff\n.txt").stat().st_size == 3_000_000
    assert (kept.folder / "taken.txt").is_symlink()
    assert (kept.folder / deep.relative_to(folder) / "own.txt").read_text() == "mine"
    assert not (kept.folder / "pipe").exists()
    (folder / ".ipynb_checkpoints").mkdir()
    (folder / ".ipynb_checkpoints" / "tiny.ipynb").write_text("")
    assert handed_in(course, submission) == [kept]
    (folder / "timestamp.txt").write_text("2026-03-01 11:00:00 UTC")
    assert [one.folder.name[:3] for one in handed_in(course, submission)] == ["001", "002"]


def test_what_cannot_be_kept_is_said(course):
    submission = hand_in(course, "eve", HALF)
    (course.root / "kept").write_text("in the way")
    with pytest.raises(CourseError, match=r"could not be kept: .*Not a directory"):
        handed_in(course, submission)


def test_a_folder_that_is_a_link_is_not_kept(course, tmp_path):
    folder = course.submitted("eve", "tiny").folder
    folder.parent.mkdir(parents=True)
    folder.symlink_to(tmp_path)
    submission = course.submitted("eve", "tiny")
    assert handed_in(course, submission) == [submission]


def test_the_release_is_the_same_whatever_is_voided(configured, marked):
    before = {path: path.read_bytes() for path in Path(marked.root, "release").rglob("*.ipynb")}
    release(configured("c.Course.voided = {'tiny': ['doubles']}"), [])
    assert {path: path.read_bytes() for path in before} == before
    release(configured(""), [])
