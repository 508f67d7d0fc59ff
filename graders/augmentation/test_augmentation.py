from typing import NamedTuple

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

# What is counted here is random, so the margins are wide. With n draws, the share of something
# that happens with probability p, the mean of numbers in [0, 1], and the distance between the
# empirical and the true distribution all stay within `margin(n)` except with probability RISK
# (Hoeffding; Dvoretzky, Kiefer, Wolfowitz and Massart). Without a seed and with one there are
# FLIPS images each. Over them all, a coin that falls with probability 1/3 or less, or 2/3 or
# more, stays outside but for a chance of 1e-6.
RISK = 1e-9
FLIPS = 576
SHIFTS = 384
PAIRS = 192
# That all of these batches take the same decision, one each, has probability 5e-10; that each
# of them seems to take one, where every image takes its own, 1e-29.
BATCHES, BATCH = 32, 4


def margin(n):
    return np.sqrt(np.log(2 / RISK) / (2 * n))


def reach(n):
    """What the largest of n numbers, uniform in [-1, 1], stays below with probability RISK."""
    return 2 * RISK ** (1 / n) - 1


def unseed():
    import random

    tf.random.set_seed(None)
    np.random.seed(None)
    random.seed()


def epochs_of(augmenter, images, batch, epochs):
    dataset = tf.data.Dataset.from_tensor_slices(images)
    if batch:
        dataset = dataset.batch(batch, drop_remainder=True)
    dataset = dataset.map(lambda part: augmenter(part, training=True)).batch(len(images))
    return [np.asarray(next(iter(dataset))) for _ in range(epochs)]


def side_by_side(augmenters, images, epochs):
    """For each augmenter, what it makes of the images in each epoch, in a dataset of them all."""
    dataset = tf.data.Dataset.from_tensor_slices(images)
    dataset = dataset.map(
        lambda image: [augmenter(image, training=True) for augmenter in augmenters]
    )
    dataset = dataset.batch(len(images))
    runs = [[np.asarray(part) for part in next(iter(dataset))] for _ in range(epochs)]
    return [list(run) for run in zip(*runs)]  # noqa: B905


def one_after_the_other(augmenter, images):
    return [np.asarray(augmenter(image, training=True)) for image in images]


def in_turns(augmenters, images):
    calls = [[np.asarray(a(image, training=True)) for a in augmenters] for image in images]
    return [list(results) for results in zip(*calls)]  # noqa: B905


def call_and_look(augmenter, images, training):
    given = np.array(images)
    result = np.asarray(augmenter(given, training=training))
    return given, result


def draw_globally():
    import random

    return [float(tf.random.uniform([])), float(np.random.uniform()), random.random()]


def halving_augmenter():
    generator = tf.random.Generator.from_non_deterministic_state()

    def augmenter(images, training=False):
        images = tf.convert_to_tensor(images, tf.float32)
        shape = tf.shape(images)
        shape = tf.concat([shape[:-3], [1, 1], shape[-1:]], axis=0)
        drawn = generator.uniform(shape)
        # The first channel reaches 1 exactly, the end of what is allowed.
        drawn = tf.concat([tf.ones_like(drawn[..., :1]), drawn[..., 1:]], axis=-1)
        changed = 0.5 * images + 0.5 * drawn
        training = False if training is None else training
        return tf.where(tf.cast(training, tf.bool), changed, images)

    return tf.autograph.experimental.do_not_convert(augmenter)


def counted(parts):
    reads = tf.Variable(0, dtype=tf.int64)

    @tf.autograph.experimental.do_not_convert
    def read(*element):
        reads.assign_add(1)
        return element

    return tf.data.Dataset.from_tensor_slices(parts).map(read), reads


def elements_of(dataset, limit):
    return [
        [np.asarray(part) for part in element] if isinstance(element, (tuple, list)) else None
        for element in dataset.take(limit)
    ]


