"""Mutation operators: small changes of one place of a source file, each of which some test should notice.

The operators are the usual ones of the field (relational and arithmetic operator replacement, negation of
conditions, constants off by one, statement deletion; see Jia and Harman, "An Analysis and Survey of the
Development of Mutation Testing", 2011). A change is spliced into the text, so that a diff shows it alone.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<=",
    ast.LtE: "<",
    ast.Gt: ">=",
    ast.GtE: ">",
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.Is: "is not",
    ast.IsNot: "is",
    ast.In: "not in",
    ast.NotIn: "in",
}
ARITHMETIC: dict[type[ast.operator], str] = {
    ast.Add: "-",
    ast.Sub: "+",
    ast.Mult: "//",
    ast.Div: "*",
    ast.FloorDiv: "*",
    ast.Mod: "*",
}
ANNOTATIONS = frozenset({"annotation", "returns"})
"""Fields of syntax nodes that hold types, which no test runs."""


class Edit(NamedTuple):
    """A replacement of the text between two nodes' positions: lines from 1, columns in UTF-8 bytes from 0."""

    start: tuple[int, int]
    end: tuple[int, int]
    text: str
    operator: str


class Mutant(NamedTuple):
    """A source text with one change at ``line`` (from 1), made by ``operator``."""

    line: int
    operator: str
    source: str


def mutants_of(source: str) -> Iterator[Mutant]:
    """All mutants of a Python file, in the order of its lines. Raises ``SyntaxError`` where it is none."""
    lines = source.encode().splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    whole = source.encode()
    edits = sorted(_edits(ast.parse(source)), key=lambda edit: (edit.start, edit.operator))
    for edit in edits:
        first = starts[edit.start[0] - 1] + edit.start[1]
        last = starts[edit.end[0] - 1] + edit.end[1]
        mutated = whole[:first] + edit.text.encode() + whole[last:]
        if mutated != whole:
            yield Mutant(edit.start[0], edit.operator, mutated.decode())


def _edits(tree: ast.AST) -> Iterator[Edit]:
    for field, value in ast.iter_fields(tree):
        if field in ANNOTATIONS:
            continue
        for node in value if isinstance(value, list) else [value]:
            if isinstance(node, ast.AST) and not _is_left_alone(node):
                yield from _edits_at(node)
                yield from _edits(node)


def _is_left_alone(node: ast.AST) -> bool:
    """Formatted texts, whose parts have no positions before Python 3.12, and what the type checker alone reads."""
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    )


def _edits_at(node: ast.AST) -> Iterator[Edit]:
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        left, right = ast.unparse(node.left), ast.unparse(node.comparators[0])
        yield _replaced(node, f"(({left}) {COMPARISONS[type(node.ops[0])]} ({right}))", "comparison")
    elif isinstance(node, ast.BoolOp):
        joint = " and " if isinstance(node.op, ast.Or) else " or "
        yield _replaced(node, f"({joint.join(f'({ast.unparse(one)})' for one in node.values)})", "and/or")
    elif isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC and not _is_text(node):
        left, right = ast.unparse(node.left), ast.unparse(node.right)
        yield _replaced(node, f"(({left}) {ARITHMETIC[type(node.op)]} ({right}))", "arithmetic")
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield _replaced(node, f"({ast.unparse(node.operand)})", "not removed")
    elif isinstance(node, ast.Constant):
        yield from _constant(node)
    elif isinstance(node, ast.If | ast.While | ast.IfExp):
        yield _replaced(node.test, f"(not ({ast.unparse(node.test)}))", "condition negated")
    elif isinstance(node, ast.Break | ast.Continue):
        yield _replaced(node, "continue" if isinstance(node, ast.Break) else "break", "break/continue")
    elif isinstance(node, ast.Expr | ast.Assign | ast.AugAssign) and _is_effect(node):
        yield _replaced(node, "pass", "statement removed")


def _constant(node: ast.Constant) -> Iterator[Edit]:
    if isinstance(node.value, bool):
        yield _replaced(node, str(not node.value), "constant")
    elif isinstance(node.value, int | float):
        yield _replaced(node, repr(node.value + 1), "constant")


def _is_text(node: ast.BinOp) -> bool:
    """Whether an operand is a literal text, on which other arithmetic only raises ``TypeError``."""
    return any(
        isinstance(one, ast.JoinedStr)
        or (isinstance(one, ast.Constant) and isinstance(one.value, str | bytes))
        for one in (node.left, node.right)
    )


def _is_effect(node: ast.Expr | ast.Assign | ast.AugAssign) -> bool:
    """Whether a statement is there for its effect on something that outlives the function."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Call | ast.Await)
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return any(isinstance(target, ast.Attribute | ast.Subscript) for target in targets)


def _replaced(node: ast.expr | ast.stmt, text: str, operator: str) -> Edit:
    return Edit((node.lineno, node.col_offset), _end(node), text, operator)


def _end(node: ast.expr | ast.stmt) -> tuple[int, int]:
    assert node.end_lineno is not None and node.end_col_offset is not None
    return node.end_lineno, node.end_col_offset
