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
    require,
)

SECONDS = 60
STEPS = 6


def pad_made_from(pad, form, sequences, maxlen):
    if form == "arrays":
        sequences = [np.array(sequence, "int64") for sequence in sequences]
    elif form == "tuple":
        sequences = tuple(tuple(sequence) for sequence in sequences)
    elif form == "generator":
        sequences = (sequence for sequence in sequences)
    return pad(sequences, maxlen)


def pad_and_keep(pad, sequences, maxlen):
    pad(sequences, maxlen)
    return sequences


def read(model, table, batches):
    """The shapes of a model's weights, and what it says with ``table`` as its embedding."""
    if not any(tuple(weight.shape) == table.shape for weight in model.weights):
        model(batches[0])
    for weight in model.weights:
        if tuple(weight.shape) == table.shape:
            weight.assign(table)
    shapes = [tuple(int(size) for size in weight.shape) for weight in model.weights]
    return shapes, [np.asarray(model(batch)) for batch in batches]


def erase(model, other, x):
    """Set the weights of one model to zero: those of another one before and after."""
    other(x)
    before = other.get_weights()
    model.set_weights([np.zeros(weight.shape) for weight in model.get_weights()])
    return before, other.get_weights()


def fit(build_rnn, train, sizes, x, y, epochs, seed, unseen):
    keras.utils.set_random_seed(seed)
    model = build_rnn(*sizes)
    model(x[:2])
    before = [np.array(weight) for weight in model.weights]
    train(model, x, y, epochs, seed)
    after = [np.array(weight) for weight in model.weights]
    return before, after, np.asarray(model(unseen))


def watch(train, table, x, y, trainings):
    """Train a small model several times, each time from the same weights, and note what it sees.

    Args:
        trainings: The epochs and the seed of each.
    """
    seen = []

    class Watched(keras.layers.Layer):
        def build(self, input_shape):
            self.table = self.add_weight(shape=table.shape, name="table")

        def compute_output_shape(self, input_shape):  # or Keras would trace `call` for it
            return input_shape[0], 1

        def call(self, inputs):
            @tf.custom_gradient
            def look(logits):
                def gradient(upstream):
                    seen.append((np.array(inputs), np.array(logits), np.array(upstream)))
                    return upstream

                return tf.identity(logits), gradient

            return look(tf.gather(self.table, inputs[:, 0]))

    inputs = keras.Input((x.shape[1],), dtype="int32")
    model = keras.Model(inputs, keras.layers.Activation("sigmoid")(Watched()(inputs)))
    runs = []
    eager = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(True)
    try:
        for epochs, seed in trainings:
            model.set_weights([table])
            given = x.copy(), y.copy()
            train(model, *given, epochs, seed)
            runs.append((list(seen), *given, np.array(model.weights[0])))
            seen.clear()
    finally:
        tf.config.run_functions_eagerly(eager)
    return runs


def draw_sequences(rng, lengths, largest=30):
    return [rng.integers(1, largest + 1, size=length).tolist() for length in lengths]


def draw_sizes(rng):
    """The largest id, the embedding's length and the units: all unequal, none a multiple."""
    return int(rng.integers(12, 20)), int(rng.integers(4, 6)), int(rng.integers(7, 10))


def draw_table(rng, sizes):
    """An embedding whose rows are far apart, the one for padding among them."""
    return (rng.normal(size=(sizes[0] + 1, sizes[1])) / 2).astype("float32")


def distinct_ids(rng, rows, steps, largest):
    return np.stack([rng.permutation(largest)[:steps] + 1 for _ in range(rows)]).astype("int32")


def zeros_after(sequences, maxlen):
    padded = np.zeros((len(sequences), maxlen), "int32")
    for row, sequence in zip(padded, sequences, strict=True):
        row[: len(sequence)] = sequence
    return padded


def sentence(values):
    return "[" + ", ".join(str(value) for value in values) + "]"


def hold_rows(got, sequences, maxlen, hint=None):
    """Hold what pad gave against what it should give, row by row."""
    found = as_array(got, what="the result of pad")
    expected = zeros_after([sequence[-maxlen:] for sequence in sequences], maxlen)
    assert_shape(
        found,
        expected.shape,
        what=f"the result of pad for {len(sequences)} sequences and maxlen {maxlen}",
    )
    for sequence, row, wanted in zip(sequences, found.tolist(), expected.tolist(), strict=True):
        require(
            row == wanted,
            f"With maxlen {maxlen}, {sentence(sequence)} became {sentence(row)}; "
            f"expected {sentence(wanted)}.",
            hint,
        )


