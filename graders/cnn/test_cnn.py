from itertools import pairwise

import numpy as np
import pytest

from course_data import arrays
from proctor.judge import (
    as_array,
    assert_close,
    assert_shape,
    attempt,
    is_a,
    require,
    type_name,
)

SECONDS = 60
COUNT = 71
CONVOLUTIONS = {"Conv2D", "SeparableConv2D", "DepthwiseConv2D"}
POOLINGS = {"MaxPooling2D", "AveragePooling2D"}
DROPOUTS = {"Dropout", "SpatialDropout2D", "AlphaDropout", "GaussianDropout"}


def erase(model, other, images):
    """Set the weights of one model to zero: those of another one before and after."""
    for each in (model, other):
        each(tf.constant(images), training=False)
    before = other.get_weights()
    model.set_weights([np.zeros(weight.shape) for weight in model.get_weights()])
    return before, other.get_weights()


def outputs(model, images, flags):
    """What a model gives for the same images, called with each of the training flags."""
    keywords = [{} if flag is None else {"training": flag} for flag in flags]
    return [np.asarray(model(tf.constant(images), **each)) for each in keywords]


def look_inside(model, images):
    """Which layers are called, what they are and what goes through them, first in inference and
    then in training.

    Maxima are replaced by means: what is linear but for the pooling is linear then.
    """
    calls = []

    def watch(layer):
        original = layer.call

        def call(*args, **kwargs):
            inputs = args[0] if args else next(iter(kwargs.values()))
            result = original(*args, **kwargs)
            if isinstance(layer, keras.layers.MaxPooling2D):
                result = keras.ops.average_pool(
                    inputs, layer.pool_size, layer.strides, layer.padding, layer.data_format
                )
            elif isinstance(layer, keras.layers.GlobalMaxPooling2D):
                result = tf.reduce_mean(inputs, [1, 2], keepdims=layer.keepdims)
            shapes = [
                [int(size) for size in getattr(part, "shape", ())] for part in (inputs, result)
            ]
            kernel = [int(size) for size in getattr(layer, "kernel_size", ())]
            kinds = [kind.__name__ for kind in type(layer).__mro__]
            calls.append({"kinds": kinds, "kernel": kernel, "shapes": shapes})
            if isinstance(layer, keras.layers.Dense):
                sums = np.asarray(inputs) @ np.asarray(layer.kernel)
                bias = np.asarray(layer.bias) if layer.use_bias else np.float32(0)
                calls[-1] |= {"inputs": np.asarray(inputs), "sums": sums + bias}
            return result

        layer.call = call

    model(tf.constant(images), training=False)
    layers = [layer for layer in model._flatten_layers() if layer is not model]
    before = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(True)
    try:
        for layer in layers:
            watch(layer)
        probabilities = np.asarray(model(tf.constant(images), training=False))
        inference = list(calls)
        calls.clear()
        model(tf.constant(images), training=True)
    finally:
        for layer in layers:
            vars(layer).pop("call", None)
        tf.config.run_functions_eagerly(before)
    frozen = [str(layer.name) for layer in layers if layer.weights and not layer.trainable]
    return inference, calls, frozen, probabilities


def classify(predict_classes, images, kernel, bias):
    """The classes by a known model, which has a dropout layer."""
    model = keras.Sequential(
        [
            keras.Input(images.shape[1:]),
            keras.layers.Flatten(),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(len(bias), activation="softmax"),
        ]
    )
    model.set_weights([kernel, bias])
    before = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(True)
    try:
        return predict_classes(model, images)
    finally:
        tf.config.run_functions_eagerly(before)


