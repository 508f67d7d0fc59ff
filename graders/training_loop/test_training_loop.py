from itertools import pairwise

import numpy as np
import pytest

from proctor.judge import StudentError, as_array, assert_close, attempt, plain, require

SECONDS = 30
FROZEN = "middle"
KERAS_TRAINS = ("keras/src/trainers/", "keras/src/backend/tensorflow/trainer.py")


def watched_function(kind, tilt):
    """A loss function, and what tells the files whose code was under way when it was called."""
    import sys

    files = set()

    @tf.autograph.experimental.do_not_convert
    def loss_fn(y_true, y_pred):
        frame = sys._getframe(1)
        while frame is not None:
            files.add(frame.f_code.co_filename)
            frame = frame.f_back
        y_true = tf.cast(y_true, y_pred.dtype)
        values = tf.square(y_pred - y_true) + tilt * y_pred
        if kind == "each example":
            return tf.reduce_mean(values, axis=-1)
        return tf.reduce_mean(values)

    return loss_fn, lambda: list(files)


def watched_loss(base, tilt, **settings):
    import sys

    files = set()

    class Watched(base):
        @tf.autograph.experimental.do_not_convert
        def call(self, y_true, y_pred):
            frame = sys._getframe(1)
            while frame is not None:
                files.add(frame.f_code.co_filename)
                frame = frame.f_back
            return super().call(y_true, y_pred) + tilt * tf.reduce_mean(y_pred, axis=-1)

    return Watched(**settings), lambda: list(files)


def gradient_descent(rate, momentum=0.0, decay=None):
    if decay is not None:
        rate = keras.optimizers.schedules.ExponentialDecay(rate, 2, decay)
    return keras.optimizers.SGD(rate, momentum=momentum)


def standing_still(move):
    class Mover(keras.optimizers.SGD):
        def update_step(self, gradient, variable, learning_rate):
            variable.assign_add(tf.fill(variable.shape, tf.cast(move, variable.dtype)))

    # With a momentum it has variables of its own, which are made before or in the first step.
    return Mover(momentum=0.5)


def linear(weights):
    size, units = weights[0].shape
    model = keras.Sequential(
        [keras.Input((size,)), keras.layers.Dense(units, use_bias=len(weights) > 1)]
    )
    model.set_weights(weights)
    return model


def hidden(weights):
    class Network(keras.Model):
        def __init__(self, size, width, units):
            super().__init__()
            self.first = keras.layers.Dense(width, activation="tanh")
            self.first.build((None, size))
            self.second = keras.layers.Dense(units)
            self.second.build((None, width))
            self.built = True

        def call(self, inputs):
            return self.second(self.first(inputs))

    model = Network(*weights[0].shape, weights[2].shape[1])
    model.set_weights(weights)
    return model


def noisy(size, momentum, rate):
    model = keras.Sequential(
        [
            keras.Input((size,)),
            keras.layers.BatchNormalization(momentum=momentum),
            keras.layers.Dense(size, use_bias=False),
            keras.layers.Dropout(rate),
        ]
    )
    model.layers[1].set_weights([np.eye(size)])
    return model


def penalised(weights, shrink, calm):
    class Calm(keras.layers.Layer):
        def call(self, inputs):
            self.add_loss(calm * tf.reduce_mean(tf.square(inputs)))
            return inputs

    dense = keras.layers.Dense(
        weights[0].shape[1], kernel_regularizer=keras.regularizers.L2(float(shrink))
    )
    model = keras.Sequential([keras.Input((weights[0].shape[0],)), dense, Calm()])
    model.set_weights(weights)
    return model


def everything(seed, frozen):
    inputs = keras.Input((3,))
    x = keras.layers.BatchNormalization(momentum=0.6, name="norm")(inputs)
    x = keras.layers.Dense(4, activation="tanh", name="middle")(x)
    last = keras.layers.Dense(1, kernel_regularizer=keras.regularizers.L2(0.05), name="last")
    model = keras.Model(inputs, last(x))
    draw = np.random.default_rng(seed)
    model.set_weights([draw.uniform(0.2, 1.0, weight.shape) for weight in model.weights])
    model.get_layer(frozen).trainable = False
    return model


