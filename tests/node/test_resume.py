"""Log n + 1: how a node goes on after a fork (docs/spec/ledger.md, "Forks")."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange import envelope
from exchange.errors import Reason, Refusal
from exchange.ledger import checkpoint
from exchange.ledger.merkle import Edge
from exchange.node import outbox, peer_heads, upkeep, views
from exchange.trust import entries
from exchange.trust.enrol.bundle_editions import next_log
from exchange.v1 import envelope_pb2 as pb
from exchange.v1 import ledger_pb2
from tests.batches import serialized
from tests.expecting import present, refusing
from tests.node import receiving
from tests.node import world as worlds
from tests.node.receiving import receive_batch
from tests.node.test_restart import contents, copy_of, restart, send
from tests.node.world import CN, FILED, PK, World, bulletin, keys_of, name_of

FIRST = checkpoint.log_origin(PK)
SECOND = checkpoint.log_origin(PK, 2)
THEIRS = checkpoint.log_origin(CN)


@pytest.fixture
def forked(tmp_path: Path) -> Iterator[World]:
    """Islamabad went on from an old copy beside what Beijing holds; both know."""
    with worlds.world(tmp_path) as world:
        world.meet()
        copy = copy_of(world)
        send(world, b"held by both")
        world.meet()
        peer_heads.hear_partner(restart(world, copy).node, CN, [])
        send(world, b"beside")
        with pytest.raises(Refusal):
            peer_heads.hear_partner(
                world.pk.node, CN, outbox.log_positions(world.cn.node.store)
            )
        peer_heads.hear_partner(
            world.cn.node, PK, outbox.log_positions(world.pk.node.store)
        )
        assert FIRST in world.pk.node.forks
        assert FIRST in world.cn.node.forks
        yield world


def end_of(world: World) -> bytes:
    """Return the last head of the log that Beijing cosigned."""
    held = present(world.cn.store.heads.newest(FIRST))
    return held.note


def resume(world: World, note: bytes) -> None:
    """What both operators do: a new edition, an empty database, the end of the old."""
    nation = world.nations[PK]
    nation.bundle = next_log(nation.bundle, PK, nation.roots, FILED)
    world.cn.store.close()
    world.cn = world._site(CN)
    restart(world)
    opening = entries.head_envelope(note, PK, nation.issuer, FILED)
    (answer,) = world.pk.submit(opening)
    assert answer.waiting


def fetch(world: World) -> None:
    """Let Islamabad have its first log back, and Beijing what both write."""
    pk, cn = world.pk.node, world.cn.node
    world.greet()
    receiving.fetch(pk, cn, FIRST)
    world.carry(world.cn, world.pk)
    upkeep.tick(pk)
    world.carry(world.pk, world.cn)


def test_the_second_log_begins_with_the_end_of_the_first(forked: World) -> None:
    held = contents(forked.cn.store, FIRST)
    resume(forked, end_of(forked))
    fetch(forked)

    pk, cn = forked.pk, forked.cn
    assert contents(pk.store, FIRST) == held
    assert pk.node.origin == SECOND
    assert pk.store.logs.size(SECOND) == 1
    (first,) = cn.store.entries.page(SECOND, 0, 9)
    assert (first.kind, first.reason) == (pb.KIND_HEAD, "")
    assert pk.store.partners.get_peer(CN).cosigned_size == 1


def test_then_neither_side_is_alarmed_by_the_log_that_has_ended(forked: World) -> None:
    for site in (forked.pk, forked.cn):
        told = views.status(site.node)
        assert [(one.reason, one.where) for one in told.alarms] == [("FORK", FIRST)]
        assert not told.agree
    resume(forked, end_of(forked))
    fetch(forked)

    for site in (forked.pk, forked.cn):
        told = views.status(site.node)
        assert list(told.alarms) == []
        assert told.agree
    assert FIRST in forked.cn.node.forks  # and stays proven


def test_keys_and_names_carry_over(forked: World) -> None:
    (held,) = forked.cn.store.entries.page(FIRST, 3, 1)
    again = pb.Envelope(entry=held.entry, wraps=held.wraps, body=held.body)
    lost = bulletin(forked.pk.nation, forked.cn.nation, b"beside")
    resume(forked, end_of(forked))
    fetch(forked)

    stood, new = forked.pk.from_desk(again, lost)

    assert (stood.origin, stood.index, stood.reason) == (FIRST, 3, "")
    assert (new.origin, new.index, new.reason) == (SECOND, 1, "")
    forked.meet()
    assert forked.cn.store.entries.by_name(name_of(lost)) is not None
    back = bulletin(forked.cn.nation, forked.pk.nation, b"and back")
    assert not forked.cn.from_desk(back)[0].reason
    forked.meet()
    assert contents(forked.pk.store, THEIRS) == contents(forked.cn.store, THEIRS)


def test_a_node_that_lost_everything_after_it_fetches_both_logs(forked: World) -> None:
    resume(forked, end_of(forked))
    fetch(forked)
    send(forked, b"in the second")
    forked.meet()
    before = contents(forked.pk.store, FIRST), contents(forked.pk.store, SECOND)

    pk, cn = restart(forked).node, forked.cn.node
    forked.greet()
    assert not pk.may_sign
    for origin in (FIRST, SECOND):
        receiving.fetch(pk, cn, origin)

    assert (contents(pk.store, FIRST), contents(pk.store, SECOND)) == before
    assert pk.may_sign


def second(world: World, note: bytes, **changes: object) -> ledger_pb2.Batch:
    """Return a batch that opens the second log with this note, as Islamabad could."""
    sent = entries.head_envelope(note, PK, world.nations[PK].issuer, FILED)
    return batch_of(world, sent.entry, **changes)


def batch_of(world: World, entry: bytes, **changes: object) -> ledger_pb2.Batch:
    made = worlds.forged(world.nations[PK], Edge.empty(), [entry])
    head = checkpoint.parse_head(made.head.split(b"\n\n")[0] + b"\n")
    keys = keys_of(PK)
    note = checkpoint.sign_head(
        checkpoint.Head(SECOND, head.size, head.root),
        keys.log,
        keys.log_pq,
        FILED // 1000,
    )
    fields: dict[str, object] = {
        "origin": SECOND,
        "envelopes": serialized([pb.Envelope(entry=entry)]),
        "head": note,
    }
    return ledger_pb2.Batch(**(fields | changes))  # type: ignore[arg-type]


def test_a_log_that_no_bundle_lists_is_nobodys(forked: World) -> None:
    with refusing(Reason.ORIGIN):
        receive_batch(forked.cn.node, PK, second(forked, end_of(forked)))


def ends(world: World) -> dict[str, bytes]:
    """Return ends that are none."""
    keys, cn = keys_of(PK), world.cn
    short = cn.store.heads.note(FIRST, 3)
    other = checkpoint.Head(FIRST, 4, b"\7" * 32)
    beside = checkpoint.sign_head(other, keys.log, keys.log_pq, FILED // 1000)
    mirror = checkpoint.cosigner_name(CN)
    cosigned = checkpoint.cosign(beside, mirror, keys_of(CN).mirror, FILED // 1000)
    own = checkpoint.only(end_of(world), cn.node.members.log_keys(FIRST))
    theirs = cn.store.heads.newest(THEIRS)
    assert short is not None
    assert theirs is not None
    return {
        "an earlier head": short,
        "another history": cosigned,
        "cosigned by nobody": own,
        "another log": theirs.note,
        "no note": b"end",
        "nothing": b"",
    }


@pytest.mark.parametrize(
    "which",
    [
        "an earlier head",
        "another history",
        "cosigned by nobody",
        "another log",
        "no note",
        "nothing",
    ],
)
def test_a_second_log_that_begins_otherwise_is_not_taken(
    forked: World, which: str
) -> None:
    note = ends(forked)[which]
    resume(forked, end_of(forked))

    with refusing(Reason.HEAD):
        receive_batch(forked.cn.node, PK, second(forked, note))

    assert forked.cn.store.logs.size(SECOND) == 0


def test_a_second_log_that_begins_with_something_else_is_not_taken(
    forked: World,
) -> None:
    resume(forked, end_of(forked))
    sent = bulletin(forked.pk.nation, forked.cn.nation, b"too early")

    with refusing(Reason.HEAD):
        receive_batch(forked.cn.node, PK, batch_of(forked, sent.entry))


def test_an_end_in_the_middle_of_a_log_is_refused_as_an_entry(forked: World) -> None:
    note = end_of(forked)
    resume(forked, note)
    fetch(forked)
    sent = entries.head_envelope(note, PK, forked.nations[PK].issuer, FILED)

    (answer,) = forked.pk.submit(sent)

    assert answer.reason == Reason.KIND


def test_an_officer_opens_no_log(forked: World) -> None:
    note = end_of(forked)
    nation = forked.nations[PK]
    resume(forked, note)
    header = envelope.split(
        entries.head_envelope(note, PK, nation.issuer, FILED).entry
    ).core
    header.author = nation.author.kid
    sent = envelope.sign(envelope.seal(header, b"", {}), [("author", nation.author)])

    with refusing(Reason.HEAD):
        receive_batch(forked.cn.node, PK, batch_of(forked, sent.entry))
