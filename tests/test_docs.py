"""The pages of ``docs/``: what they tell to do works, and where they point there is something."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from tests.conftest import PROJECT

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
