"""Two real nodes: one comes back from an old copy, from nothing, or after a fork."""

import asyncio
import os
import shutil
from contextlib import closing
from pathlib import Path

import pytest

from exchange import config
from exchange.audit.verify_database import verify_home
from exchange.cli import options, run
from exchange.clock import Clock
from exchange.desk.client import Desk
from exchange.home.nation import unlock_nation
from exchange.home.trust_files import read_bundle
from exchange.ledger import checkpoint
from exchange.net.assemble import open_home
from exchange.node import peer_heads, submissions
from exchange.node.submission_check import Submission
from exchange.store import Sighting, Store
from exchange.v1 import envelope_pb2 as pb
from tests.expecting import present
from tests.net.conftest import PASSPHRASE
from tests.net.test_link import (
    CN,
    PK,
    Pair,
    Site,
    assert_equal,
    held,
    linked,
    pair,
    until,
)

__all__ = ["pair"]  # the fixture

FIRST = checkpoint.log_origin(PK)
SECOND = checkpoint.log_origin(PK, 2)


def fusion(*arguments: object, words: str | None = None) -> int:
    """Run a command; `words` go to its --passphrase-fd."""
    given = [str(argument) for argument in arguments]
    if words is None:
        return run(given)
    reader, writer = os.pipe()
    os.write(writer, f"{words}\n".encode())
    os.close(writer)
    code = run([*given, "--passphrase-fd", str(reader)])
    os.close(reader)
    return code


def database(site: Site) -> Path:
    return config.node_home(site.home).database


def bring_back(site: Site, copy: Path | None) -> None:
    """Put an old copy in the place of a stopped node's database, or nothing."""
    for path in database(site).parent.glob("ledger.db*"):
        path.unlink()
    if copy is not None:
        shutil.copy(copy, database(site))


async def met(pair: Pair) -> Path:
    """Start both, let them meet, and return a copy of Islamabad's database."""
    pk, _ = pair
    await linked(pair)
    await pk.stop()
    copy = Path(shutil.copy(database(pk), pk.home / "copy.db"))
    await pk.start()
    await until(lambda: pk.node.may_sign and held(pair))
    return copy


def sign_beside(site: Site, sent: pb.Envelope) -> None:
    """Do what the start-up rule forbids: go on as if the partner had nothing."""
    with open_home(site.home, Clock()) as (node, _):
        peer_heads.hear_partner(node, CN, [])
        (answer,) = submissions.submit(node, [Submission(sent, None)])
        assert not answer.reason
        assert not answer.waiting


async def forked(pair: Pair) -> None:
    """Islamabad signs beside what Beijing holds, and both come to know."""
    pk, cn = pair
    copy = await met(pair)
    beside = pk.bulletin(b"beside", cn)
    await pk.submit(pk.bulletin(b"held by both", cn))
    await until(lambda: held(pair))
    await pk.stop()
    bring_back(pk, copy)
    await asyncio.to_thread(sign_beside, pk, beside)
    await pk.start()
    await until(lambda: FIRST in pk.node.forks and FIRST in cn.node.forks)


def resume(pair: Pair, *agreed: str) -> None:
    """Do what both operators do with stopped nodes: Beijing's ends the first log."""
    pk, cn = pair
    end, edition = pk.home / "end", pk.home / "edition"
    of = ("log", "resume", "--home", cn.home, "--of", PK, "--out", end)
    assert not fusion(*of, *agreed)
    begin = ("log", "resume", "--home", pk.home, "--end", end, "--yes")
    assert not fusion(*begin, words=PASSPHRASE)
    assert not fusion("trust", "export", "--home", pk.home, "--out", edition)
    assert not fusion("trust", "import", "--home", cn.home, edition)


async def resumed(pair: Pair, **changes: object) -> None:
    """Start both again, until they agree on the second log; `changes` as of `start`."""
    pk, cn = pair
    await pk.start(**changes)
    await cn.start()
    await until(lambda: pk.node.store.logs.size(SECOND) == 1 and held(pair))


