import numpy as np
import pytest

from proctor.judge import (
    as_array,
    assert_close,
    assert_dtype,
    assert_shape,
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
EXPECTED = {
    "elementwise_product": lambda a, b: a * b,
    "matrix_product": lambda a, b: a @ b,
    "scale_rows": lambda matrix, weights: matrix * weights[:, None],
}
each_product = pytest.mark.parametrize("name", SINGLE)


# What is shipped. A request costs more than a product: so a test asks for all of its cases at once.


def convert(to_tensor, values, dtype=None):
    return to_tensor(values, dtype=getattr(tf, dtype)) if dtype else to_tensor(values)


def product(function, a, b):
    return function(tf.constant(a), tf.constant(b))


def once(call, function, case):
    """Whether a tf.Tensor comes, and what comes."""
    result = call(function, *case)
    is_tensor = isinstance(result, tf.Tensor)
    return is_tensor, np.asarray(result) if is_tensor else result


def attempt(once, call, function, cases):
    """The same for each case, or None where there is an exception."""
    found = []
    for case in cases:
        try:
            found.append(once(call, function, case))
        except Exception:
            found.append(None)
    return found


def convert_and_return(to_tensor, cases):
    for values in cases:
        to_tensor(values)
    return cases


def gradients(function, a, b, factors):
    a, b = tf.constant(a), tf.constant(b)
    with tf.GradientTape() as tape:
        tape.watch([a, b])
        total = tf.reduce_sum(factors * function(a, b))
    found = tape.gradient(total, [a, b])
    return [None if part is None else np.asarray(part) for part in found]


def in_graph(function, pairs):
    known = [tf.TensorSpec([None] * len(part.shape), part.dtype) for part in pairs[0]]
    traced = tf.function(function, input_signature=known)
    return [np.asarray(traced(tf.constant(a), tf.constant(b))) for a, b in pairs]


def convert_in_graph(to_tensor, values):
    return np.asarray(tf.function(to_tensor)(values))


# What tests share


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


def call_all(student, call, name, cases):
    return student.run(attempt, student.ship(once), student.ship(call), student[name], cases)


def insist(student, call, name, case, found):
    """``found``; where it was an exception, that one."""
    return student.run(once, student.ship(call), student[name], case) if found is None else found


def results(student, call, name, cases):
    """For each case what came, or the exception that it raised, in their order."""
    for case, found in zip(cases, call_all(student, call, name, cases), strict=True):
        yield insist(student, call, name, case, found)


def fetch(found, what):
    is_tensor, result = found
    array = as_array(result, what=what)
    require(
        is_tensor,
        f"{what[:1].upper()}{what[1:]} is not a tf.Tensor but of type {type_name(result)}.",
        "Stay with TensorFlow's own operations from the arguments to the result.",
    )
    return array


def multiply(student, name, pairs):
    """The product of each pair, whatever its type."""
    for _, result in results(student, product, name, pairs):
        yield as_array(result, what=f"the result of {name}")


def draw_pairs(rng, shapes, draw):
    return [tuple(draw(rng, *shape) for shape in both) for both in shapes]


def hold_products(student, name, pairs, hint=None):
    for (a, b), found in zip(pairs, results(student, product, name, pairs), strict=True):
        what = f"the result of {name} for shapes {a.shape} and {b.shape}"
        got = fetch(found, what)
        expected = EXPECTED[name](a.astype("float64"), b)
        assert_close(got, expected, rtol=1e-6, atol=0, what=what, hint=hint)
        assert_dtype(got, a.dtype.name, what=what)


def hold_refusals(student, name, kind, fitting, others, hint):
    """The pair that fits has a product, so that an exception for the others means something.

    ``kind`` is what does not fit: ``"shape"`` or ``"dtype"``.
    """
    first, *rest = call_all(student, product, name, [fitting, *others])
    _, result = insist(student, product, name, fitting, first)
    as_array(result, what=f"the result of {name} for {kind}s {_both(fitting, kind)}")
    for pair, found in zip(others, rest, strict=True):
        if found is None:
            continue
        seen = f"{kind}s {_both(pair, kind)}"
        result = as_array(
            found[1],
            what=f"the result of {name} for {seen}",
            hint="There should be no result but an exception.",
        )
        require(
            False,
            f"For {seen} {name} raised no exception but gave a result of shape {result.shape} "
            f"and dtype {result.dtype.name}.",
            hint,
        )


def _both(pair, kind):
    return " and ".join(str(getattr(part, kind)) for part in pair)


# to_tensor


def hold_conversions(student, cases):
    """Each case: the values, what is expected, of the dtype that is asked for, and its name if
    it is asked for by name.
    """
    calls = [(values, *dtype) for values, _, *dtype in cases]
    for (values, expected, *dtype), found in zip(
        cases, results(student, convert, "to_tensor", calls), strict=True
    ):
        hold_conversion(found, values, expected, *dtype)


def hold_conversion(found, values, expected, dtype=None):
    what = f"the result of to_tensor({_short(values)}{f', tf.{dtype}' if dtype else ''})"
    got = fetch(found, what)
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
    cases = []
    for shape in [(3,), (2, 3), (3, 1), (2, 1, 4)]:
        fractions, integers = rng.normal(size=shape), rng.integers(-99, 99, size=shape)
        cases += [(array.tolist(), array.astype("float32")) for array in (fractions, integers)]
    pair = tuple(map(float, rng.normal(size=2)))
    for values in (pair, (list(pair), pair), pair[0], -7):
        cases.append((values, np.array(values, "float32")))
    hold_conversions(student, cases)


@pytest.mark.check("conversion", weight=2)
def test_arrays_become_float32(student, rng):
    """A NumPy array of any numeric dtype becomes a float32 tensor."""
    cases = []
    for given in [*FLOATS, *INTEGERS, "uint8"]:
        for shape in [(4,), (3, 2), (2, 3, 4), (1, 1)]:
            positive = given.startswith("u")
            array = rng.integers(0, 256, size=shape) if positive else 50 * rng.normal(size=shape)
            array = array.astype(given)
            cases.append((array, array.astype("float32")))
    hold_conversions(student, cases)


@pytest.mark.check("conversion", weight=3)
def test_dtype_is_obeyed(student, rng):
    """The result has the dtype that was asked for, whatever the values were."""
    integers, fractions = rng.integers(-99, 99, size=(2, 3)), eighths(rng, 3, 2)
    whole = [integers, integers.astype("int32"), integers.tolist(), 5]
    others = [fractions, fractions.astype("float64"), fractions.tolist(), 0.5]
    hold_conversions(
        student,
        [
            (values, np.asarray(values).astype(dtype), dtype)
            for dtype in FLOATS + INTEGERS
            for values in (whole + others if dtype in FLOATS else whole)
        ],
    )


@pytest.mark.check("conversion", weight=3)
def test_no_digit_gets_lost(student, rng):
    """float64 keeps all digits, and large whole numbers stay exact."""
    fractions = rng.normal(size=4)
    cases = [
        (values, np.asarray(values), "float64")
        for values in (fractions, fractions.tolist(), float(fractions[0]))
    ]
    for dtype, bits in DIGITS.items():
        integers = 2**bits + 1 + 2 * rng.integers(0, 1000, size=3)
        integers[1] *= -1
        for values in (integers, integers.tolist(), int(integers[0])):
            cases.append((values, np.asarray(values).astype(dtype), dtype))
    hold_conversions(student, cases)


@pytest.mark.check("conversion")
def test_empty_values(student):
    """Empty lists and arrays become empty tensors of the same shape."""
    hold_conversions(
        student,
        [
            ([], np.zeros(0, "float32")),
            ([[], []], np.zeros((2, 0), "float32")),
            (np.zeros((0, 3)), np.zeros((0, 3), "float32")),
            ([], np.zeros(0, "int32"), "int32"),
        ],
    )


@pytest.mark.check("conversion")
def test_values_are_left_alone(student, rng):
    """The list or array that is converted is not changed."""
    array = rng.normal(size=(3, 2))
    hold_conversions(student, [(array, array.astype("float32"))])
    cases = [array, array.tolist()]
    after = student.run(convert_and_return, student.to_tensor, cases)
    for values, found in zip(cases, after, strict=True):
        require(
            np.array_equal(as_array(found, what="the list"), array),
            f"After to_tensor the {type(values).__name__} that was given to it has changed.",
            "Make something new instead of changing the argument.",
        )


# The elementwise product


@pytest.mark.check("product", weight=3)
@pytest.mark.parametrize("draw", [eighths, wide])
def test_multiplies_element_by_element(student, rng, draw):
    """Each number is multiplied by the one in the same place, whatever their signs and sizes."""
    shapes = [(shape, shape) for shape in [(6,), (3, 4), (3, 3), (2, 3, 4), (5, 1)]]
    pairs = [(a, b[::-1]) for a, b in draw_pairs(rng, shapes, draw)]
    hint = "Result [i, j] is a[i, j] * b[i, j]."
    hold_products(student, "elementwise_product", pairs, hint)


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
    pairs = draw_pairs(rng, shapes, eighths)
    both_ways = [way for a, b in pairs for way in ((a, b), (b, a))]
    hold_products(student, "elementwise_product", both_ways, hint)


@pytest.mark.check("product", weight=2)
def test_numbers_and_empty_tensors(student, rng):
    """Tensors with no axes and tensors with no numbers are multiplied like any others."""
    shapes = [((), ()), ((), (2, 3)), ((3,), ()), ((0,), (0,)), ((0, 3), (0, 3))]
    shapes += [((0, 3), (3,)), ((0, 3), ()), ((2, 0), (2, 1)), ((0,), (1,))]
    hold_products(student, "elementwise_product", draw_pairs(rng, shapes, eighths))


@pytest.mark.check("product", weight=2)
def test_shapes_that_cannot_be_broadcast(student, rng):
    """Shapes that cannot be broadcast raise an exception."""
    shapes = [
        ((2, 3), (2, 3)),  # fits
        ((3,), (4,)),
        ((2, 3), (3, 2)),
        ((2, 3), (2,)),
        ((2,), (2, 3)),
        ((2, 3), (6,)),
        ((4, 3), (2, 3)),
        ((2, 3), (2, 6)),
        ((2, 3, 4), (2, 4)),
    ]
    fitting, *others = draw_pairs(rng, shapes, eighths)
    hint = "Is something cut, repeated or reshaped until it fits?"
    hold_refusals(student, "elementwise_product", "shape", fitting, others, hint)


# The matrix product


@pytest.mark.check("matrix", weight=3)
@pytest.mark.parametrize(
    "sizes",
    [[(3, 3, 3), (2, 2, 2)], [(2, 3, 4), (4, 2, 4), (1, 5, 1), (3, 1, 2), (1, 3, 3)]],
    ids=["square", "not square"],
)
def test_multiplies_rows_by_columns(student, rng, sizes):
    """Entry [i, j] is the sum over k of a[i, k] * b[k, j]."""
    hint = "It should be the matrix product: row i of a with column j of b."
    hold_products(student, "matrix_product", draw_matrices(rng, sizes), hint)


@pytest.mark.check("matrix")
def test_empty_matrices(student, rng):
    """Sizes may be zero, and a sum of nothing is zero."""
    pairs = draw_matrices(rng, [(0, 3, 2), (2, 3, 0), (2, 0, 3)])
    hold_products(student, "matrix_product", pairs)


def draw_matrices(rng, sizes):
    return draw_pairs(rng, [((n, k), (k, m)) for n, k, m in sizes], eighths)


@pytest.mark.check("matrix", weight=2)
def test_matrices_that_do_not_fit(student, rng):
    """Matrices that don't fit raise an exception."""
    shapes = [
        ((2, 3), (3, 4)),  # fits
        ((2, 3), (2, 3)),
        ((3, 2), (3, 2)),
        ((2, 3), (4, 2)),
        ((2, 3), (6, 2)),
    ]
    fitting, *others = draw_pairs(rng, shapes, eighths)
    hint = "The number of columns of a has to be the number of rows of b."
    hold_refusals(student, "matrix_product", "shape", fitting, others, hint)


# The scaled rows


@pytest.mark.check("rows", weight=3)
@pytest.mark.parametrize(
    "shapes",
    [[(3, 3), (2, 2)], [(4, 3), (3, 4), (5, 2)], [(1, 4), (4, 1), (1, 1)]],
    ids=["square", "not square", "one row or column"],
)
def test_scales_rows(student, rng, shapes):
    """Row i is multiplied by weights[i]."""
    pairs = [
        (draw(rng, *shape), draw(rng, shape[0])[::-1])
        for shape in shapes
        for draw in (eighths, wide)
    ]
    hint = "Result [i, j] is matrix[i, j] * weights[i]."
    if all(rows == columns for rows, columns in shapes):
        hint += " Are the columns scaled? On a square matrix that raises no error."
    hold_products(student, "scale_rows", pairs, hint)


@pytest.mark.check("rows")
def test_empty_rows(student, rng):
    """There may be no rows, and rows may be empty."""
    shapes = [((rows, columns), (rows,)) for rows, columns in [(0, 3), (3, 0), (0, 0)]]
    hold_products(student, "scale_rows", draw_pairs(rng, shapes, eighths))


@pytest.mark.check("rows", weight=2)
def test_weights_that_do_not_fit(student, rng):
    """A number of weights that is not the number of rows raises an exception."""
    shapes = [
        ((3, 2), (3,)),  # fits
        ((2, 3), (3,)),
        ((4, 3), (2,)),
        ((3, 2), (4,)),
        ((2, 2), (4,)),
        ((4, 4), (2,)),
    ]
    fitting, *others = draw_pairs(rng, shapes, eighths)
    hint = "There has to be one weight for each row."
    hold_refusals(student, "scale_rows", "shape", fitting, others, hint)


# All products: dtypes


@pytest.mark.check("dtypes")
@each_product
def test_keeps_the_dtype(student, rng, name):
    """Two tensors of one dtype give a result of that dtype."""
    dtypes = FLOATS + INTEGERS
    pairs = [
        tuple(np.full(shape, rng.integers(1, 9), dtype) for shape in SINGLE[name])
        for dtype in dtypes
    ]
    for dtype, found in zip(dtypes, results(student, product, name, pairs), strict=True):
        what = f"the result of {name} for two {dtype} tensors"
        got = fetch(found, what)
        assert_dtype(got, dtype, what=what, hint="Is there a cast that isn't needed?")


@pytest.mark.check("dtypes")
@each_product
def test_stays_exact(student, rng, name):
    """Whole numbers stay exact, and float64 keeps all its digits."""
    cases = []
    for dtype, bits in DIGITS.items():
        large = int(2**bits + 1 + 2 * rng.integers(0, 1000))
        numbers = [(large, 1), (-large, 3), (5, large), (large, -1)]
        cases += [(dtype, first, second) for first, second in numbers]
    cases += [("float64", first, second) for first, second in rng.normal(size=(3, 2)).tolist()]
    pairs = [
        tuple(
            np.full(shape, number, dtype) for shape, number in zip(SINGLE[name], both, strict=True)
        )
        for dtype, *both in cases
    ]
    for (dtype, first, second), got in zip(cases, multiply(student, name, pairs), strict=True):
        seen = (
            f"{name} of {first} and {second}, both {dtype}, gave {got.ravel().tolist()}; "
            f"expected {first * second}."
        )
        if dtype == "float64":
            require(
                got.size == 1 and abs(got.item() - first * second) <= 1e-14 * abs(first * second),
                seen,
                "float64 keeps about 16 digits: was it a float32 in between?",
            )
        else:
            require(
                [int(number) for number in got.ravel()] == [first * second],
                seen,
                "Whole numbers stay exact only if they never become floats.",
            )


@pytest.mark.check("dtypes", weight=2)
@each_product
def test_refuses_mixed_dtypes(student, name):
    """Two tensors of different dtypes raise an exception."""
    fitting, *others = (
        tuple(np.ones(shape, dtype) for shape, dtype in zip(SINGLE[name], dtypes, strict=True))
        for dtypes in [("float32", "float32"), *MIXED]
    )
    hint = (
        "Neither cast nor promote: TensorFlow's own operations (not those of keras.ops or "
        "tf.experimental.numpy) raise by themselves."
    )
    hold_refusals(student, name, "dtype", fitting, others, hint)


# All products: gradients and graphs


@pytest.mark.check("flow", weight=2)
@each_product
def test_gradients(student, rng, name):
    """Gradients flow back to both arguments."""
    values, steps = draw_pairs(rng, [SQUARE[name]] * 2, eighths)
    # A product is linear in each argument: what a step in it adds is the product of the step.
    stepped = [(steps[0], values[1]), (values[0], steps[1])]
    result, *changes = multiply(student, name, [values, *stepped])
    factors = eighths(rng, *result.shape)
    found = student.run(gradients, student[name], *values, factors)
    for place, step, gradient, change in zip(
        ("first", "second"), steps, found, changes, strict=True
    ):
        what = f"the gradient that reaches the {place} argument of {name}"
        gradient = as_array(
            gradient, what=what, hint="Does the tensor become a NumPy array, or is it cut off?"
        )
        assert_shape(gradient, step.shape, what=what)
        added = (factors.astype("float64") * change).sum()
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
    pairs = draw_pairs(rng, shapes, eighths)
    eager = list(multiply(student, name, pairs))
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
    got = student.run(convert_in_graph, student.to_tensor, values)
    assert_close(got, np.array(values), rtol=1e-6, what="to_tensor's result in a tf.function")
