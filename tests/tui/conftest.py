"""What is set for a whole process is undone after each test."""

from collections.abc import Iterator

import pytest

from tests.tui import idle
from tui.text.order import Bidi, use_bidi
from tui.times import use_zone


@pytest.fixture(autouse=True)
def as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    idle.install(monkeypatch)
    yield
    use_bidi(Bidi.APP)
    use_zone(None)
