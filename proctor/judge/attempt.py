"""Something that was tried once, for several tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from proctor.judge.errors import StudentError, StudentStopped


class Attempt:
    """What came of something that a grader tried, kept for the tests that need it.

    A fixture that tries several things for several tests would otherwise fail all of these at
    the first thing that goes wrong.

    Attributes:
        failure: What the student's code is to blame for; None if all went well.
    """

    def __init__(self, action: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        self.failure: Exception | None = None
        try:
            self._result = action(*args, **kwargs)
        except (StudentError, StudentStopped, AssertionError) as error:
            self.failure = error

    def result(self) -> Any:
        """What it gave.

        Raises:
            StudentError, StudentStopped, AssertionError: What was raised then.
        """
        if self.failure is not None:
            raise self.failure
        return self._result


def attempt(action: Callable[..., Any], *args: Any, **kwargs: Any) -> Attempt:
    """Try ``action(*args, **kwargs)`` now: ``attempt(student.run, function)``.

    A fault of the grader's own is raised at once.
    """
    return Attempt(action, *args, **kwargs)