def unordered_steps(dataset):
    try:
        graph = tf.compat.v1.GraphDef.FromString(dataset._as_serialized_graph().numpy())
    except Exception:
        return []
    found = [node.op for node in graph.node if node.attr["deterministic"].s == b"false"]
    return found + ["options"] * (dataset.options().deterministic is False)


def pictures_in(figure):
    import matplotlib.figure
    import matplotlib.pyplot

    if not isinstance(figure, matplotlib.figure.Figure):
        return None
    found = [
        (
            [np.ma.getdata(picture.get_array()) for picture in axis.get_images()],
            [float(part) for part in axis.bbox.bounds],
        )
        for axis in figure.axes
    ]
    matplotlib.pyplot.close(figure)
    return found


def levels(rng, *shape):
    """Pictures with multiples of 1/8 as values."""
    return (rng.integers(0, 9, size=shape) / 8).astype("float32")


def two_sided(rng, n):
    """Pictures that are darker on one side, far from 0 and 1, and from each other."""
    images = rng.uniform(0.4, 0.6, size=(n, 2, 4, 3))
    images[:, :, 0] = rng.uniform(0.3, 0.35, size=(n, 2, 3))
    images[:, :, 3] = rng.uniform(0.65, 0.7, size=(n, 2, 3))
    return images.astype("float32")


def is_mirrored(versions):
    """Whether pictures made of `two_sided` ones, of shape (..., 2, 4, 3), are mirrored."""
    return versions[..., 3, :].mean(axis=(-1, -2)) < versions[..., 0, :].mean(axis=(-1, -2))


def shift_of(versions, images):
    return versions.mean(axis=(-1, -2, -3), dtype="float64") - images.mean(
        axis=(-1, -2, -3), dtype="float64"
    )


def draw_seeds(rng, n):
    return [int(seed) for seed in rng.choice(10_000, size=n, replace=False) + 1]


# Turned about whole, a picture keeps its shape and its middle pixel.
TURNS = {
    "as it was": lambda images: images,
    "mirrored left to right": lambda images: images[..., :, ::-1, :],
    "upside down": lambda images: images[..., ::-1, :, :],
    "turned by 180 degrees": lambda images: images[..., ::-1, ::-1, :],
}
ALLOWED = ["as it was", "mirrored left to right"]


def turns_of(versions, images):
    """For each picture, the name of the turn that made it; None if there is none."""
    found = [None] * len(images)
    for name, turn in TURNS.items():
        off = np.abs(turn(images) - versions).max(axis=(-1, -2, -3))
        for place in np.flatnonzero(off < 1e-5):
            found[place] = found[place] or name
    return found


def in_both_modes(student, rng, flip, brightness, images):
    """What an augmenter without a seed and one with a seed make of the same pictures."""
    seeds = (None, *draw_seeds(rng, 1))
    student.run(unseed)
    augmenters = [student.build_augmenter(flip, brightness, seed=seed) for seed in seeds]
    results = {}
    runs = student.run(side_by_side, augmenters, images, 1)
    for seed, (result,) in zip(seeds, runs, strict=True):
        assert_shape(result, images.shape, what="a stack of augmented images")
        results[f"flip={flip}, brightness={brightness:.3f} and seed={seed}"] = result
    return results


def each_and_all(images, results):
    """Pictures and results, with each of the arguments and then with all of them together."""
    for arguments, result in results.items():
        yield arguments, images, result
    everything = np.concatenate(list(results.values()))
    yield " or ".join(results), np.concatenate([images] * len(results)), everything


@pytest.fixture(scope="module")
def flips(student, rng_for):
    """Pictures, and what augmenters that only flip make of them."""
    rng = rng_for("flips")
    images = rng.uniform(0, 1, size=(FLIPS, 3, 5, 3)).astype("float32")
    return images, in_both_modes(student, rng, True, 0.0, images)


