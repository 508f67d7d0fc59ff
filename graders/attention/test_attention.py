import functools
import itertools

import numpy as np
import pytest

from proctor.judge import (
    as_array,
    assert_close,
    assert_dtype,
    assert_shape,
    require,
)

# Wide enough for the ten-bit products of a GPU (TF32).
CLOSE = {"rtol": 5e-3, "atol": 1e-3}


# What tests look at: a layer's widths of query and values and its units, and the sizes of the
# batches that it is called with. Most layers trace their call before it is run for the first time,
# which takes as long as ten calls: so there are few of them.
EQUAL, ONES = (4, 4, 3), (1, 1, 1)
UNEQUAL = [(5, 4, 2), (3, 4, 6)]
SIZES = {
    "unequal widths": [(4, 6), (5, 5)],
    "equal widths": [(4, 4), (2, 9)],
    "small batches": [(1, 5), (3, 1), (1, 1)],
    "all ones": [(2, 4), (1, 1)],
}


def call_first(make, units, query, values):
    layer = make(units)
    layer(query, values)
    return layer


def call_all(layer, calls, by_name):
    """What a layer returns for each of these arguments, as arrays if it is several things."""
    results = []
    for query, values, *mask in calls:
        named = {"mask": mask.pop()} if mask and by_name else {}
        result = layer(query, values, *mask, **named)
        if isinstance(result, (tuple, list)):
            result = [np.asarray(part) for part in result]
        results.append(result)
    return results


def list_weights(layer):
    tracked = list(layer.weights)
    others = [part for part in vars(layer).values() if isinstance(part, tf.Variable)]
    return [np.asarray(weight) for weight in tracked + others]


def set_weights(layer, arrays):
    tracked = list(layer.weights)
    others = [part for part in vars(layer).values() if isinstance(part, tf.Variable)]
    for weight, array in zip(tracked + others, arrays):  # noqa: B905
        weight.assign(array)


def under_policy(policy, make, units, call_all, set_weights, arrays, calls):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        layer = make(units)
        layer(*calls[0])
        set_weights(layer, arrays)
        return call_all(layer, calls, True), [np.asarray(weight) for weight in layer.weights]
    finally:
        keras.config.set_dtype_policy(before)


def rebuild(layer):
    return type(layer).from_config(layer.get_config())


def made_and_rebuilt(make, rebuild, settings):
    """The names, trainable and units of layers, and of those rebuilt from their configs."""
    made = [make(**each) for each in settings]
    return [
        [(layer.name, layer.trainable, layer.get_config().get("units")) for layer in layers]
        for layers in (made, [rebuild(layer) for layer in made])
    ]


def in_graph(layer, batches):
    """What a layer gives in a graph where only widths are known."""
    query, values = batches[0]
    specs = [
        tf.TensorSpec([None, query.shape[-1]], "float32"),
        tf.TensorSpec([None, None, values.shape[-1]], "float32"),
    ]

    # AutoGraph leaves Keras layers as they are: it would work on the next two lines only.
    @tf.function(input_signature=specs, autograph=False)
    def traced(query, values):
        return layer(query, values)

    return [[np.asarray(part) for part in traced(*map(tf.constant, batch))] for batch in batches]


def as_model(make, widths, call_all, batch):
    """What a model of a layer gives, and what the layer itself gives."""
    layer = make(3)
    query, values = keras.Input((widths[0],)), keras.Input((None, widths[1]))
    mask = keras.Input((None,), dtype="bool")
    context, weights = layer(query, values, mask=mask)
    model = keras.Model([query, values, mask], [context, weights])
    return [np.asarray(part) for part in model(list(batch))], *call_all(layer, [batch], True)


def gradients(layer, query, values):
    """Those of a sum over all results, each with another factor."""
    values = tf.constant(values)
    with tf.GradientTape() as tape:
        tape.watch(values)
        total = sum(
            tf.reduce_sum(part * np.cos(np.arange(tf.size(part))).reshape(part.shape))
            for part in layer(query, values)
        )
    found = tape.gradient(total, [values, *layer.trainable_weights])
    return [None if part is None else np.asarray(part) for part in found]


