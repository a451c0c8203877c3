"""The queue of the terminal: what lacks a second signature, as its author signed it."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import pytest

from exchange.bulletin.content import decode
from exchange.cli import release
from exchange.cli.frame import AtDesk
from exchange.desk.client import Desk
from exchange.desk.officer import Officer
from exchange.desk.records import NONE
from exchange.desk.terminal.desk import TerminalDesk
from exchange.desk.terminal.releases import ReleaseQueue
from exchange.errors import Reason, Refusal
from exchange.limits import COUNTERSIGN_WITHIN
from exchange.v1 import envelope_pb2 as pb
from exchange.words import use
from tests.desk.bench import CHINA, RENDERED, Bench, client, refers, said
from tests.desk.release.test_countersign import EMERGENCY, LATE, emergency
from tests.desk.release.test_outbox import drafted
from tests.desk.releasers import WATCH, releaser, reviewer
from tests.expecting import present, refusing
from tests.node.world import FILED, PK
from tui.screens.previews import previews, sealing
from tui.screens.release import RELEASE, Release, open_review
from tui.text.safe_text import safe
from tui.widgets.page import Text


def test_an_emergency_waits_in_the_queue_for_a_releaser(bench: Bench) -> None:
    name = emergency(bench)
    author = TerminalDesk(bench.pk)
    (mine,) = author.release_queue()
    assert (mine.row.name, mine.state, mine.signable) == (name, "EMERGENCY", False)
    assert (mine.since, mine.until) == (FILED, FILED + COUNTERSIGN_WITHIN)
    assert (author.link().uncountersigned, author.link().to_countersign) == (0, 0)
    with pytest.raises(Refusal):
        author.countersign(name)

    with releaser(bench, PK) as chief:
        view = TerminalDesk(chief)
        assert [one.signable for one in view.release_queue()] == [True]
        assert view.link().to_countersign == 1
        view.countersign(name)
        assert view.release_queue() == []
        assert view.look().to_countersign == 0
        with refusing(Reason.NOT_FOUND):
            view.open_release(name)


def test_what_is_late_is_counted_at_every_desk_that_has_it(bench: Bench) -> None:
    emergency(bench)
    bench.now = LATE
    for desk in (bench.pk, bench.cn):
        view = TerminalDesk(desk)
        assert view.link().uncountersigned == 1
        assert [one.signable for one in view.release_queue()] == [False]


def test_it_is_opened_as_its_author_reviewed_it(bench: Bench) -> None:
    """The same items on the page, in each language: times, keys, label, text."""
    draft = said(CHINA, "Bomb on the road", **EMERGENCY)
    reviewed = TerminalDesk(bench.pk).review(draft)
    name = bench.pk.send(draft).name
    bench.meet()

    with releaser(bench, PK) as chief:
        opened = TerminalDesk(chief).open_release(name).review

    assert previews(opened) == previews(reviewed)
    assert sealing(opened) == sealing(reviewed)


# Drafts.


@dataclass
class Beside:
    """Another officer at the same machine, by a passphrase (`OfficersHere`)."""

    officer: Officer
    asked: tuple[str, str] = ("", "")

    def others(self, own: str) -> Sequence[str]:
        return [self.officer.name.partition("@")[0]] if own else []

    def unlock(self, short: str, passphrase: str) -> Officer:
        self.asked = short, passphrase
        if passphrase != "right":  # noqa: S105 - opens nothing
            raise Refusal(Reason.KEYSTORE, f"officers/{short}.key")
        return self.officer


def states(desk: Desk) -> list[tuple[str, bool]]:
    return [(one.state, one.signable) for one in TerminalDesk(desk).release_queue()]


def test_a_draft_stands_in_both_queues_as_its_author_signed_it(
    strict: Bench, chief: Desk
) -> None:
    draft = said(CHINA, "Convoy delayed")
    reviewed = TerminalDesk(strict.pk).review(draft)
    name = drafted(strict)
    assert states(strict.pk) == [("DRAFTED", False)]
    assert states(chief) == [("DRAFTED", True)]
    assert TerminalDesk(chief).link().to_release == 1
    assert TerminalDesk(strict.pk).link().to_release == 0
    assert reviewed.draft.content.subject.text

    opened = TerminalDesk(chief).open_release(name).review

    assert sealing(opened) == sealing(reviewed)
    assert previews(opened) == previews(reviewed)


def test_it_is_released_from_the_outbox_by_two_at_one_machine(
    strict: Bench, chief: Desk
) -> None:
    name = drafted(strict)
    beside = Beside(chief.officer)
    view = ReleaseQueue(strict.pk, beside)  # type: ignore[arg-type]  # asks for no file
    assert view.others() == ["duty-2"]
    with refusing(Reason.KEYSTORE):
        view.release(name, "duty-2", "wrong")
    with pytest.raises(Refusal) as refused:
        view.release(name)
    assert refused.value.reason is Reason.SIGNERS, "its author has no second key"
    assert states(strict.pk) == [("DRAFTED", False)]

    assert view.release(name, "duty-2", "right") == "queued", "the node is down"

    assert states(strict.pk) == [("SIGNED", False)]
    client(strict.pk).down = False
    strict.pk.sync()
    strict.meet()
    (done,) = TerminalDesk(strict.pk).release_queue()
    assert (done.state, done.row.index) == ("RELEASED", done.row.index)
    assert done.row.index is not None
    for desk in (strict.pk, strict.cn):
        shown = TerminalDesk(desk)
        number = desk.mailbox.messages.row(name).number
        assert f"islamabad.pk#{done.row.index}" in shown.read(number).release
        assert "duty-2@ops.islamabad.pk" in shown.read(number).release


def test_what_is_returned_is_said_with_its_code(strict: Bench, chief: Desk) -> None:
    name = drafted(strict)

    assert TerminalDesk(chief).give_back(name, "LABEL") == "local"

    (mine,) = TerminalDesk(strict.pk).release_queue()
    assert (mine.state, mine.code, mine.by) == (
        "RETURNED",
        "LABEL",
        "duty-2@ops.islamabad.pk",
    )
    link = TerminalDesk(strict.pk).link()
    assert (link.returned, link.to_sign) == (1, 0)  # it is told once
    opened = TerminalDesk(strict.pk).open_release(name)
    assert opened.review.draft.content.subject.text == "Convoy delayed"
    with pytest.raises(Refusal):
        TerminalDesk(chief).release(name)


def test_what_was_returned_is_written_again_in_its_place(
    strict: Bench, chief: Desk
) -> None:
    name = drafted(strict)
    client(chief).down = True
    assert TerminalDesk(chief).give_back(name, "INCOMPLETE") == "queued"
    client(chief).down = False
    chief.sync()
    view = TerminalDesk(strict.pk)
    mark = view.save_draft(NONE, "what is written again")
    again = said(CHINA, "Convoy delayed by an hour")

    new = view.submit(again, mark, name)

    (now,) = view.release_queue()
    assert (now.row.name, now.state) == (new, "DRAFTED")
    assert view.drafts() == []
    assert view.link().returned == 0
    old = present(strict.pk.mailbox.messages.read(new).content)
    assert [one.number for one in decode(old).numbers] == [1], "the number of the first"


def test_at_the_desk_that_reviews_it_is_open_until_its_text_is_gone(
    strict: Bench,
) -> None:
    """Then it is said where its text is."""
    with reviewer(strict) as watch:
        released, returned = (strict.send(review=WATCH) for _ in range(2))
        watch.sync()
        view = TerminalDesk(watch)
        view.give_back(returned, "OTHER")
        with refusing(Reason.NOT_FOUND, returned.hex()[:16]) as refused:
            view.open_release(returned)
        assert "its author's desk" in str(refused.value)
        client(watch).down = True
        view.release(released)
        mine = next(one for one in view.release_queue() if one.row.name == released)
        assert (mine.state, mine.row.subject) == ("SIGNED", "Convoy delayed")
        content = view.open_release(released).review.draft.content
        assert content.subject.text == "Convoy delayed"


@pytest.mark.parametrize("signed", [True, False])
def test_what_nobody_took_in_time_leaves_the_queue_or_has_lapsed(
    strict: Bench, chief: Desk, *, signed: bool
) -> None:
    """By the own clock: signed by two it is gone, and else it has lapsed."""
    name = drafted(strict)
    if signed:
        TerminalDesk(chief).release(name)
        assert states(strict.pk) == [("SIGNED", False)]
    strict.now = strict.pk.mailbox.messages.row(name).expires

    for desk in (strict.pk, chief):
        assert states(desk) == ([] if signed else [("LAPSED", False)])
        assert TerminalDesk(desk).link().to_release == 0
        if not signed:
            opened = TerminalDesk(desk).open_release(name)
            assert opened.review.draft.content.subject.text == "Convoy delayed"


@pytest.mark.parametrize("down", [True, False])
def test_the_list_says_so_as_soon_as_the_terminal_asks_its_node(
    strict: Bench, *, down: bool
) -> None:
    """Also where the node is away; and where the clock was wrong."""
    name = drafted(strict)
    client(strict.pk).down = down
    strict.pk.hand_over()
    view, row = TerminalDesk(strict.pk), strict.pk.mailbox.messages.row(name)
    assert row.state == ("drafted" if down else "waiting")
    strict.now = row.expires

    view.ask_node()
    assert states(strict.pk) == [("LAPSED", False)]
    assert [one.state for one in view.rows([row.number])] == ["lapsed"]

    strict.now -= 1
    view.ask_node()
    assert states(strict.pk)[0][0] in {"DRAFTED", "WAITING"}
    assert view.rows([row.number])[0].state in {"drafted", "waiting"}


def shown(items: Sequence[object]) -> str:
    return "\n".join(str(item) for item in items)


def test_a_translation_is_released_above_the_source_that_it_is_of(
    strict: Bench, chief: Desk
) -> None:
    draft = said(CHINA, "Convoy delayed", translations=[RENDERED])
    client(strict.pk).down = False
    about = strict.pk.send(draft).name
    chief.sync()
    view = TerminalDesk(chief)
    (waits,) = (
        one for one in view.release_queue() if one.row.envelope == pb.KIND_TRANSLATION
    )
    assert (waits.signable, waits.own) == (True, True)
    assert waits.row.subject == "Convoy delayed"

    opened = view.open_release(waits.row.name)

    assert opened.about == chief.mailbox.messages.row(about).number
    for page in previews(opened.review).values():
        text = shown(page)
        assert text.index("车队延误") < text.index("Convoy delayed")
        assert "详情：车队延误。" in text
    assert "Acknowledgement" not in shown(sealing(opened.review))
    view.release(about)
    view.release(waits.row.name)
    strict.meet()
    strict.meet()
    (there,) = strict.cn.mailbox.translations.of(about)
    assert there.lang == "zh-Hans"
    again = TerminalDesk(strict.pk).open_release(waits.row.name)
    assert previews(again.review) == previews(opened.review)


def test_a_translation_that_is_returned_can_be_opened_by_its_author(
    strict: Bench, chief: Desk
) -> None:
    draft = said(CHINA, "Convoy delayed", translations=[RENDERED])
    client(strict.pk).down = False
    strict.pk.send(draft)
    chief.sync()
    name = next(
        one.row.name
        for one in TerminalDesk(chief).release_queue()
        if one.row.envelope == pb.KIND_TRANSLATION
    )
    TerminalDesk(chief).give_back(name, "INCOMPLETE")
    strict.pk.sync()

    author = TerminalDesk(strict.pk)
    opened = author.open_release(name)

    assert (opened.item.state, opened.item.code) == ("RETURNED", "INCOMPLETE")
    assert present(opened.review.translation).texts["s0"] == "车队延误"
    assert author.translate(opened.about, "zh-Hans").pieces()


# The question of `fusion release sign` says what the box of the terminal says.


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
    other = strict.send_back("Bridge closed")
    strict.meet()
    answers = refers("ANSWERS", other)
    more: dict[str, object] = {"references": answers, "translations": [RENDERED]}
    strict.send("Convoy delayed", **more)
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
