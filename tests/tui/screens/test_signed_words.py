"""Every box that signs says the same five things, in the same order, in each language.

Who signs; what; its handling; to which desks; about which bulletin.
"""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace
from textual.screen import Screen

from exchange.bulletin.codes import label as code_label
from exchange.desk.records import Neighbour, Row
from exchange.desk.status_records import HandoverReview
from tests.tui.examples import NOW, review, row
from tests.tui.fake_desk import FakeDesk, three
from tests.tui.looking import NARROW, WIDE, Looking, terminal, text, until
from tests.tui.screens.test_release import item
from tests.tui.screens.test_release import signed as to_release
from tests.tui.screens.test_translate import desk as translating
from tests.tui.screens.test_translate import written
from tests.tui.test_form import filled
from tui.app import Terminal
from tui.drafts import Slot
from tui.form import Reference
from tui.screens.acknowledge import WHY, Acknowledge
from tui.screens.acknowledge_many import AcknowledgeMany
from tui.screens.bulletins import Bulletins
from tui.screens.previews import previews
from tui.screens.recall import REASON, Recall
from tui.screens.release import Release
from tui.screens.reveal import box as reveal_box
from tui.screens.review import Sending
from tui.screens.review_page import ReviewPreview
from tui.screens.shift_handover import HandoverPage
from tui.screens.sign_again import SignAgain
from tui.screens.signature import tell_signed
from tui.screens.translation_box import send_box
from tui.signed_words import DESKS_NAMED, Signing, describe, mode_word
from tui.typed_keys import SeenFirst
from tui.widgets.bar import Bar
from tui.widgets.page import Text
from tui.widgets.sign_list import Act, SignList
from tui.words import label, lang, say

LANGUAGES = ("en", "ur", "zh-Hans")
OWN = "duty-1@ops.islamabad.pk"
BRIDGE = "Bridge closed"


def reviewed(mode: str = "ACTUAL") -> ReviewPreview:
    """A warning for two desks that updates beijing.cn#412, as it would be signed."""
    form = filled()
    form.values |= {"mode": [mode], "info": ["watch.beijing.cn"]}
    form.references = [Reference("UPDATES", "ab" * 32)]
    about = row(412, subject=BRIDGE)
    found = review(
        form.draft(), about=[Neighbour("UPDATES", forth=True, name=b"", row=about)]
    )
    return ReviewPreview(found, previews(found))


def sending(desk: FakeDesk, kind: Callable[..., Sending] = Sending) -> Sending:
    shown, draft = reviewed(), filled().draft()
    if kind is SignAgain:
        return SignAgain(desk, draft, shown, 1)
    return kind(desk, draft, shown, Slot(desk))


def releasing(desk: FakeDesk, state: str, code: str = "") -> Release:
    one = replace(to_release(3), item=item(3, state=state), review=reviewed().review)
    made = Release(desk, one, reviewed())
    made.code = code
    return made


def acknowledging(desk: FakeDesk) -> Acknowledge:
    made = Acknowledge(desk, desk.read(3))
    made.reason = "WEATHER"
    return made


def recalling(desk: FakeDesk) -> Recall:
    made = Recall(desk, desk.read(3))
    made.codes[REASON] = "WRONG_LABEL"
    return made


def translated(_: FakeDesk) -> Screen[Any]:
    desk = translating()
    return send_box(desk, desk.read(1), bench := written(desk), bench.pieces())


BOXES: dict[str, Callable[[FakeDesk], Screen[Any]]] = {
    "acknowledge": acknowledging,
    "acknowledge-many": lambda desk: AcknowledgeMany(
        desk, [desk.read(3), desk.read(1)]
    ),
    "recall": recalling,
    "reveal": lambda desk: reveal_box(desk, desk.read(3), "ROUTE-B"),
    "translation": translated,
    "review": sending,
    "sign-again": lambda desk: sending(desk, SignAgain),
    "release": lambda desk: releasing(desk, "WAITING", "LABEL"),
    "countersign": lambda desk: releasing(desk, "EMERGENCY"),
}


async def show(app: Terminal, pilot: Looking, box: Screen[Any]) -> None:
    """Put a box in front of the list, and wait until it is painted."""
    while not isinstance(app.screen, Bulletins):
        app.screen.dismiss()
        await pilot.pause()
    assert isinstance(box, SeenFirst)
    await pilot.show(box, lambda: app.screen is box and box.painted)


def said_by(screen: Screen[Any]) -> list[str]:
    """The lines of each choice that signs, one after the other."""
    return [
        "\n".join(one.text for one in choice.items if isinstance(one, Text))
        for choice in screen.query_one(SignList).offered
        if choice.act is Act.SIGN and choice.key != WHY
    ]


def order(said: str, *wanted: str) -> list[int]:
    """Where each thing stands, which must be behind the one before it."""
    found, end = [], 0
    for one in wanted:
        assert one in said[end:], (one, said)
        end = said.index(one, end) + len(one)
        found.append(end)
    return found


