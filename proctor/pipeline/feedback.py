"""The page that tells a student what was right, what was not, and why."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from textwrap import dedent
from typing import Any

import jinja2
import msgspec
import nbformat
from markupsafe import Markup, escape
from nbconvert.exporters import Exporter
from nbconvert.filters import Highlight2HTML, ansi2html, strip_ansi
from nbformat import NotebookNode

from proctor.course.cells import grade_id, is_check, is_locked
from proctor.course.course import Course
from proctor.judge.difference import Difference
from proctor.pipeline.gradebook_reading import ByHand, by_hand
from proctor.pipeline.marks import Result, clean
from proctor.pipeline.outline import check_title, headings_above, last_section
from proctor.pipeline.pages import environment, inlined
from proctor.pipeline.picture import draw

_PICTURES = ("image/png", "image/jpeg")
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")
_LINES_SHOWN = 25
_TEXT_SHOWN = 4_000
# Colours that the page does not choose itself may be unreadable on it.
_FOREIGN_COLOUR = re.compile(r"\x1b\[(?!(?:0|1|22|3[0-79]|9[0-7])?m)[0-9;]*m")
# pygments takes ages over long runs of white space, and nobody reads endless code.
_NOT_HIGHLIGHTED = re.compile(r"\s{200}")
_HIGHLIGHTED_CELL = 20_000
_HIGHLIGHTED_PAGE = 100_000
_CELL_NUMBER = re.compile(r"Code cell (\d{1,4})\b")


def page(notebook: NotebookNode, given: ByHand | None = None) -> str:
    """Make the feedback page of a graded notebook, as one self-contained HTML file.

    Args:
        notebook: A notebook with marks written into it.
        given: What a person has given the submission.
    """
    told = notebook.metadata.proctor
    places = headings_above(notebook.cells)
    befores = [None, *notebook.cells]
    given = given or ByHand()
    checks = {check.id: _check(check, given) for check in told.checks}
    for index, cell in enumerate(notebook.cells):
        if is_check(cell) and (check := checks.get(str(grade_id(cell)))):
            check["title"] = check_title(check["id"], befores[index])
            check["asked"] = places[index]
    return _render(
        told,
        checks=list(checks.values()),
        problems=[_problem(text) for text in told.problems],
        comments=_comments(given, notebook.cells),
        cells=_cells(notebook.cells, places, checks, told.problems),
        further=last_section(notebook.cells),
        readable=True,
    )


def page_without_notebook(result: Result, given: ByHand | None = None) -> str:
    """The page for a submission that held no notebook."""
    given = given or ByHand()
    told = nbformat.from_dict(msgspec.to_builtins(result))
    return _render(
        told,
        checks=[_check(check, given) for check in told.checks],
        problems=[_problem(text) for text in told.problems],
        comments=_comments(given, []),
        cells=[],
        further=None,
        readable=False,
    )


def _render(told: NotebookNode, checks: list[dict[str, Any]], **parts: Any) -> str:
    slug = told.get("slug", "")
    return _template().render(
        slug=slug,
        title=check_title(slug),
        student=told.get("student", ""),
        counted=told.get("counted", ""),
        score=round(sum(check["score"] for check in checks), 4),
        max_score=round(sum(check["max_score"] for check in checks), 4),
        # Extra credit in one check may hide what another one lacks.
        right=all(check["score"] >= check["max_score"] for check in checks),
        checks=checks,
        **parts,
    )


def _comments(given: ByHand, cells: list[NotebookNode]) -> list[dict[str, Any]]:
    """What a person wrote, and the number of the code cell that it is about, in their order."""
    code = [str(grade_id(cell)) for cell in cells if cell.cell_type == "code"]
    found = [
        {"cell": code.index(name) + 1 if name in code else None, "text": strip_ansi(clean(text))}
        for name, text in given.comments.items()
    ]
    return sorted(found, key=lambda comment: comment["cell"] or len(code) + 1)


def _check(told: NotebookNode, given: ByHand) -> dict[str, Any]:
    tests = [_test(test) for test in told.tests]
    by_hand, extra = given.scores.get(told.id), given.extra.get(told.id, 0.0)
    return {
        "id": told.id,
        "title": check_title(told.id),
        "asked": (),
        "score": (told.score if by_hand is None else by_hand) + extra,
        "max_score": told.max_score,
        "tested": told.score,
        "by_hand": by_hand,
        "extra": extra,
        "voided": told.get("voided", False),
        "failed": _together([test for test in tests if not test["passed"]]),
        "passed": [test["title"] for test in tests if test["passed"]],
        "tests": len(tests),
    }


def _test(told: NotebookNode) -> dict[str, Any]:
    """A test's words, taken apart: the sentence, what is below it, the hint."""
    message, _, hint = strip_ansi(told.message).partition("\nHint: ")
    sentence, _, below = message.partition("\n")
    difference = told.get("difference")
    return {
        "title": told.title,
        "passed": told.passed,
        "sentence": sentence,
        "below": dedent(below),
        "hint": hint,
        "picture": draw(msgspec.convert(difference, Difference)) if difference else None,
    }