def draw(rng, *shape):
    """Multiples of 1/8: their products and sums are exact in float32, even in TF32."""
    return (rng.integers(-12, 13, size=shape) / 8).astype("float32")


def draw_inputs(rng, batch, steps, widths):
    return draw(rng, batch, widths[0]), draw(rng, batch, steps, widths[1])


def draw_mask(rng, batch, steps):
    """In each row at least one step is masked, and at least one is not."""
    mask = rng.random((batch, steps)) < 0.5
    mask[:, 0], mask[:, 1] = True, False
    return rng.permuted(mask, axis=1)


def softmax(scores):
    power = np.exp(scores - scores.max(axis=1, keepdims=True))
    return power / power.sum(axis=1, keepdims=True)


def attend(student, layer, *calls, by_name=True):
    """The context and the attention weights for each of these arguments."""
    return [pair(result) for result in student.run(call_all, layer, calls, by_name)]


def pair(results):
    require(
        isinstance(results, list),
        "The layer returned one result instead of two.",
        "End call with `return context, weights`.",
    )
    require(
        len(results) == 2,
        f"The layer returned {len(results)} results instead of two.",
        "End call with `return context, weights`.",
    )
    return as_array(results[0], what="the context"), as_array(results[1], what="the weights")


def by_step(weights, batch, steps):
    """The attention weights as a matrix, float64; an axis of size one is missed elsewhere."""
    require(
        weights.size == batch * steps,
        f"The weights have shape {weights.shape}; expected {(batch, steps, 1)}.",
        "There is one weight for each step of each sample.",
    )
    return weights.reshape(batch, steps).astype("float64")


@pytest.fixture(scope="module")
def layers():
    """The layers that tests share, by their widths and units."""
    return {}


def shared(student, layers, kind):
    """A layer of this kind that was called; what its weights are is left to the test.

    A layer may be called as often as one likes.
    """
    # A kernel that takes the place of one that hung has none of its layers.
    kernel = student.ship(set_weights)
    if layers.get("kernel") is not kernel:
        layers.clear()
        layers["kernel"] = kernel
    if kind not in layers:
        dq, dv, units = kind
        query, values = np.zeros((2, dq), "float32"), np.zeros((2, 3, dv), "float32")
        layers[kind] = student.run(call_first, student.BahdanauAttention, units, query, values)
    return layers[kind]


def randomised(student, rng, layers, kind):
    """A layer of this kind with numbers drawn here in all of its weights."""
    layer = shared(student, layers, kind)
    shapes = [array.shape for array in student.run(list_weights, layer)]
    student.run(set_weights, layer, [draw(rng, *shape) for shape in shapes])
    return layer


@pytest.fixture(scope="module")
def kinds(rng_for):
    """The widths and the units of the layers that are looked at."""
    unequal = UNEQUAL[int(rng_for("kinds").integers(len(UNEQUAL)))]
    return {
        "unequal widths": unequal,
        "equal widths": EQUAL,
        "small batches": EQUAL,
        "all ones": ONES,
    }


@pytest.fixture(scope="module")
def seen(student, layers, kinds, rng_for):
    """``seen(case)`` tells a layer's weights and, for each batch of a case, query and values,
    context and attention weights.
    """

    @functools.cache
    def see(case):
        rng = rng_for(case)
        layer = randomised(student, rng, layers, kinds[case])
        batches = [draw_inputs(rng, *sizes, kinds[case]) for sizes in SIZES[case]]
        results = attend(student, layer, *batches)
        arrays = student.run(list_weights, layer)
        return arrays, [(*inputs, *got) for inputs, got in zip(batches, results, strict=True)]

    return see


