"""Builds ``docs/`` as a site: ``make docs``."""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent / "_extensions"), str(Path(__file__).parent.parent)]

project = "proctor"
author = "the proctor authors"
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "generated",
    "self_contained",
]
exclude_patterns = ["_build", "_extensions"]

html_theme = "furo"
html_title = "proctor"
html_copy_source = False
html_show_copyright = False
# A box without a language is text: commands, settings, pictures made of characters.
highlight_language = "text"
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
# A grader makes none of these itself.
autodoc_class_signature = "separated"
# Other projects' names lead nowhere: their pages are on other hosts.
nitpick_ignore_regex = [(r"py:.*", r"(?!proctor\b).*")]
