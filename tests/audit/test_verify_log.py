"""A log verified in pieces is that verified entry by entry, and what is wrong in it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from exchange import envelope
from exchange.audit.judge import chunk
from exchange.audit.judge import pool as pools
from exchange.audit.judge.replay import Means
from exchange.audit.judge.resume import Resumption
from exchange.audit.judge.verify_log import verify_log
from exchange.audit.result import Fault, LogAudit, PartnersRefusal, RefusedEntry
from exchange.audit.sources.log_source import PartnerRefusal
from exchange.audit.text import audit_text
from exchange.errors import Reason
from exchange.ledger import checkpoint, fork
from exchange.ledger import note as notes
from exchange.ledger.merkle import Edge, leaf_hash
from exchange.ledger.note import Vkey
from exchange.trust import fast_accept, rules, statements, wire
from exchange.trust.directory import Directory
from exchange.v1 import envelope_pb2 as pb
from keys import signing
from keys.signing import Signer
from tests.audit import log_in_memory as shown
from tests.audit.log_in_memory import CN, ORIGIN, PINNED, PK, TIME, Late, Shown, audit
from tests.desk.test_heads import WITNESS, witnessed
from tests.expecting import refusing
from tests.node.refusing import proof_of
from tests.node.world import (
    FILED,
    beginning,
    bulletin,
    core,
    directory,
    keys_of,
    receipt,
)
from tests.trust.nation import DAY, NOW, YEAR, ed, key, ml, revocation

BEGUN = [sent.entry for sent in beginning(PK)]
SECOND = ed("pk second author")
DEPUTY = "duty-2@ops.islamabad.pk"


def state(statement: pb.Statement, *signers: tuple[str, Signer]) -> bytes:
    return directory(PK, statement, signers).entry


def by_issuer(statement: pb.Statement) -> bytes:
    return state(statement, ("issuer", PK.issuer))


def by_roots(statement: pb.Statement) -> bytes:
    return state(statement, *(("root", root) for root in PK.roots))


def said(text: bytes, by: Signer = PK.author, **changes: object) -> bytes:
    """Return a bulletin; its id depends on the text, unless it is given."""
    if by is PK.author:
        return bulletin(PK, CN, text, **changes).entry
    made = bulletin(PK, CN, text, **{"author": by.kid} | changes)
    outer = pb.Entry.FromString(made.entry)
    message = envelope.to_sign("author", by.kid, outer.core, outer.dw, outer.db)
    outer.signatures[0].kid = by.kid
    outer.signatures[0].signature = by.sign(message)
    return outer.SerializeToString(deterministic=True)


def revoke(since: int, signer: Signer = PK.author) -> bytes:
    subject = PK.officer if signer is PK.author else DEPUTY
    return by_issuer(revocation(subject, signer.kid, since))


ID = b"sixteen bytes id"
POOL: dict[str, bytes] = {
    "one": said(b"one"),
    "two": said(b"two"),
    "three": said(b"three"),
    "an id": said(b"x", id=ID),
    "the same id": said(b"y", id=ID),
    "late": said(b"late", filed=FILED - 1),
    "too late": said(b"too late", filed=NOW + 2 * YEAR, expires=NOW + 3 * YEAR),
    "same id, too late": said(
        b"z", id=ID, filed=NOW + 2 * YEAR, expires=NOW + 3 * YEAR
    ),
    "receipt": receipt(PK, b"n" * 32, pb.RELATION_OPENED).entry,
    "bad label": said(b"bad", releasable_to=["cn"]),
    "by another": said(b"another", SECOND),
    "another": by_issuer(key(DEPUTY, "author", SECOND)),
    "another again": by_issuer(key(DEPUTY, "author", SECOND, until=NOW + DAY)),
    "sealing": state(PK.state_sealing(), ("author", PK.author)),
    "revoked": revoke(NOW),
    "another revoked": revoke(NOW, SECOND),
    "policy": by_roots(statements.policy_statement("pk", b"quorum none\n", 1)),
    "no policy": by_roots(statements.policy_statement("pk", b"quorum\n", 2)),
    "nothing": b"",
    "junk": b"\x0a\x06\x08\x01\x10\x01\x18\x05",
    "bytes": bytes(range(256)),
    "of Beijing": bulletin(CN, PK, b"one").entry,
    "issuer": BEGUN[0],
    "author": BEGUN[1],
}


def statement_with_id(id_: bytes) -> bytes:
    """Return the statement of the second author's key under a given id."""

    header = core(
        PK,
        kind=pb.KIND_DIRECTORY,
        author=PK.issuer.kid,
        clear=wire.encode(key(DEPUTY, "author", SECOND)),
        precedence=pb.PRECEDENCE_ROUTINE,
        id=id_,
    )
    sealed = envelope.seal(header, b"", {})
    return envelope.sign(sealed, [("issuer", PK.issuer)]).entry


