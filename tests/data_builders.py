"""TensorFlow Datasets' own test of a builder, for each of the course's (run by ``test_data``)."""

from __future__ import annotations

import tempfile

import tensorflow_datasets as tfds

from course_data import arrays, builders

DUMMY = tempfile.mkdtemp()


class BuilderTest(tfds.testing.DatasetBuilderTestCase):
    """What all share. The examples come from packages, so that nothing is mocked."""

    BUILDER_CONFIG_NAMES_TO_TEST: list[str] = []
    EXAMPLE_DIR = DUMMY
    SKIP_CHECKSUMS = True


def case(builder: type, function: object) -> type:
    parts = function()  # type: ignore[operator]
    sizes = {name: len(features["label"]) for name, features in parts.items()}
    return type(
        f"{builder.__name__}Test", (BuilderTest,), {"DATASET_CLASS": builder, "SPLITS": sizes}
    )


DigitsTest = case(builders.Digits, arrays.digits)
BreastCancerTest = case(builders.BreastCancer, arrays.breast_cancer)
WineTest = case(builders.Wine, arrays.wine)
WordsTest = case(builders.Words, arrays.words)
PhotoTilesTest = case(builders.PhotoTiles, arrays.photo_tiles)

del BuilderTest
