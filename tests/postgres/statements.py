"""The texts of all statements that the product may send to a server of PostgreSQL.

They are read from the source, not from a run: a statement that no test runs counts as
well. The argument of each call that sends SQL is followed to the texts that it can be:
through names, texts that are joined, chosen or filled in, parameters (to each caller)
and functions (to what they return). What cannot be followed is an error, so that none
is missed.
"""

import ast
import importlib
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exchange.store import migrations
from exchange.store.postgres import CLOCK, TIMELINE

ROOT = Path(__file__).parents[2]
OF_A_FILE = frozenset({"sqlite", "sqlite_database", "sqlite_view", "copy_file"})
"""Modules of the store that speak to SQLite alone."""
FILES = (
    *sorted(
        one for one in ROOT.glob("exchange/store/*.py") if one.stem not in OF_A_FILE
    ),
    ROOT / "exchange/store/migrations/__init__.py",
    ROOT / "exchange/home/ledger_move.py",
    ROOT / "tests/benchmarks/server_databases.py",
)
SENDING = {"execute": 0, "executemany": 0, "copy": 0, "_rows": 0, "stream": 1}
"""Functions that send SQL, and the place of the argument that is it."""
UPGRADE = "statements(version(cursor) or 'base', server=cursor.server)"
KNOWN: Mapping[str, Sequence[str]] = {
    "self._database.clock_sql": [CLOCK],
    "self._database.timeline_sql": [TIMELINE],
    "table": ["entry"],  # which table does not matter, here and below
    "table.title()": ["entry"],
    "self.table.title()": ["entry"],
    "TABLES[column]": ["name_place"],
    "column": ["name"],
    UPGRADE: migrations.statements("base", server=True),
    "equal_rows: where": ["", ' WHERE ("log") > (?) AND ("log") <= (?)'],
    "raw_rows: where": ["", ' WHERE "log" = ? AND "size" = ?'],
    "server_databases: template": ["template0"],
    "writer: timeline": [TIMELINE],
}
"""The texts of expressions of which the source says no more, in all files or one."""
NAME = "x"
"""In the place of a name that is known when the program runs."""


class NotFollowed(Exception):
    """The source does not say what text an expression has."""


@dataclass(frozen=True)
class Place:
    """An expression: in which file, and within which functions, the inner one first."""

    path: Path
    node: ast.expr
    within: tuple[ast.FunctionDef, ...]

    def __str__(self) -> str:
        path = self.path.relative_to(ROOT)
        return f"{path}:{self.node.lineno}: {ast.unparse(self.node)}"

    def of(self, node: ast.expr) -> "Place":
        return Place(self.path, node, self.within)


