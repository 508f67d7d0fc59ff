"""What may cross the wall between the sealed side and the judge: plain data, and nothing else.

A *frame* is a length (4 bytes, big-endian) followed by one MessagePack value.
MessagePack carries None, bool, 64-bit int, float, str and bytes as they are;
everything else is a list whose first item is a tag, so that no decoder ever
builds an object on a stranger's word:

==========  ==============================================================
``"l"``     list: the items follow
``"t"``     tuple: the items follow
``"d"``     dict: key, value, key, value, …
``"i"``     an int of more than 64 bits, in hexadecimal
``"c"``     complex: real part, imaginary part
``"a"``     numeric array: dtype, shape, bytes in C order
``"h"``     a handle: the number of an object that stays on the other side,
            and the name of its type
==========  ==============================================================

Both sides import this module; it imports neither.
"""

from __future__ import annotations

import math
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

MAX_FRAME = 64 * 1024 * 1024
MAX_DEPTH = 32
MAX_NODES = 1_000_000
MAX_DIMENSIONS = 32

_LENGTH = struct.Struct(">I")
_INT64 = range(-(2**63), 2**63)
_DTYPES = frozenset(
    np.dtype(code).str
    for code in ("?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16")
)
_TAGS = frozenset("ltdicah")


class WireError(ValueError):
    """A value or a frame that may not cross."""


@dataclass(frozen=True, slots=True)
class Handle:
    """An object that stays where it is, known outside by a number.

    Attributes:
        number: The number that names the object in requests.
        type_name: The dotted name of its type, as its own side tells it.
    """

    number: int
    type_name: str


def is_numeric(dtype: np.dtype[Any]) -> bool:
    """Say whether arrays of ``dtype`` may cross (any byte order)."""
    return dtype.newbyteorder("=").str in _DTYPES if dtype.kind in "?biufc" else False


def pack(value: Any, keep: Callable[[Any], Handle] | None = None) -> bytes:
    """Encode ``value`` as the body of a frame.

    Args:
        value: Plain data: None, bool, int, float, complex, str, bytes, list,
            tuple, dict, numeric NumPy arrays and scalars, :class:`Handle`.
            Subclasses of these are not plain.
        keep: Called with each object that is not plain; what it returns
            crosses in the object's place. Without it, such objects are errors.

    Raises:
        WireError: Not plain, too deep, too many parts, or over ``MAX_FRAME`` bytes.
    """
    nodes = 0

    def encode(item: Any, depth: int) -> Any:
        nonlocal nodes
        nodes += 1
        if depth > MAX_DEPTH:
            raise WireError(f"nested more than {MAX_DEPTH} deep")
        if nodes > MAX_NODES:
            raise WireError(f"more than {MAX_NODES:,} parts")
        kind = type(item)
        if item is None or kind in (bool, float, str, bytes):
            return item
        if kind is int:
            return item if item in _INT64 else ["i", format(item, "x")]
        if kind is complex:
            return ["c", item.real, item.imag]
        if kind in (list, tuple):
            return ["l" if kind is list else "t", *(encode(part, depth + 1) for part in item)]
        if kind is dict:
            flat: list[Any] = ["d"]
            for key, part in item.items():
                flat += (encode(key, depth + 1), encode(part, depth + 1))
            return flat
        if kind is Handle:
            return ["h", item.number, item.type_name]
        if (kind is np.ndarray or isinstance(item, np.generic)) and is_numeric(item.dtype):
            if item.nbytes > MAX_FRAME:
                raise WireError(f"an array of {item.nbytes:,} bytes; the limit is {MAX_FRAME:,}")
            array = np.asarray(item)
            array = array.astype(array.dtype.newbyteorder("<"), copy=False)
            return ["a", array.dtype.newbyteorder("=").str, list(array.shape), array.tobytes()]
        if keep is None:
            raise WireError(f"{kind.__module__}.{kind.__qualname__} is not plain data")
        return encode(keep(item), depth + 1)

    try:
        body = msgspec.msgpack.encode(encode(value, 0))
    except UnicodeEncodeError as error:
        raise WireError("text with half a surrogate pair in it") from error
    if len(body) > MAX_FRAME:
        raise WireError(f"{len(body):,} bytes; the limit is {MAX_FRAME:,}")
    return body


