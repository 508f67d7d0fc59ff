"""Hidden tests of the exercise on gradients.

Expected gradients are worked out here, in float64 NumPy. The functions to differentiate are
shipped, each by a factory that takes its coefficients, so that nothing about them is fixed.
"""

import numpy as np
import pytest

from proctor.judge import (
    as_array,
    assert_close,
    assert_dtype,
    assert_shape,
    is_a,
    require,
    type_name,
)

SINGLE = {"rtol": 1e-4, "atol": 1e-4}
DOUBLE = {"rtol": 1e-12, "atol": 1e-12}

INSIDE = (
    "Between the point and the result there may be TensorFlow operations only: no .numpy(), "
    "no NumPy function, no new tf.Variable."
)
ZERO = (
    "A tape gives None where nothing leads from the output back to the point. Look at the "
    "argument unconnected_gradients of tape.gradient, or at tf.zeros_like."
)
FOLLOW = "Was the tape told to watch the point, before func was called inside its block?"
SHAPE = "There is one slope for each number of the point, in that number's place."
DTYPE = (
    "float64 points (arrays, tensors, variables) stay float64; Python numbers and integers of "
    "any kind become float32."
)


# Functions to differentiate. These run on the student's side.


def make_wave(scale, amplitude, offset, tilt=0.0):
    def func(x):
        return offset + tilt * x + scale * x * x * x + amplitude * tf.sin(x)

    return func


def make_cubes(scale, offset):
    def func(x):
        return offset + scale * tf.reduce_sum(x * x * x)

    return func


def make_square_times_other(scale):
    def func(v):
        return scale * v[0] * v[0] * v[1]

    return func


def make_quadratic_form(matrix):
    def func(x):
        a = tf.cast(matrix, x.dtype)
        return tf.tensordot(x, tf.linalg.matvec(a, x), axes=1)

    return func


def make_weighted_squares(weights):
    def func(x):
        return tf.reduce_sum(tf.cast(weights, x.dtype) * x * x)

    return func


def make_quartics(weights):
    def func(x):
        return tf.cast(weights, x.dtype) * x * x * x * x

    return func


def make_linear_map(matrix):
    def func(x):
        return tf.linalg.matvec(tf.cast(matrix, x.dtype), x)

    return func


def make_matrix_of_squares(matrix):
    def func(x):
        return tf.cast(matrix, x.dtype) * x * x

    return func


def make_several(scale, other, as_list):
    def func(x):
        parts = (scale * tf.reduce_sum(x * x), other * x)
        return list(parts) if as_list else parts

    return func


def make_constant(value):
    def func(x):
        return tf.constant(value)

    return func


def make_rounded(scale):
    def func(x):
        return scale * tf.reduce_sum(tf.round(x))

    return func


def make_with_variable(weights):
    variable = tf.Variable(weights)

    def func(x):
        return tf.reduce_sum(variable * x * x)

    func.variable = variable
    return func


def make_of_variable_only(weights):
    variable = tf.Variable(weights)

    def func(x):
        return tf.reduce_sum(variable * variable)

    return func


def make_counting():
    calls = []

    def func(x):
        calls.append(len(calls))
        return tf.reduce_sum(x * x)

    func.calls = calls
    return func


# What is done with them. These run on the student's side, too: one request for all of a test's
# points costs less than several for each.


def fetch(result):
    """Tensors as arrays, which come with the answer; anything else as it is."""
    if type(result) in (tuple, list):
        return type(result)([fetch(part) for part in result])
    return np.asarray(result) if isinstance(result, tf.Tensor) else result


def derivatives(fetch, differentiate, cases):
    kinds = {"plain": lambda values: values, "tensor": tf.constant, "variable": tf.Variable}
    return [
        fetch(differentiate(make(*arguments), kinds[kind](values)))
        for make, arguments, kind, values in cases
    ]


