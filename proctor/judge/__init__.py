"""The trusted side: what a grader uses to examine a submission."""

from proctor.judge.attempt import Attempt, attempt
from proctor.judge.compare import (
    as_array,
    assert_close,
    assert_dtype,
    assert_equal,
    assert_shape,
    require,
)
from proctor.judge.errors import CheckFailed, StudentError, StudentStopped
from proctor.judge.remote import Namespace, Remote, is_a, plain, type_name

__all__ = [
    "Attempt",
    "CheckFailed",
    "Namespace",
    "Remote",
    "StudentError",
    "StudentStopped",
    "as_array",
    "assert_close",
    "assert_dtype",
    "assert_equal",
    "assert_shape",
    "attempt",
    "is_a",
    "plain",
    "require",
    "type_name",
]
