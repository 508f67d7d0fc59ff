"""What a hostile submission is made of."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.conftest import answer, as_bytes

ALL_MARKS = (4.0, 2.0)
DOUBLE = "\ndef double(x): return 2 * np.asarray(x)\n"


@dataclass(frozen=True)
class Attack:
    """A submission to the exercise with the functions ``double`` and ``square``.

    Attributes:
        name: The student's id; says what is attacked.
        tries: What it is after.
        double: The code of the cell for ``double``; the honest one if None.
        square: The code of the cell for ``square``; the honest one if None.
        marks: The most that the honest part of it is worth, for the two checks. It is what it
            must get, too, unless ``harms_itself``.
        says: What the student's page must say, among other things.
        change: Changes the notebook's JSON; may return other bytes in the file's place.
        place: Puts other things into the submission's folder.
        harms_itself: Whether it may lose marks for its honest part, too.
    """

    name: str
    tries: str
    double: str | None = None
    square: str | None = None
    marks: tuple[float, float] = ALL_MARKS
    says: str = ""
    change: Callable[[dict[str, Any]], bytes | None] | None = field(default=None, compare=False)
    place: Callable[[Path], None] | None = field(default=None, compare=False)
    harms_itself: bool = False

    def hand_in(self, folder: Path, port: int, course: Path) -> None:
        """Write the submission into a folder.

        ``PORT`` in its code becomes that of the test's listener, ``COURSE`` the course's folder.
        """
        folder.mkdir(parents=True)
        code = (
            (self.double or DOUBLE).replace("PORT", str(port)).replace("COURSE", repr(str(course)))
        )
        data = as_bytes(answer(double=code, square=self.square))
        if self.change is not None:
            tree = json.loads(data)
            data = self.change(tree) or json.dumps(tree).encode()
        (folder / "tiny.ipynb").write_bytes(data)
        if self.place is not None:
            self.place(folder)


def lie(name: str, tries: str, double: str, **more: Any) -> Attack:
    """An attack on ``double``, which is not worth anything; ``square`` is honest."""
    return Attack(name, tries, double=double, **{"marks": (0.0, 2.0), **more})


def cell_of(tree: dict[str, Any], name: str) -> dict[str, Any]:
    """The cell of that name in a notebook's JSON."""
    found: dict[str, Any] = next(cell for cell in tree["cells"] if cell["id"] == name)
    return found
