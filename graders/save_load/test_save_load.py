import numpy as np
import pytest

from proctor.judge import (
    StudentError,
    assert_close,
    attempt,
    is_a,
    require,
    type_name,
)

SLOW = 60
BATCH = 32
NEW_KERNEL = "This was loaded in a new kernel, which has nothing but the files at that path."


def make_classifier(units, rate, seed, steps, x, y):
    inputs = keras.Input((3,))
    hidden = keras.layers.BatchNormalization(momentum=0.7, name="norm")(inputs)
    frozen = keras.layers.Dense(units, activation="softsign", trainable=False, name="frozen")
    hidden = keras.layers.Concatenate(name="side_by_side")([inputs, frozen(hidden)])
    model = keras.Model(inputs, keras.layers.Dense(1, name="logit")(hidden))
    draw = np.random.default_rng(seed)
    for weight in model.weights:
        value = draw.uniform(0.3, 0.9, weight.shape)
        sign = draw.choice([-1.0, 1.0], weight.shape)
        weight.assign(value if "variance" in weight.path else value * sign)
    model.compile(
        optimizer=keras.optimizers.Adam(0.05, beta_1=0.8),
        loss=keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.1),
        metrics=[keras.metrics.BinaryCrossentropy(from_logits=True, name="surprise")],
        run_eagerly=True,
    )
    model.train_on_batch(x, y)
    model.optimizer.learning_rate = rate
    model.optimizer.iterations.assign(steps)
    return model


def make_regressor(weights, rate, decay, x, y):
    model = keras.Sequential(
        [keras.Input((weights[0].shape[0],)), keras.layers.Dense(1, activation="tanh")]
    )
    model.set_weights(weights)
    schedule = keras.optimizers.schedules.ExponentialDecay(rate, 4, decay)
    model.compile(
        optimizer=keras.optimizers.SGD(schedule, momentum=0.9),
        loss=keras.losses.MeanSquaredError(),
        run_eagerly=True,
    )
    model.train_on_batch(x, y)
    return model


def make_custom(layer):
    model = keras.Sequential([keras.Input((3,)), layer])
    model.compile(keras.optimizers.SGD(0.3), keras.losses.MeanSquaredError(), run_eagerly=True)
    model.train_on_batch(np.ones((4, 3), "float32"), np.float32([[0, 3, 6]] * 4))
    return model


def make_small(units):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(units)])
    model.compile(keras.optimizers.SGD(0.1), keras.losses.MeanSquaredError(), run_eagerly=True)
    model.train_on_batch(np.ones((4, 2), "float32"), np.zeros((4, units), "float32"))
    return model


def make_plain(units, seed, unused=0):
    for _ in range(unused):
        # As if a layer of each kind had been made, at a hundredth of the time.
        keras.backend.get_uid("dense"), keras.backend.get_uid("batch_normalization")
    model = keras.Sequential(
        [
            keras.Input((3,)),
            keras.layers.Dense(units, activation="tanh"),
            keras.layers.BatchNormalization(),
            keras.layers.Dense(2),
        ]
    )
    draw = np.random.default_rng(seed)
    model.set_weights([draw.uniform(0.1, 1.0, weight.shape) for weight in model.weights])
    return model


def make_one_layer(units, seed):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(units)])
    draw = np.random.default_rng(seed)
    model.set_weights([draw.uniform(0.1, 1.0, weight.shape) for weight in model.weights])
    return model


def train(model, x, y):
    model.train_on_batch(x, y)
    return model.get_weights()


def rehearse(model, x, y):
    """The weights after a step; afterwards the model is where it was."""
    variables = model.weights + model.optimizer.variables
    kept = [np.array(variable) for variable in variables]
    model.train_on_batch(x, y)
    weights = model.get_weights()
    for variable, value in zip(variables, kept, strict=True):
        variable.assign(value)
    return weights


def fill(model, seed):
    draw = np.random.default_rng(seed)
    model.set_weights([draw.uniform(0.1, 1.0, weight.shape) for weight in model.weights])
    return model.get_weights()


def save_filled(save_weights, model, weights, path):
    model.set_weights(weights)
    save_weights(model, path)
    return model.get_weights()


def one_step(model, units):
    model.train_on_batch(np.ones((4, 2), "float32"), np.full((4, units), 9.0, "float32"))


def predict(model, x):
    return np.asarray(model(x, training=False))


