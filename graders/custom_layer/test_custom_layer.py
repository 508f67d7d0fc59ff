# ruff: noqa: SIM105  (what is shipped finds np, tf and keras on the other side)

import itertools

import numpy as np
import pytest

from proctor.judge import as_array, assert_close, assert_dtype, assert_shape, is_a, require

ACTIVATIONS = {
    "relu": lambda y: np.maximum(y, 0),
    "tanh": np.tanh,
    "sigmoid": lambda y: 1 / (1 + np.exp(-y)),
    "softplus": lambda y: np.log1p(np.exp(y)),
    "elu": lambda y: np.where(y > 0, y, np.expm1(y)),
}
NOT_THE_EXERCISE = {"Dense", "EinsumDense"}
LAST_AXIS = "Only the last axis takes part: input_shape[-1] is the number of features."


# What is shipped. A layer takes longer to make than to call, and a request costs, too: so each
# of these makes the layers that a test needs, uses them and returns plain data.


def lineage(make):
    layer = make(2)
    if not isinstance(layer, keras.layers.Layer):
        return None
    try:
        layer(np.zeros((1, 3), "float32"))
    except Exception:
        pass
    return [
        [kind.__module__ + "." + kind.__qualname__ for kind in type(part).__mro__]
        for part in layer._flatten_layers()
        if part is layer or part.weights
    ]


def list_weights(layer):
    trainable = {id(weight) for weight in layer.trainable_weights}
    return [
        (str(weight.name), id(weight) in trainable, np.asarray(weight)) for weight in layer.weights
    ]


def around_build(make, list_weights, sizes):
    """For layers of several sizes the weights before build and after it."""
    found = []
    for features, units in sizes:
        layer = make(units)
        before = list_weights(layer)
        layer.build((None, features))
        found.append((before, list_weights(layer)))
    return found


def set_weights(layer, kernel, bias):
    kept = [(None, weight) for weight in layer.weights] + list(vars(layer).items())
    for name, weight in kept:
        if not isinstance(weight, (keras.Variable, tf.Variable, tf.Tensor, np.ndarray)):
            continue
        shape = tuple(weight.shape)
        choices = [kernel, kernel.T, bias.reshape(1, -1), bias]
        if getattr(weight, "name", "") == "bias":
            choices.reverse()
        fitting = [choice for choice in choices if choice.shape == shape]
        if not fitting:
            continue
        new = fitting[0]
        if isinstance(weight, (tf.Tensor, np.ndarray)):
            setattr(layer, name, tf.cast(new, weight.dtype))
        else:
            weight.assign(new)


def call_with(make, set_weights, units, inputs, kernel, bias):
    """What one layer gives, wherever it keeps its weights: for each of the inputs and the first
    one again with a bias of zeros, and for the last with the other bias.
    """
    layer = make(units)
    layer(inputs[0])
    outputs = []
    for given, each in (np.zeros_like(bias), [*inputs, inputs[0]]), (bias, inputs[-1:]):
        set_weights(layer, kernel, given)
        outputs.append([np.asarray(layer(x)) for x in each])
    return outputs


def copy_weights(source, target):
    for weight, other in zip(source.weights, target.weights):  # noqa: B905
        other.assign(weight)
    for name, weight in vars(source).items():
        if isinstance(weight, (keras.Variable, tf.Variable)):
            getattr(target, name).assign(weight)
        elif isinstance(weight, (tf.Tensor, np.ndarray)):
            setattr(target, name, weight)


def alike(make, set_weights, copy_weights, activations, x, kernel, bias):
    """What layers give that differ in their activation and have the same weights."""
    layers = [make(len(bias), activation=activation) for activation in activations]
    for layer in layers:
        layer(x)
    set_weights(layers[0], kernel, bias)
    for layer in layers[1:]:
        copy_weights(layers[0], layer)
    return [np.asarray(layer(x)) for layer in layers]


def call_repeatedly(make, units, settings, inputs):
    layer = make(units, **settings)
    return [np.asarray(layer(x)) for x in inputs]


def wave(x):
    return tf.sin(3.0 * x) + 0.5


def rebuild(layer):
    return type(layer).from_config(layer.get_config())


