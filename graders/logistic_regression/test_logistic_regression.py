# What is shipped finds np, tf and keras on the other side.

import numpy as np
import pytest

from course_data import arrays
from proctor.judge import (
    StudentError,
    as_array,
    assert_close,
    assert_dtype,
    assert_shape,
    attempt,
    is_a,
    plain,
    require,
    type_name,
)

SECONDS = 60
PASSES, MARGIN = 15, 0.03
SHORT = 2


def call_split(function, train, test):
    train, test = train.copy(), test.copy()
    return function(train, test), train, test


def list_weights(model, x):
    model(x)
    trainable = {id(weight) for weight in model.trainable_weights}
    return [(tuple(weight.shape), id(weight) in trainable) for weight in model.weights]


def set_weights(model, values):
    for weight, value in zip(model.weights, values):  # noqa: B905
        weight.assign(value)


def call_on_each(model, inputs):
    return [np.asarray(model(x)) for x in inputs]


def call_in_training(model, x):
    outputs = np.asarray(model(x, training=True))
    return outputs, [float(loss) for loss in model.losses]


def plain_model(n_features):
    layer = keras.layers.Dense(1, activation="sigmoid", kernel_initializer="zeros")
    return keras.Sequential([keras.Input((n_features,)), layer])


def borrowed_model(n_features):
    """A logistic regression whose bias comes before the other weights."""

    class Neuron(keras.layers.Layer):
        def build(self, input_shape):
            self.bias = self.add_weight(shape=(1,), initializer="zeros")
            self.slopes = self.add_weight(shape=(n_features, 1), initializer="zeros")

        def call(self, x):
            return keras.activations.sigmoid(keras.ops.matmul(x, self.slopes) + self.bias)

    return keras.Sequential([keras.Input((n_features,)), Neuron()])


def fit(train, model, x, y, epochs, seed, probe, eager):
    import random

    for forget in (random.seed, np.random.seed, tf.random.set_seed):
        forget(None)
    given = x.copy(), y.copy()
    before = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(eager)
    try:
        losses = train(model, *given, epochs, seed)
    finally:
        tf.config.run_functions_eagerly(before)
    return losses, np.asarray(model(probe)), model.get_weights(), *given


def eighths(rng, low, high, shape):
    """Multiples of 1/8, with a random sign: their products are exact in float32, even in TF32."""
    sizes = rng.integers(round(8 * low), round(8 * high) + 1, size=shape)
    return (sizes * rng.choice([-1, 1], size=shape) / 8).astype("float32")


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def log_loss(p, y):
    p = np.clip(p.astype("float64").ravel(), 1e-7, 1 - 1e-7)
    return float(-np.mean(np.where(y == 1, np.log(p), np.log(1 - p))))


def standardised(x, mean, deviation):
    return ((x - mean) / deviation).astype("float32")


# Standardising


def draw_split(rng, rows, later, dtype="float32"):
    """Features of very different sizes; the test part is drawn from another distribution."""
    scales = rng.permutation([0.05, 1.0, 8.0, 300.0]) * rng.uniform(0.8, 1.25, 4)
    centres = scales * eighths(rng, 1, 5, 4)
    train = centres + scales * rng.normal(size=(rows, 4))
    test = centres + scales * (2 + 1.5 * rng.normal(size=(later, 4)))
    return train.astype(dtype), test.astype(dtype)


def split(student, train, test):
    both = student.run(call_split, student.standardize_split, train, test)[0]
    try:
        first, second = both
    except (TypeError, ValueError, StudentError):
        require(False, "standardize_split should return two arrays: train and test.")
    return (
        as_array(first, what="the standardised training part"),
        as_array(second, what="the standardised test part"),
    )


def by_training_part(train, test):
    mean, deviation = (
        train.mean(axis=0, dtype="float64"),
        train.std(axis=0, dtype="float64"),
    )
    return (train - mean) / deviation, (test - mean) / deviation


def assert_standardised(got, expected, what, hint):
    assert_close(got, expected, rtol=2e-3, atol=2e-3, what=what, hint=hint)


