"""Makes what students get out of what instructors write, through nbgrader."""

from __future__ import annotations

import contextlib
import io
import logging
import re
import tempfile
import zipfile
from pathlib import Path
from typing import Annotated

import msgspec
import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import OperationalError
from traitlets.config import Config

from proctor.course.cells import points_of
from proctor.course.course import Course, CourseError, read_files
from proctor.course.files import remove_file, replace_file
from proctor.course.points import enter_points

_LONG_AGO = (2020, 1, 1, 0, 0, 0)
_HIDDEN = re.compile(r"BEGIN SOLUTION|END SOLUTION|BEGIN HIDDEN TESTS|END HIDDEN TESTS")

START = "START.ipynb"


def release(course: Course, slugs: list[str], *, check: bool = False) -> list[Path]:
    """Write ``release/<slug>/`` for each exercise, and enter it into the gradebook.

    With all exercises, the page that students start on is written, too.

    Args:
        course: The course.
        slugs: The exercises; all if empty.
        check: Write nothing; only compare.

    Returns:
        The files that were stale: now rewritten, or still as they were if ``check``.

    Raises:
        CourseError: nbgrader does not take a source notebook, what it says of itself is of
            the wrong kind, or something cannot be written; the message says why.
    """
    stale: list[Path] = []
    if not slugs:
        start = course.root / "release" / START
        page = start_page(course)
        if not start.is_file() or start.read_bytes() != page:
            stale.append(start)
            if not check:
                replace_file(start, page)
    for slug in course.choose(slugs):
        target = course.release(slug).parent
        made = build(course, slug)
        there = {
            str(path.relative_to(target)): path.read_bytes()
            for path in target.rglob("*")
            if path.is_file() and ".ipynb_checkpoints" not in path.parts
        }
        for name in sorted(made.keys() | there.keys()):
            if made.get(name) == there.get(name):
                continue
            stale.append(target / name)
            if check:
                continue
            if name in made:
                replace_file(target / name, made[name])
            else:
                remove_file(target / name)
        if not check:
            _enter(course, slug)
    return stale


def build(course: Course, slug: str) -> dict[str, bytes]:
    """The files of one exercise as students get them, by relative path: always the same bytes.

    Raises:
        CourseError: nbgrader does not take the notebook, or hidden parts would stay in it.
    """
    with tempfile.TemporaryDirectory(prefix="proctor-release-") as folder:
        _convert(course, slug, release=Path(folder), database=None)
        root = Path(folder, slug)
        made = {
            str(path.relative_to(root)): path.read_bytes()
            for path in sorted(root.rglob("*"))
            if path.is_file()
        }
    for name, content in made.items():
        if name.endswith(".ipynb") and (found := _HIDDEN.search(content.decode())):
            raise CourseError(f"{course.source(slug)}: `{found[0]}` would reach students")
    return made


def _enter(course: Course, slug: str) -> None:
    """Let nbgrader's gradebook know the exercise as it is now."""
    try:
        course.open_gradebook().close()
    except OperationalError as error:
        words = f"the gradebook could not be read or written: {error.orig}"
        raise CourseError(f"{words}. Is it open in another program?") from error
    with tempfile.TemporaryDirectory(prefix="proctor-release-") as folder:
        _convert(course, slug, release=Path(folder), database=course.gradebook)
    enter_points(course, [slug])


def _convert(course: Course, slug: str, *, release: Path, database: str | None) -> None:
    config = Config(course.config)
    config.CourseDirectory.root = str(course.root)
    config.CourseDirectory.release_directory = str(release)
    config.CourseDirectory.assignment_id = slug
    if database is not None:
        config.CourseDirectory.db_url = database
    config.GenerateAssignment.no_database = database is None
    config.SaveCells.enabled = database is not None
    if not course.source(slug).is_file():
        raise CourseError(f"{course.source(slug)} is missing")
    log = io.StringIO()
    logger = logging.getLogger(f"proctor.release.{slug}")
    logger.handlers, logger.propagate = [logging.StreamHandler(log)], False
    converter = GenerateAssignment(
        coursedir=CourseDirectory(config=config, log=logger), config=config, log=logger
    )
    converter.force = True
    # nbgrader prints what it also raises.
    with contextlib.redirect_stderr(log):
        try:
            converter.start()
        except Exception as error:
            words = [line for line in log.getvalue().splitlines() if "Error:" in line]
            why = words[0].strip() if words else str(error)
            raise CourseError(f"nbgrader does not take {course.source(slug)}: {why}") from error


