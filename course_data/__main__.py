"""Prepares the course's data sets in a folder; those that are there already stay."""

from __future__ import annotations

import contextlib
import io
import sys
from pathlib import Path

if len(sys.argv) != 2:
    sys.exit("usage: python -m course_data FOLDER")

# These take seconds: not for a wrong usage.
import tensorflow_datasets as tfds

from course_data.builders import BUILDERS

tfds.disable_progress_bar()
for builder in BUILDERS:
    made = builder(data_dir=Path(sys.argv[1]))
    with contextlib.redirect_stdout(io.StringIO()):
        made.download_and_prepare()
    counts = ", ".join(f"{split.num_examples} {name}" for name, split in made.info.splits.items())
    print(f"data set {made.name}: {counts}")