def before_and_after(make, rebuild, set_weights, units, activation, x, kernel, bias):
    """What a layer and the one rebuilt from its config give with equal weights."""
    layer = make(units, activation=activation)
    outputs = []
    for each in (layer, rebuild(layer)):
        each(x)
        set_weights(each, kernel, bias)
        outputs.append(np.asarray(each(x)))
    return outputs


def keras_arguments(make, change, settings):
    layers = [change(make(3, **each)) for each in settings]
    return [[layer.name, layer.dtype_policy.name, layer.trainable] for layer in layers]


def unchanged(layer):
    return layer


def stack(layers, shape):
    inputs = x = keras.Input(shape)
    for layer in layers:
        x = layer(x)
    return keras.Model(inputs, x)


def save_and_load(make, stack, set_weights, settings, arrays, x, path):
    """What a model of such layers gives before and after, and its trainable weights' shapes."""
    layers = [make(units, activation=activation) for units, activation in settings]
    model = stack(layers, x.shape[1:])
    for layer, (kernel, bias) in zip(layers, arrays):  # noqa: B905
        set_weights(layer, kernel, bias)
    try:
        model.save(path)
        loaded = keras.saving.load_model(path)
    finally:
        if tf.io.gfile.exists(path):
            tf.io.gfile.remove(path)
    return [
        (np.asarray(each(x)), [tuple(weight.shape) for weight in each.trainable_weights])
        for each in (model, loaded)
    ]


def under_policy(policy, make, list_weights, inputs):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        layer = make(3)
    finally:
        keras.config.set_dtype_policy(before)
    return [np.asarray(layer(x)) for x in inputs], list_weights(layer)


def gradients(make, set_weights, x, kernel, factors):
    layer = make(kernel.shape[1])
    layer(x)
    set_weights(layer, kernel, np.zeros(kernel.shape[1], "float32"))
    x = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        total = tf.reduce_sum(factors * layer(x))
    found = tape.gradient(total, [x, *layer.trainable_weights])
    return [None if part is None else np.asarray(part) for part in found]


def in_graph(make, batches):
    """What a layer gives outside of a graph and in one that knows the number of features only."""
    layer = make(3)
    eager = [np.asarray(layer(x)) for x in batches]
    spec = tf.TensorSpec([None, None, batches[0].shape[-1]], "float32")

    # AutoGraph leaves Keras layers as they are: it would work on the next line only.
    @tf.function(input_signature=[spec], autograph=False)
    def traced(x):
        return layer(x)

    return eager, [np.asarray(traced(tf.constant(x))) for x in batches]


def as_model(make, stack, units, batches):
    """What Keras takes a model's output to be, and what layer and model give."""
    layer = make(units)
    model = stack([layer], (None, batches[0].shape[-1]))
    pairs = [[np.asarray(layer(x)), np.asarray(model(x))] for x in batches]
    return tuple(model.output_shape), pairs


# What tests share


def draw(rng, *shape):
    """Multiples of 1/8: their products and sums are exact in float32, even in TF32."""
    return (rng.integers(-24, 25, size=shape) / 8).astype("float32")


def _is_keras_dense(kind):
    return kind.startswith("keras.") and kind.rpartition(".")[2] in NOT_THE_EXERCISE


@pytest.fixture(scope="module")
def of_ones_own(student):
    """CustomDense is a layer, and the student's own."""
    ancestry = student.run(lineage, student.CustomDense)
    require(
        ancestry is not None,
        "CustomDense is not a subclass of keras.layers.Layer.",
        "Write `class CustomDense(keras.layers.Layer):`.",
    )
    own, *inside = ancestry
    require(
        not any(_is_keras_dense(kind) for kind in own),
        "CustomDense inherits from one of Keras' own dense layers.",
        "That is not the exercise: derive it from keras.layers.Layer and write its parts yourself.",
    )
    for kinds in inside:
        require(
            not kinds[0].startswith("keras.") and not any(map(_is_keras_dense, kinds)),
            f"Inside CustomDense a layer of Keras' own ({kinds[0].rpartition('.')[2]}) "
            "holds the weights.",
            "That is not the exercise: make the weights with self.add_weight.",
        )


@pytest.fixture
def custom_dense(student, of_ones_own):
    """The student's class, provided that it is a layer of the student's own."""
    return student.CustomDense


# The weights