def portrait(model):
    """Weights, architecture, optimizer and compile settings, as far as the model has them."""
    layers = [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]
    optimizer = getattr(model, "optimizer", None)
    seen = {
        "weights": {layer.name: layer.get_weights() for layer in layers},
        "architecture": {
            layer.name: [type(layer).__qualname__, bool(layer.trainable), layer.count_params()]
            for layer in layers
        },
        "optimizer": {},
        "optimizer state": [],
        "settings": {},
    }
    if optimizer is not None:
        rate, steps = float(optimizer.learning_rate), int(optimizer.iterations)
        kind = type(optimizer).__qualname__
        seen["optimizer"] = {"kind": kind, "learning rate": rate, "steps": steps}
        seen["optimizer state"] = [np.array(variable) for variable in optimizer.variables]
        settings = model.get_compile_config() or {}
        seen["settings"] = {str(name): repr(value) for name, value in settings.items()}
    return seen


def evaluate(model, x, y):
    model.reset_metrics()
    scores = model.test_on_batch(x, y, return_dict=True)
    return {name: float(score) for name, score in scores.items()}


def make_folder(name):
    tf.io.gfile.makedirs(name)


class Story:
    """What happened step by step. A step that failed tells so when its result is asked for,
    and so do the steps that needed it."""

    def __init__(self):
        self.results = {}

    def step(self, name, action, *, after=()):
        def act():
            for other in after:
                self[other]
            return action()

        self.results[name] = attempt(act)

    def __getitem__(self, name):
        return self.results[name].result()

    def weights(self, name):
        """The weights that a step gave; none if it failed."""
        return [] if self.results[name].failure else self[name]


def a_model(thing, function):
    if is_a(thing, "keras.Model"):
        return thing
    kind = type_name(thing).removeprefix("builtins.")
    kind = "None" if thing is None else f"an object of type {kind}"
    require(False, f"{function} returned {kind}, not a Keras model.", "What does it return?")


def loaded(kernel, path):
    return a_model(kernel.load_model(path), "load_model")


def resumed(kernel, path, x, y, epochs):
    return a_model(kernel.resume_training(path, x, y, epochs), "resume_training")


def assert_weights(got, expected, *, what, hint=None, rtol=1e-5, atol=1e-6):
    require(
        len(got) == len(expected),
        f"{what} has {len(got)} weight arrays; expected {len(expected)}.",
        hint,
    )
    for number, (array, wanted) in enumerate(zip(got, expected, strict=True)):
        label = f"weight array {number} of {what}"
        assert_close(array, wanted, rtol=rtol, atol=atol, what=label, hint=hint)


def same_weights(got, expected):
    return len(got) == len(expected) and all(
        a.shape == b.shape and np.allclose(a, b, rtol=1e-2, atol=1e-3)
        for a, b in zip(got, expected, strict=True)
    )


def in_batches(x, y):
    return [
        (x[start : start + BATCH], y[start : start + BATCH]) for start in range(0, len(x), BATCH)
    ]


def train_by_hand(weights, batches, rate, decay):
    """The regressor's training, in NumPy: mean squared error, momentum, a decaying rate."""
    w, b = (weight.astype("float64") for weight in weights)
    speed = [np.zeros_like(w), np.zeros_like(b)]
    for step, (rows, wanted) in enumerate(batches):
        outputs = np.tanh(rows @ w + b)
        back = 2 * (outputs - wanted) / len(rows) * (1 - outputs**2)
        now = rate * decay ** (step / 4)
        gradients = rows.T @ back, back.sum(0)
        speed = [0.9 * v - now * g for v, g in zip(speed, gradients, strict=True)]
        w, b = w + speed[0], b + speed[1]
    return [w, b]


