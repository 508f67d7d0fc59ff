"""nbgrader's way in: its ``autograde`` and Formgrader's button grade as ``proctor grade`` does.

``course_config.py`` puts these in the places of nbgrader's own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbconvert.preprocessors.sanitize import SanitizeHTML
from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

from proctor.course.course import BOOKKEEPING, Course, CourseError, read_files
from proctor.course.points import enter_points
from proctor.pipeline.gradebook import patiently
from proctor.pipeline.grading import grade, make_order
from proctor.pipeline.reading import read_notebook, restore
from proctor.sandbox.shared import shared_zygote

# fmt: off
_TAGS = ["a", "b", "blockquote", "br", "code", "dd", "del", "details", "div", "dl", "dt", "em",
         "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "kbd", "li", "ol", "p", "pre", "s", "span",
         "strong", "sub", "summary", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul"]
# fmt: on


def safe_markdown(source: str) -> str:
    """Markdown as HTML that neither acts nor fetches anything, for Formgrader's page.

    nbgrader's template for that page leaves out what ``HTMLExporter.sanitize_html`` asks for.
    Names and classes are taken away, too: by them, the page's script finds its own fields.
    """
    renderer = IPythonRenderer(escape=False, exclude_anchor_links=True)
    html = MarkdownWithMath(renderer=renderer).render(source)
    cleaner = SanitizeHTML(tags=_TAGS, attributes={"a": ["href", "title"]}, strip=True)
    return str(cleaner.sanitize_html_tags(html))


class RestoreCells(NbGraderPreprocessor):
    """Puts back what nbgrader locks, from the instructor's notebook."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Return the mended notebook; what was mended is told in the log.

        Raises:
            CourseError: The submission, or its folder, is a link.
        """
        course, place = Course(), resources["nbgrader"]
        source = course.read_source(place["assignment"])
        _forget_links(course, place["student"], place["assignment"])
        restored, problems = restore(read_notebook(nbformat.writes(nb).encode()), source)
        for problem in problems:
            self.log.warning(problem)
        restored.metadata["proctor"] = {"problems": problems}
        return restored, resources


def _forget_links(course: Course, student: str, slug: str) -> None:
    """Remove what nbgrader has copied beside a graded notebook by following links.

    They lead to what is not the student's, such as other students' work, and from there
    nbgrader would give it to the kernel and to the student.
    """
    submission = course.submitted(student, slug)
    folder, notebook = submission.folder, submission.notebook
    if folder.is_symlink() or notebook.is_symlink():
        raise CourseError(f"{notebook} is a link, or its folder is: links are not followed")
    own = {*read_files(folder), *course.data_files(slug), *BOOKKEEPING}
    copied = course.autograded(student, slug).parent
    for path in sorted(copied.rglob("*")):
        if path.suffix != ".ipynb" and path.is_file() and str(path.relative_to(copied)) not in own:
            path.unlink()


class ExecuteSealed(NbGraderPreprocessor):
    """Runs a notebook in a sealed kernel, has it examined, and leaves its marks in it."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Return the graded notebook.

        Raises:
            SealError: Kernels cannot be sealed here.
            GraderError: The grader cannot be used.
        """
        course = Course()
        place = resources["nbgrader"]
        folder = resources.get("metadata", {}).get("path")
        order = make_order(
            course,
            place["student"],
            place["assignment"],
            nbformat.writes(nb).encode(),
            read_files(Path(folder)) if folder else None,
        )
        patiently(lambda: enter_points(course, [order.slug]))
        result = grade(order, shared_zygote(course.data).folder)
        for fault in result.faults:
            self.log.error("The grader of %s broke:\n%s", place["assignment"], fault)
        graded = nbformat.reads(result.notebook, as_version=4)
        noted = nb.metadata.get("proctor", {}).get("problems", [])
        told = graded.metadata.proctor.problems
        graded.metadata.proctor.problems = noted + [p for p in told if p not in noted]
        return graded, resources
