"""What could act or reach out of a page."""

from __future__ import annotations

from html.parser import HTMLParser

_ACTING = {"script", "iframe", "object", "embed", "form", "base", "link", "math", "foreignobject"}
_ACTING |= {"use", "image", "animate", "animatemotion", "animatetransform", "set"}
# The drawings that the page's own template makes, with all that they may have.
_DRAWINGS = {"bar", "places"}
_DRAWN = {"class", "role", "aria-label", "aria-hidden", "width", "height", "viewbox",
          "preserveaspectratio"}  # fmt: skip


class Dangers(HTMLParser):
    """Collects what could act or reach out of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note elements and attributes that act."""
        given = dict(attrs)
        if tag in _ACTING:
            self.found.append(tag)
        if tag == "svg" and (given.get("class") not in _DRAWINGS or given.keys() - _DRAWN):
            self.found.append(f"svg {sorted(given)}")
        for name, value in attrs:
            place = (value or "").strip().lower()
            if name.startswith("on") or name in {"srcdoc", "action", "formaction", "srcset"}:
                self.found.append(f"{tag} {name}")
            elif name in {"src", "href", "xlink:href", "data"} and not place.startswith(
                ("data:image/", "#")
            ):
                self.found.append(f"{tag} {name}={place[:40]}")
            elif name == "http-equiv" and place != "content-security-policy":
                self.found.append(f"{tag} {name}")
