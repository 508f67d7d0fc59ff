"""What the workflows on GitHub run exists, and nobody else's words become commands there."""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from proctor.cli import app
from tests.conftest import PROJECT, link_project

FILES = sorted((PROJECT / ".github" / "workflows").glob("*.yml"))
GRADE = PROJECT / ".github" / "workflows" / "grade.yml"
each_workflow = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def read(path: Path) -> dict[Any, Any]:
    return yaml.safe_load(path.read_text())


def steps(path: Path) -> list[dict[str, Any]]:
    return [step for job in read(path)["jobs"].values() for step in job["steps"]]


@each_workflow
def test_what_it_runs_exists(path):
    targets = set(re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    commands = typer.main.get_command(app).commands
    lines = [line for step in steps(path) for line in step.get("run", "").splitlines()]
    assert lines
    for line in lines:
        if made := re.match(r"make (.+)", line):
            assert set(made[1].split()) <= targets, line
        elif called := re.match(r"\.venv/bin/proctor (\S+)(.*)", line):
            options = {option for known in commands[called[1]].params for option in known.opts}
            assert set(re.findall(r"--[a-z-]+", called[2])) <= options, line
        elif line.startswith(".ci/"):
            assert os.access(PROJECT / line, os.X_OK), line


@each_workflow
def test_it_may_only_read_and_takes_no_words_for_commands(path):
    workflow = read(path)
    assert workflow["permissions"] == {"contents": "read"}
    assert not any("permissions" in job for job in workflow["jobs"].values())
    assert not any("${{" in step.get("run", "") for step in steps(path))


@pytest.mark.parametrize("name", ["gpu", "grade"])
def test_nobody_from_outside_starts_it_and_it_keeps_no_token(name):
    path = PROJECT / ".github" / "workflows" / f"{name}.yml"
    # YAML takes the word `on` for a truth value.
    assert set(read(path)[True]) <= {"workflow_dispatch", "schedule"}
    checkouts = [step for step in steps(path) if "checkout" in step.get("uses", "")]
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_marks_stay_in_private_repositories():
    workflow = read(GRADE)
    assert workflow["jobs"]["grade"]["if"] == "github.event.repository.private"


@pytest.fixture
def checkout(tmp_path) -> Path:
    """What grade.yml has checked out when its own steps begin: the course, and a submission."""
    link_project(tmp_path)
    for name in ("course_config.py", "graders"):
        (tmp_path / name).symlink_to(PROJECT / name)
    shutil.copytree(PROJECT / "submitted", tmp_path / "submitted")
    folder = tmp_path / "handed-in" / "last term" / "ada" / "elementwise"
    folder.mkdir(parents=True)
    shutil.copy(PROJECT / "source" / "elementwise" / "elementwise.ipynb", folder)
    return tmp_path


def run_steps(checkout: Path, values: dict[str, str]) -> subprocess.CompletedProcess[str] | None:
    """Run grade.yml's own commands as GitHub does; the one that failed, if one did."""
    failed = None
    for step in steps(GRADE):
        command = step.get("run", "")
        # That is about the runner's own kernel.
        if not command or command.startswith("sudo sysctl"):
            continue
        if failed and step.get("if") != "always()":
            continue
        given = {
            name: re.sub(r"\$\{\{ (.+?) \}\}", lambda found: values[found[1]], words)
            for name, words in step.get("env", {}).items()
        }
        done = subprocess.run(
            ["bash", "-e", "-c", command],
            cwd=checkout,
            env={**os.environ, **given},
            capture_output=True,
            text=True,
            check=False,
        )
        failed = failed or (done if done.returncode else None)
    return failed


def test_the_grade_workflows_steps_grade_what_is_in_the_other_repository(checkout):
    values = {"inputs.folder": "last term", "secrets.COURSE_SECRET": "a long $(random) text"}
    failed = run_steps(checkout, values)
    assert failed is None, (failed.args, failed.stdout[-2000:], failed.stderr[-2000:])
    with (checkout / "marks.csv").open(newline="") as file:
        marks = {
            row["assignment"]: (row["student_id"], row["score"]) for row in csv.DictReader(file)
        }
    assert marks.pop("elementwise") == ("ada", "10")
    assert set(marks.values()) == {("ada", "")}
    secret = checkout / ".proctor" / "secret"
    assert secret.read_text() == "a long $(random) text"
    assert secret.stat().st_mode & 0o077 == 0
    [kept] = [
        step["with"]["path"].split()
        for step in steps(GRADE)
        if "upload-artifact" in step.get("uses", "")
    ]
    assert all((checkout / name).exists() for name in kept)


def test_the_grade_workflow_grades_nothing_where_the_folder_is_a_link(checkout):
    (checkout / "handed-in" / "other").symlink_to("/etc")
    failed = run_steps(checkout, {"inputs.folder": "other", "secrets.COURSE_SECRET": ""})
    assert failed is not None and "handed-in" in failed.args[-1]
    assert not (checkout / "autograded").exists()
    assert sorted(path.name for path in (checkout / "submitted").iterdir()) == sorted(
        path.name for path in (PROJECT / "submitted").iterdir()
    )
