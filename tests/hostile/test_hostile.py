"""Hostile and broken submissions: none gets more than it deserves, none harms anybody else."""

from __future__ import annotations

import json
import re
from typing import Any

import nbformat
import pytest
from nbconvert.exporters import HTMLExporter
from traitlets.config import Config

from proctor.course.course import Course
from tests.hostile.attack import Attack
from tests.hostile.corpus import ATTACKS, CLASSES
from tests.hostile.dangers import Dangers
from tests.hostile.inside import CANARY, HONEST
from tests.namespaces import PROJECT, run_inside

# The whole corpus is graded once, before the first test.
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def came() -> dict[str, Any]:
    """What came of grading the whole corpus at once."""
    printed = run_inside("tests.hostile.inside", CANARY, seconds=800)
    result: dict[str, Any] = json.loads(printed.splitlines()[-1])
    return result


def test_the_corpus_is_large_and_each_attack_has_a_name():
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS) >= 60
    assert all(len(attacks) >= 6 for attacks in CLASSES.values())


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_marks_are_those_of_the_honest_part(came, attack: Attack):
    marks = came["marks"][attack.name]
    for got, deserved in zip(marks, attack.marks, strict=True):
        assert got <= deserved
    assert attack.harms_itself or tuple(marks) == attack.marks


@pytest.mark.parametrize(
    "attack", [attack for attack in ATTACKS if attack.says], ids=lambda attack: attack.name
)
def test_the_page_says_what_happened(came, attack: Attack):
    assert attack.says in came["pages"][attack.name]


def test_everybody_has_a_page_and_the_command_ended_well(came):
    assert came["pages"].keys() == {*HONEST, "victim", *(attack.name for attack in ATTACKS)}
    assert came["all"]["status"] == 0, came["all"]["printed"][-2000:]
    assert "NOT EXAMINED" not in came["all"]["printed"]


def test_honest_work_gets_what_it_gets_alone(came):
    assert came["alone"] == {name: [4.0, 2.0] for name in HONEST}
    assert {name: came["marks"][name] for name in (*HONEST, "victim")} == {
        **came["alone"],
        "victim": [4.0, 2.0],
    }


def test_nothing_leaked(came):
    assert came["leaks"] == []
    assert CANARY not in came["all"]["printed"]


def test_nothing_is_left_behind(came):
    assert came["changed"] == {}
    assert came["leftovers"] == []


def test_nobody_called(came):
    assert came["heard"] == []
    for page in came["pages"].values():
        assert not re.search(r"(connected|allowed|resolved) ", page.replace("&quot;", '"'))


def test_kernels_are_sealed_afterwards(came):
    assert came["sealed_afterwards"]


def test_no_page_acts_or_reaches_out(came):
    found = {name: Dangers(page).found for name, page in came["pages"].items()}
    assert {name: dangers for name, dangers in found.items() if dangers} == {}


def test_formgraders_view_has_nothing_of_a_students_that_acts(came):
    """It shows graded notebooks by nbconvert, with the course's configuration."""
    exporter = HTMLExporter(config=Config(Course(PROJECT).config))
    for name in (attack.name for attack in CLASSES["page"]):
        notebook = nbformat.reads(came["notebooks"][name], as_version=4)
        page, _ = exporter.from_notebook_node(notebook)
        assert Dangers(page[page.index("<body") :]).found == [], name


def test_the_terminal_gets_text_alone(came):
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", came["all"]["printed"])
    assert "[bold red]100 of 100[/]" in came["all"]["printed"]
