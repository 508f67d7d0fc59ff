"""Finds the submissions that a person should look at."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from proctor.judge.plugin import UNCLEAR
from proctor.report.works import Graded, Work

HAIR = 0.05
# What happens to everybody who learns. Whatever else is told of a submission is shown.
_ORDINARY = re.compile(r"Code cell \d+ (raised |meets a part )")
_STOPPED = re.compile(
    r"was stopped|(ended|crashed) the kernel|kernel (ended|did not answer|gave an answer)"
    r"|was used up before|did not come to an end|could not be run to its end"
)
_RAISED = "Your code raised "

# What weighs most comes first.
KINDS = {
    "not examined": "There is no result, or an old one: the mark is not this submission's.",
    "grader broke": "A hidden test itself failed on this submission and cost points.",
    "mark by hand": "The gradebook waits for a person to give or confirm a mark.",
    "unreadable": "No notebook could be read: it counts 0 points.",
    "stopped": "Hidden tests ended the kernel, or took too much time or memory.",
    "problem": "Something happened to the notebook that the student was told of.",
    "nearly full": f"Points were lost, but at most {HAIR:.0%} of them.",
}


@dataclass(frozen=True)
class Finding:
    """Why a person should look at a submission.

    Attributes:
        student: The student's id.
        slug: The exercise.
        kind: In a word or two.
        words: In a sentence.
    """

    student: str
    slug: str
    kind: str
    words: str


def findings(works: Sequence[Work]) -> list[Finding]:
    """What a person should look at, what weighs most first."""
    order = list(KINDS)
    found = [
        Finding(work.student, work.slug, kind, words) for work in works for kind, words in _of(work)
    ]
    return sorted(found, key=lambda one: (order.index(one.kind), one.slug, one.student))


def _of(work: Work) -> Iterator[tuple[str, str]]:
    if work.unreadable:
        yield "unreadable", work.missing
    elif work.missing:
        yield "not examined", work.missing
    elif work.stale:
        yield "not examined", "Its file is newer than its result: run `proctor grade`."
    elif work.mark is None:
        yield "not examined", "The gradebook has no mark for it: run `proctor grade`."
    if work.mark is not None and work.mark.needs_manual_grade:
        yield "mark by hand", "Formgrader shows it under Manual Grading."
    if work.graded is not None:
        yield from _of_graded(work.graded)
    share = work.share
    if work.mark is not None and share is not None and 1 - HAIR <= share < 1:
        yield "nearly full", f"{work.mark.final:.2f} of {work.mark.max_score:g} points."


def _of_graded(graded: Graded) -> Iterator[tuple[str, str]]:
    failed = [
        (check.id, test.message)
        for check in graded.checks
        for test in check.tests
        if not test.passed
    ]
    if broken := [name for name, message in failed if message == UNCLEAR]:
        yield "grader broke", f"In {_names(broken)}: `proctor grade` prints the traceback."
    stopped = [
        (name, message.splitlines()[0].removesuffix(" It was here:"))
        for name, message in failed
        # What a student's exception says is not ours.
        if not message.startswith(_RAISED) and _STOPPED.search(message)
    ]
    if stopped:
        yield "stopped", f"In {_names([name for name, _ in stopped])}: {stopped[0][1]}"
    for problem in graded.problems:
        if not _ORDINARY.match(problem):
            yield "problem", problem


def _names(names: list[str]) -> str:
    return ", ".join(sorted(set(names)))