@pytest.fixture(scope="module")
def story(student, rng_for):
    """Models are saved in one kernel; another one, which never saw them, loads them."""
    rng = rng_for("story")
    story = Story()
    probe = rng.normal(size=(7, 3)).astype("float32")

    units, rate, seed = int(rng.integers(4, 8)), rng.uniform(0.06, 0.09), int(rng.integers(10_000))
    x = rng.normal(size=(BATCH, 3)).astype("float32")
    y = (x @ rng.normal(size=(3, 1)) > 0).astype("float32")
    # It counts on from a number of steps that no training here comes to.
    steps = int(rng.integers(5, 10))
    classifier = student.run(make_classifier, units, rate, seed, steps, x, y)
    story.predictions = student.run(predict, classifier, probe)
    story.scores = student.run(evaluate, classifier, x, y)
    story.portrait = student.run(portrait, classifier)
    story.went_on = student.run(rehearse, classifier, x, y)

    start = [rng.normal(size=shape).astype("float32") * np.float32(0.5) for shape in [(4, 1), (1,)]]
    schedule = rng.uniform(0.12, 0.2), rng.uniform(0.5, 0.7)
    rows = rng.normal(size=(BATCH + 8, 4)).astype("float32")
    targets = np.sin(rows @ rng.normal(size=(4, 1))).astype("float32")
    epoch = in_batches(rows, targets)
    regressor = student.run(make_regressor, start, *schedule, *epoch[0])
    story.regressor_weights = regressor.get_weights()
    # One step before it is saved, and two epochs after.
    story.by_hand = train_by_hand(start, epoch[:1] + 2 * epoch, *schedule)

    story.power, story.probe = int(rng.integers(3, 5)), probe
    custom = student.run(make_custom, student.PowerScale(power=story.power))
    (story.factor,) = custom.get_weights()

    old = student.run(make_plain, units, seed)
    story.old_weights = old.get_weights()

    paths = {name: f"{name}_{rng.integers(1000)}" for name in ("first", "second", "third", "w")}
    fresh = student.fresh()
    held = {}

    def hold(name, make):
        held[name] = make()

    story.step(
        "new kernel", lambda: hold("new", lambda: fresh.run(make_plain, units, seed + 1, 99))
    )

    story.step("save", lambda: student.save_model(classifier, paths["first"]))
    story.step("living portrait", lambda: student.run(portrait, classifier), after=["save"])

    story.step(
        "load", lambda: hold("loaded", lambda: loaded(fresh, paths["first"])), after=["save"]
    )
    for name, function, *more in [
        ("portrait", portrait),
        ("predictions", predict, probe),
        ("scores", evaluate, x, y),
        ("went on", train, x, y),
    ]:
        story.step(
            name,
            lambda function=function, more=more: fresh.run(function, held["loaded"], *more),
            after=["load"],
        )
    story.step(
        "resumed",
        lambda: resumed(fresh, paths["first"], x, y, 1).get_weights(),
        after=["save"],
    )

    story.step("save regressor", lambda: student.save_model(regressor, paths["second"]))
    story.step(
        "resumed regressor",
        lambda: resumed(fresh, paths["second"], rows, targets, 2).get_weights(),
        after=["save regressor"],
    )
    story.step(
        "regressor after resuming",
        lambda: loaded(fresh, paths["second"]).get_weights(),
        after=["resumed regressor"],
    )

    story.step("save custom", lambda: student.save_model(custom, paths["third"]))
    story.step(
        "custom predictions",
        lambda: fresh.run(predict, loaded(fresh, paths["third"]), probe),
        after=["save custom"],
    )

    story.step("save weights", lambda: student.save_weights(old, paths["w"]))
    story.step(
        "load weights",
        lambda: fresh.load_weights_into(held["new"], paths["w"]),
        after=["new kernel", "save weights"],
    )
    story.step("new weights", lambda: held["new"].get_weights(), after=["load weights"])
    return story


@pytest.fixture(scope="module")
def shelf(student, rng_for):
    """Two small models are saved to a few paths, and loaded in the kernel that saved them."""
    rng = rng_for("shelf")
    shelf, name = Story(), f"run{rng.integers(1000)}"
    seeds = [int(seed) for seed in rng.integers(10_000, size=2)]
    first, second = student.run(make_small, 5), student.run(make_small, 4)
    shelf.first, shelf.second = first.get_weights(), second.get_weights()
    student.run(make_folder, "left")
    shelf.paths = long, short, deep = f"left/{name}0", f"left/{name}", f"right/today/{name}"
    shelf.saved, shelf.changed = {}, []

    def weights_at(path):
        return loaded(student, path).get_weights()

    def load_and_change(path):
        model = loaded(student, path)
        weights = model.get_weights()
        shelf.changed = [weight + 1 for weight in weights]
        model.set_weights(shelf.changed)
        return weights

    def fill_and_save(path, seed):
        shelf.saved[path] = student.run(fill, first, seed)
        student.save_model(first, path)

    # Loaded for the first time, `long` is changed in memory; loaded again, it has had a neighbour.
    shelf.step("save long", lambda: student.save_model(first, long))
    shelf.step("train on", lambda: student.run(one_step, first, 5), after=["save long"])
    shelf.step("first", lambda: load_and_change(long), after=["train on"])
    shelf.step("save short", lambda: fill_and_save(short, seeds[0]))
    shelf.step("overwrite", lambda: student.save_model(second, short), after=["save short"])
    shelf.step("short", lambda: weights_at(short), after=["save short"])
    shelf.step("long", lambda: weights_at(long), after=["first"])
    shelf.step("save deep", lambda: fill_and_save(deep, seeds[1]))
    shelf.step("deep", lambda: weights_at(deep), after=["save deep"])
    return shelf


