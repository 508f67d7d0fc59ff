"""nbgrader's Formgrader on a course of ours, walked through in a browser."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from nbformat.v4 import new_markdown_cell, new_raw_cell
from nbgrader.api import Gradebook
from playwright.sync_api import Browser, Locator, Page, Route, expect

from proctor.course.course import Course
from proctor.course.release import release
from proctor.pipeline.batch import grade_course
from proctor.pipeline.gradebook_reading import ByHand, by_hand, scores
from tests.conftest import answer, as_bytes, make_course

JUPYTER = str(Path(sys.prefix, "bin", "jupyter"))
ACTS = "<script>window.hit = 1</script><img src=x onerror='window.hit = 1'>"
HALF = f"""\
from IPython.display import HTML, Markdown, display
display(HTML("{ACTS}"), Markdown("{ACTS}"))
display({{"image/png": "x\\" onerror=\\"window.hit = 1"}}, raw=True)
print("{ACTS}")
def double(x):
    return x + x
"""
COMMENT = "Nearly: look at <lists>."


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Course:
    """A course of two submissions as nbgrader's exchange leaves them; one was graded."""
    root = make_course(tmp_path_factory.mktemp("course")).root
    exchange = tmp_path_factory.mktemp("exchange")
    exchange.chmod(0o777)
    with (root / "course_config.py").open("a") as config:
        config.write(f"\nc.Exchange.root = {str(exchange)!r}\n")
    course = Course(root)
    half = answer(double=HALF)
    half.cells += [new_markdown_cell(f"My notes {ACTS}"), new_raw_cell(ACTS)]
    # By these names Formgrader's script looks for its own fields.
    half.cells.insert(0, new_markdown_cell("# doubles\n\n<b id='double-comment'>mine</b>"))
    for student, notebook in (("ada", half), ("grace", answer())):
        submission = course.submitted(student, "tiny")
        submission.folder.mkdir(parents=True)
        submission.notebook.write_bytes(as_bytes(notebook))
        (submission.folder / "timestamp.txt").write_text("2026-03-01 11:00:00 UTC")
        (submission.folder / "submission_secret.txt").write_text(f"hush {student}")
    release(course, [])
    grade_course(course, course.submissions([], ["ada"]))
    return course


@pytest.fixture(scope="module")
def server(course) -> Iterator[str]:
    """The address of a Jupyter server in the course's folder."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [JUPYTER, "server", "--no-browser", f"--port={port}", "--ServerApp.port_retries=0"]
    command += ["--IdentityProvider.token=", *(["--allow-root"] if os.getuid() == 0 else [])]
    log = course.root / "log"
    with log.open("wb") as file:
        running = subprocess.Popen(command, cwd=course.root, stdout=file, stderr=file)
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 60
        while not _answers(f"{address}/api"):
            assert running.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.2)
        yield f"{address}/formgrader"
    finally:
        running.terminate()
        running.wait(30)


@pytest.fixture(scope="module")
def page(browser: Browser, server: str) -> Iterator[Page]:
    """A page that nothing but the server answers."""
    context = browser.new_context(viewport={"width": 1300, "height": 1000})

    def answer_only_own(route: Route) -> None:
        if route.request.url.startswith(server.removesuffix("/formgrader")):
            route.continue_()
        else:
            route.abort()

    context.route("**/*", answer_only_own)
    page = context.new_page()
    page.set_default_timeout(60_000)
    yield page
    context.close()


def row(page: Page, words: str) -> Locator:
    return page.locator("tbody tr").filter(has_text=words)


def press(page: Page, student: str, button: str) -> None:
    """Press a button in a student's row, and see that it says it worked."""
    row(page, student).locator(f".{button} a").click()
    dialog = page.locator(".modal.in")
    expect(dialog.locator(".modal-title")).to_have_text("Success", timeout=90_000)
    dialog.get_by_role("button", name="Close").last.click()
    expect(dialog).to_have_count(0)


def test_a_person_grades_comments_and_gives_feedback(course, server, page):
    graded_here = scores(course)["ada", "tiny"]
    page.goto(f"{server}/manage_assignments")
    row(page, "tiny").locator(".num-submissions a").click()
    expect(row(page, "ada").locator(".status")).to_have_text("graded")
    expect(row(page, "ada").locator(".score")).to_have_text("3 / 6")
    expect(row(page, "grace").locator(".status")).to_have_text("needs autograding")

    press(page, "ada", "autograde")
    expect(row(page, "ada").locator(".score")).to_have_text("3 / 6")
    assert scores(course)["ada", "tiny"] == graded_here == {"doubles": 1.0, "squares": 2.0}
    submissions = page.url

    row(page, "ada").locator(".student-name a").click()
    page.get_by_role("link", name="tiny").last.click()
    expect(page.locator("#doubles")).to_have_attribute("placeholder", "1")
    expect(page.get_by_text("My notes")).to_be_visible()
    assert page.evaluate("window.hit") is None
    for field, words in (
        ("#double-comment", COMMENT),
        ("#doubles", "2.5"),
        ("#doubles_extra_credit", "0.5"),
    ):
        with page.expect_response(lambda answer: answer.request.method == "PUT"):
            page.fill(field, words)
            page.locator(field).blur()
    given = ByHand(scores={"doubles": 2.5}, extra={"doubles": 0.5}, comments={"double": COMMENT})
    assert by_hand(course) == {("ada", "tiny"): given}

    page.goto(submissions)
    expect(row(page, "ada").locator(".score")).to_have_text("5 / 6")
    press(page, "ada", "generate-feedback")
    html = course.feedback("ada", "tiny").read_text()
    assert "<strong>5</strong> of 6 points" in html
    assert "Nearly: look at &lt;lists&gt;." in html
    press(page, "ada", "release-feedback")
    exchange = Path(course.config.Exchange.root)
    (released,) = exchange.rglob("*.html")
    assert released.read_text() == html

    (outcome,) = grade_course(course, course.submissions([], ["ada"]))
    assert outcome.score == 3.0
    assert by_hand(course) == {("ada", "tiny"): given}
    assert course.feedback("ada", "tiny").read_text() == html
    with Gradebook(course.gradebook) as book:
        assert book.find_submission("tiny", "ada").score == 5.0
    page.goto(submissions)
    expect(row(page, "ada").locator(".score")).to_have_text("5 / 6")


def _answers(address: str) -> bool:
    try:
        urllib.request.urlopen(address, timeout=10).close()
    except (urllib.error.URLError, ConnectionError):
        return False
    return True
