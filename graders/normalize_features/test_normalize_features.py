import numpy as np
import pytest

from proctor.judge import (
    StudentError,
    as_array,
    assert_close,
    assert_dtype,
    assert_shape,
    is_a,
    plain,
    require,
    type_name,
)

# What the notebook promises: easy features to one part in a thousand, hard ones to 2 %.
EASY, HARD = 1e-3, 0.02
# Keras' layer, adapted to n rows in batches, gives at most sqrt(2 n) for a constant feature.
CONSTANT = 10
TYPES = [("uint8", True), ("uint8", False), ("int32", True), ("int64", False), ("float64", True)]
each_type = pytest.mark.parametrize(
    ("dtype", "as_tensor"),
    TYPES,
    ids=[f"{dtype}_{'tensor' if as_tensor else 'array'}" for dtype, as_tensor in TYPES],
)


# What is shipped. A request costs more than what it asks for: so a test asks for all it needs at
# once.


def fetched(thing):
    return np.array(thing) if isinstance(thing, (tf.Tensor, tf.Variable, np.ndarray)) else thing


def statistics(feature_statistics, fetched, tables, as_tensor):
    """What comes for each table, its parts as arrays."""
    results = []
    for table in tables:
        found = feature_statistics(tf.constant(table) if as_tensor else table)
        if type(found) in (tuple, list):
            found = type(found)(fetched(part) for part in found)
        results.append(found)
    return results


def apply(standardize, fetched, arguments, as_tensor):
    return fetched(standardize(*(tf.constant(each) if as_tensor else each for each in arguments)))


def in_and_out_of_a_graph(standardize, fetched, mean, variance, batches):
    mean, variance = tf.constant(mean), tf.constant(variance)
    spec = tf.TensorSpec([None, mean.shape[0]], "float32")

    @tf.function(input_signature=[spec])
    def traced(x):
        return standardize(x, mean, variance)

    return [
        (fetched(traced(tf.constant(batch))), fetched(standardize(batch, mean, variance)))
        for batch in batches
    ]


def call_and_return(function, arguments):
    function(*arguments)
    return arguments


def in_two_steps(feature_statistics, standardize, fetched, data, train, as_tensor):
    if as_tensor:
        data, train = tf.constant(data), tf.constant(train)
    return fetched(standardize(data, *feature_statistics(train)))


def use(make_normalizer, fetched, steps, as_tensor):
    """Make normalizers and call them, one step after the other.

    A step is a normalizer's number and a table. The first step of a number makes the normalizer
    from the table, the later ones call it. Whether all can be called, and what the calls
    give; or, if one can't be called, that one.
    """
    normalizers, results = {}, []
    for number, table in steps:
        table = tf.constant(table) if as_tensor else table
        if number in normalizers:
            results.append(fetched(normalizers[number](table)))
            continue
        normalizers[number] = make_normalizer(table)
        if not callable(normalizers[number]):
            return False, normalizers[number]
    return True, results


def in_pipeline(normalizer, fetched, table, batch_size):
    dataset = tf.data.Dataset.from_tensor_slices(table).batch(batch_size)
    return [np.asarray(batch) for batch in dataset.map(normalizer)], fetched(normalizer(table))


def make_and_return(make_normalizer, train, data):
    make_normalizer(train)(data)
    return train, data


# What tests share


def noise(rng, rows, columns):
    """Columns whose mean is 0 and whose standard deviation is 1 exactly."""
    z = rng.normal(size=(rows, columns))
    return (z - z.mean(axis=0)) / z.std(axis=0)


def table(rng, rows, columns):
    """Easy features: of very different sizes, the mean at most five standard deviations."""
    spread = 10 ** rng.uniform(-1.5, 2.5, size=columns)
    offset = rng.uniform(1, 5, size=columns) * rng.choice([-1, 1], size=columns)
    return ((offset + noise(rng, rows, columns)) * spread).astype("float32")


def hard_table(rng):
    """Four small features, five that are far away, and two easy ones, in any order."""
    spread = np.concatenate(
        [[1.1e-5], 10 ** rng.uniform(-4.9, -4, size=3), rng.uniform(3, 6, size=5), [0.5, 2000]]
    )
    offset = np.concatenate([rng.uniform(-2, 2, size=4) * spread[:4], [9950] * 5, [1, -1000]])
    offset[4:9] *= rng.choice([-1, 1], size=5)
    columns = rng.permutation(len(spread))
    z = noise(rng, int(rng.integers(50, 61)), len(spread))
    return (offset + z * spread).astype("float32")[:, columns]