def weights_of_layers(model):
    return {layer.name: layer.get_weights() for layer in model.layers}


def take_steps(make_train_step, parts, batches, eager):
    """Make a step for each (model, (loss_fn, files), optimizer) and let them take turns."""
    tf.config.experimental.enable_tensor_float_32_execution(False)
    tf.config.run_functions_eagerly(eager)
    try:
        steps = [make_train_step(model, watched[0], sgd) for model, watched, sgd in parts]
        taken = [[] for _ in parts]
        for x, y in batches:
            for step, (model, _, optimizer), results in zip(steps, parts, taken, strict=True):
                result = step(tf.constant(x), tf.constant(y))
                pair = isinstance(result, (tuple, list)) and len(result) == 2
                if pair:
                    result = [np.asarray(part) for part in result]
                results.append(
                    {
                        "pair": pair,
                        "result": result if pair else repr(result)[:200],
                        "weights": model.get_weights(),
                        "iterations": int(optimizer.iterations),
                    }
                )
        return taken, [files() for _, (_, files), _ in parts]
    finally:
        tf.config.run_functions_eagerly(False)


def run_training(train, model, dataset, watched, optimizer, metrics, epochs, eager):
    loss_fn, files = watched
    tf.config.experimental.enable_tensor_float_32_execution(False)
    tf.config.run_functions_eagerly(eager)
    try:
        history = train(model, dataset, loss_fn, optimizer, metrics, epochs)
    finally:
        tf.config.run_functions_eagerly(False)
    told = None if history is None else repr(history)[:200]
    if isinstance(history, (list, tuple)):
        told = [
            {str(name): np.asarray(value) for name, value in entry.items()}
            if isinstance(entry, dict)
            else repr(entry)[:200]
            for entry in history
        ]
    return told, model.get_weights(), files()


def in_batches(x, y, size):
    return tf.data.Dataset.from_tensor_slices((x, y)).batch(size)


def counted(x, y):
    """A dataset of two batches that doesn't know its length, and how often it was read."""
    reads = []

    def generate():
        reads.append(1)
        for part in (slice(0, 3), slice(3, None)):
            yield x[part], y[part]

    specs = tuple(tf.TensorSpec((None, part.shape[1]), "float32") for part in (x, y))
    return tf.data.Dataset.from_generator(generate, output_signature=specs), lambda: len(reads)


def make_metrics(names):
    def above(y_true, y_pred):
        return tf.reduce_mean(tf.nn.relu(y_pred - y_true), axis=-1)

    metrics = [
        keras.metrics.MeanMetricWrapper(above, name=names[0]),
        keras.metrics.RootMeanSquaredError(name=names[1]),
    ]
    for metric in metrics:
        metric.update_state(np.zeros((3, 1), "float32"), np.full((3, 1), 50.0, "float32"))
    return metrics


# What is right, in NumPy


class Momentum:
    def __init__(self, rate, momentum=0.0, decay=1.0, decay_steps=1):
        self.rate, self.momentum, self.decay, self.decay_steps = rate, momentum, decay, decay_steps
        self.steps, self.speed = 0, None

    def __call__(self, weights, gradients):
        rate = self.rate * self.decay ** (self.steps / self.decay_steps)
        self.speed = self.speed or [0.0] * len(weights)
        self.speed = [
            self.momentum * v - rate * g for v, g in zip(self.speed, gradients, strict=True)
        ]
        self.steps += 1
        return [w + v for w, v in zip(weights, self.speed, strict=True)]


class Adam:
    def __init__(self, rate, beta_1, beta_2=0.999):
        self.rate, self.beta_1, self.beta_2 = rate, beta_1, beta_2
        self.steps, self.m, self.v = 0, None, None

    def __call__(self, weights, gradients):
        self.m, self.v = self.m or [0.0] * len(weights), self.v or [0.0] * len(weights)
        self.steps += 1
        mix = zip(self.m, self.v, gradients, strict=True)
        moments = [
            (self.beta_1 * m + (1 - self.beta_1) * g, self.beta_2 * v + (1 - self.beta_2) * g**2)
            for m, v, g in mix
        ]
        self.m, self.v = [m for m, _ in moments], [v for _, v in moments]
        rate = self.rate * np.sqrt(1 - self.beta_2**self.steps) / (1 - self.beta_1**self.steps)
        return [
            w - rate * m / (np.sqrt(v) + 1e-7) for w, (m, v) in zip(weights, moments, strict=True)
        ]


