"""The graders of the course proved right both ways, through the real pipeline."""

from __future__ import annotations

import pytest

from proctor.course.cells import points_of
from proctor.course.course import Course
from proctor.pipeline.mutants import survey
from proctor.pipeline.selftest import Verdict, selftest
from tests.conftest import PROJECT

COURSE = Course(PROJECT)
each_exercise = pytest.mark.parametrize("slug", COURSE.exercises)


@pytest.fixture(scope="module")
def verdicts() -> dict[str, list[Verdict]]:
    """What every answer of every exercise came to."""
    found = selftest(COURSE, [])
    return {slug: [v for v in found if v.case.slug == slug] for slug in COURSE.exercises}


@pytest.mark.timeout(1500)
@each_exercise
def test_every_answer_comes_to_what_it_must(verdicts, slug):
    assert [f"{v.case.name}: {v.wrong}" for v in verdicts[slug] if v.wrong] == []


@each_exercise
def test_an_exercise_has_what_an_exercise_has(verdicts, slug):
    names = [verdict.case.name for verdict in verdicts[slug]]
    assert sum(name.startswith("solutions/") for name in names) >= 3
    assert sum(name.startswith("mistakes/") for name in names) >= 12
    points = points_of(COURSE.read_source(slug)).values()
    assert sum(points) == 10
    assert 3 <= len(points) <= 6


@each_exercise
def test_every_check_of_an_exercise_is_failed_by_some_mistake(verdicts, slug):
    mistakes = [verdict.case.fails for verdict in verdicts[slug] if not verdict.case.nothing]
    assert frozenset().union(*mistakes) == points_of(COURSE.read_source(slug)).keys()


@pytest.mark.timeout(600)
def test_a_sample_of_machine_made_mistakes_is_caught():
    found = survey(COURSE, [], sample=2)
    assert [str(survivor) for own in found for survivor in own.survivors] == []
    assert sum(own.caught for own in found) > len(COURSE.exercises)