def numbers(rng, dtype, rows, columns):
    if dtype == "uint8":
        return rng.integers(0, 256, size=(rows, columns)).astype(dtype)
    if dtype == "int32":
        # So few that a mean rounded to a whole number is far off.
        return rng.integers(-3, 4, size=(rows, columns)).astype(dtype)
    if dtype == "int64":
        return rng.integers(-30_000, 30_000, size=(rows, columns)).astype(dtype)
    return table(rng, rows, columns).astype(dtype)


def moments(data):
    exact = data.astype("float64")
    return exact.mean(axis=0), exact.var(axis=0)


def given(data):
    """The statistics of ``data`` as the exercise has them."""
    return tuple(part.astype("float32") for part in moments(data))


def normalized(data, train):
    mean, variance = moments(train)
    return (data.astype("float64") - mean) / np.sqrt(variance)


# The statistics


def statistics_of(student, *tables, as_tensor=False):
    """The mean and the variance of each table."""
    found = student.run(
        statistics, student.feature_statistics, student.ship(fetched), tables, as_tensor
    )
    return [_two_parts(each, data) for each, data in zip(found, tables, strict=True)]


def _two_parts(found, data):
    features = data.shape[1]
    parts = plain(found)
    require(
        isinstance(parts, tuple | list | np.ndarray) and len(parts) == 2,
        f"feature_statistics should return the tuple (mean, variance), not {type_name(found)}"
        + (f" with {len(parts)} entries." if isinstance(parts, tuple | list) else "."),
    )
    arrays = []
    for name, part in zip(("mean", "variance"), parts, strict=True):
        array = as_array(part, what=f"the {name}")
        require(
            array.shape in [(features,), (1, features)],
            f"For a table of shape {data.shape} the {name} has shape {array.shape}; "
            f"expected {(features,)}: one number for each feature.",
            "The samples lie along axis 0: that is the axis to take the mean over.",
        )
        assert_dtype(array, "float32", what=f"the {name} of {data.dtype} data")
        arrays.append(array.reshape(features))
    return arrays


def hold_statistics(student, *tables, tolerance=EASY, as_tensor=False, hint=None):
    found = statistics_of(student, *tables, as_tensor=as_tensor)
    for data, (mean, variance) in zip(tables, found, strict=True):
        expected_mean, expected_variance = moments(data)
        what = f"of {data.dtype} data of shape {data.shape}"
        assert_close(
            mean,
            expected_mean,
            rtol=0,
            atol=tolerance * np.sqrt(expected_variance),
            what=f"the mean {what}",
            hint=hint or "Is it taken over the samples, for each feature alone?",
        )
        assert_close(
            variance,
            expected_variance,
            rtol=tolerance,
            atol=0,
            what=f"the variance {what}",
            hint=hint
            or "It is the mean of the squared distances from the mean, divided by n and not n - 1.",
        )


@pytest.mark.check("statistics", weight=2)
def test_statistics_of_each_feature(student, rng):
    """The mean and the population variance of each feature of a table."""
    tables = [table(rng, int(rng.integers(7, 13)), columns) for columns in (3, 4)]
    hold_statistics(student, *tables)


@pytest.mark.check("statistics", weight=0.4)
@each_type
def test_statistics_of_other_types(student, rng, dtype, as_tensor):
    """The statistics of integers, bytes and `float64`, as arrays and tensors, in `float32`."""
    hint = "Convert the numbers to a floating-point type before you compute with them."
    hold_statistics(student, numbers(rng, dtype, 11, 4), as_tensor=as_tensor, hint=hint)


@pytest.mark.check("statistics", weight=0.5)
@pytest.mark.parametrize("shape", [(6, 6), (9, 1), (2, 5)], ids=str)
def test_statistics_of_other_sizes(student, rng, shape):
    """Tables as wide as they are high, with one feature, with two samples."""
    hold_statistics(student, table(rng, *shape))


@pytest.mark.check("statistics", weight=0.5)
def test_statistics_of_one_row(student, rng):
    """A single row is its own mean, and its variance is 0."""
    row = rng.uniform(-5, 5, size=(1, 4)).astype("float32")
    [(mean, variance)] = statistics_of(student, row)
    assert_close(mean, row[0], rtol=1e-5, atol=1e-5, what="the mean of a single row")
    assert_close(variance, np.zeros(4), atol=1e-6, what="the variance of a single row")


