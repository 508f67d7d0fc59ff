"""The graders of the course proved right both ways, through the real pipeline."""

from __future__ import annotations

import pytest

from proctor.course.course import Course
from proctor.pipeline.selftest import Verdict, cases, selftest
from tests.conftest import PROJECT

COURSE = Course(PROJECT)
CASES = [(slug, case.name) for slug in COURSE.exercises for case in cases(COURSE, slug)]


@pytest.fixture(scope="module")
def verdicts() -> dict[tuple[str, str], Verdict]:
    return {(v.case.slug, v.case.name): v for v in selftest(COURSE, [])}


@pytest.mark.timeout(1500)
@pytest.mark.parametrize(("slug", "name"), CASES, ids="-".join)
def test_an_answer_comes_to_what_it_must(verdicts, slug, name):
    assert verdicts[slug, name].wrong == ""


@pytest.mark.parametrize("slug", COURSE.exercises)
def test_an_exercise_has_what_an_exercise_has(slug):
    names = [name for of, name in CASES if of == slug]
    assert sum(name.startswith("solutions/") for name in names) >= 3
    assert sum(name.startswith("mistakes/") for name in names) >= 12
    points = [
        float(cell.metadata.nbgrader.points)
        for cell in COURSE.read_source(slug).cells
        if cell.metadata.get("nbgrader", {}).get("grade")
    ]
    assert sum(points) == 10
    assert 3 <= len(points) <= 6


@pytest.mark.parametrize("slug", COURSE.exercises)
def test_every_check_of_an_exercise_is_failed_by_some_mistake(slug):
    failed = {check for case in cases(COURSE, slug) if not case.nothing for check in case.fails}
    checks = {
        cell.metadata.nbgrader.grade_id
        for cell in COURSE.read_source(slug).cells
        if cell.metadata.get("nbgrader", {}).get("grade")
    }
    assert failed == checks
