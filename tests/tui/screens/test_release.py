"""Release by two in the terminal: the queue, and what is signed from it."""

import pytest
from msgspec.structs import replace

from exchange.bulletin.prose_view import Doubt, Rendition
from exchange.desk.release_records import ReleaseItem, SignedReview
from exchange.errors import Reason, Refusal
from exchange.limits import DAY, MINUTE
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as env
from tests.tui.examples import NOW, name_of, review, row, status
from tests.tui.fake_desk import FakeDesk, three
from tests.tui.fake_releases import PASSPHRASE
from tests.tui.looking import (
    NARROW,
    WIDE,
    Looking,
    lines,
    notes,
    says,
    terminal,
    text,
    until,
    words,
)
from tests.tui.test_form import filled
from tui.app import DeskChanged
from tui.screens.bulletins import Bulletins
from tui.screens.compose import Compose
from tui.screens.release import Release
from tui.screens.release_queue import Queue, draft_again
from tui.screens.review import Sending
from tui.screens.review_page import challenge
from tui.widgets.page import TextPage

HOUR = 60 * MINUTE
CHIEF = "chief@ops.islamabad.pk"


def item(number: int, **fields: object) -> ReleaseItem:
    """One of the queue that this officer may sign, five hours before it is due."""
    author = "duty-2@ops.islamabad.pk"
    shown = row(number, author=author, subject=f"Bomb on the road {number}")
    base = ReleaseItem(shown, "EMERGENCY", NOW - 19 * HOUR, NOW + 5 * HOUR, True)  # noqa: FBT003
    return base._replace(**fields)  # type: ignore[arg-type]  # its own fields


def signed(
    number: int, precedence: str = "IMMEDIATE", **fields: object
) -> SignedReview:
    draft = filled().draft()
    code = env.Precedence.Value(f"PRECEDENCE_{precedence}")
    made = review(draft.replace(precedence=code), signer="duty-2@ops.islamabad.pk")
    return SignedReview(item(number, **fields), made)


def desk(*queue: SignedReview, **more: object) -> FakeDesk:
    return three(queue=queue, **more)


@pytest.mark.parametrize("language", ["en", "ur", "zh-Hans"])
async def test_the_queue_says_who_signs_and_until_when(language: str) -> None:
    queue = (
        signed(1),
        signed(2, until=NOW - 2 * HOUR),
        signed(3, signable=False),
        signed(4, until=NOW + 59 * MINUTE),
    )
    made = desk(*queue, settings={"language": language})
    async with terminal(made, WIDE) as (app, pilot):
        await pilot.press("p", then=Queue)
        for size in (NARROW, WIDE):
            await pilot.resize(size)
            await until(pilot, "Bomb on the road 3")
            shown = text(app)
            if language == "en":
                assert "For you to sign: 3" in shown
                assert "59 minutes left" in shown
                assert "For others to sign: 1" in shown
                assert "Sent as an emergency, not countersigned" in shown
                assert "5 hours left" in shown
                assert "late by 2 hours" in shown
        await pilot.press("escape", then=Bulletins)


async def test_what_is_countersigned_is_what_its_author_saw() -> None:
    made = desk(signed(1))
    async with terminal(made, NARROW) as (app, pilot):
        await opened(pilot)
        assert "As its author signed it: for you to sign" in words(app)
        before = text(app)
        await pilot.press("]", then=lambda: text(app) != before)  # another language
        await pilot.press("end")
        await pilot.pause()
        assert app.screen.query_one(TextPage).scroll_offset.y > 0
        await pilot.press("y")  # on Cancel: signs nothing
        await pilot.pause()
        assert made.countersigned == []
        await pilot.press("down", "y", then=lambda: made.countersigned == [name_of(1)])
        await until(pilot, Queue)
        await until(pilot, "For you to sign: 0")


async def test_a_flash_asks_for_its_digits_first() -> None:
    one = signed(1, "FLASH")
    made = desk(one)
    async with terminal(made, WIDE) as (_, pilot):
        await opened(pilot)
        await pilot.press("down", "y", then="type these digits")
        await pilot.press(*"00000", "enter", then="Wrong digits")
        assert made.countersigned == []
        await pilot.press("y", then="type these digits")
        await pilot.press(*challenge(one.review.draft), "enter")
        await until(pilot, lambda: made.countersigned == [name_of(1)])


async def test_who_may_not_sign_sees_it_and_signs_nothing() -> None:
    made = desk(signed(1, signable=False))
    async with terminal(made, WIDE) as (_, pilot):
        await opened(pilot)
        await pilot.press("down", "y", "enter", then=Queue)
        assert made.countersigned == []