@pytest.mark.check("statistics", weight=2)
def test_statistics_of_small_and_far_away_features(student, rng):
    """The statistics of features as small as 0.00001 and as far away as 10,000."""
    hint = (
        "Some features here are tiny, others have a mean of about 10,000. First subtract the mean, "
        "then square: squares of large numbers lose their last digits."
    )
    hold_statistics(student, hard_table(rng), tolerance=HARD, hint=hint)


@pytest.mark.check("statistics", weight=0.5)
def test_statistics_leave_no_trace(student, rng):
    """The table isn't changed, and what was computed before plays no part."""
    first, second = table(rng, 8, 3), table(rng, 8, 3)
    after = plain(student.run(call_and_return, student.feature_statistics, [first]))
    assert_close(after[0], first, rtol=0, atol=0, what="the table after feature_statistics")
    hold_statistics(student, second, first)


# The formula


def standardized(student, data, mean, variance, what="the result", as_tensor=False):
    result = student.run(
        apply, student.standardize, student.ship(fetched), (data, mean, variance), as_tensor
    )
    return as_array(result, what=what)


def some_statistics(rng, columns):
    """Those of other data than will be at hand."""
    return given(table(rng, 20, columns))


def data_around(rng, mean, variance, rows, reach=8):
    z = rng.uniform(-reach, reach, size=(rows, len(mean)))
    return (mean + z * np.sqrt(variance)).astype("float32")


def exact_formula(data, mean, variance):
    mean, variance = mean.astype("float64"), variance.astype("float64")
    return (data.astype("float64") - mean) / np.sqrt(variance)


@pytest.mark.check("standardize", weight=2)
@pytest.mark.parametrize("as_tensor", [False, True], ids=["arrays", "tensors"])
def test_formula(student, rng, as_tensor):
    """(data - mean) / sqrt(variance) with the statistics that are given, in `float32`."""
    mean, variance = some_statistics(rng, 4)
    data = data_around(rng, mean, variance, 9)
    got = standardized(student, data, mean, variance, as_tensor=as_tensor)
    hint = (
        "Is it divided by the square root of the variance? "
        "Are the statistics that were given used, not those of the data?"
    )
    expected = exact_formula(data, mean, variance)
    assert_close(got, expected, rtol=EASY, atol=EASY, what="the result", hint=hint)
    assert_dtype(got, "float32")


@pytest.mark.check("standardize", weight=0.4)
@each_type
def test_formula_on_other_types(student, rng, dtype, as_tensor):
    """Integers, bytes and `float64`, as arrays and tensors, come out right and in `float32`."""
    mean, variance = given(numbers(rng, dtype, 20, 3))
    data = numbers(rng, dtype, 6, 3)
    what = f"the result for {dtype} data"
    got = standardized(student, data, mean, variance, what, as_tensor)
    expected = exact_formula(data, mean, variance)
    hint = "If float32 data come out right: are these converted to float32 before you subtract?"
    assert_close(got, expected, rtol=EASY, atol=EASY, what=what, hint=hint)
    assert_dtype(got, "float32", what=what)


@pytest.mark.check("standardize", weight=0.5)
@pytest.mark.parametrize("shape", [(1, 4), (1, 1), (5, 1), (4, 4)], ids=str)
def test_formula_on_other_sizes(student, rng, shape):
    """Tables with one row, with one feature, as wide as they are high."""
    mean, variance = some_statistics(rng, shape[1])
    data = data_around(rng, mean, variance, shape[0])
    what = f"the result for a table of shape {shape}"
    expected = exact_formula(data, mean, variance)
    got = standardized(student, data, mean, variance, what)
    assert_shape(got, shape, what=what)
    assert_close(got, expected, rtol=EASY, atol=EASY, what=what)


@pytest.mark.check("standardize")
def test_formula_in_a_graph(student, rng):
    """It works in a `tf.function`, for any number of rows."""
    mean, variance = some_statistics(rng, 4)
    batches = [data_around(rng, mean, variance, rows) for rows in (6, 1)]
    found = student.run(
        in_and_out_of_a_graph,
        student.standardize,
        student.ship(fetched),
        mean,
        variance,
        batches,
    )
    for got, expected in found:
        assert_close(
            got,
            as_array(expected),
            rtol=EASY,
            atol=EASY,
            what="the result inside a tf.function",
            hint="It differs from the result outside of one.",
        )


