"""Which student is which: ids that folders and the gradebook can take, and whose row is whose."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

_LONGEST = 64


@dataclass(frozen=True)
class Person:
    """A student, as the gradebook knows them.

    Attributes:
        id: The student's id, which is also the name of their folder.
        first_name: If the gradebook has it.
        last_name: If the gradebook has it.
        email: If the gradebook has it.
        number: The learning platform's own id of the student, if the gradebook has it.
    """

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    number: str = ""

    @property
    def name(self) -> str:
        """As in a list: last name first; the id where there is no name."""
        return ", ".join(filter(None, (self.last_name, self.first_name))) or self.id


def safe_id(text: str) -> str:
    """An id made of letters, digits and ``. _ - @`` only; empty if nothing is left of the text.

    nbgrader makes paths of ids, and joins them with ``+``.
    """
    text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9._@-]+", "-", text).strip(".-@_")[:_LONGEST].rstrip(".-@_")


def made_id(name: str, number: str) -> str:
    """An id for somebody of whom only a name and a platform's number are known."""
    return safe_id(f"{letters(name)[:40]}-{number}")


def letters(name: str) -> str:
    """The letters and digits of a name, in small letters: what platforms keep in file names."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKD", name).casefold()))


@dataclass(frozen=True)
class Matches:
    """Whose row is whose.

    Attributes:
        rows: The row of each student that was found.
        missing: Students of whom there is no row.
        unclear: Students with several rows, or with a row that another one could have, too.
    """

    rows: dict[str, int]
    missing: list[str]
    unclear: list[str]


def match(students: Sequence[Person], rows: Sequence[Sequence[str]]) -> Matches:
    """Find each student's row.

    Args:
        students: The students.
        rows: What each row calls its student, the surest name first; as many names in each.
    """
    levels: list[dict[str, list[int]]] = []
    for names in zip(*rows, strict=True):
        level: dict[str, list[int]] = {}
        for index, name in enumerate(names):
            if key := safe_id(name).casefold():
                level.setdefault(key, []).append(index)
        levels.append(level)
    found: dict[str, int] = {}
    missing: list[str] = []
    unclear: list[str] = []
    for student in students:
        hits = next(
            (
                level[key]
                for name in (student.id, student.number, student.email)
                if (key := safe_id(name).casefold())
                for level in levels
                if key in level
            ),
            [],
        )
        if len(hits) == 1:
            found[student.id] = hits[0]
        else:
            (unclear if hits else missing).append(student.id)
    taken = Counter(found.values())
    unclear += [student for student, row in found.items() if taken[row] > 1]
    return Matches({s: row for s, row in found.items() if taken[row] == 1}, missing, unclear)
