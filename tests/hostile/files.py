"""Files that are no notebook, or not quite."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.hostile.attack import Attack

NOTHING = (0.0, 0.0)


def file(name: str, tries: str, says: str, change: Callable[[dict[str, Any]], bytes]) -> Attack:
    """A file that cannot be read as a notebook."""
    return Attack(name, tries, marks=NOTHING, says=says, change=change)


def as_json(tree: Any) -> bytes:
    return json.dumps(tree).encode()


def zipped(tree: dict[str, Any]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("tiny/tiny.ipynb", as_json(tree))
    return data.getvalue()


def old(version: int) -> Callable[[dict[str, Any]], bytes]:
    """The notebook as version 2 or 3 of the format had it."""

    def change(tree: dict[str, Any]) -> bytes:
        cells = []
        for cell in tree["cells"]:
            cell = {name: value for name, value in cell.items() if name != "id"}
            if cell["cell_type"] == "code":
                cell["input"], cell["language"] = cell.pop("source"), "python"
                cell["prompt_number"] = cell.pop("execution_count", None)
            cells.append(cell)
        sheet = {"cells": cells, "metadata": {}}
        return as_json(
            {"nbformat": version, "nbformat_minor": 0, "metadata": {}, "worksheets": [sheet]}
        )

    return change


def set_in(**values: Any) -> Callable[[dict[str, Any]], None]:
    """Change the notebook's own fields."""

    def change(tree: dict[str, Any]) -> None:
        tree.update(values)

    return change


def attachments(tree: dict[str, Any]) -> None:
    tree["cells"][0]["attachments"] = {"x.png": {"image/png": "A" * 50_000_000}}


def odd_cells(tree: dict[str, Any]) -> None:
    tree["cells"] += [
        None,
        7,
        "text",
        [],
        {},
        {"cell_type": "code"},
        {"cell_type": ["code"], "source": {}},
        {"cell_type": "code", "source": [1, None, "x = 1\n", []], "metadata": []},
        {"cell_type": "code", "source": "1", "metadata": {"nbgrader": []}},
        {"cell_type": "code", "source": "1", "metadata": {"nbgrader": {"grade_id": {}}}},
        {"cell_type": "heading", "source": "x", "level": 1},
        {"cell_type": "code", "source": "'\ud800'", "metadata": {}, "outputs": "none"},
    ]


def numbers(tree: dict[str, Any]) -> bytes:
    tree["metadata"]["x"] = 0
    return as_json(tree).replace(b'"x": 0', b'"x": 1e999, "y": -Infinity, "z": NaN')


def replaced(act: Callable[[Path], None]) -> Callable[[Path], None]:
    """Put something else in the notebook's place."""

    def place(folder: Path) -> None:
        (folder / "tiny.ipynb").unlink()
        act(folder)

    return place


def elsewhere(folder: Path) -> None:
    (folder / "tiny").mkdir()
    (folder / "tiny" / "tiny.ipynb").write_text("{}")


def two(folder: Path) -> None:
    (folder / "tiny (1).ipynb").write_text("{}")
    (folder / "Tiny.ipynb").write_text("{}")


ATTACKS: list[Attack] = [
    file("empty", "No byte.", "The file is empty", lambda tree: b" "),
    file("truncated", "The first half.", "damaged", lambda tree: as_json(tree)[:700]),
    file("not-json", "Words.", "not JSON", lambda tree: b"print('hello')"),
    file("bytes", "Random bytes.", "no notebook", lambda tree: bytes(range(128, 256)) * 100),
    file("zip", "A zip archive.", "is a zip archive", zipped),
    file("a-list", "JSON, but a list.", "no list of cells", lambda tree: b"[1, 2]"),
    file("a-number", "JSON, but a number.", "no list of cells", lambda tree: b"1e400"),
    file(
        "cells-a-dict", "Cells in a dict.", "no list of cells", lambda tree: b'{"cells": {"a": 1}}'
    ),
    file("deep", "Brackets, 10^6 deep.", "no", lambda tree: b'{"cells":' * 10**6),
    file("huge", "More than 100 MB.", "larger than", lambda tree: b" " * (101 * 2**20)),
    file("no-cells", "A notebook without a cell.", "", lambda tree: as_json({"cells": []})),
    Attack("odd-cells", "Cells of all wrong shapes after the right ones.", change=odd_cells),
    Attack("odd-numbers", "Numbers that JSON does not have.", change=numbers),
    Attack("format-2", "Version 2 of the format.", change=old(2)),
    Attack("format-3", "Version 3 of the format.", change=old(3)),
    Attack("format-5", "A version to come.", change=set_in(nbformat=5, nbformat_minor=99)),
    Attack("format-none", "No version at all.", change=set_in(nbformat="x", nbformat_minor=None)),
    Attack("no-kernelspec", "No kernel is named.", change=set_in(metadata={})),
    Attack(
        "foreign-kernelspec",
        "Another language's kernel, and one that is a command.",
        change=set_in(
            metadata={
                "kernelspec": {"name": "../../bin/sh", "display_name": "R", "language": "R"},
                "language_info": {"name": "R", "file_extension": ".r"},
            }
        ),
    ),
    Attack("attachments", "50 MB of attachments.", change=attachments),
    Attack("utf-16", "UTF-16.", change=lambda tree: json.dumps(tree).encode("utf-16")),
    Attack("byte-order-mark", "UTF-8 with a mark.", change=lambda t: b"\xef\xbb\xbf" + as_json(t)),
    Attack(
        "wrong-name",
        "Another name.",
        marks=NOTHING,
        says="There is no file",
        place=lambda folder: (folder / "tiny.ipynb").rename(folder / "homework 1.ipynb") and None,
    ),
    Attack(
        "folder-too-many",
        "A folder too many.",
        marks=NOTHING,
        says="There is no file",
        place=replaced(elsewhere),
    ),
    Attack("two-notebooks", "Three notebooks.", place=two),
    Attack(
        "notebook-is-a-folder",
        "A folder with the notebook's name.",
        marks=NOTHING,
        says="There is no file",
        place=replaced(lambda folder: (folder / "tiny.ipynb").mkdir()),
    ),
    Attack(
        "notebook-is-a-pipe",
        "A pipe that nobody writes to.",
        marks=NOTHING,
        says="There is no file",
        place=replaced(lambda folder: os.mkfifo(folder / "tiny.ipynb")),
    ),
    Attack(
        "notebook-is-a-device",
        "A link to a device that never ends.",
        marks=NOTHING,
        says="There is no file",
        place=replaced(lambda folder: os.symlink("/dev/zero", folder / "tiny.ipynb")),
    ),
]