def linear_step(weights, x, error_of):
    """The loss of a linear model, its gradients and the predictions."""
    kernel, bias = weights
    p = x @ kernel + bias
    loss, error = error_of(p)
    return loss, [x.T @ error, error.sum(0)], p


def hidden_step(weights, x, error_of):
    w1, b1, w2, b2 = weights
    h = np.tanh(x @ w1 + b1)
    p = h @ w2 + b2
    loss, error = error_of(p)
    back = error @ w2.T * (1 - h**2)
    return loss, [x.T @ back, back.sum(0), h.T @ error, error.sum(0)], p


def squares(y, tilt):
    """The mean of (p - y)² + tilt p."""
    return lambda p: (np.mean((p - y) ** 2 + tilt * p), (2 * (p - y) + tilt) / p.size)


def cross_entropy(y, tilt):
    """The sum over the examples of cross-entropy on logits plus tilt times their mean."""

    def error_of(p):
        odds = np.exp(p - p.max(1, keepdims=True))
        shares = odds / odds.sum(1, keepdims=True)
        picked = np.eye(p.shape[1])[y]
        loss = -np.log((shares * picked).sum(1)) + tilt * p.mean(1)
        return loss.sum(), shares - picked + tilt / p.shape[1]

    return error_of


# Small helpers


def draw_weights(rng, *sizes):
    """Kernel and bias of a stack of dense layers."""
    shapes = [shape for size, units in pairwise(sizes) for shape in ((size, units), (units,))]
    return [(rng.normal(size=shape) * 0.6).astype("float32") for shape in shapes]


def double(arrays):
    return [array.astype("float64") for array in arrays]


def cut(x, y, sizes):
    edges = np.cumsum([0, *sizes])
    return [(x[a:b], y[a:b]) for a, b in pairwise(edges)]


def require_own_loop(files, what):
    require(bool(files), f"{what} never called loss_fn.")
    seen = [name for name in files if any(part in name.replace("\\", "/") for part in KERAS_TRAINS)]
    require(
        not seen,
        f"{what} lets Keras compute the loss or train (with fit, train_on_batch, train_step or "
        "compute_loss).",
        "The loop is the exercise: call the model, the loss and the optimizer yourself.",
    )


def results_of(steps):
    for step in steps:
        require(
            step["pair"],
            f"The step returned {step['result']}; expected is the pair (loss, predictions).",
        )
    return [
        [as_array(part, what=what) for part, what in zip(step["result"], NAMES, strict=True)]
        for step in steps
    ]


NAMES = ("the loss that the step returned", "the predictions that the step returned")


def assert_weights(got, expected, *, what, hint=None, rtol=1e-3, atol=1e-4):
    for number, (array, wanted) in enumerate(zip(got, expected, strict=True)):
        label = f"weight array {number} {what}"
        assert_close(array, wanted, rtol=rtol, atol=atol, what=label, hint=hint)


def alike(got, expected):
    return all(
        a.shape == b.shape and np.allclose(a, b, rtol=1e-3, atol=1e-4)
        for a, b in zip(got, expected, strict=True)
    )


def entries(history, names, epochs):
    """The history as a list with one list of numbers, in the order of names, for each epoch."""
    require(
        isinstance(history, list),
        f"train returned {history}; expected is a list with one dict for each epoch.",
    )
    require(
        len(history) == epochs,
        f"After {epochs} epochs, train returned a list of {len(history)}.",
        "One dict for each epoch of this call.",
    )
    rows = []
    for number, entry in enumerate(history, start=1):
        require(isinstance(entry, dict), f"Entry {number} of the history is no dict: {entry}.")
        missing = [name for name in names if name not in entry]
        require(
            not missing,
            f"Entry {number} of the history has no {' and no '.join(map(repr, missing))}; "
            f"it has {sorted(entry)}.",
        )
        values = [as_array(entry[name], what=f"{name!r} of epoch {number}") for name in names]
        for name, value in zip(names, values, strict=True):
            require(
                value.shape == (),
                f"{name!r} of epoch {number} has shape {value.shape}; expected is one number.",
            )
        rows.append([float(value) for value in values])
    return rows