@pytest.mark.check("standardize", weight=2)
def test_training_part(student, rng):
    """In the training part, each feature gets mean 0 and standard deviation 1."""
    for rows in (int(rng.integers(15, 30)), 4):
        train, test = draw_split(rng, rows, 6)
        assert_standardised(
            split(student, train, test)[0],
            by_training_part(train, test)[0],
            f"the standardised training part ({rows} rows, 4 features)",
            "Subtract each column's mean and divide by its standard deviation (np.std's default).",
        )


@pytest.mark.check("standardize", weight=3)
def test_test_part(student, rng):
    """The test part is standardised by the mean and the deviation of the training part."""
    for later in (int(rng.integers(5, 12)), 1, 20):
        train, test = draw_split(rng, 20, later)
        assert_standardised(
            split(student, train, test)[1],
            by_training_part(train, test)[1],
            f"the standardised test part ({later} rows, 4 features)",
            "Its own mean and deviation must not matter: use those of each column of train.",
        )


@pytest.mark.check("standardize", weight=1.5)
def test_constant_feature(student, rng):
    """A feature that is the same in all rows of the training part gives no NaN or infinity."""
    for value in (float(rng.integers(1, 9)), 0.0):
        train, test = draw_split(rng, 16, 5)
        train[:, 1], test[0, 1] = value, value
        for part, name in zip(split(student, train, test), ("training", "test"), strict=True):
            require(
                np.isfinite(part).all(),
                f"The {name} part is not finite where a feature is always {value:g} in train.",
                "Its standard deviation is 0: divide by something else there.",
            )


@pytest.mark.check("standardize")
def test_results_are_float32(student, rng):
    """Both results are float32, whichever float type the arguments have."""
    for dtype in ("float32", "float64"):
        train, test = draw_split(rng, 12, 5, dtype)
        for part, name in zip(split(student, train, test), ("training", "test"), strict=True):
            assert_dtype(part, "float32", what=f"the standardised {name} part of {dtype} data")


@pytest.mark.check("standardize", weight=1.5)
def test_split_leaves_its_arguments(student, rng):
    """The arrays that were passed in are not changed."""
    for dtype in ("float32", "float64"):
        before = draw_split(rng, 12, 5, dtype)
        _, *after = student.run(call_split, student.standardize_split, *before)
        require(
            all(map(np.array_equal, after, before)),
            "The arrays that were passed in have changed.",
            "`a -= b` and `a[:] = …` write into the array itself: make a new one with `a - b`.",
        )


# The model


def build(student, rng, n_features):
    """The student's model; all its weights have known sizes, none is near zero."""
    model = student.build_model(n_features)
    require(
        is_a(model, "keras.Model"),
        "build_model did not return a Keras model.",
        "Does it return a keras.Sequential, a keras.Model, or an instance of a subclass?",
    )
    compiled = model.compiled
    found = student.run(list_weights, model, np.zeros((2, n_features), "float32"))
    student.run(set_weights, model, [eighths(rng, 0.375, 1, shape) for shape, _ in found])
    return model, found, compiled


@pytest.fixture(scope="module")
def built(student, rng_for):
    """The student's model for a few features: its weights, and what it makes of several inputs."""
    rng = rng_for("built")
    n_features = int(rng.integers(4, 8))
    model, found, compiled = build(student, rng, n_features)
    x = eighths(rng, 0, 1.5, (30, n_features))
    square, zeros = np.eye(n_features, dtype="float32"), np.zeros((1, n_features), "float32")
    names = ("x", "square", "zeros", "first", "second")
    outputs = student.run(call_on_each, model, [x, square, zeros, x[:1], x[1:2]])
    in_training = student.run(call_in_training, model, x)
    student.run(set_weights, model, [np.full(shape, 0.5, "float32") for shape, _ in found])
    positive = student.run(call_on_each, model, [zeros])[0]
    return {
        "n_features": n_features,
        "weights": found,
        "compiled": compiled,
        "rows": x,
        "in training": in_training,
        "positive": positive,
        **dict(zip(names, outputs, strict=True)),
    }


@pytest.fixture(scope="module")
def built_for_one(student, rng_for):
    """The student's model for a single feature: its weights, and what it makes of three rows."""
    rng = rng_for("built_for_one")
    model, found, _ = build(student, rng, 1)
    x = eighths(rng, 0, 1, (3, 1))
    return {"n_features": 1, "weights": found, "x": student.run(call_on_each, model, [x])[0]}


