import numpy as np
import pytest

from proctor.judge import as_array, is_a, require, type_name

NEUTRAL = {"OptionsDataset", "AssertCardinalityDataset"}


def read_batches(pipeline, elements):
    batches, seen = [], 0
    for batch in pipeline.take(elements).as_numpy_iterator():
        batches.append(batch)
        seen += len(np.atleast_1d(tf.nest.flatten(batch)[-1]))
        if seen >= elements:
            break
    return batches


def graph_of(pipeline):
    """The nodes of the pipeline's graph: name, op, inputs, and the value of a whole number."""
    try:
        text = pipeline._as_serialized_graph().numpy()
    except tf.errors.OpError:
        nodes, step = [("end", "_Retval", ["0"], None)], pipeline
        while True:
            inputs = step._inputs()
            following = [str(len(nodes))] if inputs else []
            name = str(type(step)).rsplit(".", 1)[-1].strip("_<>'")
            nodes.append((str(len(nodes) - 1), name, following, None))
            if not inputs:
                return nodes
            step = inputs[0]
    nodes = []
    for node in tf.compat.v1.GraphDef.FromString(text).node:
        value = None
        tensor = node.attr["value"].tensor
        if node.op == "Const" and tensor.dtype == 9 and not tensor.tensor_shape.dim:
            value = int(tf.make_ndarray(tensor))
        nodes.append((node.name, node.op, list(node.input), value))
    return nodes


def draw_globally():
    drawn = tf.random.uniform((8,)).numpy().tolist()
    return drawn, np.random.uniform(size=8).tolist()


def unseed():
    tf.random.set_seed(None)
    np.random.seed(None)


def build(student, dataset, batch_size, shuffle_buffer, **seed):
    pipeline = student.make_pipeline(dataset, batch_size, shuffle_buffer, **seed)
    require(
        is_a(pipeline, "tf.data.Dataset"),
        f"make_pipeline returned a {type_name(pipeline)}, not a tf.data.Dataset.",
        "Does it return the dataset with all its steps, not an iterator or None?",
    )
    return pipeline


def pairs(student, rng, n):
    """A dataset of n pairs (features, number), where number says the place in the dataset."""
    features = rng.normal(size=(n, 2)).astype("float32")
    return student.tf.data.Dataset.from_tensor_slices((features, np.arange(n)))


def numbers(student, pipeline, elements):
    """Read a pipeline of pairs: an array of numbers for each batch, until `elements` came."""
    batches = student.run(read_batches, pipeline, elements)
    require(
        all(isinstance(batch, tuple) and len(batch) == 2 for batch in batches),
        "The dataset's elements are pairs, but the pipeline's batches are not.",
        "A batch of pairs is a pair of arrays, one with all features and one with all labels.",
    )
    return [np.atleast_1d(as_array(batch[1], what="a batch of labels")) for batch in batches]


def flow(student, pipeline, elements):
    """The numbers of a pipeline of pairs one after the other, the batches forgotten."""
    batches = numbers(student, pipeline, elements)
    require(len(batches) > 0, "Not a single batch came out of the pipeline.")
    return np.concatenate(batches)[:elements]


def epochs_of(student, pipeline, n, count):
    """The first `count` epochs, each a list of n numbers; at least two."""
    stream = flow(student, pipeline, n * count)
    whole = len(stream) // n
    require(
        whole >= 2,
        f"A pipeline made from {n} elements ended after {len(stream)} elements, "
        "so it has no second epoch.",
        "Which step starts the dataset again when it is used up?",
    )
    return stream[: n * whole].reshape(whole, n)


def ahead_of_its_place(order):
    """By how many places the element that was moved forward most came early."""
    return int(np.max(order - np.arange(len(order))))


# --- steps


