import numpy as np
import pytest

from proctor.judge import (
    StudentError,
    as_array,
    assert_close,
    assert_dtype,
    assert_shape,
    is_a,
    require,
    type_name,
)

FLOATS = ["float16", "float32", "float64"]
INTEGERS = ["int32", "int64"]
DIGITS = {"int32": 24, "int64": 53}
MIXED = [
    ("float32", "float64"),
    ("float64", "float32"),
    ("float16", "float32"),
    ("float32", "float16"),
    ("int32", "float32"),
    ("float32", "int32"),
    ("int32", "int64"),
    ("int64", "int32"),
]
# For each product the shapes of two arguments that hold a single number each, and where all other
# products would fit, too.
SINGLE = {
    "elementwise_product": ((1, 1), (1, 1)),
    "matrix_product": ((1, 1), (1, 1)),
    "scale_rows": ((1, 1), (1,)),
}
SQUARE = {
    "elementwise_product": ((3, 3), (3, 3)),
    "matrix_product": ((3, 3), (3, 3)),
    "scale_rows": ((3, 3), (3,)),
}
each_product = pytest.mark.parametrize("name", SINGLE)


def convert(to_tensor, values, dtype):
    return to_tensor(values, dtype=getattr(tf, dtype)) if dtype else to_tensor(values)


def product(function, a, b):
    return function(tf.constant(a), tf.constant(b))


def convert_and_return(to_tensor, values):
    to_tensor(values)
    return values


def gradients(function, a, b, factors):
    a, b = tf.constant(a), tf.constant(b)
    with tf.GradientTape() as tape:
        tape.watch([a, b])
        total = tf.reduce_sum(factors * function(a, b))
    found = tape.gradient(total, [a, b])
    return [None if part is None else np.asarray(part) for part in found]


def in_graph(function, pairs):
    known = [tf.TensorSpec([None] * len(part.shape), part.dtype) for part in pairs[0]]

    @tf.function(input_signature=known)
    def traced(a, b):
        return function(a, b)

    return [np.asarray(traced(tf.constant(a), tf.constant(b))) for a, b in pairs]


def eighths(rng, *shape):
    """Multiples of 1/8: their products and sums are exact in float32, even in TF32."""
    return (rng.integers(-24, 25, size=shape) / 8).astype("float32")


def wide(rng, *shape):
    """Numbers of very different sizes, whose products are exact; the first one is zero."""
    numbers = rng.choice([-1, 1], size=shape) * rng.integers(1, 25, size=shape) / 8
    numbers = np.asarray(numbers * 2.0 ** rng.integers(-20, 20, size=shape))
    if numbers.size > 1:
        numbers.flat[0] = 0
    return numbers.astype("float32")


def fetch(result, what):
    array = as_array(result, what=what)
    require(
        is_a(result, "tf.Tensor"),
        f"{what[:1].upper()}{what[1:]} is not a tf.Tensor but of type {type_name(result)}.",
        "Stay with TensorFlow's own operations from the arguments to the result.",
    )
    return array


def multiply(student, name, a, b):
    return student.run(product, student[name], a, b)


def hold_product(student, name, a, b, expected, hint=None):
    what = f"the result of {name} for shapes {a.shape} and {b.shape}"
    got = fetch(multiply(student, name, a, b), what)
    assert_close(got, expected, rtol=1e-6, atol=0, what=what, hint=hint)
    assert_dtype(got, a.dtype.name, what=what)


def hold_refusal(student, name, a, b, seen, hint):
    try:
        result = multiply(student, name, a, b)
    except StudentError:
        return
    what = f"the result of {name} for {seen}"
    result = as_array(result, what=what, hint="There should be no result but an exception.")
    require(
        False,
        f"For {seen} {name} raised no exception but gave a result of shape {result.shape} and "
        f"dtype {result.dtype.name}.",
        hint,
    )