def saturate(student, layer, units, level):
    """Give a called layer weights with which all scores are ±level, for inputs of 1 and -1.

    Whatever the roles of its weights are: a tanh with such kernels is exactly 1 or -1.
    """
    arrays = []
    for array in student.run(list_weights, layer):
        number = 0.0 if array.size == 1 else level / units if array.size == units else 1024.0
        arrays.append(np.full(array.shape, number, "float32"))
    student.run(set_weights, layer, arrays)


def readings(arrays, widths, units):
    """All ways to read a layer's weights as W1, W2, V and the sum of the biases."""
    arrays = [np.squeeze(array).astype("float64") for array in arrays]
    vectors = [array for array in arrays if array.shape == (units,)]
    kernels = [array for array in arrays if array.ndim == 2]
    kernels = [kernel if kernel.shape[1] == units else kernel.T for kernel in kernels]
    pairs = list(itertools.permutations(kernels, 2))
    for kernel in kernels:
        if len(kernel) == sum(widths):
            pairs.append((kernel[: widths[0]], kernel[widths[0] :]))
            pairs.append((kernel[widths[1] :], kernel[: widths[1]]))
    for w1, w2 in pairs:
        if (w1.shape, w2.shape) == ((widths[0], units), (widths[1], units)):
            for i, v in enumerate(vectors):
                yield w1, w2, v, sum(vectors[:i] + vectors[i + 1 :])


def formula(reading, query, values):
    w1, w2, v, bias = reading
    return softmax(np.tanh((query @ w1 + bias)[:, np.newaxis] + values @ w2) @ v)


def hold_formula(seen, kinds, case):
    """Hold one layer, called with batches of several sizes, against the formula."""
    (*widths, units), sizes = kinds[case], SIZES[case]
    arrays, batches = seen(case)
    found = list(readings(arrays, widths, units))
    require(
        bool(found),
        f"With queries of width {widths[0]}, values of width {widths[1]} and {units} units, the "
        f"weights of the layer have the shapes {[array.shape for array in arrays]}.",
        f"There should be a W1 of shape {(widths[0], units)}, a W2 of shape {(widths[1], units)} "
        f"and a V of shape {(units, 1)} or {(units,)}, made in __init__ or build.",
    )
    got = [by_step(weights, *size) for (*_, weights), size in zip(batches, sizes, strict=True)]
    wanted = [
        [formula(reading, query, values) for query, values, *_ in batches] for reading in found
    ]
    best = min(
        wanted,
        key=lambda each: max(
            np.nan_to_num(np.abs(a - b), nan=np.inf).max() for a, b in zip(got, each, strict=True)
        ),
    )
    for weights, expected, (batch, steps) in zip(got, best, sizes, strict=True):
        assert_close(
            weights,
            expected,
            **CLOSE,
            what=f"the matrix of attention weights (batch {batch}, {steps} steps)",
            hint="The scores should be V · tanh(W1 · query + W2 · values), and the weights their "
            "softmax over time.",
        )


# The score and the weights


@pytest.mark.check("score", weight=4)
def test_weights_follow_the_formula(seen, kinds):
    """The weights are the softmax over time of V · tanh(W1 · query + W2 · values)."""
    hold_formula(seen, kinds, "unequal widths")


@pytest.mark.check("score", weight=2)
def test_equal_widths(seen, kinds):
    """Where query and values have the same width, W1 and W2 are still two different weights."""
    hold_formula(seen, kinds, "equal widths")


@pytest.mark.check("score")
def test_shape_of_the_weights(seen):
    """The weights have shape (b, t, 1), also where sizes are one."""
    for case in ("equal widths", "small batches"):
        for _, values, _, weights in seen(case)[1]:
            batch, steps, _ = values.shape
            assert_shape(
                weights,
                (batch, steps, 1),
                what=f"the array of weights for a batch of {batch} and {steps} steps",
                hint="Keep all axes, also those of size one.",
            )


