"""Where an array is off: what is told of it, and what is not."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proctor.judge.compare import assert_close
from proctor.judge.difference import Difference, locate
from proctor.judge.errors import CheckFailed
from proctor.pipeline.picture import draw


def off_at(shape: tuple[int, ...], *places: tuple[int, ...]) -> Difference | None:
    """What comes of comparing random numbers that are off in some places."""
    wanted = np.random.default_rng(1).normal(size=shape)
    got = wanted.copy()
    for place in places:
        got[place] += 1
    with pytest.raises(CheckFailed) as caught:
        assert_close(got, wanted)
    return caught.value.difference


def test_few_values_are_shown_with_what_came():
    difference = off_at((2, 3), (1, 2))
    assert difference is not None
    assert difference.off == [[0, 0, 0], [0, 0, 1]]
    assert difference.seen[1][2] == f"{np.random.default_rng(1).normal(size=6)[5] + 1:.3g}"
    picture = draw(difference)
    assert picture.words.startswith("Off are 1 of 6 values: at [1, 2] (came: ")
    assert [number.off for number in picture.numbers] == [False] * 5 + [True]


def test_axes_of_size_one_are_left_out_and_leading_ones_put_below_each_other():
    assert off_at((1, 20, 1), (0, 3, 0)).off == [[0.0] * 3 + [1.0] + [0.0] * 16]
    stack = off_at((2, 3, 8), (1, 0, 5))
    assert np.argwhere(stack.off).tolist() == [[3, 5]]
    picture = draw(stack)
    assert "at [1, 0, 5]." in picture.words
    assert "downwards along axes 0, 1, to the right along axis 2" in picture.caption
    assert picture.groups.count("M") == 1


def test_large_arrays_come_in_blocks_and_a_little_is_not_nothing():
    difference = off_at((640, 64), (0, 0), *((row, 63) for row in range(620, 640)))
    assert (len(difference.off), len(difference.off[0])) == (32, 32)
    assert difference.off[0][0] == 0.02
    assert difference.off[31][31] == 0.5
    assert sum(map(sum, difference.off)) == 0.52
    assert "about 20 × 2 values" in draw(difference).caption


@pytest.mark.parametrize(
    ("got", "wanted"),
    [
        ([0, 1, 1, 0, 1], [0, 1, 0, 0, 1]),
        ([0.0, 1.0, 2.0, 3.0, 4.0], [0.0, 1.0, 2.0, 3.0, 5.0]),
        ([True, False], [True, True]),
        ([0.9, 0.05, 0.05, 0.05], [0.9, 0.05, 0.05, 0.9]),
        ([np.nan] * 4, [0.5, -0.5, 0.0, 0.5]),
        (0.25, 0.5),
        (np.full(50, 7.5), np.arange(50) / 8),
    ],
    ids=["labels", "floats that are none", "bools", "two levels", "signs", "one number", "all off"],
)
def test_what_can_be_told_from_right_and_wrong_is_not_shown(got, wanted):
    with pytest.raises(CheckFailed) as caught:
        assert_close(np.array(got), np.array(wanted))
    assert caught.value.difference is None


@settings(deadline=None, derandomize=True, max_examples=60)
@given(st.lists(st.integers(1, 70), min_size=1, max_size=3), st.integers(0, 99), st.booleans())
def test_nothing_but_own_values_and_places_is_told_within_bounds(shape, seed, imaginary):
    rng = np.random.default_rng(seed)
    got = rng.normal(size=shape) * (1j if imaginary else 1)
    close = rng.uniform(size=shape) < 0.5
    one, other = (locate(got, rng.normal(size=shape) + 0.1, close) for _ in range(2))
    assert one == other
    if one is not None:
        assert msgspec.convert(msgspec.to_builtins(one), Difference) == one
        picture = draw(one)
        assert max(picture.width, picture.height) < 700