def at_variables(fetch, differentiate, make, arguments, values):
    """The derivative at a trainable variable and at one that is not, and their values after it."""
    found = []
    for trainable in (True, False):
        variable = tf.Variable(values, trainable=trainable)
        derivative = fetch(differentiate(make(*arguments), variable))
        found.append((derivative, np.asarray(variable)))
    return found


def with_own_variable(fetch, differentiate, make, arguments, point):
    """The derivative of a func that has a variable, and the variable's value after it."""
    func = make(*arguments)
    return fetch(differentiate(func, tf.constant(point))), np.asarray(func.variable)


def count_calls(fetch, differentiate, make, points):
    counts = []
    for kind, values in points:
        func = make()
        differentiate(func, tf.constant(values) if kind == "tensor" else values)
        counts.append(len(func.calls))
    return counts


def in_function(fetch, differentiate, make, arguments, points):
    func = make(*arguments)

    def traced(point):
        return differentiate(func, point)

    def results(**options):
        compiled = tf.function(traced, **options)
        return [fetch(compiled(tf.constant(point))) for point in points]

    # AutoGraph takes longer than all the rest, and hardly anybody needs it.
    try:
        return results(autograph=False)
    except Exception:
        return results()


def gradient_of_gradient(fetch, differentiate, make, arguments, point, part):
    point = tf.constant(point)
    with tf.GradientTape() as tape:
        tape.watch(point)
        inner = differentiate(make(*arguments), point)
        if part is not None:
            inner = inner[part]
    return fetch(tape.gradient(inner, point))


def call_in_call(fetch, differentiate, make, arguments, point):
    func = make(*arguments)
    outer = differentiate(lambda x: tf.reduce_sum(differentiate(func, x)), tf.constant(point))
    return fetch(outer)


# Helpers on this side.


def draw(rng, *shape, low=-2.0, high=2.0):
    return rng.uniform(low, high, size=shape).astype("float32")


def draw_with_zero(rng, *shape):
    point = draw(rng, *shape)
    point.flat[0] = 0
    return point


def number(rng, low=0.5, high=2.0):
    return float(rng.uniform(low, high))


def ask(student, use, name, *arguments):
    """What `use` finds out inside about the student's function of this name."""
    arguments = [student.ship(each) if callable(each) else each for each in arguments]
    return student.run(use, student.ship(fetch), student[name], *arguments)


def ask_at(student, name, *cases):
    """What the student's function gives for these: factory, its arguments, kind of point, values.

    A point is "plain", as it is, or a "tensor", or a "variable".
    """
    return ask(student, derivatives, name, [(student.ship(make), *rest) for make, *rest in cases])


def kinds_of_points(rng):
    """Points of every kind that the notebook lists: name, kind, its values, dtype wanted."""
    floats, integers = draw(rng, 3, low=0.5), rng.integers(1, 9, size=(2, 3))
    doubles = rng.uniform(0.5, 2, size=(2, 2))
    one, whole = number(rng), int(rng.integers(2, 9))
    return {
        "a Python float": ("plain", one, "float32"),
        "a list of floats": ("plain", [one, -one, 2 * one], "float32"),
        "a Python int": ("plain", whole, "float32"),
        "a nested list of ints": ("plain", integers.tolist(), "float32"),
        "an int64 array": ("plain", integers, "float32"),
        "an int32 tensor": ("tensor", integers.astype("int32"), "float32"),
        "a float32 array": ("plain", floats, "float32"),
        "a float32 tensor": ("tensor", floats, "float32"),
        "a float64 array": ("plain", doubles, "float64"),
        "a float64 tensor": ("tensor", doubles, "float64"),
        "a float64 variable": ("variable", doubles, "float64"),
    }


def assert_derivative(got, expected, *, what, hint=None, tolerance=SINGLE):
    """Hold a derivative against the expected one, with a hint of its own for each way to miss."""
    array = as_array(got, what=what, hint=hint or FOLLOW)
    assert_shape(array, np.shape(expected), what=what, hint=SHAPE)
    assert_close(array, expected, **tolerance, what=what, hint=hint)


