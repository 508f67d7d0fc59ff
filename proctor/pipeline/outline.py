"""The headings of a notebook: where a cell stands, and what a check is called."""

from __future__ import annotations

import re

from nbformat import NotebookNode

from proctor.course.cells import is_locked

_FENCED = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^(#{1,6})[ \t]+(\S.*)$", re.MULTILINE)
_OPENING = re.compile(r"\A\s*(?:#{1,6}[ \t]+(?P<heading>\S.*)|\*\*(?P<bold>[^*\n]+)\*\*)")
_POINTS = re.compile(r"\s*\([\d.]+ points?\)\s*$")
_SOURCE = 20_000
_TITLE = 100


def headings_above(cells: list[NotebookNode]) -> list[tuple[str, ...]]:
    """The headings that each cell stands under, from chapter to section.

    Only those of locked cells count, which a student cannot change, and not the title of
    the whole.
    """
    above: list[tuple[int, str]] = []
    places = []
    for cell in cells:
        if cell.cell_type == "markdown" and is_locked(cell):
            for marks, text in _HEADING.findall(_FENCED.sub("", cell.source)):
                above = [(level, title) for level, title in above if level < len(marks)]
                above.append((len(marks), _tidy(text)))
        places.append(tuple(title for level, title in above if level > 1))
    return places


def check_title(check: str, before: NotebookNode | None = None) -> str:
    """What to call a check: as the locked text right before it begins, or else by its name.

    Args:
        check: The check's ``grade_id``.
        before: The cell before it.
    """
    if before is not None and before.cell_type == "markdown" and is_locked(before):
        found = _OPENING.match(before.source)
        if found:
            title = _tidy(found["heading"] or found["bold"]).removeprefix("Check:").strip()
            return title[:1].upper() + title[1:]
    words = check.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def last_section(cells: list[NotebookNode]) -> str | None:
    """The title of the section that a notebook ends with, if no code comes after it."""
    last = cells[-1] if cells else None
    if last is None or last.cell_type != "markdown":
        return None
    found = _OPENING.match(last.source[:_SOURCE])
    return _tidy(found["heading"]) if found and found["heading"] else None


def _tidy(text: str) -> str:
    return _POINTS.sub("", text[:_TITLE]).strip(" #*")
