"""The report in a browser: anyone can read it, tables sort, nothing in it acts."""

from __future__ import annotations

from datetime import datetime

import pytest

from proctor.course.course import Course
from proctor.pipeline.gradebook_reading import FinalMark
from proctor.report.page import page as make_page
from proctor.report.similar import compare
from proctor.report.works import Check, Graded, Test, Work
from tests.conftest import make_course

HOSTILE = "</pre></details><script>window.hit=1</script><img src=x onerror=window.hit=1>"
OWN = f"""\
def double(x):
    # {HOSTILE}
    parts = [part + part for part in x.ravel().tolist() if part == part]
    assert len(parts) <= x.size and all(part is not None for part in parts)
    return np.asarray(parts, dtype=x.dtype).reshape(x.shape)
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A report with something in all its parts."""
    course: Course = make_course(tmp_path_factory.mktemp("course"))
    works = [work(f"student {number:02}", number) for number in range(24)]
    codes = {one.student: one.code for one in works if one.code}
    return make_page(course, works, [compare("tiny", codes)], datetime.now())


def work(student: str, number: int) -> Work:
    name = f"{student} {HOSTILE}" if number == 1 else student
    failed = Test(title="It works.", passed=False, message=f"Got {number}: {HOSTILE}")
    doubles = Check(id="doubles", score=4.0 * (number % 3 > 0), max_score=4.0, tests=[failed])
    squares = Check(id="squares", score=2.0 * (number % 4 > 0), max_score=2.0)
    problems = [f"The cell `{HOSTILE}` was missing."] if number == 3 else []
    graded = Graded(checks=[doubles, squares], problems=problems, seconds=1.0 + number / 7)
    mark = FinalMark(doubles.score + squares.score, 6.0, 0.0, number == 2)
    code = OWN.replace("part", f"p{number}") if number < 2 else ""
    return Work(student=name, slug="tiny", graded=graded, mark=mark, code=code)


OPEN_ALL = "document.querySelectorAll('details').forEach((one) => { one.open = true })"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_anyone_can_read_it(visit, report, scheme, width):
    seen = visit(report, width=width, color_scheme=scheme)
    seen.page.evaluate(OPEN_ALL)
    assert seen.violations() == []
    assert seen.overflow() == 0


def test_nothing_acts_and_nothing_is_fetched(visit, report):
    seen = visit(report)
    seen.page.evaluate(OPEN_ALL)
    assert "window.hit=1" in seen.page.inner_text("#similar ~ details .pair")
    assert seen.page.evaluate("window.hit") is None
    assert (seen.asked, seen.noise) == ([], [])


def test_tables_sort_by_a_click_on_a_head(visit, report):
    page = visit(report).page
    button = page.get_by_role("button", name="passed")
    cells = page.locator("table:has(caption:text('How each check did')) tbody td:nth-child(2)")
    assert cells.all_inner_texts() == ["doubles", "squares"]
    button.click()
    assert cells.all_inner_texts() == ["doubles", "squares"]
    assert page.locator("th[aria-sort=ascending]").inner_text().startswith("passed")
    button.click()
    assert cells.all_inner_texts() == ["squares", "doubles"]


def test_without_script_all_is_there(visit, report):
    page = visit(report, java_script_enabled=False).page
    assert page.get_by_role("button").count() == 0
    assert page.get_by_role("table").count() == 6
