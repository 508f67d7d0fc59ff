"""Warns, and so fails a strict build, where a page would fetch anything from another host."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util import logging

# What merely leads elsewhere is fetched by nobody before it is clicked.
_LEADING = {"a"}
_logger = logging.getLogger(__name__)


class _Addresses(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag not in _LEADING:
            self.found += [
                f"<{tag}> {value}"
                for name, value in attributes
                if name in ("src", "href", "srcset", "data") and "//" in (value or "")
            ]


def fetched(folder: Path) -> list[str]:
    """What the pages and styles below a folder fetch from other hosts, with who does."""
    found = []
    for path in sorted(folder.rglob("*.html")):
        page = _Addresses()
        page.feed(path.read_text("utf-8"))
        found += [f"{path.relative_to(folder)}: {address}" for address in page.found]
    for path in sorted(folder.rglob("*.css")):
        if "url(http" in (text := path.read_text("utf-8")) or "@import" in text:
            found.append(f"{path.relative_to(folder)}: a style or a picture")
    return found


def _look(app: Sphinx, error: Exception | None) -> None:
    if error is None and app.builder.name == "html":
        for found in fetched(Path(app.outdir)):
            _logger.warning("fetched from another host: %s", found)


def setup(app: Sphinx) -> dict[str, bool]:
    """Look at what was built, once it is."""
    app.connect("build-finished", _look)
    return {"parallel_read_safe": True}
