"""Charts as inline SVG, in the colours of the page. They say in words what they show."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from markupsafe import Markup

from proctor.report.statistics import BINS
from proctor.report.summary import Needs

_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 24, 22, 44


def histogram(counts: Sequence[int], title: str, what: str) -> Markup:
    """Bars: how many have which share of the full marks.

    Args:
        counts: How many lie in each tenth.
        title: What the chart is about.
        what: What is counted, such as ``students``.
    """
    width, height = 440, 220
    inner, tall = width - _LEFT - _RIGHT, height - _TOP - _BOTTOM
    step = inner / BINS
    most = max(*counts, 1)
    parts = [_axes(_LEFT, width, height)]
    for number, count in enumerate(counts):
        x, high = _LEFT + number * step, tall * count / most
        y = _TOP + tall - high
        middle = x + step / 2
        if count:
            parts.append(
                Markup(
                    '<rect class="bar" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>'
                ).format(x + 2, y, step - 4, high)
            )
            parts.append(_text(middle, y - 5, str(count)))
    for tenth in range(0, BINS + 1, 2):
        parts.append(_text(_LEFT + tenth * step, height - 28, f"{tenth * 10} %"))
    parts.append(_text(_LEFT + inner / 2, height - 8, "share of the full marks"))
    parts.append(_upright(tall, what))
    bins = ", ".join(
        f"{count} from {10 * number} to {10 * number + 10} percent"
        for number, count in enumerate(counts)
        if count
    )
    return _svg(width, height, f"{title}: {what} by share of the full marks: {bins}.", parts)


def ranges(rows: Mapping[str, Needs], title: str, unit: str) -> Markup:
    """A line for each row: least to most thin, the middle half thick, the median a stroke.

    Args:
        rows: What there is to show, by the rows' names.
        title: What the chart is about.
        unit: The unit of the numbers.
    """
    left, row = 190, 24
    width, height = 720, _TOP + row * len(rows) + _BOTTOM
    inner = width - left - _RIGHT
    most = max(max((found.spread.most for found in rows.values()), default=0.0), 1e-9)
    parts = [_axes(left, width, height)]
    for number, (name, needs) in enumerate(rows.items()):
        found = needs.spread
        y = _TOP + row * number + row / 2 - 4
        five = (found.least, found.quarter, found.median, found.three_quarters, found.most)
        at = [left + inner * value / most for value in five]
        parts.append(_text(left - 8, y + 4, name, "end"))
        line = Markup('<path class="axis" d="M{:.1f} {:.1f}H{:.1f}"/>')
        parts.append(line.format(at[0], y, at[4]))
        parts.append(
            Markup('<rect class="bar" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="10"/>').format(
                at[1], y - 5, max(at[3] - at[1], 1)
            )
        )
        parts.append(Markup('<path class="median" d="M{:.1f} {:.1f}v14"/>').format(at[2], y - 7))
    step = _round_step(most)
    for number in range(int(most / step) + 1):
        at_tick = left + inner * number * step / most
        parts.append(_text(at_tick, height - 28, f"{number * step:g}"))
    parts.append(_text(left + inner / 2, height - 8, unit))
    words = "; ".join(
        f"{name}: median {needs.spread.median:.1f}, at most {needs.spread.most:.1f}"
        for name, needs in rows.items()
    )
    return _svg(width, height, f"{title}, in {unit}: {words}.", parts)


def _svg(width: int, height: int, words: str, parts: list[Markup]) -> Markup:
    return Markup('<svg role="img" aria-label="{}" viewBox="0 0 {} {}">{}</svg>').format(
        words, width, height, Markup("").join(parts)
    )


def _axes(left: int, width: int, height: int) -> Markup:
    return Markup('<path class="axis" d="M{0} {1}V{2}H{3}"/>').format(
        left, _TOP - 8, height - _BOTTOM, width - _RIGHT
    )


def _round_step(most: float) -> float:
    """A round distance between ticks that makes at most six of them."""
    unit = 10.0 ** math.floor(math.log10(most / 5))
    return next(unit * factor for factor in (1, 2, 5, 10) if unit * factor >= most / 5)


def _text(x: float, y: float, words: str, anchor: str = "middle") -> Markup:
    return Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>').format(
        x, y, anchor, words
    )


def _upright(tall: float, words: str) -> Markup:
    start = Markup('<text transform="translate(16 {:.1f}) rotate(-90)" text-anchor="middle">')
    return start.format(_TOP + tall / 2) + words + Markup("</text>")
