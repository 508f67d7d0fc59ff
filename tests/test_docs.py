"""The pages of ``docs/``: what they tell to do works, and where they point there is something."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

import nbformat
import psutil
import pytest
import typer
from typer.testing import CliRunner

import proctor.judge
from proctor.cli import app
from proctor.course.course import Course
from proctor.course.release import release
from proctor.pipeline import gradebook
from proctor.pipeline.marks import Result, no_marks, write_marks
from tests.conftest import PROJECT, answer, as_bytes, link_project

DOCS = PROJECT / "docs"
PAGES = sorted(
    [
        *PROJECT.glob("*.md"),
        *(page for page in DOCS.rglob("*.md") if "_build" not in page.parts),
    ]
)
COMMANDS = typer.main.get_command(app).commands
_BOX = re.compile(
    r"^```(\w+)(?: file=(\S+))?(?: cell=(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL
)
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
# What is in one line of a box, or between backticks.
_COMMAND = re.compile(
    r"(?:^|`)(?:    |\$ )?(?:\.venv/bin/)?(proctor|make) ([a-z][^`\n]*)", re.MULTILINE
)
_PATH = re.compile(r"`((?:proctor|tests|benchmarks|docs|course_data)/[\w./-]*)`")

# What JupyterLab says of itself; as long as it still writes, the token may be cut.
_PAGE = re.compile(r"http://\S+/lab/tree/START\.ipynb\?token=[0-9a-f]{48}")

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))


@every_page
def test_links_lead_somewhere(page):
    for target in _LINK.findall(page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), target


@every_page
def test_what_is_named_is_there(page):
    for name in _PATH.findall(page.read_text()):
        # `make docs` makes what is there.
        if not name.startswith("docs/_build/"):
            assert (PROJECT / name).exists(), name


@every_page
def test_commands_are_those_there_are(page):
    targets = re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE)
    for program, line in _COMMAND.findall(page.read_text()):
        name, *words = line.replace("[", " ").replace("]", " ").split()
        if program == "make":
            assert name in targets, line
            continue
        assert name in COMMANDS, line
        options = [option for each in COMMANDS[name].params for option in each.opts]
        for word in words:
            assert not word.startswith("--") or word in options, line


def test_the_readme_lists_every_command():
    listed = re.findall(r"^\| `proctor (\w+)`", (PROJECT / "README.md").read_text(), re.MULTILINE)
    assert sorted(listed) == sorted(COMMANDS)


def test_all_that_a_grader_may_import_is_in_its_reference():
    told = re.findall(r":: proctor\.judge\.(\w+)", (DOCS / "reference/graders.md").read_text())
    assert sorted(told) == sorted(proctor.judge.__all__)


def test_a_page_that_fetches_from_another_host_is_found(tmp_path):
    path = DOCS / "_extensions" / "self_contained.py"
    spec = importlib.util.spec_from_file_location("self_contained", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (tmp_path / "good.html").write_text("<a href='https://a.b'>c</a><img src='d.png'>")
    (tmp_path / "good.css").write_text("@font-face { src: url('e.woff') }")
    assert module.fetched(tmp_path) == []
    (tmp_path / "bad.html").write_text("<script async src='//a.b/c.js'></script>")
    (tmp_path / "bad.css").write_text("p { background: url(https://a.b/c.png) }")
    assert module.fetched(tmp_path) == [
        "bad.html: <script> //a.b/c.js",
        "bad.css: a style or a picture",
    ]


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    """The project as it is once it has been set up, with one exercise and one submission."""
    root = tmp_path_factory.mktemp("project")
    link_project(root)
    settings = (PROJECT / "course_config.py").read_text()
    only = 'c.Course.exercises = ["gradient"]\n'
    settings = re.sub(r"c\.Course\.exercises = \[.*?\]\n", only, settings, flags=re.DOTALL)
    (root / "course_config.py").write_text(settings)
    for name in ("graders/gradient", "submitted/emmy/gradient"):
        shutil.copytree(PROJECT / name, root / name)
    return root


@pytest.fixture(scope="module")
def graded(project) -> str:
    """What the README's first command printed there."""
    return _run("make grade\n", project)


def test_the_readme_s_commands_do_what_it_says(project, graded):
    printed = {"make grade\n": graded}
    for language, _, _, text in _BOX.findall(_readme()):
        assert language == "sh"
        if text == "make lab\n":
            _open_and_close(text, project)
        elif text not in printed:
            printed[text] = _run(text, project)
    assert re.search(r"emmy .* gradient .* 9\.35 .* points, second_derivative", graded)
    pages = re.findall(r"^[^:\n]+: (/.+)$", graded, re.MULTILINE)
    assert str(project / "feedback" / "emmy" / "gradient" / "gradient.html") in pages
    assert all(Path(page).exists() for page in pages)
    for target in re.findall(r"`(make [a-z-]+)`", _readme()):
        assert f"{target} " in printed["make help\n"]


def test_an_instructor_s_day_goes_as_its_page_says(project, graded, monkeypatch):
    monkeypatch.chdir(project)
    page = (DOCS / "tutorials" / "instructor.md").read_text()
    printed = ""
    for language, file, _, text in _BOX.findall(page):
        if language == "diff":
            _change(Path(file), text)
        elif language == "sh":
            printed += _command(text)
    change = re.search(r"emmy .* gradient .* 9\.35 .* 9\.53 .* \+0\.18 .* points", printed)
    assert change is not None
    assert re.sub(r"\W+", " ", change[0]) in re.sub(r"\W+", " ", page)
    assert Path("report.html").is_file()
    assert re.search(r"^gradient,emmy,.*9\.35", _text("marks.csv"), re.MULTILINE)


def _change(path: Path, difference: str) -> None:
    """Put what a box's lines with a plus say where those with a minus are."""
    lines = difference.splitlines(keepends=True)
    old, new = ("".join(line[1:] for line in lines if line[0] in (sign, " ")) for sign in "-+")
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))


def _readme() -> str:
    return (PROJECT / "README.md").read_text()


def _open_and_close(command: str, folder: Path) -> None:
    """Open JupyterLab, look at the page that it shows first, and end it."""
    log = folder / "log"
    # A browser that does nothing, and nobody's own settings.
    variables = {**os.environ, "BROWSER": "true", "JUPYTER_CONFIG_DIR": str(folder / "settings")}
    with log.open("wb") as file:
        made = subprocess.Popen(
            ["sh", "-ec", command], cwd=folder, env=variables, stdout=file, stderr=file
        )
    family = psutil.Process(made.pid)
    try:
        deadline = time.monotonic() + 60
        while not (found := _PAGE.search(log.read_text())):
            assert made.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        page = found[0].replace("/lab/tree/", "/api/contents/")
        assert "TensorFlow exercises" in _fetch(page, deadline)
    finally:
        started = [*family.children(recursive=True), family]
        for process in started:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.terminate()
        made.wait(20)
        _, alive = psutil.wait_procs(started, timeout=20)
        assert alive == []


def _fetch(page: str, deadline: float) -> str:
    """What is at an address, which Jupyter's server tells before it listens there."""
    while True:
        try:
            with urllib.request.urlopen(page, timeout=30) as sent:
                return sent.read().decode()
        except urllib.error.URLError as error:
            if not isinstance(error.reason, ConnectionRefusedError) or time.monotonic() > deadline:
                raise
        time.sleep(0.1)


def test_an_exercise_comes_about_as_its_page_says(course):
    page = (DOCS / "how-to" / "writing-an-exercise.md").read_text()
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
    page = (DOCS / "how-to" / "marks-and-submissions.md").read_text().replace("gradient", "tiny")
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
