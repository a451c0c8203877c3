"""A desk that was away takes what its node holds: how far it is, and killed at it."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from exchange.desk.status_records import CatchUp
from exchange.desk.terminal import desk as terminal
from exchange.desk.terminal import top_row
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import envelope_pb2 as pb
from tests.desk.bench import Bench, client, said
from tests.desk.forging import entry_arrived, sealed, text
from tests.desk.killed_filing import PAGE, open_desk, read_arrivals
from tests.desk.test_filing_together import fresh, tables
from tests.node.world import CN, PK

BULLETINS = 6 * PAGE


def test_how_far_a_catch_up_is(bench: Bench) -> None:
    assert bench.cn.catch_up() is None  # the node was not asked yet
    for number in range(3):
        bench.pk.send(said(bench.world.nations[CN], f"Number {number}"))
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
        bench.pk.send(said(bench.world.nations[CN], f"Number {number}"))
    bench.world.meet()
    node = client(bench.cn)
    whole = node.page(bench.cn.load())
    node.page = lambda after: [one for one in whole[:-4] if one.number > after]  # type: ignore[method-assign]
    bench.cn.sync()
    far = bench.cn.catch_up()
    assert far is not None
    assert 0 < far.left < 4
    assert bench.cn.mailbox.database.count() == 3 - far.left


def traffic(bench: Bench, folder: Path) -> Path:
    """A file of arrivals for Islamabad's desk: all that its node has, then many."""
    cn, pk = bench.world.nations[CN], bench.world.nations[PK]
    with fresh(bench, folder, "begun") as desk:
        node, after, arrivals = client(desk), 0, list[desk_pb.Arrival]()
        while page := node.page(after):
            arrivals += page
            after = page[-1].number
        before = b""
        for place in range(BULLETINS):
            refers = [pb.Reference(relation=pb.RELATION_UPDATES, name=before)]
            content = text(pk, f"Convoy {place} delayed")
            sent = sealed(cn, pk, content, references=refers if before else [])
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
            assert child.stdout is not None
            told = child.stdout.readline()
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
        bench.pk.send(said(bench.world.nations[CN], f"Number {number}"))
    bench.world.meet()
    bench.cn.ask()
    view = terminal.TerminalDesk(bench.cn)
    assert view.link().catch_up is None
    monkeypatch.setattr(top_row, "CATCH_UP_SHOWN", 3)
    view._tell()
    assert view.look().catch_up == bench.cn.catch_up()
    bench.cn.sync()
    assert view.look().catch_up is None
    bench.cn.mailbox.database.on_change.clear()
