# ruff: noqa: SIM105  (what is shipped finds np, tf and keras on the other side)

import numpy as np
import pytest

from proctor.judge import (
    as_array,
    assert_close,
    assert_dtype,
    assert_shape,
    is_a,
    plain,
    require,
)

ACTIVATIONS = {
    "relu": lambda y: np.maximum(y, 0),
    "tanh": np.tanh,
    "sigmoid": lambda y: 1 / (1 + np.exp(-y)),
    "softplus": lambda y: np.log1p(np.exp(y)),
    "elu": lambda y: np.where(y > 0, y, np.expm1(y)),
}
NOT_THE_EXERCISE = {"Dense", "EinsumDense"}


def lineage(layer):
    return [
        [kind.__module__ + "." + kind.__qualname__ for kind in type(part).__mro__]
        for part in layer._flatten_layers()
        if part is layer or part.weights
    ]


def try_out(layer):
    try:
        layer(np.zeros((1, 3), "float32"))
    except Exception:
        pass


def list_weights(layer):
    trainable = {id(weight) for weight in layer.trainable_weights}
    return [
        (str(weight.name), id(weight) in trainable, np.asarray(weight)) for weight in layer.weights
    ]


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


def with_weights(layer, set_weights, x, kernel, bias):
    """Let a layer see its input's shape, give it these weights, wherever it keeps them, call it."""
    layer(x)
    set_weights(layer, kernel, bias)
    return layer(x)


def copy_weights(source, target):
    for weight, other in zip(source.weights, target.weights):  # noqa: B905
        other.assign(weight)
    for name, weight in vars(source).items():
        if isinstance(weight, (keras.Variable, tf.Variable)):
            getattr(target, name).assign(weight)
        elif isinstance(weight, (tf.Tensor, np.ndarray)):
            setattr(target, name, weight)


def alike(layers, set_weights, copy_weights, x, kernel, bias):
    """What layers give that all have the first one's weights."""
    for layer in layers:
        layer(x)
    set_weights(layers[0], kernel, bias)
    for layer in layers[1:]:
        copy_weights(layers[0], layer)
    return [layer(x) for layer in layers]


def keras_arguments(layer):
    return [layer.name, layer.dtype_policy.name, layer.trainable]


def trainable_shapes(model):
    return [tuple(weight.shape) for weight in model.trainable_weights]


def under_policy(policy, make, units):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        return make(units)
    finally:
        keras.config.set_dtype_policy(before)


def rebuild(layer):
    return type(layer).from_config(layer.get_config())


def gradients(layer, x, factors):
    x = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        total = tf.reduce_sum(factors * layer(x))
    found = tape.gradient(total, [x, *layer.trainable_weights])
    return [None if part is None else np.asarray(part) for part in found]


def in_graph(layer, batches, known):
    # AutoGraph leaves Keras layers as they are: it would work on the next two lines only.
    @tf.function(input_signature=[tf.TensorSpec(known, "float32")], autograph=False)
    def traced(x):
        return layer(x)

    return [np.asarray(traced(tf.constant(batch))) for batch in batches]


def stack(layers, shape):
    inputs = x = keras.Input(shape)
    for layer in layers:
        x = layer(x)
    return keras.Model(inputs, x)


def save_and_load(model, path):
    try:
        model.save(path)
        return keras.saving.load_model(path)
    finally:
        if tf.io.gfile.exists(path):
            tf.io.gfile.remove(path)


def wave(x):
    return tf.sin(3.0 * x) + 0.5


def draw(rng, *shape):
    """Multiples of 1/8: their products and sums are exact in float32, even in TF32."""
    return (rng.integers(-24, 25, size=shape) / 8).astype("float32")


@pytest.fixture(scope="module")
def ancestry(student):
    """The classes that a CustomDense and the layers inside it descend from; None if no layer."""
    probe = student.CustomDense(2)
    if not is_a(probe, "keras.layers.Layer"):
        return None
    student.run(try_out, probe)
    return [plain(kinds) for kinds in student.run(lineage, probe)]


@pytest.fixture
def custom_dense(student, ancestry):
    """The student's class, provided that it is a layer of the student's own."""
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
    return student.CustomDense


