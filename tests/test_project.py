"""What holds of the project as a whole: its rooms, its lock, its names."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

from proctor.course.course import Course
from tests.conftest import PROJECT

PACKAGE = PROJECT / "proctor"
# What may import what, besides a room's own modules. The sealed side knows nothing of the rest.
ROOMS = {
    "sealed": {"wire", "limits"},
    "judge": {"wire", "limits"},
    "sandbox": {"wire", "limits", "sealed"},
    "course": {"limits"},
    "lab": {"sealed"},
    "pipeline": {"limits", "judge", "sandbox", "sealed", "course"},
    "exchange": {"course", "pipeline"},
    "report": {"judge", "course", "pipeline"},
}


def imports(path: Path) -> set[str]:
    """The rooms of this package that a module imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {name.split(".")[1] for name in names if name.startswith("proctor.")}


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_what_it_may(room):
    for path in (PACKAGE / room).rglob("*.py"):
        if "template" in path.parts:  # what new exercises start with
            continue
        assert imports(path) <= ROOMS[room] | {room}, path


@pytest.mark.parametrize("module", ["wire.py", "limits.py"])
def test_what_both_sides_share_imports_neither(module):
    assert imports(PACKAGE / module) == set()


def test_only_the_sealed_side_is_shown_inside_the_sandbox():
    from proctor.sandbox.bubblewrap import engine

    assert {path.name for path in engine()} == {"__init__.py", "wire.py", "limits.py", "sealed"}


def test_the_engine_knows_no_exercise_by_name():
    slugs = "|".join(Course(PROJECT).exercises)
    for path in PACKAGE.rglob("*"):
        if path.suffix in (".py", ".j2", ".json"):
            found = re.search(rf"\b({slugs})\b(?!\()", _without_examples(path.read_text()))
            words = ("gradient",)  # also a word of the field
            assert found is None or found[1] in words, f"{path} names {found}"


def _without_examples(text: str) -> str:
    return re.sub(r"^ *Example: .*$", "", text, flags=re.MULTILINE)


def test_an_exercise_is_a_folder_in_each_of_two_places_and_a_line_in_the_course():
    slugs = set(Course(PROJECT).exercises)
    for folder in ("source", "graders", "release"):
        assert {path.name for path in (PROJECT / folder).iterdir() if path.is_dir()} == slugs


def test_the_students_environment_is_that_of_the_project():
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    student = project["optional-dependencies"]["student"]
    listed = re.findall(r"^ {6}- (.+)$", (PROJECT / "environment.yml").read_text(), re.MULTILINE)
    assert listed == student
    assert set(student) <= set(project["dependencies"])


def test_the_lock_has_a_hash_for_everything_and_names_no_host():
    text = (PROJECT / "requirements.lock").read_text()
    entries = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE | re.IGNORECASE)
    pinned = [entry for entry in entries if "==" in entry.split("\n")[0]]
    assert len(pinned) > 50
    assert all("--hash=sha256:" in entry for entry in pinned)
    assert "://" not in text


def test_the_lock_covers_every_dependency():
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    text = (PROJECT / "requirements.lock").read_text()
    for requirement in wanted:
        name = re.match(r"[a-z0-9-]+", requirement)[0]
        assert re.search(rf"^{name}==", text, re.MULTILINE), name
