"""Texts of the own log that a node has lost: it asks others for them, never itself."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given as given_by
from hypothesis import strategies as st

from exchange import envelope
from exchange.errors import Reason
from exchange.limits import LOST_TEXT_TURN
from exchange.node import outbox, views
from exchange.node.lost_texts import whom_to_ask
from exchange.node.session import ASK_AGAIN
from exchange.rebuild.run import Given, repair_file
from exchange.store import HELD
from tests.mesh.virtual_mesh import VirtualMesh, virtual_mesh
from tests.node.streams import End, open_stream, settle, tick
from tests.node.world import Site, core, recipients

COUNT = 6  # bulletins, more than go at once


@pytest.fixture
def mesh(tmp_path: Path) -> Iterator[VirtualMesh]:
    """Four members; the first has sent to the third."""
    with virtual_mesh(tmp_path, 4) as made:
        yield made


def send(mesh: VirtualMesh, *to: str) -> None:
    """Send bulletins of the first member to these, which all have got."""
    sender, *readers = (mesh.nations[one] for one in (next(iter(mesh.nations)), *to))
    named = {one.kid: one for reader in readers for one in recipients(sender, reader)}
    label = sorted({sender.domain, *(reader.domain for reader in readers)})
    keys = {one.sealing.kid: one.sealing.public for one in (sender, *readers)}
    for number in range(COUNT):
        header = core(
            sender,
            id=b"%d" % number * 16,
            releasable_to=label,
            recipients=[named[kid] for kid in sorted(named)],
        )
        sealed = envelope.seal(header, b"text", keys)
        sent = envelope.sign(sealed, [("author", sender.author)])
        assert not mesh.sites[sender.node].from_desk(sent)[0].reason
    mesh.carry_all()


def lose_database(mesh: VirtualMesh, folder: Path) -> Site:
    """Let the first member lose its database, and begin with an empty one."""
    name, before = next(iter(mesh.sites.items()))
    before.store.close()
    for path in folder.glob(f"{name}.db*"):
        path.unlink()
    others = [one for each, one in mesh.nations.items() if each != name]
    mesh.sites[name] = Site(mesh.nations[name], folder, others, before.now)
    return mesh.sites[name]


def states(site: Site) -> list[int | None]:
    entries = site.store.entries.page(site.node.origin, 0, 99)
    return [one.state for one in entries if one.desks and one.kind == 1]


def missing(site: Site) -> int:
    alarms = views.status(site.node).alarms
    return sum(one.reason == Reason.MISSING for one in alarms)


Streams = dict[str, tuple[End, End]]


def opened(mesh: VirtualMesh, site: Site, *others: str) -> Streams:
    return {one: open_stream(site, mesh.sites[one]) for one in others}


def go_on(streams: Streams, ticks: int = COUNT) -> None:
    for _ in range(ticks):
        for stream in streams.values():
            settle(stream)
            tick(stream)


def asked(streams: Streams) -> list[str]:
    """Return the members that were asked for lost texts, in the order of `streams`."""
    return [
        name
        for name, (mine, _) in streams.items()
        if any(one.HasField("cosigned") and one.cosigned.lacking for one in mine.told)
    ]


def given(streams: Streams) -> Counter[int]:
    """Return how often the text of each entry was sent."""
    told = [one for _, theirs in streams.values() for one in theirs.told]
    return Counter(one.bodies.index for one in told if one.HasField("bodies"))


def test_with_all_members_up_the_addressed_one_gives_what_others_never_had(
    mesh: VirtualMesh, tmp_path: Path
) -> None:
    """All streams are open when the log comes back, from one that has no text of it."""
    _, ignorant, addressed, last = mesh.nations
    send(mesh, addressed)
    site = lose_database(mesh, tmp_path)
    streams = opened(mesh, site, ignorant, addressed, last)
    settle(streams[ignorant])
    assert missing(site) == COUNT
    named = outbox.hello_positions(site.node, ignorant)
    assert not any(one.lacking for one in named)

    go_on(streams)

    assert not missing(site)
    assert states(site) == [HELD] * COUNT
    assert asked(streams) == [addressed]
    assert set(given(streams).values()) == {1}


def test_a_repair_is_not_done_while_a_text_of_the_own_log_is_lost(
    mesh: VirtualMesh, tmp_path: Path
) -> None:
    """The repair asks nobody, and there is nothing to rebuild: its node asks."""
    me, ignorant, addressed, _ = mesh.nations
    send(mesh, addressed)
    site = lose_database(mesh, tmp_path)
    streams = opened(mesh, site, ignorant)
    settle(streams[ignorant])
    bundles = {nation.domain: nation.bundle for nation in mesh.nations.values()}
    given = Given(me, bundles, now=site.now)
    path = tmp_path / f"{me}.db"

    outcome = repair_file(path, given, lambda *_: None)
    assert outcome.before.ok
    assert (outcome.after.lost, outcome.sound) == (COUNT, False)
    (told, *_) = outcome.after.lacks
    assert str(told) == (
        f"{site.node.origin}#{told.index}: its text is lost here (LOST); the members"
        " that it was for are asked for it, then all others"
    )

    streams |= opened(mesh, site, addressed)
    go_on(streams)
    outcome = repair_file(path, given, lambda *_: None)
    assert (outcome.after.lost, outcome.sound) == (0, True)


def test_of_several_addressed_each_gives_a_part(
    mesh: VirtualMesh, tmp_path: Path
) -> None:
    """And the other part, once it is its turn, where the first does not answer."""
    _, ignorant, one, two = mesh.nations
    send(mesh, one, two)
    site = lose_database(mesh, tmp_path)
    streams = opened(mesh, site, ignorant, one)
    settle(streams[ignorant])

    go_on(streams)
    assert missing(site) == COUNT / 2
    site.now += LOST_TEXT_TURN
    go_on(streams, ASK_AGAIN)

    assert not missing(site)
    assert states(site) == [HELD] * COUNT
    assert set(given(streams).values()) == {1}


def test_where_nobody_addressed_has_it_all_others_are_asked_in_turn(
    mesh: VirtualMesh, tmp_path: Path
) -> None:
    _, first, addressed, last = mesh.nations
    send(mesh, addressed)
    site = lose_database(mesh, tmp_path)
    streams = opened(mesh, site, first, last)
    settle(streams[first])

    go_on(streams)
    assert asked(streams) == []
    for _ in range(2):
        site.now += LOST_TEXT_TURN
        go_on(streams, 2)
        assert asked(streams) == [first, last]
    assert missing(site) == COUNT

    streams |= opened(mesh, site, addressed)
    go_on(streams)
    assert not missing(site)


NODES = ("a.a", "b.b", "c.c", "d.d")


@given_by(
    st.sets(st.sampled_from(["me.me", *NODES])),
    st.integers(0, 99),
    st.integers(0, 99),
)
def test_each_is_asked_in_turn_the_addressed_first_and_never_oneself(
    addressed: set[str], turn: int, index: int
) -> None:
    first = addressed & set(NODES)
    turns = [whom_to_ask(addressed, NODES, n, index) for n in range(len(NODES))]

    assert {name for some in turns[: len(first)] for name in some} == first
    assert {name for some in turns for name in some} == set(NODES)
    later = whom_to_ask(addressed, NODES, turn, index)
    assert set(later) <= set(NODES)
    assert len(later) == len(set(later)) <= 2
    assert not first or first & set(later)