@pytest.mark.check("steps")
def test_steps_round_up(student, rng):
    """A last batch that is only partly needed counts as a step."""
    for _ in range(8):
        batch_size = int(rng.integers(3, 500))
        whole = int(rng.integers(0, 900))
        for rest in (1, int(rng.integers(1, batch_size)), batch_size - 1):
            n = whole * batch_size + rest
            steps = as_array(student.count_steps(n, batch_size), what="count_steps")
            require(
                steps.shape == () and steps == whole + 1,
                f"count_steps({n}, {batch_size}) is {steps}, but {whole + 1} steps are needed to "
                "show each element at least once.",
                f"{whole} full batches show {whole * batch_size} of {n} elements.",
            )


@pytest.mark.check("steps")
def test_no_step_too_many(student, rng):
    """Where the batches come out even, there is no extra step."""
    for _ in range(8):
        batch_size, whole = (int(k) for k in rng.integers(1, 800, size=2))
        n = whole * batch_size
        steps = as_array(student.count_steps(n, batch_size), what="count_steps")
        require(
            steps.shape == () and steps == whole,
            f"count_steps({n}, {batch_size}) is {steps}, but {whole} full batches show "
            f"exactly {n} elements.",
        )


@pytest.mark.check("steps")
def test_steps_are_an_int(student, rng):
    """The result is an int, and 0 steps are needed for 0 elements."""
    for n in (0, int(rng.integers(1, 20)), int(rng.integers(100, 1000))):
        batch_size = int(rng.integers(20, 50))
        steps = student.count_steps(n, batch_size)
        whole_number = type(steps) is int or (
            isinstance(steps, np.generic | np.ndarray)
            and steps.shape == ()
            and steps.dtype.kind in "iu"
        )
        kind = steps.dtype.name if isinstance(steps, np.ndarray) else type_name(steps)
        require(
            whole_number,
            f"count_steps({n}, {batch_size}) is of type {kind}, not int.",
            "`steps_per_epoch` counts batches, and there are no half batches: give back an int.",
        )
        require(
            steps == -(-n // batch_size),
            f"count_steps({n}, {batch_size}) is {steps}, not {-(-n // batch_size)}.",
        )


# --- batches


def require_full(batches, batch_size, n, wanted):
    sizes = [len(batch) for batch in batches]
    for place, size in enumerate(sizes[:wanted], start=1):
        require(
            size == batch_size,
            f"With {n} elements and batch_size={batch_size}, batch {place} holds {size} elements.",
            "Batches run on across the end of an epoch. Does your pipeline cut the batches "
            "before or after it starts the data again?",
        )
    require(
        len(sizes) >= wanted,
        f"With {n} elements and batch_size={batch_size}, the pipeline ended after "
        f"{len(sizes)} batches. It has to be endless.",
    )


@pytest.mark.check("batches", weight=2)
def test_every_batch_is_full(student, rng):
    """Every batch has batch_size elements, also where the epoch ends in the middle of it."""
    for _ in range(3):
        batch_size = int(rng.integers(4, 9))
        n = batch_size * int(rng.integers(2, 5)) + int(rng.integers(1, batch_size))
        wanted = -(-4 * n // batch_size)
        pipeline = build(student, pairs(student, rng, n), batch_size, n)
        batches = numbers(student, pipeline, wanted * batch_size)
        require_full(batches, batch_size, n, wanted)


@pytest.mark.check("batches")
def test_batch_larger_than_the_dataset(student, rng):
    """A batch that is larger than the dataset is full, too: it spans several epochs."""
    n = int(rng.integers(3, 6))
    batch_size = int(rng.integers(8, 20))
    pipeline = build(student, pairs(student, rng, n), batch_size, n)
    require_full(numbers(student, pipeline, 5 * batch_size), batch_size, n, 5)


@pytest.mark.check("batches")
def test_endless(student, rng):
    """The pipeline does not end."""
    pipeline = build(student, pairs(student, rng, 2), 16, 2)
    length = int(pipeline.cardinality())
    require(
        length < 0,
        f"tf.data says that the pipeline for 2 elements ends; number of batches: {length}.",
        "How often does the data start again if you give no number at all?",
    )
    came = len(flow(student, pipeline, 2400))
    require(
        came == 2400,
        f"The pipeline for a dataset of 2 elements ended after {came} elements.",
        "How often does the data start again if you give no number at all?",
    )


# --- epochs


@pytest.mark.check("epochs", weight=3)
@pytest.mark.parametrize("buffer", ["part", "more"])
def test_each_epoch_shows_every_element_once(student, rng, buffer):
    """Each run of n elements, counted from the first, holds every element exactly once."""
    batch_size = int(rng.choice([6, 7]))
    n = int(rng.choice([41, 43, 47, 53]))
    shuffle_buffer = 32 if buffer == "part" else n + int(rng.integers(0, 20))
    pipeline = build(student, pairs(student, rng, n), batch_size, shuffle_buffer)
    for number, epoch in enumerate(epochs_of(student, pipeline, n, 3), start=1):
        missing = n - len(np.unique(epoch))
        require(
            np.array_equal(np.sort(epoch), np.arange(n)),
            f"With {n} elements, batch_size={batch_size} and shuffle_buffer={shuffle_buffer}: in "
            f"epoch {number}, {missing} elements did not appear at all, and others came twice or "
            "belong to another epoch.",
            "Does one epoch mix with the next in the shuffle buffer? Is a part of the data thrown "
            "away at the end of an epoch, or drawn with replacement?",
        )


@pytest.mark.check("epochs", weight=2)
@pytest.mark.parametrize("seed", [None, "given"])
def test_each_epoch_has_an_order_of_its_own(student, rng, seed):
    """Every epoch comes in a new order, without a seed and with one."""
    seed = None if seed is None else int(rng.integers(1, 2**31))
    pipeline = build(student, pairs(student, rng, 36), 6, 36, seed=seed)
    epochs = epochs_of(student, pipeline, 36, 4)
    for place, epoch in enumerate(epochs):
        for earlier in range(place):
            require(
                not np.array_equal(epoch, epochs[earlier]),
                f"With seed={seed}, epoch {place + 1} comes in the same order as epoch "
                f"{earlier + 1}, beginning with elements {', '.join(map(str, epoch[:6]))}.",
                "Is the data shuffled anew each time it starts again, or shuffled once and then "
                "kept and repeated?",
            )


@pytest.mark.check("epochs", weight=3)
def test_elements_are_shuffled_not_batches(student, rng):
    """The elements that share a batch are not always neighbours in the dataset."""
    batch_size = int(rng.integers(6, 9))
    n = batch_size * 5
    pipeline = build(student, pairs(student, rng, n), batch_size, n)
    stream = flow(student, pipeline, 2 * n)
    groups = [
        np.sort(group) for group in np.split(stream, range(batch_size, len(stream), batch_size))
    ]
    neighbours = [bool(np.all(np.diff(group) == 1)) for group in groups]
    require(
        not all(neighbours),
        "Each batch holds elements that stand side by side in the dataset, such as "
        f"{', '.join(map(str, groups[0]))}: the order of whole batches changes at most, "
        "never who shares a batch with whom.",
        "What does shuffle see: single elements, or batches?",
    )


def leaves(thing, path="batch"):
    if isinstance(thing, dict):
        return {
            place: leaf
            for key in thing
            for place, leaf in leaves(thing[key], f"{path}[{key!r}]").items()
        }
    if isinstance(thing, tuple):
        return {
            place: leaf
            for key, part in enumerate(thing)
            for place, leaf in leaves(part, f"{path}[{key}]").items()
        }
    return {path: thing}


@pytest.mark.check("epochs")
@pytest.mark.parametrize("structure", ["pair", "dict", "nested", "single"])
def test_parts_of_an_element_stay_together(student, rng, structure):
    """Batches have the structure and the dtypes of the elements, whose parts stay together."""
    n, batch_size = int(rng.integers(31, 40)), 8
    key = np.arange(n, dtype="int32")
    image = rng.integers(0, 256, size=(n, 3, 2)).astype("uint8")
    weight = rng.uniform(size=n)
    parts = {
        "pair": (image, key),
        "dict": {"image": image, "key": key},
        "nested": ({"image": image, "weight": weight}, key),
        "single": key,
    }[structure]
    dataset = student.tf.data.Dataset.from_tensor_slices(parts)
    table = leaves(parts)
    place_of_key = next(place for place, leaf in table.items() if leaf is key)
    for seed in (None, int(rng.integers(1, 2**31))):
        pipeline = build(student, dataset, batch_size, n, seed=seed)
        for batch in student.run(read_batches, pipeline, 2 * n):
            found = leaves(batch)
            require(
                found.keys() == table.keys(),
                f"The elements have the parts {sorted(table)}, the batches {sorted(found)}.",
                "Batching adds an axis to each part of an element and leaves the structure alone.",
            )
            which = np.atleast_1d(as_array(found[place_of_key], what="the batch"))
            require(
                which.dtype.kind in "iu"
                and which.size > 0
                and which.min() >= 0
                and which.max() < n,
                f"`{place_of_key}` holds values that are not in the dataset.",
            )
            for place, leaf in found.items():
                part = as_array(leaf, what=place)
                require(
                    part.dtype == table[place].dtype,
                    f"`{place}` has dtype {part.dtype}, its elements have {table[place].dtype}.",
                )
                wanted = table[place][which]
                if part.ndim < wanted.ndim:
                    wanted = wanted[0]
                require(
                    np.array_equal(part, wanted),
                    f"`{place}` does not belong to `{place_of_key}`: the parts of an element were "
                    "torn apart.",
                    "Shuffle the elements as a whole, not part by part.",
                )


# --- buffer


@pytest.mark.check("buffer")
def test_small_buffer_holds_what_was_asked(student, rng):
    """With shuffle_buffer=b, an element can come up to b - 1 places early, and some do."""
    # A buffer of b sends on its newest element, b - 1 places early, with a chance of 1/b at each
    # of more than 430 places: with b = 12, none does with a chance of (11/12) ** 430 < 1e-16.
    n, shuffle_buffer = 450, int(rng.integers(8, 13))
    pipeline = build(student, pairs(student, rng, n), 1, shuffle_buffer)
    ahead = ahead_of_its_place(flow(student, pipeline, n))
    require(
        ahead >= shuffle_buffer - 1,
        f"With batch_size=1 and shuffle_buffer={shuffle_buffer}, no element out of {n} came more "
        f"than {ahead} places early: that is what a buffer of {ahead + 1} does.",
        "Is shuffle_buffer the size of the buffer? Does shuffle count elements, or batches?",
    )


@pytest.mark.check("buffer")
def test_large_buffer_holds_what_was_asked(student, rng):
    """A buffer of thousands of elements brings elements forward by thousands of places."""
    n = shuffle_buffer = int(rng.integers(380, 420)) * 10
    pipeline = build(student, pairs(student, rng, n), 10, shuffle_buffer)
    ahead = ahead_of_its_place(flow(student, pipeline, n))
    require(
        ahead >= 0.55 * n,
        f"With shuffle_buffer={shuffle_buffer} and as many elements, no element came more than "
        f"{ahead} places early; in a buffer of that size, the first element out can be any.",
        "Is shuffle_buffer the size of the buffer, whatever it is?",
    )


# --- seed


def order(student, dataset, seed):
    return flow(student, build(student, dataset, 5, 40, seed=seed), 80)


def require_same(first, second, seed):
    require(
        np.array_equal(first, second),
        f"Two pipelines made with seed={seed} from the same dataset give different orders: one "
        f"begins with elements {', '.join(map(str, first[:6]))}, "
        f"the other with {', '.join(map(str, second[:6]))}.",
        "Does the seed reach the step that shuffles? Is 0 taken for a seed?",
    )


def require_other(first, second, what):
    require(
        not np.array_equal(first, second),
        f"{what} give the same order, beginning with elements {', '.join(map(str, first[:6]))}.",
        "Does the order depend on `seed`, and on nothing else but chance when it is None?",
    )


@pytest.mark.check("seed", weight=2)
def test_seed_decides_the_order(student, rng):
    """The same seed gives the same order in a pipeline built again, another seed another."""
    dataset = pairs(student, rng, 40)
    one, two = (int(seed) for seed in rng.choice(10_000, size=2, replace=False) + 1)
    first = order(student, dataset, one)
    other = order(student, dataset, two)
    require_same(first, order(student, dataset, one), one)
    require_other(first, other, f"seed={one} and seed={two}")


@pytest.mark.check("seed")
def test_zero_is_a_seed(student, rng):
    """seed=0 is a seed like any other."""
    dataset = pairs(student, rng, 40)
    seed = int(rng.integers(1, 10_000))
    zero = order(student, dataset, 0)
    require_same(zero, order(student, dataset, 0), 0)
    require_other(zero, order(student, dataset, seed), f"seed=0 and seed={seed}")


@pytest.mark.check("seed")
def test_no_seed_no_order(student, rng):
    """With seed=None, and when it is left out, each pipeline has another order."""
    student.run(unseed)
    dataset = pairs(student, rng, 40)
    orders = [order(student, dataset, None) for _ in range(2)]
    require_other(*orders, "Two pipelines made with seed=None")
    left_out = flow(student, build(student, dataset, 5, 40), 80)
    require_other(orders[0], left_out, "A pipeline with seed=None and one made without `seed`")


@pytest.mark.check("seed")
def test_global_seed_left_alone(student, rng):
    """A seeded pipeline does not fix the random numbers of the rest of the program."""
    dataset = pairs(student, rng, 40)
    seed = int(rng.integers(1, 10_000))
    drawn = []
    for _ in range(2):
        student.run(unseed)
        build(student, dataset, 5, 40, seed=seed)
        drawn.append(student.run(draw_globally))
    student.run(unseed)
    for library, first, second in zip(("TensorFlow", "NumPy"), *drawn, strict=True):
        require(
            first != second,
            f"After make_pipeline(..., seed={seed}), {library}'s global random numbers are the "
            "same every time: it sets the global seed.",
            "Give the seed to the step that shuffles, and nothing else changes.",
        )


# --- prefetch


@pytest.mark.check("prefetch")
def test_prefetch_is_the_last_step(student, rng):
    """The last step in the pipeline's graph prefetches at least one batch."""
    n = int(rng.integers(20, 30))
    pipeline = build(student, pairs(student, rng, n), 4, n)
    nodes = {name: (op, inputs, value) for name, op, inputs, value in graph(student, pipeline)}
    steps = [op for op, _, _ in nodes.values() if "Dataset" in op]
    inputs = next(inputs for op, inputs, _ in nodes.values() if op == "_Retval")
    last, inputs, _ = nodes[inputs[0]]
    while last in NEUTRAL:
        last, inputs, _ = nodes[inputs[0]]
    require(
        last.startswith("PrefetchDataset"),
        f"The last step of the pipeline is {last}. Its steps: {', '.join(steps)}.",
        "Let `prefetch` come after everything else, so that whole batches wait for the model.",
    )
    size = nodes[inputs[1]][2] if len(inputs) > 1 else None
    require(size != 0, "The last step prefetches 0 batches, so none is ready when asked for.")


def graph(student, pipeline):
    """Fetch the graph's nodes, the part of an input's name that says which output cut off."""
    return [
        (name, op, [part.lstrip("^").split(":")[0] for part in inputs], value)
        for name, op, inputs, value in student.run(graph_of, pipeline)
    ]
