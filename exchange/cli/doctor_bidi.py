"""The order of Urdu that reads right, as an officer picks it; kept in the settings."""

import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from exchange.cli.lazy import lazy_imports
from exchange.errors import FusionError
from exchange.words import say, word

with lazy_imports():
    from exchange import config
    from exchange.config.settings import set_bidi
    from tui import words
    from tui.text import order
    from tui.text.layout import lay_out
    from tui.text.order import use_bidi
    from tui.text.terminal import own_order

SAMPLE = "گاڑی 2026-11-24"


def ask(home: Path) -> Iterator[str]:
    """Show the word for a car in each order, and keep what is picked; yield lines.

    Nothing is asked where the home has no desk, or somebody just presses Enter.
    """
    desk = None
    with suppress(FusionError):
        desk = config.desk_home(home)
    if desk is None:
        return
    picked = _pick()
    if picked is None:
        yield say("kept as it is: bidi = {bidi}", bidi=config.read_desk(desk).bidi)
        return
    set_bidi(desk, picked)
    yield say("written into desk/config.toml: bidi = {bidi}", bidi=picked)
    yield say("An officer's own choice in the terminal (key ,) counts before it.")


def _pick() -> str | None:
    """Return the setting whose sample reads right, None for none of them."""
    told = word(
        "Which line reads right: the word for car (gari), joined, from right to left,"
        " and the date to its left as 2026-11-24?"
    )
    print(say(told))
    with own_order(order.Bidi.APP) as switch:
        for number, bidi in enumerate(order.Bidi, 1):
            use_bidi(bidi)
            switch.write(switch.follow(bidi))
            shown = lay_out(SAMPLE, "ur", len(SAMPLE))[0].shown
            meaning = words.say(order.BIDI_WORDS[bidi])
            print(f"  {number}  {shown}   ({meaning})", flush=True)
    use_bidi(order.Bidi.APP)
    asked = word("Type 1, 2 or 3; Enter keeps what is set:")
    print(say(asked), end=" ", file=sys.stderr, flush=True)
    given = sys.stdin.readline().strip()
    choices = {str(number): str(bidi) for number, bidi in enumerate(order.Bidi, 1)}
    return choices.get(given)
