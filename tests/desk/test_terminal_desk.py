"""The desk as the terminal asks for it."""

import threading
import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from exchange.bulletin.values import iso
from exchange.desk.incoming.threads import open_desks
from exchange.desk.link import background_sync
from exchange.desk.link.heartbeats import Heartbeats
from exchange.desk.link_records import NO_BEAT
from exchange.desk.mailbox import LogTree
from exchange.desk.status_records import KeyEnd
from exchange.desk.terminal.desk import TerminalDesk
from exchange.errors import Reason
from exchange.limits import BEATS_KEPT
from exchange.node.posture import Posture
from exchange.trust.voice_check import spoken, voice_check
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb
from exchange.v1.desk_service_pb2 import GetStatusResponse, PeerStatus
from tests.desk.bench import CHINA, PAKISTAN, Bench, client, said
from tests.desk.forging import feed, from_china, sealed
from tests.expecting import present, refusing
from tests.node.world import CN, FILED, PK
from tests.trust.nation import DAY, YEAR
from tui.widgets.verdict_bar import verdict_rows


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
    once.set_setting("language", "ur")
    bench.reopen()
    assert TerminalDesk(bench.cn).setting("language") == "ur"


def test_a_row_and_its_bulletin(bench: Bench, view: TerminalDesk) -> None:
    bench.deliver()
    (row,) = view.page(1, 10)
    assert (row.node, row.index, row.kind, row.state) == (PK, 3, "SITREP", "cosigned")
    assert (row.read, row.ack_asked, row.acknowledged, row.outgoing) == (
        False,
        True,
        False,
        False,
    )
    opened = view.read(1)
    assert present(opened.content).subject.text == row.subject == "Convoy delayed"
    assert opened.recipients == [
        ("ops.beijing.cn", "ACTION"),
        ("ops.islamabad.pk", "COPY"),
    ]
    assert (opened.signer_standing, opened.notes) == ("GOOD", [])
    assert view.entry(1) == bench.cn.mailbox.messages.read(1).entry


def test_reading_and_acknowledging(bench: Bench, view: TerminalDesk) -> None:
    bench.deliver()
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
    bench.deliver()
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
    bench.deliver(request=asks)
    own, author = partial(view.page, 1, 1), TerminalDesk(bench.pk)
    for relation, left in (("ACKNOWLEDGED", (here,)), ("COMPLETED", ())):
        view.acknowledge(1, relation, "")
        bench.meet()
        ((row,), (sent,)) = own(), author.page(1, 1)
        assert row.acknowledged
        assert (row.open_at, row.open_here) == (left, bool(left))
        assert (sent.open_at, sent.open_here) == (left, False)
        assert view.read(1).row == row


def test_one_desk_that_read_it_stills_all(bench: Bench, view: TerminalDesk) -> None:
    bench.deliver(request={"acknowledge": "READ"})
    (row,) = bench.cn.mailbox.messages.page(1, 1)
    owing = ("ops.other.cn",)
    assert open_desks(row, "", owing) == owing
    assert open_desks(row._replace(acknowledged=1), "", owing) == ()
    assert open_desks(row, "RECALLED", owing) == ()
    assert open_desks(row._replace(acknowledged=1, direction="out"), "", owing) == owing
    assert view.page(1, 1)[0].open_here


def test_what_does_not_open_has_a_reason_and_a_filter(bench: Bench) -> None:
    feed(
        bench.pk,
        sealed(CHINA, PAKISTAN, b"no content"),
        from_china(),
    )
    view = TerminalDesk(bench.pk)
    assert list(view.ids("REFUSED")) == [1]
    opened = view.read(1)
    assert (opened.content, opened.row.verdict) == (None, "CONTENT")
    assert view.rows([1])[0].why == "CONTENT"
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
    bench.deliver(translations=[rendering])
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
    draft = said(PAKISTAN, "Call 0301 1234567")
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
    content = present(view.read(1).content)
    assert "subject.text PHONE" in content.confirmed  # who sends it answers for it
    assert view.desks() == ["ops.islamabad.pk"]


def test_a_review_says_what_sending_would(view: TerminalDesk) -> None:
    references = [{"relation": "ANSWERS", "name": "ab" * 32}]
    draft = said(PAKISTAN, references=references)
    with refusing(where="references.0.name"):
        view.review(draft)


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_flash_of_a_drill_is_counted_apart(bench: Bench) -> None:
    for mode in ("EXERCISE", "ACTUAL", "EXERCISE", "TEST"):
        bench.send(precedence="FLASH", mode=mode)
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
        bench.send(precedence="FLASH", mode="ACTUAL")
        bench.world.meet()
        until(lambda: view.count() == 1)
        assert told.is_set()
        until(lambda: view.look().flash == 1)
        client(bench.cn).down = True
        until(lambda: not view.look().up)
        view.submit(said(PAKISTAN))
        assert view.look().queued == 1
        client(bench.cn).down = False
        until(lambda: view.look().up and not view.look().queued)
    finally:
        end()
        view.stop()
    assert bench.cn.mailbox.messages.row(2).state == "local"
    assert view.look().peers[0].name == PK


