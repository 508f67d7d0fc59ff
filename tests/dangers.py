"""Finds what could act or reach out of a page."""

from __future__ import annotations

from html.parser import HTMLParser


class Dangers(HTMLParser):
    """Collects what could act or reach out of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note elements and attributes that act."""
        if tag in {"script", "iframe", "object", "embed", "svg", "form", "base", "link", "math"}:
            self.found.append(tag)
        for name, value in attrs:
            place = (value or "").strip().lower()
            if name.startswith("on") or name in {"srcdoc", "action", "formaction", "srcset"}:
                self.found.append(f"{tag} {name}")
            elif name in {"src", "href", "data"} and not place.startswith(("data:image/", "#")):
                self.found.append(f"{tag} {name}={place[:40]}")
            elif name == "http-equiv" and place != "content-security-policy":
                self.found.append(f"{tag} {name}")
