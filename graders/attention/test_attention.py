import itertools

import numpy as np
import pytest

from proctor.judge import (
    as_array,
    assert_close,
    assert_dtype,
    assert_shape,
    is_a,
    require,
)

# Wide enough for the ten-bit products of a GPU (TF32).
CLOSE = {"rtol": 5e-3, "atol": 1e-3}


def list_weights(layer):
    tracked = list(layer.weights)
    others = [part for part in vars(layer).values() if isinstance(part, tf.Variable)]
    return [np.asarray(weight) for weight in tracked + others]


def set_weights(layer, arrays):
    tracked = list(layer.weights)
    others = [part for part in vars(layer).values() if isinstance(part, tf.Variable)]
    for weight, array in zip(tracked + others, arrays):  # noqa: B905
        weight.assign(array)


def under_policy(policy, make, units, set_weights, arrays, query, values, mask):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        layer = make(units)
        layer(query, values)
        set_weights(layer, arrays)
        results = [layer(query, values), layer(query, values, mask=mask)]
        results = [[np.asarray(part) for part in result] for result in results]
        return results, [np.asarray(weight) for weight in layer.weights]
    finally:
        keras.config.set_dtype_policy(before)


def rebuild(layer):
    return type(layer).from_config(layer.get_config())


def in_graph(layer, widths, batches, masked):
    specs = [
        tf.TensorSpec([None, widths[0]], "float32"),
        tf.TensorSpec([None, None, widths[1]], "float32"),
        tf.TensorSpec([None, None], "bool"),
    ]
    # AutoGraph leaves Keras layers as they are: it would work on what is written here only.
    if masked:

        @tf.function(input_signature=specs, autograph=False)
        def traced(query, values, mask):
            return layer(query, values, mask=mask)
    else:

        @tf.function(input_signature=specs[:2], autograph=False)
        def traced(query, values):
            return layer(query, values)

        batches = [batch[:2] for batch in batches]
    return [
        [np.asarray(part) for part in traced(*[tf.constant(part) for part in batch])]
        for batch in batches
    ]


def as_model(layer, widths):
    query, values = keras.Input((widths[0],)), keras.Input((None, widths[1]))
    mask = keras.Input((None,), dtype="bool")
    context, weights = layer(query, values, mask=mask)
    return keras.Model([query, values, mask], [context, weights])


