"""Remembers what grading found out, so that what has not changed is not graded again."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import msgspec
from msgspec.structs import replace

from proctor.course.course import CONFIG, TIMESTAMP, Course, Submission, read_file
from proctor.course.files import replace_file
from proctor.pipeline import gradebook_reading
from proctor.pipeline.grading import Order
from proctor.pipeline.marks import Result
from proctor.pipeline.versions import versions

_LATENESS = ("LateSubmissionPlugin", "AssignLatePenalties")


class Memory:
    """What came of earlier gradings of a course, in ``.proctor/graded/``.

    Args:
        course: The course.
    """

    def __init__(self, course: Course) -> None:
        self._course = course
        self._scores = gradebook_reading.scores(course)
        self._rules = b""
        self._due: dict[tuple[str | None, str], str] = {}
        if any(name in course.config for name in _LATENESS):
            # The file may hold the rule's own code.
            self._rules = (course.root / CONFIG).read_bytes()
            self._due = gradebook_reading.due_times(course)

    def fingerprint(self, submission: Submission, order: Order) -> str:
        """All that the marks of a submission depend on, as one short text.

        That is the submission with the time it was handed in, the instructor's notebook and
        files, the hidden tests, the inputs' seed, the limits, what being late costs, this
        program, and the libraries that its code runs on.

        Raises:
            OSError: The hidden tests cannot be read.
        """
        try:
            came_in = read_file(submission.folder / TIMESTAMP, 1000)
        except OSError:
            came_in = b""
        due = [self._due.get((student, submission.slug)) for student in (None, submission.student)]
        # Names of files are bytes to Linux, and not always text.
        files = [(os.fsencode(name), content) for name, content in order.files.items()]
        order = replace(order, files={})
        depends = (versions(), order, files, came_in, due, self._rules)
        whole = hashlib.sha256(msgspec.msgpack.encode(depends))
        whole.update(Path(order.grader).read_bytes())
        return whole.hexdigest()

    def recall(self, submission: Submission, fingerprint: str) -> Result | None:
        """The result of a submission, if it was graded as it is now, and all that was
        written then is there still; without its notebook."""
        try:
            known = msgspec.json.decode(self._place(submission).read_bytes(), type=_Known)
        except (OSError, msgspec.MsgspecError):
            return None
        place = (submission.student, submission.slug)
        files = [self._course.feedback(*place)]
        if known.result.status == "graded":
            files.append(self._course.autograded(*place))
        scores = {check.id: check.score for check in known.result.checks}
        if known.fingerprint != fingerprint or self._scores.get(place) != scores:
            return None
        return known.result if all(file.is_file() for file in files) else None

    def remember(self, submission: Submission, fingerprint: str, result: Result) -> None:
        """Keep a result whose marks and pages have been written.

        Raises:
            CourseError: It cannot be written.
        """
        known = _Known(fingerprint=fingerprint, result=replace(result, notebook="", earlier=True))
        replace_file(self._place(submission), msgspec.json.encode(known))

    def _place(self, submission: Submission) -> Path:
        folder = self._course.root / ".proctor" / "graded"
        return folder / submission.student / f"{submission.slug}.json"


class _Known(msgspec.Struct):
    fingerprint: str
    result: Result
