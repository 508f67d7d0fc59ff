"""Takes the source of a function, to be run on the sealed side."""

from __future__ import annotations

import ast
import builtins
import dis
import functools
import inspect
import textwrap
from collections.abc import Callable, Iterator
from types import CodeType
from typing import Any

from proctor.judge.errors import GraderError


def _globals(code: CodeType) -> Iterator[str]:
    for instruction in dis.get_instructions(code):
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            yield instruction.argval
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _globals(constant)


def source_of(function: Callable[..., Any]) -> str:
    """The source of ``function`` without decorators, docstring and comments.

    What is shipped can be read by the student, so only what must run is sent.
    On the other side the names ``np``, ``tf`` and ``keras`` are defined, and no
    others.

    Raises:
        GraderError: It is no plain ``def``, or it uses names that will not be there.
    """
    if not inspect.isfunction(function) or function.__name__ == "<lambda>":
        raise GraderError("only a function made with `def` can be shipped")
    return _source(function.__code__, repr((function.__defaults__, function.__kwdefaults__)))


# A grader is imported anew for each submission: its functions are others, their code is equal.
@functools.lru_cache(maxsize=1024)
def _source(code: CodeType, _defaults: str) -> str:
    name = code.co_name
    if code.co_freevars:
        names = ", ".join(code.co_freevars)
        raise GraderError(f"{name} uses {names} of the function around it")
    stray = set(_globals(code)) - {"np", "tf", "keras", name} - set(dir(builtins))
    if stray:
        raise GraderError(f"{name} uses {', '.join(sorted(stray))}, which is not sent with it")
    node = ast.parse(textwrap.dedent(inspect.getsource(code))).body[0]
    assert isinstance(node, ast.FunctionDef)
    node.decorator_list = []
    if ast.get_docstring(node) is not None:
        node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(node)
