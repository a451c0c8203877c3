"""Directory heads: the owner signs, mirrors compare, and nothing else rests on them."""

import pytest

from exchange.errors import Reason
from exchange.ledger import checkpoint
from exchange.ledger.directory_head import sign_directory_head, verify_directory_head
from exchange.ledger.merkle import Edge
from exchange.ledger.note import parse_note
from exchange.limits import HEARTBEAT, SECOND
from exchange.net.frames import check_hello
from exchange.node import (
    directory_heads,
    outbox,
    peer_heads,
    replicas,
    shown_lines,
    upkeep,
    views,
)
from exchange.store import StoredHead
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import envelope_pb2, ledger_pb2
from exchange.v1 import exchange_service_pb2 as rpc
from tests.expecting import present
from tests.node.receiving import next_batch, receive_batch
from tests.node.world import CN, FILED, PK, Site, World, bulletin, directory, forged
from tests.trust.nation import Nation, ed, key

OURS, THEIRS = checkpoint.log_origin(PK), checkpoint.log_origin(CN)
MIRROR = checkpoint.cosigner_name(CN)


def state(nation: Nation) -> envelope_pb2.Envelope:
    said = key(f"duty-2@{nation.desk}", "author", ed("duty-2"))
    return directory(nation, said, [("issuer", nation.issuer)])


def lines(note: bytes) -> list[str]:
    return sorted({line.name for line in parse_note(note).lines})


def kept(site: Site, origin: str = OURS) -> tuple[int, list[str]]:
    """The size of the newest directory head, and who signed it."""
    held = present(site.store.directories.newest(origin))
    keys = site.node.members.log_keys(origin)
    assert verify_directory_head(held.note, origin, keys).head == held.head
    return held.head.size, lines(held.note)


def alarms(site: Site) -> list[str]:
    found = views.status(site.node).alarms
    return [one.where for one in found if one.reason == Reason.DIRECTORY]


def send(world: World, text: bytes) -> None:
    sent = bulletin(world.nations[PK], world.nations[CN], text)
    assert not world.pk.from_desk(sent)[0].reason


def beat(world: World) -> None:
    """Let a minute go by at both, and owner and mirror say what is due."""
    for site in (world.pk, world.cn):
        site.now += HEARTBEAT
        upkeep.tick(site.node)
    shown = present(world.pk.node.directory.shown)
    shown_lines.keep(world.cn.node, PK, shown)
    directory_heads.hear(
        world.cn.node, PK, shown.origin, shown.directory, answers=False
    )
    answer = present(replicas.cosign_again(world.cn.node, PK))
    peer_heads.record_cosignature(world.pk.node, CN, answer)


def test_a_head_goes_with_the_batch_and_comes_back_with_the_mirrors_line(
    met: World,
) -> None:
    size = met.pk.store.logs.size(OURS)

    assert kept(met.pk) == kept(met.cn) == (size, sorted([OURS, MIRROR]))
    assert kept(met.pk, THEIRS)[1] == sorted([THEIRS, checkpoint.cosigner_name(PK)])


def test_bulletins_alone_get_one_a_minute(met: World) -> None:
    size = kept(met.pk)[0]
    send(met, b"one")
    met.meet()
    assert kept(met.pk)[0] == kept(met.cn)[0] == size

    met.pk.now += HEARTBEAT
    met.cn.now += HEARTBEAT
    send(met, b"two")
    met.meet()

    assert kept(met.pk) == kept(met.cn) == (size + 2, sorted([OURS, MIRROR]))


def test_what_is_stated_gets_one_at_once_and_it_is_kept(met: World) -> None:
    size = kept(met.pk)[0]
    assert not met.pk.submit(state(met.nations[PK]))[0].reason
    met.meet()
    assert kept(met.cn)[0] == size + 1

    for text in (b"one", b"two"):
        met.pk.now += HEARTBEAT
        met.cn.now += HEARTBEAT
        send(met, text)
        met.meet()

    for site in (met.pk, met.cn):
        found = [n for n in range(size + 4) if site.store.directories.note(OURS, n)]
        assert found == [size, size + 1, size + 3]


def test_a_heartbeat_makes_it_fresh_without_a_batch(met: World) -> None:
    def times() -> list[int]:
        held = present(met.pk.store.directories.newest(OURS))
        return sorted(map(checkpoint.claimed_time, parse_note(held.note).lines))

    before = times()
    beat(met)

    assert [after - was for after, was in zip(times(), before, strict=True)] == [
        0,
        HEARTBEAT // SECOND,
        HEARTBEAT // SECOND,
    ]


