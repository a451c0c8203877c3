"""What is set for a whole process is undone after each test."""

from collections.abc import Iterator
from typing import Any

import pytest
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

from tests.tui import idle
from tui.app import Terminal
from tui.text.order import Bidi, use_bidi
from tui.times import use_zone


@pytest.fixture(scope="session", autouse=True)
def parsed_once() -> Iterator[None]:
    """Parse a style sheet once with the same colours, not in each application."""
    parsed: dict[object, list[RuleSet]] = {}
    parse = Stylesheet._parse_rules

    def once(sheet: Stylesheet, *given: Any, **more: Any) -> list[RuleSet]:  # noqa: ANN401
        key = given, *more.items(), frozenset(sheet._variables.items())
        if key not in parsed:
            parsed[key] = parse(sheet, *given, **more)
        return parsed[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stylesheet, "_parse_rules", once)
        yield


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One for each time that the bell of a terminal rings."""
    found: list[int] = []
    monkeypatch.setattr(Terminal, "bell", lambda _: found.append(1))
    return found


@pytest.fixture(autouse=True)
def as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    idle.install(monkeypatch)
    yield
    use_bidi(Bidi.APP)
    use_zone(None)