@pytest.mark.check("score")
def test_weights_sum_to_one(seen):
    """The weights are not negative, and for each sample they sum to one over time."""
    for case in ("equal widths", "small batches"):
        for _, values, _, weights in seen(case)[1]:
            batch, steps, _ = values.shape
            weights = by_step(weights, batch, steps)
            require(
                bool((weights >= 0).all()), "Some attention weights are negative, or not numbers."
            )
            assert_close(
                weights.sum(axis=1),
                np.ones(batch),
                rtol=1e-4,
                what=f"the sum of the weights over time (batch {batch}, {steps} steps)",
                hint="Softmax has an argument `axis`. Which axis is time?",
            )


@pytest.mark.check("score")
def test_large_scores(student, rng, layers, kinds):
    """Scores of several hundred, positive or negative, give finite and right weights."""
    # One width is odd, the other one even: the sum of query and values is never 0.
    kind = kinds["unequal widths"]
    query, values = (
        rng.choice([-1.0, 1.0], size=shape).astype("float32")
        for shape in ((6, kind[0]), (6, 5, kind[1]))
    )
    query[0], values[0], query[1], values[1] = 1, 1, -1, -1
    sign = np.sign(query.sum(axis=-1)[:, np.newaxis] + values.sum(axis=-1))
    layer = shared(student, layers, kind)
    for level in (900.0, -900.0):
        saturate(student, layer, kind[2], level)
        ((_, weights),) = attend(student, layer, (query, values))
        assert_close(
            by_step(weights, 6, 5),
            softmax(level * sign.astype("float64")),
            **CLOSE,
            what="the matrix of attention weights for scores of ±900",
            hint="exp overflows: leave the softmax to TensorFlow or Keras, or subtract each "
            "sample's largest score first.",
        )


# The context


def hold_context(seen, case):
    for _, values, context, weights in seen(case)[1]:
        batch, steps, _ = values.shape
        assert_close(
            context,
            (by_step(weights, batch, steps)[:, :, np.newaxis] * values).sum(axis=1),
            rtol=2e-3,
            atol=4e-3,
            what=f"the context (for values of shape {values.shape})",
            hint="It was compared with the sum over time of your own weights times the values.",
        )


@pytest.mark.check("context", weight=4)
def test_context_is_the_weighted_sum(seen):
    """The context is the sum over time of the weights times the values."""
    hold_context(seen, "equal widths")


@pytest.mark.check("context")
def test_context_is_as_wide_as_the_values(seen):
    """Query and values may differ in width: the context is as wide as the values."""
    hold_context(seen, "unequal widths")


@pytest.mark.check("context")
def test_context_for_sizes_of_one(seen):
    """A batch of one, a single step and a single unit work, too: the context has shape (b, dv)."""
    for case in ("small batches", "all ones"):
        hold_context(seen, case)


# The mask


def shared_by(weights, mask):
    """Unmasked weights as they should be once the steps where ``mask`` holds share them."""
    kept = weights * mask
    return kept / kept.sum(axis=1, keepdims=True)


def hold_mask(weights, mask, expected):
    require(
        bool((weights[~mask] == 0).all()),
        "Steps whose mask is False have weights other than 0: up to "
        f"{np.abs(weights[~mask]).max(initial=0):.3g}.",
        "True means that a step may be attended to. Masked scores belong far below all others, "
        "before the softmax.",
    )
    assert_close(
        weights,
        expected,
        **CLOSE,
        what="the matrix of attention weights with a mask",
        hint="It was compared with the weights that your layer gives without a mask, shared "
        "among the steps whose mask is True.",
    )


def free_and_masked(student, layer, query, values, mask, *, by_name=True):
    """What the weights should be, worked out from those without a mask, and what they are."""
    (_, free), (_, weights) = attend(
        student, layer, (query, values), (query, values, mask), by_name=by_name
    )
    return shared_by(by_step(free, *mask.shape), mask), by_step(weights, *mask.shape)


