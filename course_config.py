"""The course: its exercises in order, its limits, and nbgrader's settings.

proctor reads it, and nbgrader through ``nbgrader_config.py``.
"""

from proctor.pipeline.feedback import FeedbackExporter
from proctor.pipeline.nbgrader import ExecuteSealed, RestoreCells, safe_markdown

c = get_config()  # noqa: F821

c.Course.exercises = [
    "elementwise",
    "gradient",
    "custom_layer",
    "normalize_features",
    "logistic_regression",
    "cnn",
    "rnn",
    "attention",
    "input_pipeline",
    "augmentation",
    "training_loop",
    "save_load",
]

# Prepared by `make data`; `tfds.load` finds the data sets there.
c.Course.data = "data"

c.CourseDirectory.course_id = "tensorflow"

c.ClearSolutions.code_stub = {
    "python": "# Your code goes here.\n"
    'raise NotImplementedError("This part is yours to write: replace this line with your code.")'
}

c.Autograde.sanitize_preprocessors = [
    RestoreCells,
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.Autograde.autograde_preprocessors = [
    ExecuteSealed,
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]
# nbgrader's Validate button runs a notebook in a kernel of its own. As in grading, nothing hangs
# on what goes to standard error; of what a check raises, its message is shown.
c.Execute.extra_arguments = [
    "--HistoryManager.hist_file=:memory:",
    "--IPKernelApp.capture_fd_output=False",
    "--IPKernelApp.exec_lines=import sys; sys.stderr = sys.stdout",
    "--InteractiveShell.xmode=Minimal",
]
# Formgrader shows students' Markdown, which may hold script; its template forgets to clean that.
c.HTMLExporter.sanitize_html = True
c.HTMLExporter.filters = {"markdown2html": safe_markdown}
c.GenerateFeedback.exporter_class = FeedbackExporter
# The page reads from the gradebook what a person has given.
c.GenerateFeedback.preprocessors = []