@pytest.fixture(scope="module")
def numbers(student, rng_for):
    """One model's weights are saved to a few paths, and loaded in the kernel that saved them."""
    rng = rng_for("numbers")
    numbers, name = Story(), f"w{rng.integers(1000)}"
    seeds = [int(seed) for seed in rng.integers(10_000, size=5)]
    model, target = (student.run(make_one_layer, 5, seed) for seed in seeds[:2])
    other = student.run(make_one_layer, 7, seeds[2])
    second, numbers.first = (student.run(fill, model, seed) for seed in seeds[3:])
    numbers.paths = path, other_path, deep = f"{name}0", name, f"of/today/{name}"

    def save(weights, where):
        require(
            same_weights(
                student.run(save_filled, student.save_weights, model, weights, where), weights
            ),
            "save_weights changed the weights of the model it was given.",
        )

    def save_twice(where):
        save(second, where)
        save(numbers.first, where)

    def load(where):
        student.load_weights_into(target, where)
        return target.get_weights()

    def refused():
        try:
            student.load_weights_into(other, path)
        except StudentError:
            return True
        return False

    numbers.step("save", lambda: save(numbers.first, path))
    numbers.step("save other", lambda: save(second, other_path), after=["save"])
    numbers.step("loaded", lambda: load(path), after=["save other"])

    numbers.step("save deep", lambda: save_twice(deep))
    numbers.step("change", lambda: target.set_weights(second))
    numbers.step("deep", lambda: load(deep), after=["save deep", "change"])

    numbers.step("refused", refused, after=["loaded"])
    return numbers


@pytest.mark.check("whole_model", weight=2, seconds=SLOW)
def test_predicts_the_same_in_a_new_kernel(story):
    """A model saved in one kernel and loaded in a new one makes the same predictions."""
    assert_close(
        story["predictions"],
        story.predictions,
        rtol=1e-4,
        atol=1e-5,
        what="the prediction of the loaded model",
        hint=f"{NEW_KERNEL} Is every weight in them, and BatchNormalization's averages too?",
    )


@pytest.mark.check("whole_model", seconds=SLOW)
def test_keeps_every_weight(story):
    """In a new kernel all weights come back, to the last digit, trainable or not."""
    loaded_weights = story["portrait"]["weights"]
    for name, expected in story.portrait["weights"].items():
        got = loaded_weights.get(name)
        require(got is not None, f"The loaded model has no layer named {name!r}.", NEW_KERNEL)
        for array, wanted in zip(got, expected, strict=False):
            assert_close(
                array,
                wanted,
                rtol=1e-6,
                atol=1e-7,
                what=f"a weight of the layer {name!r}",
                hint="Weights are float32 numbers, and not all of them are trainable.",
            )


@pytest.mark.check("whole_model", seconds=SLOW)
def test_keeps_the_architecture(story):
    """In a new kernel the layers come back: names, kinds, sizes, frozen ones still frozen."""
    layers, saved_layers = story["portrait"]["architecture"], story.portrait["architecture"]
    for name, expected in saved_layers.items():
        got = layers.get(name)
        require(got is not None, f"The loaded model has no layer named {name!r}.", NEW_KERNEL)
        seen = "kind {}, trainable={}, {} numbers in its weights"
        require(
            got == expected,
            f"The loaded layer {name!r} has {seen.format(*got)}; "
            f"the saved one had {seen.format(*expected)}.",
            "The architecture has to come from the files, not from code you run again.",
        )
    require(
        len(layers) == len(saved_layers),
        f"The loaded model has {len(layers)} layers; the saved one had {len(saved_layers)}.",
    )


@pytest.mark.check("whole_model", seconds=SLOW)
def test_loads_a_registered_layer(story):
    """A model with the registered layer PowerScale loads in a new kernel, with its `power`."""
    expected = story.factor * story.probe.astype("float64") ** story.power
    assert_close(
        story["custom predictions"],
        expected,
        rtol=5e-3,
        atol=5e-3 * float(np.abs(expected).max()),
        what="the prediction of the loaded model with a PowerScale layer",
        hint=f"The layer was made with power={story.power}: `get_config` tells that. {NEW_KERNEL}",
    )


