"""What acts on a page or a terminal: scripts, handlers, frames, escape sequences, markup."""

from __future__ import annotations

from typing import Any

from tests.hostile.attack import DOUBLE, Attack, cell_of, lie

SCRIPT = "<script>document.title='taken'</script><img src=x onerror=alert(1)>"


def markdown(tree: dict[str, Any]) -> None:
    cell_of(tree, "title")["source"] = (
        f"{SCRIPT}\n\n[click](javascript:alert(1))\n\n<iframe src='https://example.invalid'></iframe>"
        "\n\n<svg onload=alert(1)></svg>\n\n![x](https://example.invalid/x.png)\n\n"
        "<style>body{display:none}</style>"
        "<meta http-equiv=refresh content='0;url=//example.invalid'>"
    )


def attachments(tree: dict[str, Any]) -> None:
    cell = cell_of(tree, "title")
    cell["source"] = "![x](attachment:x.svg)"
    cell["attachments"] = {"x.svg": {"image/svg+xml": f"<svg onload=alert(1)>{SCRIPT}</svg>"}}


def metadata(tree: dict[str, Any]) -> None:
    tree["metadata"]["title"] = SCRIPT
    tree["metadata"]["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": SCRIPT}}
    for cell in tree["cells"]:
        cell["metadata"]["tags"] = [SCRIPT]
        cell["id"] = "x"


ATTACKS: list[Attack] = [
    Attack(
        "script-in-outputs",
        "Script, handlers and frames as HTML, SVG, Markdown, LaTeX, JavaScript and widget outputs.",
        double=f"""
from IPython.display import display
text = {SCRIPT!r} + "<iframe src='https://example.invalid'></iframe>"
for kind in ("text/html", "image/svg+xml", "text/markdown", "text/latex", "application/javascript",
             "application/vnd.jupyter.widget-view+json", "application/pdf", "text/plain", "x/<b>"):
    display({{kind: text, "text/plain": text}}, raw=True)
print(text)
"""
        + DOUBLE,
    ),
    Attack(
        "script-in-pictures",
        "Pictures whose data ends the attribute that they stand in.",
        double=f"""
from IPython.display import display
for kind in ("image/png", "image/jpeg"):
    for data in ('x"> ' + {SCRIPT!r}, "javascript:alert(1)", '" onerror="alert(1)', "x" * 10):
        display({{kind: data}}, raw=True)
"""
        + DOUBLE,
    ),
    lie(
        "script-in-errors",
        "Markup in an exception's name, message and frames, from a cell and a tested function.",
        f"""
class Evil(Exception): pass
Evil.__name__ = Evil.__qualname__ = {SCRIPT!r}
def double(x): raise Evil({SCRIPT!r})
raise Evil({SCRIPT!r})
""",
    ),
    lie(
        "script-in-values",
        "Markup in the text of a value that a message quotes.",
        f"""
class Evil:
    def __repr__(self): return {SCRIPT!r}
Evil.__name__ = Evil.__qualname__ = Evil.__module__ = {SCRIPT!r}
def double(x): return Evil()
""",
    ),
    Attack(
        "script-in-source",
        "Code that ends the element that it is shown in.",
        double=f"text = '''</code></pre></main>{SCRIPT}'''\nprint(text)" + DOUBLE,
    ),
    Attack("script-in-markdown", "Script in a Markdown cell.", change=markdown),
    Attack("script-in-attachments", "Script in an attachment.", change=attachments),
    Attack("script-in-metadata", "Script in metadata, tags and ids.", change=metadata),
    lie(
        "terminal",
        "Escape sequences: titles, the clipboard, links, a cleared screen, a new cursor.",
        r"""
text = ("\x1b]0;taken\x07\x1b]52;c;ZXZpbA==\x07\x1b]8;;https://example.invalid\x07x\x1b]8;;\x07"
        "\x1b[2J\x1b[1;1H\x9b31m\x1bP\x1b\\\x1b[?1049h\x1bc\r\b\x00\x7f‮")
print(text)
def double(x): raise ValueError(text)
raise RuntimeError(text)
""",
    ),
    lie(
        "markup",
        "Markup of the library that draws the instructor's table.",
        """
text = "[bold red]100 of 100[/] [link=https://example.invalid]x[/link] [/nonsense] [on blue]"
def double(x): raise ValueError(text)
raise RuntimeError(text)
""",
    ),
    lie(
        "template",
        "What a template language would take for its own.",
        "text = '{{ 7 * 7 }} {% raw %} ${7*7} <%= 7*7 %> {{ cells }}'\nraise ValueError(text)",
    ),
]
