"""The list: conditions as they are typed, filters, saved searches."""

from msgspec.structs import replace
from textual import events

from exchange.errors import Reason, Refusal
from tests.tui.examples import HOSTILE, changed
from tests.tui.fake_desk import three
from tests.tui.looking import NARROW, WIDE, lines, says, seen, terminal, text, until
from tui.screens.bulletins import Bulletins
from tui.screens.list_search import FILTERS
from tui.screens.saved_searches import Saved
from tui.widgets.text_editor import Edit


async def test_conditions_are_read_as_they_are_typed() -> None:
    """One that there is not is named in the title."""
    async with terminal(three(), WIDE) as (app, pilot):
        await pilot.press("/", *"kind:MEDEVAC", then=seen(pilot, "Bulletins 1", 1))
        assert "unknown" not in text(app)
        await until(pilot, "请核实")
        await pilot.press("escape")
        for typed, named in (
            ("kind:", "kind:"),
            ("colour:RED", "colour:"),
            ("x kind:WAR is:no", "kind:"),
        ):
            await pilot.press("/", *typed, then=seen(pilot, f"? unknown {named}", 1))
            await pilot.press("escape", then=seen(pilot, "Bulletins 3", 1))
            assert "unknown" not in text(app)


async def test_the_keys_are_those_of_the_search_row_while_one_types_there() -> None:
    async with terminal(three(), NARROW) as (app, pilot):
        await pilot.press("/", *"kind:MEDEVAC")
        for size in (NARROW, WIDE):
            await pilot.resize(size)
            await until(pilot, lambda: "Esc end the search" in lines(app)[-1])
            assert "to the hits" in lines(app)[-1]
            assert "n N" not in lines(app)[-1]
        await pilot.press("enter", then=lambda: "n N next hit" in lines(app)[-1])
        await pilot.resize(NARROW)
        assert "n N next hit" in lines(app)[-1]


async def test_nothing_that_is_typed_breaks_the_list() -> None:
    broken = ("near:::", "near:1e999km", "after:0000", "thread:#")
    async with terminal(three(), NARROW) as (app, pilot):
        for typed in (HOSTILE, *broken, "a" * 500, ":" * 300):
            await pilot.press("/")
            pilot.front(Bulletins).seek(typed)
            await until(
                pilot, lambda: " of 0" in lines(app)[1] or " of 1" in lines(app)[1]
            )
            assert "\x1b" not in text(app)
            await pilot.press("escape", then="Bulletins 3")


async def test_a_slow_search_never_overtakes_what_is_listed_now() -> None:
    desk = three()
    async with terminal(desk, WIDE) as (app, pilot):
        await pilot.press("/", *"kind:MEDEVAC", "escape")
        await pilot.pause(0.2)
        assert "Bulletins 3" in lines(app)[1]


async def test_every_filter_is_in_the_cycle() -> None:
    desk = three()
    desk.changed[1] = replace(
        desk.read(1), row=changed(desk.row(1), standing="RECALLED")
    )
    async with terminal(desk, WIDE) as (app, pilot):
        for name, word in list(FILTERS.items())[1:]:
            await pilot.press("f", then=seen(pilot, f"filter: {word}", 1))
            want = f"Bulletins {len(desk.ids(name))} "
            await until(pilot, seen(pilot, want, 1))
        await pilot.press("f", then=lambda: "filter" not in lines(app)[1])
    assert {"DUE", "RECALLED", "TO_TRANSLATE"} <= FILTERS.keys()


async def test_in_chinese_the_title_has_a_colon_of_its_own() -> None:
    async with terminal(three(settings={"language": "zh-Hans"}), WIDE) as (app, pilot):
        await pilot.press("f", then=lambda: "筛选：未读" in lines(app)[1])


async def test_a_search_is_kept_under_a_name_and_used_again() -> None:
    desk = three()
    async with terminal(desk, NARROW) as (app, pilot):
        await pilot.press("/", *"kind:MEDEVAC", "enter", "s")
        await until(pilot, "No search is kept yet.")
        await pilot.press("k", then="Name of the search")
        await pilot.press(*"رات", "enter")
        await until(pilot, lambda: desk.saved == {"رات": "kind:MEDEVAC"})
        await until(pilot, lambda: "kind:MEDEVAC" in text(app) and "ﺕﺍﺭ" in text(app))
        await pilot.press("escape", "escape", then="Bulletins 3")
        await pilot.press("s", then="kind:MEDEVAC")
        await pilot.press("enter", then="Bulletins 1")
        assert "kind:MEDEVAC" in lines(app)[2]


async def test_a_kept_search_is_forgotten() -> None:
    desk = three(saved={"a": "is:unread", "b": "kind:WARNING"})
    async with terminal(desk, WIDE) as (app, pilot):
        await pilot.press("s", then="a: is:unread")
        await pilot.press("down", "delete")
        await until(pilot, lambda: "kind:WARNING" not in text(app))
        assert desk.saved == {"a": "is:unread"}


async def test_nothing_is_kept_where_nothing_is_sought() -> None:
    """Nor under a name that is refused, which is said."""
    desk = three()
    async with terminal(desk, WIDE) as (app, pilot):
        await pilot.press("s", then=Saved)
        await pilot.press("k", then="Search first, then save it.")
        await pilot.press("enter", "delete", "escape", then=Bulletins)
        desk.refuse = Refusal(Reason.FIELD_VALUE, "search")
        await pilot.press("/", "x", "enter", "s", then="No search is kept yet.")
        await pilot.press("k", "y", "enter", then=lambda: says(app, Reason.FIELD_VALUE))
        assert desk.saved == {}


async def test_what_is_typed_at_once_with_the_slash_is_sought() -> None:
    """And is no command of the list: `a` acknowledges there, `e` reveals a route."""
    desk = three()
    async with terminal(desk, WIDE) as (app, pilot):
        screen = app.screen
        for letter in "/near":
            named = "slash" if letter == "/" else letter
            app.post_message(events.Key(named, letter))
        await until(pilot, lambda: screen.query_one("#find", Edit).text == "near")
        assert app.screen is screen
        app.post_message(events.Key("enter", None))
        await until(pilot, lambda: screen.focused is not screen.query_one("#find"))
        assert not screen.has_class("reading")  # and it opened no bulletin