def probabilities(outputs):
    """What the network says about each batch."""
    found = []
    for batch, got in outputs:
        what = f"the output for {batch.shape[0]} sequences of {batch.shape[1]} steps"
        hint = "There should be one probability for each sequence: one unit, after the last step."
        assert_shape(got, (len(batch), 1), what=what, hint=hint)
        found.append(as_array(got, what=what).astype("float64").ravel())
    return found


# Sequences of one length


@pytest.mark.check("pad", weight=5)
def test_zeros_come_after_short_sequences(student, rng):
    """A sequence that is too short stands at the beginning of its row, with zeros after it."""
    for maxlen in (5, 8):
        sequences = draw_sequences(rng, rng.permutation(np.arange(1, maxlen + 1)))
        hold_rows(
            student.pad(sequences, maxlen),
            sequences,
            maxlen,
            "Zeros, and nothing else, belong after the sequence.",
        )


@pytest.mark.check("pad", weight=5)
def test_the_end_of_long_sequences_is_kept(student, rng):
    """Of a sequence that is too long, the last `maxlen` ids are kept."""
    for maxlen in (4, 1):
        sequences = draw_sequences(rng, rng.permutation(np.arange(maxlen, maxlen + 5)))
        hold_rows(
            student.pad(sequences, maxlen),
            sequences,
            maxlen,
            "Cut the beginning of a sequence that is too long, and keep the order.",
        )


@pytest.mark.check("pad", weight=0.6)
@pytest.mark.parametrize("lengths", [(2, 3, 1), (7, 9), (5, 5, 5), (0,), ()], ids=str)
def test_shape_and_dtype(student, rng, lengths):
    """The result is int32 and has shape (n, maxlen), also if all sequences are short, all are
    long, all are empty, or there are none."""
    got = as_array(student.pad(draw_sequences(rng, lengths), 5), what="the result of pad")
    assert_shape(
        got,
        (len(lengths), 5),
        what=f"the result of pad for sequences of the lengths {list(lengths)} and maxlen 5",
        hint="The shape is (n, maxlen), whatever the sequences' own lengths.",
    )
    assert_dtype(got, "int32", what="the result of pad")


@pytest.mark.check("pad", weight=2)
def test_empty_sequences(student, rng):
    """An empty sequence becomes a row of zeros, wherever it stands."""
    for lengths in [(0, 3, 0), (3, 0, 3), (0,)]:
        sequences = draw_sequences(rng, lengths)
        hint = "An empty sequence becomes a row of zeros and keeps its place."
        hold_rows(student.pad(sequences, 3), sequences, 3, hint)


@pytest.mark.check("pad")
@pytest.mark.parametrize("form", ["tuple", "arrays", "generator"])
def test_kinds_of_sequences(student, rng, form):
    """A tuple of tuples, a list of arrays and a generator work like a list of lists."""
    sequences = draw_sequences(rng, (4, 4, 4))
    hold_rows(student.run(pad_made_from, student.pad, form, sequences, 4), sequences, 4)


@pytest.mark.check("pad")
def test_large_ids(student, rng):
    """Ids in the tens of thousands stay what they are."""
    sequences = [rng.integers(30_000, 90_000, size=4).tolist() for _ in range(3)]
    hold_rows(student.pad(sequences, 4), sequences, 4)


@pytest.mark.check("pad")
def test_sequences_are_not_changed(student, rng):
    """The lists that are given to `pad` are the same after it."""
    sequences = draw_sequences(rng, (2, 5, 3, 0))
    after = student.run(pad_and_keep, student.pad, sequences, 3)
    require(
        after == sequences,
        f"After pad(…, 3) the caller's lists {sequences} are {after}.",
        "Write into a new array instead of changing what you were given.",
    )


# The network


