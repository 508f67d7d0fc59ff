"""What the workflows on GitHub run exists, and nobody else's words become commands there."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from proctor.cli import app
from tests.conftest import PROJECT

FILES = sorted((PROJECT / ".github" / "workflows").glob("*.yml"))
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
    workflow = read(PROJECT / ".github" / "workflows" / "grade.yml")
    assert workflow["jobs"]["grade"]["if"] == "github.event.repository.private"