async def test_a_refused_signature_is_said_and_may_be_given_again() -> None:
    made = desk(signed(1), forbids=Refusal(Reason.SIGNERS, CHIEF))
    async with terminal(made, WIDE) as (app, pilot):
        await opened(pilot)
        await pilot.press("down", "y", then=lambda: says(app, Reason.SIGNERS))
        made.forbids = None
        await pilot.press("y", then=lambda: made.countersigned == [name_of(1)])


@pytest.mark.parametrize(
    ("language", "late", "mine"),
    [
        ("en", "⚠ 1 not countersigned", "✎ 2 to countersign"),
        ("zh-Hans", "⚠ 1 份未会签", "✎ 2 份待会签"),
    ],
)
async def test_an_overdue_countersignature_is_an_alarm_on_top(
    language: str, late: str, mine: str
) -> None:
    state = status(uncountersigned=1, to_countersign=2)
    made = desk(state=state, settings={"language": language})
    async with terminal(made, WIDE) as (app, pilot):
        await until(pilot, lambda: late in lines(app)[0])
        assert mine in lines(app)[0]
        await pilot.resize(NARROW)
        await until(pilot, lambda: late in lines(app)[0])


# Drafts.


def waiting(number: int = 1, **fields: object) -> SignedReview:
    whole: dict[str, object] = {"state": "WAITING", "until": NOW + 9 * DAY}
    return signed(number, "PRIORITY", **whole | fields)


async def opened(pilot: Looking, number: int = 1) -> Release:
    app = pilot.app
    await pilot.press("p", then=f"Bomb on the road {number}")
    await pilot.press("enter", then=Release)
    await until(pilot, "Signed by")
    assert isinstance(app.screen, Release)
    return app.screen


async def test_a_draft_is_released_from_the_screen_of_its_author() -> None:
    made = desk(waiting(), becomes="refused")
    async with terminal(made, WIDE) as (app, pilot):
        await opened(pilot)
        assert "Waiting for release" in text(app)
        assert "Sign: duty-1@ops.islamabad.pk · EXERCISE · " in text(app)
        assert "release: Warning" in text(app)
        await pilot.press("down", "y", then=lambda: made.released == [(name_of(1), "")])
        await until(pilot, Queue)
        told = "Signed, but not sent: the node refuses it"
        await until(pilot, lambda: notes(app, told))


async def test_a_draft_is_returned_with_a_code_that_is_signed() -> None:
    made = desk(waiting())
    async with terminal(made, WIDE) as (_, pilot):
        await opened(pilot)
        await pilot.press("down", "down", "enter", then="Wrong handling label")
        await pilot.press(
            "down", "enter", then="Return (Wrong handling label): Warning"
        )
        assert made.returned == []
        await pilot.press("y", then=lambda: made.returned == [(name_of(1), "LABEL")])
        await until(pilot, Queue)


async def test_another_officer_who_is_here_releases_it_by_his_passphrase() -> None:
    made = desk(waiting(signable=False, state="DRAFTED"), present=("chief", "duty-3"))
    async with terminal(made, WIDE) as (app, pilot):
        await opened(pilot)
        await pilot.press("down", "enter", then="Releasing officer")
        await pilot.press("enter", then="Passphrase: chief")
        await pilot.press(*"wrong", "enter", then="Sign: chief@ops.islamabad.pk · ")
        assert "wrong" not in text(app)
        await pilot.press("down", "y", then=lambda: says(app, Reason.KEYSTORE))
        assert made.released == []

        await pilot.press("down", "enter", then="Releasing officer")
        await pilot.press("enter", then="Passphrase: chief")
        await pilot.press(*PASSPHRASE, then="•" * len(PASSPHRASE))
        assert PASSPHRASE not in text(app)
        await pilot.press("enter", then="Sign: chief@ops.islamabad.pk")
        await pilot.press("down", "y")
        await until(pilot, lambda: made.released == [(name_of(1), "chief")])


async def test_a_passphrase_that_is_left_or_was_not_used_signs_nothing() -> None:
    """It is forgotten with its screen."""
    made = desk(waiting(signable=False), present=("chief",))
    async with terminal(made, WIDE) as (_, pilot):
        left = await opened(pilot)
        await pilot.press("down", "enter", then="Releasing officer")
        await pilot.press("enter", then="Passphrase: chief")
        await pilot.press("q", "y", "escape", then=Release)
        await pilot.press("y", then="Releasing officer")
        assert made.released == []
        await pilot.press("enter", then="Passphrase: chief")
        await pilot.press(*PASSPHRASE, "enter")
        await until(pilot, lambda: PASSPHRASE in vars(left).values())
        await pilot.press("escape", then=Queue)
        assert PASSPHRASE not in vars(left).values()
        assert made.released == []