async def test_a_forked_log_goes_on_under_the_next_number(
    pair: Pair, capsys: pytest.CaptureFixture[str]
) -> None:
    pk, cn = pair
    await forked(pair)
    lost = pk.node.store.entries.page(FIRST, 3, 1)[0]
    await pk.stop()
    await cn.stop()

    await asyncio.to_thread(resume, pair)
    await resumed(pair)
    assert pk.node.store.logs.size(FIRST) == 4
    again = pb.Envelope(entry=lost.entry, wraps=lost.wraps, body=lost.body)
    await pk.submit(again)
    await until(
        lambda: cn.node.store.entries.by_name(lost.name) is not None and held(pair)
    )
    assert_equal(pair)
    assert "goes on in its next log" in capsys.readouterr().out
    await pk.stop()
    await cn.stop()
    for site in pair:
        report = verify_home(site.home)
        assert report.ok, report.faults
        assert {log.origin for log in report.logs} >= {FIRST, SECOND}


async def test_without_a_fork_nobody_begins_another_log(
    pair: Pair, capsys: pytest.CaptureFixture[str]
) -> None:
    pk, cn = pair
    await met(pair)
    await pk.stop()
    await cn.stop()
    end = pk.home / "end"
    end.write_bytes(b"")

    for given in (
        ("--home", cn.home, "--of", PK, "--out", end),
        ("--home", pk.home, "--end", end, "--yes"),
        ("--home", pk.home),
        ("--home", pk.home, "--of", "lahore.pk"),
    ):
        assert fusion("log", "resume", *given) == 2
        assert capsys.readouterr().err.count("\n") == 1


async def test_a_partner_takes_no_edition_with_a_log_that_nothing_explains(
    pair: Pair, capsys: pytest.CaptureFixture[str]
) -> None:
    from exchange.trust.enrol.bundle_editions import next_log  # noqa: PLC0415

    pk, cn = pair
    nation = config.nation_home(pk.home)
    keys = unlock_nation(nation, PASSPHRASE)
    assert keys.roots is not None
    held_ = read_bundle(nation.bundle)
    edition = pk.home / "edition"
    edition.write_bytes(next_log(held_, PK, keys.roots, options.now()).data)

    assert fusion("trust", "import", "--home", cn.home, edition) == 2

    assert "forked" in capsys.readouterr().err


def look(site: Site) -> tuple[int, int, bool | None]:
    """Sync the desk; return how much it took up of both logs, and what it thinks."""
    with Desk.open(site.home, "duty-1", PASSPHRASE) as desk:
        desk.sync()
        sizes = desk.arrivals.size(FIRST), desk.arrivals.size(SECOND)
        return *sizes, desk.agree()


async def test_a_desk_on_the_lost_branch_finds_its_way_into_the_second_log(
    pair: Pair,
) -> None:
    pk, cn = pair
    await forked(pair)
    await pk.stop()
    socket = {"socket": config.node_home(pk.home).socket, "desk": f"ops.{PK}"}
    await pk.start(**socket)
    assert (await asyncio.to_thread(look, pk))[0] == 4  # one of them is not Beijing's
    await pk.stop()
    await cn.stop()
    await asyncio.to_thread(resume, pair)
    await resumed(pair, **socket)

    assert await asyncio.to_thread(look, pk) == (4, 1, True)


async def test_a_log_that_lost_what_it_had_signed_goes_on_under_the_next_number(
    pair: Pair,
) -> None:
    """No fork is proven; the partner's operator ends it on his word."""
    pk, cn = pair
    copy = await met(pair)
    await pk.stop()
    socket = {"socket": config.node_home(pk.home).socket, "desk": f"ops.{PK}"}
    await pk.start(**socket)
    await until(lambda: pk.node.may_sign)
    await cn.stop()
    await pk.submit(pk.bulletin(b"lost", cn))
    signed = present(pk.node.store.heads.newest(FIRST))
    assert (await asyncio.to_thread(look, pk))[0] == signed.head.size
    await pk.stop()
    bring_back(pk, copy)
    with closing(Store(database(pk))) as store:  # as a repair leaves it
        store.sightings.keep(Sighting(signed.head, signed.note, promised=False, at=1))
    ask = ("log", "resume", "--home", cn.home, "--of", PK, "--out", pk.home / "end")
    assert fusion(*ask) == 2  # nobody has agreed
    await asyncio.to_thread(resume, pair, "--yes")
    await resumed(pair, **socket)

    # A desk has seen the end that was given up, and says so.
    peer_heads.hear_desk(pk.node, f"ops.{PK}", [signed.note])
    assert pk.node.may_sign
    assert pk.node.store.logs.size(FIRST) == signed.head.size - 1
    await pk.submit(pk.bulletin(b"after", cn))
    await until(lambda: cn.node.store.logs.size(SECOND) == 2)