@pytest.fixture(scope="module")
def network(student, rng_for):
    """A network, and all that several tests ask it: to make a new one for each takes longer.

    Returns:
        Its sizes and, each as batches with the outputs for them, what it says

        - about sequences as they are, with two ids exchanged, backwards, with the largest id but
          one at each step, and with the id 1 at the second step; then about six of them in the
          opposite order, and about one alone,
        - about sequences with zeros up to 5 and 8 steps, and about the first two without zeros,
        - about the sequences with the largest id at the second step;

        before them the shapes of its weights, and at last another network's weights before and
        after those of this one were set to zero. All but the sizes are attempts.
    """
    rng = rng_for("network")
    sizes = draw_sizes(rng)
    if rng.random() < 0.5:  # the embedding's vectors may be longer than the state, too
        sizes = sizes[0], sizes[2], sizes[1]
    last, table = sizes[0], draw_table(rng, sizes)
    model = student.build_rnn(*sizes)

    def ask(*batches):
        shapes, outputs = student.run(read, model, table, batches)
        require(len(outputs) == len(batches), "The model could not be asked.")
        return shapes, list(zip(batches, outputs, strict=True))

    x = distinct_ids(rng, 40, STEPS, last - 2)
    changed = np.stack([x] * (4 + STEPS))
    for row in changed[1]:
        i, j = rng.permutation(STEPS)[:2]
        row[[i, j]] = row[[j, i]]
    changed[2] = x[:, ::-1]
    for step in range(STEPS):
        changed[3 + step, :, step] = last - 1
    changed[-1, :, 1] = 1
    readings = attempt(ask, changed.reshape(-1, STEPS), x[5::-1], x[:1])

    sequences = draw_sequences(rng, [1, *rng.permutation([2, 3, 4]), 5], last - 1)
    alone = [np.array([sequence], "int32") for sequence in sequences[:2]]
    lengths = attempt(ask, zeros_after(sequences, 5), zeros_after(sequences, 8), *alone)

    largest = x.copy()
    largest[:, 1] = last
    return {
        "sizes": sizes,
        "readings": readings,
        "lengths": lengths,
        "largest": attempt(ask, largest),
        "erased": attempt(student.run, erase, model, student.build_rnn(*sizes), x[:1]),
    }


@pytest.mark.check("model", weight=2)
def test_any_number_of_sequences_and_steps(network):
    """The output has shape (n, 1) and dtype float32, for any n and any t."""
    for name in ("readings", "lengths"):
        _, outputs = network[name].result()
        probabilities(outputs)
        for _, got in outputs:
            assert_dtype(got, "float32", what="the output")


@pytest.mark.check("model", weight=2)
def test_outputs_are_probabilities(network):
    """The output lies between 0 and 1, and is not the same for all sequences."""
    got = probabilities(network["readings"].result()[1])[0]
    require(
        bool((got >= 0).all() and (got <= 1).all()),
        f"The outputs for {len(got)} sequences reach from {got.min():.4g} to {got.max():.4g}.",
        "A sigmoid gives numbers between 0 and 1.",
    )
    require(
        np.ptp(got) > 1e-3,
        f"All of {len(got)} different sequences have the output {got[0]:.4g}.",
        "Does the sequence reach the output?",
    )
    certain = int(((got == 0) | (got == 1)).sum())
    require(
        certain < len(got) / 5,
        f"{certain} of {len(got)} outputs of an untrained model are exactly 0 or 1.",
        "A sigmoid hardly ever reaches either: is the output rounded, cut off or a relu?",
    )


@pytest.mark.check("model", weight=2)
def test_embedding_has_a_row_for_each_id(network):
    """One weight has the shape (vocab_size + 1, embedding_dim)."""
    sizes, shapes = network["sizes"], network["readings"].result()[0]
    rows, columns = sizes[0] + 1, sizes[1]
    require(
        shapes.count((rows, columns)) == 1,
        f"build_rnn{sizes} should have an embedding of shape ({rows}, {columns}); "
        f"its weights have the shapes {', '.join(map(str, shapes))}.",
        f"The ids 0 to {sizes[0]} are {rows} ids, each with a vector of {columns} numbers.",
    )


@pytest.mark.check("model", weight=2)
def test_recurrent_layer_has_the_units(network):
    """There is a recurrent layer, and it has `units` units."""
    sizes, shapes = network["sizes"], network["readings"].result()[0]
    units = sizes[2]
    require(
        any(shape in {(units, gates * units) for gates in (1, 3, 4)} for shape in shapes),
        f"build_rnn{sizes} should have a recurrent layer of {units} units, but none of its "
        f"weights leads from {units} units back to themselves: their shapes are "
        f"{', '.join(map(str, shapes))}.",
        "Use SimpleRNN, GRU or LSTM, and give it `units`.",
    )