async def test_what_was_returned_is_written_again_by_its_author() -> None:
    made = desk(
        signed(
            1,
            state="RETURNED",
            signable=False,
            code="LABEL",
            by="chief@ops.islamabad.pk",
        )
    )
    async with terminal(made, WIDE) as (app, pilot):
        await opened(pilot)
        assert "Returned to its author: Wrong handling label" in text(app)
        assert f"({CHIEF})" in text(app)
        await pilot.press("down", "enter", then=Compose)
        await pilot.press("ctrl+s", then=Sending)
        await pilot.press("down", "y", then=lambda: made.instead == [name_of(1)])
        await until(pilot, Queue)


async def test_each_part_of_the_queue_says_how_it_stands() -> None:
    made = desk(
        waiting(1, signable=False),
        signed(2, state="RETURNED", signable=False, code="NOT_NOW"),
        signed(3, state="LAPSED", signable=False),
        signed(4, state="RELEASED", signable=False),
        signed(5, state="SIGNED", signable=False),
    )
    async with terminal(made, WIDE) as (app, pilot):
        await pilot.press("p", then="Bomb on the road 5")
        shown = text(app)
        for said in (
            "For you to sign: 0",
            "For others to sign: 2",
            "Returned or lapsed: 2",
            "Released: 1",
            "Waiting for release · 9 days left",
            "Returned to its author · Not now",
            "Lapsed without release",
            "beijing.cn#4 · since",
            "Signed by both, not recorded yet",
        ):
            assert said in shown, said


@pytest.mark.parametrize(
    ("numbers", "gone", "said", "next_one"),
    [
        ((1, 2, 3), {"state": "RELEASED"}, "Released: 1", 3),
        ((1, 2), {"state": "RETURNED", "code": "LABEL"}, "Returned or lapsed: 1", 1),
    ],
    ids=["within", "last"],
)
async def test_the_cursor_stays_with_what_is_still_to_be_signed(
    numbers: tuple[int, ...], gone: dict[str, str], said: str, next_one: int
) -> None:
    """What was signed moves to another part; the next Enter is not meant for it."""
    made = desk(*map(waiting, numbers))
    async with terminal(made, WIDE) as (app, pilot):
        await pilot.press("p", then=f"Bomb on the road {numbers[-1]}")
        await pilot.press("down")
        queue = list(made.queue)
        left = queue[1].item._replace(signable=False, **gone)  # type: ignore[arg-type]  # its own fields
        queue[1] = replace(queue[1], item=left)
        made.queue = queue
        app.post_message(DeskChanged())
        await until(pilot, said)
        chosen = pilot.front(Queue).choices.chosen
        assert chosen is not None
        assert chosen.kind == name_of(next_one).hex()


def test_what_two_were_to_sign_is_not_written_again_for_one() -> None:
    asked = filled().draft().replace(release=env.RELEASE_RELEASED, expires=NOW - 1)
    again = draft_again(asked, NOW)
    assert again.release == env.RELEASE_RELEASED
    assert (again.valid_from, again.expires) == (0, 0)


HIDDEN = "\x1b[2J\u202eموسم"


@pytest.mark.parametrize("language", ["en", "ur", "zh-Hans"])
async def test_a_translation_stands_above_its_source_with_what_is_held_against_it(
    language: str,
) -> None:
    """What it says acts on nothing; the line that signs says into which language."""
    one = signed(1, "PRIORITY", state="WAITING")
    source = one.review.draft.content
    said = Rendition(
        "ur",
        "REVIEWED",
        "HUMAN",
        {source.subject.id: HIDDEN},
        doubts={source.subject.id: [Doubt("a number is missing", wrong=True)]},
        translation=bulletin_pb2.Translation(lang="ur"),
    )
    one = replace(one, review=replace(one.review, translation=said), about=1)
    made = desk(one, settings={"language": language})
    async with terminal(made, WIDE) as (app, pilot):
        await pilot.press("p", then="Bomb on the road 1")
        await pilot.press("enter", then=Release)
        await pilot.pause()
        page = "\n".join(map(str, app.screen.query_one(TextPage).items))
        assert page.index("a number is missing") < page.index(source.subject.text)
        assert "\x1b[2J" not in text(app)
        await pilot.press("down")
        for size in (NARROW, (60, 20), WIDE):
            await pilot.resize(size)
            assert "\x1b[2J" not in text(app)
            if language == "en":
                assert "release: Urdu translation (Reviewed)" in words(app)
        await pilot.press("y", then=Queue)
        assert [name for name, *_ in made.released] == [name_of(1)]
