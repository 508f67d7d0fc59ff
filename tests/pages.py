"""A graded notebook with everything that a feedback page can show, half of it hostile."""

from __future__ import annotations

import numpy as np
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from proctor.judge.compare import assert_close
from proctor.judge.difference import Difference
from proctor.judge.errors import CheckFailed
from proctor.judge.plugin import TestResult
from proctor.pipeline.marks import Result, no_marks, score_checks, write_marks
from tests.conftest import metadata, tiny_notebook

PICTURE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJg"
    "gg=="
)
ACTS = (
    "<script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">"
    "<svg onload=alert(1)></svg><link rel=stylesheet href=http://127.0.0.1:9/x.css>"
    "<style>body{display:none}</style></code></pre></main>"
)
COLOURS = "\x1b[31mred\x1b[0m \x1b[38;5;226mpale\x1b[0m \x1b[43mlit\x1b[0m \x1b[1mbold\x1b[0m"


def differences() -> list[tuple[str, Difference]]:
    """Failed comparisons of each kind: a few numbers, a strip, an image, a stack."""
    rng = np.random.default_rng(3)
    found = []
    for shape in ((4, 3), (40,), (90, 120), (3, 4, 7)):
        wanted = rng.normal(size=shape)
        got = wanted + (rng.uniform(size=shape) < 0.3)
        with pytest.raises(CheckFailed) as caught:
            assert_close(got, wanted, hint="Is the `bias` added?")
        assert caught.value.difference is not None
        found.append((str(caught.value), caught.value.difference))
    return found


def result() -> Result:
    """Two checks, of which one is passed in part."""
    tests = [
        TestResult(check="doubles", name="t", title=f"It takes shape {n}, in `float32`.", weight=1,
                   passed=False, message=message, difference=difference)
        for n, (message, difference) in enumerate(differences())
    ]  # fmt: skip
    words = [
        f"Your code raised Evil: {ACTS}\n  line 3 of its cell\n    {ACTS}",
        f"{COLOURS} {ACTS}",
    ]
    tests += [
        TestResult(check="doubles", name="t", title=title, weight=1, passed=False, message=message)
        for title, message in zip(("One.", "Two.", "Three."), [*words, words[0]], strict=True)
    ]
    tests += [
        TestResult(check=check, name="t", title="Lists are taken.", weight=1, passed=True)
        for check in ("doubles", "squares")
    ]
    return Result(
        student=f"ada{ACTS}",
        slug="tiny",
        status="graded",
        checks=score_checks(tiny_notebook(), tests),
        problems=[f"Code cell 2 raised Evil: {ACTS}", "The check cell `squares` was missing."],
    )


def graded_notebook() -> NotebookNode:
    """The tiny exercise with headings, answered, run and graded."""
    notebook = tiny_notebook()
    cells = notebook.cells
    cells[2].source = f"def double(x):\n    # {'a long line ' * 20}\n    return '''{ACTS}'''\n"
    cells[2].outputs = [
        new_output("stream", name="stdout", text=f"{ACTS}\n{COLOURS}\n" + "a line\n" * 100),
        new_output("stream", name="stderr", text="a warning\n"),
        new_output("display_data", data={"image/png": PICTURE}),
        new_output("display_data", data={"image/png": f'x"> {ACTS}', "text/plain": ACTS}),
        new_output("error", ename="Evil", evalue=ACTS, traceback=[COLOURS, ACTS]),
    ]
    task, check = metadata("text_task"), metadata("text_doubles")
    cells.insert(2, new_markdown_cell("## Task 1: `double`\n\nDouble it.", metadata=task))
    cells.insert(4, new_markdown_cell("### Check: twice as much (4 points)", metadata=check))
    cells += [new_code_cell(""), new_markdown_cell(f"## Where to go from here {ACTS}")]
    for index, cell in enumerate(cells):
        cell.id = f"cell-{index}"
    write_marks(notebook, result())
    return notebook


def unreadable() -> Result:
    """What comes of a file that is no notebook."""
    return Result(student="ada", slug="tiny", status="unreadable", checks=no_marks(tiny_notebook()),
                  problems=[f"The file is not JSON ({ACTS})."])  # fmt: skip
