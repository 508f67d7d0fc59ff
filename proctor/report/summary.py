"""Sums up the submissions: marks, times and memory of each exercise, and how each check did."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from proctor.report.statistics import FEWEST, Spread, discrimination, histogram, spread
from proctor.report.works import Check, Work


@dataclass(frozen=True)
class Marks:
    """How the marks are spread, as shares of the full marks.

    Attributes:
        spread: Their spread.
        bins: How many lie in each tenth.
        full: How many are full marks.
        none: How many are 0.
    """

    spread: Spread
    bins: list[int]
    full: int
    none: int


@dataclass(frozen=True)
class CheckLine:
    """How a check did.

    Attributes:
        slug: Its exercise.
        id: The check.
        max_score: What it is worth.
        count: How many graded submissions there are.
        passed: The part of them that gained all its points.
        mean: The part of its points that was gained.
        compared: How many of them have points elsewhere, too.
        discrimination: See :func:`proctor.report.statistics.discrimination`.
    """

    slug: str
    id: str
    max_score: float
    count: int
    passed: float
    mean: float
    compared: int
    discrimination: float | None

    @property
    def words(self) -> str:
        """What its discrimination says."""
        r = self.discrimination
        if r is None:
            return "too few" if self.compared < FEWEST else "all alike"
        if r <= -0.1:
            return "look at it"
        if r < 0.1:
            return "tells nothing"
        return "tells little" if r < 0.3 else "tells well"


@dataclass(frozen=True)
class Needs:
    """What grading needed of something.

    Attributes:
        spread: How much.
        most: Whose submission needed most.
        unknown: Of how many graded submissions it is not known.
    """

    spread: Spread
    most: str
    unknown: int = 0


def marks(shares: Sequence[float]) -> Marks | None:
    """How marks are spread; None if there are none.

    Args:
        shares: Shares of the full marks.
    """
    found = spread(shares)
    if found is None:
        return None
    full = sum(share >= 1 - 1e-6 for share in shares)
    return Marks(found, histogram(shares), full, sum(share < 1e-6 for share in shares))


def course_shares(works: Sequence[Work]) -> list[float]:
    """Each student's share of the points of what they handed in."""
    sums: defaultdict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for work in works:
        if work.mark is not None:
            sums[work.student][0] += work.mark.final
            sums[work.student][1] += work.mark.max_score
    return [points / most for points, most in sums.values() if most]


def times(works: Sequence[Work]) -> Needs | None:
    """How many seconds some submissions took; None if none was graded."""
    return _needs({work.student: work.graded.seconds for work in works if work.graded})


def memory(works: Sequence[Work]) -> Needs | None:
    """How many megabytes the kernels of some submissions took at most; None if it is known of
    none."""
    return _needs({work.student: work.graded.memory_mb for work in works if work.graded})


def _needs(amounts: Mapping[str, float | None]) -> Needs | None:
    known = {student: amount for student, amount in amounts.items() if amount is not None}
    found = spread(list(known.values()))
    if found is None:
        return None
    return Needs(found, max(known, key=lambda name: known[name]), len(amounts) - len(known))


def check_lines(works: Sequence[Work]) -> list[CheckLine]:
    """How each check that counts did, in the order in which the submissions have them."""
    totals: defaultdict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    found: defaultdict[tuple[str, str], list[tuple[str, Check]]] = defaultdict(list)
    for work in works:
        for check in work.graded.checks if work.graded else []:
            if check.voided:
                continue
            totals[work.student][0] += check.score
            totals[work.student][1] += check.max_score
            found[work.slug, check.id].append((work.student, check))
    return [_line(slug, name, rows, totals) for (slug, name), rows in found.items()]


def _line(
    slug: str, name: str, rows: list[tuple[str, Check]], totals: dict[str, list[float]]
) -> CheckLine:
    scores, rests = [], []
    for student, check in rows:
        points, most = totals[student]
        if most > check.max_score > 0:
            scores.append(check.score / check.max_score)
            rests.append((points - check.score) / (most - check.max_score))
    worth = max(check.max_score for _, check in rows)
    return CheckLine(
        slug=slug,
        id=name,
        max_score=worth,
        count=len(rows),
        passed=sum(check.passed for _, check in rows) / len(rows),
        mean=sum(check.score for _, check in rows) / (worth * len(rows)) if worth else 1.0,
        compared=len(scores),
        discrimination=discrimination(scores, rests),
    )
