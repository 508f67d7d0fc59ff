"""Machine-made mistakes: every solution with one small thing changed.

A mutant that no hidden test notices is either a hole in the grader or no mistake at all. Those
that are none stand in ``graders/<slug>/equivalent.toml``, each with its reason::

    [[mutant]]
    of = ["source", "solutions/einsum.py"]
    was = "x = tf.convert_to_tensor(x)"
    becomes = "x = x"
    why = "The next line converts it too."

``of`` may be a pattern such as ``"*"``, and ``was`` and ``becomes`` are the changed lines
without their indentation. Where a training learns enough on some draws only,
``sometimes_caught = true`` says so; any other entry whose mutants are all caught is out of date.
"""

from __future__ import annotations

import ast
import difflib
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from proctor.course.course import CourseError

EQUIVALENT = "equivalent.toml"
_OPERATORS: dict[type[cst.CSTNode], type[cst.CSTNode]] = {
    cst.Add: cst.Subtract,
    cst.Subtract: cst.Add,
    cst.Multiply: cst.Divide,
    cst.Divide: cst.Multiply,
    cst.FloorDivide: cst.Multiply,
    cst.Modulo: cst.FloorDivide,
    cst.Power: cst.Multiply,
    cst.MatrixMultiply: cst.Multiply,
    cst.AddAssign: cst.SubtractAssign,
    cst.SubtractAssign: cst.AddAssign,
    cst.MultiplyAssign: cst.DivideAssign,
    cst.DivideAssign: cst.MultiplyAssign,
    cst.LessThan: cst.LessThanEqual,
    cst.LessThanEqual: cst.LessThan,
    cst.GreaterThan: cst.GreaterThanEqual,
    cst.GreaterThanEqual: cst.GreaterThan,
    cst.Equal: cst.NotEqual,
    cst.NotEqual: cst.Equal,
    cst.Is: cst.IsNot,
    cst.IsNot: cst.Is,
    cst.In: cst.NotIn,
    cst.NotIn: cst.In,
    cst.And: cst.Or,
    cst.Or: cst.And,
}
_BEGIN, _END = "### BEGIN SOLUTION", "### END SOLUTION"


@dataclass(frozen=True)
class Mutant:
    """A cell's text with one thing changed.

    Attributes:
        text: The changed text.
        line: Where the change begins, counted from 1.
        was: The lines before the change, without indentation.
        becomes: The lines after it.
    """

    text: str
    line: int
    was: str
    becomes: str


@dataclass(frozen=True)
class Equivalent:
    """Mutants that are no mistakes.

    Attributes:
        of: Patterns of the solutions they are made from.
        was: The lines before the change.
        becomes: The lines after it.
        why: Why that is as right as before.
        sometimes_caught: Whether it is a matter of luck that they lose no marks.
    """

    of: tuple[str, ...]
    was: str
    becomes: str
    why: str
    sometimes_caught: bool = False

    def covers(self, solution: str, mutant: Mutant) -> bool:
        """Say whether a mutant of a solution is one of these."""
        return (mutant.was, mutant.becomes) == (self.was, self.becomes) and any(
            fnmatchcase(solution, pattern) for pattern in self.of
        )


def mutate(text: str) -> list[Mutant]:
    """All mutants of a cell's text, one change each.

    Operators are swapped, constants shifted, arguments dropped, branches inverted, calls and
    decorators removed. What stands in front of and behind a marked solution, docstrings,
    annotations and error messages stay as they are.

    Args:
        text: Python code.

    Returns:
        The mutants, by place; no two of the same text.
    """
    wrapper = MetadataWrapper(cst.parse_module(text))
    candidates = _Candidates(_bounds(text))
    wrapper.visit(candidates)
    found: dict[str, Mutant] = {}
    for node, replacement in candidates.found:
        changed = cst.ensure_type(wrapper.module.deep_replace(node, replacement), cst.Module).code
        if changed in found or not _is_other_code(text, changed):
            continue
        found[changed] = _describe(text, changed)
    return sorted(found.values(), key=lambda mutant: mutant.line)


