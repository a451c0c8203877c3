"""The start of the terminal: what is typed before its first screen stands."""

from textual.events import Key

from tests.tui.examples import NOW
from tests.tui.fake_desk import three
from tests.tui.looking import WIDE, until
from tui.app import Terminal
from tui.widgets.text_editor import Edit


class Hasty(Terminal):
    """The terminal of an officer who types while its first screen is being made."""

    async def on_mount(self) -> None:
        """Get the keys, then go on."""
        for key, letter in (("slash", "/"), ("g", "g"), ("y", "y")):
            self.post_message(Key(key, letter))
        await super().on_mount()


async def test_keys_typed_while_the_first_screen_is_made_are_pressed_in_order() -> None:
    app = Hasty(three(), lambda: NOW)
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        await until(pilot, lambda: app.screen.query_one("#find", Edit).text == "gy")
