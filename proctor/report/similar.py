"""Finds pairs of submissions whose code is more alike than that of others.

Names, comments and layout do not count: code is compared as ``copydetect`` compares it, by
all of its pieces of a certain length, with each name replaced by one letter. Right answers to a
short exercise are alike by nature, so what says nothing is taken out first: pieces of the
starter code, of the instructor's own solution, and pieces that many students have.
"""

from __future__ import annotations

import io
import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import nbformat
import numpy as np
from copydetect import CodeFingerprint
from copydetect.utils import get_copied_slices, get_token_coverage

from proctor.course.course import Course, CourseError
from proctor.report.works import Work, solution_code

PIECE = 25
LEAST_SHARED = 100
THRESHOLD = 0.7
ORDINARY_COUNT = 3
ORDINARY_PART = 0.05
SHOWN = 20
_LONGEST = 20_000
_CONTEXT = 2
_LINES = 150


@dataclass(frozen=True)
class Line:
    """A line of code; ``text`` is None where lines are left out."""

    text: str | None
    shared: bool


@dataclass(frozen=True)
class Pair:
    """Two submissions that are alike.

    Attributes:
        slug: The exercise.
        students: Whose they are.
        score: The part of what is distinctive in both that both have.
        shared: How many characters of that there are, names counted as one.
        code: The lines of each, around what they share.
    """

    slug: str
    students: tuple[str, str]
    score: float
    shared: int
    code: tuple[list[Line], list[Line]]


@dataclass(frozen=True)
class Likeness:
    """What comparing the submissions for one exercise found.

    Attributes:
        slug: The exercise.
        compared: How many submissions have enough distinctive code to say anything.
        total: How many there are.
        ordinary: What more than so many students have in common says nothing.
        pairs: The pairs that are most alike, at most :data:`SHOWN`.
        further: How many more there are.
    """

    slug: str
    compared: int
    total: int
    ordinary: int
    pairs: list[Pair]
    further: int


def likeness(
    course: Course, works: Sequence[Work], told: Callable[[], None] = lambda: None
) -> list[Likeness]:
    """Compare the code of all submissions, exercise by exercise.

    Args:
        course: The course.
        works: The submissions.
        told: Called after each submission is taken to pieces.
    """
    result = []
    for slug in course.exercises:
        codes = {work.student: work.code for work in works if work.slug == slug and work.graded}
        if codes:
            result.append(compare(slug, codes, known_code(course, slug), told))
    return result


def compare(
    slug: str,
    codes: Mapping[str, str],
    known: Sequence[str] = (),
    told: Callable[[], None] = lambda: None,
) -> Likeness:
    """Compare the answers to one exercise.

    Args:
        slug: The exercise.
        codes: Each student's code.
        known: Code that says nothing if it is there: the starter's and the instructor's.
        told: Called after each student's code is taken to pieces.
    """
    prints: dict[str, CodeFingerprint] = {}
    for student, code in codes.items():
        prints[student] = _fingerprint(code)
        told()
    owners: defaultdict[int, list[str]] = defaultdict(list)
    for student, fingerprint in prints.items():
        for piece in fingerprint.hashes:
            owners[piece].append(student)
    ordinary = max(ORDINARY_COUNT, int(ORDINARY_PART * len(codes)))
    nothing = {piece for code in known for piece in _fingerprint(code).hashes}
    nothing |= {piece for piece, students in owners.items() if len(students) > ordinary}
    for fingerprint in prints.values():
        _take_out(fingerprint, nothing)
    # Only those who share a piece are compared: far fewer than all pairs.
    together: Counter[tuple[str, str]] = Counter()
    for piece in owners.keys() - nothing:
        together.update(itertools.combinations(sorted(owners[piece]), 2))
    # Fewer pieces than that cover too little, unless they are repeated over and over.
    found = [
        (students, alike)
        for students, pieces in together.items()
        if pieces >= LEAST_SHARED // PIECE
        and (alike := _alike(*(prints[student] for student in students))) is not None
    ]
    found.sort(key=lambda one: (-one[1].score, -one[1].shared, one[0]))
    return Likeness(
        slug=slug,
        compared=sum(one.token_coverage >= LEAST_SHARED for one in prints.values()),
        total=len(codes),
        ordinary=ordinary,
        pairs=[
            Pair(slug, students, alike.score, alike.shared, alike.lines())
            for students, alike in found[:SHOWN]
        ],
        further=len(found[SHOWN:]),
    )


