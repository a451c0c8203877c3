"""Why an envelope is not there yet, at each step; how far a desk is that catches up."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from exchange.cli import log_output
from exchange.desk.link.way import QUEUED, SENT, SHOWN, Wait, count_queued, find_waits
from exchange.desk.status_records import CatchUp
from exchange.desk.terminal import desk as terminal
from exchange.desk.terminal import top_row
from exchange.node import on_the_way
from exchange.node.posture import Posture
from exchange.store import SaidRefusal
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import envelope_pb2 as pb
from exchange.v1.desk_service_pb2 import GetStatusResponse
from tests.desk.bench import CHINA, PAKISTAN, Bench, client
from tests.desk.forging import entry_arrived, pointing, sealed, text
from tests.desk.killed_filing import PAGE, open_desk, read_arrivals
from tests.desk.test_filing_together import fresh, tables
from tests.expecting import present
from tests.node.world import CN, PK


def waits(
    bench: Bench, name: bytes, status: GetStatusResponse | None = None
) -> list[Wait]:
    message = bench.pk.mailbox.messages.read(name)
    return find_waits(bench.pk.mailbox, PK, message, status)


def answer(bench: Bench, posture: str = "OFF", **peer: object) -> GetStatusResponse:
    """Return what the own node says, with this of its partner."""
    status = client(bench.pk).status()
    for field, value in peer.items():
        setattr(status.peers[0], field, value)
    status.emcon = posture
    del status.on_the_way[:]
    on_the_way.count(status, {})
    return status


def test_it_waits_for_the_own_node(bench: Bench) -> None:
    client(bench.pk).down = True

    name = bench.send("Convoy delayed")

    (wait,) = waits(bench, name)
    assert (wait.node, wait.reason) == (PK, "UNREACHABLE")
    assert wait.since


def test_then_for_the_partner_and_why(bench: Bench) -> None:
    bench.send("Before it")
    name = bench.send("Convoy delayed")
    dark = answer(bench, up=False, reason="CERTIFICATE_TIME", since=7)

    assert waits(bench, name, dark) == [Wait(CN, "CERTIFICATE_TIME", 7)]
    assert waits(bench, name, answer(bench, up=True)) == [Wait(CN, QUEUED, 0, 1)]
    quiet = answer(bench, up=True, emcon=True)
    assert waits(bench, name, quiet) == [Wait(CN, "EMCON")]
    quiet = answer(bench, "QUIET", up=True)
    assert waits(bench, name, quiet) == [Wait(PK, "EMCON")]


def test_what_is_on_the_line_waits_for_its_answer(bench: Bench) -> None:
    """The first of what the partner has not are sent; the rest goes behind them."""
    first, second = bench.send("Convoy delayed"), bench.send("Convoy arrived")
    status = answer(bench, up=True)
    (queued,) = status.on_the_way
    assert (queued.state, queued.to, queued.reason) == ("local", CN, QUEUED)
    assert queued.count == status.peers[0].queued

    del status.on_the_way[:]
    on_the_way.count(status, {CN: queued.count - 1})

    assert [(r.reason, r.count) for r in status.on_the_way] == [
        (SENT, queued.count - 1),
        (QUEUED, 1),
    ]
    assert waits(bench, first, status) == [Wait(CN, SENT, 0, queued.count - 2)]
    assert waits(bench, second, status) == [Wait(CN, QUEUED, 0, queued.count - 1)]


def test_what_passed_the_others_is_shown_there_as_that_node_says(bench: Bench) -> None:
    name = bench.send("Convoy delayed", precedence="FLASH", mode="ACTUAL")
    status = answer(bench, up=True)
    status.peers[0].shown.append(name)

    (wait,) = waits(bench, name, status)

    assert (wait.node, wait.reason) == (CN, SHOWN)
    (line,) = log_output.wait_lines([wait])
    assert line.startswith(f"waits for {CN}: already shown there, as that node says")


def test_what_the_own_node_does_not_take_is_counted_by_why(bench: Bench) -> None:
    """Down, then in MINIMIZE: the same count, another reason."""
    client(bench.pk).down = True
    bench.send("Convoy delayed", precedence="ROUTINE")
    bench.send("Convoy arrived", precedence="ROUTINE")

    (down,) = count_queued(bench.pk.mailbox, PK, up=False)
    assert (down.state, down.to, down.count) == ("queued", "", 2)
    assert (down.node, down.reason, down.since) == (PK, "UNREACHABLE", bench.now)

    client(bench.pk).down = False
    bench.world.pk.node.posture = Posture(minimize=True)
    bench.pk.push()

    (held,) = count_queued(bench.pk.mailbox, PK, up=True)
    assert (held.state, held.reason, held.count) == ("queued", "MINIMIZE", 2)


def test_what_a_partner_refuses_is_counted_by_why(bench: Bench) -> None:
    node = bench.world.pk.node
    for index, reason in ((3, "LABEL"), (4, "SIZE"), (5, "LABEL")):
        told = SaidRefusal(index, reason, b"")
        node.store.partners.note_refusal(node.origin, CN, told, bench.now)

    rows = client(bench.pk).status().on_the_way

    refused = [(r.node, r.reason, r.count) for r in rows if r.state == "refused"]
    assert refused == [(CN, "LABEL", 2), (CN, "SIZE", 1)]
    assert not node.store.partners.count_refusals(bench.now + 1)


def test_at_last_for_nothing(bench: Bench) -> None:
    name = bench.deliver("Convoy delayed")

    assert waits(bench, name, answer(bench)) == []
    assert (
        find_waits(bench.cn.mailbox, CN, bench.cn.mailbox.messages.read(name), None)
        == []
    )


# A desk that was away takes what its node holds: how far it is, and killed at it.


BULLETINS = 4 * PAGE


def test_how_far_a_catch_up_is(bench: Bench) -> None:
    assert bench.cn.catch_up() is None  # the node was not asked yet
    for number in range(3):
        bench.send(f"Number {number}")
    bench.world.meet()
    held = sum(head.size for head in bench.cn.ask().heads)
    assert bench.cn.catch_up() == CatchUp(held - 3, held)
    page = client(bench.cn).page(bench.cn.load())
    first = next(i for i, one in enumerate(page) if one.HasField("entry"))
    bench.cn.apply(page[: first + 1])
    far = bench.cn.catch_up()
    assert far == CatchUp(held - 2, held)
    assert far.left == 2
    bench.cn.sync()
    assert bench.cn.catch_up() == CatchUp(held, held)


def test_a_watch_that_ends_early_says_how_far_it_came(bench: Bench) -> None:
    """A command waits for some time only; what it took is kept and shown."""
    for number in range(3):
        bench.send(f"Number {number}")
    bench.world.meet()
    node = client(bench.cn)
    whole = node.page(bench.cn.load())
    node.page = lambda after: [one for one in whole[:-4] if one.number > after]  # type: ignore[method-assign]
    bench.cn.sync()
    far = present(bench.cn.catch_up())
    assert 0 < far.left < 4
    assert bench.cn.mailbox.database.count() == 3 - far.left


def traffic(bench: Bench, folder: Path) -> Path:
    """A file of arrivals for Islamabad's desk: all that its node has, then many."""
    with fresh(bench, "begun") as desk:
        node, after, arrivals = client(desk), 0, list[desk_pb.Arrival]()
        while page := node.page(after):
            arrivals += page
            after = page[-1].number
        before = b""
        for place in range(BULLETINS):
            refers = pointing(pb.RELATION_UPDATES, before)
            content = text(PAKISTAN, f"Convoy {place} delayed")
            sent = sealed(CHINA, PAKISTAN, content, references=refers if before else [])
            arrival = entry_arrived(desk, CN, sent)
            arrival.number += place
            arrival.entry.index += place
            arrivals.append(arrival)
    path = folder / "arrivals"
    path.write_bytes(desk_pb.WatchResponse(arrivals=arrivals).SerializeToString())
    return path


