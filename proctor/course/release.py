"""Makes what students get out of what instructors write, through nbgrader."""

from __future__ import annotations

import contextlib
import io
import logging
import re
import tempfile
import zipfile
from pathlib import Path

import nbformat
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from proctor.course.cells import is_check, points_of
from proctor.course.course import Course, CourseError, read_files

_LONG_AGO = (2020, 1, 1, 0, 0, 0)
_HIDDEN = re.compile(r"BEGIN SOLUTION|END SOLUTION|BEGIN HIDDEN TESTS|END HIDDEN TESTS")


def release(course: Course, slugs: list[str], *, check: bool = False) -> list[Path]:
    """Write ``release/<slug>/`` for each exercise, and enter it into the gradebook.

    Args:
        course: The course.
        slugs: The exercises; all if empty.
        check: Write nothing; only compare.

    Returns:
        The files that were stale: now rewritten, or still as they were if ``check``.

    Raises:
        CourseError: nbgrader does not take a source notebook; the message says why.
    """
    stale: list[Path] = []
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
                (target / name).parent.mkdir(parents=True, exist_ok=True)
                (target / name).write_bytes(made[name])
            else:
                (target / name).unlink()
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
    course.open_gradebook().close()
    with tempfile.TemporaryDirectory(prefix="proctor-release-") as folder:
        _convert(course, slug, release=Path(folder), database=course.gradebook)


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
        CourseError: ``release/`` is stale or missing, or the data sets are.
    """
    contents: dict[str, bytes] = {
        "README.md": readme(course).encode(),
        "environment.yml": (course.root / "environment.yml").read_bytes(),
    }
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
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(zipfile.ZipInfo(name, _LONG_AGO), content)
    return list(contents)


def readme(course: Course) -> str:
    """What students read first."""
    rows = []
    for number, slug in enumerate(course.exercises, start=1):
        notebook = course.read_source(slug)
        points = sum(points_of(notebook).values())
        checks = sum(map(is_check, notebook.cells))
        rows.append(
            f"{number}. [{_title(notebook) or slug}]({slug}/{slug}.ipynb): "
            f"{points:g} points in {checks} checks"
        )
    return _README.format(exercises="\n".join(rows))


def _title(notebook: nbformat.NotebookNode) -> str | None:
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and (match := re.match(r"# *(.+)", cell.source)):
            return match[1].strip()
    return None


_README = """\
# TensorFlow exercises

## Start

With conda, mamba or micromamba:

    conda env create -f environment.yml
    conda activate tensorflow-course
    jupyter lab

## The exercises

{exercises}

Open a notebook and work from top to bottom. Where it says *Your code goes here*, replace
the line below with your code. The cells after it check what can be seen; when they pass,
go on. *Kernel → Restart Kernel and Run All Cells* shows whether everything still works
together: do that before you hand in.

The data sets that some exercises learn from lie in `data/`: leave it beside the exercises'
folders, and nothing has to be downloaded.

Hand in the notebook itself, under the name it has. Text cells, check cells and their names
are part of the grading: if one gets lost, it is put back, and your own code stays.
"""
