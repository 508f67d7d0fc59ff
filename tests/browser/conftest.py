"""One Chromium for all tests, and what happens when it opens a page."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, sync_playwright

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
# WCAG 2.1 AA, with what it takes over from its forerunners.
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A Chromium of this machine's own."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        pytest.skip(f"there is no Chromium on this machine: none of {', '.join(PROGRAMS)}")
    # Chromium cannot seal itself as root. The pages are those that the tests have made.
    arguments = ["--no-sandbox"] if os.getuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()


@dataclass
class Visit:
    """A page that was opened.

    Attributes:
        page: The page.
        asked: Addresses that it asked for, besides its own. They were refused.
        noise: Dialogs and errors.
    """

    page: Page
    asked: list[str] = field(default_factory=list)
    noise: list[str] = field(default_factory=list)

    def violations(self) -> list[str]:
        """What axe-core finds wrong, with the elements that it is about."""
        found = Axe().run(self.page, options=RULES).response["violations"]
        return [
            f"{rule['id']}: {node['html'][:200]} {node.get('failureSummary', '')}"
            for rule in found
            for node in rule["nodes"]
        ]

    def overflow(self) -> int:
        """By how many pixels the page is wider than the screen."""
        return self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )


@pytest.fixture
def visit(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Visit]]:
    """Opens a page, given as HTML: ``visit(html, width=360, color_scheme="dark")``."""
    contexts = []

    def go(html: str, *, width: int = 1000, **settings: Any) -> Visit:
        path = tmp_path / f"page-{len(contexts)}.html"
        path.write_text(html, encoding="utf-8")
        context = browser.new_context(viewport={"width": width, "height": 800}, **settings)
        contexts.append(context)
        visit = Visit(context.new_page())

        def answer(route: Route) -> None:
            if route.request.url == path.as_uri():
                route.continue_()
            else:
                visit.asked.append(route.request.url)
                route.abort()

        context.route("**/*", answer)
        visit.page.on("dialog", lambda dialog: (visit.noise.append("dialog"), dialog.dismiss()))
        visit.page.on("pageerror", lambda error: visit.noise.append(str(error)))
        visit.page.on("console", lambda message: visit.noise.append(message.text))
        visit.page.goto(path.as_uri(), wait_until="load")
        return visit

    yield go
    for context in contexts:
        context.close()