def check_points(student, rng, names, derivative_of_cubes, function, take=lambda result: result):
    """Try points of these kinds on a sum of cubes, whose derivatives are known."""
    kinds = kinds_of_points(rng)
    scale, offset = number(rng), number(rng, 100, 200)
    cases = [(make_cubes, (scale, offset), *kinds[name][:2]) for name in names]
    for name, result in zip(names, ask_at(student, function, *cases), strict=True):
        _, values, dtype = kinds[name]
        got = take(result)
        what = f"the result for {name}"
        assert_dtype(got, dtype, what=what, hint=DTYPE)
        expected = derivative_of_cubes(scale, np.asarray(values, dtype="float64"))
        tolerance = DOUBLE if dtype == "float64" else SINGLE
        hint = DTYPE + " On the way, too." if dtype == "float64" else None
        assert_derivative(got, expected, tolerance=tolerance, what=what, hint=hint)


def slope_of_cubes(scale, x):
    return 3 * scale * x**2


def curvature_of_cubes(scale, x):
    return 6 * scale * x


def pair(result):
    """The two parts of what value_and_gradient gave."""
    shown = "None" if result is None else f"one {type_name(result)}"
    require(
        isinstance(result, tuple | list) or is_a(result, "tuple", "list"),
        f"value_and_gradient gave {shown}; expected the pair (value, gradient).",
        "Does the last line read `return value, gradient`?",
    )
    require(
        len(result) == 2,
        f"value_and_gradient gave {len(result)} things; expected the pair (value, gradient).",
    )
    return result[0], result[1]


def gradient_of(result):
    return pair(result)[1]


def require_tensor(got, what):
    require(
        is_a(got, "tf.Tensor"),
        f"{what} is of type {type_name(got)}; expected a tf.Tensor.",
        "Give back what the tape gives, without .numpy(), float() or tolist().",
    )


def require_one_call(student, name, rng):
    values = draw(rng, 3)
    points = [("tensor", values), ("plain", values.astype("float64")), ("plain", values.tolist())]
    for calls in ask(student, count_calls, name, make_counting, points):
        require(
            calls == 1,
            f"{name} called func {calls} times; expected one call.",
            "A function may be slow, or draw random numbers: keep what the one call under the "
            "tape gave, and use it again.",
        )


# compute_gradient: the gradient itself


@pytest.mark.check("gradient")
def test_function_of_one_number(student, rng):
    """The derivative of a function of one number is right, at points of either sign."""
    scale, amplitude, x = number(rng), number(rng), number(rng)
    rising = scale, amplitude, number(rng, 100, 200)
    falling = -scale, -amplitude / 10, 0.0
    after, before, down = ask_at(
        student,
        "compute_gradient",
        (make_wave, rising, "tensor", x),
        (make_wave, rising, "tensor", -x),
        (make_wave, falling, "tensor", x),
    )
    slope = 3 * scale * x**2 + amplitude * np.cos(x)
    assert_derivative(after, slope, what=f"the derivative at {x:.3f}")
    assert_derivative(before, slope, what=f"the derivative at {-x:.3f}")
    assert_derivative(
        down,
        -3 * scale * x**2 - amplitude / 10 * np.cos(x),
        what=f"the derivative of a falling function at {x:.3f}",
        hint="Where a function falls, its derivative is below zero.",
    )


@pytest.mark.check("gradient")
def test_function_of_a_vector(student, rng):
    """A function of a vector has one partial derivative for each entry, in their order."""
    scale, v = number(rng), draw(rng, 2)
    matrix, w = rng.normal(size=(4, 4)), draw(rng, 4)
    of_two, of_four = ask_at(
        student,
        "compute_gradient",
        (make_square_times_other, (scale,), "tensor", v),
        (make_quadratic_form, (matrix,), "tensor", w),
    )
    x, y = v.astype("float64")
    assert_derivative(of_two, [2 * scale * x * y, scale * x**2], what="the gradient")
    what = "the gradient of a function of 4 numbers"
    assert_derivative(of_four, (matrix + matrix.T) @ w, what=what)


