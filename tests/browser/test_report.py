"""The report in a browser: anyone can read it, tables sort, nothing in it acts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from proctor.course.course import Course
from proctor.pipeline.gradebook_reading import FinalMark
from proctor.report.page import page as make_page
from proctor.report.similar import compare
from proctor.report.works import Check, Graded, Test, Work
from tests.conftest import make_course

CHROMIUM = Path("/usr/bin/chromium")
HOSTILE = "</pre></details><script>window.hit=1</script><img src=x onerror=window.hit=1>"
OWN = f"""\
def double(x):
    # {HOSTILE}
    parts = [part + part for part in x.ravel().tolist() if part == part]
    assert len(parts) <= x.size and all(part is not None for part in parts)
    return np.asarray(parts, dtype=x.dtype).reshape(x.shape)
"""

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no {CHROMIUM}")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a report with something in all its parts."""
    course: Course = make_course(tmp_path_factory.mktemp("course"))
    works = [work(f"student {number:02}", number) for number in range(24)]
    codes = {one.student: one.code for one in works if one.code}
    path = course.root / "report.html"
    path.write_text(make_page(course, works, [compare("tiny", codes)], datetime.now()))
    return path.as_uri()


def work(student: str, number: int) -> Work:
    name = f"{student} {HOSTILE}" if number == 1 else student
    failed = Test(title="It works.", passed=False, message=f"Got {number}: {HOSTILE}")
    doubles = Check(id="doubles", score=4.0 * (number % 3 > 0), max_score=4.0, tests=[failed])
    squares = Check(id="squares", score=2.0 * (number % 4 > 0), max_score=2.0)
    problems = [f"The cell `{HOSTILE}` was missing."] if number == 3 else []
    graded = Graded(checks=[doubles, squares], problems=problems, seconds=1.0 + number / 7)
    mark = FinalMark(doubles.score + squares.score, 6.0, 0.0, False, number == 2)
    code = OWN.replace("part", f"p{number}") if number < 2 else ""
    return Work(student=name, slug="tiny", graded=graded, mark=mark, code=code)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, for all tests of this file."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        browser.close()


def opened(browser: Browser, address: str, said: list[str], **options: object) -> Page:
    """The report, with all that folds open; what it asks for or complains of is noted."""
    page = browser.new_page(**options)
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: said.append(request.url))
    page.goto(address)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_anyone_can_read_it(browser, report, scheme, width):
    page = opened(
        browser, report, [], color_scheme=scheme, viewport={"width": width, "height": 800}
    )
    wanted = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
    found = Axe().run(page, options={"runOnly": wanted})
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


def test_nothing_acts_and_nothing_is_fetched(browser, report):
    said: list[str] = []
    page = opened(browser, report, said)
    assert "window.hit=1" in page.inner_text("#similar ~ details .pair")
    assert page.evaluate("window.hit") is None
    assert said == [report]
    page.close()


def test_tables_sort_by_a_click_on_a_head(browser, report):
    page = opened(browser, report, [])
    button = page.get_by_role("button", name="passed")
    cells = page.locator("table:has(caption:text('How each check did')) tbody td:nth-child(2)")
    assert cells.all_inner_texts() == ["doubles", "squares"]
    button.click()
    assert cells.all_inner_texts() == ["doubles", "squares"]
    assert page.locator("th[aria-sort=ascending]").inner_text().startswith("passed")
    button.click()
    assert cells.all_inner_texts() == ["squares", "doubles"]
    page.close()


def test_without_script_all_is_there(browser, report):
    page = browser.new_page(java_script_enabled=False)
    page.goto(report)
    assert page.get_by_role("button").count() == 0
    assert page.get_by_role("table").count() == 6
    page.close()
