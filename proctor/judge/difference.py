"""Where an array is off, as plain data that does not tell what was expected there."""

from __future__ import annotations

import math
from typing import Annotated, Any

import msgspec
import numpy as np

Array = np.ndarray[Any, Any]

MAX_SIDE = 32
MAX_ROWS_SHOWN = 12
MAX_COLUMNS_SHOWN = 6
# With fewer different values, "this one is wrong" would come to "it is the other one".
_FEWEST_VALUES = 4

_Size = Annotated[int, msgspec.Meta(ge=1)]
_Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
_Number = Annotated[str, msgspec.Meta(max_length=16)]
_Side = msgspec.Meta(min_length=1, max_length=MAX_SIDE)


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """Where an array is off.

    The array is laid out in rows, its last axis to the right; axes of size one are left out.
    What has more than 32 rows or columns is divided into as many blocks.

    Attributes:
        shape: The array's shape.
        off: For each block, row by row, the part of its values that is off.
        seen: The student's own values, row by row, if they are few; otherwise empty.
    """

    shape: Annotated[list[_Size], msgspec.Meta(min_length=1, max_length=64)]
    off: Annotated[list[Annotated[list[_Share], _Side]], _Side]
    seen: Annotated[
        list[Annotated[list[_Number], msgspec.Meta(max_length=MAX_COLUMNS_SHOWN)]],
        msgspec.Meta(max_length=MAX_ROWS_SHOWN),
    ]


def layout(shape: list[int] | tuple[int, ...]) -> tuple[int, int]:
    """How many rows and columns an array of this shape is laid out in."""
    sides = [size for size in shape if size != 1]
    return math.prod(sides[:-1]), math.prod(sides[-1:])


def locate(array: Array, wanted: Array, close: Array) -> Difference | None:
    """Describe where an array is off, if that gives away no expected value.

    Where values are whole numbers (labels, masks, counts) or few different ones, to know that
    one is wrong can be to know the right one. Those get no description, nor does a large array
    that is off everywhere.

    Args:
        array: What the student's code gave.
        wanted: What was expected, of the same shape.
        close: Where the two agree.
    """
    if wanted.size < 2 or not _hidden(wanted):
        return None
    rows, columns = layout(wanted.shape)
    wrong = np.asarray(~close, dtype=np.float64).reshape(rows, columns)
    few = rows <= MAX_ROWS_SHOWN and columns <= MAX_COLUMNS_SHOWN and array.dtype.kind != "c"
    if not few and wrong.all():
        return None
    return Difference(
        shape=[int(size) for size in wanted.shape],
        off=_blocks(wrong).tolist(),
        seen=[[f"{float(value):.3g}" for value in row] for row in array.reshape(rows, columns)]
        if few
        else [],
    )


def _hidden(wanted: Array) -> bool:
    """Whether the expected values stay unknown to who learns which of their own are wrong."""
    if wanted.dtype.kind not in "fc":
        return False
    broken = wanted[np.isfinite(wanted) & (wanted != np.round(wanted))]
    return np.unique(broken).size >= _FEWEST_VALUES


def _blocks(wrong: Array) -> Array:
    starts = [np.arange(min(size, MAX_SIDE)) * size // min(size, MAX_SIDE) for size in wrong.shape]
    sizes = [np.diff(start, append=size) for start, size in zip(starts, wrong.shape, strict=True)]
    sums = np.add.reduceat(np.add.reduceat(wrong, starts[0], axis=0), starts[1], axis=1)
    share = sums / np.outer(*sizes)
    # Two digits say enough, but a little is not nothing, and nearly all is not all.
    return np.where((share > 0) & (share < 1), np.clip(np.round(share, 2), 0.01, 0.99), share)