@pytest.mark.check("masking", weight=3)
def test_masked_steps_get_nothing(student, rng, layers):
    """Masked steps get a weight of exactly 0; the others share the whole weight."""
    layer = randomised(student, rng, layers, EQUAL)
    for batch, steps in [(5, 7), (1, 6)]:
        mask = draw_mask(rng, batch, steps)
        inputs = draw_inputs(rng, batch, steps, EQUAL)
        expected, weights = free_and_masked(student, layer, *inputs, mask)
        hold_mask(weights, mask, expected)


@pytest.mark.check("masking")
def test_some_rows_are_not_masked(student, rng, layers):
    """A row whose mask is True everywhere is what it is without a mask (mask by position)."""
    layer = randomised(student, rng, layers, EQUAL)
    mask = draw_mask(rng, 4, 6)
    mask[int(rng.integers(4))] = True
    inputs = draw_inputs(rng, 4, 6, EQUAL)
    expected, weights = free_and_masked(student, layer, *inputs, mask, by_name=False)
    hold_mask(weights, mask, expected)


@pytest.mark.check("masking")
def test_masked_steps_get_nothing_where_scores_are_low(student, rng, layers):
    """Masked steps get exactly 0 also where all other scores are low."""
    query, values = np.ones((4, 4), "float32"), np.full((4, 6, 4), 2, "float32")
    layer = shared(student, layers, EQUAL)
    mask = draw_mask(rng, 4, 6)
    # All scores are -80; then 50 at masked steps and -50 at the others.
    opposite = np.where(mask[:, :, np.newaxis], -values, values)
    for level, shown in ((-80.0, values), (50.0, opposite)):
        saturate(student, layer, EQUAL[2], level)
        ((_, weights),) = attend(student, layer, (query, shown, mask))
        hold_mask(by_step(weights, 4, 6), mask, shared_by(np.ones((4, 6)), mask))


@pytest.mark.check("masking", weight=2)
def test_masked_values_do_not_matter(student, rng, layers):
    """What the values are at masked steps changes neither the weights nor the context."""
    layer = randomised(student, rng, layers, EQUAL)
    query, values = draw_inputs(rng, 5, 6, EQUAL)
    mask = draw_mask(rng, 5, 6)
    others = np.where(mask[:, :, np.newaxis], values, draw(rng, 5, 6, 4) + 20).astype("float32")
    expected, got = attend(student, layer, (query, values, mask), (query, others, mask))
    for what, before, after in zip(("context", "weights"), expected, got, strict=True):
        assert_close(
            after,
            before,
            **CLOSE,
            what=f"the array `{what}` after the values changed at masked steps only",
            hint="Is the context made with the weights that the mask went into?",
        )


@pytest.mark.check("masking")
def test_nothing_to_attend_to(student, rng, layers):
    """A row that is masked everywhere gives finite numbers and leaves the other rows alone."""
    layer = randomised(student, rng, layers, EQUAL)
    empty = int(rng.integers(4))
    for steps in (5, 1):
        mask = draw_mask(rng, 4, steps) if steps > 1 else np.ones((4, 1), bool)
        mask[empty] = False
        inputs = draw_inputs(rng, 4, steps, EQUAL)
        (_, free), (context, weights) = attend(student, layer, inputs, (*inputs, mask))
        free, weights = (by_step(each, 4, steps) for each in (free, weights))
        for what, array in {"weights": weights, "context": context}.items():
            require(
                bool(np.isfinite(array).all()),
                f"With a row that is masked everywhere, the {what} are not all finite.",
                "If all scores of a row are minus infinity, softmax divides 0 by 0. "
                "Use a very low, but finite number.",
            )
        rest = np.arange(4) != empty
        hold_mask(weights[rest], mask[rest], shared_by(free[rest], mask[rest]))


# The configuration


@pytest.mark.check("config", weight=2)
def test_config_has_all_entries(student, rng):
    """The config has the entries units, name, trainable and dtype."""
    units = int(rng.integers(5, 50))
    config = student.BahdanauAttention(units).get_config()
    require(config is not None, "get_config returns None.", "Return the dict at its end.")
    missing = {"units", "name", "trainable", "dtype"} - set(config)
    require(
        not missing,
        f"The config has no {' and no '.join(sorted(missing))}.",
        "Start from super().get_config(), add units, and return the dict.",
    )
    found = int(as_array(config["units"], what='the entry "units"').reshape(-1)[0])
    require(found == units, f"The layer was made with {units} units, but its config says {found}.")