def unpack(body: bytes, take: Callable[[Handle], Any] | None = None) -> Any:
    """Decode the body of a frame that a stranger may have written.

    Args:
        body: The bytes.
        take: Called with each handle; what it returns stands in the handle's
            place. Without it, handles come out as they are.

    Returns:
        Plain data. Arrays are fresh, writable and own their memory.

    Raises:
        WireError: Anything that :func:`pack` would not have written.
    """
    if len(body) > MAX_FRAME:
        raise WireError(f"{len(body):,} bytes; the limit is {MAX_FRAME:,}")
    try:
        tree = msgspec.msgpack.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise WireError(f"not MessagePack: {error}") from error
    nodes = 0

    def decode(item: Any, depth: int) -> Any:
        nonlocal nodes
        nodes += 1
        if depth > MAX_DEPTH:
            raise WireError(f"nested more than {MAX_DEPTH} deep")
        if nodes > MAX_NODES:
            raise WireError(f"more than {MAX_NODES:,} parts")
        kind = type(item)
        if item is None or kind in (bool, int, float, str, bytes):
            return item
        if kind is not list or not item or type(item[0]) is not str or item[0] not in _TAGS:
            raise WireError("a value without a tag")
        tag, *parts = item
        if tag == "l":
            return [decode(part, depth + 1) for part in parts]
        if tag == "t":
            return tuple(decode(part, depth + 1) for part in parts)
        if tag == "d":
            return _dict([decode(part, depth + 1) for part in parts])
        if tag == "a":
            return _array(parts)
        if tag == "h":
            handle = _handle(parts)
            return handle if take is None else take(handle)
        if tag == "c":
            if len(parts) == 2 and all(type(part) is float for part in parts):
                return complex(*parts)
            raise WireError("a complex number of the wrong shape")
        if len(parts) == 1 and type(parts[0]) is str and len(parts[0]) <= 4096:
            try:
                return int(parts[0], 16)
            except ValueError as error:
                raise WireError("an integer that is none") from error
        raise WireError("an integer of the wrong shape")

    return decode(tree, 0)


def _dict(flat: list[Any]) -> dict[Any, Any]:
    if len(flat) % 2:
        raise WireError("a dict with a key and no value")
    try:
        return dict(zip(flat[::2], flat[1::2], strict=True))
    except TypeError as error:
        raise WireError("a dict with a key that cannot be one") from error


def _handle(parts: list[Any]) -> Handle:
    if len(parts) != 2 or type(parts[0]) is not int or type(parts[1]) is not str:
        raise WireError("a handle of the wrong shape")
    return Handle(parts[0], parts[1][:200])


def _array(parts: list[Any]) -> np.ndarray[Any, Any]:
    if len(parts) != 3:
        raise WireError("an array of the wrong shape")
    code, shape, data = parts
    if type(code) is not str or code not in _DTYPES or type(data) is not bytes:
        raise WireError("an array of no numeric type")
    if type(shape) is not list or len(shape) > MAX_DIMENSIONS:
        raise WireError("an array with no shape")
    if not all(type(size) is int and 0 <= size <= MAX_FRAME for size in shape):
        raise WireError("an array with no shape")
    dtype = np.dtype(code)
    if math.prod(shape) * dtype.itemsize != len(data):
        raise WireError("an array whose shape and bytes disagree")
    array = np.frombuffer(data, dtype.newbyteorder("<")).reshape(shape)
    return array.astype(dtype)


def send(connection: socket.socket, body: bytes, deadline: float) -> None:
    """Send one frame.

    Args:
        connection: A connected stream socket.
        body: What :func:`pack` made.
        deadline: On the clock of ``time.monotonic``, in seconds.

    Raises:
        TimeoutError: The other side does not read.
        OSError: It is gone.
    """
    connection.settimeout(max(deadline - time.monotonic(), 0.001))
    connection.sendall(_LENGTH.pack(len(body)) + body)


def receive(connection: socket.socket, deadline: float) -> bytes:
    """Read one frame's body, however slowly it comes, until ``deadline``.

    Raises:
        TimeoutError: It did not arrive whole in time.
        EOFError: The other side closed.
        WireError: A frame longer than ``MAX_FRAME`` was announced.
    """
    (length,) = _LENGTH.unpack(_read(connection, _LENGTH.size, deadline))
    if length > MAX_FRAME:
        raise WireError(f"a frame of {length:,} bytes announced; the limit is {MAX_FRAME:,}")
    return _read(connection, length, deadline)


def _read(connection: socket.socket, size: int, deadline: float) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("no whole frame in time")
        connection.settimeout(left)
        part = connection.recv(min(size - len(parts), 1 << 20))
        if not part:
            raise EOFError("the other side closed")
        parts += part
    return bytes(parts)