@pytest.fixture(scope="module")
def shifts(student, rng_for):
    """Pictures with a middle pixel of 0.5, the brightness, and what augmenters make of them."""
    rng = rng_for("shifts")
    images = rng.uniform(0, 1, size=(SHIFTS, 3, 5, 2)).astype("float32")
    # One side stays darker than the other, whatever is added and clipped.
    images[:, :, 0], images[:, :, 4] = 0.3 * images[:, :, 0], 1 - 0.3 * images[:, :, 4]
    images[:, 0, 0], images[:, 2, 1] = 0, 1
    images[:, 1, 2] = 0.5
    brightness = float(rng.uniform(0.25, 0.45))
    return images, brightness, in_both_modes(student, rng, False, brightness, images)


@pytest.fixture(scope="module")
def unseeded(student, rng_for):
    """What an augmenter without a seed makes of some pictures in two epochs."""
    images = two_sided(rng_for("unseeded"), PAIRS // 2)
    student.run(unseed)
    epochs = student.run(epochs_of, student.build_augmenter(True, 0.25), images, 0, 2)
    for epoch in epochs:
        assert_shape(epoch, images.shape, what="a stack of augmented images")
    return images, epochs


@pytest.fixture(scope="module")
def seeded(student, rng_for):
    """What two augmenters with the same seed make of the same pictures in two epochs."""
    rng = rng_for("seeded")
    images, (seed,) = two_sided(rng, PAIRS // 2), draw_seeds(rng, 1)
    student.run(unseed)
    augmenters = [student.build_augmenter(True, 0.25, seed=seed) for _ in range(2)]
    runs = student.run(side_by_side, augmenters, images, 2)
    for run in runs:
        for epoch in run:
            assert_shape(epoch, images.shape, what="a stack of augmented images")
    return images, seed, runs


# Flips


@pytest.mark.check("flip", weight=2)
def test_mirrored_left_to_right(flips):
    """With flip=True and no brightness, each image is as it was or mirrored left to right."""
    images, results = flips
    for arguments, result in results.items():
        seen = set(turns_of(result, images))
        wrong = sorted(turn or "something else altogether" for turn in seen - set(ALLOWED))
        require(
            not wrong,
            f"With {arguments}, each image should be as it was, or mirrored left to right. There "
            f"were also images that are {' and '.join(wrong)}.",
            "The width is the axis before the last; nothing else should happen to an image.",
        )
        assert_dtype(result, "float32", what="an augmented image")


def is_changed(result, images):
    return np.abs(result - images).max(axis=(-1, -2, -3)) > 1e-4


@pytest.mark.check("flip", weight=2)
def test_one_half_is_mirrored(flips):
    """Of thousands of images in a dataset, about one half is changed."""
    for arguments, images, result in each_and_all(*flips):
        share = is_changed(result, images).mean()
        require(
            abs(share - 0.5) < margin(len(images)),
            f"With {arguments}, {share:.1%} of {len(images)} images in a dataset were flipped; it "
            "should be about one half.",
            "All or none, in a dataset: is the decision made by Python or NumPy while the function "
            "is traced, or by a stateless operation that is given the same seed each time?"
            if share in (0, 1)
            else "Each image is flipped with probability one half.",
        )


@pytest.mark.check("flip")
def test_decisions_follow_no_pattern(flips):
    """Whether an image is flipped doesn't depend on whether the one before it was."""
    for arguments, images, result in each_and_all(*flips):
        share = np.diff(is_changed(result, images)).mean()
        require(
            abs(share - 0.5) < margin(len(images) - 1),
            f"With {arguments}, an image and the one before it were treated differently in "
            f"{share:.1%} of all cases; if each decides for itself, that is about one half.",
            "Is there a new random number for each image?",
        )


@pytest.mark.check("flip")
def test_no_flips_unless_asked_for(shifts):
    """With flip=False, no image is flipped."""
    _, _, results = shifts
    for arguments, result in results.items():
        left, right = (result[:, :, side].mean(axis=(1, 2)) for side in (0, 4))
        mirrored = int((right < left).sum())
        require(
            mirrored == 0,
            f"With {arguments}, {mirrored} of {len(result)} images were mirrored.",
            "Does anything depend on `flip`?",
        )


# Brightness


def middle(images):
    return images[..., 1, 2, 0].astype("float64")


@pytest.mark.check("brightness", weight=2)
def test_shifts_are_uniform(shifts):
    """Over a thousand images, the shifts are spread uniformly in [-brightness, brightness]."""
    images, brightness, results = shifts
    for arguments, _, result in each_and_all(images, results):
        drawn, n = (middle(result) - 0.5) / brightness, len(result)
        require(
            np.isfinite(drawn).all() and np.abs(drawn).max() < 1.0001,
            f"With {arguments}, a pixel of 0.5 became "
            f"{0.5 + brightness * drawn[np.abs(drawn).argmax()]:.3f}.",
            "Images are given with values in [0, 1], so the shift must be in these steps, too: "
            "are there steps of 0 to 255 somewhere?",
        )
        require(
            np.ptp(drawn) > 0.001,
            f"With {arguments}, {n} images in a dataset were all changed by "
            f"{brightness * drawn[0]:.3f}.",
            "Is the number drawn by Python or NumPy while the function is traced, or by a "
            "stateless operation that is given the same seed each time?",
        )
        low, high = brightness * drawn.min(), brightness * drawn.max()
        require(
            drawn.min() < -reach(n) and drawn.max() > reach(n),
            f"With {arguments}, {n} images were changed by {low:.3f} to {high:.3f}; they "
            f"should become darker as well as brighter, by {brightness:.3f} at most.",
        )
        few = len(np.unique(np.round(drawn, 5)))
        drawn = np.sort((drawn + 1) / 2)
        even = np.arange(n + 1) / n
        distance = max((even[1:] - drawn).max(), (drawn - even[:-1]).max())
        outward = ((2 * drawn - 1) ** 2).mean()
        require(
            few > n // 2 and distance < margin(n) and abs(outward - 1 / 3) < margin(n),
            f"With {arguments}, the shifts of {n} images are not spread uniformly between "
            "their limits.",
            "Draw real numbers from a uniform distribution.",
        )


@pytest.mark.check("brightness", weight=2)
def test_one_shift_for_all_pixels(shifts):
    """One number is added to all pixels and channels of an image; then it is clipped."""
    images, _, results = shifts
    for arguments, result in results.items():
        shift = (middle(result) - 0.5)[:, np.newaxis, np.newaxis, np.newaxis]
        expected = np.clip(images + shift, 0, 1)
        mirrored = np.abs(result - expected[:, :, ::-1]).max(axis=(1, 2, 3)) < 1e-4
        expected[mirrored] = expected[mirrored, :, ::-1]
        assert_close(
            result,
            expected,
            rtol=0,
            atol=1e-5,
            what=f"a stack of images with {arguments}",
            hint="It was compared with what results when the shift seen in the pixel in the "
            "middle is added everywhere, and the sum is clipped to [0, 1].",
        )


@pytest.mark.check("brightness")
def test_stays_in_range(shifts):
    """No value is below 0 or above 1, and the images are float32."""
    _, _, results = shifts
    for arguments, result in results.items():
        require(
            bool(np.isfinite(result).all()) and result.min() >= 0 and result.max() <= 1,
            f"With {arguments}, images have values from {result.min():.3f} to {result.max():.3f}.",
            "After the shift, clip the values to [0, 1].",
        )
        assert_dtype(result, "float32", what="an augmented image")


@pytest.mark.check("brightness", weight=0.5)
def test_shifts_follow_no_pattern(shifts):
    """An image's shift doesn't depend on that of the image before it."""
    images, brightness, results = shifts
    # Neighbours are a third of the range apart on average. Every second pair has no image in
    # common with the others, so each half of the pairs has its margin.
    for arguments, _, result in each_and_all(images, results):
        apart = np.abs(np.diff(middle(result))) / (2 * brightness)
        require(
            abs(apart.mean() - 1 / 3) < margin(len(result) // 2 - 1),
            f"With {arguments}, the shifts of neighbours differ by {apart.mean():.1%} of the range "
            "on average; if each image has a uniform one of its own, it is about a third.",
            "Is there a new random number for each image?",
        )


# The flag and batches


@pytest.mark.check("calling", weight=1.5)
@pytest.mark.parametrize("shape", [(6, 4, 3), (4, 5, 5, 1)], ids=["image", "batch"])
def test_evaluation_changes_nothing(student, rng, shape):
    """With training=False, images and batches come back as they are."""
    images = rng.uniform(0, 1, size=shape).astype("float32")
    augmenter = student.build_augmenter(True, 0.4)
    for _ in range(3):
        result = as_array(augmenter(images, training=False), what="the result")
        assert_dtype(result, "float32", what="the result with training=False")
        assert_close(
            result,
            images,
            what="the result with training=False",
            hint="Evaluation wants the images as they are: no flips, no shifts.",
        )


@pytest.mark.check("calling", weight=2)
def test_each_image_of_a_batch_has_its_own_draws(student, rng):
    """In a batch, each image has its own flip and its own shift."""
    images = two_sided(rng, BATCHES * BATCH)
    augmenter = student.build_augmenter(True, 0.25)
    (result,) = student.run(epochs_of, augmenter, images, BATCH, 1)
    assert_shape(result, (BATCHES, BATCH, 2, 4, 3), what=f"a stack of {BATCHES} augmented batches")
    mirrored = is_mirrored(result)
    require(
        not (mirrored == mirrored[:, :1]).all() or len(np.unique(mirrored)) == 1,
        f"In {BATCHES} batches of {BATCH}, either all images were mirrored or none was.",
        "Draw one number for each image of a batch.",
    )
    shift = shift_of(result, images.reshape(result.shape))
    require(
        np.ptp(shift, axis=1).max() > 1e-4 or np.ptp(shift) < 1e-4,
        f"In each of {BATCHES} batches of {BATCH}, all images were shifted by the same number.",
        "Draw one number for each image of a batch: shape (b, 1, 1, 1).",
    )


@pytest.mark.check("calling")
def test_a_batch_is_treated_as_its_images(student, flips, rng):
    """In a batch, the same things happen to an image as when it comes alone."""
    images, results = flips
    known = {turn for result in results.values() for turn in turns_of(result, images)}
    known |= set(ALLOWED)
    for shape in [(5, 3, 4, 3), (1, 4, 3, 1), (3, 3, 3, 3)]:
        batch = rng.uniform(0, 1, size=shape).astype("float32")
        result = as_array(student.build_augmenter(True, 0.0)(batch, training=True))
        assert_shape(result, shape, what=f"the result for a batch of shape {shape}")
        assert_dtype(result, "float32", what="the result for a batch")
        other = sorted({turn or "something else" for turn in turns_of(result, batch)})
        require(
            set(turns_of(result, batch)) <= known,
            f"With flip=True and brightness=0, the images of a batch of shape {shape} came out "
            f"{', '.join(other)}: alone, images are treated in another way.",
            "Count axes from the end: those of an image are the last three.",
        )


@pytest.mark.check("calling", weight=0.5)
def test_what_is_given_is_not_changed(student, rng):
    """The images that are given stay as they are."""
    images = two_sided(rng, 1)[0]
    for training in (True, False):
        augmenter = student.build_augmenter(True, 0.3)
        for _ in range(3):
            given, _ = student.run(call_and_look, augmenter, images, training)
            require(
                np.array_equal(given, images),
                "After the call, the array that was given has other values.",
                "Make a new tensor, don't work in place.",
            )


# Chance and seed


def require_new(epochs, images, what):
    first, second = epochs
    hint = (
        "Operations of tf.random and tf.image that are given a seed begin again with each epoch; "
        "a stateless one gives the same for the same seed."
    )
    require(
        not np.array_equal(first, second),
        f"{what}: the second epoch shows exactly the images of the first.",
        hint,
    )
    for one, other, name in [
        (*(is_mirrored(epoch) for epoch in epochs), "flips"),
        (*(shift_of(epoch, images) for epoch in epochs), "shifts"),
    ]:
        require(
            np.ptp(one.astype("float64")) < 1e-4 or not np.allclose(one, other, atol=1e-5),
            f"{what}: the second epoch repeats the {name} of the first.",
            hint,
        )


@pytest.mark.check("chance", weight=2)
def test_new_at_every_epoch(unseeded):
    """Without a seed, a second epoch has new flips and new shifts."""
    images, epochs = unseeded
    require_new(epochs, images, "Without a seed")


@pytest.mark.check("chance", weight=2)
def test_a_seed_freezes_nothing(seeded):
    """With a seed, a second epoch has new flips and new shifts as well."""
    images, seed, runs = seeded
    require_new(runs[0], images, f"With seed={seed}")


@pytest.mark.check("chance", weight=3)
def test_same_seed_same_images(student, seeded, rng):
    """Two augmenters with the same seed give the same images, called directly or in a map."""
    _, seed, (first, second) = seeded
    hint = "Does everything that is drawn depend on `seed`, and on nothing else?"
    for epoch, (one, other) in enumerate(zip(first, second, strict=True), start=1):
        require(
            np.allclose(one, other, atol=1e-5),
            f"Two augmenters with seed={seed} gave different images in epoch {epoch} of a "
            "sequential map.",
            hint,
        )
    augmenters = [student.build_augmenter(True, 0.25, seed=seed) for _ in range(2)]
    one, other = student.run(in_turns, augmenters, two_sided(rng, 4))
    require(
        np.allclose(one, other, atol=1e-5),
        f"Two augmenters with seed={seed}, called in turns, gave different images.",
        hint + " Each augmenter needs a state of its own.",
    )


@pytest.mark.check("chance", weight=2)
@pytest.mark.parametrize("mode", ["without seed", "with seed"])
def test_flip_and_shift_are_independent(unseeded, seeded, mode):
    """Whether an image is mirrored tells nothing about its brightness."""
    images, epochs = unseeded
    if mode == "with seed":
        images, _, (epochs, _) = seeded
    versions, before = np.concatenate(epochs), np.concatenate([images] * len(epochs))
    # What came out all black or all white tells nothing: that is another matter.
    sides = np.abs(versions[:, :, 3].mean(axis=(1, 2)) - versions[:, :, 0].mean(axis=(1, 2)))
    versions, before = versions[sides > 0.05], before[sides > 0.05]
    mirrored, brighter = is_mirrored(versions), shift_of(versions, before) > 0
    if len(np.unique(mirrored)) == 2 and len(np.unique(brighter)) == 2:
        share = (mirrored == brighter).mean()
        require(
            abs(share - 0.5) < margin(len(versions)),
            f"{mode.capitalize()}, {brighter[mirrored].mean():.0%} of the mirrored images became "
            f"brighter, and {brighter[~mirrored].mean():.0%} of the others.",
            "Two layers or operations with the same seed draw the same number: give each its own.",
        )


@pytest.mark.check("chance", weight=2)
def test_other_seed_other_images(student, rng):
    """Another seed gives other images; 0 is a seed, too, and None gives others every time."""
    student.run(unseed)
    # That three shifts agree by chance with three others has a probability below 1e-12.
    images = two_sided(rng, 3)
    one, two = draw_seeds(rng, 2)
    sequences = {}
    for name, seed in {
        f"seed={one}": one,
        f"seed={two}": two,
        "seed=0": 0,
        "seed=0, once more": 0,
        "seed=None": None,
        "seed=None, once more": None,
        "no seed": (),
    }.items():
        arguments = {} if seed == () else {"seed": seed}
        augmenter = student.build_augmenter(True, 0.25, **arguments)
        sequences[name] = np.stack(student.run(one_after_the_other, augmenter, images))
    require(
        np.allclose(sequences["seed=0"], sequences.pop("seed=0, once more"), atol=1e-5),
        "Two augmenters with seed=0 gave different images.",
        "0 is a seed like any other: ask whether it `is None`.",
    )
    names = list(sequences)
    for place, name in enumerate(names):
        for earlier in names[:place]:
            require(
                not np.allclose(sequences[name], sequences[earlier], atol=1e-5),
                f"Two augmenters, one with {earlier} and one with {name}, gave the same images.",
                "Does the seed reach whatever draws the numbers?",
            )


@pytest.mark.check("chance")
def test_global_seeds_left_alone(student, rng):
    """A seeded augmenter doesn't fix the random numbers of the rest of the program."""
    (seed,), image = draw_seeds(rng, 1), two_sided(rng, 1)[0]
    drawn = []
    for _ in range(2):
        student.run(unseed)
        as_array(student.build_augmenter(True, 0.25, seed=seed)(image, training=True))
        drawn.append(student.run(draw_globally))
    student.run(unseed)
    for library, first, second in zip(("TensorFlow", "NumPy", "Python"), *drawn, strict=True):
        require(
            first != second,
            f"After an augmenter with seed={seed} was used, {library}'s global random numbers are "
            "the same every time: it sets the global seed.",
            "Give the seed to what draws the numbers for this augmenter, and to nothing else.",
        )


# The dataset


def augmented(student, rng, labels, n):
    """Pictures, the dataset that was made of them, and how often the original was read."""
    images = levels(rng, n, 2, 3, 4)
    dataset, reads = student.run(counted, (images, labels))
    result = student.augment_dataset(dataset, student.run(halving_augmenter))
    require(
        is_a(result, "tf.data.Dataset"),
        "augment_dataset did not return a tf.data.Dataset.",
        "Return the dataset that `map` gives you.",
    )
    return images, result, reads


def read_pairs(student, result, n):
    """Fetch the images and the labels of one epoch."""
    elements = student.run(elements_of, result, n + 3)
    require(
        all(element is not None and len(element) == 2 for element in elements),
        "The elements of the result are no pairs (image, label).",
        "The function given to `map` returns the image and the label.",
    )
    require(
        len(elements) == n,
        f"A dataset of {n} pairs became one of "
        f"{len(elements) if len(elements) < n + 3 else 'more than ' + str(n + 2)} elements.",
        "There is one augmented image for each image, no more and no fewer.",
    )
    return [image for image, _ in elements], [label for _, label in elements]


class Numbered(NamedTuple):
    """Pictures with numbers as labels, and what was seen of the dataset made of them."""

    images: np.ndarray
    labels: np.ndarray
    early: int
    epochs: list
    loose: list


@pytest.fixture(scope="module")
def numbered(student, rng_for):
    """Two epochs of a dataset of numbered pictures, and how many were read before the first."""
    rng = rng_for("numbered")
    n = int(rng.integers(10, 14))
    labels = rng.permutation(1000)[:n]
    images, result, reads = augmented(student, rng, labels, n)
    early = int(reads.numpy())
    epochs = [read_pairs(student, result, n) for _ in range(2)]
    return Numbered(images, labels, early, epochs, student.run(unordered_steps, result))


@pytest.mark.check("dataset", weight=2)
def test_images_are_the_augmenters(numbered):
    """Each image is what the augmenter, called with training=True, made of it."""
    places = {int(label): place for place, label in enumerate(numbered.labels)}
    for place, (image, label) in enumerate(zip(*numbered.epochs[0], strict=True)):
        assert_shape(image, numbered.images.shape[1:], what="an augmented image")
        assert_dtype(image, "float32", what="an augmented image")
        # An image is known by its label; order and labels are another matter.
        before = numbered.images[places.get(int(np.ravel(label)[0]), place)]
        require(
            not np.array_equal(image, before),
            "Images came out of augment_dataset just as they went in.",
            "Call the augmenter with training=True.",
        )
        added = 2 * image - before
        require(
            np.ptp(added, axis=(0, 1)).max() < 1e-5 and -1e-5 < added.min() <= added.max() < 1.0001,
            "Images are not what the augmenter made of them.",
            "Call it once for each image, and do nothing else: no other scale, no clipping.",
        )


@pytest.mark.check("dataset", weight=3)
def test_new_versions_at_every_epoch(numbered):
    """A second epoch shows new versions."""
    (first, _), (second, _) = numbered.epochs
    n, repeated = len(first), sum(map(np.array_equal, first, second))
    require(
        repeated == 0,
        f"In the second epoch, {repeated} of {n} images are the very same as in the first.",
        "Are augmented images kept somewhere, in a cache or a list?",
    )


@pytest.mark.check("dataset", weight=2)
@pytest.mark.parametrize("kind", ["number", "vector"])
def test_labels_order_and_count(student, numbered, rng, kind):
    """There are as many pairs, in the same order, with the same labels."""
    if kind == "number":
        labels, ((_, found), _), loose = numbered.labels, numbered.epochs, numbered.loose
    else:
        n = int(rng.integers(10, 14))
        labels = rng.uniform(size=(n, 3))
        _, result, _ = augmented(student, rng, labels, n)
        _, found = read_pairs(student, result, n)
        loose = student.run(unordered_steps, result)
    for place, label in enumerate(found):
        assert_shape(label, labels[place].shape, what="a label")
        assert_dtype(label, labels.dtype.name, what="a label")
        require(
            np.array_equal(label, labels[place]),
            f"The label of pair {place} is {label} where the dataset has {labels[place]}.",
            "Labels pass through unchanged, and pairs keep their order.",
        )
    require(
        len(loose) == 0,
        "A step of the dataset is told that it needn't keep the order (deterministic=False).",
        "A parallel `map` keeps the order unless you tell it otherwise.",
    )


@pytest.mark.check("dataset", weight=2)
def test_lazy(numbered):
    """augment_dataset itself reads nothing."""
    require(
        numbered.early == 0,
        f"augment_dataset itself read {numbered.early} elements of the dataset.",
        "Tell the dataset what to do with each element (`map`), don't go through it.",
    )


# The grid


@pytest.mark.check("grid")
@pytest.mark.parametrize("n", [1, 13])
def test_shows_n_augmented_versions(student, rng, n):
    """The figure shows n different augmented versions, each in axes of its own."""
    # No grid of 13 is full, and 13 // 5 + 1 rows of four are too few.
    image = levels(rng, 3, 4, 3)
    image[1, 2, 0] = 1
    given = student.tf.constant(image) if n > 1 else image
    figure = student.show_grid(given, student.run(halving_augmenter), n)
    found = student.run(pictures_in, figure)
    require(
        found is not None,
        "show_grid did not return a matplotlib figure.",
        "plt.subplots gives you the figure and its axes: return the figure.",
    )
    drawn = [pictures for pictures, _ in found if pictures]
    count = sum(map(len, drawn))
    require(count == n, f"With n={n}, the figure shows {count} pictures.")
    require(
        all(len(pictures) == 1 for pictures in drawn),
        "Several pictures lie in the same axes, one on top of the other.",
        "Draw each one in axes of its own.",
    )
    require(
        len({str(place) for pictures, place in found if pictures}) == n,
        "Several axes lie in the same place, so that only the last of their pictures can be seen.",
        "plt.subplots(rows, columns) gives each a place of its own.",
    )
    added = []
    for (picture,) in drawn:
        assert_shape(picture, image.shape, what="a picture in the figure")
        exact = picture.dtype.kind == "f"
        values = picture if exact else picture / 255
        step = 1e-5 if exact else 0.01
        require(
            np.abs(values - image).max() > step,
            "A picture shows the image as it is, not augmented.",
            "Call the augmenter with training=True.",
        )
        added.append(2 * values[..., :3] - image)
        require(
            np.ptp(added[-1], axis=(0, 1)).max() < 4 * step,
            "A picture shows something else than what the augmenter made of the image.",
        )
    offsets = {tuple(np.round(part.mean(axis=(0, 1)), 4)) for part in added}
    # As bytes, versions may look alike; that three are lost so has a chance below 1e-10.
    require(
        len(offsets) >= n - 2,
        f"With n={n}, the figure shows {len(offsets)} different versions of the image.",
        "Call the augmenter anew for each picture.",
    )