def rehearse(train, images, labels, epochs, seed, kernel):
    """Train a model that never changes its mind, and note in which order it sees the images.

    Its softmax is TensorFlow's: from one of Keras' own, a loss that takes the probabilities for
    logits would get the true logits, and nobody would notice.
    """
    import random

    seen = []

    class Still(keras.layers.Layer):
        def build(self, input_shape):
            self.shift = self.add_weight(shape=(kernel.shape[1],), initializer="zeros")

        def compute_output_shape(self, input_shape):  # or Keras would trace `call` for it
            return input_shape[0], kernel.shape[1]

        def call(self, inputs, training=None):
            if tf.executing_eagerly() and isinstance(inputs, tf.Tensor) and training:
                seen.append(np.asarray(inputs)[:, 0, 0, 0])
            flat = tf.reshape(inputs, (-1, kernel.shape[0]))
            return tf.nn.softmax(tf.matmul(flat, kernel) + 0.0 * self.shift)

    model = keras.Sequential([keras.Input(images.shape[1:]), Still()])
    random.seed()
    np.random.seed()
    tf.random.set_seed(None)
    before = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(True)
    try:
        losses = train(model, images, labels, epochs=epochs, seed=seed)
    finally:
        tf.config.run_functions_eagerly(before)
    return losses, np.concatenate(seen) if seen else np.zeros(0), images, labels


def train_compiled(train, images, labels, epochs, seed, weights):
    """Train a small network that was compiled for something else before, and note in which order
    it sees the images."""
    filters, classes = weights[1].size, weights[3].size
    seen = []

    class Watch(keras.layers.Layer):
        def compute_output_shape(self, input_shape):  # or Keras would trace `call` for it
            return input_shape

        def call(self, inputs, training=None):
            if tf.executing_eagerly() and isinstance(inputs, tf.Tensor) and training:
                seen.append(np.asarray(inputs)[:, 0, 0, 0])
            return inputs

    model = keras.Sequential(
        [
            keras.Input(images.shape[1:]),
            Watch(),
            keras.layers.Conv2D(filters, weights[0].shape[0], activation="tanh"),
            keras.layers.Flatten(),
            keras.layers.Dense(classes, activation="softmax"),
        ]
    )
    model.set_weights(weights)
    model.compile(optimizer=keras.optimizers.SGD(0.0), loss="mean_squared_error")
    before = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(True)
    try:
        train(model, images, labels, epochs=epochs, seed=seed)
    finally:
        tf.config.run_functions_eagerly(before)
    return model.get_weights(), np.concatenate(seen) if seen else np.zeros(0)


def learn(build_cnn, train, images, labels, num_classes, epochs, seed, others):
    model = build_cnn(images.shape[1:], num_classes)
    train(model, images, labels, epochs, seed)
    return np.asarray(model(tf.constant(others), training=False))


def draw(rng, *shape):
    return rng.uniform(size=shape).astype("float32")


@pytest.fixture(scope="module")
def pair(student, rng_for):
    """Two models, and all that several tests ask them: to make new ones for each takes longer.

    Returns:
        What the second one gives, called with each of five training flags; what is inside of
        both, each with images of which the third is the mean of the first two; and the weights
        of the second one, before and after those of the first were set to zero. All are attempts.
    """
    rng = rng_for("pair")
    first, second = (student.build_cnn((8, 8, 1), 10) for _ in range(2))

    images = draw(rng, 6, 8, 8, 1)
    flagged = attempt(student.run, outputs, second, images, [None, None, False, True, True])
    insides = []
    for model in (first, second):
        several = rng.normal(scale=5, size=(12, 8, 8, 1)).astype("float32")
        several[2] = several[0] / 2 + several[1] / 2
        insides.append(attempt(student.run, look_inside, model, several))
    return flagged, insides, attempt(student.run, erase, first, second, images)


def assert_probabilities(got, count, classes, what):
    found = as_array(got, what=what)
    assert_shape(found, (count, classes), what=what, hint="One row an image, one column a class.")
    require(found.dtype.kind == "f", f"{what} has dtype {found.dtype.name}, not a float type.")
    require(
        bool((found >= 0).all()),
        f"{what} has negative values, such as {found.min():.3g}.",
        "Probabilities are asked for, so a softmax belongs at the end.",
    )
    sums = found.astype("float64").sum(axis=1)
    worst = sums[np.argmax(np.abs(sums - 1))]
    require(
        bool(abs(worst - 1) < 1e-3),
        f"{what} has a row that sums to {worst:.4g}, not to 1.",
        "A softmax over the classes, the last axis, makes every row sum to 1.",
    )


