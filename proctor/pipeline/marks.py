"""Turns the results of hidden tests into marks, and writes them where nbgrader reads them."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

import msgspec
import nbformat
from msgspec.structs import replace
from nbformat import NotebookNode

from proctor.course.cells import grade_id, is_check, points_of
from proctor.judge.plugin import TestResult

_SAFE_DATA = ("text/plain", "image/png", "image/jpeg")
_OUTPUT_TEXT = 20_000
_CONTROL = re.compile(
    r"\x1b(?!\[[0-9;]*m)|[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f]"
    # Marks that turn the direction of what follows, and halves of surrogate pairs.
    r"|[\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


class CheckResult(msgspec.Struct, kw_only=True):
    """A check's marks and the hidden tests behind them.

    Attributes:
        id: The check's ``grade_id``.
        score: Points gained.
        max_score: Points to be had.
        tests: Its hidden tests.
        voided: Whether it counts for nobody: 0 of 0 points, whatever its tests say.
    """

    id: str
    score: float
    max_score: float
    tests: list[TestResult]
    voided: bool = False


class Result(msgspec.Struct, kw_only=True):
    """All that grading one submission found out.

    Attributes:
        student: The student's id.
        slug: The exercise.
        status: ``graded`` or ``unreadable``.
        checks: The marks.
        problems: What the student should know.
        seconds: Wall time.
        memory_mb: The most memory that a kernel had taken beyond what it was forked with, looked
            at ten times a second; None if it is not known.
        notebook: The graded notebook, as JSON; empty if unreadable.
        faults: For the instructor: tracebacks of graders that broke on this submission.
        settled: Whether grading again would come to the same: not so where a kernel was killed,
            perhaps from outside.
        earlier: Whether it comes from an earlier run, because nothing has changed since.
        kept: Which of a student's submissions it is about; see :mod:`proctor.course.kept`.
        counted: Which of several submissions it is that counts, in words for the student.
    """

    student: str
    slug: str
    status: str
    checks: list[CheckResult]
    problems: list[str]
    seconds: float = 0.0
    memory_mb: float | None = None
    notebook: str = ""
    faults: list[str] = []
    settled: bool = True
    earlier: bool = False
    kept: str = ""
    counted: str = ""

    @property
    def score(self) -> float:
        """Points gained."""
        return round(sum(check.score for check in self.checks), 4)

    @property
    def max_score(self) -> float:
        """Points to be had."""
        return round(sum(check.max_score for check in self.checks), 4)


class MarkError(ValueError):
    """Grade cells and hidden tests do not match one to one: a fault of ours."""


def score_checks(
    source: NotebookNode,
    tests: list[TestResult],
    *,
    voided: Collection[str] = (),
    all_run: bool = True,
) -> list[CheckResult]:
    """Give each check its part of the points: points × passed weight / total weight.

    Args:
        source: The instructor's notebook, which says what each check is worth.
        tests: The hidden tests' results.
        voided: The checks that count for nobody.
        all_run: Whether all were run; if not, a check without any has no points.

    Raises:
        MarkError: A check without tests, or a test of no check.
    """
    points = points_of(source)
    stray = {test.check for test in tests} - points.keys()
    bare = points.keys() - {test.check for test in tests}
    if stray or (bare and all_run):
        raise MarkError(
            f"checks in the notebook without hidden tests: {sorted(bare) or 'none'}; "
            f"hidden tests of checks that the notebook lacks: {sorted(stray) or 'none'}"
        )
    return [
        _marked(name, worth, [test for test in tests if test.check == name], name in voided)
        for name, worth in points.items()
    ]


def _marked(name: str, worth: float, tests: list[TestResult], voided: bool) -> CheckResult:
    if voided:
        return CheckResult(id=name, score=0.0, max_score=0.0, tests=tests, voided=True)
    total = sum(test.weight for test in tests)
    passed = sum(test.weight for test in tests if test.passed)
    score = round(worth * passed / total, 4) if tests else 0.0
    return CheckResult(id=name, score=score, max_score=worth, tests=tests)


def no_marks(source: NotebookNode, voided: Collection[str] = ()) -> list[CheckResult]:
    """All checks with nothing gained and no test run."""
    return [_marked(name, worth, [], name in voided) for name, worth in points_of(source).items()]


def mark_again(result: Result, source: NotebookNode, voided: Collection[str]) -> Result:
    """The same result as it would be with these checks voided, without its notebook.

    Args:
        result: What came of a submission, whichever checks were voided then.
        source: The instructor's notebook, the same as then.
        voided: The checks that count for nobody.
    """
    points = points_of(source)
    checks = [
        _marked(check.id, points[check.id], check.tests, check.id in voided)
        for check in result.checks
    ]
    return replace(result, checks=checks, notebook="")


def write_marks(notebook: NotebookNode, result: Result) -> None:
    """Put a result into a notebook that was run, the way nbgrader expects it.

    A check cell's outputs become a few words about its hidden tests and its score, as the
    partial credit that nbgrader looks for. In other cells only text and plain pictures
    stay, without what could act on a page or a terminal.
    """
    for cell in notebook.cells:
        cell.metadata.pop("papermill", None)
        if cell.cell_type != "code":
            # Attachments are left behind, and nbconvert gives up where one is missing.
            cell.source = cell.source.replace("attachment:", "attachment ")
            continue
        cell.outputs = [safe for output in cell.outputs if (safe := _safe(output))]
    notebook.metadata.pop("papermill", None)
    replace_marks(notebook, result)


def with_marks(result: Result) -> Result:
    """The same result, its marks as they are now in its notebook, too."""
    if not result.notebook:
        return result
    notebook = nbformat.reads(result.notebook, as_version=4)
    replace_marks(notebook, result)
    return replace(result, notebook=nbformat.writes(notebook) + "\n")


def read_graded(path: Path) -> NotebookNode:
    """Read a notebook that :func:`write_marks` has written its marks into.

    Raises:
        ValueError: It is not there any more, or damaged.
    """
    try:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
        msgspec.convert(notebook.metadata, _Marked)
    # nbformat raises whatever a damaged file leads to.
    except Exception as error:
        raise ValueError(one_line(str(error))[:200]) from error
    return notebook


class _Marked(msgspec.Struct):
    proctor: dict[str, object]


def replace_marks(notebook: NotebookNode, result: Result) -> None:
    """Put another result into a notebook that has one of the same run."""
    checks = {check.id: check for check in result.checks}
    for cell in notebook.cells:
        check = checks.get(grade_id(cell) or "")
        if check is None or not is_check(cell):
            continue
        if cell.metadata.nbgrader.points != check.max_score:
            cell.metadata.nbgrader.points = check.max_score
        cell.execution_count = cell.execution_count or 1
        cell.outputs = [
            nbformat.v4.new_output("stream", name="stdout", text=in_words(check)),
            nbformat.v4.new_output(
                "execute_result",
                data={"text/plain": repr(check.score)},
                execution_count=cell.execution_count,
            ),
        ]
    notebook.metadata["proctor"] = {
        "slug": result.slug,
        "student": result.student,
        "seconds": round(result.seconds, 2),
        "memory_mb": None if result.memory_mb is None else round(result.memory_mb, 1),
        "problems": result.problems,
        "counted": result.counted,
        "checks": msgspec.to_builtins(
            [
                {
                    "id": check.id,
                    "score": check.score,
                    "max_score": check.max_score,
                    "voided": check.voided,
                    "tests": [
                        {
                            "title": t.title,
                            "passed": t.passed,
                            "message": t.message,
                            "difference": t.difference,
                        }
                        for t in check.tests
                    ],
                }
                for check in result.checks
            ]
        ),
    }


def in_words(check: CheckResult) -> str:
    """What a student reads below a check."""
    points = f"{round(check.score, 2):g} of {check.max_score:g} points"
    lines = [f"{check.id}: {'does not count' if check.voided else points}"]
    for test in check.tests:
        lines.append(f"{'[passed]' if test.passed else '[failed]'} {test.title}")
        if not test.passed:
            lines += [f"    {line}" for line in test.message.splitlines()]
    return "\n".join(lines) + "\n"


def _safe(output: NotebookNode) -> NotebookNode | None:
    kind = output.get("output_type")
    if kind == "stream":
        name = "stderr" if output.get("name") == "stderr" else "stdout"
        return nbformat.v4.new_output("stream", name=name, text=clean(output.get("text")))
    if kind == "error":
        lines = output.get("traceback")
        return nbformat.v4.new_output(
            "error",
            ename=clean(output.get("ename")),
            evalue=clean(output.get("evalue")),
            traceback=[clean(line) for line in lines] if isinstance(lines, list) else [],
        )
    data = output.get("data")
    if kind in ("display_data", "execute_result") and isinstance(data, dict):
        kept = {
            name: clean(data[name]) if name == "text/plain" else "".join(data[name].split())
            for name in _SAFE_DATA
            if isinstance(data.get(name), str)
        }
        return nbformat.v4.new_output("display_data", data=kept) if kept else None
    return None


def clean(text: object) -> str:
    """Text without control characters other than line ends, tabs and colours, and not endless."""
    if not isinstance(text, str):
        return ""
    text = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)
    if len(text) > _OUTPUT_TEXT:
        text = f"{text[:_OUTPUT_TEXT]}\n… ({len(text) - _OUTPUT_TEXT:,} characters more)\n"
    return text


def one_line(text: str) -> str:
    """Somebody else's text on one line of a terminal, without colours."""
    return " ".join(clean(text).replace("\x1b", "\N{REPLACEMENT CHARACTER}").split())