@pytest.mark.parametrize("language", LANGUAGES)
async def test_who_what_handling_to_whom_about_what(language: str) -> None:
    desk = three(settings={"language": language})
    async with terminal(desk, NARROW) as (app, pilot):
        flash, immediate = (
            code_label("precedence", code, lang()) for code in ("FLASH", "IMMEDIATE")
        )
        about = {
            "review": ("watch.beijing.cn", "Convoy at risk", "beijing.cn#412", BRIDGE),
            "sign-again": ("watch.beijing.cn", "Convoy at risk", "beijing.cn#412"),
            "release": (immediate, "TLP", "beijing.cn#3", "Bomb on the road"),
            "acknowledge": (flash, "TLP", "beijing.cn#3\n", "شمالی"),
            "acknowledge-many": (
                flash,
                "TLP:AMBER cn pk",
                "beijing.cn#3 beijing.cn#1",
            ),
            "translation": (say("{language} translation").format(language=""), "TLP"),
        }
        for name, made in BOXES.items():
            box = made(desk)
            await show(app, pilot, box)
            offered = said_by(box)
            assert offered
            for said in offered:
                order(
                    said,
                    *(say("Sign"), OWN, mode_word("ACTUAL")),
                    *("TLP:AMBER", say("to {desks}").format(desks="ops.beijing.cn")),
                )
                if name not in {"review", "sign-again"}:
                    order(said, "ops.beijing.cn", "beijing.cn#")
            order(offered[0], *about.get(name, ("TLP:AMBER",)))


@pytest.mark.parametrize("language", LANGUAGES)
async def test_actual_stands_out_without_colours(language: str) -> None:
    desk = three(settings={"language": language})
    async with terminal(desk, NARROW) as (app, pilot):
        for box in (acknowledging(desk), sending(desk)):
            await show(app, pilot, box)
            for size in (WIDE, NARROW):
                await pilot.resize(size)
                loud = label(mode_word("ACTUAL"))
                assert loud in loud_words(box.query_one(SignList))
                if isinstance(box, Sending):
                    above = loud_words(box.query_one("#handling", Bar))
                    assert loud in map(str.strip, above)


def loud_words(shown: SignList | Bar) -> list[str]:
    """The words that are drawn bold and reversed."""
    drawn = [shown.render_line(y) for y in range(shown.size.height)]
    return [
        segment.text
        for strip in drawn
        for segment in strip
        if segment.style and segment.style.bold and segment.style.reverse
    ]


async def test_a_drill_is_not_loud_and_a_reference_has_its_place_and_no_hex_name() -> (
    None
):
    desk = three()
    async with terminal(desk, WIDE) as (app, pilot):
        drill = Sending(desk, filled().draft(), reviewed("EXERCISE"), Slot(desk))
        await show(app, pilot, drill)
        assert "EXERCISE · Immediate · Warning" in text(app)
        assert loud_words(drill.query_one(SignList)) == []
        await show(app, pilot, sending(desk))
        await until(pilot, "> Updates")
        assert f"beijing.cn#412 {BRIDGE}" in text(app)
        assert "ab" * 8 not in text(app)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_shift_says_who_signs_and_how_much(language: str) -> None:
    both = (OWN, "duty-2@ops.islamabad.pk")
    made = HandoverReview(*both, NOW, NOW, "2 matters are open", (), b"")
    desk = three(settings={"language": language})
    async with terminal(desk, NARROW) as (app, pilot):
        page = HandoverPage(desk, made, by_token=False)
        await show(app, pilot, page)
        title = label("Hand-over of the shift")
        order(text(app), title, *both, "2 matters are open", label("sign"))


def test_no_more_desks_are_named_than_a_box_shows() -> None:
    desks = [f"d{n}.cn" for n in range(DESKS_NAMED + 3)]
    words = [one.text for one in describe(Signing(OWN, "Warning", to=desks))]
    assert words[1] == f"to {', '.join(desks[:DESKS_NAMED])} +3"


def state(name: str, **more: object) -> Row:
    return row(57, origin="islamabad.pk.fusion/log/1", state=name, **more)


@pytest.mark.parametrize(
    ("signed", "told"),
    [
        (state("local"), "Signed; in our node's log as islamabad.pk#57"),
        (state("local", log="islamabad.pk/2"), "log as islamabad.pk/2#57"),
        (state("queued", index=None), "Signed and kept here. It goes by itself"),
        (state("resign"), "Signed, but not sent: it must be signed again"),
        (state("drafted"), "It goes once a second officer has released it."),
        ("refused", "Signed, but not sent: the node refuses it"),
        ("local", "Signed; in our node's log"),
        ("waiting", "It goes once a second officer has released it."),
        (None, "Signed"),
    ],
)
def test_the_notice_says_where_it_is(signed: Row | str | None, told: str) -> None:
    assert told in tell_signed(signed)
