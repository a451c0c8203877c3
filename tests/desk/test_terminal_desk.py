"""The desk as the terminal asks for it."""

import threading
import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from exchange.desk.incoming.threads import open_desks
from exchange.desk.mailbox import LogTree
from exchange.desk.status_records import KeyEnd
from exchange.desk.terminal.desk import TerminalDesk
from exchange.errors import Reason
from exchange.node.posture import Posture
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb
from tests.desk.bench import Bench, client, said
from tests.desk.forging import feed, sealed, text
from tests.expecting import refusing
from tests.node.world import CN, PK
from tests.trust.nation import DAY, YEAR
from tui.widgets.verdict_bar import verdict_rows


@pytest.fixture
def view(bench: Bench) -> Iterator[TerminalDesk]:
    made = TerminalDesk(bench.cn)
    yield made
    bench.cn.mailbox.database.on_change.clear()


def test_a_language_that_is_asked_for_holds_until_another_is_chosen(
    bench: Bench,
) -> None:
    TerminalDesk(bench.cn).set_setting("language", "zh-Hans")
    once = TerminalDesk(bench.cn, "en", asked="ur")
    assert once.setting("language") == "ur"
    assert TerminalDesk(bench.cn).setting("language") == "zh-Hans"
    once.set_setting("language", "en")
    assert once.setting("language") == "en"
    assert TerminalDesk(bench.cn).setting("language") == "en"
    bench.cn.mailbox.database.on_change.clear()


def test_a_row_and_its_bulletin(bench: Bench, view: TerminalDesk) -> None:
    bench.pk.send(said(bench.world.nations[CN]))
    bench.meet()
    (row,) = view.page(1, 10)
    assert (row.node, row.index, row.kind, row.state) == (PK, 3, "SITREP", "cosigned")
    assert (row.read, row.ack_asked, row.acknowledged, row.outgoing) == (
        False,
        True,
        False,
        False,
    )
    opened = view.read(1)
    assert opened.content is not None
    assert opened.content.subject.text == row.subject == "Convoy delayed"
    assert opened.recipients == [
        ("ops.beijing.cn", "ACTION"),
        ("ops.islamabad.pk", "COPY"),
    ]
    assert (opened.signer_standing, opened.notes) == ("GOOD", [])
    assert view.entry(1) == bench.cn.mailbox.messages.read(1).entry


def test_reading_and_acknowledging(bench: Bench, view: TerminalDesk) -> None:
    bench.pk.send(said(bench.world.nations[CN]))
    bench.meet()
    assert list(view.ids("UNREAD")) == list(view.ids("TO_ACKNOWLEDGE")) == [1]
    view.mark_read(1)
    assert view.acknowledge(1, "ACKNOWLEDGED", "Understood") == "local"
    assert not view.ids("UNREAD")
    assert not view.ids("TO_ACKNOWLEDGE")
    receipts = view.read(1).receipts
    assert {(r.relation, r.remark_text.text.text) for r in receipts} == {
        ("OPENED", ""),
        ("ACKNOWLEDGED", "Understood"),
    }
    client(bench.cn).down = True
    done = view.acknowledge(1, "COMPLETED", "Cafe\u0301")  # as an input method gives it
    assert done == "queued"
    assert "Café" in {r.remark_text.text.text for r in view.read(1).receipts}
    with refusing(Reason.CODE_UNKNOWN):
        view.acknowledge(1, "FORGOTTEN", "")


def test_an_open_bulletin_names_its_log_where_its_node_has_several(
    bench: Bench, view: TerminalDesk
) -> None:
    bench.pk.send(said(bench.world.nations[CN]))
    bench.meet()
    assert verdict_rows(view.read(1))[0][2].text == f"{PK}#3"

    second = bench.pk.mailbox.messages.row(1).origin.replace("/1", "/2")
    bench.cn.mailbox.logs.set_tree(second, LogTree(0, ()))

    assert verdict_rows(view.read(1))[0][2].text == f"{PK}/1#3"
    [row] = view.page(1, 1)
    assert row.place == f"{PK}/1#3", "also in a list"


def test_what_is_open_and_at_which_desk(bench: Bench, view: TerminalDesk) -> None:
    """Acknowledged is not done: both sides see what is open, until it is done."""
    here = bench.cn.officer.desk
    asks = {"acknowledge": "ACTION"}
    bench.pk.send(said(bench.world.nations[CN], request=asks))
    bench.meet()
    own, author = partial(view.page, 1, 1), TerminalDesk(bench.pk)
    for relation, left in (("ACKNOWLEDGED", (here,)), ("COMPLETED", ())):
        view.acknowledge(1, relation, "")
        bench.meet()
        ((row,), (sent,)) = own(), author.page(1, 1)
        assert row.acknowledged
        assert (row.open_at, row.open_here) == (left, bool(left))
        assert (sent.open_at, sent.open_here) == (left, False)
        assert view.read(1).row == row
    bench.pk.mailbox.database.on_change.clear()


def test_one_desk_that_read_it_stills_all(bench: Bench, view: TerminalDesk) -> None:
    bench.pk.send(said(bench.world.nations[CN], request={"acknowledge": "READ"}))
    bench.meet()
    (row,) = bench.cn.mailbox.messages.page(1, 1)
    owing = ("ops.other.cn",)
    assert open_desks(row, "", owing) == owing
    assert open_desks(row._replace(acknowledged=1), "", owing) == ()
    assert open_desks(row, "RECALLED", owing) == ()
    assert open_desks(row._replace(acknowledged=1, direction="out"), "", owing) == owing
    assert view.page(1, 1)[0].open_here


