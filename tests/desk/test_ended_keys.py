"""Lines and heads of keys that are retired or revoked, at a desk.

The own node here knows nothing of that, and shows what a stolen key signs.
"""

import hashlib

import pytest

from exchange.desk.link import heads
from exchange.desk.link.directory_signers import known_time, verify_directory
from exchange.desk.link.heads import HeadKeys
from exchange.desk.link.log_states import LogStates
from exchange.desk.link.node_status import verify_head
from exchange.errors import Reason, Refusal
from exchange.ledger import checkpoint
from exchange.limits import HEARTBEAT, SECOND
from exchange.node import directory_heads, views
from tests.desk.bench import Bench
from tests.expecting import present, refusing
from tests.node import world as worlds
from tests.node.world import CN, FILED, PK
from tests.trust.editions import edition, with_retired_mirror, with_revoked

OURS, THEIRS = checkpoint.log_origin(PK), checkpoint.log_origin(CN)
MIRROR = checkpoint.cosigner_name(CN)


def revoke(bench: Bench, *, log: bool = False, since: int = FILED) -> None:
    """Let Islamabad's desk import that China's keys are stolen, its node not."""
    nation, pinned = bench.world.nations[CN], bench.pk.pinned
    keys = pinned.log_keys(THEIRS) if log else pinned.mirror_keys(OURS)
    hashes = sorted(hashlib.sha256(one.encode().encode()).digest() for one in keys)
    change = with_revoked(*((what, since) for what in hashes))
    pinned.renew([edition(nation, 2, change)])


def send(bench: Bench, words: str) -> bytes:
    name = bench.deliver(words)
    bench.pk.sync()
    return name


def test_a_line_of_a_revoked_mirror_delivers_and_cosigns_nothing(bench: Bench) -> None:
    before = send(bench, "Before")
    assert bench.pk.mailbox.messages.row(before).state == "cosigned"

    revoke(bench)
    after = send(bench, "After")

    assert bench.pk.mailbox.messages.row(after).state == "local"
    assert bench.pk.mailbox.messages.row(before).state == "cosigned"
    assert LogStates(bench.pk.mailbox).alarm(OURS) == "", "it is no fault of the log"


def test_the_same_line_counts_where_nobody_revoked_the_key(bench: Bench) -> None:
    send(bench, "Before")
    bench.pk.pinned.renew([edition(bench.world.nations[CN], 2)])

    after = send(bench, "After")

    assert bench.pk.mailbox.messages.row(after).state == "cosigned"


@pytest.mark.parametrize("later", [0, 1])
def test_a_retired_mirror_counts_up_to_its_last_line(bench: Bench, later: int) -> None:
    send(bench, "Before")
    last = bench.now // SECOND - 1 + later
    nation = bench.world.nations[CN]
    bench.pk.pinned.renew([edition(nation, 2, with_retired_mirror(last))])

    after = send(bench, "After")

    state = bench.pk.mailbox.messages.row(after).state
    assert state == ("cosigned" if later else "local")


def test_a_head_of_revoked_log_keys_says_nothing_and_is_no_alarm(bench: Bench) -> None:
    """The node of that log had it signed: what is wrong is the key, not the head."""
    send(bench, "Before")
    held = present(bench.world.pk.store.heads.newest(THEIRS))
    revoke(bench, log=True)

    keys = HeadKeys.of(bench.pk.pinned, THEIRS)
    assert heads.believe(held.note, keys, held.head.root) is None
    size = held.head.size
    spoilt = held.note.replace(b"\n%d\n" % size, b"\n%d\n" % (size + 1), 1)
    with pytest.raises(Refusal):
        heads.believe(spoilt, keys, held.head.root)


def test_a_line_before_the_theft_proves_its_time_and_no_more(bench: Bench) -> None:
    send(bench, "Before")
    held = present(bench.world.pk.store.heads.newest(OURS))
    revoke(bench, since=bench.now + SECOND)

    believed = heads.believe(
        held.note, HeadKeys.of(bench.pk.pinned, OURS), held.head.root
    )

    assert believed is not None
    assert (believed.lines, believed.sizes) == ({}, {})
    (key,) = believed.counted
    assert key[0] == MIRROR


def test_the_status_counts_no_line_of_a_revoked_key(bench: Bench) -> None:
    send(bench, "Before")
    revoke(bench)

    answer = views.status(bench.world.pk.node)
    (ours,) = [one for one in answer.heads if one.origin == OURS]
    found = verify_head(ours, bench.pk.pinned, PK)
    assert (found.cosigned_by, found.times, found.directory_s) == ((), {}, 0)
    revoke(bench, log=True)
    (theirs,) = [one for one in answer.heads if one.origin == THEIRS]
    with refusing(Reason.HEAD):
        verify_head(theirs, bench.pk.pinned, PK)


# Directory heads.


def test_a_stolen_mirror_makes_no_revocation_known(bench: Bench) -> None:
    """With the keys of our log, which our node has, it could date back a directory."""
    send(bench, "Before")
    note = present(bench.world.pk.store.directories.newest(OURS))
    pinned = bench.pk.pinned
    verified = verify_directory(note.note, OURS, pinned)
    assert known_time(verified, OURS, pinned, PK)

    revoke(bench)

    stolen = verify_directory(note.note, OURS, pinned)
    assert known_time(stolen, OURS, pinned, PK) == 0
    assert known_time(verified, OURS, pinned, PK) == 0
    theirs = present(bench.world.pk.store.directories.newest(THEIRS))
    revoke(bench, log=True)
    with refusing(Reason.HEAD):
        verify_directory(theirs.note, THEIRS, pinned)


def test_a_node_keeps_no_directory_head_of_keys_that_ended(bench: Bench) -> None:
    send(bench, "Before")
    node, other = bench.world.pk.node, bench.world.cn.node
    before = node.store.directories.newest(THEIRS)
    ours = node.store.directories.newest(OURS)
    assert before is not None
    assert ours is not None
    keys = (*node.members.log_keys(THEIRS), *node.members.cosigner_keys(CN))
    hashes = sorted(hashlib.sha256(one.encode().encode()).digest() for one in keys)
    change = with_revoked(*((what, FILED) for what in hashes))
    node.members.renew(edition(bench.world.nations[CN], 2, change))
    bench.world.cn.now = bench.now + HEARTBEAT
    directory_heads.renew(other)
    newer = present(other.store.directories.newest(THEIRS))
    assert newer.note != before.note

    directory_heads.hear(node, CN, THEIRS, newer.note, answers=False)
    line = checkpoint.cosign(
        ours.note, MIRROR, worlds.keys_of(CN).mirror, bench.now // SECOND + 99
    )
    directory_heads.hear(node, CN, OURS, line, answers=True)

    after = present(node.store.directories.newest(THEIRS))
    assert after.note == before.note
    held = present(node.store.directories.newest(OURS))
    assert held.note == ours.note
