"""Takes the source of a function, to be run on the sealed side."""

from __future__ import annotations

import ast
import functools
import inspect
import textwrap
from collections.abc import Callable
from typing import Any

from proctor.judge.errors import GraderError


@functools.lru_cache(maxsize=1024)
def source_of(function: Callable[..., Any]) -> str:
    """The source of ``function`` without decorators, docstring and comments.

    What is shipped can be read by the student, so only what must run is sent.
    On the other side the names ``np``, ``tf`` and ``keras`` are defined, and no
    others.

    Raises:
        GraderError: It is no plain ``def``, or it uses names that will not be there.
    """
    name = getattr(function, "__name__", "<lambda>")
    if not inspect.isfunction(function) or name == "<lambda>":
        raise GraderError("only a function made with `def` can be shipped")
    names = inspect.getclosurevars(function)
    if names.nonlocals:
        raise GraderError(f"{name} uses {', '.join(names.nonlocals)} of the function around it")
    stray = set(names.globals) - {"np", "tf", "keras", name}
    if stray:
        raise GraderError(f"{name} uses {', '.join(sorted(stray))}, which is not sent with it")
    node = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    assert isinstance(node, ast.FunctionDef)
    node.decorator_list = []
    if ast.get_docstring(node) is not None:
        node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(node)