POOL["another with the id"] = statement_with_id(ID)
logs = st.lists(st.sampled_from(sorted(POOL)), max_size=30).map(
    lambda names: [*BEGUN, *(POOL[name] for name in names)]
)


# One by one, as the rules say it.


@dataclass
class Plain:
    """What judging each entry in turn comes to."""

    ids: set[bytes] = field(default_factory=set)
    names: set[bytes] = field(default_factory=set)
    refused: list[RefusedEntry] = field(default_factory=list)

    def knows_id(self, id_: bytes) -> bool:
        return id_ in self.ids

    def knows_name(self, name: bytes) -> bool:
        return name in self.names

    def run(self, entries: Sequence[bytes]) -> "Plain":
        speakers = Directory(PK.node, PK.bundle)
        log = rules.Log(PK.node, speakers, self)
        for index, entry in enumerate(entries):
            verdict = rules.judge(entry, log)
            if isinstance(verdict, rules.Refused):
                self.refused.append(RefusedEntry(index, verdict.reason))
                continue
            self.ids.add(verdict.core.id)
            self.names.add(verdict.parsed.name)
            if verdict.statement is not None:
                speakers.apply(index, verdict.core, verdict.statement)
        return self


@settings(max_examples=250)
@given(logs, st.integers(1, 6), st.integers(1, 9), st.data())
def test_every_verdict_and_root_is_that_of_the_rules(
    entries: list[bytes], cut: int, ahead: int, data: st.DataObject
) -> None:
    sizes = data.draw(st.sets(st.integers(1, len(entries)), max_size=4))
    heads = [shown.note(entries, size) for size in sorted({*sizes, len(entries)})]
    found = audit(Shown(entries, heads, cut=cut), Late(ahead))

    plain = Plain().run(entries)
    assert list(found.ours) == plain.refused
    assert found.refused == len(plain.refused)
    assert found.accepted == len(entries) - len(plain.refused) == len(plain.ids)
    assert found.root == Edge.empty().extend(list(map(leaf_hash, entries))).edge.root()
    assert (found.ok, found.faults, found.gaps) == (True, (), ())
    assert (found.heads, found.head_size) == (len(heads), len(entries))


def test_a_statement_with_the_id_of_what_is_under_way_says_nothing() -> None:
    """So what its key signs is refused, though the statement was read ahead."""
    entries = [*BEGUN, POOL["an id"], POOL["another with the id"], POOL["by another"]]

    found = audit(Shown(entries, [shown.note(entries)]), Late(9))

    assert found.ours == (
        RefusedEntry(4, Reason.DUPLICATE_ID),
        RefusedEntry(5, Reason.SIGNER_UNKNOWN),
    )


@pytest.mark.parametrize("size", [10, 16_000, 16_300])
def test_a_statement_is_known_by_its_beginning(size: int) -> None:
    """Whether its length takes two bytes or three."""
    text = b"#" + b"x" * size + b"\nquorum none\n"
    policy = by_roots(statements.policy_statement("pk", text, 1))
    assert (policy[2] & 0x80 != 0) == (size > 16_000)
    entries = [*BEGUN, POOL["one"], policy, POOL["two"]]

    found = audit(Shown(entries, [shown.note(entries)], stated=[text]), Late(9))

    assert found.ok
    assert found.accepted == 6