@pytest.mark.check("standardize")
def test_formula_leaves_arguments_alone(student, rng):
    """The data, the mean and the variance are the same afterwards."""
    mean, variance = some_statistics(rng, 4)
    data = data_around(rng, mean, variance, 5)
    constant = int(rng.integers(4))
    data[:, constant], variance[constant] = mean[constant], 0
    before = [data, mean, variance]
    after = plain(student.run(call_and_return, student.standardize, before))
    for name, kept, now in zip(("data", "mean", "variance"), before, after, strict=True):
        assert_close(
            now,
            kept,
            rtol=0,
            atol=0,
            what=f"the argument {name}, after the call,",
            hint="Don't work in place (`-=`, or `x[...] = ...`): make a new array or tensor.",
        )


# Constant, small and far away features


def with_constants(rng, rows, dtype="float32"):
    """A table with constant features among easy ones, and which they are."""
    some = np.float32(rng.uniform(-100, 100))
    # In float64, sums of sevenths are rounded up as well as down.
    constants = np.array([0, 7, 1 / 3, -0.1, 9999.9, some, *np.arange(1, 21) / 7], dtype)
    data = np.hstack([np.tile(constants, (rows, 1)), table(rng, rows, 4).astype(dtype)])
    columns = rng.permutation(data.shape[1])
    return data[:, columns], columns < len(constants)


def exact_given(data, constant):
    mean, variance = given(data)
    mean[constant], variance[constant] = data[0, constant], 0
    return mean, variance


@pytest.mark.check("extremes", weight=2)
@pytest.mark.parametrize("as_tensor", [False, True], ids=["arrays", "tensors"])
def test_constant_features(student, rng, as_tensor):
    """A feature whose variance is 0 becomes 0."""
    data, constant = with_constants(rng, 9)
    got = standardized(student, data, *exact_given(data, constant), as_tensor=as_tensor)
    assert_shape(got, data.shape)
    found = got[:, constant]
    assert_close(
        found,
        np.zeros(found.shape),
        atol=EASY,
        what="the result for the constant features",
        hint="Guard against dividing by 0.",
    )


@pytest.mark.check("extremes")
def test_features_beside_constant_ones(student, rng):
    """The other features come out as if there were no constant ones."""
    data, constant = with_constants(rng, 9)
    mean, variance = exact_given(data, constant)
    varied = ~constant
    got = standardized(student, data, mean, variance)
    assert_shape(got, data.shape)
    assert_close(
        got[:, varied],
        exact_formula(data[:, varied], mean[varied], variance[varied]),
        rtol=EASY,
        atol=EASY,
        what="the result for the features beside constant ones",
        hint="The guard against dividing by 0 is for each feature alone.",
    )


@pytest.mark.check("extremes", weight=3)
def test_small_and_far_away_features(student, rng):
    """Features as small as 0.00001 and as far away as 10,000 come out with unit spread."""
    data = hard_table(rng)
    got = standardized(student, data, *given(data))
    assert_close(
        got,
        normalized(data, data),
        rtol=HARD,
        atol=HARD,
        what="the result",
        hint="Some features have a standard deviation of 0.00001. Is anything added to the "
        "variance, or does it have a lower bound, that is large beside 0.0000000001?",
    )


# The normalizer


def called(student, *steps, as_tensor=False):
    """What the calls among the steps give: see ``use``."""
    every_one, results = student.run(
        use, student.make_normalizer, student.ship(fetched), steps, as_tensor
    )
    require_callable(every_one, results)
    return results


def require_callable(is_callable, normalizer):
    require(
        is_callable,
        "What make_normalizer returns can't be called: it is of type " + type_name(normalizer),
        "Return a function (or a layer) that normalises the data it is given later.",
    )


def own_way(student, data, train, as_tensor):
    """What the student's own two functions make of it: their mistakes aren't counted twice."""
    ways = student.feature_statistics, student.standardize, student.ship(fetched)
    try:
        own = plain(student.run(in_two_steps, *ways, data, train, as_tensor))
    except StudentError:
        return None
    return own if isinstance(own, np.ndarray) else None


