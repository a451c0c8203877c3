"""The settings: shown, changed, kept, in force at once; what is unreadable is said."""

import pytest

from exchange.limits import MINUTE
from tests.tui.fake_desk import FakeDesk, three
from tests.tui.looking import NARROW, WIDE, lines, terminal, text, until
from tui import settings, times
from tui.screens.dialogs import Pick
from tui.screens.settings import SettingsScreen
from tui.settings import ChangeSetting
from tui.text.layout import lay_out
from tui.text.order import Bidi, bidi, use_bidi
from tui.words import LANGUAGES, label, say, use


async def change(desk: FakeDesk, key: str, value: str) -> tuple[str, object]:
    """Choose a value on the screen; return what it shows then, and the application."""
    at = [one.key for one in settings.SETTINGS].index(key)
    places = list(settings.SETTINGS[at].values)
    async with terminal(desk, NARROW) as (app, pilot):
        await pilot.press(",", then=SettingsScreen)
        await pilot.pause()
        await pilot.press(*["down"] * at, "enter")
        await until(pilot, lambda: not isinstance(app.screen, SettingsScreen))
        await pilot.pause()
        await pilot.press("home", *["down"] * places.index(value), "enter")
        await until(pilot, SettingsScreen)
        await until(pilot, lambda: app.setting(key) == value)
        await pilot.pause()
        return text(app), app


@pytest.mark.parametrize(
    ("key", "value"),
    [(one.key, list(one.values)[-1]) for one in settings.SETTINGS],
)
async def test_each_is_changed_kept_and_holds(key: str, value: str) -> None:
    desk = three()
    shown, _ = await change(desk, key, value)
    assert desk.settings[key] == value
    [setting] = [one for one in settings.SETTINGS if one.key == key]
    said = setting.values[value]
    assert (said if key == settings.LANGUAGE else label(said)) in shown
    assert settings.read(desk.setting).of[key] == value


async def test_a_language_turns_the_screen_at_once() -> None:
    shown, _ = await change(three(), settings.LANGUAGE, "zh-Hans")
    assert "设置" in shown


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_value_has_no_colon_since_it_stands_behind_one(language: str) -> None:
    use(language)
    for setting in settings.SETTINGS:
        assert not {":", "："} & set("".join(map(say, setting.values.values())))


async def test_colours_turn_at_once() -> None:
    async with terminal(three()) as (app, pilot):
        before = app.screen.styles.background
        app.post_message(ChangeSetting(settings.THEME, "light"))
        await until(pilot, lambda: app.theme == "fusion-light")
        await pilot.pause()
        assert app.screen.styles.background != before


async def test_plain_text_is_not_joined_or_reordered() -> None:
    await change(three(), settings.BIDI, "plain")
    assert bidi() is Bidi.PLAIN
    [line] = lay_out("شاہراہ پل", "ur", 20)
    assert line.shown == "شاہراہ پل".ljust(20)
    use_bidi(Bidi.APP)
    assert lay_out("شاہراہ پل", "ur", 20)[0].shown != line.shown


async def test_one_pane_alone_where_the_terminal_reorders_rows() -> None:
    desk = three()
    desk.settings[settings.BIDI] = "terminal"
    async with terminal(desk, WIDE) as (app, pilot):
        await pilot.pause()
        assert app.screen.has_class("narrow")
        app.post_message(ChangeSetting(settings.BIDI, "app"))
        await until(pilot, lambda: not app.screen.has_class("narrow"))


async def test_what_cannot_be_read_is_said_and_the_default_holds() -> None:
    desk = three()
    desk.settings[settings.THEME] = "\x1b]0;pink"
    async with terminal(desk) as (app, pilot):
        await until(pilot, "theme cannot be read")
        assert app.setting(settings.THEME) == "dark"
        assert len(lines(app)) == WIDE[1]


@pytest.mark.parametrize(
    ("configured", "chosen", "locks"),
    [
        (10 * MINUTE, "", 10 * MINUTE),
        (10 * MINUTE, "2", 2 * MINUTE),
        (10 * MINUTE, "30", 10 * MINUTE),
        (0, "5", 5 * MINUTE),
        (0, "", 0),
    ],
)
def test_it_locks_earlier_than_the_desk_never_later(
    configured: int, chosen: str, locks: int
) -> None:
    assert settings.lock_ms(configured, chosen) == locks


def test_local_time_stands_behind_z() -> None:
    noon = 1_795_521_600_000  # 2026-11-24 12:00Z, a made-up hour
    plain = times.stamp(noon)
    times.use_zone(settings.zone("Asia/Shanghai"))
    assert times.stamp(noon).startswith(plain)
    assert times.stamp(noon).endswith(")")
    times.use_zone(None)
    assert times.stamp(noon) == plain


async def test_the_columns_are_chosen_from_here() -> None:
    async with terminal(three(), WIDE) as (app, pilot):
        await pilot.press(",", then=SettingsScreen)
        await pilot.pause()
        await pilot.press("end")
        await pilot.pause()
        await pilot.press("enter", then=Pick)
        assert label("Columns of the list") in text(app)
