"""Whatever was handed in becomes a notebook that can be run, or a clear word why not."""

from __future__ import annotations

import copy
import json

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

from proctor.course.cells import grade_id
from proctor.course.course import read_files
from proctor.pipeline.reading import Unreadable, read_notebook, restore
from tests.conftest import SETUP, answer, as_bytes, metadata, tiny_notebook


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"\x89PNG\r\n\x1a\n\0\0", "no text|not JSON"),
        (b'{"cells": [', "not JSON"),
        (b"[1, 2]", "no list of cells"),
        (b'{"cells": 3}', "no list of cells"),
        (b"[" * 100_000, "nested too deep|not JSON"),
        (b"PK\x03\x04", "zip archive"),
        (json.dumps({"cells": [{}] * 5000}).encode(), "more than 2000 cells"),
    ],
)
def test_what_holds_no_notebook_is_refused_with_the_reason(data, words):
    with pytest.raises(Unreadable, match=words):
        read_notebook(data)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_encodings_of_other_systems_are_read(encoding):
    data = as_bytes(answer(double="# ∂ doubles\n")).decode().encode(encoding)
    assert any("∂ doubles" in cell.source for cell in read_notebook(data).cells)


def test_notebooks_of_version_three_are_read():
    old = {
        "nbformat": 3,
        "nbformat_minor": 0,
        "metadata": {},
        "worksheets": [
            {"cells": [{"cell_type": "code", "input": ["x = 1\n", "y = 2"], "language": "python"}]}
        ],
    }
    (cell,) = read_notebook(json.dumps(old).encode()).cells
    assert cell.source == "x = 1\ny = 2"


def test_an_untouched_submission_needs_no_mending():
    restored, problems = restore(read_notebook(as_bytes(answer())), tiny_notebook())
    assert problems == []
    assert [c.source for c in restored.cells] == [c.source for c in tiny_notebook().cells]


def test_edited_points_and_checks_come_back():
    notebook = answer(doubles="assert True")
    check = next(c for c in notebook.cells if c.id == "doubles")
    check.metadata.nbgrader.points = 1000
    check.metadata.nbgrader.locked = False
    restored, problems = restore(read_notebook(as_bytes(notebook)), tiny_notebook())
    check = next(c for c in restored.cells if grade_id(c) == "doubles")
    assert check.metadata.nbgrader.points == 4
    assert check.source.startswith("assert double(2) == 4")
    assert problems == ["The cell `doubles` was changed: its original text was put back."]


def test_deleted_cells_come_back_where_they_belong():
    notebook = answer()
    notebook.cells = [c for c in notebook.cells if c.id not in ("setup", "doubles")]
    restored, problems = restore(read_notebook(as_bytes(notebook)), tiny_notebook())
    names = [grade_id(cell) for cell in restored.cells]
    assert names == ["setup", None, "double", "doubles", "square", "squares"]
    assert problems == [
        "The locked cell `setup` was missing: it was put back.",
        "The check cell `doubles` was missing: it was put back.",
    ]


def test_duplicates_count_once_and_the_last_one_counts():
    notebook = answer()
    double = copy.deepcopy(notebook.cells[2])
    double.source = "second = True"
    notebook.cells += [double, copy.deepcopy(notebook.cells[3])]
    for index, cell in enumerate(notebook.cells):
        cell.id = str(index)
    restored, problems = restore(read_notebook(as_bytes(notebook)), tiny_notebook())
    names = [grade_id(cell) for cell in restored.cells]
    assert names.count("doubles") == names.count("double") == 1
    assert next(c for c in restored.cells if grade_id(c) == "double").source == "second = True"
    # The first one's code still runs, as it did for the student.
    assert any("return 2 * np.asarray" in c.source for c in restored.cells)
    assert len(problems) == 2


def test_a_check_turned_into_text_comes_back_as_code():
    notebook = answer()
    notebook.cells[3] = new_markdown_cell("gone", metadata=notebook.cells[3].metadata)
    restored, _ = restore(read_notebook(as_bytes(notebook)), tiny_notebook())
    assert next(c for c in restored.cells if grade_id(c) == "doubles").cell_type == "code"


def test_invented_names_are_taken_away():
    notebook = answer()
    notebook.cells.append(new_code_cell("pass", metadata=metadata("bonus", points=100)))
    restored, _ = restore(read_notebook(as_bytes(notebook)), tiny_notebook())
    assert "nbgrader" not in restored.cells[-1].metadata


def test_a_deleted_solution_cell_is_told():
    notebook = answer()
    notebook.cells = [c for c in notebook.cells if c.id != "double"]
    _, problems = restore(read_notebook(as_bytes(notebook)), tiny_notebook())
    assert problems == ["The cell `double`, which is for your code, was missing."]


def test_the_instructors_notebook_is_not_changed():
    source = tiny_notebook()
    restored, _ = restore(read_notebook(as_bytes(answer())), source)
    restored.cells[1].source = "changed"
    assert source.cells[1].source == SETUP


def test_files_beside_a_notebook_are_found_however_deep_its_folders_go(tmp_path):
    deep = tmp_path
    for _ in range(60):
        deep = deep / "d"
        deep.mkdir()
    (deep / "lost.txt").write_text("too deep")
    (tmp_path / "d" / "own.txt").write_text("mine")
    assert read_files(tmp_path) == {"d/own.txt": b"mine"}