def logits(outputs):
    p = as_array(outputs, what="the model's output").astype("float64").ravel()
    require(
        bool(((p > 0) & (p < 1)).all()),
        f"For rows with a moderate logit the model gives {p[(p <= 0) | (p >= 1)][:1]}, "
        "not a probability between 0 and 1.",
        "The last thing that happens should be a sigmoid.",
    )
    return np.log(p) - np.log1p(-p)


@pytest.mark.check("model")
def test_gives_a_column(built, built_for_one):
    """For inputs of shape (n, n_features) the output has shape (n, 1), also for one row."""
    n_features = built["n_features"]
    for outputs, rows, count in (
        (built["x"], 30, n_features),
        (built["square"], n_features, n_features),
        (built["first"], 1, n_features),
        (built_for_one["x"], 3, 1),
    ):
        assert_shape(
            outputs,
            (rows, 1),
            what=f"the output for {rows} rows with {count} features",
            hint="One unit gives one column.",
        )


@pytest.mark.check("model", weight=2)
def test_gives_probabilities(built):
    """The outputs are probabilities, and each of them follows from its own row alone."""
    together = logits(built["x"])
    require(
        np.ptp(together) > 0.01,
        "The model gives the same probability for all rows, whatever its weights.",
        "A softmax over a single output is always 1.",
    )
    assert_close(
        np.concatenate([logits(built["first"]), logits(built["second"])]),
        together[:2],
        rtol=1e-3,
        atol=5e-3,
        what="the logits of rows given one by one, compared with rows given together",
        hint="Each row is to be judged by itself.",
    )


@pytest.mark.check("model", weight=2)
def test_logit_is_linear(built):
    """The logit is a weighted sum of the features plus a constant; every feature counts."""
    start = logits(built["zeros"])
    slopes = logits(built["square"]) - start
    require(
        bool((np.abs(slopes) > 0.01).all()),
        "There is a feature that makes no difference, although no weight is zero.",
        "Each feature needs a weight of its own.",
    )
    assert_close(
        logits(built["x"]),
        built["rows"] @ slopes + start,
        rtol=2e-3,
        atol=1e-2,
        what="log(p / (1 - p)), compared with a weighted sum of the features",
        hint="No hidden layer, and a sigmoid at the end.",
    )


@pytest.mark.check("model", weight=2)
def test_has_a_bias(built):
    """Where all features are 0, the probability depends on the bias, and grows with it."""
    require(
        abs(logits(built["zeros"])[0]) > 0.01,
        "Where all features are 0 the probability is one half, although no weight is zero.",
        "The bias is missing, so the border always goes through the origin.",
    )
    require(
        logits(built["positive"])[0] > 0,
        "Where all features are 0 and all weights positive, the probability is below one half.",
        "Add the bias, don't subtract it.",
    )


@pytest.mark.check("model", weight=2)
def test_number_of_weights(built, built_for_one):
    """`model.weights` holds n_features + 1 numbers, and all of them are trainable."""
    for model in (built, built_for_one):
        found, n_features = model["weights"], model["n_features"]
        numbers = sum(int(np.prod(shape)) for shape, _ in found)
        require(
            numbers == n_features + 1,
            f"For {n_features} features model.weights holds {numbers} numbers, "
            f"of shapes {[shape for shape, _ in found]}; expected {n_features + 1}.",
            "One weight for each feature and one bias. A tf.Variable is not seen by Keras 3.",
        )
        require(
            all(trainable for _, trainable in found),
            "Some of the model's weights are not trainable.",
        )


@pytest.mark.check("model")
def test_same_in_training(built):
    """While training the model gives the same outputs, and adds no losses of its own."""
    outputs, losses = built["in training"]
    assert_close(
        outputs,
        built["x"],
        rtol=1e-4,
        atol=1e-4,
        what="the output with training=True, compared with the one without",
        hint="There should be no dropout and no normalisation in the model.",
    )
    require(
        not any(losses),
        f"model.losses adds up to {sum(losses):.3g}.",
        "Is there a regularizer? It pulls the weights away from the smallest log loss.",
    )