# Probabilities


@pytest.mark.check("probabilities")
@pytest.mark.parametrize(("least", "most", "channels"), [(8, 9, 1), (15, 24, 3)])
def test_any_size(student, rng, least, most, channels):
    """Images of any size, with any number of channels and classes, give rows of probabilities."""
    height, width = (int(size) for size in rng.permutation([least, most]))
    classes = int(rng.choice([2, 3, 5, 7, 11, 13]))
    model = student.build_cnn((height, width, channels), classes)
    require(
        is_a(model, "keras.Model"),
        f"build_cnn returns a {type_name(model)}, which is not a keras.Model.",
    )
    for count in (4, 1):
        images = draw(rng, count, height, width, channels)
        what = (
            f"The output for {count} images of {height} x {width} x {channels}, {classes} classes,"
        )
        (got,) = student.run(outputs, model, images, [False])
        assert_probabilities(got, count, classes, what)


@pytest.mark.check("probabilities")
def test_models_are_independent(pair):
    """Two models made with the same arguments share no weights."""
    before, after = pair[2].result()
    require(
        len(before) > 0 and all(map(np.array_equal, before, after)),
        "The weights of one model were set to zero, and with them changed those of another.",
        "Make new layers at every call of build_cnn.",
    )


# Layers


@pytest.fixture(scope="module")
def insides(pair):
    """Two models from within, each with images of which the third is the mean of the first two."""
    return [answer.result() for answer in pair[1]]


def is_one_of(call, names):
    return not names.isdisjoint(call["kinds"])


def is_convolution(call):
    return is_one_of(call, CONVOLUTIONS) and max(call["kernel"], default=1) > 1


@pytest.mark.check("layers", weight=3)
def test_convolution(insides):
    """There is a convolution layer whose kernel is larger than one pixel, and it is used."""
    for calls, _, _, _ in insides:
        require(
            any(map(is_convolution, calls)),
            "No convolution layer with a kernel larger than 1 x 1 was called.",
            "Use keras.layers.Conv2D (or SeparableConv2D, DepthwiseConv2D), and see to it that "
            "the images pass through it.",
        )


@pytest.mark.check("layers", weight=2)
def test_pooling(insides):
    """There is a max or average pooling layer that makes the maps smaller, and it is used."""
    for calls, _, _, _ in insides:
        shapes = [call["shapes"] for call in calls if is_one_of(call, POOLINGS)]
        require(
            bool(shapes),
            "No pooling layer was called.",
            "Use keras.layers.MaxPooling2D or AveragePooling2D. Strides and global pooling are "
            "welcome, but do not take its place.",
        )
        require(
            any(np.prod(after[1:3]) < np.prod(before[1:3]) for before, after in shapes),
            f"Pooling turned {tuple(shapes[0][0])} into {tuple(shapes[0][1])}: no smaller.",
            "How far does the window move from step to step?",
        )


@pytest.mark.check("layers", weight=2)
def test_features_are_not_linear(insides):
    """What reaches the first Dense layer (or the softmax) is not linear in the image, apart
    from the pooling."""
    for calls, _, _, probabilities in insides:
        last = max((i for i, call in enumerate(calls) if is_convolution(call)), default=-1)
        dense = [call["inputs"] for call in calls[last + 1 :] if "inputs" in call]
        if dense:
            features = dense[0].astype("float64")
        else:
            logs = np.log(np.maximum(probabilities.astype("float64"), 1e-37))
            features = logs - logs.mean(axis=1, keepdims=True)
        bent = np.abs(features[2] - features[0] / 2 - features[1] / 2).max()
        span = np.abs(features[:2]).max()
        require(
            bool(bent > 3e-3 * span),
            "But for the pooling, the features are a linear function of the image: for the mean "
            "of two images, they are the mean of the two images' features.",
            "Give the convolutions a non-linear activation, such as ReLU.",
        )