def test_what_does_not_open_has_a_reason_and_a_filter(bench: Bench) -> None:
    cn, pk = bench.world.nations[CN], bench.world.nations[PK]
    feed(bench.pk, sealed(cn, pk, b"no content"), sealed(cn, pk, text(pk)))
    view = TerminalDesk(bench.pk)
    assert list(view.ids("REFUSED")) == [1]
    opened = view.read(1)
    assert (opened.content, opened.row.verdict) == (None, "CONTENT")
    assert [step.ok for step in view.chain(1) if step.what == "SEAL"] == [False]


def test_a_stale_translation_shows_no_segment_of_another_source(
    bench: Bench, view: TerminalDesk
) -> None:
    rendering = {
        "lang": "ur",
        "state": "INITIAL",
        "origin": "HUMAN",
        "segments": {"s0": "قافلہ تاخیر کا شکار"},
    }
    bench.pk.send(said(bench.world.nations[CN], translations=[rendering]))
    bench.meet()
    (found,) = view.read(1).translations
    assert found.texts == {"s0": "قافلہ تاخیر کا شکار"}
    box = bench.cn.mailbox
    kept = box.messages.read(1).translations[0].content
    digest = bulletin_pb2.Translation.FromString(kept).segments[0].source
    changed = kept.replace(digest, bytes(32))
    with box.database.transaction():
        box.database.write("UPDATE translation SET content = ?", (changed,))
    assert view.read(1).translations[0].texts == {}


def test_review_and_submit(bench: Bench, view: TerminalDesk) -> None:
    draft = said(bench.world.nations[PK], "Call 0301 1234567")
    review = view.review(draft)
    assert review.signer == "duty-1@ops.beijing.cn"
    assert [(a.desk, a.recipient_class) for a in review.addressees] == [
        ("ops.islamabad.pk", pb.RECIPIENT_CLASS_ACTION),
        ("ops.beijing.cn", pb.RECIPIENT_CLASS_COPY),
    ]
    assert "subject.text PHONE" in review.personal
    assert review.size in {512, 1024}
    with refusing(Reason.PERSONAL_DATA):
        view.submit(draft)
    assert bench.cn.mailbox.database.count() == 0
    draft.content.confirmed.extend(review.personal)
    assert view.review(draft).personal == []
    name = view.submit(draft)
    assert bench.cn.mailbox.messages.row(name).state == "local"
    content = view.read(1).content
    assert content is not None
    assert "subject.text PHONE" in content.confirmed  # who sends it answers for it
    assert view.desks() == ["ops.islamabad.pk"]


def test_a_review_says_what_sending_would(bench: Bench, view: TerminalDesk) -> None:
    references = [{"relation": "ANSWERS", "name": "ab" * 32}]
    draft = said(bench.world.nations[PK], references=references)
    with refusing(where="references.0.name"):
        view.review(draft)


def test_settings_are_kept(bench: Bench, view: TerminalDesk) -> None:
    assert view.setting("language") == "en"
    view.set_setting("language", "ur")
    bench.reopen()
    assert TerminalDesk(bench.cn).setting("language") == "ur"


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_flash_of_a_drill_is_counted_apart(bench: Bench) -> None:
    for mode in ("EXERCISE", "ACTUAL", "EXERCISE", "TEST"):
        draft = said(bench.world.nations[CN], precedence="FLASH", mode=mode)
        bench.pk.send(draft)
    bench.meet()
    link = TerminalDesk(bench.cn).link()
    assert (link.flash, link.drilled) == (1, {"EXERCISE": 2, "TEST": 1})
    assert link.ringing == {1}
    assert link.drilling == {2, 3, 4}
    assert link.to_acknowledge == 4


def test_the_key_that_ends_first_is_named(bench: Bench) -> None:
    assert TerminalDesk(bench.cn).link().key_end is None
    bench.now += YEAR - 10 * DAY

    end = TerminalDesk(bench.cn).link().key_end

    assert end == KeyEnd(14, "fusion keys renew --all-due")


def test_a_nation_that_the_operator_suspended_is_shown(bench: Bench) -> None:
    node = bench.world.cn.node
    node.posture = Posture(suspended={"pk": bench.now})

    bench.cn.ask()

    assert TerminalDesk(bench.cn).link().suspended == [("pk", bench.now)]


def test_it_follows_the_node_and_tells_of_changes(bench: Bench) -> None:
    told = threading.Event()
    view = TerminalDesk(bench.cn)
    end = view.on_change(told.set)
    view.start()
    try:
        until(lambda: view.look().up)
        assert view.look().agree is True
        flash = said(bench.world.nations[CN], precedence="FLASH", mode="ACTUAL")
        bench.pk.send(flash)
        bench.world.meet()
        until(lambda: view.count() == 1)
        assert told.is_set()
        until(lambda: view.look().flash == 1)
        client(bench.cn).down = True
        until(lambda: not view.look().up)
        view.submit(said(bench.world.nations[PK]))
        assert view.look().queued == 1
        client(bench.cn).down = False
        until(lambda: view.look().up and not view.look().queued)
    finally:
        end()
        view.stop()
    assert bench.cn.mailbox.messages.row(2).state == "local"
    assert view.look().peers[0].name == PK