def hold_normalized(
    student, got, data, train, tolerance=EASY, columns=slice(None), as_tensor=False, **words
):
    """``got`` is right, or it is at least what the student's own two functions give."""
    expected = normalized(data[:, columns], train[:, columns])
    array = as_array(got, what=words.get("what", "the result"))
    if array.shape == data.shape:
        found = array[:, columns]
        close = np.allclose(found, expected, rtol=tolerance, atol=tolerance)
        if close and array.dtype == np.float32:
            return
        own = own_way(student, data, train, as_tensor)
        if (
            own is not None
            and own.shape == array.shape
            and own.dtype == array.dtype
            and np.allclose(own, array, rtol=1e-5, atol=1e-6, equal_nan=True)
        ):
            return
        assert_close(found, expected, rtol=tolerance, atol=tolerance, **words)
    assert_shape(array, data.shape, what=words.get("what", "the result"))
    assert_dtype(array, "float32", what=words.get("what", "the result"))


def train_and_other(rng, rows, columns):
    """Training data, and data that lie elsewhere and are spread otherwise."""
    train = table(rng, rows, columns)
    mean, variance = moments(train)
    other = data_around(rng, mean + 1.5 * np.sqrt(variance), variance, 12, reach=6)
    return train, other


@pytest.mark.check("normalizer", weight=2)
@pytest.mark.parametrize("shape", [(41, 4), (37, 1), (7, 7)], ids=str)
def test_training_statistics(student, rng, shape):
    """The training data and other data are normalised with the training statistics."""
    train, other = train_and_other(rng, *shape)
    results = called(student, (0, train), (0, train), (0, other))
    names = "the training data", "other data"
    for name, data, got in zip(names, (train, other), results, strict=True):
        hold_normalized(
            student,
            got,
            data,
            train,
            what=f"the result for {name}",
            hint="Both need the mean and the variance of each feature over all of the training "
            "data.",
        )


@pytest.mark.check("normalizer", weight=2)
def test_one_row_alone(student, rng):
    """One row alone comes out as it does in a table."""
    train, other = train_and_other(rng, 23, 4)
    rows = (0, len(other) - 1)
    steps = [(0, train), (0, other), *((0, other[row : row + 1]) for row in rows)]
    together, *alone = called(student, *steps)
    together = as_array(together, what="the result for a table")
    assert_shape(together, other.shape, what="the result for a table")
    for row, got in zip(rows, alone, strict=True):
        assert_close(
            got,
            together[row : row + 1],
            rtol=EASY,
            atol=EASY,
            what="the result for one row alone",
            hint="In a table with other rows it comes out differently. "
            "Are the statistics those of the training data?",
        )


@pytest.mark.check("normalizer", weight=0.5)
@each_type
def test_normalizer_on_other_types(student, rng, dtype, as_tensor):
    """Integers, bytes and `float64`, as arrays and tensors, come out right and in `float32`."""
    train, data = numbers(rng, dtype, 31, 3), numbers(rng, dtype, 5, 3)
    [got] = called(student, (0, train), (0, data), as_tensor=as_tensor)
    hold_normalized(
        student,
        got,
        data,
        train,
        as_tensor=as_tensor,
        what=f"the result for {dtype} data",
        hint="Convert the numbers to a floating-point type before you compute with them.",
    )


@pytest.mark.check("normalizer", weight=0.5)
def test_normalizer_from_bytes_on_floats(student, rng):
    """The data may be of another type than the training data."""
    train = numbers(rng, "uint8", 31, 3)
    data = rng.uniform(0, 255, size=(5, 3)).astype("float32")
    [got] = called(student, (0, train), (0, data))
    hold_normalized(student, got, data, train)


@pytest.mark.check("normalizer", weight=2)
def test_normalizer_on_hard_features(student, rng):
    """Small and far away features come out with unit spread."""
    train = hard_table(rng)
    [got] = called(student, (0, train), (0, train))
    hold_normalized(
        student,
        got,
        train,
        train,
        HARD,
        what="the result for small and far away features",
        hint="Some features have a standard deviation of 0.00001, others a mean of about 10,000.",
    )


