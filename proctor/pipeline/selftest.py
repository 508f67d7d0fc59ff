"""Proves graders right both ways: all marks for what is right, the right ones lost for mistakes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

import nbformat
from msgspec.structs import replace
from nbformat import NotebookNode

from proctor.course.attempts import fill_in, read_attempts
from proctor.course.cells import points_of
from proctor.course.course import Course
from proctor.course.release import build
from proctor.pipeline.batch import grade_all
from proctor.pipeline.grading import Order, make_order
from proctor.pipeline.marks import Result
from proctor.pipeline.slots import Failure


@dataclass(frozen=True)
class Case:
    """One answer and what it must come to.

    Attributes:
        slug: The exercise.
        name: ``source``, ``starter``, or the attempt's file.
        fails: The checks that must fail; all others must have full marks.
        nothing: Whether it must get no points at all.
        order: The answer as a submission.
        round: Which of several runs, each with inputs of its own.
    """

    slug: str
    name: str
    fails: frozenset[str]
    nothing: bool
    order: Order
    round: int = 1


@dataclass(frozen=True)
class Verdict:
    """What a case came to.

    Attributes:
        case: The case.
        outcome: What grading it gave.
        wrong: Why that is not what it must come to; empty if it is.
    """

    case: Case
    outcome: Result | Failure
    wrong: str


def cases(course: Course, slug: str, *, rounds: int = 1) -> list[Case]:
    """The starter, the source's own solution, all solutions and all mistakes of an exercise.

    Args:
        course: The course.
        slug: The exercise.
        rounds: How often each right answer comes, each time with other inputs.

    Raises:
        AttemptError: A solution or mistake does not fit the notebook.
        CourseError: The source cannot be read or released.
    """
    source = course.read_source(slug)
    checks = frozenset(points_of(source))
    starter = nbformat.reads(build(course, slug)[f"{slug}.ipynb"].decode(), as_version=4)

    found: list[Case] = []

    def add(name: str, notebook: NotebookNode, fails: frozenset[str] = frozenset()) -> None:
        data = nbformat.writes(notebook).encode()
        for number in range(1, (1 if fails else rounds) + 1):
            order = make_order(course, f"selftest {name} {number}", slug, data)
            # What does not count for students is to be proved all the same.
            order = replace(order, voided=frozenset())
            if number > 1 or (fails and name != "starter"):
                # What students would be shown takes as long as what decides the marks.
                order = replace(order, visible=False)
            found.append(Case(slug, name, fails, name == "starter", order, number))

    add("starter", starter, checks)
    add("source", source)
    for kind in ("solutions", "mistakes"):
        for attempt in read_attempts(course.attempts(slug, kind)):
            add(f"{kind}/{attempt.path.name}", fill_in(source, attempt), attempt.fails)
    return found


def judge(case: Case, outcome: Result | Failure) -> Verdict:
    """Hold what a case came to against what it must come to."""
    if isinstance(outcome, Failure):
        return Verdict(case, outcome, f"not examined: {outcome}")
    failed = {check.id for check in outcome.checks if check.score < check.max_score}
    wrong = []
    if outcome.status != "graded":
        wrong.append(f"{outcome.status}: {outcome.problems}")
    if failed - case.fails:
        wrong.append(f"lost marks it should keep: {', '.join(sorted(failed - case.fails))}")
    if case.fails - failed:
        wrong.append(f"kept marks it should lose: {', '.join(sorted(case.fails - failed))}")
    if case.nothing and outcome.score:
        wrong.append(f"got {outcome.score:g} points for nothing")
    if outcome.faults:
        wrong.append(f"the grader broke:\n{outcome.faults[0]}")
    return Verdict(case, outcome, "; ".join(wrong))


def selftest(
    course: Course,
    slugs: list[str],
    *,
    only: Sequence[str] = (),
    rounds: int = 1,
    jobs: int | None = None,
    begun: Callable[[Case, int], None] = lambda case, count: None,
    told: Callable[[Verdict, int], None] = lambda verdict, count: None,
) -> list[Verdict]:
    """Run every case of the exercises through the real pipeline, sealed kernels and all.

    Mistakes, and right answers after the first round, run without check cells and demonstrations.

    Args:
        course: The course.
        slugs: The exercises; all if empty.
        only: Patterns of the cases' names, such as ``mistakes/no_*``; all if empty.
        rounds: How often each right answer comes, each time with other inputs.
        jobs: How many at once; see :func:`~proctor.pipeline.batch.grade_all`.
        begun: Called with each case when its turn comes, in a thread, and the number of all.
        told: Called with each verdict as it comes, and the number of all.

    Returns:
        The verdicts, by exercise and case.
    """
    todo = [
        case
        for slug in course.choose(slugs)
        for case in cases(course, slug, rounds=rounds)
        if not only or any(fnmatchcase(case.name, pattern) for pattern in only)
    ]
    by_order = {(case.order.slug, case.order.student): case for case in todo}
    verdicts: dict[tuple[str, str], Verdict] = {}
    for outcome in grade_all(
        [case.order for case in todo],
        jobs=jobs,
        data=course.data,
        begun=lambda order: begun(by_order[order.slug, order.student], len(todo)),
    ):
        place = (outcome.slug, outcome.student)
        verdicts[place] = judge(by_order[place], outcome)
        told(verdicts[place], len(todo))
    return [verdicts[place] for place in by_order]
