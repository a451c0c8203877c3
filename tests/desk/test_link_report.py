"""The report on the links, by a real desk that follows a real node."""

import time
from collections.abc import Callable, Iterator

import pytest

from exchange.bulletin.values import iso
from exchange.desk.link import background_sync
from exchange.desk.link.heartbeats import Heartbeats
from exchange.desk.link_records import NO_BEAT
from exchange.desk.terminal.desk import TerminalDesk
from exchange.limits import BEATS_KEPT
from exchange.node.posture import Posture
from exchange.v1.desk_service_pb2 import GetStatusResponse, PeerStatus
from tests.desk.bench import Bench, client, said
from tests.node.world import CN, FILED, PK


@pytest.fixture
def view(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Iterator[TerminalDesk]:
    monkeypatch.setattr(background_sync, "PULSE_S", 0.02)
    monkeypatch.setattr(background_sync, "BACKOFF_MAX_S", 0.1)
    made = TerminalDesk(bench.cn)
    made.start()
    yield made
    made.stop()


def until(holds: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_before_the_node_answered_nothing_is_known_of_partners(bench: Bench) -> None:
    report = TerminalDesk(bench.cn).links()
    bench.cn.mailbox.database.on_change.clear()
    assert (report.own.name, report.own.up, report.told_at) == (CN, False, 0)
    assert not report.partners


def test_a_node_that_answers_and_then_dies(bench: Bench, view: TerminalDesk) -> None:
    bench.world.cn.node.posture = Posture(minimize=True, emcon="QUIET")
    until(lambda: view.links().own.minimize)
    report = view.links()
    assert (report.own.up, report.own.emcon, report.own.apart) == (True, "QUIET", 0)
    assert [one.name for one in report.partners] == [PK]
    assert report.failure is None
    assert NO_BEAT not in report.own.beats
    client(bench.cn).down = True
    until(lambda: not view.links().own.up and NO_BEAT in view.links().own.beats)
    sent = bench.cn.send(said(bench.world.nations[PK]))
    report = view.links()
    assert sent.state == "queued"
    assert report.own.next_try_at >= FILED
    assert report.failure is not None
    assert report.own.queued == 1
    assert [one.state for one in report.waiting if one.state == "queued"] == ["queued"]
    partner = report.partners[0]
    assert (partner.up, partner.since) == (False, 0), "nobody can tell"
    assert view.link().peers[0].since == 0
    client(bench.cn).down = False
    until(lambda: view.links().own.up and not view.links().own.queued)


def test_what_waits_is_told_to_the_second(bench: Bench) -> None:
    client(bench.cn).down = True
    bench.cn.clock = lambda: FILED + 38
    bench.cn.send(said(bench.world.nations[PK]))
    (line,) = [one.line for one in TerminalDesk(bench.cn).links().waiting]
    bench.cn.mailbox.database.on_change.clear()
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
    bench: Bench, view: TerminalDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = client(bench.cn).status

    def silent() -> GetStatusResponse:
        told = ask()
        for one in told.peers:
            one.up, one.reason = False, "EMCON"
        return told

    monkeypatch.setattr(client(bench.cn), "status", silent)
    until(lambda: [one.emcon for one in view.links().partners] == ["SILENT"])
    until(lambda: [one.emcon for one in view.look().peers] == [True])
    client(bench.cn).down = True
    until(lambda: [one.emcon for one in view.look().peers] == [False])
