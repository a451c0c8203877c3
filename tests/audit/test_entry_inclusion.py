"""Where a disclosed envelope stands, and by whom it is signed: verified, or refused."""

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from exchange import envelope
from exchange.audit.entry_inclusion import Inclusion, check_proof, find_inclusion
from exchange.disclosure_file import Shown as Text
from exchange.disclosure_file import show
from exchange.errors import FusionError, Reason, Tampered
from exchange.ledger import merkle
from exchange.ledger.checkpoint import Head, cosigner_name, log_origin
from exchange.ledger.merkle import Edge, leaf_hash
from exchange.ledger.proof import Proof
from exchange.trust import entries
from exchange.trust.enrol.bundle_editions import next_log
from exchange.v1 import envelope_pb2 as pb
from tests.audit.disclosing import made
from tests.audit.log_in_memory import (
    CN,
    ORIGIN,
    PINNED,
    PK,
    Shown,
    cosigned,
    head,
    note,
    signed,
)
from tests.expecting import failing, refusing
from tests.node.world import FILED, beginning, bulletin, directory
from tests.trust.nation import NOW, Nation, ed, key, revocation

BEGUN = [sent.entry for sent in beginning(PK)]
SENT, DISCLOSED = made(PK, CN)
ONE, TEXT = SENT.entry, show(DISCLOSED)
OTHERS = [bulletin(PK, CN, b"%d" % n).entry for n in range(4)]
LOG = [*BEGUN, OTHERS[0], ONE, *OTHERS[1:]]
PLACE = 4
BY = cosigner_name(CN.node)


def stands(
    listed: Sequence[bytes] = LOG, text: Text = TEXT, **shown: object
) -> Inclusion:
    source = Shown(listed, shown.pop("notes", [note(listed)]), **shown)  # type: ignore[arg-type]  # its fields
    return find_inclusion(text, [source], PINNED)


def with_bad_line(good: bytes) -> bytes:
    """Return a note whose last signature was changed; near its end it has zeros."""
    other = b"A" if good[-400:-399] != b"A" else b"B"
    return good[:-400] + other + good[-399:]


def refused(reason: Reason, *sources: Shown, text: Text = TEXT) -> str:
    with failing(FusionError, reason) as caught:
        find_inclusion(text, sources, PINNED)
    assert isinstance(caught.value, Tampered)
    assert caught.value.exit_code == 1
    return caught.value.where


def test_it_stands_where_it_stands_signed_and_cosigned() -> None:
    found = stands()

    assert (found.place.index, found.place.head) == (PLACE, head(LOG))
    assert set(found.place.cosigned) == {BY}
    assert [(s.role, s.subject) for s in found.signers] == [("author", PK.officer)]
    assert found.revoked == {}


def test_of_the_heads_over_it_the_newest_that_is_cosigned_counts() -> None:
    notes = [note(LOG, size) for size in (3, 5, 6)] + [signed(head(LOG))]

    found = stands(notes=notes)

    assert found.place.head == head(LOG, 6)
    assert set(found.place.cosigned) == {BY}


def test_that_nobody_has_cosigned_it_is_said() -> None:
    assert stands(notes=[signed(head(LOG))]).place.cosigned == {}


def test_an_entry_that_is_not_there_is_missing() -> None:
    without = [entry for entry in LOG if entry != ONE]

    refused(Reason.MISSING, Shown(without, [note(without)]))
    refused(Reason.MISSING)


def test_under_another_signature_it_is_another_entry() -> None:
    """Whoever re-signs it with another key has not what the log holds."""
    parsed = envelope.split(ONE)
    outer = pb.Entry.FromString(ONE)
    outer.signatures[0].signature = bytes(64)
    forged = outer.SerializeToString(deterministic=True)
    assert envelope.split(forged).name == parsed.name

    text = replace(TEXT, parsed=envelope.split(forged))
    refused(Reason.MISSING, Shown(LOG, [note(LOG)]), text=text)

    spoilt = [forged if entry == ONE else entry for entry in LOG]
    where = refused(Reason.SIGNATURE, Shown(spoilt, [note(spoilt)]), text=text)
    assert where == f"{ORIGIN}#{PLACE}"


