"""Comparisons that say what was seen and what was expected, in words a student can use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from proctor.judge.difference import locate
from proctor.judge.errors import CheckFailed
from proctor.judge.remote import Remote, plain

Array = np.ndarray[Any, Any]


def as_array(got: Any, *, what: str = "the result", hint: str | None = None) -> Array:
    """Fetch a numeric array, once.

    Args:
        got: What the student's code gave, as plain data or a Remote.
        what: What it is, as the student knows it.
        hint: Where to look when it is none.

    Raises:
        CheckFailed: It is None, text, ragged or otherwise no numeric array.
    """
    if isinstance(got, Remote):
        got = plain(got)
    if got is None:
        raise CheckFailed(f"{_start(what)} is None.", hint or "Does the function return it?")
    try:
        array = np.asarray(got)
    except ValueError:
        array = np.asarray(None)
    if array.dtype.kind not in "biufc":
        raise CheckFailed(f"{_start(what)} is no array of numbers but {_short(got)}.", hint)
    return array


def assert_close(
    got: Any,
    expected: Any,
    *,
    rtol: float = 1e-5,
    atol: float = 1e-6,
    what: str = "the result",
    hint: str | None = None,
) -> None:
    """Hold an array against the expected one: the same shape, and each element within
    ``atol + rtol * |expected|``. What fails says where, and the student's page draws it.

    Args:
        got: What the student's code gave, as plain data or a Remote.
        expected: What the judge worked out itself.
        rtol: Relative tolerance.
        atol: Absolute tolerance.
        what: What it is, as the student knows it: ``"the gradient"``.
        hint: Where to look when it differs.

    Raises:
        CheckFailed: It differs.
    """
    array = as_array(got, what=what, hint=hint)
    wanted = np.asarray(expected)
    assert_shape(array, wanted.shape, what=what, hint=hint)
    with np.errstate(all="ignore"):
        close = np.isclose(array, wanted, rtol=rtol, atol=atol, equal_nan=True)
        if close.all():
            return
        distance = np.where(close, -1.0, np.abs(array - wanted.astype(np.float64)))
    worst = np.unravel_index(int(np.argmax(np.nan_to_num(distance, nan=np.inf))), wanted.shape)
    off = int(wanted.size - close.sum())
    place = f" at {list(map(int, worst))}" if wanted.ndim else ""
    raise CheckFailed(
        f"{_start(what)} is off in {off} of {wanted.size} values: "
        f"{array[worst]:.6g}{place} where {wanted[worst]:.6g} was expected.",
        hint,
        locate(array, wanted, close),
    )


def assert_shape(
    got: Any, shape: Sequence[int], *, what: str = "the result", hint: str | None = None
) -> None:
    """Hold an array's shape against the expected one.

    Raises:
        CheckFailed: It is another one.
    """
    found = as_array(got, what=what, hint=hint).shape
    if found != tuple(shape):
        raise CheckFailed(f"{_start(what)} has shape {found}; expected {tuple(shape)}.", hint)


def assert_dtype(
    got: Any, dtype: str, *, what: str = "the result", hint: str | None = None
) -> None:
    """Hold an array's dtype against the expected one, by name (``"float32"``).

    Raises:
        CheckFailed: It is another one.
    """
    found = as_array(got, what=what, hint=hint).dtype.name
    if found != dtype:
        raise CheckFailed(f"{_start(what)} has dtype {found}; expected {dtype}.", hint)


def assert_equal(
    got: Any, expected: Any, *, what: str = "the result", hint: str | None = None
) -> None:
    """Hold plain data against plain data. Types count: True is not 1, a list not a tuple.

    Raises:
        CheckFailed: They differ.
    """
    found = plain(got)
    if not _same(found, expected):
        raise CheckFailed(f"{_start(what)} is {_short(found)}; expected {_short(expected)}.", hint)


def require(condition: bool, seen: str, hint: str | None = None) -> None:
    """Fail unless something holds.

    Args:
        condition: What must hold: Python's or NumPy's True, not what merely counts as true.
        seen: What is wrong where it does not, in words for the student.
        hint: Where to look.

    Raises:
        CheckFailed: It does not hold.
    """
    if condition is not True and not (isinstance(condition, np.bool_) and condition):
        raise CheckFailed(seen, hint)


def _same(found: Any, expected: Any) -> bool:
    if isinstance(expected, np.ndarray):
        return isinstance(found, np.ndarray) and np.array_equal(found, expected)
    if type(found) is not type(expected):
        return False
    if isinstance(expected, list | tuple):
        return len(found) == len(expected) and all(map(_same, found, expected))
    if isinstance(expected, dict):
        return found.keys() == expected.keys() and all(
            _same(found[key], part) for key, part in expected.items()
        )
    return bool(found == expected)


def _start(what: str) -> str:
    return what[:1].upper() + what[1:]


def _short(value: Any) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= 200 else text[:197] + "..."