@pytest.fixture(scope="module")
def starts(student, of_ones_own, rng_for):
    """For layers of several sizes, the weights before build and after it; the last two are large
    and of one size.
    """
    rng = rng_for("starts")
    large = int(rng.integers(80, 100)), int(rng.integers(25, 35))
    small = rng.permutation(range(2, 7))[:2].tolist()
    sizes = [tuple(small), (6, 1), large, large]
    found = student.run(around_build, student.CustomDense, student.ship(list_weights), sizes)
    return list(zip(sizes, found, strict=True))


def find_weight(weights, name, rank):
    """The weight of that name; if none has it, the only one with that many axes."""
    named = [weight for weight in weights if weight[0] == name]
    fitting = named or [weight for weight in weights if weight[2].ndim == rank]
    require(
        len(fitting) == 1,
        f"After build, layer.weights holds {[weight[0] for weight in weights]}: "
        + (f"which one is the {name}?" if fitting else f"the {name} is missing."),
        "Make it in build with self.add_weight: Keras 3 doesn't notice a tf.Variable or a tensor.",
    )
    return fitting[0]


@pytest.mark.check("build", weight=2)
def test_build_makes_kernel_and_bias(starts):
    """There are no weights before `build`, and just the two, `kernel` and `bias`, after it."""
    _, (before, after) = starts[0]
    require(
        not before,
        f"Before build the layer already has the weights {[name for name, _, _ in before]}.",
        "Make weights in build: only there the number of features is known.",
    )
    names = sorted(name for name, _, _ in after)
    require(
        names == ["bias", "kernel"],
        f"After build, layer.weights holds the names {names}; expected ['bias', 'kernel'].",
        'Make both in build with self.add_weight, and give each its name: name="kernel".',
    )


@pytest.mark.check("build", weight=2)
def test_shapes(starts):
    """The kernel has shape (features, units), the bias (units,)."""
    for (features, units), (_, weights) in starts:
        for name, shape in {"kernel": (features, units), "bias": (units,)}.items():
            assert_shape(
                find_weight(weights, name, len(shape))[2],
                shape,
                what=f"the {name} for {features} features and {units} units",
                hint="The kernel has a row for each feature and a column for each unit, "
                "the bias one number for each unit.",
            )


@pytest.mark.check("build")
def test_both_are_trainable(starts):
    """Both weights are trainable."""
    _, (_, weights) = starts[0]
    for name, rank in {"kernel": 2, "bias": 1}.items():
        require(
            find_weight(weights, name, rank)[1],
            f"The {name} is not in layer.trainable_weights.",
            "add_weight makes weights trainable unless it is told otherwise.",
        )


@pytest.mark.check("build", weight=2)
def test_kernel_starts_glorot_uniform(starts):
    """The kernel starts as Glorot uniform: spread evenly between ±sqrt(6 / (features + units))."""
    (features, units), (_, weights) = starts[-1]
    kernel = np.sort(find_weight(weights, "kernel", 2)[2].astype("float64").ravel())
    limit = np.sqrt(6 / (features + units))
    hint = 'Is its initializer "glorot_uniform"?'
    require(
        np.isfinite(kernel).all() and np.ptp(kernel) > 0,
        "All numbers in the kernel are the same, so all units would stay alike.",
        hint,
    )
    for seen, edge in [(kernel[0], -limit), (kernel[-1], limit)]:
        require(
            abs(seen - edge) < 0.03 * limit,
            f"For {features} features and {units} units Glorot uniform reaches from {-limit:.3f} "
            f"to {limit:.3f}; the kernel reaches from {kernel[0]:.3f} to {kernel[-1]:.3f}.",
            hint,
        )
    even = (np.arange(kernel.size) + 0.5) / kernel.size
    distance = np.abs((kernel + limit) / (2 * limit) - even).max()
    require(
        distance < 0.07,
        "The kernel's numbers are not spread evenly between their limits.",
        hint,
    )


@pytest.mark.check("build")
def test_each_layer_draws_its_own_kernel(starts):
    """Two layers do not start with the same kernel."""
    first, second = (find_weight(weights, "kernel", 2)[2] for _, (_, weights) in starts[-2:])
    require(
        not np.array_equal(first, second),
        "Two new layers start with the same kernel.",
        "Is there a fixed seed, or one initializer object that all layers share?",
    )


