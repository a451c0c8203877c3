"""What each set of catalogues must hold, found in the program itself."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import typer
from babel.messages.pofile import read_po
from typer.core import TyperCommand, TyperGroup

import exchange
import tui
from exchange.cli.help_pages import paragraphs
from exchange.cli.program import application
from exchange.errors import TEXTS
from tui import state_signs
from tui.screens import compose, dialogs, field_editor, review, verify

EXCHANGE, TUI = Path(exchange.__file__).parent, Path(tui.__file__).parent
REPORT = EXCHANGE / "report"
FOLDERS = {
    "commands": EXCHANGE / "words",
    "report": REPORT / "locale",
    "terminal": TUI / "locale",
}
TRANSLATED = ["ur", "zh-Hans"]

Key = str | tuple[str, str]
# Which arguments of these calls are said: one text, or one and its plural.
SAID = {
    "say": (0,),
    "word": (0,),
    "Why": (0,),
    "fill": (0,),
    "beside_key": (1,),
    "label": (0,),
    "bind": (2,),
    "StateSign": (1,),
    "say_n": (0, 1),
    "count": (0, 1),
}


@cache
def babel_entries(path: Path) -> dict[Key, tuple[str, ...]]:
    """Return a catalogue as gettext's tools read it, without what is fuzzy."""
    with path.open("rb") as file:
        catalogue = read_po(file, abort_invalid=True)
    found: dict[Key, tuple[str, ...]] = {}
    for message in catalogue:
        if message.fuzzy:
            continue
        said = message.string
        texts = said if isinstance(said, (tuple, list)) else (said,)
        one = message.id
        key = one if isinstance(one, str) else (str(one[0]), str(one[1]))
        found[key] = tuple(map(str, texts))
    found.pop("", None)  # the header
    return found


@cache
def wanted(which: str) -> set[Key]:
    """Return every text that the program says from a set."""
    if which == "report":
        return set(_said(REPORT, {"say", "fill", "word", "count"}))
    if which == "terminal":
        names = {"beside_key", "say", "say_n", "label", "bind", "StateSign", "word"}
        return {key for key in (*_said(TUI, names), *_tables()) if key}
    return commands()


@cache
def commands() -> set[Key]:
    """Return what the commands, and whatever lies below them, say."""
    files = {"say", "say_n", "word", "Why"}
    return {*_said(EXCHANGE, files, REPORT), *TEXTS.values(), *helps(_all())}


@cache
def sources(folder: Path, without: Path | None = None) -> list[ast.Call]:
    """Return every call in the modules of a folder."""
    return [
        node
        for path in folder.rglob("*.py")
        if without is None or without not in path.parents
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
    ]


def _said(folder: Path, names: set[str], without: Path | None = None) -> Iterator[Key]:
    for call in sources(folder, without):
        name = ast.unparse(call.func).rpartition(".")[2]
        if name not in names or (name == "say" and len(call.args) > 1):
            continue  # what has all three languages at hand is no catalogue's
        texts = [
            arg.value
            for at in SAID[name]
            for arg in call.args[at : at + 1]
            if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
        ]
        if len(texts) == len(SAID[name]):
            yield texts[0] if len(texts) == 1 else (texts[0], texts[1])


def _all() -> TyperGroup:
    return typer.main.get_group(application([]))


def helps(command: TyperCommand | TyperGroup) -> Iterator[str]:
    """Yield each paragraph of help of a command, its options, and all below it."""
    yield from paragraphs(command.help or "")
    for parameter in command.params:
        if not getattr(parameter, "hidden", False):
            yield from paragraphs(getattr(parameter, "help", None) or "")
    if isinstance(command, TyperGroup):
        for below in command.commands.values():
            assert isinstance(below, TyperCommand | TyperGroup)
            yield from helps(below)


def _tables() -> Iterator[str]:
    """Yield what the terminal says from tables."""
    for keys in (compose.KEYS, review.KEYS):
        yield from (word for _, word in keys)
    for table in (state_signs.PRECEDENCE, state_signs.STATES):
        yield from (word for _, word in table.values())
    for texts in (field_editor.HINTS, verify.WORDS):
        yield from texts.values()
    yield from (
        "delivered",
        "undelivered",
        "receipt",
        "read",
        "action",
        "Kind of bulletin",
        "back",
    )
    yield from dialogs.HINTS
    for path in TUI.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "HEAD":
                yield str(ast.literal_eval(node.value))