def hold_refused_shapes(student, rng, name, fitting, others, hint):
    """The shapes that fit work, so that an exception for the others means something."""
    what = f"the result of {name} for shapes {fitting[0]} and {fitting[1]}"
    as_array(multiply(student, name, *(eighths(rng, *shape) for shape in fitting)), what=what)
    for shapes in others:
        a, b = (eighths(rng, *shape) for shape in shapes)
        hold_refusal(student, name, a, b, f"shapes {a.shape} and {b.shape}", hint)


# to_tensor


def hold_conversion(student, values, expected, dtype=None):
    """``expected`` has the dtype that is asked for."""
    what = f"the result of to_tensor({_short(values)}{f', tf.{dtype}' if dtype else ''})"
    got = fetch(student.run(convert, student.to_tensor, values, dtype), what)
    assert_dtype(got, expected.dtype.name, what=what)
    assert_shape(got, expected.shape, what=what, hint="The shape is that of the values.")
    if expected.dtype.name in ("float16", "float32"):
        rtol = 1e-3 if dtype == "float16" else 2e-7
        assert_close(got, expected, rtol=rtol, atol=0, what=what)
    else:
        require(
            np.array_equal(got, expected),
            f"{what[:1].upper()}{what[1:]} is {got.tolist()}; expected {expected.tolist()}.",
            "Digits are lost if the values are of another dtype in between.",
        )


def _short(values):
    if isinstance(values, np.ndarray):
        article = "an" if values.dtype.kind == "i" else "a"
        return f"{article} {values.dtype.name} array of shape {values.shape}"
    text = repr(values)
    return text if len(text) <= 60 else f"{text[:57]}..."


@pytest.mark.check("conversion", weight=2)
def test_lists_and_numbers(student, rng):
    """Numbers, lists and tuples of numbers become float32 tensors of the same shape."""
    for shape in [(3,), (2, 3), (3, 1), (2, 1, 4)]:
        fractions, integers = rng.normal(size=shape), rng.integers(-99, 99, size=shape)
        for array in (fractions, integers):
            hold_conversion(student, array.tolist(), array.astype("float32"))
    pair = tuple(map(float, rng.normal(size=2)))
    hold_conversion(student, pair, np.array(pair, "float32"))
    hold_conversion(student, (list(pair), pair), np.array([pair, pair], "float32"))
    hold_conversion(student, pair[0], np.array(pair[0], "float32"))
    hold_conversion(student, -7, np.array(-7, "float32"))


@pytest.mark.check("conversion", weight=2)
def test_arrays_become_float32(student, rng):
    """A NumPy array of any numeric dtype becomes a float32 tensor."""
    for given in [*FLOATS, *INTEGERS, "uint8"]:
        for shape in [(4,), (3, 2), (2, 3, 4), (1, 1)]:
            positive = given.startswith("u")
            array = rng.integers(0, 256, size=shape) if positive else 50 * rng.normal(size=shape)
            array = array.astype(given)
            hold_conversion(student, array, array.astype("float32"))


@pytest.mark.check("conversion", weight=3)
def test_dtype_is_obeyed(student, rng):
    """The result has the dtype that was asked for, whatever the values were."""
    integers, fractions = rng.integers(-99, 99, size=(2, 3)), eighths(rng, 3, 2)
    whole = [integers, integers.astype("int32"), integers.tolist(), 5]
    others = [fractions, fractions.astype("float64"), fractions.tolist(), 0.5]
    for dtype in FLOATS + INTEGERS:
        for values in whole + others if dtype in FLOATS else whole:
            hold_conversion(student, values, np.asarray(values).astype(dtype), dtype)


@pytest.mark.check("conversion", weight=3)
def test_no_digit_gets_lost(student, rng):
    """float64 keeps all digits, and large whole numbers stay exact."""
    fractions = rng.normal(size=4)
    for values in (fractions, fractions.tolist(), float(fractions[0])):
        hold_conversion(student, values, np.asarray(values), "float64")
    for dtype, bits in DIGITS.items():
        integers = 2**bits + 1 + 2 * rng.integers(0, 1000, size=3)
        integers[1] *= -1
        for values in (integers, integers.tolist(), int(integers[0])):
            hold_conversion(student, values, np.asarray(values).astype(dtype), dtype)