def test_a_statement_makes_nobody_wait() -> None:
    entries = [*BEGUN, POOL["one"], POOL["another"], POOL["by another"], POOL["two"]]
    pool = Late(9)
    merged: list[int] = []

    means = Means(PINNED, pool, progress=lambda _, done, __: merged.append(done))

    found = verify_log(Shown(entries, [shown.note(entries)]), means)

    assert found.accepted == 7
    assert [one.run.count for one in pool.pieces] == [1, 2]
    assert merged == [1, 2, 3, 4, 5, 7]


def test_processes_come_to_the_same() -> None:
    names = sorted(POOL.keys() - {"revoked"})
    entries = [*BEGUN, *(POOL[name] for name in names)]
    entries += [said(b"%d" % number) for number in range(600)]
    source = Shown(entries, [shown.note(entries, 10), shown.note(entries)])

    with pools.open_pool(chunk.judge, len(entries), 2) as workers:
        found = audit(source, workers)

    assert found == audit(source)
    assert found.ok
    assert found.accepted > 600


# Heads.

ENTRIES = [*BEGUN, POOL["one"], POOL["two"]]
GOOD = shown.note(ENTRIES)


def faults(source: Shown) -> list[tuple[int | None, Reason, str]]:
    found = audit(source)
    assert found.wrong == len(found.faults)
    return [(fault.index, fault.reason, fault.what) for fault in found.faults]


def _of_another_log() -> bytes:
    keys = keys_of(CN.node)
    head = replace(shown.head(ENTRIES), origin=checkpoint.log_origin(CN.node))
    return checkpoint.sign_head(head, keys.log, keys.log_pq, TIME)


def _twice() -> bytes:
    text, lines = GOOD.rsplit(b"\n\n", 1)
    last = lines.splitlines(keepends=True)[-1]
    return text + b"\n\n" + lines + last


def _spoilt_line(which: int) -> bytes:
    """Change a bit of one of the three signatures."""
    parsed = notes.parse_note(GOOD)
    lines = list(parsed.lines)
    signature = bytearray(lines[which].signature)
    signature[-1] ^= 1
    lines[which] = replace(lines[which], signature=bytes(signature))
    return replace(parsed, lines=tuple(lines)).encode()


HEADS = {
    "of the same entries in another order": (
        shown.note([*BEGUN, POOL["two"], POOL["one"]]),
        Reason.ROOT,
    ),
    "of another log": (_of_another_log(), Reason.HEAD),
    "by the log's Ed25519 key alone": (
        checkpoint.only(GOOD, [PK.bundle.nodes[PK.node].logs[0]]),
        Reason.HEAD,
    ),
    "with a line twice": (_twice(), Reason.NOTE),
    "with a spoilt Ed25519 line": (_spoilt_line(0), Reason.HEAD),
    "with a spoilt ML-DSA-44 line": (_spoilt_line(1), Reason.HEAD),
    "with a spoilt cosignature": (_spoilt_line(2), Reason.COSIGNATURE),
    "without lines": (GOOD.partition(b"\n\n")[0] + b"\n\n", Reason.NOTE),
}


@pytest.mark.parametrize("what", HEADS)
def test_a_head_that_is_not_as_it_was_signed_is_named(what: str) -> None:
    bad, reason = HEADS[what]

    assert faults(Shown(ENTRIES, [bad])) == [
        (4, reason, "head 5"),
        (4, Reason.MISSING, "head 5"),
    ]
    # As the newest note it is named as that.
    assert faults(Shown(ENTRIES, [GOOD], newest=bad)) == [(None, reason, "newest note")]


