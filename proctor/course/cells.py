"""What nbgrader's metadata say of a notebook's cells."""

from __future__ import annotations

from nbformat import NotebookNode


def grade_id(cell: NotebookNode) -> str | None:
    """The name that nbgrader knows a cell by."""
    name = cell.metadata.get("nbgrader", {}).get("grade_id")
    return name if isinstance(name, str) else None


def is_check(cell: NotebookNode) -> bool:
    """Say whether a cell is a check: graded, and nothing for the student to fill in."""
    information = cell.metadata.get("nbgrader", {})
    return bool(information.get("grade")) and not information.get("solution")


def is_solution(cell: NotebookNode) -> bool:
    """Say whether a cell is for the student's code."""
    return bool(cell.metadata.get("nbgrader", {}).get("solution"))


def is_locked(cell: NotebookNode) -> bool:
    """Say whether nbgrader puts a cell's text back before grading."""
    information = cell.metadata.get("nbgrader", {})
    return not is_solution(cell) and bool(information.get("grade") or information.get("locked"))


def is_demonstration(cell: NotebookNode) -> bool:
    """Say whether a cell only shows something: tagged so by the instructor, it defines nothing
    that the student's code or the hidden tests use."""
    return is_locked(cell) and "demonstration" in cell.metadata.get("tags", ())


def points_of(source: NotebookNode) -> dict[str, float]:
    """What each check of an instructor's notebook is worth, in its order."""
    return {
        str(grade_id(cell)): float(cell.metadata.nbgrader.points)
        for cell in source.cells
        if is_check(cell)
    }