@dataclass(frozen=True)
class _Alike:
    score: float
    shared: int
    prints: tuple[CodeFingerprint, CodeFingerprint]

    def lines(self) -> tuple[list[Line], list[Line]]:
        first, second = self.prints
        pieces = first.hashes & second.hashes
        return _lines(first, pieces), _lines(second, pieces)


def _alike(first: CodeFingerprint, second: CodeFingerprint) -> _Alike | None:
    pieces = first.hashes & second.hashes
    shared = [_coverage(one, pieces) for one in (first, second)]
    whole = first.token_coverage + second.token_coverage
    if min(shared) < LEAST_SHARED or sum(shared) < THRESHOLD * whole:
        return None
    return _Alike(sum(shared) / whole, min(shared), (first, second))


def _fingerprint(code: str) -> CodeFingerprint:
    """All pieces of a code, none left out as one may with long ones."""
    # The lexer drops empty lines at both ends, and would count them wrongly.
    text = code.replace("\r\n", "\n").replace("\r", "\n").strip("\n")[:_LONGEST]
    fingerprint = CodeFingerprint("code.py", PIECE, 1, fp=io.StringIO(text))
    if len(fingerprint.offsets):
        # copydetect 0.5 forgets what came before the name of a class.
        fingerprint.offsets[:, 1] = np.maximum.accumulate(fingerprint.offsets[:, 1])
    return fingerprint


def _take_out(fingerprint: CodeFingerprint, pieces: set[int]) -> None:
    # copydetect's own boilerplate filter is only right where no piece comes twice.
    fingerprint.hashes = fingerprint.hashes - pieces
    fingerprint.token_coverage = _coverage(fingerprint, fingerprint.hashes)


def _coverage(fingerprint: CodeFingerprint, pieces: set[int]) -> int:
    """How many characters some of its pieces cover."""
    places = {piece: fingerprint.hash_idx[piece] for piece in pieces}
    return int(get_token_coverage(places, PIECE, len(fingerprint.filtered_code)))


def _lines(fingerprint: CodeFingerprint, pieces: set[int]) -> list[Line]:
    """The lines around some of its pieces, with a gap where others are left out."""
    slices = get_copied_slices([at for one in pieces for at in fingerprint.hash_idx[one]], PIECE)
    code, offsets = fingerprint.raw_code, fingerprint.offsets
    lines = code.split("\n")
    shared: set[int] = set()
    for start, end in slices.T.tolist():
        ends = np.array([start, end - 1])
        at = np.searchsorted(offsets[:, 0], ends).clip(max=len(offsets) - 1)
        first, last = (code.count("\n", 0, place) for place in (ends + offsets[at, 1]).tolist())
        shared.update(range(first, last + 1))
    near = {number + step for number in shared for step in range(-_CONTEXT, _CONTEXT + 1)}
    result: list[Line] = []
    for number, text in enumerate(lines):
        if number in near and len(result) < _LINES:
            result.append(Line(text, number in shared))
        elif not result or result[-1].text is not None:
            result.append(Line(None, False))
    return result


def known_code(course: Course, slug: str) -> list[str]:
    """The code of an exercise's starter and of its instructor's solution."""
    notebooks = [course.read_source(slug)]
    try:
        notebooks.append(nbformat.read(course.release(slug), as_version=4))
    except (OSError, ValueError) as error:
        words = f"{course.release(slug)} cannot be read ({error}): run `proctor release`"
        raise CourseError(words) from error
    return [solution_code(notebook.cells) for notebook in notebooks]
