"""TensorFlow Datasets' own test of a builder, for each of the course's (run by ``test_data``)."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from typing import ClassVar

import tensorflow_datasets as tfds

from course_data import arrays, builders


def sizes(function: Callable[[], dict[str, arrays.Features]]) -> dict[str, int]:
    return {name: len(features["label"]) for name, features in function().items()}


class Shared:
    """Nothing is mocked or downloaded: the examples come from packages."""

    BUILDER_CONFIG_NAMES_TO_TEST: ClassVar[list[str]] = []
    EXAMPLE_DIR = tempfile.gettempdir()
    SKIP_CHECKSUMS = True


class DigitsTest(Shared, tfds.testing.DatasetBuilderTestCase):
    DATASET_CLASS = builders.Digits
    SPLITS = sizes(arrays.digits)


class BreastCancerTest(Shared, tfds.testing.DatasetBuilderTestCase):
    DATASET_CLASS = builders.BreastCancer
    SPLITS = sizes(arrays.breast_cancer)


class WineTest(Shared, tfds.testing.DatasetBuilderTestCase):
    DATASET_CLASS = builders.Wine
    SPLITS = sizes(arrays.wine)


class WordsTest(Shared, tfds.testing.DatasetBuilderTestCase):
    DATASET_CLASS = builders.Words
    SPLITS = sizes(arrays.words)


class PhotoTilesTest(Shared, tfds.testing.DatasetBuilderTestCase):
    DATASET_CLASS = builders.PhotoTiles
    SPLITS = sizes(arrays.photo_tiles)
