"""The data sets of the course as TensorFlow Datasets, each over one function of ``arrays``."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import numpy as np
import tensorflow_datasets as tfds

from course_data import arrays


class _FromArrays(tfds.core.GeneratorBasedBuilder, skip_registration=True):  # type: ignore[call-arg]
    """A data set whose examples come from arrays."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES: ClassVar[dict[str, str]] = {"1.0.0": "First."}
    source: ClassVar[Callable[[], dict[str, arrays.Features]]]
    parts: ClassVar[dict[str, Any]]

    def _info(self) -> tfds.core.DatasetInfo:
        kind = next(name for name in self.parts if name != "label")
        return self.dataset_info_from_configs(
            description=inspect.getdoc(type(self).source),
            features=tfds.features.FeaturesDict(self.parts),
            supervised_keys=(kind, "label"),
            disable_shuffling=True,
        )

    def _split_generators(self, dl_manager: Any) -> dict[str, Iterator[tuple[int, dict[str, Any]]]]:
        parts = type(self).source()
        return {name: self._generate_examples(features) for name, features in parts.items()}

    def _generate_examples(self, features: arrays.Features) -> Iterator[tuple[int, dict[str, Any]]]:
        for number in range(len(features["label"])):
            row = {name: values[number] for name, values in features.items()}
            yield number, {n: str(v) if isinstance(v, np.str_) else v for n, v in row.items()}


class Digits(_FromArrays):
    """Handwritten digits, 8 by 8."""

    source = staticmethod(arrays.digits)
    parts: ClassVar[dict[str, Any]] = {
        "image": tfds.features.Image(shape=(8, 8, 1)),
        "label": tfds.features.ClassLabel(num_classes=10),
    }


class BreastCancer(_FromArrays):
    """Tumours, malignant or benign."""

    source = staticmethod(arrays.breast_cancer)
    parts: ClassVar[dict[str, Any]] = {
        "features": tfds.features.Tensor(shape=(30,), dtype=np.float32),
        "label": tfds.features.ClassLabel(names=["malignant", "benign"]),
    }


class Wine(_FromArrays):
    """Wines of three growers."""

    source = staticmethod(arrays.wine)
    parts: ClassVar[dict[str, Any]] = {
        "features": tfds.features.Tensor(shape=(13,), dtype=np.float32),
        "label": tfds.features.ClassLabel(num_classes=3),
    }


class Words(_FromArrays):
    """English and Italian words."""

    source = staticmethod(arrays.words)
    parts: ClassVar[dict[str, Any]] = {
        "word": tfds.features.Text(),
        "label": tfds.features.ClassLabel(names=list(arrays.LANGUAGES)),
    }


class PhotoTiles(_FromArrays):
    """Tiles of two photographs."""

    source = staticmethod(arrays.photo_tiles)
    parts: ClassVar[dict[str, Any]] = {
        "image": tfds.features.Image(shape=(arrays.TILE, arrays.TILE, 3)),
        "label": tfds.features.ClassLabel(names=["temple", "flower"]),
    }


BUILDERS = (Digits, BreastCancer, Wine, Words, PhotoTiles)
