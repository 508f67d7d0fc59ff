"""Where everything of a course lies, and which exercises it has."""

from __future__ import annotations

import functools
import hashlib
import hmac
import os
import secrets
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from traitlets.config import Config
from traitlets.config.loader import ConfigFileNotFound, PyFileConfigLoader

import proctor
from proctor.course.settings import read_settings

CONFIG = "course_config.py"
_FILES_LIMIT = 64 * 1024 * 1024
# nbgrader leaves these beside a submission: when it was handed in, and a name for its feedback.
TIMESTAMP = "timestamp.txt"
BOOKKEEPING = (TIMESTAMP, "submission_secret.txt")


class CourseError(Exception):
    """The course is not as it should be; the message says where and how to mend it."""


@dataclass(frozen=True)
class Submission:
    """What one student handed in for one exercise.

    Attributes:
        student: The student's id.
        slug: The exercise.
        folder: Where it lies.
    """

    student: str
    slug: str
    folder: Path

    @property
    def notebook(self) -> Path:
        """Where its notebook should be."""
        return self.folder / f"{self.slug}.ipynb"


class Course:
    """A course on disk.

    Args:
        root: The folder that holds ``course_config.py``; by default the nearest one
            above the working directory, else the one this package lies in.

    Raises:
        CourseError: There is none, or its configuration cannot be read.
    """

    def __init__(self, root: Path | None = None) -> None:
        self.root = (root or _find_root()).resolve()
        try:
            self.config: Config = PyFileConfigLoader(CONFIG, path=str(self.root)).load_config()
        except ConfigFileNotFound as error:
            raise CourseError(f"{self.root} holds no {CONFIG}, so it is no course") from error
        except Exception as error:
            raise CourseError(f"{self.root / CONFIG} cannot be read: {error}") from error
        try:
            settings = read_settings(self.config.Course)
        except ValueError as error:
            raise CourseError(f"{self.root / CONFIG}: c.Course: {error}") from error
        self.exercises = settings.exercises
        self.limits = settings.limits
        self._data = settings.data

    def choose(self, slugs: list[str]) -> list[str]:
        """The exercises called ``slugs``, or all; in the course's order.

        Raises:
            CourseError: One of them is not an exercise of the course.
        """
        for slug in slugs:
            if slug not in self.exercises:
                known = ", ".join(self.exercises) or "none"
                raise CourseError(f"`{slug}` is no exercise of this course; there are: {known}")
        return [slug for slug in self.exercises if not slugs or slug in slugs]

    def source(self, slug: str) -> Path:
        """The instructor's notebook of an exercise."""
        return self.root / "source" / slug / f"{slug}.ipynb"

    def release(self, slug: str) -> Path:
        """The students' notebook of an exercise."""
        return self.root / "release" / slug / f"{slug}.ipynb"

    def grader(self, slug: str) -> Path:
        """The hidden tests of an exercise."""
        return self.root / "graders" / slug / f"test_{slug}.py"

    def attempts(self, slug: str, kind: str) -> Path:
        """The folder of an exercise's ``solutions`` or ``mistakes``."""
        return self.root / "graders" / slug / kind

    def submitted(self, student: str, slug: str) -> Submission:
        """Where a student's submission lies, or would."""
        return Submission(student, slug, self.root / "submitted" / student / slug)

    def autograded(self, student: str, slug: str) -> Path:
        """Where the graded notebook of a submission goes."""
        return self.root / "autograded" / student / slug / f"{slug}.ipynb"

    def feedback(self, student: str, slug: str) -> Path:
        """Where the student's page on a submission goes."""
        return self.root / "feedback" / student / slug / f"{slug}.html"

    @property
    def data(self) -> Path | None:
        """The folder with the course's prepared data sets, if it has any.

        Raises:
            CourseError: They are not prepared yet.
        """
        if self._data is None:
            return None
        path = self.root / self._data
        if not path.is_dir():
            raise CourseError(f"the data sets are not in {path} yet: run `make data`")
        return path

    @property
    def gradebook(self) -> str:
        """The address of nbgrader's database."""
        default = f"sqlite:///{self.root / 'gradebook.db'}"
        return str(self.config.CourseDirectory.get("db_url", default))

    def open_gradebook(self) -> Gradebook:
        """Open nbgrader's gradebook; it is made where there is none."""
        # nbgrader calls alembic by its name to make one.
        tools = str(Path(sys.prefix, "bin"))
        if tools not in os.environ["PATH"].split(os.pathsep):
            os.environ["PATH"] += os.pathsep + tools
        return Gradebook(self.gradebook)

    def read_source(self, slug: str) -> NotebookNode:
        """Read the instructor's notebook of an exercise.

        Raises:
            CourseError: It is missing or no notebook.
        """
        path = self.source(slug)
        try:
            found = path.stat()
        except OSError as error:
            raise CourseError(f"{path} cannot be read as a notebook: {error}") from error
        return _read_source(path, found.st_mtime_ns, found.st_size)

    def data_files(self, slug: str) -> dict[str, bytes]:
        """The files beside the instructor's notebook, which students may see, by relative path."""
        return read_files(self.source(slug).parent)

    def submissions(self, slugs: list[str], students: list[str]) -> list[Submission]:
        """The submissions that lie in ``submitted/``, by student and in the course's order.

        Args:
            slugs: The exercises; all if empty.
            students: The students; all if empty.

        Raises:
            CourseError: An exercise or a student that there is not.
        """
        folder = self.root / "submitted"
        found = sorted(path.name for path in folder.glob("*") if path.is_dir())
        for student in students:
            if student not in found:
                raise CourseError(f"{folder} holds nothing of `{student}`")
        chosen = self.choose(slugs)
        return [
            self.submitted(student, slug)
            for student in students or found
            for slug in chosen
            if self.submitted(student, slug).folder.is_dir()
        ]

    def seed(self, student: str, slug: str) -> bytes:
        """What the inputs of a student's hidden tests are drawn from: the same each time,
        and not to be guessed without the course's secret."""
        return hmac.digest(self._secret(), f"{student}\0{slug}".encode(), hashlib.sha256)

    def _secret(self) -> bytes:
        path = self.root / ".proctor" / "secret"
        path.parent.mkdir(exist_ok=True)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_bytes()
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_hex(32).encode())
        return path.read_bytes()