@pytest.mark.check("training_state", seconds=SLOW)
def test_keeps_loss_and_metrics(story):
    """A model loaded in a new kernel reports the same loss and metrics."""
    got, expected = story["scores"], story.scores
    require(
        sorted(got) == sorted(expected),
        f"After loading, the model reports {sorted(got)}; before saving it was {sorted(expected)}.",
        "The loss and the metrics are settings that `compile` was given.",
    )
    for name, value in expected.items():
        assert_close(
            got[name],
            value,
            rtol=5e-3,
            atol=1e-3,
            what=f"{name!r}, as the model reports it after loading,",
            hint="The loss has settings of its own (here from_logits and label_smoothing), "
            "and so have metrics.",
        )


@pytest.mark.check("training_state", seconds=SLOW)
def test_keeps_the_optimizer_and_its_learning_rate(story):
    """In a new kernel the optimizer is of the same class and has the same learning rate."""
    got, expected = story["portrait"]["optimizer"], story.portrait["optimizer"]
    require(bool(got), "The loaded model has no optimizer.", "Is it compiled after loading?")
    require(
        got["kind"] == expected["kind"],
        f"The loaded model's optimizer is {got['kind']}; it was {expected['kind']}.",
    )
    assert_close(
        got["learning rate"],
        expected["learning rate"],
        rtol=1e-4,
        what="the learning rate after loading",
        hint="Someone had changed it after compile, as one does: "
        "what counts is its value when the model is saved.",
    )


@pytest.mark.check("training_state", seconds=SLOW)
def test_keeps_the_step_count(story):
    """In a new kernel the loaded optimizer knows how many steps it has taken."""
    got, expected = story["portrait"]["optimizer"], story.portrait["optimizer"]
    require(bool(got), "The loaded model has no optimizer.", "Is it compiled after loading?")
    require(
        got["steps"] == expected["steps"],
        f"optimizer.iterations is {got['steps']} after loading; it was {expected['steps']}.",
        "An optimizer has a state: the step count, and averages for every weight.",
    )


@pytest.mark.check("training_state", weight=2, seconds=SLOW)
def test_training_goes_on_as_it_would_have(story):
    """In a new kernel training leads where training the model that was saved leads."""
    assert_weights(
        story["went on"],
        story.went_on,
        rtol=2e-3,
        atol=1e-3,
        what="the loaded model after more training",
        hint="This was compared with where the model got that was just trained on. Does the "
        "optimizer come back with its state? Frozen layers frozen?",
    )


@pytest.mark.check("files")
def test_overwrites(shelf):
    """Saving to a path that is in use replaces what was saved there."""
    shelf["overwrite"]
    require(
        same_weights(shelf["short"], shelf.second),
        "A second model was saved to a path in use, and load_model did not bring back that one.",
        "Saving again must replace the files, and loading must look at them again.",
    )


@pytest.mark.check("files")
def test_paths_do_not_mix(shelf):
    """What is saved at one path leaves every other path alone, however alike their names are."""
    long, short, _ = shelf.paths
    saved = {
        "long": (shelf.first, shelf.changed),
        "short": (shelf.saved.get(short, []), shelf.second),
    }
    for name, path in ("long", long), ("short", short):
        require(
            any(same_weights(shelf[name], weights) for weights in saved[name]),
            f"Models were saved to {long!r} and {short!r}; load_model({path!r}) did not bring "
            "back one that was saved there.",
            "Does every file's name begin with the whole path?",
        )


@pytest.mark.check("files")
def test_later_training_changes_nothing(shelf):
    """Neither the model that was saved nor a loaded one reaches back into what is saved."""
    require(
        same_weights(shelf["first"], shelf.first),
        "The model was trained on after it had been saved, and load_model brought back weights "
        "that differ from those at the time of saving.",
        "What is loaded comes from the files alone, also in the kernel that saved them.",
    )
    require(
        not same_weights(shelf.weights("long"), shelf.changed),
        "The weights of a loaded model were changed, and the next load_model of the same path "
        "brought back the changed ones.",
        "Every call of load_model makes a new model.",
    )


