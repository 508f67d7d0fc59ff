"""What a comparison says of an answer that is not as it should be."""

from __future__ import annotations

import numpy as np
import pytest

from proctor.judge import (
    CheckFailed,
    as_array,
    assert_close,
    assert_dtype,
    assert_equal,
    assert_shape,
    require,
)

X = np.float32([[1.5, 2.5], [3.5, 4.5]])


@pytest.mark.parametrize(
    ("compare", "said"),
    [
        (lambda: as_array(None), "The result is None.\nHint: Does the function return it?"),
        (lambda: as_array("1", what="the loss"), "The loss is no array of numbers but '1'."),
        (lambda: as_array([[1], [1, 2]]), "The result is no array of numbers but [[1], [1, 2]]."),
        (lambda: assert_shape(X, (4,)), "The result has shape (2, 2); expected (4,)."),
        (lambda: assert_dtype(X, "int32"), "The result has dtype float32; expected int32."),
        (
            lambda: assert_close(X, X + X[:1], hint="x?"),
            "off in 4 of 4 values: 2.5 at [0, 1] where 5 was expected.\nHint: x?",
        ),
        (lambda: assert_close(X, np.nan), "has shape (2, 2); expected ()."),
        (lambda: assert_close(np.nan, 1.0), "off in 1 of 1 values: nan where 1 was expected."),
        (lambda: assert_equal(1, True), "The result is 1; expected True."),
        (lambda: assert_equal([1, (2,)], [1, [2]]), "is [1, (2,)]; expected [1, [2]]."),
        (lambda: assert_equal({"a": 1}, {"b": 1}), "is {'a': 1}; expected {'b': 1}."),
        (lambda: assert_equal({"a": X}, {"a": X + 1}), "; expected {'a': array("),
        (lambda: assert_equal("x" * 500, ""), "xxx...; expected ''."),
        (lambda: require(np.bool_(False), "It is off.", "Look."), "It is off.\nHint: Look."),
        (lambda: require("yes", "Text is no yes."), "Text is no yes."),
    ],
)
def test_what_is_wrong_is_said(compare, said):
    with pytest.raises(CheckFailed) as caught:
        compare()
    assert said in str(caught.value)


def test_what_is_right_is_taken():
    assert_shape(X, [2, 2])
    assert_dtype(X, "float32")
    assert_close([1.0, np.nan, np.inf], [1.0000001, np.nan, np.inf])
    assert_equal({"a": [X, (1, None)]}, {"a": [X.copy(), (1, None)]})
    require(np.bool_(True), "never said")