@pytest.mark.check("build", weight=2)
def test_bias_starts_as_zeros(starts):
    """The bias starts as zeros."""
    for _, (_, weights) in starts:
        bias = find_weight(weights, "bias", 1)[2]
        require(
            not bias.any(), f"The bias starts as {bias.ravel()[:4]} …", 'Is it made with "zeros"?'
        )


# The forward pass


def forward(student, rng, units, *shapes):
    """One layer's outputs for inputs of these shapes.

    Returns:
        Two lists of cases: the shape, the output, what it should be. The first has a bias of zeros,
        all inputs, and the first one again; the second another bias, and the last input.
    """
    inputs = [draw(rng, *shape) for shape in shapes]
    kernel, bias = draw(rng, shapes[0][-1], units), draw(rng, units) + 4
    without_bias, with_bias = student.run(
        call_with, student.CustomDense, student.ship(set_weights), units, inputs, kernel, bias
    )

    def cases(inputs, outputs, bias):
        return [
            (x.shape, as_array(y, what="the output"), x.astype("float64") @ kernel + bias)
            for x, y in zip(inputs, outputs, strict=True)
        ]

    return cases([*inputs, inputs[0]], without_bias, 0), cases(inputs[-1:], with_bias, bias)


def hold_forward(cases, hint):
    for shape, y, expected in cases:
        assert_close(
            y,
            expected.astype("float32"),
            what=f"the output for inputs of shape {shape} and {expected.shape[-1]} units",
            hint=hint,
        )
        assert_dtype(y, "float32", what="the output")


@pytest.fixture(scope="module")
def matrices(student, of_ones_own, rng_for):
    """What two layers give for matrices; the kernel of the second one is square."""
    rng = rng_for("matrices")
    features, units = ((4, 3), (3, 6))[int(rng.integers(2))]
    return {
        "unequal": forward(student, rng, units, (7, features), (features, features)),
        "square": forward(student, rng, 5, (7, 5), (5, 5)),
    }


@pytest.fixture(scope="module")
def three_axes(student, of_ones_own, rng_for):
    """What a layer gives for inputs with three axes."""
    return forward(student, rng_for("three_axes"), 4, (3, 5, 4), (4, 4, 4))


@pytest.mark.check("forward", weight=1.5)
@pytest.mark.parametrize("kernel", ["unequal", "square"])
def test_multiplies_by_the_kernel(matrices, kernel):
    """Without an activation, and with a bias of zeros, the output is inputs @ kernel."""
    hint = "Without activation and bias it should be inputs @ kernel."
    if kernel == "square":
        hint += " Is the kernel transposed? That can only be seen where it is square."
    without_bias, _ = matrices[kernel]
    hold_forward(without_bias, hint)


@pytest.mark.check("forward", weight=1.5)
def test_three_axes(three_axes):
    """With three axes, the last one holds the features and the others are kept."""
    without_bias, _ = three_axes
    hold_forward(without_bias, LAST_AXIS)


@pytest.mark.check("forward", weight=1.5)
def test_four_axes(student, custom_dense, rng):
    """With four axes, the last one holds the features and the others are kept."""
    without_bias, _ = forward(student, rng, 3, (2, 3, 5, 4))
    hold_forward(without_bias, LAST_AXIS)


@pytest.mark.check("forward", weight=3)
def test_adds_the_bias(matrices, three_axes):
    """The bias is added to inputs @ kernel, once for each unit."""
    for _, with_bias in (*matrices.values(), three_axes):
        hold_forward(with_bias, "It should be inputs @ kernel + bias, with one bias for each unit.")


@pytest.mark.check("forward", weight=1.5)
def test_sizes_of_one_and_none(student, custom_dense, rng):
    """A batch of one, an empty batch, a single feature and a single unit work, too."""
    without_bias, _ = forward(student, rng, 1, (5, 1), (0, 1), (1, 1))
    hold_forward(without_bias, "All axes are kept, also those of size one or zero.")


@pytest.mark.check("forward")
def test_a_call_changes_nothing(matrices):
    """Calling the layer again gives the same output: calls don't touch the weights."""
    (_, first, _), *_, (_, later, _) = matrices["unequal"][0]
    assert_close(
        later,
        first,
        what="the output of a later call with the same inputs",
        hint="Are weights made or changed in call? They belong in build.",
    )


# The activation


