"""The student's page in a browser."""

from __future__ import annotations

import pytest

from proctor.pipeline.feedback import page, page_without_notebook
from proctor.pipeline.gradebook_reading import ByHand
from tests.pages import ACTS, graded_notebook, unreadable

GIVEN = ByHand(
    scores={"doubles": 3.5},
    extra={"squares": 1.0},
    comments={"double": f"Nearly. {ACTS}", "elsewhere": "A second one,\nof two lines."},
)
PAGES = {
    "graded": lambda: page(graded_notebook()),
    "by hand": lambda: page(graded_notebook(), GIVEN),
    "unreadable": lambda: page_without_notebook(unreadable()),
}


@pytest.fixture(params=PAGES)
def html(request) -> str:
    return PAGES[request.param]()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_read_it(visit, html, scheme):
    seen = visit(html, color_scheme=scheme)
    seen.page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert seen.violations() == []


def test_it_follows_the_colour_scheme(visit, html):
    colours = {
        visit(html, color_scheme=scheme).page.evaluate(
            "getComputedStyle(document.body).backgroundColor"
        )
        for scheme in ("light", "dark")
    }
    assert colours == {"rgb(255, 255, 255)", "rgb(21, 23, 27)"}


def test_it_fits_a_phone(visit, html):
    seen = visit(html, width=360)
    seen.page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert seen.overflow() == 0


def test_nothing_is_asked_for_and_nothing_acts(visit, html):
    seen = visit(html)
    seen.page.wait_for_timeout(200)
    assert seen.asked == []
    assert seen.noise == []
    assert seen.page.title().startswith("tiny: ")
    assert seen.page.evaluate("document.scripts.length") == 0
    assert seen.page.locator("main").is_visible()


def test_a_script_that_got_in_would_not_run(visit, html):
    """The second wall: the page's security policy, should escaping ever fail."""
    script = "<script>document.title = 'taken'</script><img src=x onerror='document.title = 1'>"
    outside = "<img src='http://127.0.0.1:9/x.png'><link rel=stylesheet href='http://127.0.0.1:9'>"
    style = "<style>main { display: none }</style>"
    seen = visit(html.replace("<main>", f"{script}{outside}{style}<main>"))
    seen.page.wait_for_timeout(200)
    assert seen.page.title().startswith("tiny: ")
    assert seen.asked == []
    assert seen.page.locator("main").is_visible()


def test_what_is_folded_is_printed(visit):
    seen = visit(page(graded_notebook()))
    folded = seen.page.get_by_text("Lists are taken.").first
    assert not folded.is_visible()
    seen.page.emulate_media(media="print")
    assert folded.is_visible()