@pytest.mark.check("layers")
def test_dense_layers_are_not_linear(insides):
    """Between one Dense layer and the next, there is a non-linear activation."""
    linear = []
    for calls, _, _, _ in insides:
        dense = [call for call in calls if "inputs" in call]
        require(bool(calls), "No layer was called.")
        linear.append(
            any(
                one["sums"].shape == other["inputs"].shape
                and np.abs(one["sums"] - other["inputs"]).max() < 3e-3 * np.abs(one["sums"]).max()
                for one, other in pairwise(dense)
            )
        )
    require(
        not all(linear),
        "The sums of one Dense layer go into the next one as they are: together, they can do no "
        "more than a single one.",
        "Give the first of them a non-linear activation.",
    )


@pytest.mark.check("layers")
def test_nothing_is_frozen(insides):
    """No layer of a new model is frozen."""
    for calls, _, frozen, _ in insides:
        require(bool(calls), "No layer was called.")
        require(not frozen, f"These layers have trainable=False: {', '.join(frozen)}.")


# Dropout


@pytest.fixture(scope="module")
def flagged(pair):
    """The outputs for the same images: twice without a flag, once with False, twice with True."""
    return [as_array(each, what="the output") for each in pair[0].result()]


@pytest.mark.check("dropout", weight=2)
def test_dropout_in_training(flagged, insides):
    """In training, a dropout layer is active: the same images give other outputs each time."""
    for _, calls, _, _ in insides:
        require(
            any(is_one_of(call, DROPOUTS) for call in calls),
            "In training, no dropout layer was called.",
            "Use keras.layers.Dropout (or SpatialDropout2D, AlphaDropout, GaussianDropout).",
        )
    first, second = flagged[3:]
    require(
        bool(np.abs(first - second).max() > 1e-6),
        "model(images, training=True) gave the same output twice: dropout is not active.",
        "Leave it to Keras to tell the dropout layer whether this is training. In a model class "
        "of your own, does `call` pass its flag on?",
    )


@pytest.mark.check("dropout", weight=2)
def test_no_dropout_in_inference(flagged):
    """Outside training nothing is random, with training=False as well as without a flag."""
    for got in flagged[:2]:
        assert_close(
            got,
            flagged[2],
            rtol=1e-4,
            what="the output of model(images), compared with that of training=False,",
            hint="Dropout should be active in training only, and training is not the default.",
        )


@pytest.mark.check("dropout")
def test_probabilities_in_training(flagged):
    """A model that gives probabilities gives them in training, too."""
    off = [float(np.abs(got.astype("float64").sum(axis=-1) - 1).max()) for got in flagged]
    if off[2] < 1e-3:
        require(
            max(off) < 1e-3,
            "With training=True, there are rows that do not sum to 1.",
            "Dropout belongs before the softmax.",
        )


# Training


@pytest.fixture(scope="module")
def task(rng_for):
    """Images, the fixed weights of a model, labels and the loss, almost the same for each."""
    rng = rng_for("task")
    images = draw(rng, 2600, 5, 6, 2)
    kernel = rng.normal(scale=0.5, size=(60, 5)).astype("float32")
    kernel -= kernel.mean(axis=0)
    scores = images.reshape(len(images), -1).astype("float64") @ kernel
    losses = np.log(np.exp(scores).sum(axis=1)) - scores.max(axis=1)
    alike = rng.permutation(np.argsort(np.abs(losses - 0.7))[:COUNT])
    return images[alike], kernel, scores[alike].argmax(axis=1), losses[alike].mean()


@pytest.fixture(scope="module")
def seeds(rng_for):
    return [int(seed) for seed in rng_for("seeds").choice(100_000, size=2, replace=False)]


@pytest.fixture(scope="module")
def first_rehearsal(student, task, seeds):
    images, kernel, labels, _ = task
    return student.run(rehearse, student.train, images, labels, 2, seeds[0], kernel)


@pytest.fixture(scope="module")
def again(student, task, seeds):
    """An attempt at the same training once more, but with labels of shape (n, 1)."""
    images, kernel, labels, _ = task
    column = labels[:, None]
    return attempt(student.run, rehearse, student.train, images, column, 2, seeds[0], kernel)