class Source:
    """The files that may send SQL."""

    def __init__(self, files: Iterable[Path]) -> None:
        self._calls: list[tuple[ast.Call, Place]] = []
        self._functions: dict[tuple[Path, str], list[Place]] = {}
        self._names: dict[Path, dict[str, Any]] = {}
        for path in files:
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            names = importlib.import_module(module.removesuffix(".__init__"))
            self._names[path] = vars(names)
            self._read(path, ast.parse(path.read_text()), ())

    def _read(
        self, path: Path, node: ast.AST, within: tuple[ast.FunctionDef, ...]
    ) -> None:
        for child in ast.iter_child_nodes(node):
            inner = within
            if isinstance(child, ast.FunctionDef):
                inner = (child, *within)
                returned = [
                    Place(path, one.value, inner)
                    for one in ast.walk(child)
                    if isinstance(one, ast.Return) and one.value is not None
                ]
                self._functions.setdefault((path, child.name), []).extend(returned)
            elif isinstance(child, ast.Call):
                self._calls.append((child, Place(path, child, within)))
            self._read(path, child, inner)

    def statements(self) -> Iterator[tuple[Place, str]]:
        """Yield each statement that a call can send."""
        for call, place in self._calls:
            name = _called(call)
            own = place.within and place.within[0].name
            if name not in SENDING or own in SENDING:  # which only passes it on
                continue
            if name == "copy" and not call.args:
                continue  # of a dict
            argument = call.args[SENDING[name]]
            for text in self._texts(place.of(argument)):
                yield place, text

    def _texts(self, place: Place) -> set[str]:
        """Return the texts that an expression can have."""
        match place.node:
            case node if known := _known(place.of(node)):
                texts = set(known)
            case ast.JoinedStr(values=parts):
                texts = self._joined(map(place.of, parts))
            case ast.FormattedValue(value=value):
                texts = self._texts(place.of(value))
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                texts = self._joined((place.of(left), place.of(right)))
            case ast.IfExp(body=body, orelse=other):
                texts = self._texts(place.of(body)) | self._texts(place.of(other))
            case _:
                texts = self._texts_of_one(place)
        return texts

    def _texts_of_one(self, place: Place) -> set[str]:
        """Return the texts of an expression that is not made of others."""
        match place.node:
            case ast.Constant(value=str(text)):
                texts = {text}
            case ast.BinOp(
                left=ast.Constant(value=str(text))
                | ast.List(elts=[ast.Constant(value=str(text))]),
                op=ast.Mult(),
            ):
                texts = {text}  # several, to be joined
            case ast.Name(id=name):
                texts = self._named(place, name)
            case ast.Attribute(attr=name) if (place.path, name) in self._functions:
                texts = self._returned(place.path, name)  # a property
            case ast.Call() as call:
                texts = self._answered(place, call)
            case _:
                texts = self._evaluated(place)
        return texts

    def _joined(self, parts: Iterable[Place]) -> set[str]:
        texts = [sorted(self._texts(one)) for one in parts]
        return {"".join(some) for some in itertools.product(*texts)}

    def _answered(self, place: Place, call: ast.Call) -> set[str]:
        """Return what a call can return."""
        match call:
            case ast.Call(func=ast.Name(id="marks")):
                return {"(?, ?)"}
            case ast.Call(func=ast.Attribute(value=text, attr="format"), args=args):
                filled = [sorted(self._texts(place.of(one))) for one in args]
                return {
                    form.format(*some)
                    for form in self._texts(place.of(text))
                    for some in itertools.product(*filled)
                }
            case ast.Call(func=ast.Attribute(value=text, attr="join"), args=[one]):
                part = one.elt if isinstance(one, ast.GeneratorExp) else one
                return {
                    sign.join((each, each))
                    for sign in self._texts(place.of(text))
                    for each in self._texts(place.of(part))
                }
            case ast.Call(func=ast.Attribute(value=text, attr="encode")):
                return self._texts(place.of(text))
        name = _called(call)
        if (place.path, name) in self._functions:
            return self._returned(place.path, name)
        return self._evaluated(place)

    def _returned(self, path: Path, name: str) -> set[str]:
        return set().union(*map(self._texts, self._functions[path, name]))

    def _named(self, place: Place, name: str) -> set[str]:
        """Return what a name stands for: in its functions, in its module."""
        for at, function in enumerate(place.within):
            here = Place(place.path, place.node, place.within[at:])
            if found := self._assigned(here, function, name):
                return found
            arguments = [one.arg for one in function.args.args]
            if name in arguments:
                return self._passed(here, function, arguments.index(name))
        return self._evaluated(place)

    def _assigned(self, place: Place, function: ast.FunctionDef, name: str) -> set[str]:
        found: set[str] = set()
        for one in ast.walk(function):
            match one:
                case ast.Assign(targets=[ast.Name(id=target)], value=value) if (
                    target == name
                ):
                    found |= self._texts(place.of(value))
                case ast.AugAssign(target=ast.Name(id=target), value=value) if (
                    target == name
                ):
                    added = self._texts(place.of(value))
                    found |= {a + b for a in found for b in added}
                case (
                    ast.For(target=target, iter=values)
                    | ast.comprehension(target=target, iter=values)
                ):
                    found |= self._each(place.of(values), target, name)
        return found

    def _each(self, place: Place, target: ast.expr, name: str) -> set[str]:
        """Return what a loop gives to a name."""
        names = target.elts if isinstance(target, ast.Tuple) else [target]
        at = [one.id if isinstance(one, ast.Name) else "" for one in names]
        if name not in at:
            return set()
        if not isinstance(place.node, ast.Tuple):
            return set(_known(place)) or {NAME}
        found: set[str] = set()
        for one in place.node.elts:
            parts = one.elts if isinstance(one, ast.Tuple) else [one]
            found |= self._texts(place.of(parts[at.index(name)]))
        return found

    def _passed(self, place: Place, function: ast.FunctionDef, at: int) -> set[str]:
        """Return what callers give to a parameter, which is no method's self."""
        bound = function.args.args[0].arg in {"self", "cls"}
        name = function.args.args[at].arg
        calls = [each for each in self._calls if _called(each[0]) == function.name]
        near = [each for each in calls if each[1].path == place.path]
        found: set[str] = set()
        for call, where in near or calls:
            given = call.args[at - bound :][:1]
            given += [one.value for one in call.keywords if one.arg == name]
            if given:
                found |= self._texts(where.of(given[0]))
        if not found:
            raise NotFollowed(str(place))
        return found

    def _evaluated(self, place: Place) -> set[str]:
        try:
            found = eval(ast.unparse(place.node), self._names[place.path])  # noqa: S307  of our own source
        except (NameError, AttributeError):
            raise NotFollowed(str(place)) from None
        if not isinstance(found, str | int):
            raise NotFollowed(str(place))
        return {str(found)}


def _known(place: Place) -> Sequence[str]:
    text = ast.unparse(place.node)
    return KNOWN.get(text) or KNOWN.get(f"{place.path.stem}: {text}") or []


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""
