"""Nothing stays in the product that nothing uses, and no command is named in vain."""

import ast
import re
import tomllib
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from vulture import Vulture

from exchange.cli.program import COMMANDS, FILES, HELP

ROOT = Path(__file__).parent.parent
PROJECT = (ROOT / "pyproject.toml").read_text()
SETTINGS = tomllib.loads(PROJECT)["tool"]["vulture"]
ALLOWED: list[str] = SETTINGS["ignore_names"]
SPOKEN = re.compile(r"\bfusion (?:--?[a-z]+ [a-z-]+ )*([a-z]+)\b")


@pytest.fixture(scope="module")
def nowhere() -> dict[str, str]:
    """Every name that nothing uses, allowed or not, and where it is."""
    search = Vulture(ignore_decorators=SETTINGS["ignore_decorators"])
    search.scavenge([ROOT / path for path in SETTINGS["paths"]], SETTINGS["exclude"])
    return {
        item.name: f"{item.filename}:{item.first_lineno}"
        for item in search.get_unused_code(min_confidence=60)
    }


def allowed(name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in ALLOWED)


def test_nothing_is_unused_that_is_not_allowed(nowhere: dict[str, str]) -> None:
    found = {name: where for name, where in nowhere.items() if not allowed(name)}
    assert found == {}


@pytest.mark.parametrize("pattern", ALLOWED)
def test_what_is_allowed_is_there(nowhere: dict[str, str], pattern: str) -> None:
    assert any(fnmatchcase(name, pattern) for name in nowhere)


def test_what_is_allowed_has_its_reason() -> None:
    """A comment on its line, or on the first of several lines that it holds for."""
    lines = PROJECT.partition("ignore_names = [\n")[2].partition("]\n")[0].splitlines()

    assert len(lines) == len(ALLOWED)
    assert "  # " in lines[0]
    assert all("#" not in line or "  # " in line for line in lines)


def test_a_binding_names_each_action(nowhere: dict[str, str]) -> None:
    """Vulture cannot know it: Textual finds an action by the text of a binding."""
    texts = {
        node.value
        for path in (ROOT / "tui").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    found = (re.match(r"(?:\w+\.)?(\w+)", text) for text in texts)
    named = {action[1] for action in found if action}
    own = {"help", "command_palette"}  # Textual's names for them

    actions = {name.removeprefix("action_") for name in nowhere if "action_" in name}
    assert actions - named - own == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_a_module(name: str) -> None:
    folder = ROOT / "exchange" / "cli"

    file = FILES.get(name, name)
    assert (folder / f"{file}.py").exists() or (folder / file).is_dir()


def test_no_text_names_a_command_that_does_not_exist() -> None:
    texts = [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(
            path
            for package in SETTINGS["paths"]
            for path in (ROOT / package).rglob("*")
            if path.suffix in {".py", ".po"}
        ),
    ]
    named = {word for path in texts for word in SPOKEN.findall(path.read_text("utf-8"))}

    assert len(texts) > 100
    assert named - {*COMMANDS, HELP} == set()


def test_no_private_module_of_typer_is_imported() -> None:
    """Click is part of it and private there: any release may move it."""
    private = re.compile(r"^\s*(?:from|import) typer(?:\.\w+)*\._", re.MULTILINE)
    found = [
        path
        for folder in (*SETTINGS["paths"], "tests")
        for path in (ROOT / folder).rglob("*.py")
        if private.search(path.read_text("utf-8"))
    ]

    assert found == []
