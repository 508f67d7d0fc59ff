"""The sample submissions come to what a fair examiner would say."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from proctor.course.course import Course
from proctor.course.release import release
from proctor.pipeline.batch import grade_course
from tests.conftest import PROJECT

FULL = 10.0
ALL_FOUR = ("gradient", "custom_layer", "input_pipeline", "save_load")
# student, exercise: the least and the most points, and words that the problems must hold.
FAIR: dict[tuple[str, str], tuple[float, float, str]] = {
    **{("ada", slug): (FULL, FULL, "") for slug in ALL_FOUR},
    **{("grace", slug): (FULL, FULL, "") for slug in ALL_FOUR},
    ("alan", "gradient"): (6, 6, "not written yet"),
    ("alan", "save_load"): (6, 6, ""),
    **{("emmy", slug): (5, 9.5, "") for slug in ALL_FOUR},
    ("linus", "gradient"): (0, 0, "not written yet"),
    ("linus", "custom_layer"): (0, 0, "not written yet"),
    ("katherine", "gradient"): (FULL, FULL, "raised KeyError: 'at 3'"),
    ("edsger", "input_pipeline"): (9, 9, "still running after"),
    ("barbara", "custom_layer"): (0, 0, "not JSON"),
    ("john", "custom_layer"): (FULL, FULL, "The check cell `activation` was missing"),
    ("margaret", "custom_layer"): (FULL, FULL, "`forward` is there more than once"),
}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory) -> dict:
    root: Path = tmp_path_factory.mktemp("course")
    for name in ("source", "graders", "submitted", "data"):
        shutil.copytree(PROJECT / name, root / name)
    for name in ("course_config.py", "environment.yml"):
        shutil.copy(PROJECT / name, root / name)
    course = Course(root)
    release(course, [])
    done = grade_course(course, course.submissions([], []))
    return {(outcome.student, outcome.slug): outcome for outcome in done}


def test_every_sample_has_its_fair_word(outcomes):
    assert outcomes.keys() == FAIR.keys()
    assert len({student for student, _ in FAIR}) >= 8


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("student", "slug"), FAIR, ids=map("-".join, FAIR))
def test_a_sample_comes_to_what_it_is_worth(outcomes, student, slug):
    low, high, words = FAIR[student, slug]
    outcome = outcomes[student, slug]
    assert low <= outcome.score <= high
    assert outcome.faults == []
    if words:
        assert any(words in problem for problem in outcome.problems), outcome.problems
    else:
        assert outcome.problems == []