@pytest.mark.check("gradient")
def test_shape_of_the_point(student, rng):
    """The gradient has the shape of the point: for matrices, one entry alone, three axes."""
    shapes = (2, 3), (1,), (1, 4), (2, 1, 3)
    weights = [rng.normal(size=shape) for shape in shapes]
    points = [draw(rng, *shape) for shape in shapes]
    cases = [
        (make_weighted_squares, (a,), "tensor", x) for a, x in zip(weights, points, strict=True)
    ]
    results = ask_at(student, "compute_gradient", *cases)
    for got, a, x in zip(results, weights, points, strict=True):
        assert_derivative(got, 2 * a * x, what=f"the gradient at a point of shape {x.shape}")


@pytest.mark.check("gradient", weight=2)
def test_many_outputs(student, rng):
    """If func gives a tensor of many numbers, the result is the gradient of their sum."""
    hint = "All outputs count, and each counts fully: neither their mean nor the first alone."
    linear, squares, x = rng.normal(size=(5, 3)), rng.normal(size=(2, 3)), number(rng)
    of_vector, of_number = ask_at(
        student,
        "compute_gradient",
        (make_linear_map, (linear,), "tensor", draw(rng, 3)),
        (make_matrix_of_squares, (squares,), "tensor", x),
    )
    what = "the gradient with 5 outputs, 3 inputs"
    assert_derivative(of_vector, linear.sum(axis=0), what=what, hint=hint)
    what = "the gradient with a 2 × 3 output"
    assert_derivative(of_number, 2 * x * squares.sum(), what=what, hint=hint)


@pytest.mark.check("gradient")
def test_several_tensors(student, rng):
    """If func gives a tuple or list of tensors, the result is the gradient of the whole sum."""
    scale, other, x = number(rng), number(rng), draw(rng, 4)
    cases = [(make_several, (scale, other, as_list), "tensor", x) for as_list in (False, True)]
    results = ask_at(student, "compute_gradient", *cases)
    for given, got in zip(("tuple", "list"), results, strict=True):
        assert_derivative(
            got,
            2 * scale * x + other,
            what=f"the gradient of a func that gives a {given}",
            hint="tape.gradient takes a tuple or list as it is and sums over all of it.",
        )


@pytest.mark.check("gradient")
def test_gives_a_tensor(student, rng):
    """The result is a tf.Tensor."""
    func = student.run(make_cubes, number(rng), 0.0)
    got = student.compute_gradient(func, student.tf.constant(draw(rng, 3)))
    require_tensor(got, "The gradient")


# compute_gradient: what a point may be


@pytest.mark.check("points")
def test_python_numbers_and_lists(student, rng):
    """Python floats, and lists of them, are points in float32."""
    names = ["a Python float", "a list of floats", "a float32 array", "a float32 tensor"]
    check_points(student, rng, names, slope_of_cubes, "compute_gradient")


@pytest.mark.check("points")
def test_integers(student, rng):
    """Integers of any kind are points in float32."""
    names = ["a Python int", "a nested list of ints", "an int64 array", "an int32 tensor"]
    check_points(student, rng, names, slope_of_cubes, "compute_gradient")


@pytest.mark.check("points")
def test_float64(student, rng):
    """float64 points give float64 gradients, exact to a dozen digits."""
    names = ["a float64 array", "a float64 tensor", "a float64 variable"]
    check_points(student, rng, names, slope_of_cubes, "compute_gradient")


@pytest.mark.check("points")
def test_variables_as_points(student, rng):
    """A tf.Variable can be the point, trainable or not, and it keeps its value."""
    scale, x = number(rng), draw(rng, 2, 2, low=0.5)
    found = ask(student, at_variables, "compute_gradient", make_cubes, (scale, 0.0), x)
    for trainable, (got, after) in zip((True, False), found, strict=True):
        assert_derivative(
            got,
            slope_of_cubes(scale, x.astype("float64")),
            what=f"the gradient at a tf.Variable with trainable={trainable}",
            hint=None if trainable else "A tape follows a trainable variable only, unless told.",
        )
        assert_close(
            after, x, rtol=0, atol=0, what="the variable after the call", hint="Only read it."
        )