@pytest.mark.check("files", seconds=SLOW)
def test_saving_leaves_the_model_as_it_is(story):
    """The model that was saved is not changed by it: weights, layers, settings, optimizer."""
    now, before = story["living portrait"], story.portrait
    for name, expected in before["weights"].items():
        for array, wanted in zip(now["weights"][name], expected, strict=True):
            assert_close(
                array, wanted, what=f"after save_model, a weight of the living model's {name!r}"
            )
    hint = "save_model was given the model to look at, not to change."
    require(bool(now["optimizer"]), "After save_model the living model has no optimizer.", hint)
    for what, key in [("layers", "architecture"), ("optimizer", "optimizer")]:
        require(now[key] == before[key], f"save_model changed the living model's {what}.", hint)
    got, expected = now["optimizer state"], before["optimizer state"]
    require(
        len(got) == len(expected) and all(map(np.array_equal, got, expected)),
        "save_model changed the state of the living model's optimizer.",
        hint,
    )
    require(
        now["settings"].keys() == before["settings"].keys(),
        "After save_model, get_compile_config() of the living model has the entries "
        f"{sorted(now['settings'])}; before, it had {sorted(before['settings'])}.",
        "Saving `.h5` does that, and what is saved afterwards has lost its optimizer.",
    )
    for name, value in before["settings"].items():
        require(
            now["settings"][name] == value,
            f"After save_model, {name!r} among the living model's compile settings is "
            f"{now['settings'][name]}; before, it was {value}.",
            hint,
        )


@pytest.mark.check("files")
def test_makes_folders(shelf):
    """save_model makes the folders that the path names."""
    deep = shelf.paths[-1]
    require(
        same_weights(shelf["deep"], shelf.saved[deep]),
        f"load_model({deep!r}) did not bring back the weights that were saved there.",
    )


@pytest.mark.check("weights_only", weight=2, seconds=SLOW)
def test_weights_go_into_a_new_model(story):
    """Weights saved in one kernel fill a model newly built in another: all, to the last digit."""
    assert_weights(
        story["new weights"],
        story.old_weights,
        rtol=0,
        atol=0,
        what="the new model",
        hint="Both models came from the same code, without names for their layers, and Keras "
        "numbered them differently in the two kernels. BatchNormalization has weights that are "
        "not trainable.",
    )


@pytest.mark.check("weights_only")
def test_weights_that_do_not_fit(numbers):
    """Weights whose shapes do not fit the new model raise an exception."""
    require(
        numbers["refused"],
        "Weights of layers with 5 units were loaded into layers with 7, and nothing was raised.",
        "Keras raises by itself when shapes differ; let it.",
    )


@pytest.mark.check("weights_only")
def test_weights_are_a_copy(numbers):
    """Saved weights stay as they were; other paths are left alone."""
    path, other_path, _ = numbers.paths
    require(
        same_weights(numbers["loaded"], numbers.first),
        f"Weights were saved to {path!r} and, when the model had been changed, to {other_path!r}. "
        f"Loading {path!r} did not bring back what had been saved there.",
        "Does the file's name begin with the whole path? Are the numbers in the file?",
    )


@pytest.mark.check("weights_only")
def test_weights_make_folders(numbers):
    """save_weights makes the folders that the path names. Saving there again replaces what was
    saved."""
    deep = numbers.paths[-1]
    require(
        same_weights(numbers["deep"], numbers.first),
        f"Weights were saved to {deep!r} twice. load_weights_into(…, {deep!r}) did not bring back "
        "those that were saved there last.",
    )


@pytest.mark.check("resume_training", weight=2, seconds=SLOW)
def test_resumes_with_a_schedule(story):
    """In a new kernel SGD with momentum and a decaying learning rate goes on where it was."""
    assert_weights(
        story["resumed regressor"],
        story.by_hand,
        rtol=2e-3,
        atol=1e-3,
        what="the model that resume_training returned",
        hint="Batches of 32 rows, in the order given, `epochs` times; momentum and step count as "
        "they were when the model was saved.",
    )


@pytest.mark.check("resume_training", weight=2, seconds=SLOW)
def test_resumes_with_adam(story):
    """In a new kernel Adam, BatchNormalization and a frozen layer go on where they were."""
    assert_weights(
        story["resumed"],
        story.went_on,
        rtol=2e-3,
        atol=1e-3,
        what="the model that resume_training returned",
        hint="Batches of 32 rows, in the order given, `epochs` times; Adam's averages and step "
        "count as they were when the model was saved.",
    )


@pytest.mark.check("resume_training", seconds=SLOW)
def test_resuming_leaves_the_saved_model(story):
    """What is saved at the path is the same after resume_training as before."""
    require(
        same_weights(story["regressor after resuming"], story.regressor_weights),
        "After resume_training, load_model does not bring back the weights that were saved.",
        "resume_training returns the trained model and saves nothing.",
    )
