"""The question of `fusion release sign` says what the box of the terminal says."""

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest

from exchange.cli import release
from exchange.cli.frame import AtDesk
from exchange.desk.client import Desk
from exchange.desk.terminal.desk import TerminalDesk
from exchange.errors import Reason
from exchange.words import use
from tests.desk.bench import Bench, said
from tests.desk.release.test_terminal_queue import TRANSLATED
from tests.expecting import refusing
from tests.node.world import CN, PK
from tui.screens.release import RELEASE, Release, open_review
from tui.text.safe_text import safe
from tui.widgets.page import Text


class Here(AtDesk):
    """A command at a desk that is open already."""

    desk: Desk

    def open_refreshed(self) -> AbstractContextManager[Desk]:
        return nullcontext(self.desk)


@pytest.mark.parametrize("language", ["en", "ur", "zh-Hans"])
def test_the_lines_of_the_box_stand_before_the_question(
    language: str, strict: Bench, chief: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a bulletin that answers another one, and of its translation."""
    other = strict.cn.send(said(strict.world.nations[PK], "Bridge closed")).name
    strict.meet()
    answers = [{"relation": "ANSWERS", "name": other.hex()}]
    more: dict[str, object] = {"references": answers, "translations": [TRANSLATED]}
    strict.pk.send(said(strict.world.nations[CN], "Convoy delayed", **more))
    chief.sync()
    use(language)
    at = Here(Path(), "", None)
    at.desk = chief
    view = TerminalDesk(chief)
    waits = [one.row.name for one in view.release_queue()]
    assert len(waits) == 2
    for name in waits:
        box = Release(view, *open_review(view, name))
        (choice,) = (one for one in box.choices() if one.key == RELEASE)
        lines = [one for one in choice.items if isinstance(one, Text)]
        with refusing(Reason.INPUT):
            release.sign(at, name.hex())
        told = capsys.readouterr().err.splitlines()
        wanted = [f"> {one.text}" if one.gutter else one.text for one in lines]
        assert told[-len(wanted) :] == [safe(one) for one in wanted]
        assert told[-len(wanted) - 1] == ""
        assert len(wanted) == 5
        assert other.hex() not in "".join(told)