@pytest.fixture(scope="module")
def compiled(student, task, seeds, rng_for):
    """The weights of a network, compiled before, that is trained with the other seed: as they
    were, as they are, and the order of the images."""
    images, _, labels, _ = task
    rng = rng_for("compiled")
    weights = [
        rng.normal(scale=scale, size=size).astype("float32")
        for size, scale in (((3, 3, 2, 4), 0.5), (4, 0.1), ((48, 5), 0.3), (5, 0.1))
    ]
    trained, seen = student.run(train_compiled, student.train, images, labels, 1, seeds[1], weights)
    return weights, trained, seen


def assert_losses(got, epochs, expected, what):
    found = as_array(
        got, what=what, hint="It should be a list with one number, the loss, for each epoch."
    )
    assert_shape(found, (epochs,), what=what, hint="One number, the loss, for each epoch.")
    assert_close(
        found,
        np.full(epochs, expected),
        rtol=0.03,
        what=f"{what}, of a model that never changes,",
        hint="It should be the mean of -log(probability of the right class) over the images: the "
        "cross-entropy. Do images and labels stay together?",
    )


def assert_seen(seen):
    require(
        len(seen) > 0,
        "The model was never called with training=True.",
        "fit does it by itself; in a loop of your own, call model(images, training=True).",
    )


@pytest.mark.check("training", weight=2)
def test_cross_entropy(first_rehearsal, task):
    """The losses returned, one an epoch, are the mean cross-entropy."""
    assert_losses(first_rehearsal[0], 2, task[3], "The list of losses")


@pytest.mark.check("training")
def test_every_image_once(first_rehearsal, task):
    """Each epoch trains on each image once, in training mode and as it was given."""
    images = task[0]
    _, seen, images_after, labels_after = first_rehearsal
    require(
        np.array_equal(images_after, images) and np.array_equal(labels_after, task[2]),
        "After the training, the arrays of images and labels were not what they had been.",
        "Shuffle and scale copies, or let fit or a dataset do the shuffling.",
    )
    known = np.sort(images[:, 0, 0, 0])
    assert_seen(seen)
    require(
        bool(np.isin(seen, known).all()),
        "The model was trained on images that are not among those given.",
        "They are scaled already: use them as they are.",
    )
    require(
        len(seen) == 2 * COUNT,
        f"In two epochs with {COUNT} images, the model was trained on {len(seen)}, not on "
        f"{2 * COUNT}.",
    )
    for epoch in (seen[:COUNT], seen[COUNT:]):
        require(
            np.array_equal(np.sort(epoch), known),
            "Some image came twice in an epoch, and some other not at all.",
        )


@pytest.mark.check("training")
def test_seed(student, first_rehearsal, again, compiled, task, seeds):
    """The images come in an order that depends on the seed, and on nothing else."""
    images, kernel, labels, _ = task
    first, other = first_rehearsal[1], compiled[2]
    if again.failure:  # it is not the seed that is to blame
        repeated = student.run(rehearse, student.train, images, labels, 2, seeds[0], kernel)
    else:
        repeated = again.result()
    assert_seen(first)
    places = [int(np.argmin(np.abs(images[:, 0, 0, 0] - value))) for value in first[:COUNT]]
    require(
        np.mean(np.diff(places) == 1) < 0.5,
        "The images came in the order in which they were given, all of them or batch by batch.",
        "Shuffle the images, before they are put into batches.",
    )
    require(
        np.array_equal(first, repeated[1]),
        "The same seed gave two different orders of the images.",
        "keras.utils.set_random_seed(seed), before anything random happens, is the surest way.",
    )
    require(
        not np.array_equal(first[:COUNT], other),
        "Two different seeds gave the same order of the images.",
        "Is there a number where the seed should be?",
    )


@pytest.mark.check("training")
def test_column_of_labels(again, task):
    """Labels of shape (n, 1) work, too."""
    what = "The list of losses for labels of shape (n, 1)"
    assert_losses(again.result()[0], 2, task[3], what)


