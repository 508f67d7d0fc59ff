"""What pages have in common: their templates, and what is allowed to act in them."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from typing import Any

import jinja2
from markupsafe import Markup


def environment(package: str, **options: Any) -> jinja2.Environment:
    """The templates of a package, which escape all that is put into them.

    Args:
        package: The package that has a folder ``templates``.
        options: More options of the environment.
    """
    made = jinja2.Environment(
        loader=jinja2.PackageLoader(package),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        **options,
    )
    made.filters["points"] = lambda points: f"{round(points, 2):g}"
    return made


def inlined(package: str, name: str) -> tuple[Markup, str]:
    """A style or script to be put into a page as it is, and how a policy names it.

    Args:
        package: The package in whose ``templates`` it lies.
        name: The file.
    """
    text = (files(package) / "templates" / name).read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return Markup(text), f"sha256-{digest}"