# One step


@pytest.fixture(scope="module")
def in_a_graph(student, rng_for):
    """Several steps of a linear model with two outputs; momentum and a falling learning rate."""
    rng = rng_for("in_a_graph")
    start = draw_weights(rng, 3, 2)
    rate, momentum, tilt = rng.uniform(0.02, 0.04), rng.uniform(0.7, 0.9), rng.uniform(0.5, 2)
    x = rng.normal(size=(18, 3)).astype("float32")
    y = (rng.normal(size=(18, 2)) * 100).astype("float32")
    batches = cut(x, y, (6, 6, 6))
    watched = student.run(watched_function, "each example", tilt)
    sgd = student.run(gradient_descent, rate, momentum, 0.5)
    parts = [(student.run(linear, start), watched, sgd)]
    (steps,), (files,) = student.run(take_steps, student.make_train_step, parts, batches, False)
    require_own_loop(files, "The step")

    weights, update, expected = double(start), Momentum(rate, momentum, 0.5, 2), []
    for rows, wanted in batches:
        loss, gradients, p = linear_step(weights, rows, squares(wanted, tilt))
        weights = update(weights, gradients)
        expected.append((loss, p, weights))
    return steps, expected


@pytest.mark.check("one_step", weight=2, seconds=SECONDS)
def test_weights_of_a_linear_model(in_a_graph):
    """SGD with momentum and a falling learning rate, on a loss with one value for each example,
    moves the weights as it should, step by step."""
    steps, expected = in_a_graph
    for number, (step, (_, _, weights)) in enumerate(zip(steps, expected, strict=True), start=1):
        assert_weights(
            step["weights"],
            weights,
            what=f"after step {number}",
            hint="Is it the mean of the loss's values, and do the gradients reach the given "
            "optimizer unchanged, once?",
        )


@pytest.mark.check("one_step", seconds=SECONDS)
def test_returned_loss(in_a_graph):
    """The step returns the loss, one number, from before the update."""
    steps, expected = in_a_graph
    first, (wanted, *_) = results_of(steps)[0][0], expected[0]
    assert_close(
        first, wanted, rtol=1e-4, atol=1e-4, what=NAMES[0], hint="The mean of loss_fn's values."
    )


@pytest.mark.check("one_step", seconds=SECONDS)
def test_returned_predictions(in_a_graph):
    """The step returns the predictions from before the update, in the second place."""
    steps, expected = in_a_graph
    first, (_, wanted, _) = results_of(steps)[0][1], expected[0]
    assert_close(first, wanted, rtol=1e-4, atol=1e-4, what=NAMES[1])


@pytest.mark.check("one_step", weight=2, seconds=SECONDS)
def test_two_models_take_turns(student, rng):
    """A subclassed model with Adam and a linear one with SGD, whose steps take turns, learn as they
    would alone. Both have a Keras loss on integer labels."""
    tilt, rate, slow = rng.uniform(0.5, 2), rng.uniform(0.02, 0.06), rng.uniform(0.02, 0.06)
    x = rng.normal(size=(7, 3)).astype("float32")
    y = rng.integers(3, size=7)
    batches = cut(x, y, (6, 1))
    scc = student.keras.losses.SparseCategoricalCrossentropy
    starts = draw_weights(rng, 3, 4, 3), draw_weights(rng, 3, 3)
    adam = student.keras.optimizers.Adam(rate, beta_1=0.7)
    sgd = student.run(gradient_descent, slow, 0.8)
    parts = [
        (
            student.run(model, start),
            student.run(watched_loss, scc, tilt, from_logits=True, reduction="sum"),
            optimizer,
        )
        for model, start, optimizer in zip((hidden, linear), starts, (adam, sgd), strict=True)
    ]
    taken, every = student.run(take_steps, student.make_train_step, parts, batches, True)
    for files in every:
        require_own_loop(files, "The step")
    updates = (hidden_step, Adam(rate, 0.7)), (linear_step, Momentum(slow, 0.8))
    for (step_of, update), start, steps, which in zip(
        updates, starts, taken, ("subclassed", "linear"), strict=True
    ):
        weights = double(start)
        for rows, labels in batches:
            _, gradients, _ = step_of(weights, rows, cross_entropy(labels, tilt))
            weights = update(weights, gradients)
        assert_weights(
            steps[-1]["weights"],
            weights,
            what=f"of the {which} model, trained with a loss that adds up the examples,",
            hint="Every weight takes part, and what loss_fn returns is one number here: the loss "
            "as it stands.",
            atol=1e-3,
        )
        counted_steps = [step["iterations"] for step in steps]
        require(
            counted_steps == [1, 2],
            f"optimizer.iterations of the {which} model's optimizer was {counted_steps} after its "
            "steps; expected is [1, 2].",
            "The given optimizer itself makes the update, once in each step.",
        )


