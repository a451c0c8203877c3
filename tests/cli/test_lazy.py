"""What a command works with loads when it is used, and is used as it can be."""

import ast
import builtins
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "exchange" / "cli"
FILES = sorted(FOLDER.rglob("*.py"))
SCRIPT = """
import sys
__name__ = "exchange.cli.tried"
from exchange.cli.lazy import lazy_imports
load = __import__
with lazy_imports():
    from xml.dom import minidom
    from fractions import Fraction
assert __import__ is load
assert not {"xml.dom.minidom", "fractions"} & set(sys.modules)
assert Fraction(2, 4).denominator == 2 and Fraction.from_float(0.5).numerator == 1
assert minidom.parseString("<a/>").documentElement.tagName == "a"
"""
ASKS_FOR_A_CLASS = {"isinstance", "issubclass"}


def is_lazy(node: ast.stmt) -> bool:
    return isinstance(node, ast.With) and "lazy_imports" in ast.dump(node.items[0])


def bound(tree: ast.Module) -> set[str]:
    """The names that a file imports lazily."""
    blocks = [node for node in tree.body if is_lazy(node)]
    found = (one for block in blocks for one in ast.walk(block))
    return {one.asname or one.name for one in found if isinstance(one, ast.alias)}


def misused(tree: ast.Module) -> Iterator[str]:
    """Names that are compared, iterated, subscripted or taken for a class."""
    names = bound(tree)
    local = [one.annotation for one in ast.walk(tree) if isinstance(one, ast.AnnAssign)]
    never_read = {one for annotation in local for one in ast.walk(annotation)}
    for parent in ast.walk(tree):
        if parent in never_read or isinstance(
            parent, ast.Attribute | ast.keyword | ast.arguments | ast.AnnAssign
        ):
            continue
        called = parent.func if isinstance(parent, ast.Call) else None
        if called is not None and getattr(called, "id", "") not in ASKS_FOR_A_CLASS:
            continue
        for child in ast.iter_child_nodes(parent):
            if not isinstance(child, ast.Name) or isinstance(child.ctx, ast.Store):
                continue
            if child.id in names and not shadowed(tree, child):
                yield f"{child.id} in line {child.lineno}"


def shadowed(tree: ast.Module, name: ast.Name) -> bool:
    """Whether the function around a name binds it itself."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            inside = list(ast.walk(function))
            own = {one.arg for one in inside if isinstance(one, ast.arg)} | {
                one.id
                for one in inside
                if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
            }
            if name in inside and name.id in own:
                return True
    return False


def test_a_constant_is_imported_by_its_module() -> None:
    """It would be handed on, and printed, as what it is not yet."""
    every = [name for path in FILES for name in bound(ast.parse(path.read_text()))]
    assert not [name for name in every if name.isupper()]


def test_a_name_loads_when_it_is_used() -> None:
    subprocess.run([sys.executable, "-c", SCRIPT], check=True)


def test_another_file_imports_at_once_beside_it() -> None:
    from exchange.cli.lazy import lazy_imports  # noqa: PLC0415  this file is another

    with lazy_imports():
        from fractions import Fraction  # noqa: PLC0415  the block that is tried

    assert Fraction is sys.modules["fractions"].Fraction
    assert "load_later" not in builtins.__import__.__qualname__


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_a_lazy_name_is_called_or_has_members(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))

    assert not any(name.isupper() and len(name) > 1 for name in bound(tree))
    assert list(misused(tree)) == []