@pytest.mark.parametrize(
    ("heads", "expected"),
    [
        ([], [(4, Reason.MISSING, "head 5")]),
        ([shown.note(ENTRIES, 4)], [(4, Reason.MISSING, "head 5")]),
        ([GOOD, GOOD], [(None, Reason.HEAD, "1 heads out of order")]),
        ([GOOD, shown.note(ENTRIES, 4)], [(None, Reason.HEAD, "1 heads out of order")]),
        ([b"", GOOD], [(None, Reason.HEAD, "1 heads out of order")]),
        (
            [GOOD, shown.note([*ENTRIES, b""])],
            [(5, Reason.HEAD, "1 heads beyond the entries")],
        ),
    ],
    ids=["none", "an older one", "twice", "in reverse", "empty", "beyond"],
)
def test_heads_must_be_in_order_and_end_the_entries(
    heads: list[bytes], expected: list[object]
) -> None:
    assert faults(Shown(ENTRIES, heads)) == expected


def test_a_line_of_an_unknown_key_is_counted_and_proves_nothing() -> None:
    strange = checkpoint.cosign(GOOD, "moscow.ru.fusion/mirror", keys_of("x").mirror, 9)

    found = audit(Shown(ENTRIES, [strange]))

    assert (found.ok, found.strange) == (True, 1)
    assert [one.name for one in found.cosigners] == ["beijing.cn.fusion/mirror"]


def test_a_log_that_nobody_cosigned_is_sound_and_says_so() -> None:
    found = audit(Shown(ENTRIES, [shown.signed(shown.head(ENTRIES))]))

    assert found.ok
    assert (found.cosigned_size, found.cosigners, found.last_cosigned_s) == (0, (), 0)
    assert found.proven.time(0) is None


def test_the_newest_note_says_how_fresh_a_log_is_and_proves_no_time() -> None:
    fresh = shown.cosigned(shown.signed(shown.head(ENTRIES), TIME + 50), TIME + 60)

    found = audit(Shown(ENTRIES, [GOOD], newest=fresh))

    assert found.ok
    assert found.last_cosigned_s == TIME + 60
    assert (found.cosigned_size, found.cosigned_s) == (5, TIME)
    assert found.proven.time(4) == TIME


def test_an_empty_log_has_no_head() -> None:
    assert faults(Shown([], [])) == []
    assert faults(Shown([], [GOOD])) == [(0, Reason.HEAD, "1 heads beyond the entries")]


# Entries that are not those.


def test_a_hole_is_named_and_nothing_above_it_is_believed() -> None:
    found = audit(Shown(ENTRIES, [GOOD], skipped=3))

    assert found.gaps == ((3, 4),)
    assert (found.size, found.ok) == (3, False)
    assert found.faults[0] == Fault(ORIGIN, 3, Reason.MISSING, "entry")


@pytest.mark.parametrize("size", [4, 6])
def test_more_or_less_than_is_claimed_is_named(size: int) -> None:
    found = audit(Shown(ENTRIES, [GOOD], size=size))

    assert not found.ok
    assert found.gaps == ((5, max(5, size)),)


@given(st.integers(0, 4), st.data())
@settings(max_examples=60)
def test_no_byte_of_an_entry_can_be_changed(index: int, data: st.DataObject) -> None:
    spoilt = bytearray(ENTRIES[index])
    spoilt[data.draw(st.integers(0, len(spoilt) - 1))] ^= data.draw(st.integers(1, 255))
    entries = [*ENTRIES]
    entries[index] = bytes(spoilt)

    assert (4, Reason.ROOT, "head 5") in faults(Shown(entries, [GOOD]))


def test_a_log_that_no_trust_file_names_is_refused() -> None:
    source = Shown(ENTRIES, [GOOD], origin="lahore.pk.fusion/log/1")

    with refusing(Reason.NOT_PINNED):
        audit(source)


# What is said beside.


def test_what_partners_refused_is_told_and_compared() -> None:
    entries = [*ENTRIES, POOL["bad label"]]
    proof = proof_of(CN.node, ORIGIN, entries[5], 5, "NOT_RELEASABLE")
    refused = [
        PartnerRefusal(3, CN.node, "LABEL", FILED),
        PartnerRefusal(5, CN.node, "NOT_RELEASABLE", FILED, proof),
    ]

    found = audit(Shown(entries, [shown.note(entries)], refused=refused))

    assert found.ok
    assert found.ours == (RefusedEntry(5, Reason.NOT_RELEASABLE),)
    assert found.theirs == (
        PartnersRefusal(3, "LABEL", CN.node, signed=False, ours=""),
        PartnersRefusal(
            5, "NOT_RELEASABLE", CN.node, signed=True, ours="NOT_RELEASABLE"
        ),
    )
    assert (found.refused_by_others, found.disputed) == (2, 1)


