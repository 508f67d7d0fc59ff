"""Proves graders with machine-made mistakes: each must lose marks, or be listed as no mistake."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import nbformat
from msgspec.structs import replace
from nbformat import NotebookNode

from proctor.course.attempts import fill_in, read_attempts
from proctor.course.cells import grade_id, is_check, is_demonstration, is_solution
from proctor.course.course import Course, CourseError
from proctor.course.mutants import Equivalent, Mutant, mutate, read_equivalent
from proctor.pipeline.batch import grade_all
from proctor.pipeline.grading import Order, make_order
from proctor.pipeline.slots import Failure


@dataclass(frozen=True)
class Candidate:
    """A mutant of one solution, as a submission.

    Attributes:
        slug: The exercise.
        solution: ``source``, or the solution's file.
        mutant: What was changed.
        order: The submission.
        key: Of all that its fate depends on.
        listed: Whether it is listed as equivalent.
    """

    slug: str
    solution: str
    mutant: Mutant
    order: Order
    key: str
    listed: bool

    def __str__(self) -> str:
        mutant = self.mutant
        return f"{self.slug} {self.solution}: `{mutant.was}` became `{mutant.becomes}`"


@dataclass
class Survey:
    """What became of the mutants of one exercise.

    Attributes:
        slug: The exercise.
        caught: Mutants that lost marks.
        equivalent: Mutants that lost none and are listed as no mistakes.
        survivors: Mutants that lost none and are not listed.
        stale: Entries of the list that no mutant needs.
        failures: Why some could not be examined.
    """

    slug: str
    caught: int = 0
    equivalent: int = 0
    survivors: list[Candidate] = field(default_factory=list)
    stale: list[Equivalent] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether every mutant is accounted for."""
        return not (self.survivors or self.stale or self.failures)


def candidates(course: Course, slug: str) -> list[Candidate]:
    """All mutants of the reference solution and of every file in ``solutions/``.

    Raises:
        AttemptError: A solution does not fit the notebook.
        CourseError: The source, the hidden tests or the list of equivalent mutants cannot be read.
    """
    source = course.read_source(slug)
    folder = course.grader(slug).parent
    listed = read_equivalent(folder)
    solutions: list[tuple[str, NotebookNode, list[str]]] = [
        ("source", source, [str(grade_id(cell)) for cell in source.cells if is_solution(cell)])
    ]
    for attempt in read_attempts(course.attempts(slug, "solutions")):
        name = f"solutions/{attempt.path.name}"
        solutions.append((name, fill_in(source, attempt), list(attempt.cells)))
    try:
        rest = hashlib.sha256(course.grader(slug).read_bytes())
    except OSError as error:
        raise CourseError(f"{course.grader(slug)} cannot be read: {error.strerror}") from error
    rest.update(f"{version('tensorflow')} {version('keras')}".encode())
    for name, content in sorted(course.data_files(slug).items()):
        rest.update(name.encode() + b"\0" + content)
    found = []
    for solution, notebook, names in solutions:
        for number, cell in enumerate(notebook.cells):
            if grade_id(cell) not in names or not is_solution(cell):
                continue
            for mutant in mutate(cell.source):
                changed = copy.deepcopy(notebook)
                changed.cells[number].source = mutant.text
                data = nbformat.writes(changed).encode()
                key = hashlib.sha256(rest.digest() + _what_runs(changed)).hexdigest()
                order = replace(
                    make_order(course, f"mutant {key}", slug, data),
                    visible=False,
                    to_the_end=False,
                    voided=frozenset(),
                )
                known = any(entry.covers(solution, mutant) for entry in listed)
                found.append(Candidate(slug, solution, mutant, order, key, known))
    return list({candidate.key: candidate for candidate in found}.values())


def _what_runs(notebook: NotebookNode) -> bytes:
    """The code that decides a mutant's fate, whatever is written around it."""
    shown = (is_check, is_demonstration)
    code = [
        cell.source
        for cell in notebook.cells
        if cell.cell_type == "code" and not any(kind(cell) for kind in shown)
    ]
    return "\0".join(code).encode()


def survey(
    course: Course,
    slugs: list[str],
    *,
    sample: int | None = None,
    jobs: int | None = None,
    begun: Callable[[Candidate, int], None] = lambda candidate, count: None,
    told: Callable[[Candidate, str, int], None] = lambda candidate, wrong, count: None,
) -> list[Survey]:
    """Grade the mutants of exercises, but for those whose fate is known from an earlier run.

    Args:
        course: The course.
        slugs: The exercises; all if empty.
        sample: Only so many of each exercise, always the same ones; all if None.
        jobs: How many at once; see :func:`~proctor.pipeline.batch.grade_all`.
        begun: Called with each mutant that is graded when its turn comes, in a thread, and the
            number of those to be graded.
        told: Called with each mutant that was graded, what is wrong with its fate, if anything,
            and the number of those to be graded.
    """
    memory = _Memory(course.root / ".proctor" / "mutants")
    chosen: list[Candidate] = []
    for slug in course.choose(slugs):
        found = candidates(course, slug)
        if sample is not None:
            found = sorted(found, key=_by_chance)[:sample]
        chosen += found
    todo = {c.order.student: c for c in chosen if c.key not in memory}
    surveys = {slug: Survey(slug) for slug in course.choose(slugs)}
    orders = [candidate.order for candidate in todo.values()]
    for outcome in grade_all(
        orders,
        jobs=jobs,
        data=course.data,
        begun=lambda order: begun(todo[order.student], len(todo)),
    ):
        candidate = todo[outcome.student]
        wrong = ""
        if isinstance(outcome, Failure):
            wrong = f"not examined: {candidate}: {outcome}"
            surveys[candidate.slug].failures.append(f"{candidate}: {outcome}")
        else:
            caught = outcome.score < outcome.max_score
            memory.add(candidate.key, caught=caught)
            if not caught and not candidate.listed:
                wrong = f"survived: {candidate}"
        told(candidate, wrong, len(todo))
    for candidate in chosen:
        own = surveys[candidate.slug]
        if candidate.key not in memory:
            continue
        if memory[candidate.key]:
            own.caught += 1
        elif candidate.listed:
            own.equivalent += 1
        else:
            own.survivors.append(candidate)
    if sample is None:
        for slug, own in surveys.items():
            there = [c for c in chosen if c.slug == slug]
            survived = [c for c in there if not memory.get(c.key, True)]
            own.stale = [
                entry
                for entry in read_equivalent(course.grader(slug).parent)
                if not any(
                    entry.covers(c.solution, c.mutant)
                    for c in (there if entry.sometimes_caught else survived)
                )
            ]
    return list(surveys.values())


def _by_chance(candidate: Candidate) -> str:
    """A random order that stays the same when something else changes."""
    place = f"{candidate.solution}\0{candidate.mutant.text}"
    return hashlib.sha256(place.encode()).hexdigest()


class _Memory(dict[str, bool]):
    """Which mutants were caught, by key; kept in a file, so that no run is lost."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        path.parent.mkdir(exist_ok=True)
        self._path = path
        if path.is_file():
            for line in path.read_text().splitlines():
                key, _, fate = line.partition(" ")
                self[key] = fate == "caught"

    def add(self, key: str, *, caught: bool) -> None:
        self[key] = caught
        with self._path.open("a") as file:
            file.write(f"{key} {'caught' if caught else 'survived'}\n")