def test_before_its_author_is_registered_it_is_refused() -> None:
    early = [BEGUN[0], ONE, *BEGUN[1:]]

    where = refused(Reason.SIGNER_UNKNOWN, Shown(early, [note(early)]))
    assert where == f"{ORIGIN}#1"


def test_a_copy_that_came_too_early_does_not_hide_it() -> None:
    twice = [BEGUN[0], ONE, *BEGUN[1:], ONE, ONE]

    found = stands(twice)

    assert found.place.index == 4


def test_an_id_that_was_used_below_is_refused() -> None:
    """Two envelopes of one id: only the first was ever accepted."""
    core = envelope.split(ONE).core
    other = bulletin(PK, CN, b"first", id=core.id).entry
    listed = [*BEGUN, other, ONE]

    refused(Reason.DUPLICATE_ID, Shown(listed, [note(listed)]))


def test_an_id_that_a_refused_entry_had_is_free() -> None:
    core = envelope.split(ONE).core
    bad = bulletin(PK, CN, b"first", id=core.id, releasable_to=["pk"]).entry
    listed = [*BEGUN, bad, ONE]

    assert stands(listed).place.index == 4


def test_a_statement_whose_id_stands_below_says_nothing() -> None:
    """A key that comes under an id that was used is no key, and signs nothing."""
    second = key("duty-2@ops.islamabad.pk", "author", ed("second"))
    stated = directory(PK, second, [("issuer", PK.issuer)])
    id_ = envelope.split(stated.entry).core.id
    used = bulletin(PK, CN, b"first", id=id_).entry
    other = Nation()
    other.author = ed("second")
    sent, disclosed = made(other, CN, "By the second")
    text = show(disclosed)

    assert stands([*BEGUN, stated.entry, sent.entry], text).place.index == 4
    listed = [*BEGUN, used, stated.entry, sent.entry]
    refused(Reason.SIGNER_UNKNOWN, Shown(listed, [note(listed)]), text=text)


def test_that_its_signer_was_revoked_later_is_said() -> None:
    said = revocation(PK.officer, PK.author.kid, NOW)
    stated = directory(PK, said, [("issuer", PK.issuer)])
    listed = [*BEGUN, ONE, stated.entry]

    found = stands(listed)

    assert found.revoked[PK.author.kid].index == 4


def test_below_the_revocation_it_stands_and_above_it_does_not() -> None:
    said = revocation(PK.officer, PK.author.kid, NOW)
    stated = directory(PK, said, [("issuer", PK.issuer)])
    listed = [*BEGUN, stated.entry, ONE]

    refused(Reason.SIGNER_REVOKED, Shown(listed, [note(listed)]))


def test_a_log_with_a_hole_is_refused() -> None:
    where = refused(Reason.MISSING, Shown(LOG, [note(LOG)], skipped=1))
    assert where == f"{ORIGIN}#1"


@pytest.mark.parametrize(
    ("notes", "reason"),
    [
        pytest.param([], Reason.HEAD, id="no head"),
        pytest.param([note(LOG, PLACE)], Reason.HEAD, id="only a head below"),
        pytest.param([note([*LOG[:-1], b"x"])], Reason.ROOT, id="another root"),
        pytest.param([note([*LOG, b"x"])], Reason.HEAD, id="a head beyond"),
        pytest.param([b"no note"], Reason.HEAD, id="no note"),
        pytest.param(
            [note(LOG).replace(b"/log/1 ", b"/log/2 ")],
            Reason.HEAD,
            id="no line of ours",
        ),
        pytest.param(
            [with_bad_line(note(LOG))],
            Reason.COSIGNATURE,
            id="a bad line",
        ),
    ],
)
def test_a_head_that_does_not_hold_it_is_refused(
    notes: list[bytes], reason: Reason
) -> None:
    refused(reason, Shown(LOG, notes))


def test_the_log_of_another_node_does_not_hold_it() -> None:
    origin = log_origin(CN.node)
    with refusing(Reason.ORIGIN):
        find_inclusion(TEXT, [Shown(LOG, [note(LOG)], origin=origin)], PINNED)


