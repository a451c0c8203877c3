"""The settings: shown, changed, kept, in force at once; what is unreadable is said."""

import pytest

from exchange.limits import MINUTE
from tests.tui.fake_desk import three
from tests.tui.looking import NARROW, WIDE, Looking, lines, terminal, text, until
from tui import settings, times
from tui.app import Terminal
from tui.screens.dialogs import Pick
from tui.screens.settings import SettingsScreen
from tui.settings import ChangeSetting
from tui.text.layout import lay_out
from tui.text.order import Bidi, bidi, use_bidi
from tui.words import LANGUAGES, label, say, use


async def change(app: Terminal, pilot: Looking, key: str, value: str) -> str:
    """Choose a value on the screen; return what it shows then."""
    at = [one.key for one in settings.SETTINGS].index(key)
    places = list(settings.SETTINGS[at].values)
    await pilot.press("home", *["down"] * at, "enter")
    await until(pilot, lambda: not isinstance(app.screen, SettingsScreen))
    await pilot.pause()
    await pilot.press("home", *["down"] * places.index(value), "enter")
    await until(pilot, SettingsScreen)
    await until(pilot, lambda: app.setting(key) == value)
    await pilot.pause()
    return text(app)


async def test_each_is_changed_kept_and_holds() -> None:
    """A language turns the screen at once; plain text is not joined or reordered."""
    desk = three()
    async with terminal(desk, NARROW) as (app, pilot):
        await pilot.press(",", then=SettingsScreen)
        await pilot.pause()
        for setting in settings.SETTINGS:
            key, (value, said) = setting.key, list(setting.values.items())[-1]
            shown = await change(app, pilot, key, value)
            assert desk.settings[key] == value
            assert (said if key == settings.LANGUAGE else label(said)) in shown
            assert settings.read(desk.setting).of[key] == value
        assert "设置" in await change(app, pilot, settings.LANGUAGE, "zh-Hans")
        await change(app, pilot, settings.BIDI, "plain")
    assert bidi() is Bidi.PLAIN
    [line] = lay_out("شاہراہ پل", "ur", 20)
    assert line.shown == "شاہراہ پل".ljust(20)
    use_bidi(Bidi.APP)
    assert lay_out("شاہراہ پل", "ur", 20)[0].shown != line.shown


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_value_has_no_colon_since_it_stands_behind_one(language: str) -> None:
    use(language)
    for setting in settings.SETTINGS:
        assert not {":", "："} & set("".join(map(say, setting.values.values())))


async def test_one_pane_alone_where_the_terminal_reorders_rows() -> None:
    """What was changed, also the colours, holds at once; an unreadable one is said."""
    desk = three(settings={settings.BIDI: "terminal", settings.THEME: "\x1b]0;pink"})
    async with terminal(desk, WIDE) as (app, pilot):
        await until(pilot, "theme cannot be read")
        assert app.setting(settings.THEME) == "dark"
        assert len(lines(app)) == WIDE[1]
        assert app.screen.has_class("narrow")
        app.post_message(ChangeSetting(settings.BIDI, "app"))
        await until(pilot, lambda: not app.screen.has_class("narrow"))
        before = app.screen.styles.background
        app.post_message(ChangeSetting(settings.THEME, "light"))
        await until(pilot, lambda: app.theme == "fusion-light")
        await pilot.pause()
        assert app.screen.styles.background != before
        await pilot.press(",", then=SettingsScreen)
        await pilot.pause()
        await pilot.press("end")
        await pilot.pause()
        await pilot.press("enter", then=Pick)
        assert label("Columns of the list") in text(app)


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
