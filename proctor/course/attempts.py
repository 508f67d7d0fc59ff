"""The solutions and mistakes that prove a grader: right and wrong answers, kept as files.

An *attempt* is a Python file in ``graders/<slug>/solutions/`` or ``mistakes/``. It starts with
a docstring that says what it is; in a mistake, a line of it names the checks that must fail::

    \"\"\"The bias is added after the activation.

    fails: forward, gradient
    \"\"\"
    # %% custom_dense
    class CustomDense(keras.layers.Layer):
        ...

Each ``# %% <grade_id>`` starts the text of one of the notebook's solution cells. Cells that
the file does not name keep the solution of the source notebook.
"""

from __future__ import annotations

import ast
import copy
import re
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode

from proctor.course.cells import grade_id, is_solution

_SECTION = re.compile(r"^# %% *(\S+) *$", re.MULTILINE)
_FAILS = re.compile(r"^fails: *(.+)$", re.MULTILINE)


class AttemptError(ValueError):
    """A solution or mistake that does not fit its notebook; the message says how to mend it."""


@dataclass(frozen=True)
class Attempt:
    """One right or wrong answer to an exercise.

    Attributes:
        path: Where it lies.
        about: What it is, from its docstring.
        fails: The checks that must fail; empty for a solution.
        cells: The text of each solution cell that it fills in, by grade_id.
    """

    path: Path
    about: str
    fails: frozenset[str]
    cells: dict[str, str]


def read_attempt(path: Path) -> Attempt:
    """Read one file of ``solutions/`` or ``mistakes/``.

    Raises:
        AttemptError: It is not in UTF-8, it has no docstring or no section, or its ``fails:``
            line is missing from a mistake or stands in a solution.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise AttemptError(f"{path}: save it as UTF-8") from None
    try:
        about = ast.get_docstring(ast.parse(text))
    except SyntaxError:
        # Some people's mistake is that their cell does not even parse.
        match = re.match(r'"""(.*?)"""', text, re.DOTALL)
        about = match[1] if match else None
    if not about:
        raise AttemptError(f"{path}: start it with a docstring that says what it is")
    _, *parts = _SECTION.split(text)
    if not parts:
        raise AttemptError(f"{path}: no `# %% <grade_id>` line, so it fills in no cell")
    cells = {name: body.strip("\n") for name, body in zip(parts[::2], parts[1::2], strict=True)}
    fails = _FAILS.search(about)
    names = frozenset(name.strip() for name in fails[1].split(",")) if fails else frozenset()
    if (path.parent.name == "mistakes") != bool(names):
        raise AttemptError(
            f"{path}: a mistake needs a line `fails: <check>, …` in its docstring, "
            "a solution must not have one"
        )
    return Attempt(path, about.strip(), names, cells)


def read_attempts(folder: Path) -> list[Attempt]:
    """Read all files of a ``solutions/`` or ``mistakes/`` folder, by name."""
    return [read_attempt(path) for path in sorted(folder.glob("*.py"))]


def fill_in(notebook: NotebookNode, attempt: Attempt) -> NotebookNode:
    """Return a copy of a notebook with an attempt's text in its solution cells.

    Raises:
        AttemptError: The attempt names a solution cell that the notebook does not have.
    """
    filled = copy.deepcopy(notebook)
    cells = {grade_id(cell): cell for cell in filled.cells if is_solution(cell)}
    for name, text in attempt.cells.items():
        if name not in cells:
            known = ", ".join(sorted(map(str, cells)))
            raise AttemptError(f"{attempt.path}: no solution cell `{name}`; there are: {known}")
        cells[name].source = text
    return filled