def linear_and_activated(student, custom_dense, rng, activations, shape=(6, 4), units=5):
    """What the student's layer gives without activation, and with each of them."""
    x, kernel, bias = draw(rng, *shape) / 4, draw(rng, shape[-1], units) / 4, draw(rng, units)
    ways = student.ship(set_weights), student.ship(copy_weights)
    outputs = student.run(alike, custom_dense, *ways, [None, *activations], x, kernel, bias)
    return [as_array(output, what="the output").astype("float64") for output in outputs]


def assert_activated(got, linear, function, name):
    assert_close(
        got,
        function(linear),
        rtol=1e-4,
        atol=1e-5,
        what=f"the output with activation {name}",
        hint="It was compared with the activation of what your layer gives without one. "
        "Is it applied last, to inputs @ kernel + bias?",
    )


@pytest.mark.check("activation", weight=4)
def test_activation_by_name(student, custom_dense, rng):
    """An activation given by its name is applied to inputs @ kernel + bias."""
    # One that everybody thinks of, and one that few do.
    names = [str(rng.choice(some)) for some in (["relu", "tanh", "sigmoid"], ["softplus", "elu"])]
    linear, *outputs = linear_and_activated(student, custom_dense, rng, names)
    for name, got in zip(names, outputs, strict=True):
        assert_activated(got, linear, ACTIVATIONS[name], repr(name))


@pytest.mark.check("activation", weight=3)
def test_activation_as_a_function(student, custom_dense, rng):
    """An activation may be a function: Keras', TensorFlow's or one's own."""
    home = ("keras.activations", "tf.nn")[int(rng.integers(2))]
    tanh = student.tf.nn.tanh if home == "tf.nn" else student.keras.activations.tanh
    functions = {
        f"{home}.tanh": (tanh, np.tanh),
        "a function of one's own": (student.ship(wave), lambda y: np.sin(3 * y) + 0.5),
    }
    linear, *outputs = linear_and_activated(
        student, custom_dense, rng, [function for function, _ in functions.values()]
    )
    for (name, (_, function)), got in zip(functions.items(), outputs, strict=True):
        assert_activated(got, linear, function, name)


@pytest.mark.check("activation", weight=3)
def test_softmax_along_the_last_axis(student, custom_dense, rng):
    """Softmax works along the last axis, whatever the number of axes."""
    shape = (3, 4, 4)
    linear, got = linear_and_activated(student, custom_dense, rng, ["softmax"], shape)
    power = np.exp(linear - linear.max(axis=-1, keepdims=True))
    assert_close(
        got,
        power / power.sum(axis=-1, keepdims=True),
        rtol=1e-4,
        atol=1e-5,
        what=f"the softmax for inputs of shape {shape}",
        hint="The units are the last axis of the output. Give the activation the whole output.",
    )


@pytest.mark.check("activation")
@pytest.mark.parametrize("given", [{}, {"activation": None}], ids=["left_out", "none"])
def test_no_activation(student, custom_dense, rng, given):
    """With activation=None, or without the argument, nothing is applied."""
    first, second = draw(rng, 2, 8, 4)
    inputs = [first, second, first / 2 + second / 2]
    first, second, middle = (
        as_array(y, what="the output")
        for y in student.run(call_repeatedly, custom_dense, 6, given, inputs)
    )
    assert_close(
        middle,
        first / 2 + second / 2,
        rtol=1e-3,
        atol=0.02,
        what="the output halfway between two inputs",
        hint="Without activation it lies halfway between the two outputs. "
        "keras.activations.get(None) is the function that changes nothing.",
    )


# The configuration


@pytest.mark.check("config")
def test_config_has_all_entries(custom_dense, rng):
    """The config has the entries units, activation, name, trainable and dtype."""
    units = int(rng.integers(5, 50))
    config = custom_dense(units, activation="relu").get_config()
    require(config is not None, "get_config returns None.", "Return the dict at its end.")
    missing = {"units", "activation", "name", "trainable", "dtype"} - set(config)
    require(
        not missing,
        f"The config has no {' and no '.join(sorted(missing))}.",
        "Start from super().get_config(), add units and activation, and return the dict.",
    )
    found = int(as_array(config["units"], what='the entry "units"').reshape(-1)[0])
    require(found == units, f"The layer was made with {units} units, but its config says {found}.")


