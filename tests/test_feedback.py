"""The student's page: what it says, what it hides, what it withstands."""

from __future__ import annotations

import base64
import hashlib
import re
import time

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from proctor.pipeline.feedback import FeedbackExporter, page, page_without_notebook
from proctor.pipeline.gradebook_reading import ByHand
from proctor.pipeline.nbgrader import safe_markdown
from tests.conftest import metadata
from tests.dangers import Dangers
from tests.pages import ACTS, graded_notebook, unreadable


@pytest.fixture(scope="module")
def html() -> str:
    return page(graded_notebook())


def words(html: str) -> str:
    """A page's text, as far as tests need it."""
    return " ".join(re.sub(r"<[^>]*>", "", html[html.index("<body") :]).split())


def test_checks_are_called_what_the_notebook_calls_them(html):
    assert "◐ Twice as much 0.5 of 4 points" in words(html)
    assert "✓ Squares 2 of 2 points" in words(html)
    asked = "To read again in the notebook: “Task 1: double”, “Check: twice as much”."
    assert asked in words(html)
    assert "“Where to go from here" in words(html)


def test_a_failed_test_says_what_was_seen_and_a_hint_and_those_that_say_the_same_are_one(html):
    assert "✗ not yet It takes shape 0, in float32. The result is off in " in words(html)
    assert "Hint: Is the bias added?" in words(html)
    assert "✗ not yet One. ✗ not yet Three. Your code raised Evil: " in words(html)
    assert html.index("not yet") < html.index('<details class="passed">')


def test_problems_lead_to_their_cells(html):
    assert '<a href="#cell-2">See code cell 2</a>' in html
    assert html.count('id="cell-2"') == 1
    assert "Code cell 1, given" in html
    assert "◐ Code cell 3, the check “Twice as much”: 0.5 of 4 points" in words(html)


def test_long_outputs_fold_and_colours_are_the_pages_own(html):
    assert "What it printed, 103 lines" in html
    assert '<span class="ansi-red-fg">red</span> pale lit' in html
    assert "style=" not in html
    assert "\x1b" not in html


def test_nothing_acts_and_the_only_style_is_the_one_that_was_hashed(html):
    for text in (html, page_without_notebook(unreadable())):
        assert Dangers(text).found == []
        (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        assert f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'" in text


def test_an_unreadable_submission_is_told_what_to_do():
    told = words(page_without_notebook(unreadable()))
    assert "There was no notebook to be read" in told
    assert "This says nothing about your code" in told
    assert "✗" not in told


def test_nbgrader_makes_the_same_page_from_what_the_notebook_keeps(html):
    kept = nbformat.reads(nbformat.writes(graded_notebook()), as_version=4)
    made, resources = FeedbackExporter().from_notebook_node(kept)
    assert made == html
    assert resources["output_extension"] == ".html"


@pytest.mark.parametrize("unit", [" \n", "\n\t", "a.", "'\\", "(", "f'{", "%%x\n", "\\"])
def test_code_that_is_hard_to_highlight_is_shown_in_time(unit):
    notebook = graded_notebook()
    notebook.cells[3].source = (unit * (19_000 // len(unit))) + "x"
    notebook.cells += [new_code_cell("x = 1\n" * 100_000)]
    start = time.perf_counter()
    page(notebook)
    assert time.perf_counter() - start < 3


def test_headings_in_code_or_of_a_students_own_are_none_of_ours():
    notebook = graded_notebook()
    text = "## Part `two`\n\n```\n# no heading\n```\n"
    notebook.cells[4] = new_markdown_cell(text, metadata=metadata("text_doubles"))
    notebook.cells.insert(5, new_markdown_cell("## Full marks"))
    told = words(page(notebook))
    assert "Full marks" not in told
    assert "no heading" not in told
    assert "read again in the notebook: “Part two”." in told
    assert "◐ Doubles" in told


def test_an_error_without_a_name_is_one_all_the_same():
    notebook = graded_notebook()
    notebook.cells[3].outputs = [
        new_output("error", ename="", evalue="", traceback=[]),
    ]
    assert "This cell raised an error" in words(page(notebook))


def test_extra_credit_is_no_reason_to_call_all_of_it_right():
    given = ByHand(extra={"squares": 9.0})
    html = page(graded_notebook(), given)
    assert "All of it is right" not in html
    assert "9 of these points are extra credit" in html


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"My *notes* {ACTS}", "<em>notes</em>"),
        ("[x](javascript:alert(1)) [y](https://uni.example)", 'href="https://uni.example"'),
        ("![x](http://127.0.0.1:9/x.png)\n\n$a < b$", "$a &lt; b$"),
        ("# doubles\n\n<b id='double-comment' class='score'>mine</b>", "<b>mine</b>"),
        ("<details><summary>Hint</summary>\n\nNo.\n\n</details>", "<summary>Hint</summary>"),
        ("| a |\n|---|\n| `<i>` |", "<code>&lt;i&gt;</code>"),
    ],
)
def test_formgrader_shows_markdown_that_does_nothing(text, shown):
    html = safe_markdown(text)
    assert shown in html
    for danger in ("<script", "<img", "<svg", "<link", "<style", "onerror", "javascript:alert"):
        assert danger not in html
    assert not re.search(r"<[^>]* (id|class|style|on\w+|src)=", html)