def test_a_refusal_of_what_is_not_there_is_a_fault() -> None:
    refused = [PartnerRefusal(5, CN.node, "LABEL", FILED)]

    assert faults(Shown(ENTRIES, [GOOD], refused=refused)) == [
        (5, Reason.MISSING, f"refusal by {CN.node}")
    ]


@pytest.mark.parametrize(
    ("index", "changes", "reason"),
    [
        (2, {}, Reason.SIGNATURE),
        (3, {"reason": "KIND"}, Reason.SIGNATURE),
        (3, {"by": PK.node}, Reason.SIGNATURE),
        (3, {"proof": b"no proof"}, Reason.PROOF),
        (3, {"proof": bytes(84)}, Reason.PROOF),
    ],
    ids=["entry", "reason", "node", "no proof", "zeros"],
)
def test_a_refusal_that_its_partner_did_not_sign_is_a_fault(
    index: int, changes: dict[str, Any], reason: Reason
) -> None:
    proof = proof_of(CN.node, ORIGIN, ENTRIES[3], 3, "LABEL")
    refused = replace(PartnerRefusal(index, CN.node, "LABEL", FILED, proof), **changes)

    found = faults(Shown(ENTRIES, [GOOD], refused=[refused]))

    assert found == [(index, reason, f"refusal by {refused.by}")]


def test_the_policies_said_beside_are_those_of_the_log() -> None:
    entries = [*ENTRIES, POOL["policy"], POOL["no policy"]]
    heads = [shown.note(entries)]

    assert audit(Shown(entries, heads, stated=[b"quorum none\n"])).ok
    for wrong in ([], [b"quorum none\n", b"quorum\n"], [b"quorum x\n"]):
        assert faults(Shown(entries, heads, stated=wrong)) == [
            (None, Reason.POLICY, "policies")
        ]


def _fork() -> bytes:
    other = shown.signed(shown.head([*BEGUN, POOL["two"], POOL["one"]]))

    def none(_: int, __: int) -> bytes:
        raise AssertionError

    return fork.between(GOOD, other, none).encode()


def test_a_proof_of_a_fork_is_the_finding() -> None:
    assert faults(Shown(ENTRIES, [GOOD], proof=_fork())) == [
        (None, Reason.FORK, "fork")
    ]
    found = faults(Shown(ENTRIES, [GOOD], proof=_fork()[:-9]))
    assert [(index, what) for index, _, what in found] == [(None, "proof of a fork")]


# Policies and proven times.


def witness(name: str) -> Vkey:
    return Vkey(f"{name}.example/witness", notes.ML_DSA_44, keys_of(name).mirror.public)


def test_a_policy_counts_from_its_statement_on_with_its_own_witnesses() -> None:
    """Heads below it are held to the default: the partner's line."""
    key_ = witness("arbiter")
    text = f"witness arbiter {key_.encode()}\nquorum arbiter\n".encode()
    policy = by_roots(statements.policy_statement("pk", text, 1))
    entries = [*BEGUN, POOL["one"], policy, POOL["two"]]
    keys = keys_of("arbiter")
    heads = [
        checkpoint.cosign(
            shown.note(entries, size, TIME + size),
            key_.name,
            keys.mirror,
            TIME + 10 * size,
        )
        for size in (4, 5, 6)
    ]

    found = audit(Shown(entries, heads, stated=[text]))

    assert (found.ok, found.strange) == (True, 1)  # the arbiter's, below the statement
    assert [found.proven.time(index) for index in (3, 4, 5)] == [
        TIME + 4,
        TIME + 50,
        TIME + 60,
    ]
    assert {one.name: one.time_s for one in found.cosigners} == {
        "arbiter.example/witness": TIME + 60,
        "beijing.cn.fusion/mirror": TIME + 6,
    }