@pytest.mark.check("normalizer")
def test_normalizer_on_constant_features(student, rng):
    """Constant features come out finite and within [-10, 10]; the others aren't affected."""
    pairs = [with_constants(rng, 29, dtype) for dtype in ("float32", "float64")]
    steps = [(number, train) for number, (train, _) in enumerate(pairs) for _ in range(2)]
    for got, (train, constant) in zip(called(student, *steps), pairs, strict=True):
        hold_constants(student, as_array(got), train, constant)


def hold_constants(student, got, train, constant):
    assert_shape(got, train.shape)
    hold_normalized(student, got, train, train, columns=~constant)
    found = got[:, constant]
    outside = found[~(np.abs(found) <= CONSTANT)]
    if outside.size:
        own = own_way(student, train, train, as_tensor=False)
        require(
            own is not None and np.allclose(own, got, rtol=1e-5, atol=1e-6, equal_nan=True),
            f"A constant feature of {train.dtype} data came out as {outside[0]:.6g}; "
            "it should be finite and within -10 and 10.",
            "Guard against dividing by 0.",
        )


# What a normalizer remembers


def hold_same(got, before, what, hint):
    assert_close(got, before, rtol=EASY, atol=EASY, what=what, hint=hint)


@pytest.mark.check("reuse", weight=2)
def test_two_normalizers(student, rng):
    """A normalizer made later changes nothing about an earlier one, and has its own statistics."""
    (train, data), (other_train, _) = train_and_other(rng, 21, 4), train_and_other(rng, 21, 4)
    before, own, first, second = called(
        student,
        (0, train),
        (0, data),
        (1, other_train),
        (1, data),
        (0, data),
        (1, data),
    )
    before, own = as_array(before), as_array(own)
    hint = "Is there anything that they share, such as one layer or a global variable?"
    hold_same(first, before, "the first normalizer's result, after making a second,", hint)
    require(
        own.shape != before.shape or not np.allclose(own, before, rtol=0.01, atol=0.01),
        "Two normalizers, made from different data, give the same result.",
        hint,
    )
    hold_same(second, own, "the second normalizer's result, after using the first,", hint)


@pytest.mark.check("reuse")
def test_normalizers_of_other_widths(student, rng):
    """Normalizers for tables of different widths live side by side."""
    tables = {columns: train_and_other(rng, 15, columns) for columns in (4, 2, 5)}
    steps = [(columns, each) for columns, pair in tables.items() for each in pair]
    again = [(columns, data) for columns, (_, data) in tables.items()]
    results = called(student, *steps, *again)
    for columns, before, after in zip(tables, results[:3], results[3:], strict=True):
        hold_same(
            after,
            as_array(before),
            f"the result of the normalizer for {columns} features, after others were made,",
            "Is there anything that they share, such as one layer or a global variable?",
        )


@pytest.mark.check("reuse", weight=2)
def test_later_calls(student, rng):
    """Being used on other data doesn't change a normalizer."""
    train, data = train_and_other(rng, 21, 4)
    others = [(0, (factor * data).astype("float32")) for factor in (-30, 100)]
    before, *_, after = called(student, (0, train), (0, data), *others, (0, data))
    hold_same(
        after,
        as_array(before),
        "the result for the same data, after the normalizer was used on others,",
        "Are the statistics taken once, in make_normalizer, and left alone?",
    )


@pytest.mark.check("reuse", weight=2)
def test_in_a_pipeline(student, rng):
    """It can be mapped over the batches of a `tf.data.Dataset`, and gives the same afterwards."""
    train, data = train_and_other(rng, 21, 4)
    normalizer = student.make_normalizer(train)
    require_callable(is_a(normalizer, "abc.Callable"), normalizer)
    batches, eager = student.run(in_pipeline, normalizer, student.ship(fetched), data, 5)
    assert_close(
        np.concatenate(batches),
        as_array(eager),
        rtol=EASY,
        atol=EASY,
        what="the result in dataset.map",
        hint="Outside of it, the same rows come out differently.",
    )


@pytest.mark.check("reuse")
def test_normalizer_leaves_arguments_alone(student, rng):
    """Neither the training data nor the data are changed."""
    train, data = train_and_other(rng, 21, 4)
    after = plain(student.run(make_and_return, student.make_normalizer, train, data))
    for name, kept, now in zip(("train", "data"), (train, data), after, strict=True):
        assert_close(
            now,
            kept,
            rtol=0,
            atol=0,
            what=f"the argument {name}, after the call,",
            hint="Don't work in place (`-=`, or `x[...] = ...`): make a new array or tensor.",
        )