# Training mode


@pytest.fixture(scope="module")
def with_noise(student, rng_for):
    """Two steps of a model with batch normalisation in front and dropout at the end."""
    rng = rng_for("with_noise")
    momentum = rng.uniform(0.3, 0.8)
    x = (rng.normal(size=(90, 8)) * rng.uniform(1, 3, 8) + rng.normal(size=8)).astype("float32")
    batches = cut(x, np.zeros_like(x), (45, 45))
    watched = student.run(watched_function, "one number", 0.1)
    model = student.run(noisy, 8, momentum, 0.5)
    parts = [(model, watched, student.run(gradient_descent, 0.01))]
    (steps,), (files,) = student.run(take_steps, student.make_train_step, parts, batches, True)
    require_own_loop(files, "The step")
    return steps, batches, momentum


@pytest.mark.check("training_mode", seconds=SECONDS)
def test_dropout_is_active(with_noise):
    """Dropout sets its share of the outputs to zero, others at each step."""
    masks = [predictions == 0 for _, predictions in results_of(with_noise[0])]
    share = masks[0].mean()
    require(
        0.25 < share < 0.75,
        f"With dropout of one half, {share:.0%} of the outputs were zero.",
        "Does the model know that this is training?",
    )
    require(
        not np.array_equal(*masks),
        "Dropout set the same outputs to zero in two steps.",
    )


@pytest.mark.check("training_mode", seconds=SECONDS)
def test_batch_normalization_uses_the_batch(with_noise):
    """Batch normalisation uses the mean and the variance of the batch."""
    steps, batches, _ = with_noise
    x = batches[0][0].astype("float64")
    expected = 2 * (x - x.mean(0)) / np.sqrt(x.var(0) + 1e-3)
    got = results_of(steps)[0][1]
    require(got.shape == x.shape, f"The predictions have shape {got.shape}, not {x.shape}.")
    kept = got != 0
    require(
        bool(kept.any()) and np.allclose(got[kept], expected[kept], rtol=1e-3, atol=1e-3),
        "The predictions are not what batch normalisation and dropout make of the batch in "
        "training mode.",
        "Does the model know that this is training?",
    )


@pytest.mark.check("training_mode", weight=2, seconds=SECONDS)
def test_running_averages(with_noise):
    """Batch normalisation's running averages move once in each step."""
    steps, batches, momentum = with_noise
    mean, variance = np.zeros(8), np.ones(8)
    for number, (step, (x, _)) in enumerate(zip(steps, batches, strict=True), start=1):
        x = x.astype("float64")
        mean = momentum * mean + (1 - momentum) * x.mean(0)
        variance = momentum * variance + (1 - momentum) * x.var(0)
        for name, wanted in (("mean", mean), ("variance", variance)):
            found = step["weights"][2 if name == "mean" else 3]
            assert_close(
                found,
                wanted,
                rtol=1e-3,
                atol=1e-4,
                what=f"batch normalisation's running {name} after step {number}",
                hint="It moves with each forward pass in training mode: one in a step.",
            )


# Losses that layers add