@pytest.mark.check("config")
@pytest.mark.parametrize("kind", ["name", "function", "none"])
def test_from_config_restores_units_and_activation(student, custom_dense, rng, kind):
    """from_config rebuilds a layer with as many units and the same activation."""
    name = ("relu", "tanh", "softplus")[int(rng.integers(3))]
    activation = None if kind == "none" else name
    if kind == "function":
        activation = getattr(student.keras.activations, name)
    units = int(rng.integers(5, 9))
    x, kernel, bias = draw(rng, 6, 4) / 4, draw(rng, 4, units) / 4, draw(rng, units)
    ways = student.ship(rebuild), student.ship(set_weights)
    expected, got = (
        as_array(y, what="the output")
        for y in student.run(
            before_and_after, custom_dense, *ways, units, activation, x, kernel, bias
        )
    )
    assert_close(
        got,
        expected,
        rtol=1e-4,
        atol=1e-5,
        what="the output of the layer rebuilt from the config, with equal weights,",
        hint="Does the config hold the units and the activation that the layer was given?",
    )


@pytest.mark.check("config", weight=2)
def test_constructor_passes_keras_arguments_on(student, custom_dense, rng):
    """name, dtype, trainable and others, given to the constructor, reach Keras."""
    assert_keras_arguments(student, custom_dense, rng, unchanged, "a layer made")
    require(
        is_a(custom_dense(3, activity_regularizer="l2").activity_regularizer, "keras.Regularizer"),
        "A layer made with activity_regularizer='l2' has no such regularizer.",
        "Whatever the constructor gets beside units and activation belongs to super().__init__.",
    )


@pytest.mark.check("config", weight=2)
def test_from_config_restores_keras_arguments(student, custom_dense, rng):
    """from_config restores name, dtype policy and trainable."""
    assert_keras_arguments(student, custom_dense, rng, rebuild, "a layer rebuilt")


def assert_keras_arguments(student, custom_dense, rng, change, what):
    names = [f"layer_{number}" for number in rng.integers(1000, 10000, size=2)]
    settings = [
        {"name": names[0], "dtype": "float64", "trainable": False},
        {"name": names[1], "dtype": "mixed_float16", "trainable": True},
    ]
    found = student.run(keras_arguments, custom_dense, student.ship(change), settings)
    for (name, policy, trainable), given in zip(found, settings, strict=True):
        require(
            [name, policy, trainable] == list(given.values()),
            f"{what} with name={given['name']!r}, dtype={given['dtype']!r} and "
            f"trainable={given['trainable']} has the name {name!r}, the dtype policy {policy!r} "
            f"and trainable={trainable}.",
            "Pass **kwargs on to super().__init__, and start the config from super().get_config().",
        )


# Saving


def hold_saving(student, custom_dense, rng, shape, *settings):
    """A model of such layers is the same after it was saved and loaded."""
    sizes = [shape[-1], *(units for units, _ in settings)]
    arrays = [(draw(rng, *pair) / 4, draw(rng, pair[1]) / 4) for pair in itertools.pairwise(sizes)]
    ways = student.ship(stack), student.ship(set_weights)
    path = f"judged_{rng.integers(10**9)}.keras"
    (expected, before), (got, after) = student.run(
        save_and_load, custom_dense, *ways, settings, arrays, draw(rng, 6, *shape) / 4, path
    )
    assert_close(
        got,
        as_array(expected, what="the model's output"),
        rtol=1e-4,
        atol=1e-5,
        what="the output of the loaded model",
        hint="Only weights that Keras tracks (layer.weights) are saved, and only settings "
        "that are in the config.",
    )
    require(
        before == after,
        f"The model's trainable weights had the shapes {before}, those of the loaded one {after}.",
    )


@pytest.mark.check("saving")
def test_saved_model_predicts_the_same(student, custom_dense, rng):
    """A model saved as .keras loads without custom_objects and predicts the same."""
    hold_saving(student, custom_dense, rng, (4,), (3, str(rng.choice(["tanh", "softmax"]))))


@pytest.mark.check("saving")
def test_saving_an_activation_function(student, custom_dense, rng):
    """Layers without activation, or with one of Keras' functions as it, can be saved, too."""
    softplus = student.keras.activations.softplus
    hold_saving(student, custom_dense, rng, (3, 4), (5, softplus), (2, None))


