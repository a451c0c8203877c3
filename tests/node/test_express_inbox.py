"""What comes ahead of its log: checked, kept, and settled by the log."""

from collections.abc import Callable

import pytest

from exchange import envelope
from exchange.errors import Reason
from exchange.ledger.merkle import SIZE_MAX
from exchange.limits import (
    EXPRESS_OPEN_MAX,
    EXPRESS_STALLED,
    EXPRESS_UNPLACED,
    MINUTE,
    SECOND,
)
from exchange.node import express_inbox, express_outbox, peer_heads
from exchange.node.effects import LoadExpress
from exchange.node.express_states import DueExpress
from exchange.node.quota import Quota
from exchange.store.express import NOT_LOGGED, OPEN, REFUSED, StoredExpress
from exchange.v1 import envelope_pb2 as pb
from exchange.v1 import exchange_service_pb2 as rpc
from exchange.v1 import ledger_pb2
from keys.signing import Signer
from tests.batches import changing, put
from tests.expecting import present, refusing
from tests.node.receiving import next_batch, receive_batch
from tests.node.world import (
    CN,
    PK,
    World,
    bulletin,
    directory,
    forged,
    name_of,
    own_copy,
    receipt,
)
from tests.trust.nation import ed, key

FLASH = {"precedence": pb.PRECEDENCE_FLASH, "mode": pb.MODE_ACTUAL}


def flash(world: World, text: bytes = b"flash", **changes: object) -> pb.Envelope:
    """Return a FLASH from Islamabad to Beijing."""
    ours, theirs = world.pk.nation, world.cn.nation
    return bulletin(ours, theirs, text, **(FLASH | changes))


def routine(world: World, number: int) -> pb.Envelope:
    return bulletin(world.pk.nation, world.cn.nation, b"routine %d" % number)


def due(world: World, room: int = EXPRESS_OPEN_MAX) -> list[DueExpress]:
    """Return what Islamabad sends ahead, by what Beijing holds of its log."""
    position = world.cn.store.logs.size(world.pk.node.origin)
    size = world.pk.store.logs.size(world.pk.node.origin)
    asked = LoadExpress(position, size, position, 0, frozenset(), frozenset(), room)
    return list(express_outbox.load_due(world.pk.node, CN, asked).due)


def send(world: World, frame: rpc.Express) -> str:
    """Have Beijing take it; return the reason of its answer."""
    return express_inbox.receive(world.cn.node, PK, frame).reason


def express(sent: pb.Envelope, below: int = 0) -> rpc.Express:
    return rpc.Express(envelope=sent, below=below)


def row(world: World, sent: pb.Envelope) -> StoredExpress | None:
    return world.cn.store.express.by_name(name_of(sent))