@pytest.fixture(scope="module")
def with_penalties(student, rng_for):
    """Two steps of a linear model whose layers add two losses."""
    rng = rng_for("with_penalties")
    start = draw_weights(rng, 3, 2)
    rate, tilt = rng.uniform(0.03, 0.06), rng.uniform(0.5, 2)
    shrink, calm = rng.uniform(0.5, 1.5, size=2)
    x, y = (rng.normal(size=(10, size)).astype("float32") for size in (3, 2))
    batches = cut(x, y * 10, (5, 5))
    watched = student.run(watched_function, "one number", tilt)
    model = student.run(penalised, start, shrink, calm)
    parts = [(model, watched, student.run(gradient_descent, rate))]
    (steps,), (files,) = student.run(take_steps, student.make_train_step, parts, batches, True)
    require_own_loop(files, "The step")

    weights, update, losses = double(start), Momentum(rate), []
    for rows, wanted in batches:
        loss, (kernel, bias), p = linear_step(weights, rows, squares(wanted, tilt))
        losses.append(loss + shrink * np.sum(weights[0] ** 2) + calm * np.mean(p**2))
        error = 2 * calm * p / p.size
        kernel = kernel + 2 * shrink * weights[0] + rows.T @ error
        weights = update(weights, [kernel, bias + error.sum(0)])
    return steps, losses, weights


@pytest.mark.check("extra_losses", seconds=SECONDS)
def test_losses_of_layers_are_reported(with_penalties):
    """The loss that the step returns contains a regulariser and a loss added in a layer's call."""
    steps, losses, _ = with_penalties
    assert_close(
        results_of(steps)[0][0],
        losses[0],
        rtol=1e-4,
        atol=1e-4,
        what=NAMES[0],
        hint="All that is in model.losses after the forward pass is part of it.",
    )


@pytest.mark.check("extra_losses", seconds=SECONDS)
def test_losses_of_layers_move_the_weights(with_penalties):
    """A regulariser and a loss added in a layer's call move the weights."""
    steps, _, weights = with_penalties
    assert_weights(
        steps[-1]["weights"],
        weights,
        what="of a model whose layers add losses, after two steps",
        hint="model.losses belongs to the loss whose gradient is taken, while the tape watches.",
    )


# A model with everything in it


@pytest.fixture(scope="module")
def by_hand(student, rng_for):
    """A model with everything in it, trained by the student's steps, one by one."""
    rng = rng_for("by_hand")
    seed = int(rng.integers(10_000))
    x = rng.normal(size=(6, 3)).astype("float32")
    y = (rng.normal(size=(6, 1)) * 3 + 4).astype("float32")
    part = everything_to_train(student, seed)
    before = student.run(weights_of_layers, part[0])
    batches = cut(x, y, (4, 2))
    (steps,), (files,) = student.run(take_steps, student.make_train_step, [part], batches, True)
    return seed, x, y, steps, (before, student.run(weights_of_layers, part[0]), files)


def everything_to_train(student, seed):
    watched = student.run(watched_function, "each example", 0.5)
    return student.run(everything, seed, FROZEN), watched, student.run(gradient_descent, 0.03)


@pytest.fixture(scope="module")
def by_train(student, by_hand):
    """The same model, trained by the student's train, with a metric and, where that does not lead
    where the steps do, without one. Each is an attempt that gives what train told and the weights.
    """
    seed, x, y, steps, _ = by_hand

    def training(metrics):
        model, watched, sgd = everything_to_train(student, seed)
        dataset = student.run(in_batches, x, y, 4)
        used = [model, dataset, watched, sgd, metrics, 1, True]
        told, weights, files = student.run(run_training, student.train, *used)
        require_own_loop(files, "train")
        return told, weights

    metric = student.keras.metrics.MeanAbsoluteError(name="miss")
    with_metric = attempt(training, [metric])
    if not with_metric.failure and alike(with_metric.result()[1], steps[-1]["weights"]):
        return with_metric, with_metric
    return with_metric, attempt(training, [])


# Frozen weights


@pytest.mark.check("frozen", seconds=SECONDS)
def test_frozen_weights_stay(by_hand):
    """Frozen weights keep their values; those of the other layers move."""
    before, after, files = by_hand[-1]
    require_own_loop(files, "The step")
    for name, weights in before.items():
        # Two arrays: batch normalisation's others, the running averages, are not trained.
        pairs = zip(weights[:2], after[name][:2], strict=True)
        same = [np.array_equal(old, new) for old, new in pairs]
        if name == FROZEN:
            require(
                all(same),
                f"The layer {name!r} was frozen, but its weights have changed.",
                "Which of the model's lists leaves frozen weights out?",
            )
        else:
            require(not any(same), f"A weight of {name!r}, not frozen, has not changed.")


