"""The student's namespace, seen from outside the wall.

A grader uses it like a local one. Plain data comes by value; anything else
stays where it is and is known here as a :class:`Remote`. Nothing that a
Remote says about itself is believed: it has no equality, no truth value and
no order here, only parts that can be fetched as plain data and then compared.
"""

from __future__ import annotations

import contextlib
import re
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any, NoReturn, Protocol

import numpy as np

from proctor import wire
from proctor.judge.errors import GraderError, StudentError, StudentStopped
from proctor.judge.ship import source_of
from proctor.limits import Limits

GRACE_SECONDS = 2.0
# Keras colours its messages.
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class Kernel(Protocol):
    """A kernel that has run a notebook and now waits for the judge."""

    def connect(self) -> socket.socket:
        """Return the connection to its agent. Raises StudentStopped if there is none."""

    def interrupt(self) -> None:
        """End what it is doing, as a student's *Interrupt the kernel* does."""

    def close(self) -> None:
        """End it and all it has started."""

    def why_it_ended(self) -> str | None:
        """In words for the student, why it is no longer running; None if that is not known."""


class Clock:
    """How long the requests of one test may still take."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.end = time.monotonic() + limits.submission_seconds
        self.start_test(None)

    def start_test(self, seconds: float | None) -> None:
        """Begin a new test, which may take ``seconds``, or the usual time."""
        self.request_seconds = seconds or self.limits.request_seconds
        self.test_end = time.monotonic() + (seconds or self.limits.test_seconds)

    def deadline(self) -> float:
        """When a request that starts now must be answered (``time.monotonic``).

        Raises:
            StudentStopped: The time of the test or of the submission is used up.
        """
        now = time.monotonic()
        if now >= self.end:
            raise StudentStopped(
                f"The whole submission may take {self.limits.submission_seconds:.0f} s, "
                "and that time was used up before this test."
            )
        if now >= self.test_end:
            raise StudentStopped("This test took too long altogether and was stopped.")
        return min(now + self.request_seconds, self.test_end, self.end)


class Link:
    """One connection to one kernel. Once something went wrong it stays closed."""

    def __init__(self, kernel: Kernel, clock: Clock) -> None:
        self.kernel = kernel
        self.clock = clock
        self.garbage: list[int] = []
        self.shipped: dict[Callable[..., Any], Any] = {}
        self.ended: str | None = None
        self.socket = kernel.connect()

    def request(self, operation: str, *arguments: Any) -> Any:
        """Ask the agent for one thing and wait for its answer.

        Raises:
            StudentError: The student's code raised an exception.
            StudentStopped: No proper answer came; the link is closed.
            GraderError: The arguments may not cross.
        """
        if self.ended is not None:
            raise StudentStopped(self.ended)
        deadline = self.clock.deadline()
        # Taken away first: a Remote may be collected while the request is packed.
        forgotten, self.garbage = self.garbage, []
        try:
            body = wire.pack((forgotten, operation, *arguments), self._lower)
        except wire.WireError as error:
            raise GraderError(f"an argument of {operation}: {error}") from error
        try:
            wire.send(self.socket, body, deadline)
            answer = wire.unpack(wire.receive(self.socket, deadline), self._raise_handle)
        except TimeoutError:
            raise self._end(self._interrupted(deadline)) from None
        except (EOFError, OSError):
            why = self.kernel.why_it_ended() or "The kernel ended while your code ran."
            raise self._end(why) from None
        except wire.WireError as error:
            raise self._end(f"The kernel gave an answer that is none: {error}.") from None
        return self._result(answer)

    def run(
        self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Call a function of the grader's in the kernel, to which it is sent the first time.

        Raises:
            StudentError: It raised an exception.
            StudentStopped: No proper answer came; the link is closed.
            GraderError: It is none to be shipped, or the arguments may not cross.
        """
        if function in self.shipped:
            return self.shipped[function](*args, **kwargs)
        match self.request("run", function.__name__, source_of(function), args, kwargs):
            case (Remote() as shipped, result):
                self.shipped[function] = shipped
                return result
            case _:
                raise self._end("The kernel gave an answer that is none.")

    def _result(self, answer: Any) -> Any:
        # A Remote, which may stand anywhere in it, has no equality: types come first.
        match answer:
            case (str(kind), value) if kind == "value":
                return value
            case (str(kind), str(name), list(bases), str(message), str(traceback)) if (
                kind == "error" and all(type(base) is str for base in bases)
            ):
                message, traceback = (_COLOURS.sub("", text) for text in (message, traceback))
                raise StudentError(name, bases, message, traceback)
            case _:
                raise self._end("The kernel gave an answer that is none.")

    def _interrupted(self, deadline: float) -> str:
        """Interrupt the kernel and say where it was, if it still tells."""
        used = max(self.clock.request_seconds, 0.0)
        text = f"Your code was still running after {used:.0f} s and was stopped."
        if time.monotonic() >= self.clock.end or deadline >= self.clock.end:
            text = (
                "The whole submission may take "
                f"{self.clock.limits.submission_seconds:.0f} s; it was stopped here."
            )
        with contextlib.suppress(OSError, EOFError, wire.WireError):
            self.kernel.interrupt()
            answer = wire.unpack(wire.receive(self.socket, time.monotonic() + GRACE_SECONDS))
            match answer:
                case ("error", "KeyboardInterrupt", _, _, str(where)) if where:
                    text += f" It was here:\n{where}"
        return text

    def _end(self, why: str) -> StudentStopped:
        self.ended = why
        self.close()
        return StudentStopped(why)

    def close(self) -> None:
        """Hang up and end the kernel."""
        self.ended = self.ended or "The kernel was closed."
        self.socket.close()
        self.kernel.close()

    def _lower(self, thing: Any) -> wire.Handle:
        if isinstance(thing, Remote):
            link, handle = remote_parts(thing)
            if link is not self:
                raise GraderError("an object of another kernel cannot be used in this one")
            return handle
        raise wire.WireError(f"{type(thing).__qualname__} is not plain data")

    def _raise_handle(self, handle: wire.Handle) -> Remote:
        return Remote(self, handle)


