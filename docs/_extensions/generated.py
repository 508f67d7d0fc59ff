"""Reference pages' contents, made from the code whenever the site is built.

``{commands}`` is the command's own help, ``{settings} dotted.name`` a table of a struct's fields,
``{fixtures} dotted.name`` a table of a plugin's fixtures. Each is turned into Markdown first.
"""

from __future__ import annotations

import importlib
import inspect
import re
import subprocess
import sys
from typing import Any

import msgspec
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

_EXAMPLE = re.compile(r"^Example: (.+)$", re.MULTILINE)
_ROLE = re.compile(r":\w+:`([^`]+)`")
_ATTRIBUTE = re.compile(r"^ {4}(\w+): (.+(?:\n {5,}.+)*)", re.MULTILINE)


def commands() -> str:
    """What ``proctor COMMAND --help`` says, for all of them, with a heading each."""
    words = ["-m", "typer", "proctor.cli", "utils", "docs", "--name", "proctor"]
    done = subprocess.run([sys.executable, *words], check=True, capture_output=True, text=True)
    _, _, text = done.stdout.partition("\n## ")
    return _EXAMPLE.sub(r"```sh\n\1\n```", f"## {text}")


def settings(struct: Any) -> str:
    """A struct's fields: their names, defaults, and what their docstring says of them."""
    told = dict(_ATTRIBUTE.findall(inspect.getdoc(struct).partition("Attributes:\n")[2]))
    rows = [
        (f"`{field.name}`", _default(field), told[field.name])
        for field in msgspec.structs.fields(struct)
    ]
    return _table(("name", "by default", "what it is"), rows)


def fixtures(plugin: Any) -> str:
    """A plugin's fixtures: their names and docstrings."""
    rows = [
        (f"`{name}`", inspect.getdoc(value) or "")
        for name, value in vars(plugin).items()
        # pytest puts a thing of its own around the function.
        if not inspect.isfunction(value) and inspect.isfunction(inspect.unwrap(value))
    ]
    return _table(("fixture", "what it is"), rows)


def _default(field: Any) -> str:
    value = field.default_factory() if field.default is msgspec.NODEFAULT else field.default
    return "as listed below" if isinstance(value, msgspec.Struct) else f"`{value!r}`"


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines)


def _cell(text: str) -> str:
    text = _ROLE.sub(r"`\1`", text.replace("``", "`"))
    return " ".join(text.replace("|", r"\|").split())


class _Commands(SphinxDirective):
    def run(self) -> list[nodes.Node]:
        return self.parse_text_to_nodes(commands(), allow_section_headings=True)


class _Table(SphinxDirective):
    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        module, _, name = self.arguments[0].rpartition(".")
        make = {"settings": settings, "fixtures": fixtures}[self.name]
        return self.parse_text_to_nodes(make(getattr(importlib.import_module(module), name)))


def setup(app: Sphinx) -> dict[str, bool]:
    """Make the directives known to Sphinx."""
    app.add_directive("commands", _Commands)
    app.add_directive("settings", _Table)
    app.add_directive("fixtures", _Table)
    return {"parallel_read_safe": True}