# Epochs


@pytest.fixture(scope="module")
def two_calls(student, rng_for):
    """What two calls of train led to, the second with a dataset that doesn't know its length and
    ends with a short batch: the weights, or what was raised, and the weights that are right."""
    rng = rng_for("two_calls")
    tilt, rate = rng.uniform(0.5, 1.5), rng.uniform(0.02, 0.04)
    x = rng.normal(size=(12, 2)).astype("float32")
    y = (rng.normal(size=(12, 1)) * 3).astype("float32")
    # Four batches twice: shuffled, they hardly ever come in their own order.
    even, short = (x[:8], y[:8]), (x[8:], y[8:])
    start = draw_weights(rng, 2, 1)

    def make():
        watched = student.run(watched_loss, student.keras.losses.MeanSquaredError, tilt)
        return student.run(linear, start), watched, student.run(gradient_descent, rate, 0.8)

    model, watched, sgd = make()
    dataset, reads = student.run(counted, *short)

    def training(data):
        used = [model, data, watched, sgd, [], 2, True]
        _, weights, files = student.run(run_training, student.train, *used)
        require_own_loop(files, "train")
        return weights

    found = [attempt(training, data) for data in (student.run(in_batches, *even, 2), dataset)]
    made, read = plain(sgd.iterations), reads()

    batches = cut(*even, (2, 2, 2, 2)) * 2 + cut(*short, (3, 1)) * 2
    weights, update, after = double(start), Momentum(rate, 0.8), []
    for rows, wanted in batches:
        _, gradients, _ = linear_step(weights, rows, squares(wanted, tilt))
        weights = update(weights, gradients)
        after.append(weights)
    ends = 7, -1
    right = [after[end] for end in ends]
    if not all(map(as_right, found, right)):
        # Steps that are wrong cost the marks of Task 1 only.
        try:
            taken, _ = student.run(take_steps, student.make_train_step, [make()], batches, True)
        except StudentError:
            pass
        else:
            own = [taken[0][end]["weights"] for end in ends]
            if as_right(found[0], own[0]):
                right = own
    return found, right, f"has to make {len(batches)} steps; it has made {made}", read


def as_right(found, right):
    return not found.failure and alike(found.result(), right)


@pytest.mark.check("epochs", weight=2, seconds=SECONDS)
def test_weights_after_several_epochs(two_calls):
    """After several epochs, the weights are those of `fit`."""
    found, right, *_ = two_calls
    assert_weights(
        found[0].result(),
        right[0],
        what="after two epochs",
        hint="All batches of all epochs, in their order, one step each, and one optimizer "
        "throughout.",
    )


@pytest.mark.check("epochs", weight=2, seconds=SECONDS)
def test_goes_on_with_a_dataset_read_anew(two_calls):
    """A second call goes on from there. Each of its epochs reads the dataset again, which does not
    know its length and ends with a short batch."""
    found, right, steps, read = two_calls
    weights = found[1].result()
    require(
        read >= 2,
        f"In 2 epochs, the dataset was read {read} times.",
        "A dataset that shuffles itself would show the same order in each epoch.",
    )
    assert_weights(
        weights,
        right[1],
        what="after two epochs and then two more",
        hint="All batches of all epochs, the short ones too, in their order, one step each, and "
        f"one optimizer throughout. (Here it {steps}.)",
    )


@pytest.mark.check("epochs", weight=2, seconds=SECONDS)
def test_trains_with_steps_of_task_1(by_hand, by_train):
    """With batch normalisation, a regulariser and a frozen layer, `train` does what the step of
    Task 1 does on each batch."""
    _, weights = by_train[1].result()
    assert_weights(
        weights,
        by_hand[3][-1]["weights"],
        what="after an epoch of train",
        hint="It was compared with the steps of your own make_train_step, one for each batch.",
    )


# The history