def test_a_witness_of_an_earlier_policy_is_no_stranger() -> None:
    """A head keeps its line, which is verified, and meets the later policy no more."""
    first, second = witness("first"), witness("second")
    texts = [
        f"witness w {key_.encode()}\nquorum w\n".encode() for key_ in (first, second)
    ]
    policies = [
        by_roots(statements.policy_statement("pk", text, serial))
        for serial, text in enumerate(texts, 1)
    ]
    entries = [*BEGUN, *policies]
    signed = shown.note(entries)
    good = checkpoint.cosign(signed, first.name, keys_of("first").mirror, TIME)

    found = audit(Shown(entries, [good], stated=texts))
    assert (found.ok, found.strange, found.cosigned_size) == (True, 0, 0)
    assert first.name in {one.name for one in found.cosigners}

    other = b"A" if good[-400:-399] != b"A" else b"B"  # its end is often zeros
    spoilt = good[:-400] + other + good[-399:]
    assert faults(Shown(entries, [spoilt], stated=texts))[0] == (
        len(entries) - 1,
        Reason.COSIGNATURE,
        f"head {len(entries)}",
    )


def test_behind_a_hole_nothing_is_told_of_the_heads() -> None:
    heads = [shown.note(ENTRIES, 2), GOOD]

    assert faults(Shown(ENTRIES, heads, skipped=3)) == [(3, Reason.MISSING, "entry")]


@pytest.mark.parametrize("spoil", [False, True])
def test_a_witness_with_ed25519_counts_if_its_line_verifies(spoil: bool) -> None:  # noqa: FBT001
    """Type 0x04 of C2SP tlog-cosignature."""
    text = f"witness third {WITNESS.encode()}\nquorum third\n".encode()
    entries = [*BEGUN, by_roots(statements.policy_statement("pk", text, 1))]
    head = witnessed(shown.note(entries, 4, TIME), TIME + 7, spoil=spoil)

    found = audit(Shown(entries, [head], stated=[text]))

    if spoil:
        assert [one.reason for one in found.faults][:1] == [Reason.COSIGNATURE]
        return
    assert (found.ok, found.strange) == (True, 0)
    assert found.proven.time(3) == TIME + 7
    assert (WITNESS.name, TIME + 7) in [(c.name, c.time_s) for c in found.cosigners]


def test_nobody_cosigns_under_a_partner_s_name_with_another_key() -> None:
    """The own roots name such a key: its lines are a stranger's."""
    fake = Vkey("beijing.cn.fusion/mirror", notes.ML_DSA_44, ml("impostor").public)
    text = f"witness beijing {fake.encode()}\nquorum beijing\n".encode()
    entries = [*BEGUN, by_roots(statements.policy_statement("pk", text, 1))]
    signed = shown.signed(shown.head(entries), TIME)
    head = checkpoint.cosign(signed, fake.name, ml("impostor"), TIME + 7)

    found = audit(Shown(entries, [head], stated=[text]))

    assert found.strange == 1
    assert found.cosigners == ()
    assert found.proven.time(3) is None


def test_the_log_s_own_time_counts_too() -> None:
    """A partner that signs early cannot prove earlier than the log says itself."""
    note = shown.cosigned(shown.signed(shown.head(ENTRIES), TIME + 9), TIME - 9)

    assert audit(Shown(ENTRIES, [note])).proven.time(0) == TIME + 9


def since_revoked(entries: list[bytes], times: list[int]) -> LogAudit:
    """Audit a log with a head after each of these entries, at these times."""
    log = [*BEGUN, *entries]
    heads = [
        shown.note(log, len(BEGUN) + count, TIME + time)
        for count, time in enumerate(times, 1)
    ]
    return audit(Shown(log, heads))