def test_times_never_fall_where_the_clock_does(met: World) -> None:
    held = present(met.pk.store.directories.newest(OURS))
    met.restart_pk(step=-4 * 60 * SECOND)
    upkeep.tick(met.pk.node)
    met.greet()
    upkeep.tick(met.pk.node)

    newest = present(met.pk.store.directories.newest(OURS))
    keys = met.pk.node.members.log_keys(OURS)
    assert (
        verify_directory_head(newest.note, OURS, keys).time_s
        >= verify_directory_head(held.note, OURS, keys).time_s
    )


def other_head(world: World, size: int) -> bytes:
    """A directory head that Islamabad's keys sign, over a tree that it has not."""
    keys = world.pk.node.keys
    time_s = world.pk.node.clock() // SECOND + 60
    return sign_directory_head(
        OURS, Edge(size, (b"x" * 32,)), keys.log, keys.log_pq, time_s
    )


def test_another_root_is_an_alarm_at_both_ends_and_the_log_goes_on(met: World) -> None:
    send(met, b"one")
    size = met.pk.store.logs.size(OURS)
    batch = next_batch(met.cn.node, met.pk.node)
    batch.directory = other_head(met, size)

    answer = receive_batch(met.cn.node, PK, batch)

    assert lines(answer.directory) == [OURS]  # no line of the mirror's
    assert MIRROR in lines(answer.head)  # which cosigned the head of the log
    assert alarms(met.cn) == [f"{OURS} {PK}"]
    ((_, fault),) = met.cn.store.directories.faults()
    assert fault.note == batch.directory
    # The owner signed that: a database of before, say.
    met.pk.store.directories.put(OURS, _stored(met, batch.directory))
    peer_heads.record_cosignature(met.pk.node, CN, answer)
    assert alarms(met.pk) == [f"{OURS} {CN}"]
    send(met, b"two")
    met.meet()
    assert met.cn.store.logs.size(OURS) == size + 1
    assert met.cn.store.heads.newest(OURS) is not None
    assert len(met.cn.store.directories.faults()) == 1


def _stored(world: World, note: bytes) -> StoredHead:
    keys = world.pk.node.members.log_keys(OURS)
    return StoredHead(verify_directory_head(note, OURS, keys).head, note, FILED)


@pytest.mark.parametrize("spoil", ["nothing of ours", "another log", "a stranger"])
def test_what_does_not_verify_is_passed_over(met: World, spoil: str) -> None:
    before = kept(met.cn)
    send(met, b"one")
    size = met.pk.store.logs.size(OURS)
    batch = next_batch(met.cn.node, met.pk.node)
    keys, edge = met.cn.node.keys, Edge(size, (b"x" * 32,))
    batch.directory = {
        "nothing of ours": b"x",
        "another log": sign_directory_head(THEIRS, edge, keys.log, keys.log_pq, 9),
        "a stranger": sign_directory_head(OURS, edge, keys.log, keys.log_pq, 9),
    }[spoil]

    answer = receive_batch(met.cn.node, PK, batch)

    assert answer.size == size
    assert not answer.directory
    assert kept(met.cn) == before
    assert alarms(met.cn) == []


def test_a_hello_brings_what_an_answer_would_have(met: World) -> None:
    assert not met.pk.submit(state(met.nations[PK]))[0].reason
    size = met.pk.store.logs.size(OURS)
    batch = next_batch(met.cn.node, met.pk.node)
    receive_batch(met.cn.node, PK, batch)  # and the answer is lost
    assert kept(met.pk) == (size, [OURS])

    positions = outbox.log_positions(met.cn.node.store)
    check_hello(rpc.Hello(logs=positions), [OURS, THEIRS])
    peer_heads.hear_partner(met.pk.node, CN, positions)

    assert kept(met.pk) == (size, sorted([OURS, MIRROR]))


def test_a_hello_without_a_line_is_no_word_against_a_head(met: World) -> None:
    keys = met.pk.node.members.log_keys(OURS)
    held = present(met.cn.store.directories.newest(OURS))
    bare = checkpoint.only(held.note, keys)
    position = ledger_pb2.LogPosition(origin=OURS, directory=bare)

    peer_heads.hear_partner(met.pk.node, CN, [position])

    assert alarms(met.pk) == []


def test_a_refused_entry_that_looks_like_one_is_of_the_tree_at_the_mirror(
    met: World,
) -> None:
    """And it is shown whole to the desk."""
    looks = bytes.fromhex("0a0c080110011805") + b"and no more"
    edge = met.cn.store.logs.edge(OURS)
    batch = forged(met.nations[PK], edge, [looks])

    receive_batch(met.cn.node, PK, batch)

    assert met.cn.store.directories.entries(OURS, edge.size, 9) == [(edge.size, looks)]
    request = desk_pb.ListDirectoryRequest(origin=OURS, start=edge.size)
    (listed,) = directory_heads.list_entries(met.cn.node, request).entries
    assert (listed.index, listed.entry) == (edge.size, looks)
    shown = [
        one.entry
        for one in views.arrivals(met.cn.node, met.cn.nation.desk, 0)
        if one.entry.origin == OURS and one.entry.index == edge.size
    ]
    assert [(one.envelope.entry, bool(one.leaf)) for one in shown] == [(looks, False)]


