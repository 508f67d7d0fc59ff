"""The pages of ``docs/``: what they tell to do works, and where they point there is something."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from typer.testing import CliRunner

from proctor.cli import app
from proctor.course.course import Course
from proctor.course.release import release
from proctor.pipeline import gradebook
from proctor.pipeline.marks import Result, no_marks, write_marks
from tests.conftest import PROJECT, answer, as_bytes

PAGES = sorted([PROJECT / "README.md", *(PROJECT / "docs").glob("*.md")])
_BOX = re.compile(
    r"^```(\w+)(?: file=(\S+))?(?: cell=(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL
)
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target in _LINK.findall(page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def test_an_exercise_comes_about_as_its_page_says(course):
    page = (PROJECT / "docs" / "writing-an-exercise.md").read_text()
    boxes = _BOX.findall(page)
    assert len(boxes) > 10
    printed = ""
    for language, file, cell, text in boxes:
        if file:
            _put(course.root / file, cell, text)
        elif language == "sh":
            printed += _run(text, course.root)
    assert re.search(r"mistakes/means_of_columns\.py .* ok", printed)
    assert "5 of 5 as they must be" in printed
    assert "100.0%" in printed
    assert re.search(r"ada .*row_means .*10\.00", printed)


def test_submissions_come_in_and_marks_go_out_as_their_page_says(course, tmp_path, monkeypatch):
    page = (PROJECT / "docs" / "marks-and-submissions.md").read_text().replace("gradient", "tiny")
    exchange = tmp_path / "exchange"
    handed_in = exchange / "tensorflow" / "inbound" / "tim+tiny+2026-03-01 10:00:00 UTC+x"
    handed_in.mkdir(parents=True)
    (handed_in / "tiny.ipynb").write_bytes(as_bytes(answer()))
    (handed_in / "timestamp.txt").write_text("2026-03-01 10:00:00 UTC")
    settings = course.root / "course_config.py"
    settings.write_text(f"{settings.read_text()}\nc.Exchange.root = {str(exchange)!r}\n")
    for name, entry in (
        ("submissions.zip", "lovelaceada_LATE_11_501_tiny-1.ipynb"),
        ("moodle.zip", "Grace Hopper_502_assignsubmission_file/tiny.ipynb"),
    ):
        with zipfile.ZipFile(course.root / name, "w") as file:
            file.writestr(entry, as_bytes(answer()))
    (course.root / "grades.csv").write_text(
        "Student,ID,SIS Login ID,Section,Tiny (901)\n    Points Possible,,,,6\n"
        '"Lovelace, Ada",11,ada,A,\n'
    )
    (course.root / "worksheet.csv").write_text(
        "Identifier,Full name,Username,Grade,Last modified (submission),Last modified (grade)\n"
        'Participant 502,Grace Hopper,grace,,"Sunday, 1 March 2026, 3:00 PM",-\n'
    )
    release(course, [])
    monkeypatch.chdir(course.root)
    printed = ""
    for language, file, _, text in _BOX.findall(page):
        if file:
            settings.write_text(settings.read_text() + text)
            _mark(course.root)
        elif language == "sh":
            printed += _command(text)
    assert "taken: ada: lovelaceada_LATE_11_501_tiny-1.ipynb (late, but" in printed
    assert "taken: grace: Grace Hopper_502_assignsubmission_file/tiny.ipynb" in printed
    # Grace was three hours late by Vienna's clock.
    assert re.search(r"^tiny,grace,.*,10800,4,0,1\.5,2\.5,6,no$", _text("marks.csv"), re.MULTILINE)
    assert re.search(r"^tiny,tim,.*,4,6,no$", _text("marks.csv"), re.MULTILINE)
    assert '"Lovelace, Ada",11,ada,A,4\n' in printed
    assert "Participant 502,Grace Hopper,grace,2.5," in _text("marks-moodle.csv")
    # What nbgrader wrote last: without a roster.
    assert "tim,,,tim,,4" in _text("marks-canvas.csv")


def _mark(root: Path) -> None:
    """Stand in for ``proctor grade``: 4 of 6 points for everybody who handed in."""
    course = Course(root)
    checks = no_marks(course.read_source("tiny"))
    checks[0].score = 4.0
    for submission in course.submissions([], []):
        result = Result(
            student=submission.student, slug="tiny", status="graded", checks=checks, problems=[]
        )
        notebook = answer()
        write_marks(notebook, result)
        result.notebook = nbformat.writes(notebook)
        gradebook.save(course, result)


def _command(text: str) -> str:
    """Run a line; ``proctor`` in this process, which has everything loaded."""
    name, *words = shlex.split(text)
    if name != "proctor":
        return _run(text, Path.cwd())
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, (text, done.output, done.exception)
    if "marks-canvas.csv" in words:
        return done.output + _text("marks-canvas.csv")
    return done.output


def _text(name: str) -> str:
    return Path(name).read_text()


def _put(path: Path, cell: str, text: str) -> None:
    if not cell:
        path.write_text(text)
        return
    notebook = nbformat.read(path, as_version=4)
    next(c for c in notebook.cells if c.id == cell).source = text.rstrip("\n")
    nbformat.write(notebook, path)


def _run(commands: str, folder: Path) -> str:
    variables = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["sh", "-ec", commands], cwd=folder, env=variables, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{commands}\n{done.stdout}\n{done.stderr}"
    return done.stdout