def _together(tests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Failed tests, those that say the same put together."""
    groups: dict[Any, dict[str, Any]] = {}
    for number, test in enumerate(tests):
        same = number if test["picture"] else (test["sentence"], test["below"], test["hint"])
        titles = groups.setdefault(same, {**test, "titles": []})["titles"]
        if test["title"] not in titles:
            titles.append(test["title"])
    return list(groups.values())


def _problem(text: str) -> dict[str, Any]:
    """What there is to know about a submission, and the number of the cell that it is about."""
    found = _CELL_NUMBER.match(text)
    cell = int(found[1]) if found else None
    return {"cell": cell, "text": strip_ansi(text)}


def _cells(
    cells: list[NotebookNode],
    places: list[tuple[str, ...]],
    checks: dict[str, dict[str, Any]],
    problems: list[str],
) -> list[dict[str, Any]]:
    """The code cells that have something to show, numbered as in the notebook."""
    notes = {found[1]: text for text in problems if (found := _CELL_NUMBER.match(text))}
    room = _HIGHLIGHTED_PAGE
    shown: list[dict[str, Any]] = []
    number = 0
    for cell, place in zip(cells, places, strict=True):
        if cell.cell_type != "code":
            continue
        number += 1
        if not cell.source.strip():
            continue
        plain = len(cell.source) > min(room, _HIGHLIGHTED_CELL)
        if not plain:
            room -= len(cell.source)
        shown.append(
            {
                "number": number,
                "heading": place[0] if place else "",
                "check": checks.get(str(grade_id(cell))) if is_check(cell) else None,
                "given": is_locked(cell),
                "code": escape(cell.source) if plain else _highlight(cell.source),
                "outputs": [] if is_check(cell) else list(map(_output, cell.outputs)),
                "note": strip_ansi(notes.get(str(number), "")),
            }
        )
    return shown


@lru_cache(maxsize=128)  # Most cells are the same in every submission.
def _highlight(source: str) -> Markup:
    if _NOT_HIGHLIGHTED.search(source):
        return escape(source)
    found = re.search(r"<pre>(.*)</pre>", _highlighter()(source), re.DOTALL)
    return Markup(found[1]) if found else escape(source)


def _output(output: NotebookNode) -> dict[str, Any]:
    if output.output_type == "stream":
        kind, text = output.name, output.text
    elif output.output_type == "error":
        kind, text = "error", "\n".join(output.traceback)
    else:
        for kind in _PICTURES:
            if _BASE64.fullmatch(output.data.get(kind, "")):
                return {"kind": kind, "text": output.data[kind], "raised": ""}
        kind, text = "text/plain", output.data.get("text/plain", "")
    lines = text.count("\n") + 1
    return {
        "kind": kind,
        # Escapes everything itself before it turns colours into tags.
        "text": Markup(ansi2html(_FOREIGN_COLOUR.sub("", text))),
        "lines": lines,
        "long": lines > _LINES_SHOWN or len(text) > _TEXT_SHOWN,
        "raised": _raised(output) if kind == "error" else "",
    }


def _raised(output: NotebookNode) -> str:
    words = strip_ansi(": ".join(filter(None, [output.ename or "an error", output.evalue])))
    return words if len(words) <= 500 else f"{words[:500]}…"


def _code_spans(text: str) -> Markup:
    """Text in which what stands between backticks is code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if number % 2 else escape(part)
        for number, part in enumerate(parts)
    )


@cache
def _highlighter() -> Highlight2HTML:
    return Highlight2HTML(pygments_lexer="python3")


@cache
def _template() -> jinja2.Template:
    made = environment("proctor.pipeline")
    style, style_hash = inlined("proctor.pipeline", "feedback.css")
    made.globals.update(style=style, style_hash=style_hash)
    made.filters["code_spans"] = _code_spans
    return made.get_template("feedback.html.j2")


class FeedbackExporter(Exporter):
    """Lets ``nbgrader generate_feedback`` write the same page as ``proctor grade``."""

    file_extension = ".html"
    export_from_notebook = "Proctor feedback"

    def from_notebook_node(
        self, nb: NotebookNode, resources: Any = None, **options: Any
    ) -> tuple[str, Any]:
        """Return the page and the resources."""
        notebook, resources = super().from_notebook_node(nb, resources, **options)
        if "proctor" not in notebook.metadata:
            raise ValueError("this notebook was not graded by proctor: autograde it first")
        resources["output_extension"] = self.file_extension
        told = resources.get("nbgrader", {})
        place = (told.get("student", ""), told.get("assignment", ""))
        given = by_hand(Course(), *place).get(place) if all(place) else None
        return page(nbformat.from_dict(notebook), given), resources