def gradients(layer, query, values, factors):
    values = tf.constant(values)
    with tf.GradientTape() as tape:
        tape.watch(values)
        total = sum(
            tf.reduce_sum(tf.multiply(*pair))
            for pair in zip(factors, layer(query, values))  # noqa: B905
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


def attend(layer, *inputs, **mask):
    """The context and the attention weights, fetched."""
    return pair(layer(*inputs, **mask))


def pair(results):
    require(
        isinstance(results, tuple | list) or is_a(results, "tuple", "list"),
        "The layer returned one result instead of two.",
        "End call with `return context, weights`.",
    )
    parts = list(results)
    require(
        len(parts) == 2,
        f"The layer returned {len(parts)} results instead of two.",
        "End call with `return context, weights`.",
    )
    return as_array(parts[0], what="the context"), as_array(parts[1], what="the weights")


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
    """The layers that tests share, by their units and the widths of query and values."""
    return {}


def shared(student, layers, units, *inputs):
    """A layer that has seen inputs of such widths; what its weights are is left to the test.

    Making a layer takes longer than calling it, and a layer may be called as often as one likes.
    """
    # A kernel that takes the place of one that hung has none of its layers.
    kernel = student.ship(set_weights)
    if layers.get("kernel") is not kernel:
        layers.clear()
        layers["kernel"] = kernel
    key = (units, *(part.shape[-1] for part in inputs))
    if key not in layers:
        layer = student.BahdanauAttention(units)
        layer(*inputs)
        layers[key] = layer
    return layers[key]


def randomised(student, rng, layers, units, *inputs):
    """A layer that has seen such inputs, with numbers drawn here in all of its weights."""
    layer = shared(student, layers, units, *inputs)
    shapes = [array.shape for array in student.run(list_weights, layer)]
    student.run(set_weights, layer, [draw(rng, *shape) for shape in shapes])
    return layer


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


def hold_formula(student, rng, layers, widths, units, sizes):
    """Hold one layer, called with batches of several sizes, against the formula."""
    batches = [draw_inputs(rng, batch, steps, widths) for batch, steps in sizes]
    layer = randomised(student, rng, layers, units, *batches[0])
    arrays = student.run(list_weights, layer)
    found = list(readings(arrays, widths, units))
    require(
        bool(found),
        f"With queries of width {widths[0]}, values of width {widths[1]} and {units} units, the "
        f"weights of the layer have the shapes {[array.shape for array in arrays]}.",
        f"There should be a W1 of shape {(widths[0], units)}, a W2 of shape {(widths[1], units)} "
        f"and a V of shape {(units, 1)} or {(units,)}, made in __init__ or build.",
    )
    got = [
        by_step(attend(layer, *batch)[1], *size) for batch, size in zip(batches, sizes, strict=True)
    ]
    wanted = [[formula(reading, *batch) for batch in batches] for reading in found]
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


@pytest.mark.check("score", weight=1.5)
@pytest.mark.parametrize(
    ("dq", "dv", "units"), [(5, 3, 4), (3, 4, 6), (4, 6, 2)], ids=["wide", "narrow", "two_units"]
)
def test_weights_follow_the_formula(student, rng, layers, dq, dv, units):
    """The weights are the softmax over time of V · tanh(W1 · query + W2 · values)."""
    hold_formula(student, rng, layers, (dq, dv), units, [(4, 6), (2, 9), (5, 5)])


@pytest.mark.check("score", weight=1.5)
def test_equal_widths(student, rng, layers):
    """Where query and values have the same width, W1 and W2 are still two different weights."""
    hold_formula(student, rng, layers, (5, 5), 3, [(4, 6), (3, 3)])


@pytest.mark.check("score")
def test_shape_of_the_weights(student, rng, layers):
    """The weights have shape (b, t, 1), also where sizes are one."""
    layer = shared(student, layers, 4, *draw_inputs(rng, 3, 5, (3, 3)))
    for batch, steps in [(3, 5), (4, 4), (1, 5), (3, 1), (1, 1)]:
        _, weights = attend(layer, *draw_inputs(rng, batch, steps, (3, 3)))
        assert_shape(
            weights,
            (batch, steps, 1),
            what=f"the array of weights for a batch of {batch} and {steps} steps",
            hint="Keep all axes, also those of size one.",
        )


@pytest.mark.check("score")
def test_weights_sum_to_one(student, rng, layers):
    """The weights are not negative, and for each sample they sum to one over time."""
    inputs = draw_inputs(rng, 5, 4, (4, 4))
    layer = randomised(student, rng, layers, 3, *inputs)
    for batch, steps in [(5, 4), (2, 7), (1, 6), (3, 1)]:
        inputs = draw_inputs(rng, batch, steps, (4, 4))
        weights = by_step(attend(layer, *inputs)[1], batch, steps)
        require(bool((weights >= 0).all()), "Some attention weights are negative, or not numbers.")
        assert_close(
            weights.sum(axis=1),
            np.ones(batch),
            rtol=1e-4,
            what=f"the sum of the weights over time (batch {batch}, {steps} steps)",
            hint="Softmax has an argument `axis`. Which axis is time?",
        )


@pytest.mark.check("score")
def test_large_scores(student, rng, layers):
    """Scores of several hundred, positive or negative, give finite and right weights."""
    query = rng.choice([-1.0, 1.0], size=(6, 3)).astype("float32")
    values = rng.choice([-1.0, 1.0], size=(6, 5, 4)).astype("float32")
    query[0], values[0], query[1], values[1] = 1, 1, -1, -1
    sign = np.sign(query.sum(axis=-1)[:, np.newaxis] + values.sum(axis=-1))
    layer = shared(student, layers, 6, query, values)
    for level in (900.0, -900.0):
        saturate(student, layer, 6, level)
        assert_close(
            by_step(attend(layer, query, values)[1], 6, 5),
            softmax(level * sign.astype("float64")),
            **CLOSE,
            what="the matrix of attention weights for scores of ±900",
            hint="exp overflows: leave the softmax to TensorFlow or Keras, or subtract each "
            "sample's largest score first.",
        )


# The context


def hold_context(layer, query, values):
    context, weights = attend(layer, query, values)
    batch, steps = values.shape[:2]
    assert_close(
        context,
        (by_step(weights, batch, steps)[:, :, np.newaxis] * values).sum(axis=1),
        rtol=2e-3,
        atol=4e-3,
        what=f"the context (for values of shape {values.shape})",
        hint="It was compared with the sum over time of your own weights times the values.",
    )


@pytest.mark.check("context", weight=2)
@pytest.mark.parametrize(("width", "units"), [(5, 3), (4, 4)], ids=["unequal", "equal"])
def test_context_is_the_weighted_sum(student, rng, layers, width, units):
    """The context is the sum over time of the weights times the values."""
    inputs = draw_inputs(rng, 4, 6, (width, width))
    layer = randomised(student, rng, layers, units, *inputs)
    hold_context(layer, *inputs)
    hold_context(layer, *draw_inputs(rng, width, width, (width, width)))


@pytest.mark.check("context")
def test_context_is_as_wide_as_the_values(student, rng, layers):
    """Query and values may differ in width: the context is as wide as the values."""
    for widths in [(1, 5), (4, 1)]:
        inputs = draw_inputs(rng, 3, 4, widths)
        layer = randomised(student, rng, layers, 4, *inputs)
        hold_context(layer, *inputs)


@pytest.mark.check("context")
def test_context_for_sizes_of_one(student, rng, layers):
    """A batch of one, a single step and a single unit work, too: the context has shape (b, dv)."""
    for units in (4, 1):
        inputs = draw_inputs(rng, 2, 4, (3, 3))
        layer = randomised(student, rng, layers, units, *inputs)
        for batch, steps in [(2, 4), (1, 5), (3, 1), (1, 1)]:
            hold_context(layer, *draw_inputs(rng, batch, steps, (3, 3)))


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


@pytest.mark.check("masking", weight=3)
def test_masked_steps_get_nothing(student, rng, layers):
    """Masked steps get a weight of exactly 0; the others share the whole weight."""
    layer = randomised(student, rng, layers, 4, *draw_inputs(rng, 5, 7, (3, 3)))
    for batch, steps in [(5, 7), (5, 7), (4, 4), (1, 6)]:
        inputs = draw_inputs(rng, batch, steps, (3, 3))
        free = by_step(attend(layer, *inputs)[1], batch, steps)
        mask = draw_mask(rng, batch, steps)
        weights = by_step(attend(layer, *inputs, mask=mask)[1], batch, steps)
        hold_mask(weights, mask, shared_by(free, mask))


@pytest.mark.check("masking")
def test_some_rows_are_not_masked(student, rng, layers):
    """A row whose mask is True everywhere is what it is without a mask (mask by position)."""
    inputs = draw_inputs(rng, 4, 6, (3, 3))
    layer = randomised(student, rng, layers, 4, *inputs)
    free = by_step(attend(layer, *inputs)[1], 4, 6)
    mask = draw_mask(rng, 4, 6)
    mask[int(rng.integers(4))] = True
    hold_mask(by_step(attend(layer, *inputs, mask)[1], 4, 6), mask, shared_by(free, mask))
    weights = by_step(attend(layer, *inputs, np.ones((4, 6), bool))[1], 4, 6)
    assert_close(weights, free, **CLOSE, what="the matrix of weights if the mask is all True")


@pytest.mark.check("masking")
def test_masked_steps_get_nothing_where_scores_are_low(student, rng, layers):
    """Masked steps get exactly 0 also where all other scores are low."""
    query, values = np.ones((4, 3), "float32"), np.full((4, 6, 3), 2, "float32")
    layer = shared(student, layers, 4, query, values)
    mask = draw_mask(rng, 4, 6)
    # All scores are -80; then 50 at masked steps and -50 at the others.
    opposite = np.where(mask[:, :, np.newaxis], -values, values)
    for level, shown in ((-80.0, values), (50.0, opposite)):
        saturate(student, layer, 4, level)
        weights = by_step(attend(layer, query, shown, mask=mask)[1], 4, 6)
        hold_mask(weights, mask, shared_by(np.ones((4, 6)), mask))


@pytest.mark.check("masking", weight=2)
def test_masked_values_do_not_matter(student, rng, layers):
    """What the values are at masked steps changes neither the weights nor the context."""
    query, values = draw_inputs(rng, 5, 6, (4, 4))
    layer = randomised(student, rng, layers, 3, query, values)
    mask = draw_mask(rng, 5, 6)
    others = np.where(mask[:, :, np.newaxis], values, draw(rng, 5, 6, 4) + 20)
    expected = attend(layer, query, values, mask=mask)
    got = attend(layer, query, others.astype("float32"), mask=mask)
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
    layer = randomised(student, rng, layers, 4, *draw_inputs(rng, 4, 5, (3, 3)))
    for steps in (5, 1):
        hold_empty_row(rng, layer, draw_inputs(rng, 4, steps, (3, 3)), steps)


def hold_empty_row(rng, layer, inputs, steps):
    free = by_step(attend(layer, *inputs)[1], 4, steps)
    mask = draw_mask(rng, 4, steps) if steps > 1 else np.ones((4, 1), bool)
    empty = int(rng.integers(4))
    mask[empty] = False
    context, weights = attend(layer, *inputs, mask=mask)
    weights = by_step(weights, 4, steps)
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


@pytest.mark.check("config", weight=2)
def test_from_config_restores_units(student, rng):
    """from_config rebuilds a layer with as many units."""
    inputs = draw_inputs(rng, 3, 4, (3, 3))
    layer = student.BahdanauAttention(int(rng.integers(5, 50)))
    attend(layer, *inputs)
    rebuilt = student.run(rebuild, layer)
    attend(rebuilt, *inputs)
    before, after = (
        sorted(array.shape for array in student.run(list_weights, each))
        for each in (layer, rebuilt)
    )
    require(
        before == after,
        f"The weights of the layer had the shapes {before}, those of the layer rebuilt from "
        f"its config have {after}.",
        "Does the config hold the units that the layer was given?",
    )


@pytest.mark.check("config", weight=2)
def test_keras_arguments(student, rng):
    """name and trainable reach Keras from the constructor, and from_config restores them."""
    for trainable in (False, True):
        name = f"layer_{int(rng.integers(1000, 10000))}"
        layer = student.BahdanauAttention(3, name=name, trainable=trainable)
        for what, each in {"made": layer, "rebuilt": student.run(rebuild, layer)}.items():
            found = [each.name, each.trainable]
            require(
                found == [name, trainable],
                f"A layer {what} with name={name!r} and trainable={trainable} has the "
                f"name {found[0]!r} and trainable={found[1]}.",
                "Pass **kwargs on to super().__init__, and start the config from "
                "super().get_config().",
            )


# A good citizen


def under(student, rng, layers, policy):
    """What a float32 layer gives, without and with a mask, and one of that policy."""
    query, values = draw_inputs(rng, 3, 5, (4, 4))
    mask = draw_mask(rng, 3, 5)
    # Where a row has one step left, its weight is 1 in every precision.
    mask[0] = rng.permutation([True, True, True, False, False])
    layer = randomised(student, rng, layers, 3, query, values)
    expected = [attend(layer, query, values), attend(layer, query, values, mask=mask)]
    if policy == "float64":
        query, values = query.astype("float64"), values.astype("float64")
    results, variables = student.run(
        under_policy,
        policy,
        student.BahdanauAttention,
        3,
        student.ship(set_weights),
        student.run(list_weights, layer),
        query,
        values,
        mask,
    )
    require(bool(variables), "Keras knows no weights of the layer.", "Make them in build.")
    return expected, [pair(result) for result in results], variables


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
def test_mixed_precision(student, rng, layers):
    """Under mixed_float16 the layer works with and without a mask; its variables are float32."""
    expected, got, variables = under(student, rng, layers, "mixed_float16")
    for variable in variables:
        assert_dtype(variable, "float32", what="a variable under mixed_float16")
    for context, weights in got:
        assert_dtype(context, "float16", what="the context under mixed_float16")
        found = weights.dtype.name
        require(
            found in ("float16", "float32"),
            f"Under mixed_float16 the attention weights have dtype {found}.",
        )
    assert_the_same(got, expected, "mixed_float16", 0.05)


@pytest.mark.check("keras_citizen")
def test_float64(student, rng, layers):
    """Under a float64 policy, variables and results are float64, with and without a mask."""
    expected, got, variables = under(student, rng, layers, "float64")
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
    assert_the_same(got, expected, "float64", 5e-3)


@pytest.mark.check("keras_citizen", weight=3)
def test_works_in_a_graph(student, rng, layers):
    """Inside tf.function, b and t unknown, with and without a mask: the same as outside of it."""
    sizes = [(3, 5), (1, 4), (4, 1), (2, 2)]
    batches = [
        (*draw_inputs(rng, batch, steps, (4, 4)), np.ones((batch, steps), bool))
        for batch, steps in sizes
    ]
    batches[0][2][:, 2:] = False
    layer = randomised(student, rng, layers, 3, *batches[0][:2])
    for masked in (False, True):
        got = student.run(in_graph, layer, (4, 4), batches, masked)
        for batch, results in zip(batches, got, strict=True):
            expected = attend(layer, *(batch if masked else batch[:2]))
            for what, array, other in zip(("context", "weights"), results, expected, strict=True):
                assert_close(
                    array,
                    other,
                    **CLOSE,
                    what=f"the array `{what}` inside tf.function",
                    hint="In a graph, sizes may be unknown and there are no numbers yet.",
                )


@pytest.mark.check("keras_citizen", weight=2)
def test_works_on_symbolic_inputs(student, rng):
    """A model with keras.Input of unknown length can be made of it, with a mask."""
    layer = student.BahdanauAttention(3)
    model = student.run(as_model, layer, (4, 4))
    for batch, steps in [(3, 5), (1, 2)]:
        inputs = draw_inputs(rng, batch, steps, (4, 4))
        mask = draw_mask(rng, batch, steps)
        got, expected = pair(model([*inputs, mask])), attend(layer, *inputs, mask=mask)
        for what, array, other in zip(("context", "weights"), got, expected, strict=True):
            assert_close(array, other, **CLOSE, what=f"the array `{what}` of the model")


@pytest.mark.check("keras_citizen", weight=2)
def test_can_be_trained(student, rng, layers):
    """Keras knows all weights as trainable, and gradients reach each of them and the values."""
    query, values = draw_inputs(rng, 4, 5, (3, 3))
    layer = randomised(student, rng, layers, 4, query, values)
    total, trainable = len(student.run(list_weights, layer)), len(layer.trainable_weights)
    require(
        0 < trainable == total,
        f"Of the layer's {total} weights, {trainable} are in layer.trainable_weights.",
        "Make them with Keras, in __init__ or build: sub-layers, or self.add_weight.",
    )
    factors = [draw(rng, *part.shape) for part in attend(layer, query, values)]
    found = student.run(gradients, layer, query, values, factors)
    require(
        all(part is not None and np.isfinite(part).all() for part in found),
        "No gradient reaches some of the weights, or the values.",
        "Is everything in call an operation of TensorFlow or Keras, and differentiable?",
    )


@pytest.mark.check("keras_citizen")
def test_a_call_changes_nothing(student, rng):
    """The same inputs give the same results again."""
    layer = student.BahdanauAttention(3)
    query, values = draw_inputs(rng, 4, 5, (3, 3))
    first = attend(layer, query, values)
    attend(layer, query[:2] + 1, values[:2, :3] - 1)
    for what, array, other in zip(
        ("context", "weights"), attend(layer, query, values), first, strict=True
    ):
        assert_close(
            array,
            other,
            **CLOSE,
            what=f"the array `{what}` of a later call with the same inputs",
            hint="Are weights, or layers that hold them, made or changed in call?",
        )