def read_equivalent(folder: Path) -> list[Equivalent]:
    """The equivalent mutants that an exercise's folder of graders lists.

    Raises:
        CourseError: The list cannot be read.
    """
    path = folder / EQUIVALENT
    if not path.is_file():
        return []
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("mutant", [])
        return [
            Equivalent(
                of=tuple([entry["of"]] if isinstance(entry["of"], str) else entry["of"]),
                was=_plain(entry["was"].splitlines()),
                becomes=_plain(entry["becomes"].splitlines()),
                why=entry["why"],
                sometimes_caught=entry.get("sometimes_caught", False) is True,
            )
            for entry in entries
        ]
    except (tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError) as error:
        raise CourseError(f"{path}: each mutant needs of, was, becomes, why: {error}") from None


def _bounds(text: str) -> tuple[int, int]:
    """The first and last line that may be changed."""
    lines = [line.strip() for line in text.splitlines()]
    if _BEGIN in lines:
        return lines.index(_BEGIN) + 2, len(lines) - lines[::-1].index(_END) - 1
    return 1, len(lines)


def _is_other_code(old: str, new: str) -> bool:
    try:
        return ast.dump(ast.parse(old)) != ast.dump(ast.parse(new))
    except SyntaxError:
        return False


def _describe(old: str, new: str) -> Mutant:
    before, after = old.splitlines(), new.splitlines()
    changes = [
        change
        for change in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
        if change[0] != "equal"
    ]
    start, end = changes[0][1], changes[-1][2]
    then = changes[0][3], changes[-1][4]
    return Mutant(new, start + 1, _plain(before[start:end]), _plain(after[slice(*then)]))


def _plain(lines: list[str]) -> str:
    return "\n".join(line.strip() for line in lines)


class _Candidates(cst.CSTVisitor):
    """Collects what could be changed into what."""

    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self, bounds: tuple[int, int]) -> None:
        super().__init__()
        self.bounds = bounds
        self.found: list[tuple[cst.CSTNode, cst.CSTNode]] = []

    def on_visit(self, node: cst.CSTNode) -> bool:
        """Look at a node; not into messages and annotations."""
        if isinstance(node, cst.Annotation | cst.Raise | cst.FormattedString):
            return False
        if changes := list(_changes(node)):
            place: Any = self.get_metadata(PositionProvider, node)
            if self.bounds[0] <= place.start.line <= self.bounds[1]:
                self.found += [(node, other) for other in changes]
        return True


def _changes(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    match node:
        case (
            cst.BinaryOperation(operator=operator)
            | cst.BooleanOperation(operator=operator)
            | cst.AugAssign(operator=operator)
            | cst.ComparisonTarget(operator=operator)
        ):
            if type(operator) in _OPERATORS:
                yield node.with_changes(operator=_OPERATORS[type(operator)]())
        case cst.Integer(value=value):
            yield cst.Integer(str(int(value, 0) + 1))
        case cst.Float(value=value):
            yield cst.Float(repr(float(value) + 1))
        case cst.Name(value="True"):
            yield cst.Name("False")
        case cst.Name(value="False"):
            yield cst.Name("True")
        case cst.UnaryOperation(expression=expression):
            yield _bracketed(expression)
        case cst.If(test=test) | cst.IfExp(test=test) | cst.While(test=test):
            yield node.with_changes(test=cst.UnaryOperation(cst.Not(), _bracketed(test)))
        case cst.FunctionDef(decorators=decorators) | cst.ClassDef(decorators=decorators):
            for number in range(len(decorators)):
                kept = [*decorators[:number], *decorators[number + 1 :]]
                yield node.with_changes(decorators=kept)
        case cst.Expr(value=cst.Call()):
            yield cst.Pass()
        case cst.Call(func=func, args=args):
            for number in range(len(args)):
                yield node.with_changes(args=_without(args, number))
            if args and args[0].keyword is None and not args[0].star:
                yield _bracketed(args[0].value)
            elif isinstance(func, cst.Attribute):
                yield func.value


def _without(args: Sequence[cst.Arg], number: int) -> list[cst.Arg]:
    kept = [*args[:number], *args[number + 1 :]]
    if kept:
        kept[-1] = kept[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
    return kept


def _bracketed(expression: cst.BaseExpression) -> cst.BaseExpression:
    simple = cst.Name | cst.Attribute | cst.Call | cst.Subscript | cst.Integer | cst.Float
    if isinstance(expression, simple) or expression.lpar:
        return expression
    return expression.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