@pytest.mark.check("conversion")
def test_empty_values(student):
    """Empty lists and arrays become empty tensors of the same shape."""
    hold_conversion(student, [], np.zeros(0, "float32"))
    hold_conversion(student, [[], []], np.zeros((2, 0), "float32"))
    hold_conversion(student, np.zeros((0, 3)), np.zeros((0, 3), "float32"))
    hold_conversion(student, [], np.zeros(0, "int32"), "int32")


@pytest.mark.check("conversion")
def test_values_are_left_alone(student, rng):
    """The list or array that is converted is not changed."""
    array = rng.normal(size=(3, 2))
    hold_conversion(student, array, array.astype("float32"))
    for values in (array, array.tolist()):
        after = student.run(convert_and_return, student.to_tensor, values)
        require(
            np.array_equal(as_array(after, what="the list"), array),
            f"After to_tensor the {type(values).__name__} that was given to it has changed.",
            "Make something new instead of changing the argument.",
        )


# The elementwise product


@pytest.mark.check("product", weight=3)
@pytest.mark.parametrize("draw", [eighths, wide])
def test_multiplies_element_by_element(student, rng, draw):
    """Each number is multiplied by the one in the same place, whatever their signs and sizes."""
    for shape in [(6,), (3, 4), (3, 3), (2, 3, 4), (5, 1)]:
        a, b = draw(rng, *shape), draw(rng, *shape)[::-1]
        hint = "Result [i, j] is a[i, j] * b[i, j]."
        hold_product(student, "elementwise_product", a, b, a.astype("float64") * b, hint)


@pytest.mark.check("product", weight=3)
@pytest.mark.parametrize(
    "shapes",
    [
        [((4, 3), (3,)), ((3, 3), (3,)), ((3, 3), (3, 1)), ((1,), (5,))],
        [((3, 1), (1, 4)), ((3, 1), (4,)), ((2, 1, 4), (3, 1))],
    ],
    ids=["one of them", "both"],
)
def test_broadcasts(student, rng, shapes):
    """Different shapes are broadcast, whichever of the two comes first."""
    hint = "Shapes are aligned at the right; a size of 1, or a missing one, is repeated."
    for first, second in shapes:
        a, b = eighths(rng, *first), eighths(rng, *second)
        expected = a.astype("float64") * b
        hold_product(student, "elementwise_product", a, b, expected, hint)
        hold_product(student, "elementwise_product", b, a, expected, hint)


@pytest.mark.check("product", weight=2)
def test_numbers_and_empty_tensors(student, rng):
    """Tensors with no axes and tensors with no numbers are multiplied like any others."""
    shapes = [((), ()), ((), (2, 3)), ((3,), ()), ((0,), (0,)), ((0, 3), (0, 3))]
    shapes += [((0, 3), (3,)), ((0, 3), ()), ((2, 0), (2, 1)), ((0,), (1,))]
    for first, second in shapes:
        a, b = eighths(rng, *first), eighths(rng, *second)
        hold_product(student, "elementwise_product", a, b, a.astype("float64") * b)


@pytest.mark.check("product", weight=2)
def test_shapes_that_cannot_be_broadcast(student, rng):
    """Shapes that cannot be broadcast raise an exception."""
    hold_refused_shapes(
        student,
        rng,
        "elementwise_product",
        ((2, 3), (2, 3)),
        [
            ((3,), (4,)),
            ((2, 3), (3, 2)),
            ((2, 3), (2,)),
            ((2,), (2, 3)),
            ((2, 3), (6,)),
            ((4, 3), (2, 3)),
            ((2, 3), (2, 6)),
            ((2, 3, 4), (2, 4)),
        ],
        "Is something cut, repeated or reshaped until it fits?",
    )


# The matrix product


