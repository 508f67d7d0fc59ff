"""What can go wrong in a test, and what the student is told about it."""

from __future__ import annotations

from proctor.judge.difference import Difference


class CheckFailed(AssertionError):
    """What the student's code gave is wrong, and the message says how.

    Args:
        seen: What was seen and what was expected, in words.
        hint: Where to look.
        difference: Where an array is off.
    """

    def __init__(
        self, seen: str, hint: str | None = None, difference: Difference | None = None
    ) -> None:
        super().__init__(seen if hint is None else f"{seen}\nHint: {hint}")
        self.difference = difference


class StudentError(Exception):
    """The student's code raised an exception.

    Attributes:
        type_name: The name of its type.
        message: Its text.
        traceback: The frames that lie in the notebook, ready to print.
    """

    def __init__(self, type_name: str, bases: list[str], message: str, traceback: str) -> None:
        super().__init__(f"{type_name}: {message}")
        self.type_name = type_name
        self.bases = bases
        self.message = message
        self.traceback = traceback

    def is_a(self, *type_names: str) -> bool:
        """Say whether it is of one of the types, or of one derived from them."""
        return not set(type_names).isdisjoint(self.bases)


class StudentStopped(Exception):
    """The student's code did not come to an end by itself; the message says why.

    A request that took too long, a kernel that died, an answer that is none:
    the kernel is given up, and the next test gets a new one.
    """


class GraderError(Exception):
    """The grader asked for something it may not: a fault of ours."""
