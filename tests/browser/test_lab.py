"""JupyterLab as a student has it, walked through in a browser."""

from __future__ import annotations

import json
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from proctor.course.cells import grade_id, is_solution
from proctor.course.course import Course
from proctor.course.release import START
from proctor.course.workplace import renew
from proctor.lab.jupyterlab import lab_command, lab_environment
from tests.conftest import PROJECT

SLUG = "custom_layer"
COURSE = Course(PROJECT)


@pytest.fixture(scope="module")
def lab(tmp_path_factory) -> Iterator[str]:
    """The address of a JupyterLab on a folder to work in."""
    folder = tmp_path_factory.mktemp("lab") / "work"
    renew(COURSE, folder)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = ["--no-browser", f"--port={port}", "--ServerApp.port_retries=0"]
    options += ["--IdentityProvider.token=", "--LabApp.expose_app_in_browser=True"]
    command = lab_command(folder, START, options)
    # JupyterLab would otherwise open what its user had open the last time.
    variables = {**lab_environment(COURSE.data), "JUPYTER_CONFIG_DIR": str(folder.parent)}
    log = folder.parent / "log"
    with log.open("wb") as file:
        server = subprocess.Popen(command, cwd=PROJECT, env=variables, stdout=file, stderr=file)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{address}/api", server, log)
        yield address
    finally:
        server.terminate()
        server.wait(30)


def _wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 120
    while True:
        try:
            urllib.request.urlopen(address, timeout=10).close()
            return
        except (urllib.error.URLError, ConnectionError):
            assert server.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.2)


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1300, "height": 1600})
    page.set_default_timeout(60_000)
    yield page
    page.close()


class Notebook:
    """The notebook that is open in JupyterLab."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.wait_for_function(
            "() => { const context = window.jupyterapp?.shell.currentWidget?.sessionContext;"
            " return context?.isReady && context.session?.kernel?.status === 'idle'; }"
        )

    def fill_in(self, code: dict[str, str]) -> None:
        """Put code into the solution cells, by their names."""
        self.page.evaluate(
            """code => window.jupyterapp.shell.currentWidget.content.widgets.forEach(cell => {
                 const own = cell.model.getMetadata("nbgrader");
                 if (own?.solution) cell.model.sharedModel.setSource(code[own.grade_id]);
               })""",
            code,
        )

    def outputs(self) -> dict[str, list[dict[str, Any]]]:
        """What stands below each check, by its name."""
        text = self.page.evaluate(
            """() => JSON.stringify(Object.fromEntries(
                 window.jupyterapp.shell.currentWidget.content.widgets
                   .filter(cell => cell.model.getMetadata("nbgrader")?.grade)
                   .map(cell => [cell.model.getMetadata("nbgrader").grade_id,
                                 cell.model.outputs.toJSON()])))"""
        )
        return json.loads(text)

    def restart_and_run_all(self) -> None:
        self.page.evaluate(
            "() => { window.ran = false;"
            " window.jupyterapp.commands.execute('notebook:restart-run-all')"
            ".then(() => { window.ran = true; }); }"
        )
        self.page.get_by_role("button", name="Confirm Kernel Restart").click()
        self.page.wait_for_function("() => window.ran")

    def validate(self) -> str:
        """Press the button; return what the dialog says."""
        self.page.get_by_role("button", name="Validate").click()
        dialog = self.page.locator(".jp-Dialog-content")
        words = dialog.inner_text()
        dialog.get_by_role("button").last.click()
        return words


def solutions() -> dict[str, str]:
    """The instructor's code, by the names of the cells it belongs into."""
    cells = COURSE.read_source(SLUG).cells
    return {str(grade_id(cell)): cell.source for cell in cells if is_solution(cell)}


def test_a_student_goes_from_the_start_page_to_a_notebook_that_passes(lab, page):
    page.goto(lab)
    expect(page.get_by_role("heading", name="TensorFlow exercises")).to_be_visible()
    rows = page.locator(".jp-RenderedMarkdown table tbody tr")
    expect(rows).to_have_count(len(COURSE.exercises))
    rows.nth(COURSE.exercises.index(SLUG)).get_by_role("link").click()
    page.wait_for_function(
        "name => window.jupyterapp.shell.currentWidget?.context?.path?.endsWith(name)",
        arg=f"{SLUG}.ipynb",
    )
    notebook = Notebook(page)

    notebook.restart_and_run_all()
    to_do = page.get_by_text("This part is yours to write").locator("visible=true")
    expect(to_do.first).to_be_visible()

    hint = page.locator("details:not([open])").first
    hint.scroll_into_view_if_needed()
    hint.locator("summary").click()
    expect(page.locator("details[open] p").first).to_be_visible()

    assert "This part is yours to write" in notebook.validate()

    notebook.fill_in(solutions())
    start = time.monotonic()
    notebook.restart_and_run_all()
    assert time.monotonic() - start < 15
    outputs = notebook.outputs()
    assert outputs
    for name, shown in outputs.items():
        assert not [o for o in shown if o["output_type"] == "error"], name

    assert "passes all the tests" in notebook.validate()
