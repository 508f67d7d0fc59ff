"""The course's data sets: built as TensorFlow Datasets are, and found inside a sealed kernel."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import nbformat
import numpy as np
import pytest

from course_data import arrays
from proctor.course.course import Course, CourseError
from proctor.limits import Limits
from proctor.pipeline.run import NotebookRun
from proctor.sandbox.zygote import Zygote
from tests.conftest import PROJECT

FUNCTIONS = (arrays.digits, arrays.breast_cancer, arrays.wine, arrays.words, arrays.photo_tiles)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_a_fifth_is_for_testing_and_nothing_is_in_both(function):
    parts = function()
    train, test = len(parts["train"]["label"]), len(parts["test"]["label"])
    assert 0.19 < test / (train + test) < 0.21
    kind = next(name for name in parts["train"] if name != "label")
    rows = {part: {row.tobytes() for row in parts[part][kind]} for part in parts}
    assert len(rows["train"]) > 0.99 * train
    assert not rows["train"] & rows["test"]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_every_label_is_in_both_parts(function):
    parts = function()
    assert set(parts["train"]["label"]) == set(parts["test"]["label"])


def test_words_are_plain_and_of_the_stated_lengths():
    words = [str(word) for part in arrays.words().values() for word in part["word"]]
    assert all(word.isascii() and word.isalpha() and word.islower() for word in words)
    assert {len(word) for word in words} <= set(range(4, 11))


def test_the_builders_are_as_tensorflow_datasets_wants_them():
    """Its own test case runs in a process of its own, so that TensorFlow stays out of this one."""
    command = [sys.executable, "-m", "unittest", "tests.data_builders"]
    variables = {**os.environ, "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(
        command, cwd=PROJECT, env=variables, capture_output=True, text=True, timeout=250
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"Ran \d\d tests", done.stderr)


def test_what_is_loaded_in_a_sealed_kernel_is_what_the_arrays_hold():
    code = (
        "import tensorflow_datasets as tfds\n"
        "x, y = tfds.load('digits', split='test', as_supervised=True, batch_size=-1)\n"
        "print(x.shape, int(tf.reduce_sum(tf.cast(x, tf.int64))), y.numpy().tolist())\n"
        "open('/data/mine', 'w')"
    )
    cells = [nbformat.v4.new_code_cell(text) for text in ("import tensorflow as tf", code)]
    limits = Limits()
    with Zygote(data=Course(PROJECT).data) as zygote, zygote.sandbox(limits) as sandbox:
        run = NotebookRun(nbformat.v4.new_notebook(cells=cells), sandbox, limits, float("inf"))
        run.close()
    printed, error = run.notebook.cells[1].outputs
    test = arrays.digits()["test"]
    total = int(test["image"].astype(np.int64).sum())
    assert printed.text == f"{test['image'].shape} {total} {test['label'].tolist()}\n"
    assert "Read-only file system" in error.evalue


def test_data_that_is_not_prepared_is_said_with_what_to_do(course):
    with (course.root / "course_config.py").open("a") as file:
        file.write('\nc.Course.data = "nowhere"\n')
    with pytest.raises(CourseError, match="make data"):
        _ = Course(course.root).data
