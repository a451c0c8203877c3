"""A partner that lies, or is damaged: nothing of it is taken, and it is named."""

import pytest

from exchange.errors import Reason, Refusal
from exchange.ledger import checkpoint
from exchange.ledger.checkpoint import Head
from exchange.ledger.merkle import Edge, leaf_hash
from exchange.limits import ENTRY_MAX
from exchange.v1 import envelope_pb2 as pb
from tests.audit.ledger import OURS, THEIRS, Ledger, change
from tests.node.world import CN, FILED, keys_of
from tests.rebuild import support
from tests.rebuild.support import Answer, Partner, Silent, Spoil, repair


def flipped(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


def other_entry(_: str, __: int, answer: Answer) -> Answer:
    for sent in answer.envelopes:
        sent.entry = flipped(sent.entry)
    return answer


def other_body(_: str, __: int, answer: Answer) -> Answer:
    for sent in answer.envelopes:
        sent.body = flipped(sent.body) if sent.body else b"body"
    return answer


def other_wraps(_: str, __: int, answer: Answer) -> Answer:
    for sent in answer.envelopes:
        wraps = [flipped(wrap) for wrap in sent.wraps]
        del sent.wraps[:]
        sent.wraps.extend(wraps)
    return answer


def fewer_wraps(_: str, __: int, answer: Answer) -> Answer:
    for sent in answer.envelopes:
        del sent.wraps[1:]
    return answer


def huge(_: str, __: int, answer: Answer) -> Answer:
    for sent in answer.envelopes:
        sent.entry = bytes(ENTRY_MAX + 1)
    return answer


def more(_: str, __: int, answer: Answer) -> Answer:
    answer.envelopes.extend([pb.Envelope(entry=b"more")] * 300)
    return answer


def another_place(_: str, start: int, answer: Answer) -> Answer:
    """Answer with the entry of a place that was not asked for."""
    del answer.envelopes[:]
    answer.envelopes.append(pb.Envelope(entry=b"%d" % start))
    return answer


ENTRY = "UPDATE entry SET entry = x'00' WHERE log = 1 AND \"index\" = 3"
HOLE = 'DELETE FROM entry WHERE log = 1 AND "index" = 3'
BODY = "UPDATE payload SET body = x'00' WHERE log = 1 AND \"index\" = 3"
WRAPS = "UPDATE payload SET wraps = x'00' WHERE log = 1 AND \"index\" = 3"
NOTE = "UPDATE head SET note = x'00' WHERE log = 1 AND \"size\" = 5"
LIES = [
    (ENTRY, other_entry, "ROOT"),
    (ENTRY, another_place, "ROOT"),
    (ENTRY, more, "SIZE"),
    (HOLE, other_entry, "ROOT"),
    (HOLE, more, "SIZE"),
    (BODY, other_body, "BODY"),
    (BODY, fewer_wraps, "WRAPS"),
    (BODY, more, "SIZE"),
    (WRAPS, other_wraps, "WRAPS"),
    (NOTE, more, "SIZE"),
]


@pytest.mark.parametrize(("sql", "lie", "reason"), LIES)
def test_wrong_bytes_are_refused_and_named(
    ledger: Ledger, partner: Partner, sql: str, lie: Spoil, reason: str
) -> None:
    change(ledger.path, sql)
    before = support.rows(ledger.path)

    outcome = repair(ledger, partner.lying(lie))

    assert not outcome.after.ok
    assert outcome.mended == ()
    assert {(r.by, r.origin, r.reason) for r in outcome.rejected} == {
        (CN, OURS, reason)
    }
    assert support.rows(ledger.path) == before


@pytest.mark.parametrize(("sql", "lie", "reason"), LIES)
def test_the_next_partner_is_asked_then(
    ledger: Ledger, partner: Partner, sql: str, lie: Spoil, reason: str
) -> None:
    change(ledger.path, sql)
    liar = partner.lying(lie, "chengdu.cn")

    outcome = repair(ledger, liar, partner)

    assert outcome.after.ok
    assert CN in {m.by for m in outcome.mended} <= {"", CN}
    assert {(r.by, r.reason) for r in outcome.rejected} == {("chengdu.cn", reason)}


def test_a_silent_partner_is_asked_once(ledger: Ledger, partner: Partner) -> None:
    change(ledger.path, ENTRY)
    change(ledger.path, BODY)

    outcome = repair(ledger, Silent(), partner.lying(lambda _, __, a: a, "chengdu.cn"))

    assert outcome.after.ok
    assert outcome.silent == {CN: "UNREACHABLE"}


@pytest.mark.parametrize("reason", [Reason.NOT_PINNED, Reason.CERTIFICATE_TIME])
def test_a_partner_that_lets_nobody_in_is_asked_once(
    ledger: Ledger, partner: Partner, reason: Reason
) -> None:
    def shut(_: str, __: int, ___: Answer) -> Answer:
        raise Refusal(reason)

    change(ledger.path, ENTRY)
    change(ledger.path, BODY)
    shutting = partner.lying(shut)

    outcome = repair(ledger, shutting)

    assert (outcome.silent, outcome.rejected) == ({CN: reason}, ())
    assert len(shutting.asked) == 1


def test_a_partner_that_has_nothing_is_no_liar(
    ledger: Ledger, partner: Partner
) -> None:
    change(ledger.path, ENTRY)

    outcome = repair(ledger, partner.lying(lambda *_: Answer()))

    assert (outcome.rejected, outcome.silent) == ((), {})
    assert [(one.index, one.what, one.asked) for one in outcome.lost] == [
        (3, "entry", [CN])
    ]
    assert (outcome.broken, outcome.ended) == (True, (OURS,))


# Notes.


def signed(size: int, root: bytes) -> bytes:
    """Return a head that Beijing's log signs, whatever it is."""
    keys = keys_of(CN)
    head = Head(THEIRS, size, root)
    return checkpoint.sign_head(head, keys.log, keys.log_pq, FILED // 1000)


def a_flipped_note(_: str, __: int, answer: Answer) -> Answer:
    answer.head = flipped(answer.head)
    return answer


def an_unsigned_note(_: str, __: int, answer: Answer) -> Answer:
    answer.head = answer.head.rpartition(b"\n\n")[0] + b"\n\n"
    return answer


def a_note_beside(_: str, start: int, answer: Answer) -> Answer:
    answer.head = signed(start + len(answer.envelopes), b"\7" * 32)
    return answer


THEIR_NOTE = "UPDATE head SET note = x'00' WHERE log = 2 AND \"size\" = 9"


@pytest.mark.parametrize("lie", [a_flipped_note, an_unsigned_note, a_note_beside])
def test_a_note_that_does_not_sign_this_tree_is_refused(
    ledger: Ledger, partner: Partner, lie: Spoil
) -> None:
    change(ledger.path, THEIR_NOTE)
    before = support.rows(ledger.path)

    outcome = repair(ledger, partner.lying(lie))

    assert THEIRS in {fault.origin for fault in outcome.after.faults}
    assert outcome.rejected
    assert support.rows(ledger.path) == before


def rewritten(ledger: Ledger) -> Spoil:
    """Let Beijing sign another end of its log, as only a forger of history would."""

    def lie(origin: str, start: int, answer: Answer) -> Answer:
        if origin != THEIRS or start < 5:
            return answer
        edge = Edge.empty().extend(leaves).edge
        for sent in answer.envelopes:
            sent.CopyFrom(pb.Envelope(entry=b"another " + sent.entry[:8]))
        grown = edge.extend([leaf_hash(sent.entry) for sent in answer.envelopes]).edge
        answer.head = signed(grown.size, grown.root())
        return answer

    leaves = support.leaves(ledger.path, THEIRS, 6)
    return lie


def test_another_history_that_is_signed_does_not_overrule_what_stands_here(
    ledger: Ledger, partner: Partner
) -> None:
    """Of the last head the note is damaged, so that only the partner has one."""
    lie = rewritten(ledger)
    change(ledger.path, THEIR_NOTE)
    change(ledger.path, "UPDATE log SET root = x'00' WHERE number = 2")
    before = support.rows(ledger.path)

    outcome = repair(ledger, partner.lying(lie))

    assert not outcome.after.ok
    assert THEIRS in {rejected.origin for rejected in outcome.rejected}
    assert support.rows(ledger.path) == before


def test_a_hole_may_be_filled_by_a_head_that_the_partner_has(
    ledger: Ledger, partner: Partner
) -> None:
    change(ledger.path, THEIR_NOTE)
    change(ledger.path, "UPDATE entry SET entry = x'00' WHERE log=2 AND \"index\"=7")

    outcome = repair(ledger, partner)

    assert outcome.after.ok, outcome.after.faults