@pytest.mark.check("model", weight=2)
def test_largest_id(network):
    """The id `vocab_size` works, and has a vector of its own."""
    last, failure = network["sizes"][0], network["largest"].failure
    p = probabilities(network["readings"].result()[1])[0].reshape(4 + STEPS, -1)
    require(
        not isinstance(failure, StudentError),
        f"With vocab_size = {last}, the id {last} made the model fail "
        f"({getattr(failure, 'type_name', '')}).",
        f"The ids 0 to {last} are {last + 1} ids.",
    )
    (largest,) = probabilities(network["largest"].result()[1])
    require(bool(np.isfinite(largest).all()), "Some outputs are not finite.")
    for other in (p[0], p[4], p[-1]):
        require(
            bool(np.abs(largest - other).max() > 1e-5),
            f"With vocab_size = {last}, the model can't tell the id {last} from other ids.",
            f"The ids 0 to {last} are {last + 1} ids.",
        )


@pytest.mark.check("model")
def test_each_call_builds_a_new_model(network):
    """Two models share no weights."""
    before, after = network["erased"].result()
    require(
        len(before) > 0 and all(map(np.array_equal, before, after)),
        "The weights of one model were set to zero, and with them changed those of another.",
        "Make all layers inside build_rnn: then each call makes new ones.",
    )


# What the network does not see


@pytest.fixture(scope="module")
def masked(network):
    """What the network says about sequences with zeros up to 5 and 8 steps, and about the first
    two of them without zeros."""
    few, many, *alone = probabilities(network["lengths"].result()[1])
    return few, many, np.concatenate(alone)


@pytest.mark.check("mask", weight=2)
def test_more_zeros_change_nothing(masked):
    """The probability stays the same with any number of zeros after the sequence."""
    few, many, _ = masked
    assert_close(
        many,
        few,
        rtol=0,
        atol=1e-5,
        what="the probability with zeros up to 8 steps, instead of 5,",
        hint="Is there a mask, and does it reach the recurrent layer?",
    )


@pytest.mark.check("mask", weight=2)
def test_padded_or_alone(masked):
    """A sequence has the same probability with zeros after it as without them."""
    few, _, alone = masked
    assert_close(
        few[:2],
        alone,
        rtol=0,
        atol=1e-5,
        what="the probability of sequences with zeros after them, compared with that without,",
        hint="Is there a mask, and does it reach the recurrent layer?",
    )


# What the network sees


@pytest.fixture(scope="module")
def readings(network):
    """What the network says about sequences and the same ones changed in several ways, and about
    six of them in the opposite order and one alone."""
    p, turned, alone = probabilities(network["readings"].result()[1])
    return p.reshape(4 + STEPS, -1), turned, alone


@pytest.mark.check("order", weight=4)
def test_order_of_steps_matters(readings):
    """The same ids in another order have another probability."""
    straight, exchanged, backwards = readings[0][:3]
    hint = "Is there a recurrent layer that sees all steps, one after the other?"
    for other, how in [(exchanged, "with two ids exchanged"), (backwards, "read backwards")]:
        same = int((np.abs(straight - other) < 1e-4).sum())
        require(
            same <= 0.75 * len(straight),
            f"{same} of {len(straight)} sequences have the same probability {how}.",
            hint,
        )


@pytest.mark.check("order", weight=2)
def test_every_step_counts(readings):
    """Another id at any step, the first, the last or one between, changes the probability."""
    p = readings[0]
    effect = np.abs(p[3 : 3 + STEPS] - p[0]).max(axis=1)
    dead = [step + 1 for step in range(STEPS) if effect[step] < 1e-5]
    require(
        not dead,
        f"In sequences of {STEPS} steps, other ids at the steps {sentence(dead)} "
        "don't change the probability.",
        "Does the recurrent layer get all steps, and the rest of the model its last state?",
    )