@pytest.fixture(scope="module")
def rebuilt(student, rng_for):
    """What layers were made with, and what they and those rebuilt from their configs tell."""
    rng = rng_for("rebuilt")
    settings = [
        {
            "name": f"layer_{rng.integers(1000, 10000)}",
            "trainable": trainable,
            "units": int(rng.integers(5, 50)),
        }
        for trainable in (False, True)
    ]
    make = student.BahdanauAttention
    return settings, student.run(made_and_rebuilt, make, student.ship(rebuild), settings)


@pytest.mark.check("config", weight=2)
def test_from_config_restores_units(rebuilt):
    """from_config rebuilds a layer with as many units."""
    settings, (_, layers) = rebuilt
    for given, (*_, units) in zip(settings, layers, strict=True):
        require(
            units == given["units"],
            f"A layer with {given['units']} units was rebuilt from its config. The new one's "
            f"config says {units}.",
            "Does the config hold the units that the layer was given?",
        )


@pytest.mark.check("config", weight=2)
def test_keras_arguments(rebuilt):
    """name and trainable reach Keras from the constructor, and from_config restores them."""
    settings, found = rebuilt
    for what, layers in zip(("made", "rebuilt"), found, strict=True):
        for given, (name, trainable, _) in zip(settings, layers, strict=True):
            require(
                (name, trainable) == (given["name"], given["trainable"]),
                f"A layer {what} with name={given['name']!r} and trainable={given['trainable']} "
                f"has the name {name!r} and trainable={trainable}.",
                "Pass **kwargs on to super().__init__, and start the config from "
                "super().get_config().",
            )


# A good citizen


@pytest.fixture(scope="module")
def in_float32(student, layers, rng_for):
    """Weights of a layer, inputs without and with a mask, and what a float32 layer gives."""
    rng = rng_for("in_float32")
    inputs = draw_inputs(rng, 3, 5, EQUAL)
    mask = draw_mask(rng, 3, 5)
    # Where a row has one step left, its weight is 1 in every precision.
    mask[0] = rng.permutation([True, True, True, False, False])
    layer = randomised(student, rng, layers, EQUAL)
    calls = [inputs, (*inputs, mask)]
    return student.run(list_weights, layer), calls, attend(student, layer, *calls)


def under(student, in_float32, policy):
    """What a layer of that policy gives, without and with a mask, and its variables."""
    arrays, calls, _ = in_float32
    if policy == "float64":
        calls = [
            (query.astype(policy), values.astype(policy), *mask) for query, values, *mask in calls
        ]
    results, variables = student.run(
        under_policy,
        policy,
        student.BahdanauAttention,
        EQUAL[2],
        *(student.ship(function) for function in (call_all, set_weights)),
        arrays,
        calls,
    )
    require(bool(variables), "Keras knows no weights of the layer.", "Make them in build.")
    return [pair(result) for result in results], variables


def assert_the_same(got, expected, policy, tolerance):
    for case, results, wanted in zip(("without", "with"), got, expected, strict=True):
        for what, array, other in zip(("context", "weights"), results, wanted, strict=True):
            assert_close(
                array,
                other,
                rtol=tolerance,
                atol=tolerance,
                what=f"the array `{what}` under {policy}, {case} a mask,",
                hint="It was compared with what your layer gives in float32.",
            )


@pytest.mark.check("keras_citizen", weight=3)
def test_mixed_precision(student, in_float32):
    """Under mixed_float16 the layer works with and without a mask; its variables are float32."""
    got, variables = under(student, in_float32, "mixed_float16")
    for variable in variables:
        assert_dtype(variable, "float32", what="a variable under mixed_float16")
    for context, weights in got:
        assert_dtype(context, "float16", what="the context under mixed_float16")
        found = weights.dtype.name
        require(
            found in ("float16", "float32"),
            f"Under mixed_float16 the attention weights have dtype {found}.",
        )
    assert_the_same(got, in_float32[-1], "mixed_float16", 0.05)