@pytest.mark.check("points")
def test_func_that_ignores_the_point(student, rng):
    """Where func does not depend on the point, the gradient is zeros like the point."""
    single, double = draw_with_zero(rng, 3), draw_with_zero(rng, 2, 2).astype("float64")
    constant = make_constant, (number(rng),)
    of_variable = make_of_variable_only, (draw(rng, 3),)
    rounding = make_rounded, (number(rng),)
    cases = {
        "a constant func": (*constant, "tensor", single),
        "a constant func at a float64 point": (*constant, "tensor", double),
        "a constant func at a list of integers": (
            *constant,
            "plain",
            rng.integers(1, 9, size=3).tolist(),
        ),
        "a func of its own variable alone": (*of_variable, "tensor", double),
        "a func that rounds": (*rounding, "tensor", single),
        "a func that rounds, at a float64 point": (*rounding, "tensor", double),
    }
    results = ask_at(student, "compute_gradient", *cases.values())
    for (name, case), got in zip(cases.items(), results, strict=True):
        point, what = np.asarray(case[-1]), f"the gradient of {name}"
        assert_derivative(got, np.zeros(point.shape), what=what, hint=ZERO)
        dtype = "float64" if point.dtype == np.float64 else "float32"
        hint = "The zeros are like the point, dtype too; integers are worked with in float32."
        assert_dtype(got, dtype, what=what, hint=hint)


# compute_gradient: among other code


@pytest.mark.check("composition")
def test_inside_a_tf_function(student, rng):
    """compute_gradient works inside a tf.function."""
    scale, points = number(rng), [draw(rng, 3, low=0.5) for _ in range(2)]
    results = ask(student, in_function, "compute_gradient", make_cubes, (scale, 0.0), points)
    for got, x in zip(results, points, strict=True):
        assert_derivative(
            got,
            slope_of_cubes(scale, x.astype("float64")),
            what="the gradient inside a tf.function",
            hint=INSIDE,
        )


@pytest.mark.check("composition")
def test_inside_another_tape(student, rng):
    """Another tape around compute_gradient can differentiate the gradient again."""
    scale, x = number(rng), draw(rng, 3, low=0.5)
    cubes = make_cubes, (scale, 0.0)
    got = ask(student, gradient_of_gradient, "compute_gradient", *cubes, x, None)
    assert_derivative(
        got,
        curvature_of_cubes(scale, x),
        what="what the outer tape found as the gradient of the gradient",
        hint="The outer tape must see the whole way from the point to the result. " + INSIDE,
    )


@pytest.mark.check("composition")
def test_inside_itself(student, rng):
    """compute_gradient can be called by the func of another compute_gradient."""
    scale, x = number(rng), draw(rng, 3, low=0.5)
    got = ask(student, call_in_call, "compute_gradient", make_cubes, (scale, 0.0), x)
    assert_derivative(
        got,
        curvature_of_cubes(scale, x),
        what="the result of compute_gradient inside compute_gradient",
        hint=INSIDE,
    )


@pytest.mark.check("composition")
def test_one_call(student, rng):
    """compute_gradient calls func once."""
    require_one_call(student, "compute_gradient", rng)


@pytest.mark.check("composition")
def test_variables_inside_func(student, rng):
    """Variables that func uses are neither differentiated for nor changed."""
    weights, x = draw(rng, 3, low=0.5), draw(rng, 3, low=0.5)
    got, after = ask(
        student, with_own_variable, "compute_gradient", make_with_variable, (weights,), x
    )
    assert_derivative(
        got,
        2 * weights * x,
        what="the gradient of a func that uses a variable",
        hint="The gradient is asked for with respect to the point alone.",
    )
    assert_close(after, weights, rtol=0, atol=0, what="func's own variable after the call")


# value_and_gradient


