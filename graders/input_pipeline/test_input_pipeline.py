import functools
from dataclasses import dataclass

import numpy as np
import pytest

from proctor.judge import as_array, require, type_name

NEUTRAL = {"OptionsDataset", "AssertCardinalityDataset"}
EPOCHS = 4
TINY_BATCHES = 6


# What is shipped


def results(function, arguments):
    return [function(*each) for each in arguments]


def use_pipeline(make, use, parts, arguments, seed, more):
    """The pipeline's type if it is no dataset; otherwise None, and what `use` makes of it."""
    tf.random.set_seed(None)
    np.random.seed(None)
    pipeline = make(tf.data.Dataset.from_tensor_slices(parts), *arguments, **seed)
    if not isinstance(pipeline, tf.data.Dataset):
        return f"{type(pipeline).__module__}.{type(pipeline).__qualname__}", None
    return None, use(pipeline, *more)


def read_batches(pipeline, elements, optimized=False):
    """The first batches, with as many elements or a few more, and how many tf.data says there are.

    TensorFlow's own work on a pipeline before it runs takes longer than to read so few elements.
    """
    options = tf.data.Options()
    options.autotune.enabled = optimized
    options.experimental_optimization.apply_default_optimizations = optimized
    batches, seen = [], 0
    for batch in pipeline.take(elements).with_options(options).as_numpy_iterator():
        batches.append(batch)
        seen += len(np.atleast_1d(tf.nest.flatten(batch)[-1]))
        if seen >= elements:
            break
    return batches, int(pipeline.cardinality())


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


def draw_globally(pipeline):
    drawn = tf.random.uniform((8,)).numpy().tolist()
    return drawn, np.random.uniform(size=8).tolist()


# What tests share


def build(student, use, parts, *arguments, more=(), **seed):
    """What `use` makes, inside, of the pipeline for a dataset of these parts."""
    kind, made = student.run(
        use_pipeline, student.make_pipeline, student.ship(use), parts, arguments, seed, more
    )
    require(
        kind is None,
        f"make_pipeline returned a {kind}, not a tf.data.Dataset.",
        "Does it return the dataset with all its steps, not an iterator or None?",
    )
    return made


def draw_pairs(rng, n):
    """The parts of n pairs (features, number), where number says the place in the dataset."""
    return rng.integers(0, 256, size=(n, 3, 2)).astype("uint8"), np.arange(n)


def numbers(batches):
    """An array of numbers for each batch of pairs."""
    require(
        all(isinstance(batch, tuple) and len(batch) == 2 for batch in batches),
        "The dataset's elements are pairs, but the pipeline's batches are not.",
        "A batch of pairs is a pair of arrays, one with all features and one with all labels.",
    )
    return [np.atleast_1d(as_array(batch[1], what="a batch of labels")) for batch in batches]


def flow(batches, elements):
    """The numbers of a pipeline of pairs one after the other, the batches forgotten."""
    require(len(batches) > 0, "Not a single batch came out of the pipeline.")
    return np.concatenate(numbers(batches))[:elements]


@dataclass
class Drawn:
    """A dataset of pairs, and what pipelines for it are made with.

    n is a prime, so that epochs end in the middle of a batch. `part` is the size of a buffer
    that holds a part of the dataset, `more` that of one with room for all of it and more.
    """

    n: int
    parts: tuple
    batch_size: int
    part: int
    more: int
    seed: int
    other_seed: int


@pytest.fixture(scope="module")
def drawn(rng_for):
    rng = rng_for("pairs")
    n = int(rng.choice([41, 43, 47, 53]))
    return Drawn(
        n=n,
        parts=draw_pairs(rng, n),
        batch_size=int(rng.choice([11, 13])),
        part=32,
        more=n + int(rng.integers(0, 20)),
        seed=int(rng.integers(10_000, 2**31)),
        other_seed=int(rng.integers(1, 10_000)),
    )