@pytest.fixture(scope="module")
def told(student, rng_for):
    """The histories of several calls, for a model whose optimizer adds the same number to its
    weight at each step, whatever the gradient."""
    rng = rng_for("told")
    w, move, tilt = rng.uniform(0.5, 1), rng.uniform(0.1, 0.3), rng.uniform(0.2, 0.5)
    names = [f"above_{rng.integers(100)}", f"distance_{rng.integers(100)}"]
    x = rng.uniform(0.5, 1.5, size=(10, 1)).astype("float32")
    y = (2 * x + rng.normal(size=(10, 1))).astype("float32")
    y[-1] -= 6
    watched = student.run(watched_function, "one number", tilt)
    model = student.run(linear, [np.full((1, 1), w, "float32")])
    optimizer = student.run(standing_still, move)
    metrics = student.run(make_metrics, names)
    dataset = student.run(in_batches, x, y, 3)

    def training(used):
        history, _, files = student.run(run_training, student.train, *used)
        require_own_loop(files, "train")
        return history

    calls = []
    for count, epochs, eager in ((2, 2, False), (0, 1, True), (2, 0, True)):
        expected = []
        for _ in range(epochs):
            losses, distances = [], []
            for rows, wanted in cut(x, y, (3, 3, 3, 1)):
                p = w * rows
                losses.append(np.mean((p - wanted) ** 2 + tilt * p))
                distances.append(p - wanted)
                w += move
            far = np.concatenate(distances)
            loss = np.average(losses, weights=[3, 3, 3, 1])
            above, distance = np.maximum(far, 0).mean(), np.sqrt(np.mean(far**2))
            expected.append([loss, above, distance][: count + 1])
        used = [model, dataset, watched, optimizer, metrics[:count], epochs, eager]
        calls.append((attempt(training, used), ["loss", *names[:count]], expected))
    return calls


def compare(calls, first, last, hint):
    for history, names, expected in calls:
        asked = names[first:last]
        rows = entries(history.result(), asked, len(expected))
        for number, (row, wanted) in enumerate(zip(rows, expected, strict=True), start=1):
            for name, value, right in zip(asked, row, wanted[first:last], strict=True):
                what = f"{name!r} of epoch {number}"
                assert_close(value, right, rtol=1e-4, atol=1e-5, what=what, hint=hint)


@pytest.mark.check("history", weight=2, seconds=SECONDS)
def test_loss_of_each_epoch(told):
    """The loss of an epoch is the mean over its examples, anew in each epoch."""
    hint = "Each batch's loss counts as many times as the batch has examples."
    compare(told[:-1], 0, 1, hint)


@pytest.mark.check("history", weight=2, seconds=SECONDS)
def test_metrics_of_each_epoch(told):
    """Metrics, used before or not, start anew in each epoch and see each step's predictions."""
    hint = (
        "Each metric starts anew in each epoch, the first one included, and sees the targets and "
        "the predictions that the step returned, once for each batch."
    )
    compare(told[:-1], 1, 3, hint)


@pytest.mark.check("history", seconds=SECONDS)
def test_history_without_epochs(told):
    """The history of 0 epochs is an empty list."""
    compare(told[-1:], 0, 0, None)


@pytest.mark.check("history", weight=2, seconds=SECONDS)
def test_history_tells_of_the_steps(by_hand, by_train):
    """With batch normalisation and a regulariser, too, the loss and the metrics of an epoch come
    from what the steps returned, and metrics don't disturb the training."""
    history, weights = by_train[0].result()
    (row,) = entries(history, ["loss", "miss"], 1)
    _, _, y, steps, _ = by_hand
    losses, predictions = zip(*results_of(steps), strict=True)
    loss = np.average(np.ravel(losses), weights=[4, 2])
    miss = np.abs(np.concatenate(predictions) - y).mean()
    for name, value, right in zip(("loss", "miss"), row, (loss, miss), strict=True):
        assert_close(
            value,
            right,
            rtol=1e-3,
            atol=1e-4,
            what=f"{name!r} of the epoch",
            hint="It was compared with what the steps of your own make_train_step return.",
        )
    assert_weights(
        weights,
        steps[-1]["weights"],
        what="after an epoch of train with a metric",
        hint="Metrics take the predictions of the step: the model is not called again for them.",
    )
