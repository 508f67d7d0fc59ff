"""The page that tells a student what was right, what was not, and why."""

from __future__ import annotations

from functools import cache
from typing import Any

import jinja2
import nbformat
from markupsafe import Markup
from nbconvert.exporters import Exporter
from nbconvert.filters import ansi2html
from nbformat import NotebookNode

from proctor.course.cells import is_check
from proctor.pipeline.marks import Result

_PICTURES = ("image/png", "image/jpeg")


def page(notebook: NotebookNode) -> str:
    """Make the feedback page of a graded notebook, as one self-contained HTML file.

    Args:
        notebook: A notebook with marks written into it.
    """
    told = notebook.metadata.proctor
    return _template().render(
        slug=told.get("slug", ""),
        student=told.get("student", ""),
        checks=told.checks,
        problems=told.problems,
        score=round(sum(check.score for check in told.checks), 4),
        max_score=round(sum(check.max_score for check in told.checks), 4),
        cells=[_cell(cell) for cell in notebook.cells if cell.cell_type == "code"],
    )


def page_without_notebook(result: Result) -> str:
    """The page for a submission that held no notebook."""
    return _template().render(
        slug=result.slug,
        student=result.student,
        checks=result.checks,
        problems=result.problems,
        score=result.score,
        max_score=result.max_score,
        cells=[],
    )


def _cell(cell: NotebookNode) -> dict[str, Any]:
    outputs: list[dict[str, str]] = []
    for output in cell.outputs:
        if output.output_type == "stream":
            outputs.append({"kind": output.name, "text": output.text})
        elif output.output_type == "error":
            outputs.append({"kind": "error", "text": "\n".join(output.traceback)})
        else:
            kind = next((name for name in _PICTURES if name in output.data), "text/plain")
            outputs.append({"kind": kind, "text": output.data.get(kind, "")})
    return {
        "source": cell.source,
        "check": is_check(cell),
        "outputs": [] if is_check(cell) else outputs,
    }


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("proctor.pipeline"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
    )
    # Escapes everything itself before it turns colours into tags.
    environment.filters["ansi"] = lambda text: Markup(ansi2html(text))
    environment.filters["points"] = lambda points: f"{round(points, 2):g}"
    return environment.get_template("feedback.html.j2")


class FeedbackExporter(Exporter):
    """Lets ``nbgrader generate_feedback`` write the same page as ``proctor grade``."""

    file_extension = ".html"
    export_from_notebook = "Proctor feedback"

    def from_notebook_node(
        self, nb: NotebookNode, resources: Any = None, **options: Any
    ) -> tuple[str, Any]:
        """Return the page and the resources."""
        notebook, resources = super().from_notebook_node(nb, resources, **options)
        if "proctor" not in notebook.metadata:
            raise ValueError("this notebook was not graded by proctor: autograde it first")
        resources["output_extension"] = self.file_extension
        return page(nbformat.from_dict(notebook)), resources