def _is_keras_dense(kind):
    return kind.startswith("keras.") and kind.rpartition(".")[2] in NOT_THE_EXERCISE


def built(custom_dense, features, units):
    layer = custom_dense(units)
    layer.build((None, features))
    return layer


def find_weight(student, layer, name, rank):
    """The weight of that name; if none has it, the only one with that many axes."""
    weights = student.run(list_weights, layer)
    named = [weight for weight in weights if weight[0] == name]
    fitting = named or [weight for weight in weights if weight[2].ndim == rank]
    require(
        len(fitting) == 1,
        f"After build, layer.weights holds {[weight[0] for weight in weights]}: "
        + (f"which one is the {name}?" if fitting else f"the {name} is missing."),
        "Make it in build with self.add_weight: Keras 3 doesn't notice a tf.Variable or a tensor.",
    )
    return fitting[0]


# The weights


@pytest.mark.check("build", weight=2)
def test_build_makes_kernel_and_bias(student, custom_dense, rng):
    """There are no weights before `build`, and just the two, `kernel` and `bias`, after it."""
    layer = custom_dense(int(rng.integers(2, 6)))
    before = [name for name, _, _ in student.run(list_weights, layer)]
    require(
        not before,
        f"Before build the layer already has the weights {before}.",
        "Make weights in build: only there the number of features is known.",
    )
    layer.build((None, int(rng.integers(2, 6))))
    after = sorted(name for name, _, _ in student.run(list_weights, layer))
    require(
        after == ["bias", "kernel"],
        f"After build, layer.weights holds the names {after}; expected ['bias', 'kernel'].",
        'Make both in build with self.add_weight, and give each its name: name="kernel".',
    )


@pytest.mark.check("build", weight=2)
def test_shapes(student, custom_dense):
    """The kernel has shape (features, units), the bias (units,)."""
    for features, units in [(4, 3), (2, 5), (6, 1), (1, 4)]:
        layer = built(custom_dense, features, units)
        for name, shape in {"kernel": (features, units), "bias": (units,)}.items():
            assert_shape(
                find_weight(student, layer, name, len(shape))[2],
                shape,
                what=f"the {name} for {features} features and {units} units",
                hint="The kernel has a row for each feature and a column for each unit, "
                "the bias one number for each unit.",
            )


@pytest.mark.check("build")
def test_both_are_trainable(student, custom_dense):
    """Both weights are trainable."""
    layer = built(custom_dense, 4, 3)
    for name, rank in {"kernel": 2, "bias": 1}.items():
        require(
            find_weight(student, layer, name, rank)[1],
            f"The {name} is not in layer.trainable_weights.",
            "add_weight makes weights trainable unless it is told otherwise.",
        )


@pytest.mark.check("build", weight=2)
def test_kernel_starts_glorot_uniform(student, custom_dense, rng):
    """The kernel starts as Glorot uniform: spread evenly between ±sqrt(6 / (features + units))."""
    features, units = int(rng.integers(80, 100)), int(rng.integers(25, 35))
    layer = built(custom_dense, features, units)
    kernel = np.sort(find_weight(student, layer, "kernel", 2)[2].astype("float64").ravel())
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
def test_each_layer_draws_its_own_kernel(student, custom_dense):
    """Two layers do not start with the same kernel."""
    first, second = (
        find_weight(student, built(custom_dense, 8, 5), "kernel", 2)[2] for _ in range(2)
    )
    require(
        not np.array_equal(first, second),
        "Two new layers start with the same kernel.",
        "Is there a fixed seed, or one initializer object that all layers share?",
    )


@pytest.mark.check("build", weight=2)
def test_bias_starts_as_zeros(student, custom_dense, rng):
    """The bias starts as zeros."""
    units = int(rng.integers(3, 9))
    layer = built(custom_dense, 4, units)
    bias = find_weight(student, layer, "bias", 1)[2]
    require(not bias.any(), f"The bias starts as {bias.ravel()[:4]} …", 'Is it made with "zeros"?')


# The forward pass


