"""Marks go out in the forms that Canvas and Moodle document, and nobody's name is a formula."""

from __future__ import annotations

import csv
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from sqlalchemy.exc import SAWarning

from proctor.course.course import Course, CourseError
from proctor.exchange.export import FORMATS, export
from proctor.exchange.exporter import Exporter
from proctor.exchange.marks import read_marks
from proctor.exchange.table import no_formula, number, read_table
from tests.conftest import make_course

# As Canvas 2026 exports it: a second row of posting policies, totals at the end.
CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,Notes,Elementwise (901),gradient (902),Final Score
,,,,,,Manual Posting,,
    Points Possible,,,,,,6.00,10.00,(read only)
"Lovelace, Ada",11,s-1,ADA,A,+1 for the talk,,,80.00
"=HYPERLINK(""http://x"")",12,s-2,grace,A,,1.00,EX,50.00
"Turing, Alan",13,alan,at@uni.example,B,,N/A,,0.00
"Student, Test",99,,0ca1b2,A,,,,
"""
# As Moodle 4 writes a grading worksheet.
WORKSHEET = """\
Identifier,Full name,Email address,Status,Grade,Maximum grade,Grade can be changed,\
Last modified (submission),Online text,Last modified (grade),Feedback comments
Participant 11,Ada Lovelace,ada@uni.example,Submitted,,6.00,Yes,"Sunday, 1 March 2026, 10:15 AM",\
=1+1,-,- good
Participant 12,Grace Hopper,grace@uni.example,Submitted,1.00,6.00,No,-,,-,
Participant 13,Alan Turing,alan@uni.example,No submission,,6.00,Yes,-,,-,
"""


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> Course:
    """A course whose gradebook knows none of its own exercises."""
    return make_course(tmp_path_factory.mktemp("course"))


@pytest.fixture(scope="module")
def book(tiny) -> Iterator[Gradebook]:
    """Two exercises; ada and grace have marks, alan waits for a person, bob did nothing."""
    with warnings.catch_warnings(), tiny.open_gradebook() as book:
        warnings.simplefilter("ignore", SAWarning)
        for slug, points in (("elementwise", 6.0), ("gradient", 10.0), ("new", 1.0)):
            book.add_assignment(slug, duedate="2026-03-01 12:00:00")
            book.add_notebook(slug, slug)
            book.add_grade_cell("a", slug, slug, max_score=points, cell_type="code")
        for student, first, last in (
            ("ada", "Ada", "Lovelace"),
            ("grace", "@Grace\t=1", "Hopper"),
            ("alan", None, None),
            ("bob", None, None),
        ):
            email = f"{student}@uni.example"
            book.add_student(student, first_name=first, last_name=last, email=email)
        hand_in(book, "elementwise", "ada", auto=5.25, penalty=0.5, extra=0.125)
        hand_in(book, "elementwise", "grace", auto=1.0, manual=2.0, penalty=3.0, again=True)
        hand_in(book, "elementwise", "alan")
        hand_in(book, "gradient", "grace", auto=10.0)
        hand_in(book, "gradient", "alan", auto=0.0)
        yield book


def hand_in(
    book: Gradebook,
    slug: str,
    student: str,
    *,
    auto: float | None = None,
    manual: float | None = None,
    penalty: float | None = None,
    extra: float | None = None,
    again: bool = False,
) -> None:
    submission = book.add_submission(slug, student, timestamp="2026-03-01 13:00:00")
    (notebook,) = submission.notebooks
    notebook.late_submission_penalty = penalty
    (grade,) = notebook.grades
    grade.auto_score, grade.manual_score, grade.extra_credit = auto, manual, extra
    grade.needs_manual_grade = again or auto is None
    book.db.commit()


def written(
    book: Gradebook, folder: Path, to: str, *slugs: str, roster: str | None = None
) -> tuple[list[list[str]], str]:
    """The rows of an export, and what was said about it."""
    exporter: Exporter = FORMATS[to]()
    exporter.to, exporter.assignment = str(folder / "out.csv"), list(slugs)
    if roster is not None:
        (folder / "roster.csv").write_text(roster, encoding="utf-8")
        exporter.roster = str(folder / "roster.csv")
    path, remarks = exporter.write(book)
    data = path.read_bytes()
    assert not data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(data.decode().splitlines())), "\n".join(remarks)


def test_a_score_is_what_nbgrader_makes_of_it(book):
    marks = read_marks(book)
    assert marks.of("elementwise") == {"ada": 4.875, "grace": 0.0}
    assert marks.score("elementwise", "alan") is None
    assert marks.score("elementwise", "bob") is None
    assert marks.of("gradient") == {"grace": 10.0, "alan": 0.0}
    assert marks.marks["elementwise", "ada"].seconds_late == 3600
    submission = book.find_submission("elementwise", "ada")
    assert submission.score - submission.late_submission_penalty == 4.875


def test_csv_has_a_row_for_each_student_and_exercise(book, tmp_path):
    (header, *rows), said = written(book, tmp_path, "csv", "elementwise")
    found = [dict(zip(header, row, strict=True)) for row in rows]
    assert [(row["student_id"], row["status"], row["score"]) for row in found] == [
        ("ada", "graded", "4.875"),
        ("alan", "waiting", ""),
        ("bob", "missing", ""),
        ("grace", "graded", "0"),
    ]
    assert found[0] | {"email": ""} == {
        "assignment": "elementwise",
        "student_id": "ada",
        "last_name": "Lovelace",
        "first_name": "Ada",
        "email": "",
        "status": "graded",
        "duedate": "2026-03-01 12:00:00",
        "timestamp": "2026-03-01 13:00:00",
        "seconds_late": "3600",
        "raw_score": "5.375",
        "extra_credit": "0.125",
        "late_submission_penalty": "0.5",
        "score": "4.875",
        "max_score": "6",
        "needs_manual_grade": "no",
    }
    assert found[3]["first_name"] == "'@Grace\t=1"
    assert "alan: a part waits" in said
    assert "grace: marks were given by hand" in said


def test_canvas_without_a_roster_gets_the_columns_it_asks_for(book, tmp_path):
    rows, said = written(book, tmp_path, "canvas")
    assert rows == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "elementwise", "gradient"],
        ["    Points Possible", "", "", "", "", "6", "10"],
        ["Lovelace, Ada", "", "", "ada", "", "4.875", ""],
        ["alan", "", "", "alan", "", "", "0"],
        ["Hopper, @Grace\t=1", "", "", "grace", "", "0", "10"],
    ]
    assert "not graded yet, so left out: new" in said


def test_canvas_own_rows_and_columns_stay(book, tmp_path):
    rows, said = written(book, tmp_path, "canvas", roster=CANVAS)
    theirs = list(csv.reader(CANVAS.splitlines()))
    assert rows[:3] == theirs[:3]
    assert rows[6] == theirs[6]
    # By login whatever its case; the note, which no student wrote, is as it was.
    assert rows[3] == [*theirs[3][:6], "4.875", "", "80.00"]
    # The name is no formula any more; who is excused stays so.
    assert rows[4] == ["'" + theirs[4][0], *theirs[4][1:6], "0", "EX", "50.00"]
    # By SIS user id.
    assert rows[5][6:8] == ["N/A", "0"]
    assert "gradient: excused in Canvas, or not assigned to them, so left as it is: grace" in said
    assert "alan" not in said.replace("elementwise: alan: a part waits", "")


def test_canvas_says_who_and_what_it_could_not_place(book, tmp_path):
    roster = (
        "Student;ID;SIS User ID;SIS Login ID;Section;Elementwise (901)\n"
        "    Points Possible;;;;;100\n"
        "Grace;5;;x;A;\nHopper;6;;x;A;\nAda Ä;7;ada;;A;\n"
    )
    rows, said = written(book, tmp_path, "canvas", roster="\ufeff" + roster)
    found = list(csv.reader((tmp_path / "out.csv").read_text().splitlines(), delimiter=";"))
    assert found[0][-2:] == ["Elementwise (901)", "gradient"]
    assert found[1][-2:] == ["100", "10"]
    assert found[4][-2:] == ["4.875", ""]
    assert "not in the roster, so their marks are left out: alan, grace" in said
    assert "elementwise: Canvas gives 100 points and the gradebook 6" in said
    assert "gradient: the roster has no such column" in said
    assert rows


def test_nobody_gets_into_anothers_row(book, tmp_path):
    header = "Student,ID,SIS Login ID,Section\n"
    twice = header + "One,1,ada,A\nTwo,2,ADA,A\nThree,3,grace@uni.example,A\n"
    _, said = written(book, tmp_path, "canvas", "elementwise", roster=twice)
    assert "several rows of the roster could be theirs" in said
    assert said.endswith("left out: ada\nelementwise: the roster has no such column; "
                         "Canvas will ask to make it")  # fmt: skip


def test_moodle_without_a_roster_gets_ids_and_grade_items(book, tmp_path):
    rows, _ = written(book, tmp_path, "moodle")
    assert rows == [
        ["Username", "ID number", "Email address", "elementwise", "gradient"],
        ["ada", "", "ada@uni.example", "4.875", ""],
        ["alan", "", "alan@uni.example", "", "0"],
        ["grace", "", "grace@uni.example", "0", "10"],
    ]


def test_moodles_grade_export_is_filled_in(book, tmp_path):
    roster = (
        "First name,Last name,ID number,Email address,Assignment: Elementwise (Real),Course total\n"
        "Ada,Lovelace,7,ADA@uni.example,-,-\n-Grace,Hopper,8,grace@uni.example,3.00,-\n"
        "Bob,B,9,bob@uni.example,-,-\n"
    )
    rows, said = written(book, tmp_path, "moodle", "elementwise", roster=roster)
    assert [row[4] for row in rows[1:]] == ["4.875", "0", "-"]
    assert rows[2][0] == "'-Grace"
    assert "left out" not in said


def test_moodles_worksheet_is_filled_in(book, tmp_path):
    rows, said = written(book, tmp_path, "moodle", "elementwise", roster=WORKSHEET)
    theirs = list(csv.reader(WORKSHEET.splitlines()))
    assert rows[0] == theirs[0]
    assert rows[1] == [*theirs[1][:4], "4.875", *theirs[1][5:8], "'=1+1", "-", "- good"]
    assert rows[2:] == theirs[2:]
    assert "locked in Moodle, so left as they are: grace" in said


def test_moodle_says_whom_it_would_pass_over(book, tmp_path):
    without_grace = "".join(WORKSHEET.splitlines(keepends=True)[:-2])
    roster = without_grace.replace("6.00", '"4,00"')
    rows, said = written(book, tmp_path, "moodle", "elementwise", roster=roster)
    assert [row[4] for row in rows] == ["Grade", "4.875"]
    assert "not in the roster, so their marks are left out: grace" in said
    assert "above Moodle's maximum grade, which Moodle passes over: ada" in said
    assert "Moodle's maximum grade is 4,00 and the gradebook's 6" in said


@pytest.mark.parametrize(
    ("to", "slugs", "roster", "words"),
    [
        ("canvas", ["new"], None, "no marks of new: run `proctor grade`"),
        ("moodle", [], WORKSHEET, "for one exercise: name one of elementwise, gradient"),
        ("canvas", [], WORKSHEET, "not what Canvas exports"),
        ("moodle", [], "a,b\n1,2\n", "none of the columns"),
        ("moodle", ["gradient"], "Identifier,Grade\n1,2\n", "no grading worksheet"),
        ("canvas", [], "just words", "no CSV file"),
        ("canvas", [], "", "no CSV file"),
        ("canvas", [], 'a,b\n"1,2\n' + "x" * 200_000, "no CSV file"),
        ("canvas", [], "a,b\n\x1b[2Jx,2,3\n", "has more cells than there are columns"),
        ("canvas", [], CANVAS.replace("gradient (902)", "elementwise"), "several columns"),
        ("csv", ["other"], None, "does not know `other`"),
    ],
)
def test_what_is_of_no_use_is_named(book, tmp_path, to, slugs, roster, words):
    with pytest.raises(CourseError, match=words) as caught:
        written(book, tmp_path, to, *slugs, roster=roster)
    assert "\x1b" not in str(caught.value)
    assert not (tmp_path / "out.csv").exists()


def test_files_that_cannot_be_read_are_named(tmp_path):
    latin = tmp_path / "latin.csv"
    latin.write_bytes("Student,ID\nJürgen,1\n".encode("latin-1"))
    with pytest.raises(CourseError, match="not in UTF-8"):
        read_table(latin)
    wide = tmp_path / "wide.csv"
    wide.write_text("Student\tID\nJürgen\t1\n", encoding="utf-16")
    assert read_table(wide).rows == [["Jürgen", "1"]]
    for path in (tmp_path, tmp_path / "none.csv"):
        with pytest.raises(CourseError, match="cannot be read"):
            read_table(path)


def test_the_roster_itself_is_never_written_over(book, tmp_path):
    roster = tmp_path / "out.csv"
    roster.write_text(CANVAS)
    exporter = FORMATS["canvas"](to=str(roster), roster=str(roster))
    with pytest.raises(CourseError, match="the roster itself"):
        exporter.write(book)
    assert roster.read_text() == CANVAS
    exporter.roster = str(tmp_path / "none.csv")
    with pytest.raises(CourseError, match="cannot be read"):
        exporter.write(book)


@pytest.mark.parametrize(
    "text", ["=1", "+x", "-x", "@x", "\t=1", "\r=1", "  =1", "＝1", "+1+cmd|x"]
)
def test_no_text_is_a_formula(text):
    assert no_formula(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-1", "+4.5", "-", "1,5", "50%", "ada", "a=b", "", "    Points"])
def test_other_text_stays(text):
    assert no_formula(text) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (2.5, "2.5"), (1 / 3, "0.3333"), (1234567.0, "1234567"), (1e-9, "0"), (None, "")],
)
def test_numbers_are_plain(value, text):
    assert number(value) == text


def test_what_the_gradebook_and_the_course_do_not_have_is_said(book, tiny):
    with pytest.raises(CourseError, match="knows no exercise: run `proctor release`"):
        export(tiny, to="csv")
    with pytest.raises(CourseError, match="does not know tiny: run `proctor release`"):
        export(tiny, ["tiny"])
    with pytest.raises(CourseError, match="there are: csv, canvas, moodle"):
        export(tiny, to="excel")
    with pytest.raises(CourseError, match="no exercise of this course"):
        export(tiny, ["other"])
