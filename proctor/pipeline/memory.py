"""Remembers what grading found out, so that what has not changed is not graded again."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import msgspec
import nbformat
from msgspec.structs import replace

from proctor.course.course import CONFIG, TIMESTAMP, Course, Submission, read_file
from proctor.course.files import replace_file
from proctor.pipeline import gradebook_reading
from proctor.pipeline.gradebook_reading import ByHand
from proctor.pipeline.grading import Order
from proctor.pipeline.marks import Result, mark_again, read_graded, with_marks
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
        self._by_hand = gradebook_reading.by_hand(course)
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
        program, and the libraries that its code runs on. Not so which checks are voided: that
        changes marks without anything being run.

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
        order = replace(order, files={}, voided=frozenset(), kept="")
        depends = (versions(), order, files, came_in, due, self._rules)
        whole = hashlib.sha256(msgspec.msgpack.encode(depends))
        whole.update(Path(order.grader).read_bytes())
        return whole.hexdigest()

    def recall(self, submission: Submission, fingerprint: str) -> Result | None:
        """The result of a submission, if it was graded as it is now, and all that was
        written then is there still.

        Where other checks are voided now, it comes with other marks and a notebook to be
        written, and is not ``earlier``; else, without its notebook.
        """
        known = self._known(submission)
        if known is None or known.fingerprint != fingerprint:
            return None
        place = (submission.student, submission.slug)
        files = [self._course.feedback(*place)]
        if known.result.status == "graded":
            files.append(self._course.autograded(*place))
        if not all(file.is_file() for file in files):
            return None
        result = self._marked_now(known.result)
        held = self._scores.get(place)
        if held not in (_scores(known.result), _scores(result)):
            return None
        if held == _scores(result) and result.checks == known.result.checks:
            return known.result
        return self._with_notebook(result)

    def recall_kept(self, submission: Submission, fingerprint: str) -> Result | None:
        """The result of one of several submissions, notebook and all, whatever was written."""
        known = self._known(submission)
        if known is None or known.fingerprint != fingerprint:
            return None
        notebook = known.result.notebook
        return replace(self._marked_now(known.result), notebook=notebook)

    def has_other_words(self, submission: Submission) -> bool:
        """Whether a person has given other marks or comments than a student's page says."""
        known = self._known(submission)
        given = self._by_hand.get((submission.student, submission.slug), ByHand())
        return known is not None and known.by_hand != given

    def remember(
        self,
        submission: Submission,
        fingerprint: str,
        result: Result,
        by_hand: ByHand | None = None,
    ) -> None:
        """Keep a result whose marks and pages have been written.

        Args:
            submission: The submission.
            fingerprint: What its marks depend on.
            result: What came of it.
            by_hand: What a person has given, as the student's page says; nothing by default.

        Raises:
            CourseError: It cannot be written.
        """
        stripped = replace(result, notebook="", earlier=True)
        known = _Known(fingerprint=fingerprint, result=stripped, by_hand=by_hand or ByHand())
        replace_file(self._place(submission), msgspec.json.encode(known))

    def remember_kept(self, submission: Submission, fingerprint: str, result: Result) -> None:
        """Keep the result of one of several submissions, of which the best will be written.

        Raises:
            CourseError: It cannot be written.
        """
        known = _Known(fingerprint=fingerprint, result=replace(result, earlier=True))
        replace_file(self._place(submission), msgspec.json.encode(known))

    def _known(self, submission: Submission) -> _Known | None:
        try:
            return msgspec.json.decode(self._place(submission).read_bytes(), type=_Known)
        except (OSError, msgspec.MsgspecError):
            return None

    def _marked_now(self, result: Result) -> Result:
        source = self._course.read_source(result.slug)
        return mark_again(result, source, self._course.voided(result.slug))

    def _with_notebook(self, result: Result) -> Result | None:
        """A result with the notebook that was written for it, its new marks in it."""
        result = replace(result, earlier=False)
        if result.status != "graded":
            return result
        try:
            notebook = read_graded(self._course.autograded(result.student, result.slug))
        except ValueError:
            return None
        return with_marks(replace(result, notebook=nbformat.writes(notebook)))

    def _place(self, submission: Submission) -> Path:
        folder = self._course.root / ".proctor" / "graded" / submission.student
        if submission.folder.parent == self._course.kept(submission.student, submission.slug):
            return folder / submission.slug / f"{submission.folder.name}.json"
        return folder / f"{submission.slug}.json"


def _scores(result: Result) -> dict[str, float]:
    return {check.id: check.score for check in result.checks}


class _Known(msgspec.Struct):
    fingerprint: str
    result: Result
    by_hand: ByHand = msgspec.field(default_factory=ByHand)