# The report on the links, by a real desk that follows a real node.


@pytest.fixture
def following(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Iterator[TerminalDesk]:
    monkeypatch.setattr(background_sync, "PULSE_S", 0.02)
    monkeypatch.setattr(background_sync, "BACKOFF_MAX_S", 0.1)
    made = TerminalDesk(bench.cn)
    made.start()
    yield made
    made.stop()


def test_before_the_node_answered_nothing_is_known_of_partners(bench: Bench) -> None:
    report = TerminalDesk(bench.cn).links()
    assert (report.own.name, report.own.up, report.told_at) == (CN, False, 0)
    assert not report.partners


def test_a_node_that_answers_and_then_dies(
    bench: Bench, following: TerminalDesk
) -> None:
    bench.world.cn.node.posture = Posture(minimize=True, emcon="QUIET")
    until(lambda: following.links().own.minimize)
    report = following.links()
    assert (report.own.up, report.own.emcon, report.own.apart) == (True, "QUIET", 0)
    assert [one.name for one in report.partners] == [PK]
    assert report.failure is None
    assert NO_BEAT not in report.own.beats
    client(bench.cn).down = True
    until(
        lambda: not following.links().own.up and NO_BEAT in following.links().own.beats
    )
    sent = bench.cn.send(said(PAKISTAN))
    report = following.links()
    assert sent.state == "queued"
    assert report.own.next_try_at >= FILED
    assert report.failure is not None
    assert report.own.queued == 1
    assert [one.state for one in report.waiting if one.state == "queued"] == ["queued"]
    partner = report.partners[0]
    assert (partner.up, partner.since) == (False, 0), "nobody can tell"
    assert following.link().peers[0].since == 0
    client(bench.cn).down = False
    until(lambda: following.links().own.up and not following.links().own.queued)


def test_what_waits_is_told_to_the_second(bench: Bench) -> None:
    client(bench.cn).down = True
    bench.cn.clock = lambda: FILED + 38
    bench.send_back()
    (line,) = [one.line for one in TerminalDesk(bench.cn).links().waiting]
    assert line.endswith(f", since {iso(FILED)}")


def test_beats_are_bounded_and_fall_silent_together() -> None:
    beats = Heartbeats()
    peers = [PeerStatus(name="p", up=True, heard_at=70), PeerStatus(name="q", up=True)]
    for _ in range(2 * BEATS_KEPT):
        beats.answered("own", 3, GetStatusResponse(time=100, peers=peers))
    assert len(beats.of("own")) == len(beats.of("p")) == BEATS_KEPT
    assert (beats.of("p")[-1], beats.of("q")[-1]) == (30, NO_BEAT)
    beats.silent()
    assert beats.of("own")[-1] == beats.of("p")[-1] == NO_BEAT
    assert beats.of("unknown") == ()
    beats.answered("own", 3, GetStatusResponse(time=100, peers=peers[:1]))
    assert beats.of("q") == (), "of what its node names no more nothing is kept"
    assert len(beats.of("p")) == BEATS_KEPT


def test_a_partner_silent_by_its_own_emcon_is_told_apart(
    bench: Bench, following: TerminalDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = client(bench.cn).status

    def silent() -> GetStatusResponse:
        told = ask()
        for one in told.peers:
            one.up, one.reason = False, "EMCON"
        return told

    monkeypatch.setattr(client(bench.cn), "status", silent)
    until(lambda: [one.emcon for one in following.links().partners] == ["SILENT"])
    until(lambda: [one.emcon for one in following.look().peers] == [True])
    client(bench.cn).down = True
    until(lambda: [one.emcon for one in following.look().peers] == [False])


# The voice check at two desks.


def test_both_desks_read_the_same(bench: Bench) -> None:
    name = bench.deliver()
    found = [
        voice_check(desk.mailbox.messages.read(name).entry)
        for desk in (bench.pk, bench.cn)
    ]
    assert found[0] == found[1] == spoken(name, found[0].kid)
    shown = TerminalDesk(bench.cn).voice_check(1)
    assert (tuple(shown.words), shown.digits) == (found[0].words, found[0].digits)
    assert (shown.name, shown.author) == (name.hex(), bench.pk.officer.name)