def test_of_a_log_that_nobody_has_nothing_is_listed(met: World) -> None:
    request = desk_pb.ListDirectoryRequest(origin="nobody")
    assert not directory_heads.list_entries(met.cn.node, request).entries


def test_a_desk_sees_it_beside_the_head(met: World) -> None:
    for origin in (OURS, THEIRS):
        held = present(met.cn.store.directories.newest(origin))
        shown = [
            one.head.directory
            for one in views.arrivals(met.cn.node, met.cn.nation.desk, 0)
            if one.head.directory
        ]
        assert held.note in shown
    positions = views.status(met.cn.node).heads
    assert all(position.directory for position in positions)


# What says nothing, and changes nothing.


def newest_note(site: Site, origin: str = OURS) -> bytes:
    held = present(site.store.directories.newest(origin))
    return held.note


def test_within_a_minute_no_second_one_is_signed(met: World) -> None:
    before, shown = newest_note(met.pk), met.pk.node.directory.shown
    met.pk.now += HEARTBEAT - SECOND

    directory_heads.renew(met.pk.node)

    assert newest_note(met.pk) == before
    assert met.pk.node.directory.shown is shown
    met.pk.now += SECOND
    directory_heads.renew(met.pk.node)
    assert newest_note(met.pk) != before


def test_who_may_not_sign_heads_signs_none_of_directories(met: World) -> None:
    """A node that was restored, and has heard no partner."""
    met.reopen(greet=False)
    before = newest_note(met.pk)
    met.pk.now += 2 * HEARTBEAT
    assert not met.pk.node.may_sign

    directory_heads.renew(met.pk.node)

    assert newest_note(met.pk) == before


def test_one_beyond_the_replica_is_neither_kept_nor_doubted(met: World) -> None:
    size = kept(met.cn)[0]
    assert not met.pk.submit(state(met.nations[PK]))[0].reason
    ahead = checkpoint.only(newest_note(met.pk), met.pk.node.members.log_keys(OURS))

    directory_heads.hear(met.cn.node, PK, OURS, ahead, answers=False)

    assert kept(met.cn)[0] == size
    assert alarms(met.cn) == []
    assert directory_heads.take_answer(met.cn.node, OURS) == b""
    met.meet()
    assert kept(met.cn)[0] == size + 1


def test_an_older_one_of_that_size_is_not_kept(met: World) -> None:
    old = checkpoint.only(newest_note(met.cn), met.cn.node.members.log_keys(OURS))
    beat(met)
    newer = newest_note(met.cn)
    assert checkpoint.signed_at(newer, OURS) > checkpoint.signed_at(old, OURS)

    directory_heads.hear(met.cn.node, PK, OURS, old, answers=False)

    assert newest_note(met.cn) == newer
    assert directory_heads.take_answer(met.cn.node, OURS) == b""


def test_a_partner_s_word_of_what_was_never_signed_here_raises_no_alarm(
    met: World,
) -> None:
    """Of that size and another root, and of another size."""
    other = Edge.empty().extend([bytes(32)] * met.pk.store.logs.size(OURS)).edge
    larger = other.extend([bytes(32)]).edge
    nation = met.nations[CN]
    for edge in (other, larger):
        note = sign_directory_head(OURS, edge, nation.author, nation.roots[1], 1)
        directory_heads.hear(met.pk.node, CN, OURS, note, answers=True)

    assert alarms(met.pk) == []


def test_nothing_shown_is_nothing_told(
    met: World, caplog: pytest.LogCaptureFixture
) -> None:
    directory_heads.hear(met.cn.node, PK, OURS, b"", answers=False)

    assert not caplog.messages


def test_of_a_frozen_log_no_directory_head_is_cosigned(met: World) -> None:
    met.pk.now += HEARTBEAT
    upkeep.tick(met.pk.node)
    shown = present(met.pk.node.directory.shown)
    peer_heads.freeze(met.cn.node, OURS, b"proof")
    mirror = met.cn.node.members.cosigner_keys(CN)
    before = checkpoint.line_times(newest_note(met.cn), mirror)

    directory_heads.hear(met.cn.node, PK, OURS, shown.directory, answers=False)

    assert checkpoint.line_times(newest_note(met.cn), mirror) == before
    assert directory_heads.take_answer(met.cn.node, OURS) == b""