def test_what_is_not_proven_before_the_revocation_s_time_is_named() -> None:
    entries = [POOL["one"], POOL["two"], revoke(1000 * (TIME + 20)), POOL["three"]]
    found = since_revoked(entries, [10, 20, 30, 40])

    assert found.ok
    assert found.ours == (RefusedEntry(6, Reason.SIGNER_REVOKED),)
    (revoked,) = found.revocations
    assert (revoked.revokes, revoked.subject) == (PK.author.kid, PK.officer)
    assert (revoked.since, revoked.index) == (1000 * (TIME + 20), 5)
    assert (revoked.entries, revoked.first) == (1, (4,))


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        (1000 * (TIME + 10), (2, 3, 4)),
        (1000 * (TIME + 10) + 1, (4,)),
        (1000 * (TIME + 20) + 1, ()),
        (1, (2, 3, 4)),  # the statement of the sealing key too
    ],
)
def test_a_time_proven_in_that_very_second_is_not_before(
    since: int, expected: tuple[int, ...]
) -> None:
    entries = [POOL["one"], POOL["two"], revoke(since)]

    (revoked,) = since_revoked(entries, [10, 20, 30]).revocations

    assert revoked.first == expected
    assert revoked.entries == len(expected)


def test_a_later_head_of_an_earlier_time_proves_the_earlier_time() -> None:
    """The least over the heads: one slow clock does not spoil an entry."""
    entries = [POOL["one"], POOL["two"], revoke(1000 * (TIME + 20))]

    (revoked,) = since_revoked(entries, [90, 15, 16]).revocations

    assert revoked.first == ()


def test_without_a_head_that_meets_the_policy_nothing_is_proven() -> None:
    log = [*BEGUN, POOL["one"], revoke(1000 * (TIME + 20))]
    heads = [shown.signed(shown.head(log, size), TIME) for size in (4, 5)]

    (revoked,) = audit(Shown(log, heads)).revocations

    assert revoked.first == (2, 3)


def test_a_refused_entry_needs_no_mark() -> None:
    entries = [POOL["bad label"], POOL["one"], POOL["one"], revoke(1)]

    (revoked,) = since_revoked(entries, [1, 2, 3, 4]).revocations

    assert revoked.first == (2, 4)


def test_who_only_names_a_key_has_not_signed_by_it() -> None:
    """A reference may be to a name that is the key's own."""
    about = receipt(PK, SECOND.kid, pb.RELATION_OPENED).entry
    entries = [POOL["another"], about, POOL["by another"], revoke(1, SECOND)]

    (revoked,) = since_revoked(entries, [1, 2, 3, 4]).revocations

    assert revoked.first == (5,)


def test_two_revocations_of_a_key_are_one_of_the_earlier_time() -> None:
    entries = [POOL["one"], revoke(1000 * (TIME + 99)), revoke(1)]

    (revoked,) = since_revoked(entries, [1, 2, 3]).revocations

    assert (revoked.since, revoked.index, revoked.first) == (1, 4, (2, 3))


# What an issuer stated whom the roots revoke.


def issuer_revoked(since: int) -> bytes:
    return by_roots(revocation(PK.node, PK.issuer.kid, 1000 * (TIME + since)))


def of_keys(found: LogAudit) -> list[tuple[str, str, int, tuple[int, ...]]]:
    return [(one.sort, one.subject, one.index, one.first) for one in found.revocations]


def test_a_key_by_a_revoked_issuer_is_in_doubt_until_the_roots_revoke_it() -> None:
    """Of what stands from its statement on nothing is proven to be older."""
    entries = [POOL["one"], POOL["another"], POOL["by another"], issuer_revoked(15)]
    found = since_revoked(entries, [10, 20, 30, 40])

    assert found.ok
    assert of_keys(found) == [
        ("REVOKED", "issuer@pk", 6, (4,)),
        ("STATED", DEPUTY, 4, (5,)),
    ]
    assert found.revocations[1].since == 1000 * (TIME + 15)
    (line,) = [one for one in audit_text._found(found) if "stated a key of" in one]
    assert "#4: issuer@pk, not trusted since" in line
    assert "1 DISOWNED: #5" in line

    by_them = by_roots(revocation(PK.node, SECOND.kid, 1000 * (TIME + 35)))
    said_ = since_revoked([*entries, by_them], [10, 20, 30, 40, 50])

    assert of_keys(said_)[1:] == [("REVOKED", DEPUTY, 7, ())]