@pytest.mark.check("model", weight=0.5)
def test_is_not_compiled(built):
    """The model is not compiled yet."""
    require(
        not built["compiled"],
        "The model that build_model returned is compiled already.",
        "Leave that to train, which is given other people's models, too.",
    )


# Training, on data with a known optimum


def mean_loss(weights, x, y, counts=1):
    z = x @ weights
    return float(np.mean(counts * (np.logaddexp(0, z) - y * z)))


def best_weights(x, y, counts=1):
    """Newton's method, with steps halved where they would lead uphill."""
    weights = np.zeros(x.shape[1])
    for _ in range(50):
        p = sigmoid(x @ weights)
        step = np.linalg.solve((x.T * (counts * p * (1 - p))) @ x, x.T @ (counts * (p - y)))
        while (
            mean_loss(weights - step, x, y, counts) > mean_loss(weights, x, y, counts)
            and np.abs(step).max() > 1e-9
        ):
            step /= 2
        weights = weights - step
        if np.abs(step).max() < 1e-9:
            break
    return weights


def draw_overlapping(rng):
    """Rows sorted by label, the rarer one last; 8 % of the labels turned around.

    It is drawn again until the bias, the classes' true shares and the sign of the rows' logits
    with label 1 matter enough. All usual batch sizes leave no rest, or a large one: a last batch
    of two rows would be the last word.
    """
    while True:
        rows, n_features = 320, 4
        direction = rng.uniform(0.6, 1.4, n_features) * rng.choice([-1, 1], n_features)
        x = rng.normal(size=(rows, n_features))
        z = 8 * x @ direction / np.linalg.norm(direction) - rng.choice([-1, 1]) * 6.5
        y = (rng.uniform(size=rows) < sigmoid(z)).astype("int64")
        sure = np.argsort(-np.abs(z))[: rows // 2]
        wrong = rng.choice(sure, round(0.08 * rows), replace=False)
        y[wrong] = 1 - y[wrong]
        rare = int(y.mean() < 0.5)
        order = np.argsort(y == rare)
        x, y = standardised(x, x.mean(axis=0), x.std(axis=0))[order], y[order]
        inputs = np.column_stack([x.astype("float64"), np.ones(rows)])
        weights = best_weights(inputs, y)
        best = mean_loss(weights, inputs, y)
        unbiased = mean_loss(best_weights(inputs[:, :-1], y), inputs[:, :-1], y)
        balanced = best_weights(inputs, y, 0.5 / np.where(y == 1, y.mean(), 1 - y.mean()))
        if (
            0.43 < best < 0.51
            and unbiased > best + 0.1
            and mean_loss(balanced, inputs, y) > best + 0.05
            and abs(mean_loss(weights, inputs, -y) - best) > 0.1
        ):
            return x, y, best


@pytest.fixture(scope="module")
def overlapping(student, rng_for):
    """One training on rows that overlap: what it returned, the log loss, the smallest one."""
    rng = rng_for("overlapping")
    x, y, best = draw_overlapping(rng)
    model = student.run(borrowed_model, x.shape[1])
    seed = int(rng.integers(1, 10_000))
    losses, p, *_ = student.run(fit, student.train, model, x, y, PASSES, seed, x, False)
    p = as_array(p, what="the trained model's output")
    require(bool(np.isfinite(p).all()), "After the training the model gives NaN.")
    return listed(losses), log_loss(p, y), best


def listed(losses):
    """What train returned as an array, or what is wrong with it."""
    try:
        return as_array(plain(losses), what="what train returned").astype("float64").ravel()
    except (AssertionError, StudentError):
        return f"What train returned is no list of numbers but of type {type_name(losses)}."


def numbers_of(losses):
    hint = "Return a list with one number for each pass."
    require(not isinstance(losses, str), str(losses), hint)
    require(len(losses) > 0, "What train returned is empty.", hint)
    return losses


@pytest.mark.check("optimum", weight=3, seconds=SECONDS)
def test_reaches_the_smallest_log_loss(overlapping):
    """After 15 passes the mean log loss is as small as logistic regression can make it."""
    _, reached, best = overlapping
    require(
        reached <= best + MARGIN,
        f"After {PASSES} passes the mean log loss is {reached:.3f}; the smallest one possible "
        f"for these rows, which were sorted by label, is {best:.3f}.",
        "Was it the log loss that you minimised, on rows shuffled together with their labels, "
        "with steps large enough to arrive?",
    )


@pytest.mark.check("optimum", seconds=SECONDS)
def test_returns_the_log_loss(overlapping):
    """The last eight numbers returned are about the mean log loss of the trained model."""
    losses, reached, _ = overlapping
    late = numbers_of(losses)[-8:]
    off = np.abs(late - reached)
    require(
        bool(off.max() < 0.1 and off.mean() < 0.04),
        f"The last numbers returned are {late.round(3).tolist()}, but the trained model's mean log "
        f"loss on the same rows is {reached:.3f}.",
        "Each number is the mean over all rows of one pass, not the loss of a single batch, and "
        "the last pass comes last.",
    )


# Training, on the tumours


@pytest.fixture(scope="module")
def tumours(student, rng_for):
    """Two trainings with the same seed: what each returned, its weights, its data afterwards.

    They are too short to be worth a graph.
    """
    rng = rng_for("tumours")
    data = arrays.breast_cancer()
    order = rng.permutation(len(data["train"]["label"]))
    x, y = data["train"]["features"][order], data["train"]["label"][order]
    mean, deviation = x.mean(axis=0), x.std(axis=0)
    x, x_test = (standardised(part, mean, deviation) for part in (x, data["test"]["features"]))
    seed = int(rng.integers(1, 10_000))
    runs = []
    for _ in range(2):
        model = student.run(plain_model, x.shape[1])
        losses, p, weights, *after = student.run(
            fit, student.train, model, x, y, SHORT, seed, x_test, True
        )
        runs.append((listed(losses), p, weights, all(map(np.array_equal, after, (x, y)))))
    return runs, data["test"]["label"]


@pytest.mark.check("training", seconds=SECONDS)
def test_classifies_tumours(tumours):
    """After 2 passes from weights of 0, at least 90 % of the tumours are classified rightly."""
    runs, y_test = tumours
    for _, p, _, _ in runs:
        right = np.mean((p.ravel() >= 0.5) == y_test)
        require(
            bool(np.isfinite(p).all() and right >= 0.9),
            f"{right:.0%} of the test part are classified rightly.",
            "Does every label stay with its row, and does every step make the log loss smaller?",
        )


@pytest.mark.check("training", seconds=SECONDS)
def test_one_number_for_each_pass(tumours):
    """What train returns holds one number for each of the `epochs` passes."""
    losses = numbers_of(tumours[0][0][0])
    require(
        len(losses) == SHORT,
        f"For epochs={SHORT}, train returned {len(losses)} numbers.",
        "Do exactly as many passes as asked for, and report each once.",
    )
    require(
        bool(np.isfinite(losses).all()) and np.ptp(losses) > 0,
        "The numbers that train returned are all the same, or not finite.",
        "Report each pass's own mean log loss.",
    )
    require(
        bool((losses >= 0).all()),
        f"The smallest of the numbers that train returned is {losses.min():.3g}.",
        "Each of them is a mean log loss, and no row's log loss is negative.",
    )


@pytest.mark.check("training", seconds=SECONDS)
def test_same_seed_same_weights(tumours):
    """Two trainings from the same start, with the same seed, end with the same weights."""
    (_, _, first, _), (_, _, second, _) = tumours[0]
    for one, other in zip(first, second, strict=True):
        assert_close(
            other,
            one,
            rtol=1e-4,
            atol=1e-4,
            what="a weight after a second training with the same seed",
            hint="Does the seed reach everything that is drawn, such as the order of the rows?",
        )


@pytest.mark.check("training", seconds=SECONDS)
def test_train_leaves_the_data(tumours):
    """The arrays `x` and `y` are not changed."""
    require(
        all(kept for *_, kept in tumours[0]),
        "After the training x or y is not what it was.",
        "Don't shuffle the arrays themselves: shuffle row numbers, and pick rows with them.",
    )


# Labels


@pytest.fixture(scope="module")
def decided(student, rng_for):
    """What predict_labels returned for models with known weights, and what is right.

    For each case: the attempt, which gives the labels and, where they are a list or a tuple, the
    name of their type; and the right labels.
    """
    rng = rng_for("decided")
    model = student.run(plain_model, 3)
    kernel, bias = eighths(rng, 0.375, 1, (3, 1)), eighths(rng, 0.125, 0.5, 1)
    student.run(set_weights, model, [kernel, bias])

    def decide(x, **threshold):
        found = student.predict_labels(model, x, **threshold)
        listed = isinstance(found, tuple | list) or is_a(found, "tuple", "list")
        name = type_name(found) if listed else None
        return as_array(found, what="what predict_labels returns"), name

    def draw(rows, **threshold):
        limit = threshold.get("threshold", 0.5)
        x = eighths(rng, 0, 2, (6 * rows + 60, 3))
        p = sigmoid(x.astype("float64") @ kernel[:, 0] + bias)
        near = np.argsort(np.abs(p - limit))
        near = near[np.abs(p[near] - limit) > 0.01]
        above, below = near[p[near] >= limit], near[p[near] < limit]
        kept = np.concatenate([above[: rows // 2 + rng.integers(2)], below])[:rows]
        kept = rng.permutation(kept if len(kept) == rows else above[:rows])
        return attempt(decide, x[kept], **threshold), (p[kept] >= limit).astype("int64")

    limits = (0.2, 0.75, float(rng.uniform(0.55, 0.7)), 0.0)
    cases = {
        "one half": {rows: draw(rows) for rows in (40, 7)},
        "threshold": {limit: draw(30, threshold=limit) for limit in limits},
        "one row": [draw(1) for _ in range(3)],
    }
    student.run(set_weights, model, [np.ones((3, 1), "float32"), np.zeros(1, "float32")])
    first, second = eighths(rng, 0.5, 2, (2, 5))
    x = np.column_stack([first, second, -first - second])
    return cases | {"exact": (attempt(decide, x), np.ones(5, "int64"))}


def labels_of(case):
    labels, _ = case[0].result()
    return labels


def assert_labels(case, what, hint):
    found = labels_of(case).astype("float64").ravel()
    assert_close(found, case[1], what=what, hint=hint)


@pytest.mark.check("labels", weight=2)
def test_labels_by_one_half(decided):
    """Without a threshold the label is 1 where the probability is at least one half."""
    for rows, case in decided["one half"].items():
        hint = "1 stands for a probability of at least one half, 0 for a smaller one."
        assert_labels(case, f"what predict_labels returns for {rows} rows", hint)


@pytest.mark.check("labels", weight=2)
def test_labels_by_another_threshold(decided):
    """With a threshold the label is 1 where the probability is at least that large."""
    for limit, case in decided["threshold"].items():
        hint = "Compare the probability, not the logit or its rounded value, with threshold."
        assert_labels(case, f"what predict_labels returns with threshold={limit:.3g}", hint)


@pytest.mark.check("labels")
def test_at_the_threshold(decided):
    """Where the probability is exactly the threshold, the label is 1."""
    hint = "These rows have a logit of 0 and a probability of exactly 0.5: is it >=?"
    assert_labels(decided["exact"], "what predict_labels returns at the threshold", hint)


@pytest.mark.check("labels", weight=1.5)
def test_shape_of_the_labels(decided):
    """For n rows the labels are an array or a tensor of shape (n,)."""
    found, name = decided["one half"][7][0].result()
    require(
        name is None,
        f"What predict_labels returns is no array but of type {name}.",
        "np.array makes an array of a list.",
    )
    hint = "The model's output is (7, 1)."
    assert_shape(found, (7,), what="what predict_labels returns for 7 rows", hint=hint)


@pytest.mark.check("labels")
def test_label_of_one_row(decided):
    """A single row gets its label in an array, too, not as a bare number."""
    for case in decided["one row"]:
        assert_labels(case, "what predict_labels returns for a single row", None)
        require(
            labels_of(case).ndim > 0,
            "For a single row the result is a bare number.",
            "np.squeeze takes away every axis of size one: take away axis 1 only.",
        )


@pytest.mark.check("labels")
def test_labels_are_integers(decided):
    """The labels are integers, neither bool nor float."""
    found = labels_of(decided["one half"][7])
    require(
        found.dtype.kind in "iu",
        f"The labels have dtype {found.dtype.name}.",
        "A comparison gives bools: turn them into integers.",
    )
