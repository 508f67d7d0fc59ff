"""Hidden tests of SLUG."""

import numpy as np
import pytest

from proctor.judge import assert_close, assert_dtype, assert_shape


@pytest.mark.check("values")
@pytest.mark.parametrize("shape", [(5,), (2, 3), ()])
def test_adds_one_to_every_element(student, rng, shape):
    """Every element is larger by one, whatever the shape."""
    x = rng.normal(size=shape).astype("float32")
    y = student.add_one(student.tf.constant(x))
    assert_shape(y, shape, what="add_one(x)")
    assert_close(y, x + np.float32(1), what="add_one(x)", hint="Is one added once?")


@pytest.mark.check("dtype")
@pytest.mark.parametrize("dtype", ["float64", "int32"])
def test_keeps_the_dtype(student, rng, dtype):
    """The dtype stays what it was."""
    x = rng.integers(1, 100, size=4).astype(dtype)
    y = student.add_one(student.tf.constant(x))
    assert_dtype(y, dtype, what="add_one(x)")