# A good citizen


def assert_weights_are(weights, dtype, policy):
    require(bool(weights), "Keras knows no weights of the layer.", "Make them with add_weight.")
    for name, _, weight in weights:
        assert_dtype(
            weight,
            dtype,
            what=f"the weight {name!r} under {policy}",
            hint="add_weight chooses the dtype by itself if you name none.",
        )


@pytest.mark.check("keras_citizen", weight=2)
def test_float64(student, custom_dense, rng):
    """Under a float64 policy, weights, computation and output are float64."""
    first, second = rng.normal(size=(2, 5, 4))
    inputs = [first, second, first / 2 + second / 2]
    outputs, weights = student.run(
        under_policy, "float64", custom_dense, student.ship(list_weights), inputs
    )
    first, second, middle = (as_array(y, what="the output") for y in outputs)
    assert_dtype(first, "float64", what="the output under a float64 policy")
    assert_close(
        middle,
        first / 2 + second / 2,
        rtol=1e-11,
        atol=1e-11,
        what="the output halfway between two inputs, under a float64 policy,",
        hint="It has only the precision of float32. Does call cast something to float32?",
    )
    assert_weights_are(weights, "float64", "a float64 policy")


@pytest.mark.check("keras_citizen")
def test_mixed_precision(student, custom_dense, rng):
    """Under mixed_float16, the weights stay float32 and the output is float16."""
    (output,), weights = student.run(
        under_policy,
        "mixed_float16",
        custom_dense,
        student.ship(list_weights),
        [draw(rng, 5, 4)],
    )
    assert_dtype(output, "float16", what="the output under mixed_float16")
    assert_weights_are(weights, "float32", "mixed_float16")


@pytest.mark.check("keras_citizen", weight=2)
def test_gradients(student, custom_dense, rng):
    """Gradients reach the kernel, the bias and the inputs."""
    x, kernel, factors = draw(rng, 6, 4), draw(rng, 4, 3), draw(rng, 6, 3)
    found = student.run(gradients, custom_dense, student.ship(set_weights), x, kernel, factors)
    expected = {
        "the kernel": x.T @ factors,
        "the bias": factors.sum(axis=0),
        "the inputs": factors @ kernel.T,
    }
    for what, gradient in expected.items():
        fitting = [
            np.reshape(part, gradient.shape)
            for part in found
            if part is not None and np.squeeze(part).shape == gradient.shape
        ]
        require(
            len(fitting) == 1,
            f"No gradient reaches {what}.",
            "Weights have to be in layer.trainable_weights, and call may only use operations of "
            "TensorFlow or Keras.",
        )
        assert_close(
            fitting[0], gradient, rtol=1e-4, atol=1e-4, what=f"the gradient that reaches {what}"
        )


@pytest.mark.check("keras_citizen")
def test_in_a_graph(student, custom_dense, rng):
    """It works inside a tf.function, where the batch and other sizes are not known yet."""
    batches = [draw(rng, *sizes, 4) for sizes in ((3, 5), (1, 2))]
    outside, inside = student.run(in_graph, custom_dense, batches)
    for got, expected in zip(inside, outside, strict=True):
        assert_close(
            got,
            as_array(expected, what="the output"),
            rtol=1e-4,
            atol=1e-4,
            what="the output in a tf.function",
            hint="It differs from the output outside of one.",
        )


@pytest.mark.check("keras_citizen")
def test_on_a_symbolic_input(student, custom_dense, rng):
    """It works on a keras.Input whose batch and length are not known yet."""
    batches = [draw(rng, *sizes, 4) / 4 for sizes in ((3, 7), (1, 4))]
    told, outputs = student.run(as_model, custom_dense, student.ship(stack), 2, batches)
    require(
        len(told) == 3 and told[-1] == 2,
        f"A layer with 2 units makes of keras.Input((None, 4)) an output that Keras takes to have "
        f"the shape {told}.",
        "Only the last size changes, and it is known: the number of units.",
    )
    for x, (by_hand, got) in zip(batches, outputs, strict=True):
        assert_shape(by_hand, (*x.shape[:-1], 2), what="the output")
        assert_close(got, by_hand, rtol=1e-4, atol=1e-4, what="the output of a model of the layer")