def let_link_be_up(world: World, ms: int) -> list[rpc.Expressed]:
    """Let Beijing's link be up for so long."""
    told: list[rpc.Expressed] = []
    for _ in range(ms // (4 * SECOND) + 1):
        world.cn.now += 4 * SECOND
        told = express_inbox.tick(world.cn.node, PK)
    return told


# The everyday way.


def test_a_flash_passes_the_backlog_and_is_matched(met: World) -> None:
    sent = flash(met)
    met.pk.from_desk(*(routine(met, number) for number in range(3)), sent)

    (first,) = due(met)

    assert send(met, first.frame) == ""
    held = present(row(met, sent))
    assert (held.state, held.below, held.author) == (OPEN, 7, "ops.islamabad.pk")
    assert held.desks == ("ops.beijing.cn", "ops.islamabad.pk")
    met.carry(met.pk, met.cn)
    assert row(met, sent) is None
    assert met.cn.store.entries.by_name(name_of(sent)) is not None


def test_it_moves_nothing_but_its_row(met: World) -> None:
    sent = flash(met)
    met.pk.from_desk(sent)
    origin, store = met.pk.node.origin, met.cn.store
    before = store.logs.size(origin), store.arrivals.page(0, 100)

    send(met, due(met)[0].frame)

    assert (store.logs.size(origin), store.arrivals.page(0, 100)) == before


def test_after_a_restart_the_row_stands_and_the_hello_names_it(met: World) -> None:
    sent = flash(met)
    met.pk.from_desk(sent)
    send(met, due(met)[0].frame)

    met.reopen()

    assert express_inbox.names_open(met.cn.node, PK) == [name_of(sent)]
    assert send(met, due(met)[0].frame) == ""


def test_what_the_log_brought_before_is_held(met: World) -> None:
    met.pk.from_desk(flash(met))
    (first,) = due(met)
    met.carry(met.pk, met.cn)

    assert send(met, first.frame) == ""
    assert met.cn.store.express.brief(PK) == []


def test_its_signer_s_statements_travel_with_it(met: World) -> None:
    nation = met.pk.nation
    met.pk.from_desk(*(routine(met, number) for number in range(2)))
    new = ed("another officer")
    enrolled = key("duty-2@ops.islamabad.pk", "author", new)
    met.pk.submit(directory(nation, enrolled, [("issuer", nation.issuer)]))
    sent = signed_by(met, new)
    met.pk.from_desk(sent)

    (first,) = due(met)

    assert len(first.frame.statements) == 1
    bare = rpc.Express(envelope=first.frame.envelope, below=first.frame.below)
    assert send(met, bare) == Reason.SIGNER_UNKNOWN  # by too old a directory
    assert send(met, first.frame) == ""
    assert send(met, bare) == ""  # held by now
    assert met.cn.node.members.directory(PK).signer("author", new.kid) is None  # type: ignore[union-attr]
    met.carry(met.pk, met.cn)
    assert row(met, sent) is None


def signed_by(world: World, signer: Signer) -> pb.Envelope:
    """Return a FLASH with this key as its author."""
    header = envelope.split(flash(world).entry).core
    header.author, header.id = signer.kid, signer.kid[:16]
    publics = {
        n.sealing.kid: n.sealing.public for n in (world.pk.nation, world.cn.nation)
    }
    return envelope.sign(envelope.seal(header, b"text", publics), [("author", signer)])


def test_the_most_urgent_goes_first(met: World) -> None:
    exercise = flash(met, b"exercise", mode=pb.MODE_EXERCISE)
    immediate = flash(met, b"immediate", precedence=pb.PRECEDENCE_IMMEDIATE)
    test = flash(met, b"test", mode=pb.MODE_TEST)
    actual = flash(met, b"actual")
    met.pk.from_desk(exercise, immediate, test, actual)

    names = [one.name for one in due(met)]

    assert names == [name_of(one) for one in (actual, immediate, exercise)]
    assert [one.name for one in due(met, 1)] == names[:1]


def test_what_it_answers_may_be_known_by_its_row_alone(met: World) -> None:
    sent = flash(met)
    send(met, express(sent))

    answer = met.cn.from_desk(
        receipt(met.cn.nation, name_of(sent), pb.RELATION_ACKNOWLEDGED, **FLASH)
    )

    assert [one.reason for one in answer] == [""]
    readers = met.cn.store.entries.page(met.cn.node.origin, 3, 1)[0].desks
    assert readers == ("ops.beijing.cn", "ops.islamabad.pk")


# What is declined: nothing is stored.


def spoilt(sent: pb.Envelope) -> pb.Envelope:
    return pb.Envelope(entry=sent.entry, wraps=sent.wraps, body=sent.body + b"x")


def said_lost(sent: pb.Envelope) -> pb.Envelope:
    sent.absent = pb.ABSENT_LOST
    return sent


DECLINED: dict[str, tuple[Callable[[World], rpc.Express], Reason]] = {
    "no envelope": (lambda _: rpc.Express(), Reason.NOT_CANONICAL),
    "of another log": (
        lambda w: express(bulletin(w.cn.nation, w.pk.nation, b"x", **FLASH)),
        Reason.ORIGIN,
    ),
    "not urgent": (lambda w: express(routine(w, 1)), Reason.KIND),
    "a test": (lambda w: express(flash(w, mode=pb.MODE_TEST)), Reason.KIND),
    "another text": (lambda w: express(spoilt(flash(w))), Reason.BODY),
    "no text": (
        lambda w: express(pb.Envelope(entry=flash(w).entry)),
        Reason.WRAPS,
    ),
    "a text said to be lost": (
        lambda w: express(pb.Envelope(entry=flash(w).entry, absent=pb.ABSENT_LOST)),
        Reason.WRAPS,
    ),
    "a text that is there and said to be lost": (
        lambda w: express(said_lost(flash(w))),
        Reason.WRAPS,
    ),
    "for no desk here": (
        lambda w: express(flash(w, recipients=own_copy(w.pk.nation))),
        Reason.RECIPIENTS,
    ),
    "an unknown signer": (
        lambda w: express(signed_by(w, ed("nobody"))),
        Reason.SIGNER_UNKNOWN,
    ),
    "a place that the log has passed": (
        lambda w: express(flash(w), below=2),
        Reason.NOT_LOGGED,
    ),
    "no place at all": (
        lambda w: express(flash(w), below=SIZE_MAX + 1),
        Reason.POSITION,
    ),
    "too many statements": (
        lambda w: rpc.Express(envelope=flash(w), statements=[b""] * 17),
        Reason.SIZE,
    ),
    "a statement that is none": (
        lambda w: rpc.Express(envelope=flash(w), statements=[routine(w, 1).entry]),
        Reason.STATEMENT,
    ),
    "a statement that is junk": (
        lambda w: rpc.Express(envelope=flash(w), statements=[b"junk"]),
        Reason.NOT_CANONICAL,
    ),
}


def test_only_so_many_are_open(met: World) -> None:
    sent = [flash(met, b"%d" % number) for number in range(EXPRESS_OPEN_MAX)]
    for number, one in enumerate(sent):
        if not number % 32:
            met.cn.now += MINUTE
        assert send(met, express(one)) == ""
    met.cn.now += MINUTE

    assert send(met, express(flash(met, b"more"))) == Reason.RATE
    assert send(met, express(sent[0])) == ""  # held
    assert len(met.cn.store.express.brief(PK)) == EXPRESS_OPEN_MAX


# What the log says in the end.


def test_a_log_that_came_as_far_without_it_did_not_log_it(met: World) -> None:
    sent = flash(met)
    send(met, express(sent, below=4))
    met.pk.from_desk(routine(met, 1))

    met.carry(met.pk, met.cn)

    held = present(row(met, sent))
    assert (held.state, held.reason) == (NOT_LOGGED, Reason.NOT_LOGGED)
    (told,) = express_inbox.tick(met.cn.node, PK)
    assert told == rpc.Expressed(name=name_of(sent), reason=Reason.NOT_LOGGED)


def test_logged_after_all_it_is_matched(met: World) -> None:
    sent = flash(met)
    send(met, express(sent, below=4))
    met.pk.from_desk(routine(met, 1))
    met.carry(met.pk, met.cn)

    met.pk.from_desk(sent)
    met.carry(met.pk, met.cn)

    assert row(met, sent) is None


def left_out(world: World) -> ledger_pb2.Batch:
    """Return Islamabad's next batch without the text of its last envelope."""
    batch = next_batch(world.cn.node, world.pk.node)
    with changing(batch, -1) as sent:
        sent.ClearField("wraps")
        sent.ClearField("body")
    return batch


def test_a_batch_may_leave_out_what_was_held(met: World) -> None:
    sent = flash(met)
    send(met, express(sent))
    met.pk.from_desk(sent)

    answer = receive_batch(met.cn.node, PK, left_out(met))

    assert (answer.size, list(answer.lacking)) == (4, [])
    stored = met.cn.store.entries.page(met.pk.node.origin, 3, 1)[0]
    assert (stored.wraps, stored.body) == (tuple(sent.wraps), sent.body)
    assert row(met, sent) is None


def test_what_was_left_out_and_is_gone_lacks(met: World) -> None:
    met.pk.from_desk(flash(met))

    answer = receive_batch(met.cn.node, PK, left_out(met))

    assert (answer.size, list(answer.lacking)) == (4, [3])


def test_of_what_is_not_urgent_nothing_is_left_out(met: World) -> None:
    met.pk.from_desk(routine(met, 1))

    with refusing(Reason.WRAPS):
        receive_batch(met.cn.node, PK, left_out(met))


def test_only_so_many_bytes_are_open(
    met: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = express(flash(met, b"one")), express(flash(met, b"two"))
    most = first.envelope.ByteSize() + second.ByteSize() - 1
    monkeypatch.setattr(express_inbox, "EXPRESS_BYTES_MAX", most)

    assert send(met, first) == ""
    assert send(met, second) == Reason.RATE


def test_what_its_log_brings_with_another_verdict_is_refused(met: World) -> None:
    sent = flash(met)
    send(met, express(sent))
    origin = met.pk.node.origin
    edge = met.cn.store.logs.edge(origin)
    twice = [flash(met, b"other", id=b"j" * 16), flash(met, b"flash", id=b"j" * 16)]
    late = express(twice[1])
    assert send(met, late) == ""
    batch = forged(met.pk.nation, edge, [one.entry for one in twice])
    for place, one in enumerate(twice):
        put(batch, place, one)

    receive_batch(met.cn.node, PK, batch)

    held = present(row(met, twice[1]))
    assert (held.state, held.reason, held.index) == (REFUSED, "DUPLICATE_ID", 4)
    assert row(met, sent) is not None


def test_what_never_gets_a_place_is_not_logged_after_a_day_of_link(met: World) -> None:
    sent = flash(met)
    send(met, express(sent))
    assert let_link_be_up(met, EXPRESS_UNPLACED - 10 * MINUTE) == []

    met.reopen()
    told = let_link_be_up(met, 15 * MINUTE)

    assert [one.reason for one in told] == [Reason.NOT_LOGGED]


def test_while_the_link_is_down_no_time_counts(met: World) -> None:
    send(met, express(flash(met)))

    met.cn.now += 10 * EXPRESS_UNPLACED

    assert let_link_be_up(met, MINUTE) == []


def test_while_one_is_silent_no_time_counts(met: World) -> None:
    send(met, express(flash(met), below=4))

    for _ in range(EXPRESS_STALLED // (4 * SECOND) + 10):
        met.cn.now += 4 * SECOND
        assert express_inbox.tick(met.cn.node, PK, silent=True) == []


def test_of_a_frozen_log_nothing_comes_ahead(met: World) -> None:
    peer_heads.freeze(met.cn.node, met.pk.node.origin, b"proof")

    assert send(met, express(flash(met))) == Reason.FORK
    assert met.cn.store.express.brief() == []


def test_without_room_on_the_disk_nothing_comes_ahead(met: World) -> None:
    elapsed = met.cn.node.clock.elapsed
    met.cn.node.quota = Quota(elapsed, room=lambda _: False)

    assert send(met, express(flash(met))) == Reason.DISK
    assert met.cn.store.express.brief() == []
