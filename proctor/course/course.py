"""Where everything of a course lies, and which exercises it has."""

from __future__ import annotations

import contextlib
import fcntl
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
import nbgrader.api
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from traitlets.config import Config
from traitlets.config.loader import ConfigFileNotFound, PyFileConfigLoader

import proctor
from proctor.course.cells import points_of
from proctor.course.settings import read_settings

CONFIG = "course_config.py"
_FILES_LIMIT = 64 * 1024 * 1024
# Python's own walks recurse, and give up on folders as deep as a path can be long.
_DEEPEST = 50
# nbgrader leaves these beside a submission: when it was handed in, and a name for its feedback.
TIMESTAMP = "timestamp.txt"
BOOKKEEPING = (TIMESTAMP, "submission_secret.txt")

# nbgrader opens the gradebook several times a result, each time with a new engine, which has to
# compile every statement anew. An engine can be used again after its gradebook was closed.
nbgrader.api.create_engine = functools.lru_cache(maxsize=4)(create_engine)


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
        self.counts = settings.counts
        self._data = settings.data
        self._voided = settings.voided
        self.choose(list(self._voided))

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

    def voided(self, slug: str) -> frozenset[str]:
        """The checks of an exercise that count for nobody: ``c.Course.voided``.

        Raises:
            CourseError: One of them is no check of the exercise, or its source cannot be read.
        """
        chosen = self._voided.get(slug, frozenset())
        known = points_of(self.read_source(slug)) if chosen else {}
        if strange := sorted(chosen - known.keys()):
            raise CourseError(
                f"{self.root / CONFIG}: c.Course.voided: `{strange[0]}` is no check of {slug}; "
                f"there are: {', '.join(known) or 'none'}"
            )
        return chosen

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

    def kept(self, student: str, slug: str) -> Path:
        """Where all that a student handed in is kept, if the best of it counts."""
        return self.root / "kept" / student / slug

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
        """Open nbgrader's gradebook; it is made where there is none.

        Raises:
            CourseError: It is damaged, or its address is none.
            OperationalError: It cannot be opened now, perhaps because another program locks it.
        """
        # nbgrader calls alembic by its name to make one.
        tools = str(Path(sys.prefix, "bin"))
        if tools not in os.environ["PATH"].split(os.pathsep):
            os.environ["PATH"] += os.pathsep + tools
        try:
            return Gradebook(self.gradebook)
        except OperationalError:
            raise
        except SQLAlchemyError as error:
            why = str(error).partition("\n")[0]
            raise CourseError(f"the gradebook {self.gradebook} cannot be opened: {why}") from error

    def read_source(self, slug: str) -> NotebookNode:
        """Read the instructor's notebook of an exercise.

        Raises:
            CourseError: It is missing or no notebook.
        """
        return _read_source(*self._source_state(slug))

    def source_json(self, slug: str) -> str:
        """The instructor's notebook of an exercise, as JSON.

        Raises:
            CourseError: It is missing or no notebook.
        """
        return _source_json(*self._source_state(slug))

    def _source_state(self, slug: str) -> tuple[Path, int, int]:
        path = self.source(slug)
        try:
            found = path.stat()
        except OSError as error:
            raise CourseError(f"{path} cannot be read as a notebook: {error}") from error
        return path, found.st_mtime_ns, found.st_size

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
        with contextlib.suppress(FileNotFoundError):
            if secret := path.read_bytes():
                return secret
        path.parent.mkdir(exist_ok=True)
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
            # Another process may be about to write it, or have been killed before it did.
            fcntl.flock(file, fcntl.LOCK_EX)
            secret = file.read()
            if not secret:
                secret = secrets.token_hex(32).encode()
                file.write(secret)
            return secret


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


@functools.lru_cache(maxsize=64)
def _source_json(path: Path, changed: int, size: int) -> str:
    return nbformat.writes(_read_source(path, changed, size))


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

    Links are not followed, and what passes 64 MB in all or is nested too deep is left out.
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
        if len(Path(path).relative_to(folder).parts) >= _DEEPEST:
            folders.clear()
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