def hold_forward(student, custom_dense, rng, shape, units, *, bias=False, hint=None):
    x, kernel = draw(rng, *shape), draw(rng, shape[-1], units)
    added = draw(rng, units) + 4 if bias else np.zeros(units, "float32")
    weights = (student.ship(set_weights), x, kernel, added)
    y = as_array(student.run(with_weights, custom_dense(units), *weights), what="the output")
    assert_close(
        y,
        (x.astype("float64") @ kernel + added).astype("float32"),
        what=f"the output for inputs of shape {shape} and {units} units",
        hint=hint,
    )
    assert_dtype(y, "float32", what="the output")


@pytest.mark.check("forward")
@pytest.mark.parametrize(("features", "units"), [(4, 3), (3, 6), (5, 5)])
def test_multiplies_by_the_kernel(student, custom_dense, rng, features, units):
    """Without an activation, and with a bias of zeros, the output is inputs @ kernel."""
    hint = "Without activation and bias it should be inputs @ kernel."
    if features == units:
        hint += " Is the kernel transposed? That can only be seen where it is square."
    hold_forward(student, custom_dense, rng, (features, features), units, hint=hint)
    hold_forward(student, custom_dense, rng, (7, features), units, hint=hint)


@pytest.mark.check("forward")
@pytest.mark.parametrize("shape", [(3, 5, 4), (4, 4, 4), (2, 3, 5, 4)], ids=str)
def test_any_number_of_axes(student, custom_dense, rng, shape):
    """With three or four axes, the last one holds the features and all others are kept."""
    hint = "Only the last axis takes part: input_shape[-1] is the number of features."
    hold_forward(student, custom_dense, rng, shape, 3, hint=hint)
    hold_forward(student, custom_dense, rng, shape, 4, hint=hint)


@pytest.mark.check("forward", weight=3)
def test_adds_the_bias(student, custom_dense, rng):
    """The bias is added to inputs @ kernel, once for each unit."""
    hint = "It should be inputs @ kernel + bias, with one bias for each unit."
    for shape, units in [((5, 4), 3), ((4, 4), 4), ((1, 4), 3), ((3, 2, 4), 2)]:
        hold_forward(student, custom_dense, rng, shape, units, bias=True, hint=hint)


@pytest.mark.check("forward", weight=0.5)
@pytest.mark.parametrize(("shape", "units"), [((1, 4), 3), ((0, 4), 3), ((5, 1), 1)], ids=str)
def test_sizes_of_one_and_none(student, custom_dense, rng, shape, units):
    """A batch of one, an empty batch, a single feature and a single unit work, too."""
    hint = "All axes are kept, also those of size one or zero."
    hold_forward(student, custom_dense, rng, shape, units, hint=hint)


@pytest.mark.check("forward")
def test_a_call_changes_nothing(student, custom_dense, rng):
    """Calling the layer again gives the same output: calls don't touch the weights."""
    layer, x = custom_dense(3), draw(rng, 5, 4)
    first = as_array(layer(x), what="the output")
    as_array(layer(x[:2]), what="the output")
    assert_close(
        layer(x),
        first,
        what="the output of a later call with the same inputs",
        hint="Are weights made or changed in call? They belong in build.",
    )


# The activation


def linear_and_activated(student, custom_dense, rng, activations, shape=(6, 4), units=5):
    """What the student's layer gives without activation, and with each of them."""
    x, kernel, bias = draw(rng, *shape) / 4, draw(rng, shape[-1], units) / 4, draw(rng, units)
    layers = [custom_dense(units, activation=activation) for activation in [None, *activations]]
    ways = student.ship(set_weights), student.ship(copy_weights)
    outputs = student.run(alike, layers, *ways, x, kernel, bias)
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


@pytest.mark.check("activation")
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activation_by_name(student, custom_dense, rng, name):
    """An activation given by its name is applied to inputs @ kernel + bias."""
    linear, got = linear_and_activated(student, custom_dense, rng, [name])
    assert_activated(got, linear, ACTIVATIONS[name], repr(name))


