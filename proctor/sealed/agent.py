"""Answers the judge's requests inside a student's kernel.

It runs as the last cell of the notebook, in the main thread, so an interrupt
ends a request that hangs and what student code prints is captured as any
output. The student's code shares this process and may do what it likes with
this module: the judge takes every answer for the student's.
"""

from __future__ import annotations

import collections.abc
import itertools
import linecache
import socket
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

import numpy as np

from proctor import wire

# Where the judge listens; the kernel's start sets it.
SOCKET = ""

_FOREVER = 365 * 24 * 3600.0
_MESSAGE_LIMIT = 2_000
_TRACEBACK_LIMIT = 6_000


class Agent:
    """One judge's view of one namespace: the requests, and the objects kept for it."""

    def __init__(self, namespace: dict[str, Any]) -> None:
        self.namespace = namespace
        self.kept: dict[int, Any] = {}
        self.numbers = itertools.count(1)
        self.shipped = 0

    def keep(self, thing: Any) -> wire.Handle:
        """Keep ``thing`` here and return what names it outside."""
        number = next(self.numbers)
        self.kept[number] = thing
        kind = type(thing)
        return wire.Handle(number, f"{kind.__module__}.{kind.__qualname__}")

    def take(self, handle: wire.Handle) -> Any:
        """The object that ``handle`` names."""
        return self.kept[handle.number]

    def answer(self, body: bytes) -> bytes:
        """Do what one request asks. Whatever goes wrong is an answer, too."""
        try:
            forgotten, operation, *arguments = wire.unpack(body, self.take)
            for number in forgotten:
                self.kept.pop(number, None)
            result = getattr(self, f"do_{operation}")(*arguments)
            return wire.pack(("value", result), self.keep)
        except BaseException as error:
            return wire.pack(("error", *describe(error)))

    def do_get(self, name: str) -> Any:
        if name not in self.namespace:
            raise NameError(f"the notebook defines no `{name}`", name=name)
        return self.namespace[name]

    def do_has(self, name: str) -> bool:
        return name in self.namespace

    def do_attribute(self, thing: Any, name: str) -> Any:
        return getattr(thing, name)

    def do_assign(self, thing: Any, name: str, value: Any) -> None:
        setattr(thing, name, value)

    def do_call(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return function(*args, **kwargs)

    def do_item(self, thing: Any, key: Any) -> Any:
        return thing[key]

    def do_length(self, thing: Any) -> int:
        return len(thing)

    def do_iterate(self, thing: Any) -> wire.Handle:
        return self.keep(iter(thing))

    def do_next(self, iterator: Any) -> tuple[Any, ...]:
        for item in iterator:
            return (item,)
        return ()

    def do_array(self, thing: Any) -> Any:
        array = np.asarray(thing)
        if wire.is_numeric(array.dtype):
            return array
        if array.dtype.kind in "OSU":
            return plain(array.tolist())
        return array.astype(np.float32)

    def do_plain(self, thing: Any) -> Any:
        return plain(thing)

    def do_isinstance(self, thing: Any, names: tuple[str, ...]) -> bool:
        return isinstance(thing, tuple(resolve(name) for name in names))

    def do_ship(self, name: str, source: str) -> Any:
        return self.keep(self.define(name, source))

    def do_run(
        self, name: str, source: str, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[wire.Handle, Any]:
        function = self.define(name, source)
        result = function(*args, **kwargs)
        return self.keep(function), result

    def define(self, name: str, source: str) -> Any:
        """Define a function whose source the judge sent, apart from the notebook's own names."""
        self.shipped += 1
        filename = f"<the examiner's {name} {self.shipped}>"
        linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
        module = {"__name__": "examiner", "np": np, "tf": resolve("tf"), "keras": resolve("keras")}
        # AutoGraph looks the module of a lambda up before it converts what the lambda calls.
        sys.modules.setdefault("examiner", ModuleType("examiner"))
        exec(compile(source, filename, "exec"), module)
        return module[name]

    def do_module(self, name: str) -> wire.Handle:
        return self.keep(resolve(name))


def resolve(name: str) -> Any:
    """Find the class that a dotted name such as ``tf.Tensor`` names."""
    first, *rest = name.split(".")
    if first == "tf":
        import tensorflow

        thing: Any = tensorflow
    elif first == "keras":
        import keras

        thing = keras
    elif first == "np":
        thing = np
    elif first == "abc":
        thing = collections.abc
    else:
        import builtins

        thing = getattr(builtins, first)
    for part in rest:
        thing = getattr(thing, part)
    return thing


def plain(thing: Any, depth: int = 0) -> Any:
    """Turn tensors, variables, shapes, dtypes and containers into plain data.

    Raises:
        TypeError: There is no plain form of it.
    """
    if depth > wire.MAX_DEPTH:
        raise TypeError("nested too deep")
    if thing is None or type(thing) in (bool, int, float, complex, str, bytes):
        return thing
    if isinstance(thing, np.generic | np.ndarray):
        return thing if wire.is_numeric(thing.dtype) else plain(thing.tolist(), depth + 1)
    bases: tuple[Any, ...] = (str, bytes, int, float)
    for base in bases:
        if isinstance(thing, base):
            return base(thing)
    if isinstance(thing, Mapping):
        return {plain(key, depth + 1): plain(part, depth + 1) for key, part in thing.items()}
    if isinstance(thing, tuple):
        return tuple(plain(part, depth + 1) for part in thing)
    if isinstance(thing, Sequence | set | frozenset):
        return [plain(part, depth + 1) for part in thing]
    if hasattr(thing, "as_list"):
        return tuple(thing.as_list())
    if hasattr(thing, "as_numpy_dtype"):
        return str(thing.name)
    if hasattr(thing, "__array__"):
        return plain(np.asarray(thing), depth + 1)
    raise TypeError(f"{type(thing).__qualname__} has no plain form")


def describe(error: BaseException) -> tuple[str, list[str], str, str]:
    """What an exception tells: its type, its bases, its message, the student's own frames."""
    names = [kind.__name__ for kind in type(error).__mro__]
    try:
        message = str(error)
    except BaseException as worse:
        message = f"(its message could not be read: {type(worse).__name__})"
    try:
        frames = [
            frame
            for frame in traceback.extract_tb(error.__traceback__)
            if "ipykernel_" in frame.filename or frame.filename.startswith("<ipython-input")
        ]
        text = "".join(
            f"  line {frame.lineno} of its cell, in {frame.name}\n    {frame.line}\n"
            for frame in frames[-10:]
        )
    except BaseException:
        text = ""
    clean = [text_.encode("utf-8", "replace").decode() for text_ in (message, text)]
    return names[0], names, clean[0][:_MESSAGE_LIMIT], clean[1][-_TRACEBACK_LIMIT:]


def serve() -> None:
    """Connect to the judge's socket and answer until it hangs up."""
    agent = Agent(sys.modules["__main__"].__dict__)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect(SOCKET)
        while True:
            try:
                deadline = time.monotonic() + _FOREVER
                body = wire.receive(connection, deadline)
                wire.send(connection, agent.answer(body), deadline)
            except KeyboardInterrupt:
                continue
            except (EOFError, OSError):
                return