def bundle(course: Course, path: Path) -> list[str]:
    """Pack what students are given into a zip file: always the same bytes.

    Args:
        course: The course.
        path: The zip file to write.

    Returns:
        The names in it.

    Raises:
        CourseError: ``release/`` is stale or missing, or the data sets or ``environment.yml``
            are, or the file cannot be written.
    """
    environment = course.root / "environment.yml"
    if not environment.is_file():
        raise CourseError(f"{environment} is missing: it says what students install")
    contents: dict[str, bytes] = {
        "README.md": readme(course).encode(),
        environment.name: environment.read_bytes(),
        START: start_page(course),
    }
    if validating := course.config.Execute.get("extra_arguments"):
        # nbgrader's Validate button finds it in the folder that JupyterLab was started in.
        text = f"c = get_config()\nc.Execute.extra_arguments = {list(validating)!r}\n"
        contents["nbgrader_config.py"] = text.encode()
    if stale := release(course, [], check=True):
        raise CourseError(f"{stale[0]} is stale: run `proctor release` first")
    for slug in course.exercises:
        folder = course.release(slug).parent
        for file in sorted(folder.rglob("*")):
            if file.is_file() and ".ipynb_checkpoints" not in file.parts:
                contents[f"{slug}/{file.relative_to(folder)}"] = file.read_bytes()
    if course.data is not None:
        for name, content in read_files(course.data).items():
            contents[f"data/{name}"] = content
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(zipfile.ZipInfo(name, _LONG_AGO), content)
    replace_file(path, packed.getvalue())
    return list(contents)


def start_page(course: Course) -> bytes:
    """The notebook that JupyterLab opens first: always the same bytes."""
    notebook = new_notebook(
        cells=[
            new_markdown_cell(_START.format(exercises=_table(course)), id="exercises"),
            new_code_cell(_TRIAL, id="trial"),
            new_markdown_cell(_WORK, id="work"),
        ],
        metadata={
            "kernelspec": {
                "name": "python3",
                "display_name": "Python 3 (ipykernel)",
                "language": "python",
            },
            "language_info": {"name": "python"},
        },
    )
    return (nbformat.writes(notebook) + "\n").encode()


def readme(course: Course) -> str:
    """What students read before JupyterLab is there."""
    return _README.format(exercises=_table(course), work=_WORK)


def _table(course: Course) -> str:
    rows = [_HEADING]
    for number, slug in enumerate(course.exercises, start=1):
        notebook = course.read_source(slug)
        title = _title(notebook) or slug
        points = sum(points_of(notebook).values())
        about = _about(course, slug)
        minutes = f"{about.minutes} minutes" if about.minutes else ""
        cells = (f"[{title}]({slug}/{slug}.ipynb)", f"{points:g}", minutes, about.teaches)
        rows.append(
            f"| {number} | " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"
        )
    return "\n".join(rows)


class _About(msgspec.Struct, forbid_unknown_fields=True):
    """What a notebook says of itself in its metadata, under ``exercise``.

    Attributes:
        minutes: How long a student needs.
        teaches: What a student learns, in one line.
    """

    minutes: Annotated[int, msgspec.Meta(gt=0)] | None = None
    teaches: Annotated[str, msgspec.Meta(pattern="^[^\n]*$")] = ""


def _about(course: Course, slug: str) -> _About:
    said = course.read_source(slug).metadata.get("exercise", {})
    try:
        return msgspec.convert(said, _About)
    except msgspec.ValidationError as error:
        raise CourseError(f"{course.source(slug)}: its metadata `exercise`: {error}") from error


def _title(notebook: NotebookNode) -> str | None:
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and (match := re.match(r"# *(.+)", cell.source)):
            return match[1].strip()
    return None


_HEADING = """\
| | exercise | points | takes about | you learn |
|---|---|---|---|---|"""

_START = """\
# TensorFlow exercises

Start with the first exercise: a click on its name opens it.

{exercises}

Is everything in place? Click the next cell and press *Shift + Enter*: it should say so.
"""

_TRIAL = """\
import keras
import tensorflow as tf

print(f"TensorFlow {tf.__version__} and Keras {keras.__version__} are in place.")"""

_WORK = """\
## How to work

Open a notebook and work from top to bottom. Where it says *Your code goes here*, replace
the line below with your code. The cells after it check what can be seen; when they pass,
go on. *Kernel → Restart Kernel and Run All Cells* shows whether everything still works
together, and the *Validate* button whether all checks pass in a new kernel: do that before
you hand in.

Hand in the notebook itself, under the name it has. Text cells, check cells and their names
are part of the grading: if one gets lost, it is put back, and your own code stays.
"""

_README = """\
# TensorFlow exercises

## Start

With conda, mamba or micromamba:

    conda env create -f environment.yml
    conda activate tensorflow-course
    jupyter lab START.ipynb

## The exercises

{exercises}

{work}
The data sets that some exercises learn from lie in `data/`: leave it beside the exercises'
folders, and nothing has to be downloaded.
"""