def test_a_nation_without_a_trust_file_is_not_believed() -> None:
    with refusing(Reason.NOT_PINNED):
        find_inclusion(TEXT, [Shown(LOG, [note(LOG)])], {"cn": CN.bundle})


# By a tlog-proof alone.


def proof(index: int = PLACE, listed: Sequence[bytes] = LOG) -> Proof:
    grown = Edge.empty().extend([leaf_hash(entry) for entry in listed])
    nodes = {node[:2]: node[2] for node in grown.nodes}
    hashes = merkle.inclusion_proof(
        index, len(listed), lambda level, at: nodes[level, at]
    )
    return Proof(index, tuple(hashes), note(listed))


def test_a_proof_says_where_it_stands() -> None:
    place = check_proof(TEXT, proof().encode(), PINNED)

    assert (place.index, place.head) == (PLACE, head(LOG))
    assert set(place.cosigned) == {BY}


@pytest.mark.parametrize(
    ("spoilt", "reason"),
    [
        pytest.param(proof(PLACE + 1), Reason.PROOF, id="of another entry"),
        pytest.param(
            replace(proof(), index=PLACE - 1), Reason.PROOF, id="another place"
        ),
        pytest.param(replace(proof(), hashes=()), Reason.PROOF, id="no hashes"),
        pytest.param(
            replace(proof(), note=note(LOG[:-1])), Reason.PROOF, id="another head"
        ),
        pytest.param(
            replace(proof(), note=note(LOG).replace(b"islamabad.pk", b"beijing.cn")),
            Reason.ORIGIN,
            id="another log",
        ),
        pytest.param(
            replace(proof(), note=note(LOG).replace(b"islamabad.pk", b"lahore.in")),
            Reason.NOT_PINNED,
            id="a log of nobody",
        ),
        pytest.param(
            replace(proof(), note=with_bad_line(note(LOG))),
            Reason.COSIGNATURE,
            id="a bad line",
        ),
    ],
)
def test_a_proof_of_something_else_is_refused(spoilt: Proof, reason: Reason) -> None:
    with failing(Tampered, reason):
        check_proof(TEXT, spoilt.encode(), PINNED)


def test_what_is_no_proof_is_bad_input() -> None:
    with refusing(Reason.PROOF):
        check_proof(TEXT, b"c2sp.org/tlog-proof@v1\n", PINNED)


# In a log that goes on from another.

SECOND = log_origin(PK.node, 2)
NEXT = {"pk": next_log(PK.bundle, PK.node, PK.roots, FILED), "cn": CN.bundle}
FIRST = [*BEGUN, *OTHERS]


def second(listed: Sequence[bytes]) -> Shown:
    """Return Islamabad's second log."""
    root = merkle.root_hash([leaf_hash(entry) for entry in listed])
    notes = [cosigned(signed(Head(SECOND, len(listed), root)))]
    return Shown(listed, notes, origin=SECOND)


def opening(end: bytes) -> bytes:
    return entries.head_envelope(end, PK.node, PK.issuer, FILED).entry


def test_keys_carry_over_to_the_log_that_goes_on() -> None:
    logs = [Shown(FIRST, [note(FIRST)]), second([opening(note(FIRST)), ONE])]

    found = find_inclusion(TEXT, logs, NEXT)

    assert (found.place.head.origin, found.place.index) == (SECOND, 1)
    assert [s.subject for s in found.signers] == [PK.officer]


@pytest.mark.parametrize(
    ("begun", "reason"),
    [
        pytest.param([], Reason.HEAD, id="without an opening"),
        pytest.param([OTHERS[0]], Reason.HEAD, id="a bulletin"),
        pytest.param([opening(note(FIRST, 4))], Reason.HEAD, id="another end"),
        pytest.param(
            [opening(signed(head(FIRST)))], Reason.COSIGNATURE, id="a lonely end"
        ),
    ],
)
def test_a_log_that_begins_otherwise_goes_on_from_nothing(
    begun: list[bytes], reason: Reason
) -> None:
    logs = [Shown(FIRST, [note(FIRST)]), second([*begun, ONE])]

    with failing(Tampered, reason, f"{SECOND}#0"):
        find_inclusion(TEXT, logs, NEXT)