def _find_root() -> Path:
    here = Path.cwd()
    own = Path(proctor.__file__).parent.parent
    for folder in (here, *here.parents, own):
        if (folder / CONFIG).is_file():
            return folder
    raise CourseError(
        f"no {CONFIG} here or above: go to a course's folder or name it with --course"
    )


@functools.lru_cache(maxsize=64)
def _read_source(path: Path, changed: int, size: int) -> NotebookNode:
    """Read a notebook; ``changed`` and ``size`` tell one state of the file from another."""
    try:
        return nbformat.read(path, as_version=4)
    except (OSError, ValueError) as error:
        raise CourseError(f"{path} cannot be read as a notebook: {error}") from error


def read_file(path: Path, most: int) -> bytes:
    """The first ``most`` bytes of a regular file. Links are not followed.

    Raises:
        OSError: There is no regular file of that name, or it may not be read.
    """
    # Opening a pipe would otherwise wait for somebody to write.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(f"{path} is no regular file")
        return file.read(most)


def read_files(folder: Path) -> dict[str, bytes]:
    """The regular files under ``folder`` that are no notebooks, by relative path.

    Links are not followed, and what passes 64 MB in all is left out.
    """
    return dict(_regular_files(folder))


def _regular_files(folder: Path) -> Iterator[tuple[str, bytes]]:
    room = _FILES_LIMIT
    for path, folders, names in os.walk(folder):
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".") and not os.path.islink(os.path.join(path, name))
        )
        for name in sorted(names):
            file = Path(path, name)
            if name.startswith(".") or name.endswith(".ipynb") or name in BOOKKEEPING:
                continue
            try:
                content = read_file(file, room + 1)
            except OSError:
                continue
            room -= len(content)
            if room < 0:
                return
            yield str(file.relative_to(folder)), content