@pytest.mark.check("order", weight=2)
def test_no_memory_between_sequences(readings):
    """A sequence's probability depends on nothing that was in its batch or in the one before."""
    p, turned, alone = readings
    first = p[0, :6]
    for again, expected, what in [
        (turned[::-1], first, "the probability in a batch in the opposite order"),
        (alone, first[:1], "the probability in a batch of its own"),
    ]:
        assert_close(
            again,
            expected,
            rtol=0,
            atol=1e-5,
            what=what,
            hint="Does the state start at zero for every sequence?",
        )


# The training


@pytest.fixture(scope="module")
def trainings(student, rng_for):
    """What a small model saw in three trainings: two with the same seed, one with another.

    Each row of x starts with a number of its own, so that it is known again.
    """
    rng = rng_for("trainings")
    # Batches of 2, 4, 5, 8, 10, 16, 20, 25, 32 ... examples leave an incomplete one.
    n = int(rng.choice([37, 39, 43, 47]))
    table = rng.uniform(-2, 2, size=(n + 1, 1)).astype("float32")
    x = np.stack([rng.permutation(n) + 1, *rng.integers(1, 9, size=(3, n))], axis=1)
    x, y = x.astype("int32"), rng.permutation(np.arange(n) % 2)
    seed, other = (int(number) for number in rng.permutation(1000)[:2])
    runs = student.run(watch, student.train, table, x, y, [(2, seed), (2, seed), (1, other)])
    return n, table, x, y, runs


def batches_of(run, n):
    """The numbers of the examples, the logits and their gradients, batch by batch."""
    seen = run[0]
    require(
        len(seen) > 0,
        "The model that was given to train was not trained.",
        "Train this very model, whatever its layers are.",
    )
    found = []
    for ids, logits, gradient in seen:
        ids, logits, gradient = as_array(ids), as_array(logits), as_array(gradient)
        require(
            ids.ndim == 2 and logits.shape == gradient.shape == (len(ids), 1),
            f"The model was given a batch of shape {ids.shape}.",
            "Give it rows of x: (examples, steps).",
        )
        number = ids[:, 0].astype(int)
        require(
            bool((number >= 1).all() and (number <= n).all()),
            "The model was given rows that are not rows of x.",
        )
        found.append((number, logits.astype("float64").ravel(), gradient.astype("float64").ravel()))
    return found


def order_of(run, n):
    return np.concatenate([number for number, _, _ in batches_of(run, n)]).tolist()


@pytest.mark.check("training", weight=2, seconds=SECONDS)
def test_every_example_in_every_epoch(trainings):
    """Each example is used `epochs` times."""
    n, *_, runs = trainings
    for epochs, run in ((2, runs[0]), (1, runs[2])):
        counts = np.bincount(order_of(run, n), minlength=n + 1)[1:]
        require(
            counts.min() == counts.max() == epochs,
            f"With epochs={epochs} and {n} examples, "
            + (
                f"every example was used {counts.min()} times."
                if counts.min() == counts.max()
                else f"some examples were used {counts.min()} times and others "
                f"{counts.max()} times."
            ),
            "Each is used once in each epoch: is some of x kept back, or the last batch left out?",
        )


@pytest.mark.check("training", weight=3, seconds=SECONDS)
def test_loss_is_binary_cross_entropy(trainings):
    """The gradient of the loss is that of the binary cross-entropy, for every example."""
    n, _, x, y, runs = trainings
    label = dict(zip(x[:, 0].tolist(), y.tolist(), strict=True))
    summed, averaged = [], []
    for number, logits, gradient in batches_of(runs[0], n):
        expected = 1 / (1 + np.exp(-logits)) - np.array([label[row] for row in number.tolist()])
        wrong = int((~(gradient * expected > 0)).sum())
        require(
            wrong == 0,
            f"Of {len(number)} examples in a batch, {wrong} were not pushed towards their label.",
            "Does every example keep its label? Do y and the output have the same shape "
            "where the loss compares them?",
        )
        summed.extend(gradient / expected)
        averaged.extend(len(number) * gradient / expected)
    require(
        any(max(ratio) < 1.01 * min(ratio) for ratio in (summed, averaged)),
        "The gradient of the loss is not that of the binary cross-entropy, "
        "with all examples weighing the same.",
        "For a probability p and a label y, the binary cross-entropy is "
        "-log(p) if y is 1 and -log(1 - p) if it is 0.",
    )