@pytest.mark.check("training")
def test_trains_the_given_model(compiled):
    """It trains the given model, all of it, with a loss and an optimizer of its own."""
    weights, trained, _ = compiled
    for before, after in zip(weights, trained, strict=True):
        require(
            not np.allclose(before, after, rtol=0, atol=1e-7),
            f"The weight of shape {before.shape} is the same after training as before.",
            "Train the very model that was given, all of its layers, and compile it anew: it may "
            "have been compiled for something else, or not at all.",
        )


# Classes


@pytest.mark.check("classes")
@pytest.mark.parametrize("count", [1, 70])
def test_most_probable_class(student, rng, count):
    """For each image the class with the highest probability, as an array of integers."""
    kernel = rng.normal(scale=0.25, size=(84, 12)).astype("float32")
    kernel -= kernel.mean(axis=0)
    bias = np.linspace(-0.5, 0.5, 12, dtype="float32")
    images = draw(rng, 500, 6, 7, 2)
    scores = images.reshape(500, -1).astype("float64") @ kernel + bias
    highest = np.sort(scores, axis=1)
    images = images[highest[:, -1] - highest[:, -2] > 1e-2][:count]
    expected = (images.reshape(count, -1).astype("float64") @ kernel + bias).argmax(axis=1)
    got = as_array(
        student.run(classify, student.predict_classes, images, kernel, bias),
        what="the array of classes",
    )
    assert_shape(got, (count,), what="the array of classes", hint="One integer for each image.")
    require(got.dtype.kind in "iu", f"The classes have dtype {got.dtype.name}, not an integer one.")
    wrong = int((got != expected).sum())
    require(
        wrong == 0,
        f"{wrong} of {count} images got a class that is not the most probable one.",
        "The classes are the last axis. Dropout must not be active here.",
    )


# Learning


def make_bars(rng, count):
    images = np.zeros((count, 12, 16, 1), "float32")
    labels = rng.integers(4, size=count)
    for image, label in zip(images, labels, strict=True):
        height, width = rng.permutation([2, 4])
        top = rng.integers(6 - height + 1) + 6 * (label // 2)
        left = rng.integers(8 - width + 1) + 8 * (label % 2)
        image[top : top + height, left : left + width] = 1
    return images, labels


def share_learned(student, rng, train, test, classes):
    """How much a new model gets right after five epochs."""
    seed = int(rng.integers(100_000))
    probabilities = as_array(
        student.run(learn, student.build_cnn, student.train, *train, classes, 5, seed, test[0]),
        what="the output of the trained model",
    )
    require(
        probabilities.ndim == 2 and len(probabilities) == len(test[0]),
        f"The output for {len(test[0])} images has shape {probabilities.shape}.",
    )
    return (probabilities.argmax(axis=1) == test[1]).mean()


@pytest.mark.check("learning", seconds=SECONDS)
def test_digits(student, rng):
    """After 5 epochs, at least 60 % of the digits' test images are recognised."""
    parts = arrays.digits()
    train, test = (
        ((part["image"] / 255).astype("float32"), part["label"])
        for part in (parts["train"], parts["test"])
    )
    order = rng.permutation(len(train[0]))
    train = tuple(values[order] for values in train)
    share = share_learned(student, rng, train, test, 10)
    require(
        share >= 0.6,
        f"After 5 epochs, {share:.0%} of the digits' test images were right.",
        "If it is close: more filters, less dropout or a larger learning rate. If it is far off: "
        "do images and labels stay together, and does the loss fit the output?",
    )


@pytest.mark.check("learning", seconds=SECONDS)
def test_where_things_are(student, rng):
    """After 5 epochs with 320 images of bars, at least 60 % of new ones are told apart."""
    share = share_learned(student, rng, make_bars(rng, 320), make_bars(rng, 300), 4)
    require(
        share >= 0.6,
        f"After 5 epochs, {share:.0%} of the new bars were found in the right quarter; guessing "
        "gives 25%.",
        "Does global pooling throw away where things are? Flatten keeps it.",
    )