@pytest.mark.check("keras_citizen")
def test_float64(student, in_float32):
    """Under a float64 policy, variables and results are float64, with and without a mask."""
    got, variables = under(student, in_float32, "float64")
    for array in variables:
        assert_dtype(array, "float64", what="a variable under a float64 policy")
    for context, weights in got:
        assert_dtype(context, "float64", what="the context under a float64 policy")
        assert_dtype(weights, "float64", what="the weights under a float64 policy")
        require(
            bool(np.ptp(weights) == 0 or (weights != weights.astype("float32")).any()),
            "Under a float64 policy the weights have only the precision of float32.",
            "Does call cast something to float32?",
        )
    assert_the_same(got, in_float32[-1], "float64", 5e-3)


@pytest.mark.check("keras_citizen", weight=2)
def test_works_in_a_graph(student, rng, layers):
    """Inside tf.function, where b and t are unknown, it gives the same as outside of it."""
    batches = [draw_inputs(rng, *sizes, EQUAL) for sizes in [(3, 5), (4, 1)]]
    layer = randomised(student, rng, layers, EQUAL)
    wanted = attend(student, layer, *batches)
    for results, expected in zip(student.run(in_graph, layer, batches), wanted, strict=True):
        for what, array, other in zip(("context", "weights"), results, expected, strict=True):
            assert_close(
                array,
                other,
                **CLOSE,
                what=f"the array `{what}` inside tf.function",
                hint="In a graph, sizes may be unknown and there are no numbers yet.",
            )


@pytest.mark.check("keras_citizen", weight=3)
def test_works_on_symbolic_inputs(student, rng):
    """A model with keras.Input of unknown length can be made of it, with a mask."""
    batch = (*draw_inputs(rng, 3, 5, EQUAL), draw_mask(rng, 3, 5))
    results = student.run(
        as_model, student.BahdanauAttention, EQUAL[:2], student.ship(call_all), batch
    )
    for what, array, other in zip(("context", "weights"), *map(pair, results), strict=True):
        assert_close(
            array,
            other,
            **CLOSE,
            what=f"the array `{what}` of the model",
            hint="In a graph, sizes may be unknown and there are no numbers yet.",
        )


@pytest.mark.check("keras_citizen", weight=2)
def test_can_be_trained(student, rng, layers):
    """Keras knows all weights as trainable, and gradients reach each of them and the values."""
    layer = randomised(student, rng, layers, EQUAL)
    total, trainable = len(student.run(list_weights, layer)), len(layer.trainable_weights)
    require(
        0 < trainable == total,
        f"Of the layer's {total} weights, {trainable} are in layer.trainable_weights.",
        "Make them with Keras, in __init__ or build: sub-layers, or self.add_weight.",
    )
    found = student.run(gradients, layer, *draw_inputs(rng, 4, 5, EQUAL))
    require(
        all(part is not None and np.isfinite(part).all() for part in found),
        "No gradient reaches some of the weights, or the values.",
        "Is everything in call an operation of TensorFlow or Keras, and differentiable?",
    )


@pytest.mark.check("keras_citizen")
def test_a_call_changes_nothing(student, rng, layers):
    """The same inputs give the same results again."""
    query, values = draw_inputs(rng, 4, 5, EQUAL)
    calls = [(query, values), (query[:2] + 1, values[:2, :3] - 1), (query, values)]
    first, _, later = attend(student, randomised(student, rng, layers, EQUAL), *calls)
    for what, array, other in zip(("context", "weights"), later, first, strict=True):
        assert_close(
            array,
            other,
            **CLOSE,
            what=f"the array `{what}` of a later call with the same inputs",
            hint="Are weights, or layers that hold them, made or changed in call?",
        )