@pytest.mark.check("matrix", weight=3)
@pytest.mark.parametrize(
    "sizes",
    [[(3, 3, 3), (2, 2, 2)], [(2, 3, 4), (4, 2, 4), (1, 5, 1), (3, 1, 2), (1, 3, 3)]],
    ids=["square", "not square"],
)
def test_multiplies_rows_by_columns(student, rng, sizes):
    """Entry [i, j] is the sum over k of a[i, k] * b[k, j]."""
    for n, k, m in sizes:
        a, b = eighths(rng, n, k), eighths(rng, k, m)
        hint = "It should be the matrix product: row i of a with column j of b."
        hold_product(student, "matrix_product", a, b, a.astype("float64") @ b, hint)


@pytest.mark.check("matrix")
def test_empty_matrices(student, rng):
    """Sizes may be zero, and a sum of nothing is zero."""
    for n, k, m in [(0, 3, 2), (2, 3, 0), (2, 0, 3)]:
        a, b = eighths(rng, n, k), eighths(rng, k, m)
        hold_product(student, "matrix_product", a, b, a.astype("float64") @ b)


@pytest.mark.check("matrix", weight=2)
def test_matrices_that_do_not_fit(student, rng):
    """Matrices that don't fit raise an exception."""
    hold_refused_shapes(
        student,
        rng,
        "matrix_product",
        ((2, 3), (3, 4)),
        [((2, 3), (2, 3)), ((3, 2), (3, 2)), ((2, 3), (4, 2)), ((2, 3), (6, 2))],
        "The number of columns of a has to be the number of rows of b.",
    )


# The scaled rows


@pytest.mark.check("rows", weight=3)
@pytest.mark.parametrize(
    "shapes",
    [[(3, 3), (2, 2)], [(4, 3), (3, 4), (5, 2)], [(1, 4), (4, 1), (1, 1)]],
    ids=["square", "not square", "one row or column"],
)
def test_scales_rows(student, rng, shapes):
    """Row i is multiplied by weights[i]."""
    for shape in shapes:
        for draw in (eighths, wide):
            matrix, weights = draw(rng, *shape), draw(rng, shape[0])[::-1]
            expected = matrix.astype("float64") * weights[:, None]
            hint = "Result [i, j] is matrix[i, j] * weights[i]."
            if shape[0] == shape[1] > 1:
                hint += " Are the columns scaled? On a square matrix that raises no error."
            hold_product(student, "scale_rows", matrix, weights, expected, hint)


@pytest.mark.check("rows")
def test_empty_rows(student, rng):
    """There may be no rows, and rows may be empty."""
    for shape in [(0, 3), (3, 0), (0, 0)]:
        matrix, weights = eighths(rng, *shape), eighths(rng, shape[0])
        hold_product(student, "scale_rows", matrix, weights, np.zeros(shape))


@pytest.mark.check("rows", weight=2)
def test_weights_that_do_not_fit(student, rng):
    """A number of weights that is not the number of rows raises an exception."""
    hold_refused_shapes(
        student,
        rng,
        "scale_rows",
        ((3, 2), (3,)),
        [((2, 3), (3,)), ((4, 3), (2,)), ((3, 2), (4,)), ((2, 2), (4,)), ((4, 4), (2,))],
        "There has to be one weight for each row.",
    )


# All products: dtypes


@pytest.mark.check("dtypes")
@each_product
def test_keeps_the_dtype(student, rng, name):
    """Two tensors of one dtype give a result of that dtype."""
    for dtype in FLOATS + INTEGERS:
        a, b = (np.full(shape, rng.integers(1, 9), dtype) for shape in SINGLE[name])
        what = f"the result of {name} for two {dtype} tensors"
        got = fetch(multiply(student, name, a, b), what)
        assert_dtype(got, dtype, what=what, hint="Is there a cast that isn't needed?")