@pytest.mark.check("training", weight=2, seconds=SECONDS)
def test_seed_decides_the_order(trainings):
    """The same seed gives the same order of the examples, another seed another one."""
    n, *_, (first, again, other) = trainings
    require(
        order_of(first, n) == order_of(again, n),
        "Two trainings with the same seed took the examples in different orders.",
        "Seed whatever shuffles: keras.utils.set_random_seed(seed) is enough for fit.",
    )
    require(
        order_of(first, n)[:n] != order_of(other, n)[:n],
        "Two trainings with different seeds took the examples in the same order.",
        "Are the examples shuffled, and does the seed that train is given decide how?",
    )


@pytest.mark.check("training", weight=2, seconds=SECONDS)
def test_trains_in_place(trainings):
    """The training starts from the model's weights and changes them, but neither x nor y."""
    n, table, x, y, runs = trainings
    _, x_after, y_after, table_after = runs[0]
    number, logits, _ = batches_of(runs[0], n)[0]
    require(
        np.allclose(logits, table[number, 0], atol=1e-6),
        "When the training began, the model's weights were no longer those it came with.",
        "Train the model as it is: don't build, copy or reset anything.",
    )
    require(
        bool((as_array(table_after)[x[:, 0]] != table[x[:, 0]]).all()),
        "The model has weights that the training should have changed and has not.",
        "Are the gradients applied to the weights of the model that was given?",
    )
    require(
        np.array_equal(as_array(x_after), x) and np.array_equal(as_array(y_after), y),
        "x or y is not the same after the training.",
        "Shuffle a copy, or only the row numbers.",
    )


# Unseen words


def as_ids(part):
    """Words of at least six letters, cut to their last six, and their labels."""
    long = np.array([len(word) >= STEPS for word in part["word"]])
    letters = [[ord(letter) - 96 for letter in word[-STEPS:]] for word in part["word"][long]]
    return np.array(letters, "int32"), part["label"][long]


@pytest.fixture(scope="module")
def words(student, rng_for):
    """The student's network, trained by the student's function on 640 words."""
    rng = rng_for("words")
    found = arrays.words()
    x, y = as_ids(found["train"])
    chosen = rng.permutation(len(x))[:640]
    unseen, truth = as_ids(found["test"])
    sizes, seed = (40, 32, 64), int(rng.integers(1000))
    before, after, p = student.run(
        fit, student.build_rnn, student.train, sizes, x[chosen], y[chosen], 5, seed, unseen
    )
    return np.unique(x[chosen]), before, after, p, truth


@pytest.mark.check("words", weight=3, seconds=SECONDS)
def test_accuracy_on_unseen_words(words):
    """After 5 epochs with 640 words, at least 75 % of the unseen words are right."""
    *_, p, truth = words
    assert_shape(p, (len(truth), 1), what=f"the output for {len(truth)} words")
    p = as_array(p, what="the output").ravel()
    require(
        bool((p >= 0).all() and (p <= 1).all()),
        f"After the training the outputs reach from {p.min():.3g} to {p.max():.3g}.",
        "They should be probabilities.",
    )
    accuracy = np.mean((p > 0.5) == truth)
    require(
        accuracy >= 0.75,
        f"{accuracy:.0%} of the unseen words are right; at least 75 % were asked for.",
        "Does the loss fit the output? Do all parts learn? Are the steps large enough, and enough?",
    )


@pytest.mark.check("words", weight=2, seconds=SECONDS)
def test_embedding_and_recurrent_layer_learn(words):
    """The training changes the embedding of every letter and the recurrent weights."""
    used, before, after, *_ = words
    changed = {"embedding": False, "recurrent layer": False}
    for old, new in zip(before, after, strict=False):
        old, new = as_array(old), as_array(new)
        if old.ndim == 2 and len(old) in (40, 41, 42):
            changed["embedding"] = bool((old[used] != new[used]).any(axis=1).all())
        elif old.shape in {(n, gates * n) for n in (32, 64) for gates in (1, 3, 4)}:
            changed["recurrent layer"] |= bool((old != new).mean() > 0.5)
    for part, learned in changed.items():
        require(
            learned,
            f"No {part} has learned: after the training its weights are what they were.",
            "Is it trainable, and does the gradient reach it?",
        )
