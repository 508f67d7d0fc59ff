"""The examples themselves, as NumPy arrays. No TensorFlow is needed for them.

Every function returns ``{"train": features, "test": features}``, where ``features`` maps a
name to an array with one row an example: always the same, in the same order. Every fifth
example is in the test part.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

Features = dict[str, np.ndarray[Any, Any]]
LANGUAGES = {"english": "en", "italian": "it"}
TILE = 64
WORDS_EACH = 1500
WORD_LETTERS = (4, 10)


def digits() -> dict[str, Features]:
    """Handwritten digits.

    ``image``: uint8 (8, 8, 1), from 0 (paper) to 255 (ink); ``label``: int64, 0 to 9.
    Source: scikit-learn's ``load_digits``, the test part of UCI's Optical Recognition of
    Handwritten Digits, whose 17 shades are spread over the bytes here.
    """
    from sklearn.datasets import load_digits

    found = load_digits()
    images = np.round(found.images * (255 / 16)).astype(np.uint8)[..., np.newaxis]
    return _split({"image": images, "label": found.target.astype(np.int64)})


def breast_cancer() -> dict[str, Features]:
    """Measurements of cell nuclei, and whether the tumour was benign.

    ``features``: float32 (30,); ``label``: int64, 0 for malignant and 1 for benign.
    Source: scikit-learn's ``load_breast_cancer``, UCI's Breast Cancer Wisconsin (Diagnostic).
    """
    from sklearn.datasets import load_breast_cancer

    return _table(load_breast_cancer())


def wine() -> dict[str, Features]:
    """Chemical measurements of wines from three growers, each in a unit of its own.

    ``features``: float32 (13,); ``label``: int64, 0 to 2.
    Source: scikit-learn's ``load_wine``, UCI's Wine.
    """
    from sklearn.datasets import load_wine

    return _table(load_wine())


def words() -> dict[str, Features]:
    """Frequent words of two languages, in small letters a to z without accents.

    ``word``: str, 4 to 10 letters; ``label``: int64, 0 for English and 1 for Italian. A word
    that is frequent in both is in neither. Languages alternate.
    Source: the package wordfreq's lists.
    """
    import wordfreq

    lists = [wordfreq.top_n_list(code, 12_000, ascii_only=True) for code in LANGUAGES.values()]
    shared = set(lists[0]) & set(lists[1])
    low, high = WORD_LETTERS
    kept = [
        [w for w in found if w.isalpha() and low <= len(w) <= high and w not in shared]
        for found in lists
    ]
    pairs = list(zip(*(found[:WORDS_EACH] for found in kept), strict=True))
    found = np.array([word for pair in pairs for word in pair])
    labels = np.tile(np.arange(len(LANGUAGES), dtype=np.int64), len(pairs))
    return _split({"word": found, "label": labels})


def photo_tiles() -> dict[str, Features]:
    """Square tiles of two photographs: a Chinese temple and a dahlia.

    ``image``: uint8 (64, 64, 3); ``label``: int64, 0 for the temple and 1 for the flower.
    Source: scikit-learn's ``load_sample_images``.
    """
    from sklearn.datasets import load_sample_images

    tiles, labels = [], []
    for label, photo in enumerate(load_sample_images().images):
        for top in range(0, photo.shape[0] - TILE + 1, TILE):
            for left in range(0, photo.shape[1] - TILE + 1, TILE):
                tiles.append(photo[top : top + TILE, left : left + TILE])
                labels.append(label)
    return _split({"image": np.stack(tiles), "label": np.array(labels, np.int64)})


def _table(found: Any) -> dict[str, Features]:
    return _split(
        {"features": found.data.astype(np.float32), "label": found.target.astype(np.int64)}
    )


def _split(features: Mapping[str, np.ndarray[Any, Any]]) -> dict[str, Features]:
    count = len(features["label"])
    test = np.arange(count) % 5 == 4
    return {
        "train": {name: values[~test] for name, values in features.items()},
        "test": {name: values[test] for name, values in features.items()},
    }