@pytest.mark.check("activation", weight=3)
def test_activation_as_a_function(student, custom_dense, rng):
    """An activation may be a function: Keras', TensorFlow's or one's own."""
    functions = {
        "keras.activations.tanh": (student.keras.activations.tanh, np.tanh),
        "tf.nn.relu": (student.tf.nn.relu, ACTIVATIONS["relu"]),
        "a function of one's own": (student.ship(wave), lambda y: np.sin(3 * y) + 0.5),
    }
    linear, *outputs = linear_and_activated(
        student, custom_dense, rng, [function for function, _ in functions.values()]
    )
    for (name, (_, function)), got in zip(functions.items(), outputs, strict=True):
        assert_activated(got, linear, function, name)


@pytest.mark.check("activation")
@pytest.mark.parametrize("shape", [(4, 5), (3, 4, 4), (5, 5, 5)], ids=str)
def test_softmax_along_the_last_axis(student, custom_dense, rng, shape):
    """Softmax works along the last axis, whatever the number of axes."""
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
def test_no_activation(custom_dense, rng, given):
    """With activation=None, or without the argument, nothing is applied."""
    layer = custom_dense(6, **given)
    x = draw(rng, 3, 8, 4)
    first, second, middle = (
        as_array(layer(part), what="the output") for part in (x[0], x[1], x[0] / 2 + x[1] / 2)
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
def test_config_has_all_entries(student, custom_dense, rng):
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
    activation = {"name": name, "function": getattr(student.keras.activations, name), "none": None}[
        kind
    ]
    units = int(rng.integers(5, 9))
    layer = custom_dense(units, activation=activation)
    rebuilt = student.run(rebuild, layer)
    x, kernel, bias = draw(rng, 6, 4) / 4, draw(rng, 4, units) / 4, draw(rng, units)
    weights = (student.ship(set_weights), x, kernel, bias)
    expected, got = (
        as_array(student.run(with_weights, each, *weights), what="the output")
        for each in (layer, rebuilt)
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
    assert_keras_arguments(student, custom_dense, rng, lambda layer: layer, "a layer made")
    require(
        is_a(custom_dense(3, activity_regularizer="l2").activity_regularizer, "keras.Regularizer"),
        "A layer made with activity_regularizer='l2' has no such regularizer.",
        "Whatever the constructor gets beside units and activation belongs to super().__init__.",
    )


@pytest.mark.check("config", weight=2)
def test_from_config_restores_keras_arguments(student, custom_dense, rng):
    """from_config restores name, dtype policy and trainable."""
    assert_keras_arguments(
        student, custom_dense, rng, lambda layer: student.run(rebuild, layer), "a layer rebuilt"
    )


def assert_keras_arguments(student, custom_dense, rng, change, what):
    for dtype in ("float64", "mixed_float16"):
        for trainable in (False, True):
            name = f"layer_{int(rng.integers(1000, 10000))}"
            layer = change(custom_dense(3, name=name, dtype=dtype, trainable=trainable))
            found = student.run(keras_arguments, layer)
            require(
                found == [name, dtype, trainable],
                f"{what} with name={name!r}, dtype={dtype!r} and trainable={trainable} has the "
                f"name {found[0]!r}, the dtype policy {found[1]!r} and trainable={found[2]}.",
                "Pass **kwargs on to super().__init__, and start the config from "
                "super().get_config().",
            )


# Saving


def hold_saving(student, custom_dense, rng, shape, *settings):
    layers = [custom_dense(units, activation=activation) for units, activation in settings]
    model = student.run(stack, layers, shape)
    size = shape[-1]
    for layer, (units, _) in zip(layers, settings, strict=True):
        student.run(set_weights, layer, draw(rng, size, units) / 4, draw(rng, units) / 4)
        size = units
    x = draw(rng, 6, *shape) / 4
    expected = as_array(model(x), what="the model's output")
    path = f"judged_{rng.integers(10**9)}.keras"
    loaded = student.run(save_and_load, model, path)
    assert_close(
        loaded(x),
        expected,
        rtol=1e-4,
        atol=1e-5,
        what="the output of the loaded model",
        hint="Only weights that Keras tracks (layer.weights) are saved, and only settings "
        "that are in the config.",
    )
    return model, loaded


@pytest.mark.check("saving")
def test_saved_model_predicts_the_same(student, custom_dense, rng):
    """A model saved as .keras loads without custom_objects and predicts the same."""
    model, loaded = hold_saving(student, custom_dense, rng, (4,), (7, "tanh"), (3, "softmax"))
    before, after = (student.run(trainable_shapes, each) for each in (model, loaded))
    require(
        before == after,
        f"The model's trainable weights had the shapes {before}, those of the loaded one {after}.",
    )


@pytest.mark.check("saving")
def test_saving_an_activation_function(student, custom_dense, rng):
    """Layers without activation, or with one of Keras' functions as it, can be saved, too."""
    softplus = student.keras.activations.softplus
    hold_saving(student, custom_dense, rng, (3, 4), (5, softplus), (2, None))


# A good citizen


def assert_weights_are(student, layer, dtype, policy):
    weights = student.run(list_weights, layer)
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
    layer = student.run(under_policy, "float64", custom_dense, 3)
    first, second = rng.normal(size=(2, 5, 4))
    outputs = [
        as_array(layer(x), what="the output") for x in (first, second, first / 2 + second / 2)
    ]
    assert_dtype(outputs[0], "float64", what="the output under a float64 policy")
    assert_close(
        outputs[2],
        outputs[0] / 2 + outputs[1] / 2,
        rtol=1e-11,
        atol=1e-11,
        what="the output halfway between two inputs, under a float64 policy,",
        hint="It has only the precision of float32. Does call cast something to float32?",
    )
    assert_weights_are(student, layer, "float64", "a float64 policy")


@pytest.mark.check("keras_citizen")
def test_mixed_precision(student, custom_dense, rng):
    """Under mixed_float16, the weights stay float32 and the output is float16."""
    layer = student.run(under_policy, "mixed_float16", custom_dense, 3)
    assert_dtype(layer(draw(rng, 5, 4)), "float16", what="the output under mixed_float16")
    assert_weights_are(student, layer, "float32", "mixed_float16")


@pytest.mark.check("keras_citizen", weight=2)
def test_gradients(student, custom_dense, rng):
    """Gradients reach the kernel, the bias and the inputs."""
    x, kernel, factors = draw(rng, 6, 4), draw(rng, 4, 3), draw(rng, 6, 3)
    layer = custom_dense(3)
    student.run(with_weights, layer, student.ship(set_weights), x, kernel, np.zeros(3, "float32"))
    found = student.run(gradients, layer, x, factors)
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
@pytest.mark.parametrize("known", [[None, 4], [None, None, 4]], ids=str)
def test_in_a_graph(student, custom_dense, rng, known):
    """It works inside a tf.function, where the batch and other sizes are not known yet."""
    batches = [draw(rng, *sizes[: len(known) - 1], 4) for sizes in ((3, 5), (1, 2), (4, 4))]
    layer = custom_dense(3)
    eager = [as_array(layer(batch), what="the output") for batch in batches]
    for got, expected in zip(student.run(in_graph, layer, batches, known), eager, strict=True):
        assert_close(
            got,
            expected,
            rtol=1e-4,
            atol=1e-4,
            what=f"the output in a tf.function for inputs of shape {tuple(known)}",
            hint="It differs from the output outside of one.",
        )


@pytest.mark.check("keras_citizen")
@pytest.mark.parametrize("shape", [(4,), (None, 4)], ids=str)
def test_on_a_symbolic_input(student, custom_dense, rng, shape):
    """Layers can be stacked on a keras.Input whose batch and length are not known yet."""
    layers = [custom_dense(5), custom_dense(2)]
    model = student.run(stack, layers, shape)
    told = tuple(plain(model.output_shape))
    require(
        len(told) == len(shape) + 1 and told[-1] == 2,
        f"Two layers, the second with 2 units, make of keras.Input({shape}) an output that Keras "
        f"takes to have the shape {told}.",
        "Only the last size changes, and it is known: the number of units.",
    )
    for sizes in ((3, 7), (1, 4)):
        x = draw(rng, *sizes[: len(shape)], 4) / 4
        by_hand = as_array(layers[1](layers[0](x)), what="the output")
        assert_shape(by_hand, (*x.shape[:-1], 2), what="the output of two layers")
        assert_close(
            model(x), by_hand, rtol=1e-4, atol=1e-4, what="the output of a model of two layers"
        )