class NoLength(StudentError, TypeError):
    """``len`` of what has none: also the TypeError that ``list`` passes over."""


class Remote:
    """An object that stays in the student's kernel.

    Attributes, items, calls, iteration and ``len`` go to the kernel and come
    back as plain data or as further Remotes. ``np.asarray``, ``float`` and
    ``int`` fetch a value. ``==``, ``<`` and ``bool`` are errors: fetch first.
    """

    __slots__ = ("_handle", "_link")
    _handle: wire.Handle
    _link: Link

    def __init__(self, link: Link, handle: wire.Handle) -> None:
        object.__setattr__(self, "_link", link)
        object.__setattr__(self, "_handle", handle)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._link.request("attribute", self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        self._link.request("assign", self, name, value)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._link.request("call", self, args, kwargs)

    def __getitem__(self, key: Any) -> Any:
        return self._link.request("item", self, key)

    def __len__(self) -> int:
        try:
            return int(_of_type(self._link.request("length", self), int))
        except StudentError as error:
            if error.is_a("TypeError"):
                raise NoLength(
                    error.type_name, error.bases, error.message, error.traceback
                ) from None
            raise

    def __iter__(self) -> Iterator[Any]:
        iterator = self._link.request("iterate", self)
        while item := _of_type(self._link.request("next", iterator), tuple):
            yield item[0]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        array = self._link.request("array", self)
        if not isinstance(array, np.ndarray):
            raise StudentError("TypeError", ["TypeError"], "this is not a numeric array", "")
        return array if dtype is None else array.astype(dtype)

    def __float__(self) -> float:
        return float(np.asarray(self).reshape(-1)[0])

    def __int__(self) -> int:
        return int(np.asarray(self).reshape(-1)[0])

    def __repr__(self) -> str:
        return f"<{self._handle.type_name} in the kernel>"

    def __del__(self) -> None:
        self._link.garbage.append(self._handle.number)

    def _refuse(self, *_: Any) -> NoReturn:
        raise GraderError("a Remote cannot be compared: fetch its value first")

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _refuse
    __bool__ = __contains__ = _refuse
    __hash__ = object.__hash__


def remote_parts(remote: Remote) -> tuple[Link, wire.Handle]:
    """The link and the handle behind a Remote."""
    return object.__getattribute__(remote, "_link"), object.__getattribute__(remote, "_handle")


def _of_type(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise StudentError("TypeError", ["TypeError"], f"not a {kind.__name__}", "")
    return value


def type_name(thing: Any) -> str:
    """The dotted name of a value's type, as its own side tells it: for words, not for proof."""
    if isinstance(thing, Remote):
        return remote_parts(thing)[1].type_name
    return f"{type(thing).__module__}.{type(thing).__qualname__}"


def is_a(thing: Any, *names: str) -> bool:
    """``isinstance`` on the sealed side.

    Args:
        thing: A value or a Remote.
        names: Dotted names that start with ``tf``, ``keras``, ``np``, ``abc``
            (``collections.abc``) or a built-in: ``"tf.Tensor"``, ``"dict"``.

    Returns:
        False for plain data, which has left its type behind.
    """
    if not isinstance(thing, Remote):
        return False
    return bool(_of_type(remote_parts(thing)[0].request("isinstance", thing, names), bool))


def plain(thing: Any) -> Any:
    """Fetch a value as plain data.

    Tensors come as arrays, shapes as tuples, dtypes as names, mappings and sequences as
    dicts and lists of such. What is plain already stays as it is.
    """
    if isinstance(thing, Remote):
        return remote_parts(thing)[0].request("plain", thing)
    if isinstance(thing, list | tuple):
        return type(thing)(plain(part) for part in thing)
    if isinstance(thing, dict):
        return {key: plain(part) for key, part in thing.items()}
    return thing


class Namespace:
    """The names that a notebook defines, in a kernel that is started when needed.

    ``student.name`` is the notebook's ``name``; ``student["name"]`` too.
    ``"name" in student`` asks whether there is one. Plain data comes by value, the rest as
    a :class:`Remote`. What the student's code raises comes as a :class:`StudentError`.
    """

    def __init__(self, start: Callable[[], Kernel], clock: Clock) -> None:
        self._start = start
        self._clock = clock
        self._current: Link | None = None
        self._others: list[Namespace] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._link().request("get", name)

    def __getitem__(self, name: str) -> Any:
        return self._link().request("get", name)

    def __contains__(self, name: str) -> bool:
        return bool(_of_type(self._link().request("has", name), bool))

    @property
    def tf(self) -> Any:
        """TensorFlow itself, as a Remote; ``student.tf.constant(x)`` makes a tensor."""
        return self._link().request("module", "tf")

    @property
    def keras(self) -> Any:
        """Keras itself, as a Remote; ``student.keras.layers.Dense(3)`` makes a layer."""
        return self._link().request("module", "keras")

    def ship(self, function: Callable[..., Any]) -> Any:
        """Define ``function`` in the kernel and return it as a Remote.

        Its source is sent, once a kernel; it may use ``np``, ``tf`` and ``keras``
        and its own arguments. The student's code can read it: ship inputs, never
        answers.

        Raises:
            GraderError: It is no plain ``def``, or uses names that will not be there.
        """
        link = self._link()
        if function not in link.shipped:
            link.shipped[function] = link.request("ship", function.__name__, source_of(function))
        return link.shipped[function]

    def run(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Ship ``function``, call it there and return what it gives: see :meth:`ship`."""
        return self._link().run(function, args, kwargs)

    def fresh(self) -> Namespace:
        """The same notebook run in a new kernel, with the same files in its directory.

        For what must survive a restart. It is closed when the test ends.
        """
        other = Namespace(self._start, self._clock)
        self._others.append(other)
        return other

    def start_test(self) -> None:
        """Get ready for the next test: give up what went wrong in the one before."""
        for other in self._others:
            other.close()
        self._others.clear()
        if self._current is not None and self._current.ended is not None:
            self._current = None

    def close(self) -> None:
        """End the kernel and those of :meth:`fresh`."""
        for other in self._others:
            other.close()
        self._others.clear()
        if self._current is not None:
            self._current.close()

    def _link(self) -> Link:
        if self._current is None:
            self._clock.deadline()
            self._current = Link(self._start(), self._clock)
        return self._current