@pytest.mark.check("dtypes")
@each_product
def test_stays_exact(student, rng, name):
    """Whole numbers stay exact, and float64 keeps all its digits."""
    for dtype, bits in DIGITS.items():
        large = int(2**bits + 1 + 2 * rng.integers(0, 1000))
        for first, second in [(large, 1), (-large, 3), (5, large), (large, -1)]:
            a = np.full(SINGLE[name][0], first, dtype)
            b = np.full(SINGLE[name][1], second, dtype)
            got = as_array(multiply(student, name, a, b), what=f"the result of {name}")
            require(
                [int(number) for number in got.ravel()] == [first * second],
                f"{name} of {first} and {second}, both {dtype}, gave {got.ravel().tolist()}; "
                f"expected {first * second}.",
                "Whole numbers stay exact only if they never become floats.",
            )
    for first, second in rng.normal(size=(3, 2)).tolist():
        a, b = np.full(SINGLE[name][0], first), np.full(SINGLE[name][1], second)
        got = as_array(multiply(student, name, a, b), what=f"the result of {name}")
        require(
            got.size == 1 and abs(got.item() - first * second) <= 1e-14 * abs(first * second),
            f"{name} of {first} and {second}, both float64, gave {got.ravel().tolist()}; "
            f"expected {first * second}.",
            "float64 keeps about 16 digits: was it a float32 in between?",
        )


@pytest.mark.check("dtypes", weight=2)
@each_product
def test_refuses_mixed_dtypes(student, name):
    """Two tensors of different dtypes raise an exception."""
    first, second = (np.ones(shape, "float32") for shape in SINGLE[name])
    as_array(multiply(student, name, first, second), what=f"the result of {name}")
    for one, other in MIXED:
        hold_refusal(
            student,
            name,
            first.astype(one),
            second.astype(other),
            f"dtypes {one} and {other}",
            "Neither cast nor promote: TensorFlow's own operations (not those of keras.ops or "
            "tf.experimental.numpy) raise by themselves.",
        )


# All products: gradients and graphs


@pytest.mark.check("flow", weight=2)
@each_product
def test_gradients(student, rng, name):
    """Gradients flow back to both arguments."""
    values = [eighths(rng, *shape) for shape in SQUARE[name]]
    steps = [eighths(rng, *shape) for shape in SQUARE[name]]
    factors = eighths(rng, *as_array(multiply(student, name, *values)).shape)
    found = student.run(gradients, student[name], *values, factors)
    for place, (step, gradient) in enumerate(zip(steps, found, strict=True)):
        what = f"the gradient that reaches the {['first', 'second'][place]} argument of {name}"
        gradient = as_array(
            gradient, what=what, hint="Does the tensor become a NumPy array, or is it cut off?"
        )
        assert_shape(gradient, step.shape, what=what)
        # A product is linear in each argument: what a step in it adds is the product of the step.
        changed = multiply(student, name, *(step if i == place else values[i] for i in range(2)))
        added = (factors.astype("float64") * as_array(changed)).sum()
        require(
            abs((gradient.astype("float64") * step).sum() - added) <= 1e-3 + 1e-5 * abs(added),
            f"{what[:1].upper()}{what[1:]} does not say how the result changes with it.",
            "Leave differentiation to TensorFlow: use its operations and nothing else.",
        )


@pytest.mark.check("flow")
@each_product
def test_in_a_graph(student, rng, name):
    """Inside a tf.function, where no size is known yet, the results are the same."""
    shapes = {
        "elementwise_product": [((3, 3), (3, 3)), ((1, 1), (1, 1))],
        "matrix_product": [((3, 3), (3, 3)), ((2, 2), (2, 2))],
        "scale_rows": [((3, 3), (3,)), ((2, 2), (2,))],
    }[name]
    pairs = [[eighths(rng, *shape) for shape in both] for both in shapes]
    eager = [
        as_array(multiply(student, name, *pair), what=f"the result of {name}") for pair in pairs
    ]
    traced = student.run(in_graph, student[name], pairs)
    for got, expected in zip(traced, eager, strict=True):
        assert_close(
            got,
            expected,
            what=f"the result of {name} in a tf.function",
            hint="It differs from the result outside of one.",
        )


@pytest.mark.check("flow")
def test_conversion_in_a_graph(student, rng):
    """to_tensor works inside a tf.function, too."""
    values = rng.normal(size=3).tolist()
    got = as_array(student.tf.function(student.to_tensor)(values), what="to_tensor's result")
    assert_close(got, np.array(values), rtol=1e-6, what="to_tensor's result in a tf.function")