def test_a_page_is_filed_whole_or_not_at_all_when_killed(
    bench: Bench, tmp_path: Path
) -> None:
    """Killed at any moment, again and again: nothing is lost, nothing filed twice."""
    path, killed = traffic(bench, tmp_path), tmp_path / "killed.mailbox"
    arrivals, rng = read_arrivals(path), random.Random(1)  # noqa: S311  # the same again
    bulletins = [one.number for one in arrivals[-BULLETINS:]]
    command = [sys.executable, "-m", "tests.desk.killed_filing", str(killed), str(path)]
    ends, found = 0, dict[str, list[str]]()
    while not found:
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
            told = present(child.stdout).readline()
            time.sleep(rng.random() * 0.1)
            child.kill()
        ends += 1
        with open_desk(killed) as desk:
            cursor = desk.load()
            filed = [number for number in bulletins if number <= cursor]
            assert cursor >= int(told or 0)
            assert desk.mailbox.database.count() == len(filed)
            if cursor == arrivals[-1].number:
                found = tables(desk)
    assert ends > 1
    with open_desk(tmp_path / "whole.mailbox") as desk:
        desk.apply(arrivals)
        assert tables(desk) == found


def test_the_top_row_is_told_of_a_long_catch_up_alone(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        bench.send(f"Number {number}")
    bench.world.meet()
    bench.cn.ask()
    view = terminal.TerminalDesk(bench.cn)
    assert view.link().catch_up is None
    monkeypatch.setattr(top_row, "CATCH_UP_SHOWN", 3)
    view._tell()
    assert view.look().catch_up == bench.cn.catch_up()
    bench.cn.sync()
    assert view.look().catch_up is None