@pytest.mark.check("value_and_gradient", weight=2)
def test_value_and_gradient(student, rng):
    """The pair is (value, gradient), for a func that gives one number."""
    scale, offset, x = number(rng), number(rng, 3, 4), draw(rng, 4, low=0.5)
    func = student.run(make_cubes, scale, offset)
    value, gradient = pair(student.value_and_gradient(func, student.tf.constant(x)))
    x = x.astype("float64")
    hint = "The value comes first, the gradient second."
    assert_close(value, offset + scale * np.sum(x**3), **SINGLE, what="the value", hint=hint)
    assert_derivative(gradient, slope_of_cubes(scale, x), what="the gradient")
    require_tensor(gradient, "The gradient")


@pytest.mark.check("value_and_gradient", weight=2)
def test_value_is_what_func_gave(student, rng):
    """The value is func's own output, in its own shape; only the gradient is of the sum."""
    hint = "Give back what func gave, as it is: neither its sum nor its mean."
    matrix, x = rng.normal(size=(5, 3)), draw(rng, 3)
    func = student.run(make_linear_map, matrix)
    value, gradient = pair(student.value_and_gradient(func, student.tf.constant(x)))
    require_tensor(value, "The value")
    assert_close(value, matrix @ x, **SINGLE, what="the value of a func with 5 outputs", hint=hint)
    assert_derivative(gradient, matrix.sum(axis=0), what="the gradient with 5 outputs")

    scale, other = number(rng), number(rng)
    func = student.run(make_several, scale, other, False)
    value, gradient = pair(student.value_and_gradient(func, student.tf.constant(x)))
    require(
        (isinstance(value, tuple | list) or is_a(value, "tuple", "list")) and len(value) == 2,
        "For a func that gives a tuple of two tensors, the value was not these two.",
        hint,
    )
    assert_close(value[0], scale * np.sum(x * x), **SINGLE, what="the first part of the value")
    assert_close(value[1], other * x, **SINGLE, what="the second part of the value")
    assert_derivative(gradient, 2 * scale * x + other, what="the gradient of the whole sum")


@pytest.mark.check("value_and_gradient")
def test_value_and_gradient_of_points(student, rng):
    """Numbers, lists, integers and float64 points work as in compute_gradient."""
    names = ["a Python float", "a nested list of ints", "a float64 array", "a float64 variable"]
    check_points(student, rng, names, slope_of_cubes, "value_and_gradient", take=gradient_of)


@pytest.mark.check("value_and_gradient")
def test_value_and_zero_gradient(student, rng):
    """Where func does not depend on the point, the gradient is zeros like the point."""
    constant = number(rng)
    case = make_constant, (constant,), "tensor", draw_with_zero(rng, 2, 3)
    (result,) = ask_at(student, "value_and_gradient", case)
    value, gradient = pair(result)
    assert_close(value, constant, what="the value of a constant func")
    assert_derivative(gradient, np.zeros((2, 3)), what="the gradient of a constant func", hint=ZERO)


@pytest.mark.check("value_and_gradient")
def test_value_and_gradient_inside_other_code(student, rng):
    """value_and_gradient works inside a tf.function and inside another tape."""
    scale, x = number(rng), draw(rng, 3, low=0.5)
    cubes = make_cubes, (scale, 0.0)
    (result,) = ask(student, in_function, "value_and_gradient", *cubes, [x])
    value, gradient = pair(result)
    wide = x.astype("float64")
    where = "inside a tf.function"
    assert_close(value, scale * np.sum(wide**3), **SINGLE, what=f"the value {where}")
    assert_derivative(gradient, slope_of_cubes(scale, wide), what=f"the gradient {where}")

    got = ask(student, gradient_of_gradient, "value_and_gradient", *cubes, x, 1)
    assert_derivative(
        got,
        curvature_of_cubes(scale, wide),
        what="what the outer tape found as the gradient of the gradient",
        hint=INSIDE,
    )


@pytest.mark.check("value_and_gradient")
def test_value_and_gradient_one_call(student, rng):
    """value_and_gradient calls func once."""
    require_one_call(student, "value_and_gradient", rng)


