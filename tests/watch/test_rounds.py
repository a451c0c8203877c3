"""What the rounds of a watch say of what goes wrong."""

from types import SimpleNamespace
from typing import cast

from exchange.errors import Reason, Refusal
from exchange.watch.rounds import Watch


def test_what_a_node_answers_reaches_a_terminal_as_plain_text_once() -> None:
    said: list[str] = []
    watch = cast("Watch", SimpleNamespace(say=said.append, _trouble=""))
    for _ in range(2):
        Watch._complain(watch, Refusal(Reason.NOT_FOUND, "\x1b[2J\u202eevil\n"))
    (line,) = said
    assert "evil" in line
    assert line.isprintable()
