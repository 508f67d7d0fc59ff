"""What may cross the wall, and what hostile bytes come to."""

from __future__ import annotations

import math
import socket
import struct
import time

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

from proctor import wire

settings.register_profile("fixed", deadline=None, derandomize=True)
settings.load_profile("fixed")

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.complex_numbers(allow_nan=False),
    st.text(),
    st.binary(),
)
numeric = nps.arrays(
    st.sampled_from(["?", "i1", "u2", "i4", "i8", "f2", "f4", "f8", "c8", "c16"]),
    nps.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
)
plain_data = st.recursive(
    st.one_of(scalars, numeric),
    lambda parts: st.one_of(
        st.lists(parts, max_size=4),
        st.lists(parts, max_size=4).map(tuple),
        st.dictionaries(scalars, parts, max_size=4),
    ),
    max_leaves=20,
)


def same(one: object, other: object) -> bool:
    if isinstance(one, np.ndarray | np.generic):
        return (
            isinstance(other, np.ndarray)
            and one.dtype == other.dtype
            and np.array_equal(one, other, equal_nan=one.dtype.kind in "fc")
        )
    if type(one) is not type(other):
        return False
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return len(one) == len(other) and all(
            same(a, b) and same(one[a], other[b]) for a, b in zip(one, other, strict=True)
        )
    return one == other


@given(plain_data)
def test_plain_data_comes_back_as_it_went(value):
    assert same(value, wire.unpack(wire.pack(value)))


@pytest.mark.parametrize(
    "tree",
    [
        ["a", "<f4", [2**40], b""],
        ["a", "<f4", [-1], b""],
        ["a", "<f4", [2], b"1234"],
        ["a", "|O", [1], b"12345678"],
        ["a", "|V8", [1], b"12345678"],
        ["a", "<f4", [0] * 99, b""],
        ["a", "<f4", "2", b"12345678"],
        ["d", 1],
        ["d", ["l"], 1],
        ["i", "zz"],
        ["i", "f" * 9999],
        ["c", 1, 2],
        ["h", "1", "x"],
        ["pickle", b""],
        [],
        {"a": 1},
    ],
    ids=str,
)
def test_wrong_forms_are_refused(tree):
    with pytest.raises(wire.WireError):
        wire.unpack(msgspec.msgpack.encode(tree))


def test_depth_is_bounded_on_both_sides():
    deep: list = []
    for _ in range(wire.MAX_DEPTH + 2):
        deep = [deep]
    with pytest.raises(wire.WireError, match="deep"):
        wire.pack(deep)
    with pytest.raises(wire.WireError):
        wire.unpack(b"\x91" * 100_000 + b"\xc0")


def test_a_list_that_holds_itself_is_refused():
    cycle: list = []
    cycle.append(cycle)
    with pytest.raises(wire.WireError):
        wire.pack(cycle)


def test_subclasses_stay_where_they_are():
    class Liar(float):
        def __eq__(self, other):
            return True

        __hash__ = float.__hash__

    with pytest.raises(wire.WireError, match="Liar"):
        wire.pack(Liar(1.0))
    packed = wire.pack(Liar(1.0), lambda thing: wire.Handle(7, type(thing).__name__))
    assert wire.unpack(packed) == wire.Handle(7, "Liar")


def test_numpy_scalars_keep_their_type():
    value = wire.unpack(wire.pack(np.float32(0.1)))
    assert value.dtype == np.float32
    assert value.shape == ()


def test_infinities_and_nan_cross():
    values = wire.unpack(wire.pack([math.inf, -math.inf, math.nan]))
    assert values[0] == math.inf
    assert values[1] == -math.inf
    assert math.isnan(values[2])


def test_a_frame_arrives_whole_however_it_is_cut():
    here, there = socket.socketpair()
    with here, there:
        body = wire.pack(list(range(1000)))
        frame = struct.pack(">I", len(body)) + body
        for start in range(0, len(frame), 700):
            here.send(frame[start : start + 700])
        assert wire.unpack(wire.receive(there, time.monotonic() + 5)) == list(range(1000))


def test_a_huge_announced_length_is_refused_unread():
    here, there = socket.socketpair()
    with here, there:
        here.send(struct.pack(">I", 2**31) + b"x")
        with pytest.raises(wire.WireError, match="announced"):
            wire.receive(there, time.monotonic() + 5)


def test_silence_and_trickle_end_at_the_deadline():
    here, there = socket.socketpair()
    with here, there:
        here.send(b"\0\0\0")
        with pytest.raises(TimeoutError):
            wire.receive(there, time.monotonic() + 0.1)


def test_a_closed_connection_is_the_end():
    here, there = socket.socketpair()
    here.close()
    with there, pytest.raises(EOFError):
        wire.receive(there, time.monotonic() + 5)