@pytest.fixture(scope="module")
def read(student, drawn):
    """Give a pipeline's batches of the first epochs. Several tests look at them, so each pipeline
    is read once; `again` numbers the ones that are built again.
    """
    steps = -(-EPOCHS * drawn.n // drawn.batch_size)

    @functools.cache
    def batches_of(shuffle_buffer, *, again=0, **seed):
        arguments = drawn.batch_size, shuffle_buffer
        elements = steps * drawn.batch_size
        batches, _ = build(student, read_batches, drawn.parts, *arguments, more=(elements,), **seed)
        return batches

    return batches_of


@pytest.fixture(params=["part", "more"])
def one_of_two(request, drawn, read):
    """Two pipelines: a small buffer and no seed, a large one and a seed."""
    if request.param == "part":
        return drawn.part, None, read(drawn.part, seed=None)
    return drawn.more, drawn.seed, read(drawn.more, seed=drawn.seed)


@pytest.fixture(scope="module")
def tiny(student, rng_for):
    """How many elements, the far larger batch size, what came, and what tf.data says will come.

    This pipeline runs as it does for a model, with all that TensorFlow does to it.
    """
    rng = rng_for("tiny")
    n, batch_size = 2, int(rng.integers(400, 420))
    elements = TINY_BATCHES * batch_size
    batches, length = build(
        student, read_batches, draw_pairs(rng, n), batch_size, n, more=(elements, True)
    )
    return n, batch_size, batches, length


def epochs_of(batches, n):
    """The first epochs, each a list of n numbers; at least two."""
    stream = flow(batches, n * EPOCHS)
    whole = len(stream) // n
    require(
        whole >= 2,
        f"A pipeline made from {n} elements ended after {len(stream)} elements, "
        "so it has no second epoch.",
        "Which step starts the dataset again when it is used up?",
    )
    return stream[: n * whole].reshape(whole, n)


# --- steps


@pytest.mark.check("steps")
def test_steps_round_up(student, rng):
    """A last batch that is only partly needed counts as a step."""
    cases = []
    for _ in range(8):
        batch_size = int(rng.integers(3, 500))
        whole = int(rng.integers(0, 900))
        for rest in (1, int(rng.integers(1, batch_size)), batch_size - 1):
            cases.append((whole * batch_size + rest, batch_size))
    for (n, batch_size), steps in zip(cases, count(student, cases), strict=True):
        steps, whole = as_array(steps, what="count_steps"), n // batch_size
        require(
            steps.shape == () and steps == whole + 1,
            f"count_steps({n}, {batch_size}) is {steps}, but {whole + 1} steps are needed to "
            "show each element at least once.",
            f"{whole} full batches show {whole * batch_size} of {n} elements.",
        )


@pytest.mark.check("steps")
def test_no_step_too_many(student, rng):
    """Where the batches come out even, there is no extra step."""
    cases = []
    for _ in range(8):
        batch_size, whole = (int(k) for k in rng.integers(1, 800, size=2))
        cases.append((whole * batch_size, batch_size))
    for (n, batch_size), steps in zip(cases, count(student, cases), strict=True):
        steps, whole = as_array(steps, what="count_steps"), n // batch_size
        require(
            steps.shape == () and steps == whole,
            f"count_steps({n}, {batch_size}) is {steps}, but {whole} full batches show "
            f"exactly {n} elements.",
        )


@pytest.mark.check("steps")
def test_steps_are_an_int(student, rng):
    """The result is an int, and 0 steps are needed for 0 elements."""
    numbers = (0, int(rng.integers(1, 20)), int(rng.integers(100, 1000)))
    cases = [(n, int(rng.integers(20, 50))) for n in numbers]
    for (n, batch_size), steps in zip(cases, count(student, cases), strict=True):
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


def count(student, cases):
    return student.run(results, student.count_steps, cases)


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


@pytest.mark.check("batches")
def test_every_batch_is_full(drawn, one_of_two):
    """Every batch has batch_size elements, also where the epoch ends in the middle of it."""
    _, _, batches = one_of_two
    require_full(
        numbers(batches), drawn.batch_size, drawn.n, -(-EPOCHS * drawn.n // drawn.batch_size)
    )


@pytest.mark.check("batches")
def test_batch_larger_than_the_dataset(tiny):
    """A batch that is larger than the dataset is full, too: it spans several epochs."""
    n, batch_size, batches, _ = tiny
    require_full(numbers(batches), batch_size, n, TINY_BATCHES)


@pytest.mark.check("batches")
def test_endless(tiny):
    """The pipeline does not end."""
    n, batch_size, batches, length = tiny
    require(
        length < 0,
        f"tf.data says that the pipeline for {n} elements ends; number of batches: {length}.",
        "How often does the data start again if you give no number at all?",
    )
    came = len(flow(batches, TINY_BATCHES * batch_size))
    require(
        came == TINY_BATCHES * batch_size,
        f"The pipeline for a dataset of {n} elements ended after {came} elements.",
        "How often does the data start again if you give no number at all?",
    )


# --- epochs


@pytest.mark.check("epochs", weight=3)
def test_each_epoch_shows_every_element_once(drawn, one_of_two):
    """Each run of n elements, counted from the first, holds every element exactly once."""
    n, (shuffle_buffer, _, batches) = drawn.n, one_of_two
    for number, epoch in enumerate(epochs_of(batches, n), start=1):
        missing = n - len(np.unique(epoch))
        require(
            np.array_equal(np.sort(epoch), np.arange(n)),
            f"With {n} elements, batch_size={drawn.batch_size} and "
            f"shuffle_buffer={shuffle_buffer}: in epoch {number}, {missing} elements did not "
            "appear at all, and others came twice or belong to another epoch.",
            "Does one epoch mix with the next in the shuffle buffer? Is a part of the data thrown "
            "away at the end of an epoch, or drawn with replacement?",
        )


@pytest.mark.check("epochs", weight=2)
def test_each_epoch_has_an_order_of_its_own(drawn, one_of_two):
    """Every epoch comes in a new order, without a seed and with one."""
    _, seed, batches = one_of_two
    epochs = epochs_of(batches, drawn.n)
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
def test_elements_are_shuffled_not_batches(drawn, read):
    """The elements that share a batch are not always neighbours in the dataset."""
    batches = read(drawn.more, seed=drawn.seed)
    require(len(batches) > 0, "Not a single batch came out of the pipeline.")
    # Later batches reach into the next epoch.
    groups = [np.sort(batch) for batch in numbers(batches)[: drawn.n // drawn.batch_size]]
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
def test_parts_of_a_pair_stay_together(drawn, one_of_two):
    """Batches of pairs are pairs with the elements' dtypes, whose parts stay together."""
    _, _, batches = one_of_two
    require_together(batches, drawn.parts, drawn.parts[1])


@pytest.mark.check("epochs")
@pytest.mark.parametrize("structure", ["nested", "single"])
def test_parts_of_an_element_stay_together(student, rng, structure):
    """Batches have the structure and the dtypes of the elements, whose parts stay together."""
    batch_size = int(rng.integers(9, 12))
    n = 4 * batch_size
    key = np.arange(n, dtype="int32")
    image = rng.integers(0, 256, size=(n, 3, 2)).astype("uint8")
    weight = rng.uniform(size=n)
    parts = {"nested": {"image": image, "about": (weight, key)}, "single": key}[structure]
    batches, _ = build(student, read_batches, parts, batch_size, n, more=(2 * n,))
    require_together(batches, parts, key)


def require_together(batches, parts, key):
    table = leaves(parts)
    place_of_key = next(place for place, leaf in table.items() if leaf is key)
    for batch in batches:
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
            and which.max() < len(key),
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


def ahead_of_its_place(order):
    """By how many places the element that was moved forward most came early."""
    return int(np.max(order - np.arange(len(order))))


@pytest.mark.check("buffer")
def test_small_buffer_holds_what_was_asked(student, rng):
    """With shuffle_buffer=b, an element can come up to b - 1 places early, and some do."""
    # A buffer of b sends on its newest element, b - 1 places early, with a chance of 1/b at each
    # of more than 340 places: with b = 12, none does with a chance of (11/12) ** 340 < 1e-12.
    n, batch_size, shuffle_buffer = 364, 7, int(rng.integers(9, 13))
    pairs = draw_pairs(rng, n)
    batches, _ = build(student, read_batches, pairs, batch_size, shuffle_buffer, more=(n,))
    ahead = ahead_of_its_place(flow(batches, n))
    require(
        ahead >= shuffle_buffer - 1,
        f"With batch_size={batch_size} and shuffle_buffer={shuffle_buffer}, no element out of {n} "
        f"came more than {ahead} places early: that is what a buffer of {ahead + 1} does.",
        "Is shuffle_buffer the size of the buffer? Does shuffle count elements, or batches?",
    )


@pytest.mark.check("buffer")
def test_large_buffer_holds_what_was_asked(student, rng):
    """A buffer of thousands of elements brings elements forward by thousands of places."""
    n = shuffle_buffer = int(rng.integers(380, 420)) * 10
    # Elements from far behind come soon, if they can come at all: the first thousand tell.
    batches, _ = build(student, read_batches, draw_pairs(rng, n), 25, shuffle_buffer, more=(1000,))
    ahead = ahead_of_its_place(flow(batches, 1000))
    require(
        ahead >= 0.55 * n,
        f"With shuffle_buffer={shuffle_buffer} and as many elements, none of the first 1000 that "
        f"came was more than {ahead} places early; in a buffer of that size, the first element "
        "out can be any.",
        "Is shuffle_buffer the size of the buffer, whatever it is?",
    )


# --- seed


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


@pytest.fixture
def order(drawn, read):
    """Give the order in which a pipeline with this seed, or without one, shows its elements."""

    def order(**seed):
        return flow(read(drawn.more, **seed), EPOCHS * drawn.n)

    return order


@pytest.mark.check("seed", weight=2)
def test_seed_decides_the_order(drawn, order):
    """The same seed gives the same order in a pipeline built again, another seed another."""
    first = order(seed=drawn.seed)
    require_same(first, order(seed=drawn.seed, again=1), drawn.seed)
    other = order(seed=drawn.other_seed)
    require_other(first, other, f"seed={drawn.seed} and seed={drawn.other_seed}")


@pytest.mark.check("seed")
def test_zero_is_a_seed(drawn, order):
    """seed=0 is a seed like any other."""
    zero = order(seed=0)
    require_same(zero, order(seed=0, again=1), 0)
    require_other(zero, order(seed=drawn.seed), f"seed=0 and seed={drawn.seed}")


@pytest.mark.check("seed")
def test_no_seed_no_order(order):
    """With seed=None, and when it is left out, each pipeline has another order."""
    none, left_out = order(seed=None), order()
    require_other(none, left_out, "A pipeline with seed=None and one made without `seed`")
    require_other(left_out, order(again=1), "Two pipelines made without `seed`")


@pytest.mark.check("seed")
def test_global_seed_left_alone(student, drawn):
    """A seeded pipeline does not fix the random numbers of the rest of the program."""
    draws = [
        build(student, draw_globally, drawn.parts, 11, drawn.n, seed=drawn.other_seed)
        for _ in range(2)
    ]
    for library, first, second in zip(("TensorFlow", "NumPy"), *draws, strict=True):
        require(
            first != second,
            f"After make_pipeline(..., seed={drawn.other_seed}), {library}'s global random numbers "
            "are the same every time: it sets the global seed.",
            "Give the seed to the step that shuffles, and nothing else changes.",
        )


# --- prefetch


@pytest.mark.check("prefetch")
def test_prefetch_is_the_last_step(student, rng):
    """The last step in the pipeline's graph prefetches at least one batch."""
    n = int(rng.integers(20, 30))
    nodes = {
        name: (op, [node_of(part) for part in inputs], value)
        for name, op, inputs, value in build(student, graph_of, draw_pairs(rng, n), 4, n)
    }
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


def node_of(source):
    """The name of the node that an input comes from; which of its outputs it is is cut off."""
    return source.lstrip("^").split(":")[0]
