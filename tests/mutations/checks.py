"""The checks of a module, found in its source, each with its own removal.

A check is what refuses: a `raise` of a refusal, a call of `_need`, or a part of the
condition before one. In modules of which silence is the refusal, `if ...: return` and
`if ...: continue` are checks as well.
"""

import ast
import gc
import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FunctionType

REFUSALS = frozenset({"Refusal", "NotYet", "ValueError", "_Bad", "_refusal"})
NEEDS = frozenset({"_need", "_demand"})
SILENT = frozenset({"exchange.node.directory_heads", "exchange.desk.link.directories"})
"""Modules that refuse by doing nothing."""


@dataclass(frozen=True)
class Mutation:
    """A check that can be removed, the one of that number in its module."""

    module: str
    number: int
    function: str
    text: str
    """The check as it stands in the source, on one line."""
    line: int

    @property
    def name(self) -> str:
        """Name it for a person, and for the list of those that are explained."""
        return f"{self.module} {self.function}: {self.text}"


def find_mutations(module: str) -> list[Mutation]:
    """Return every check of a module, in the order of its source."""
    tree = ast.parse(_path(module).read_text())
    return [
        Mutation(module, number, edit.function, edit.text, edit.line)
        for number, edit in enumerate(_edits(tree, module))
    ]


def remove(mutation: Mutation) -> None:
    """Remove a check from this process, wherever its function is held by now.

    One at a time: all else of the module is again as its source has it. Raises
    LookupError where no function of that place is loaded.
    """
    path = _path(mutation.module)
    tree = ast.parse(path.read_text())
    list(_edits(tree, mutation.module))[mutation.number].apply()
    code = compile(ast.fix_missing_locations(tree), str(path), "exec")
    new = {_place(one): one for one in _walk(code)}
    changed = 0
    for one in gc.get_objects():
        if isinstance(one, FunctionType) and one.__code__.co_filename == str(path):
            one.__code__ = new[_place(one.__code__)]
            changed += one.__code__.co_qualname == mutation.function
    if not changed:
        raise LookupError(mutation.name)


def _path(module: str) -> Path:
    found = importlib.import_module(module).__file__
    if found is None:
        raise LookupError(module)
    return Path(found)


def _place(code: CodeType) -> tuple[str, int]:
    return code.co_qualname, code.co_firstlineno


def _walk(code: CodeType) -> Iterator[CodeType]:
    yield code
    for const in code.co_consts:
        if isinstance(const, CodeType):
            yield from _walk(const)


@dataclass
class _Edit:
    """Puts a node into the place of another in a list or field of its parent."""

    function: str
    text: str
    line: int
    parent: ast.AST
    field: str
    index: int | None
    new: ast.AST

    def apply(self) -> None:
        if self.index is None:
            setattr(self.parent, self.field, self.new)
        else:
            getattr(self.parent, self.field)[self.index] = self.new


def _edits(tree: ast.Module, module: str) -> Iterator[_Edit]:
    for function, names in _functions(tree, ()):
        for node in _own(function):
            yield from _edits_of(node, ".".join(names), silent=module in SILENT)


def _functions(
    node: ast.AST, names: tuple[str, ...]
) -> Iterator[tuple[ast.AST, tuple[str, ...]]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            inner = (*names, child.name)
            yield child, inner
            yield from _functions(child, (*inner, "<locals>"))
        elif isinstance(child, ast.ClassDef):
            yield from _functions(child, (*names, child.name))
        else:
            yield from _functions(child, names)


def _own(function: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a function, but those of functions within it."""
    yield function
    for child in ast.iter_child_nodes(function):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield from _own(child)


def _edits_of(node: ast.AST, function: str, *, silent: bool) -> Iterator[_Edit]:
    for field, value in ast.iter_fields(node):
        for index, one in enumerate(value if isinstance(value, list) else ()):
            if isinstance(one, ast.stmt) and _refuses(one):
                new: ast.AST = ast.copy_location(ast.Pass(), one)
                text = ast.unparse(one)
                if isinstance(node, ast.If):
                    text = f"if {ast.unparse(node.test)}: {text}"
                yield _Edit(function, text, one.lineno, node, field, index, new)
    if isinstance(node, ast.If) and not node.orelse and len(node.body) == 1:
        (only,) = node.body
        if _refuses(only):
            yield from _parts(node, "test", None, function, holds=False)
        elif silent and isinstance(only, ast.Return | ast.Continue):
            text = f"if {ast.unparse(node.test)}: {ast.unparse(only)}"
            new = ast.copy_location(ast.Constant(value=False), node.test)
            yield _Edit(function, text, node.lineno, node, "test", None, new)
    if isinstance(node, ast.Call) and _is_need(node):
        yield from _parts(node, "args", 0, function, holds=True)


def _refuses(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Raise):
        made = statement.exc
        if isinstance(made, ast.Call) and isinstance(made.func, ast.Name):
            return made.func.id in REFUSALS
        return False
    return isinstance(statement, ast.Expr) and _is_need(statement.value)


def _is_need(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        return False
    return node.func.id in NEEDS


def _parts(
    parent: ast.AST, field: str, index: int | None, function: str, *, holds: bool
) -> Iterator[_Edit]:
    """Yield the parts of a condition, each let go alone.

    `holds`: the condition must hold for what passes, else it must not.
    """
    value = getattr(parent, field)
    node = value if index is None else value[index]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield from _parts(node, "operand", None, function, holds=not holds)
    elif isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And) == holds:
        for place, part in enumerate(node.values):
            new = ast.copy_location(ast.Constant(value=holds), part)
            text = f"{ast.unparse(part)} (of {ast.unparse(node)})"
            yield _Edit(function, text, part.lineno, node, "values", place, new)
            yield from _parts(node, "values", place, function, holds=holds)
    elif isinstance(node, ast.Compare) and len(node.ops) > 1 and holds:
        places = [node.left, *node.comparators]
        for place in range(len(node.ops)):
            kept = [n for n in range(len(node.ops)) if n != place]
            rest: list[ast.expr] = [
                ast.Compare(places[n], [node.ops[n]], [places[n + 1]]) for n in kept
            ]
            new_ = rest[0] if len(rest) == 1 else ast.BoolOp(ast.And(), rest)
            gone = ast.Compare(places[place], [node.ops[place]], [places[place + 1]])
            text = f"{ast.unparse(gone)} (of {ast.unparse(node)})"
            new_ = ast.copy_location(new_, node)
            yield _Edit(function, text, node.lineno, parent, field, index, new_)