def test_a_key_that_is_proven_older_than_its_issuers_theft_is_not_in_doubt() -> None:
    entries = [POOL["another"], POOL["by another"], issuer_revoked(15)]
    found = since_revoked(entries, [10, 20, 30])

    assert of_keys(found) == [("REVOKED", "issuer@pk", 5, ())]


def test_a_revocation_by_a_revoked_issuer_disowns_nothing() -> None:
    entries = [POOL["one"], revoke(1), issuer_revoked(15), POOL["two"]]
    found = since_revoked(entries, [10, 20, 30, 40])

    assert of_keys(found) == [
        ("DOUBTED", PK.officer, 4, ()),
        ("REVOKED", "issuer@pk", 5, (4,)),
    ]
    assert found.ours == (RefusedEntry(6, Reason.SIGNER_REVOKED),)
    (line,) = [one for one in audit_text._found(found) if "without effect" in one]
    assert "BEFORE REVOCATION" not in line


# What was verified before.


class Counting:
    """Counts the signatures that are verified in this process."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.count = 0
        patch.setattr(signing, "verify", self._counting(signing.verify))
        counting = self._counting(signing.verify_signed)
        patch.setattr(fast_accept, "verify_signed", counting)

    def _counting(self, real: Callable[..., None]) -> Callable[..., None]:
        def verify(*given: object) -> None:
            self.count += 1
            real(*given)

        return verify


def test_what_was_verified_is_not_verified_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entries = [*BEGUN, *(said(b"%d" % number) for number in range(21))]
    source = Shown(entries, [shown.note(entries, 9), shown.note(entries)], cut=4)
    claims, counting = Resumption(), Counting(monkeypatch)
    first = audit(source, claims=claims)
    all_, counting.count = counting.count, 0
    chunk._learned.cache_clear()

    again = audit(source, claims=claims)

    assert again == first
    # The statements (two roots, issuer, author) and one entry, to learn the shape.
    assert counting.count == 2 + 1 + 1 + 1 < all_


def test_what_did_not_verify_is_never_claimed() -> None:
    bad = pb.Entry.FromString(said(b"bad"))
    bad.signatures[0].signature = bytes(64)
    entries = [
        *(*BEGUN, POOL["one"]),
        *(said(b"%d" % number) for number in range(3)),
        bad.SerializeToString(deterministic=True),
        *(said(b"%d" % number) for number in range(3, 8)),
    ]
    claims = Resumption()
    heads = [shown.note(entries, 3), _bad_head(entries, 12), shown.note(entries)]

    first = audit(Shown(entries, heads, cut=4), claims=claims)

    assert [claims.has(ORIGIN, run) for run in range(4)] == [
        True,
        False,  # the bad signature
        False,  # the bad head
        True,
    ]
    assert audit(Shown(entries, heads, cut=4), claims=claims) == first
    assert not first.ok


def _bad_head(entries: list[bytes], size: int) -> bytes:
    parsed = notes.parse_note(shown.note(entries, size))
    lines = (*parsed.lines[:2], replace(parsed.lines[2], signature=bytes(2_428)))
    return replace(parsed, lines=lines).encode()


def test_memory_is_bounded_by_what_is_under_way() -> None:
    """Pieces are cut by entries and by bytes, and few are held."""
    large = [b"\x0a" + b"x" * 65_000 + b"%d" % number for number in range(40)]
    entries = [*BEGUN, *large, *(said(b"%d" % number) for number in range(600))]
    pool = Late(3)

    audit(Shown(entries, [shown.note(entries)]), pool)

    assert pool.most == 3
    assert max(one.run.count for one in pool.pieces) <= 1_024
    assert max(len(one.run.packed) for one in pool.pieces) < 10 * 65_536
    assert sum(one.run.count for one in pool.pieces) == len(entries) - len(BEGUN)
