"""Makes a notebook that can be run out of whatever a student handed in.

Any bytes may come. What comes out holds only what grading needs: cells with their text,
and the metadata of the instructor's notebook. Outputs, attachments and other metadata
are left behind.
"""

from __future__ import annotations

import copy
import json
from typing import Any

import nbformat
from nbformat import NotebookNode

from proctor.course.cells import grade_id, is_locked

MAX_BYTES = 100 * 1024 * 1024
MAX_CELLS = 2_000
MAX_SOURCE = 2_000_000
_TYPES = frozenset({"code", "markdown", "raw"})


class Unreadable(ValueError):
    """There is no notebook in these bytes; the message says why, for the student."""


def read_notebook(data: bytes) -> NotebookNode:
    """Read a notebook of any version of the format.

    Raises:
        Unreadable: The bytes hold none.
    """
    if len(data) > MAX_BYTES:
        raise Unreadable(f"The file is larger than {MAX_BYTES // 2**20} MB.")
    if not data.strip():
        raise Unreadable("The file is empty.")
    if data.startswith(b"PK\x03\x04"):
        raise Unreadable("The file is a zip archive: hand in the notebook that is in it.")
    try:
        text = data.decode(json.detect_encoding(data))
        tree = json.loads(text)
    except UnicodeDecodeError:
        raise Unreadable("The file is no text, so it is no notebook.") from None
    except RecursionError:
        raise Unreadable("The file is nested too deep to be a notebook.") from None
    except ValueError as error:
        raise Unreadable(
            f"The file is not JSON, so it is no notebook, or it is damaged ({error})."
        ) from None
    cells = _cells(tree)
    if len(cells) > MAX_CELLS:
        raise Unreadable(f"The notebook has more than {MAX_CELLS} cells.")
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [_cell(cell, index) for index, cell in enumerate(cells)]
    return notebook


def _cells(tree: Any) -> list[Any]:
    if isinstance(tree, dict):
        cells = tree.get("cells")
        if isinstance(cells, list):
            return cells
        # Up to version 3 of the format, cells lay in worksheets.
        sheets = tree.get("worksheets")
        if isinstance(sheets, list):
            parts = [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)]
            return [cell for part in parts if isinstance(part, list) for cell in part]
    raise Unreadable("The file is JSON, but no notebook: it has no list of cells.")


def _cell(cell: Any, index: int) -> NotebookNode:
    """A clean cell; what is no cell becomes an empty one, so that positions stay."""
    if not isinstance(cell, dict):
        cell = {}
    kind = cell.get("cell_type")
    kind = kind if isinstance(kind, str) and kind in _TYPES else "raw"
    source = cell.get("source", cell.get("input", ""))
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    source = source if isinstance(source, str) else ""
    # Half a surrogate pair can be in JSON, but not be sent to a kernel or written to a file.
    source = source[:MAX_SOURCE].encode("utf-8", "replace").decode()
    # nbformat's own functions validate each cell, which takes longer than all the rest.
    clean = nbformat.from_dict(
        {"id": f"cell-{index}", "cell_type": kind, "metadata": {}, "source": source}
    )
    if kind == "code":
        clean.update(execution_count=None, outputs=[])
    metadata = cell.get("metadata")
    grader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    name = grader.get("grade_id") if isinstance(grader, dict) else None
    if isinstance(name, str):
        clean.metadata.nbgrader = {"grade_id": name}
    return clean


def restore(notebook: NotebookNode, source: NotebookNode) -> tuple[NotebookNode, list[str]]:
    """Put back what nbgrader locks.

    Each cell that carries the name of a cell of the instructor's notebook gets that cell's
    metadata; a locked one its text, too. Locked cells that are missing come back after
    the cell that they followed. Where a name occurs twice, the last one counts, as in
    nbgrader. Names that the instructor's notebook does not have are taken away.

    Args:
        notebook: What :func:`read_notebook` made; it is not changed.
        source: The instructor's notebook.

    Returns:
        The mended notebook, and what the student should know about it.
    """
    originals = {name: cell for cell in source.cells if (name := grade_id(cell))}
    problems: list[str] = []
    found: dict[str, NotebookNode] = {}
    doubles: list[str] = []
    mended: list[NotebookNode] = []
    for cell in reversed(notebook.cells):
        name = grade_id(cell)
        cell = copy.deepcopy(cell)
        cell.metadata.pop("nbgrader", None)
        if name in found:
            doubles.append(name)
            if is_locked(originals[name]):
                continue
        elif name in originals:
            cell = _mended(cell, originals[name], name, problems)
            found[name] = cell
        mended.insert(0, cell)
    for name in sorted(set(doubles)):
        problems.append(f"The cell `{name}` is there more than once: the last one counts.")
    _put_back(mended, originals, found, problems)
    result = nbformat.v4.new_notebook(metadata=copy.deepcopy(source.metadata))
    result.nbformat_minor = 5
    result.cells = mended
    for index, cell in enumerate(result.cells):
        cell.id = f"cell-{index}"
    return result, problems


def _mended(
    cell: NotebookNode, original: NotebookNode, name: str, problems: list[str]
) -> NotebookNode:
    whole = copy.deepcopy(original)
    if whole.cell_type == "code":
        whole.outputs, whole.execution_count = [], None
    if is_locked(original):
        if cell.source.strip() != original.source.strip() or cell.cell_type != original.cell_type:
            problems.append(f"The cell `{name}` was changed: its original text was put back.")
    elif cell.cell_type != original.cell_type:
        problems.append(f"The cell `{name}` was no longer a {original.cell_type} cell.")
        whole.source = cell.source
    else:
        whole.source = cell.source
    return whole


def _put_back(
    cells: list[NotebookNode],
    originals: dict[str, NotebookNode],
    found: dict[str, NotebookNode],
    problems: list[str],
) -> None:
    before: str | None = None
    for name, original in originals.items():
        if name not in found and is_locked(original):
            place = 0
            if before is not None:
                place = next(i for i, cell in enumerate(cells) if cell is found[before]) + 1
            found[name] = _mended(original, original, name, [])
            cells.insert(place, found[name])
            kind = "check" if original.metadata.nbgrader.grade else "locked"
            problems.append(f"The {kind} cell `{name}` was missing: it was put back.")
        elif name not in found:
            problems.append(f"The cell `{name}`, which is for your code, was missing.")
        if name in found:
            before = name