# second_derivative


@pytest.mark.check("second_derivative", weight=2)
def test_second_derivative_elementwise(student, rng):
    """For functions that act on each element alone, it is each element's second derivative."""
    scale, amplitude, tilt = number(rng), number(rng), number(rng, 300, 400)
    bent = make_wave, (scale, amplitude, 1.0, tilt)
    one, several, x = np.float32(number(rng)), draw(rng, 2, 3), draw(rng, 3, low=0.5)
    *results, falling = ask_at(
        student,
        "second_derivative",
        (*bent, "tensor", one),
        (*bent, "tensor", several),
        (make_wave, (-scale, 0.0, 1.0), "tensor", x),
    )
    for point, got in zip((one, several), results, strict=True):
        expected = 6 * scale * np.float64(point) - amplitude * np.sin(np.float64(point))
        what = f"the second derivative at a point of shape {point.shape}"
        assert_derivative(got, expected, what=what)
    what = "the second derivative where the slope gets smaller"
    assert_derivative(falling, curvature_of_cubes(-scale, x), what=what)


@pytest.mark.check("second_derivative")
def test_second_derivative_gives_a_tensor(student, rng):
    """The result is a tf.Tensor."""
    func = student.run(make_cubes, number(rng), 0.0)
    require_tensor(student.second_derivative(func, draw(rng, 3)), "The second derivative")


@pytest.mark.check("second_derivative", weight=2)
def test_second_derivative_of_mixed_entries(student, rng):
    """For other functions, it is the gradient of the sum of the gradient's entries."""
    hint = "Each entry of the gradient may depend on every entry of the point."
    scale, v = number(rng), draw(rng, 2)
    matrix, w = rng.normal(size=(4, 4)), draw(rng, 4)
    of_two, of_four = ask_at(
        student,
        "second_derivative",
        (make_square_times_other, (scale,), "tensor", v),
        (make_quadratic_form, (matrix,), "tensor", w),
    )
    x, y = v.astype("float64")
    what = "the gradient of the summed gradient"
    assert_derivative(of_two, [2 * scale * (x + y), 2 * scale * x], what=what, hint=hint)
    assert_derivative(of_four, (matrix + matrix.T).sum(axis=1), what=what, hint=hint)


@pytest.mark.check("second_derivative")
def test_second_derivative_zero(student, rng):
    """Where the gradient does not depend on the point, the result is zeros like the point."""
    point = draw_with_zero(rng, 3)
    linear, constant = ask_at(
        student,
        "second_derivative",
        (make_linear_map, (rng.normal(size=(2, 3)),), "tensor", point),
        (make_constant, (number(rng),), "tensor", point),
    )
    for name, got in {"a linear func": linear, "a constant func": constant}.items():
        assert_derivative(got, np.zeros(3), what=f"the second derivative of {name}", hint=ZERO)


@pytest.mark.check("second_derivative")
def test_second_derivative_at_points(student, rng):
    """Numbers, lists, integers, float64 points and variables work as in compute_gradient."""
    names = ["a Python float", "a nested list of ints", "a float64 array", "a float64 variable"]
    check_points(student, rng, names, curvature_of_cubes, "second_derivative")


@pytest.mark.check("second_derivative")
def test_second_derivative_inside_other_code(student, rng):
    """second_derivative works inside a tf.function and inside another tape."""
    weights, x = rng.uniform(0.5, 1, size=3), draw(rng, 3, low=0.5)
    quartics = make_quartics, (weights,)
    wide = x.astype("float64")
    (got,) = ask(student, in_function, "second_derivative", *quartics, [x])
    what = "the second derivative inside a tf.function"
    assert_derivative(got, 12 * weights * wide**2, what=what, hint=INSIDE)

    got = ask(student, gradient_of_gradient, "second_derivative", *quartics, x, None)
    what = "what another tape found as the third derivative"
    assert_derivative(got, 24 * weights * wide, what=what, hint=INSIDE)
