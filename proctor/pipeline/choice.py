"""Which of a student's submissions counts, once all that were kept are graded."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from msgspec.structs import replace

from proctor.course.course import Course, Submission
from proctor.pipeline.gradebook import after_penalty
from proctor.pipeline.marks import Result
from proctor.pipeline.slots import Failure


@dataclass
class Choice:
    """All that a student handed in for one exercise, of which one counts.

    Attributes:
        submission: What lies in ``submitted/``.
        own: What is to be graded: that, or all that was kept.
        outcomes: What came of each so far, with its fingerprint.
    """

    submission: Submission
    own: list[Submission]
    outcomes: dict[Submission, tuple[Result | Failure, str]] = field(default_factory=dict)

    def best(self, course: Course) -> tuple[Submission, Result | Failure, str]:
        """The one with the most points, less what being late costs; the latest of several.

        Where one could not be examined, nobody can say which is the best, and that is what
        comes of all.

        Raises:
            CourseError: What being late costs cannot be worked out.
        """
        if len(self.own) == 1:
            outcome, key = self.outcomes[self.own[0]]
            if isinstance(outcome, Result):
                outcome = replace(outcome, earlier=False)
            return self.own[0], outcome, key
        found: list[tuple[float, int, Submission, Result, str]] = []
        late = False
        for number, one in enumerate(self.own, start=1):
            outcome, key = self.outcomes[one]
            if isinstance(outcome, Failure):
                return one, outcome, key
            points = after_penalty(course, outcome, one.folder)
            late |= points != outcome.score
            found.append((points, number, one, outcome, key))
        _, number, one, result, key = max(found, key=lambda each: each[:2])
        words = f"Of {len(found)} submissions, the {_ordinal(number)} counts: none has more points"
        words += f"{', less what being late costs' if late else ''}."
        key = hashlib.sha256(f"{key}\0{words}".encode()).hexdigest() if key else ""
        return one, replace(result, earlier=False, counted=words), key


def _ordinal(number: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if number % 100 in (11, 12, 13) else ending}"
