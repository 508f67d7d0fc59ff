"""Groups failure messages that say the same of different numbers, arrays and names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from proctor.report.works import Work

_LONGEST = 1_000
_EXAMPLE = 4_000
# What follows names the place in the student's own cell, or is the same for each message.
_TAIL = re.compile(r"( It was here:)?\n(Hint: |  line \d+ of ).*", re.DOTALL)
_QUOTED = re.compile(r"""(?<!\w)(?:'[^'\n]*'|"[^"\n]*")(?!\w)""")
_CALL = re.compile(r"\b[A-Za-z_][\w.]*\(\)")
# A full stop after a number ends a sentence, but for arrays, where NumPy prints `[1. 2.]`.
_NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d+\.?\d*[eE][-+]?\d+|\d*\.\d+|\d+)[jL]?(?!\w)")
_NOT_FINITE = re.compile(r"(?<![\w.])[-+]?(?:nan|inf)(?!\w)")
_ARRAY = re.compile(r"[\[({](?:[\s,#….]|\[…\])*[\])}]")
_CUT_ARRAY = re.compile(r"[\[({][\s,#….\[\](){}]*\.\.(?!\w)")


@dataclass(frozen=True)
class Group:
    """Messages of one exercise that say the same.

    Attributes:
        slug: The exercise.
        words: What they have in common.
        students: How many students got one.
        checks: The checks that gave one, and how many students got it there.
        student: Who got the example.
        title: What the test of the example looks at.
        example: One whole message.
    """

    slug: str
    words: str
    students: int
    checks: list[tuple[str, int]]
    student: str
    title: str
    example: str


def normal_form(message: str) -> str:
    """What a message says, whatever the numbers, arrays and names are.

    Numbers become ``#``, arrays and shapes ``[…]``, quoted and called names
    ``‹…›``. Of messages about an exception, the place in the student's code is left out, and
    so is the hint.
    """
    text = _TAIL.sub("", message[:_LONGEST])
    text = _QUOTED.sub("‹…›", text)
    text = _CALL.sub("‹…›", text)
    text = _NOT_FINITE.sub("#", _NUMBER.sub("#", text))
    # An array in an array is seen once the inner one is replaced.
    while (shorter := _ARRAY.sub("[…]", text)) != text:
        text = shorter
    text = _CUT_ARRAY.sub("[…]", text)
    return " ".join(text.split())


def groups(works: Sequence[Work]) -> list[Group]:
    """Group the messages of all failed tests, the one that most students got first."""
    found: dict[tuple[str, str], list[tuple[str, str, str, str]]] = {}
    for work in works:
        for check in work.graded.checks if work.graded else []:
            for test in check.tests:
                if not test.passed:
                    key = work.slug, normal_form(test.message)
                    row = (work.student, check.id, test.title, test.message)
                    found.setdefault(key, []).append(row)
    result = [_group(slug, words, rows) for (slug, words), rows in found.items()]
    return sorted(result, key=lambda group: (-group.students, group.slug, group.words))


def _group(slug: str, words: str, rows: list[tuple[str, str, str, str]]) -> Group:
    checks = Counter(check for _, check in {(student, check) for student, check, _, _ in rows})
    student, _, title, message = rows[0]
    return Group(
        slug=slug,
        words=words,
        students=len({student for student, _, _, _ in rows}),
        checks=sorted(checks.items(), key=lambda item: (-item[1], item[0])),
        student=student,
        title=title,
        example=message[:_EXAMPLE] + ("…" if len(message) > _EXAMPLE else ""),
    )
