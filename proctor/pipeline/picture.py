"""Draws where an array is off: lines and numbers for the template to put into an SVG."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from proctor.judge.difference import Difference, layout

_WIDEST = 300
_LISTED = 8


@dataclass(frozen=True, kw_only=True)
class Number:
    """One of the student's values, and where it stands."""

    x: float
    y: float
    text: str
    off: bool


@dataclass(frozen=True, kw_only=True)
class Picture:
    """What an SVG of a difference is made of.

    Attributes:
        width: Its width in pixels.
        height: Its height in pixels.
        partly: Blocks of which some values are off, as a path to fill.
        wholly: Blocks of which all are.
        grid: The lines between blocks.
        groups: Those between parts along the axes before the last two.
        strokes: A stroke through the first, a cross through the second kind.
        numbers: The student's values, if they are few.
        words: What it shows, for who cannot see it.
        caption: How to read it.
    """

    width: int
    height: int
    partly: str
    wholly: str
    grid: str
    groups: str
    strokes: str
    numbers: list[Number]
    words: str
    caption: str


def draw(difference: Difference) -> Picture:
    """Draw a difference."""
    off = difference.off
    rows, columns = len(off), len(off[0])
    wide, high = _block(difference)
    places = list(product(range(rows), range(columns)))
    wholly = [(row, column) for row, column in places if off[row][column] == 1]
    partly = [(row, column) for row, column in places if 0 < off[row][column] < 1]
    strokes = [f"M{x * wide + 2} {(y + 1) * high - 2}l{wide - 4} {4 - high}" for y, x in partly]
    if not difference.seen:
        strokes += [
            f"M{x * wide + 2} {y * high + 2}l{wide - 4} {high - 4}"
            f"m0 {4 - high}l{4 - wide} {high - 4}"
            for y, x in wholly
        ]
    lines = [f"M0 {y * high}h{columns * wide}" for y in range(rows + 1)]
    lines += [f"M{x * wide} 0v{rows * high}" for x in range(columns + 1)]
    return Picture(
        width=columns * wide,
        height=rows * high,
        partly=_boxes(partly, wide, high),
        wholly=_boxes(wholly, wide, high),
        grid="".join(lines),
        groups="".join(
            f"M0 {row * high}h{columns * wide}"
            for row in range(_group(difference), rows, _group(difference))
        ),
        strokes="".join(strokes),
        numbers=_numbers(difference, wide, high),
        words=_words(difference, wholly, partly),
        caption=_caption(difference),
    )


def _block(difference: Difference) -> tuple[int, int]:
    """The width and height of a block, in pixels."""
    if difference.seen:
        longest = max(len(text) for row in difference.seen for text in row)
        return 8 * longest + 26, 26
    side = min(20, max(9, _WIDEST // max(len(difference.off), len(difference.off[0]))))
    return side, side


def _group(difference: Difference) -> int:
    """After how many rows a new part begins."""
    sides = [size for size in difference.shape if size != 1]
    return sides[-2] if len(sides) > 2 and _whole(difference) else len(difference.off)


def _boxes(places: list[tuple[int, int]], wide: int, high: int) -> str:
    return "".join(f"M{x * wide} {y * high}h{wide}v{high}h-{wide}z" for y, x in places)


def _numbers(difference: Difference, wide: int, high: int) -> list[Number]:
    return [
        Number(x=(x + 0.5) * wide, y=(y + 0.5) * high, text=text, off=difference.off[y][x] == 1)
        for y, row in enumerate(difference.seen)
        for x, text in enumerate(row)
    ]


def _whole(difference: Difference) -> bool:
    """Whether each block is one value."""
    return layout(difference.shape) == (len(difference.off), len(difference.off[0]))


def _words(
    difference: Difference, wholly: list[tuple[int, int]], partly: list[tuple[int, int]]
) -> str:
    blocks = len(difference.off) * len(difference.off[0])
    if not _whole(difference):
        return f"Of {blocks} blocks of values, {len(wholly)} are off wholly, {len(partly)} in part."
    columns = len(difference.off[0])
    listed = []
    for row, column in wholly[:_LISTED]:
        index = np.unravel_index(row * columns + column, difference.shape)
        came = f" (came: {difference.seen[row][column]})" if difference.seen else ""
        listed.append(f"{[int(part) for part in index]}{came}")
    more = f" and {len(wholly) - _LISTED} more" if len(wholly) > _LISTED else ""
    return f"Off are {len(wholly)} of {blocks} values: at {', '.join(listed)}{more}."


def _caption(difference: Difference) -> str:
    shape = tuple(difference.shape)
    axes = [axis for axis, size in enumerate(shape) if size != 1]
    if len(axes) == 1:
        order = f"from left to right along axis {axes[0]}"
    else:
        down = ", ".join(map(str, axes[:-1]))
        order = (
            f"downwards along {'axis' if len(axes) == 2 else 'axes'} {down}, "
            f"to the right along axis {axes[-1]}"
        )
    if difference.seen:
        return f"What your code gave, shape {shape}, {order}. A cross (✗) marks what is off."
    if _whole(difference):
        return f"Where it is off: shape {shape}, {order}. A cross marks a value that is off."
    rows, columns = layout(shape)
    tall, wide = rows / len(difference.off), columns / len(difference.off[0])
    return (
        f"Where it is off: shape {shape}, {order}. Each square stands for about {tall:.3g} × "
        f"{wide:.3g} values. A cross: all are off; a stroke: some."
    )
