"""The numbers of the report: pure functions of lists of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

FEWEST = 20
BINS = 10


@dataclass(frozen=True)
class Spread:
    """How numbers are spread. Quantiles between two numbers are interpolated.

    Attributes:
        count: How many there are.
        mean: Their mean.
        least: The smallest.
        quarter: A quarter of them are below it.
        median: Half of them are below it.
        three_quarters: Three quarters of them are below it.
        most: The largest.
    """

    count: int
    mean: float
    least: float
    quarter: float
    median: float
    three_quarters: float
    most: float


def spread(values: Sequence[float]) -> Spread | None:
    """How some numbers are spread; None if there are none."""
    if not values:
        return None
    quantiles = np.quantile(values, [0, 0.25, 0.5, 0.75, 1])
    return Spread(len(values), float(np.mean(values)), *map(float, quantiles))


def histogram(shares: Sequence[float]) -> list[int]:
    """Count shares of the full marks in ten bins of a tenth each.

    A bin holds its lower end; the last one holds full marks and what goes beyond, too.
    """
    counts = [0] * BINS
    for share in shares:
        # Marks are rounded to four digits, so 0.7 may come as 0.69999….
        counts[min(max(int(share * BINS + 1e-6), 0), BINS - 1)] += 1
    return counts


def discrimination(scores: Sequence[float], rests: Sequence[float]) -> float | None:
    """How closely a check's score goes with what the same student has elsewhere.

    It is Pearson's correlation; for a check that is passed or failed as a whole, that is
    the point-biserial correlation.

    Args:
        scores: The check's score of each student.
        rests: The rest score of each: the same student's share of all other points.

    Returns:
        From -1 to 1; None where there are fewer than :data:`FEWEST` students, or where all
        have the same score or rest score, so that nothing can be said.
    """
    if len(scores) < FEWEST or np.ptp(scores) < 1e-9 or np.ptp(rests) < 1e-9:
        return None
    return float(np.corrcoef(scores, rests)[0, 1])
