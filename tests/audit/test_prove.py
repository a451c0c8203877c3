"""Receipts: what they prove, by the trust files alone, and what they do not."""

import hashlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from exchange.audit.export import prove
from exchange.errors import FusionError, Reason, Refusal, Tampered
from exchange.ledger import checkpoint
from exchange.ledger.proof import Proof
from exchange.limits import SECOND
from exchange.store import Store
from exchange.trust.bundle import Bundle
from tests.audit.ledger import OURS, REFUSED, THEIRS, Ledger, change
from tests.expecting import failing, refusing
from tests.node import world as worlds
from tests.node.world import CN, FILED, PK, World, bulletin
from tests.trust.editions import edition, with_revoked


@pytest.fixture(scope="module")
def store(sound: Ledger) -> Iterator[Store]:
    opened = Store(sound.path, read_only=True)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def pinned(sound: Ledger) -> dict[str, Bundle]:
    return sound.bundles


@pytest.mark.parametrize("origin", [OURS, THEIRS])
def test_every_entry_can_be_proven(
    store: Store, pinned: dict[str, Bundle], origin: str
) -> None:
    """The REFUSED too: they stand in the log."""
    for stored in store.entries.page(origin, 0, 100):
        found = prove.verify(prove.prove(store, stored, pinned), pinned)

        assert (found.origin, found.index) == (origin, stored.index)
        assert found.entry == stored.entry
        assert found.head.size > stored.index
        parsed = prove.claimed(found.entry)
        assert (parsed is None) == (stored.entry == b"no entry")


def test_it_is_under_a_head_that_a_partner_cosigned(tmp_path: Path) -> None:
    with worlds.world(tmp_path) as world:
        world.meet()
        pinned = world.bundles
        for number in range(5):
            sent = bulletin(world.pk.nation, world.cn.nation, b"%d" % number)
            world.pk.from_desk(sent)
            if number in {2, 3}:  # at sizes 6 and 7
                world.meet()

        under = [_under(world, pinned, index) for index in (0, 2, 3, 5, 6, 7)]

    assert [size for size, _ in under] == [3, 3, 6, 6, 7, 8]
    assert [by for _, by in under] == [(f"{CN}.fusion/mirror",)] * 5 + [()]


def _under(
    world: World, pinned: dict[str, Bundle], index: int
) -> tuple[int, tuple[str, ...]]:
    (stored,) = world.pk.store.entries.page(OURS, index, 1)
    found = prove.verify(prove.prove(world.pk.store, stored, pinned), pinned)
    return found.head.size, tuple(found.cosigned)


# Names.


def test_an_entry_is_found_by_name_prefix_and_place(store: Store) -> None:
    (stored,) = store.entries.page(OURS, 3, 1)
    name = stored.name.hex()

    for text in (name, name[:8], name[:9], "islamabad.pk#3", f"{OURS}#3"):
        assert prove.find(store, text) == stored


def test_what_stands_behind_a_hole_is_not_taken_for_it(ledger: Ledger) -> None:
    change(ledger.path, 'DELETE FROM entry WHERE log = 1 AND "index" = 3')
    opened = Store(ledger.path, read_only=True)

    assert _refusal(opened, "islamabad.pk#3") is Reason.NOT_FOUND
    opened.close()


def test_a_refused_entry_is_found_by_its_place_alone(store: Store) -> None:
    (stored,) = store.entries.page(THEIRS, REFUSED, 1)

    assert prove.find(store, f"{CN}#{REFUSED}") == stored
    assert _refusal(store, stored.name.hex()) is Reason.NOT_FOUND


def _refusal(store: Store, text: str) -> Reason:
    with pytest.raises(Refusal) as raised:
        prove.find(store, text)
    return raised.value.reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Reason.FIELD_VALUE),
        ("abcdef0", Reason.FIELD_VALUE),
        ("ABCDEF01", Reason.FIELD_VALUE),
        ("0" * 65, Reason.FIELD_VALUE),
        ("islamabad#3", Reason.FIELD_VALUE),
        ("islamabad.pk#x", Reason.FIELD_VALUE),
        ("islamabad.pk#-1", Reason.FIELD_VALUE),
        ("islamabad.pk#5", Reason.NOT_FOUND),
        ("islamabad.pk#999999999999999999", Reason.NOT_FOUND),
        ("lahore.pk#0", Reason.NOT_FOUND),
        ("islamabad.pk.fusion/log/2#0", Reason.NOT_FOUND),
        ("0" * 64, Reason.NOT_FOUND),
    ],
)
def test_what_is_no_name_or_nobody_s_is_refused(
    store: Store, text: str, reason: Reason
) -> None:
    assert _refusal(store, text) is reason


def test_a_prefix_of_two_is_ambiguous(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    two = store.entries.page(OURS, 3, 2)
    monkeypatch.setattr(store.entries, "between", lambda *_: two)

    assert _refusal(store, "abcdef01") is Reason.AMBIGUOUS


# What proves nothing.


@pytest.fixture(scope="module")
def made(store: Store, pinned: dict[str, Bundle]) -> Proof:
    (stored,) = store.entries.page(OURS, 3, 1)
    return Proof.parse(prove.prove(store, stored, pinned))


def _fails(
    proof: Proof, pinned: dict[str, Bundle], entry: bytes | None = None
) -> tuple[type[FusionError], Reason]:
    with pytest.raises(FusionError) as raised:
        prove.verify(proof.encode(), pinned, entry)
    return type(raised.value), raised.value.reason


def test_an_entry_may_come_by_itself(made: Proof, pinned: dict[str, Bundle]) -> None:
    bare = replace(made, extra=None)
    entry = made.extra or b""

    assert prove.verify(bare.encode(), pinned, entry).entry == entry
    assert prove.verify(made.encode(), pinned, entry).entry == entry
    assert _fails(bare, pinned) == (Refusal, Reason.FIELD_MISSING)


def test_another_entry_is_not_proven(
    store: Store, made: Proof, pinned: dict[str, Bundle]
) -> None:
    (other,) = store.entries.page(OURS, 4, 1)
    swapped = replace(made, extra=other.entry)

    assert _fails(swapped, pinned) == (Tampered, Reason.PROOF)
    assert _fails(swapped, pinned, made.extra) == (Tampered, Reason.PROOF)
    assert _fails(made, pinned, other.entry) == (Tampered, Reason.PROOF)
    assert _fails(replace(made, index=2), pinned) == (Tampered, Reason.PROOF)


def test_a_spoilt_line_is_not_passed_over(
    made: Proof, pinned: dict[str, Bundle]
) -> None:
    lines = made.note.splitlines(keepends=True)
    reasons = (Reason.COSIGNATURE, Reason.HEAD, Reason.HEAD)
    for place, reason in enumerate(reasons, 1):
        spoilt = [*lines]
        name, _, blob = spoilt[-place].rpartition(b" ")
        middle = len(blob) // 2
        other = b"A" if blob[middle : middle + 1] != b"A" else b"B"
        spoilt[-place] = name + b" " + blob[:middle] + other + blob[middle + 1 :]

        found = _fails(replace(made, note=b"".join(spoilt)), pinned)
        assert found == (Tampered, reason)


def test_a_log_of_an_unknown_nation_is_refused(
    made: Proof, pinned: dict[str, Bundle]
) -> None:
    assert _fails(made, {"cn": pinned["cn"]}) == (Refusal, Reason.NOT_PINNED)


def test_without_the_partner_s_file_its_line_says_nothing(
    made: Proof, pinned: dict[str, Bundle]
) -> None:
    assert prove.verify(made.encode(), {"pk": pinned["pk"]}).cosigned == {}


@given(st.data())
@settings(max_examples=150)
def test_no_byte_of_a_proof_can_be_changed(
    made: Proof, pinned: dict[str, Bundle], data: st.DataObject
) -> None:
    """But in the name and ID of a cosigner, whose line then counts for nothing."""
    good = made.encode()
    start = data.draw(st.integers(0, len(good)))
    end = min(len(good), start + data.draw(st.integers(0, 3)))
    spoilt = good[:start] + data.draw(st.binary(max_size=3)) + good[end:]
    if spoilt == good:
        return

    try:
        found = prove.verify(spoilt, pinned)
    except FusionError:
        return
    assert found.cosigned == {}
    assert found.entry == made.extra


def test_what_is_stored_wrong_is_not_handed_out(ledger: Ledger) -> None:
    change(
        ledger.path,
        "UPDATE hash SET hash = zeroblob(32) WHERE log = 1 AND level = 1"
        ' AND "index" = 0',
    )
    store = Store(ledger.path, read_only=True)
    (stored,) = store.entries.page(OURS, 3, 1)

    with failing(Tampered, Reason.PROOF):
        prove.prove(store, stored, ledger.bundles)

    store.close()


def test_what_no_head_covers_cannot_be_proven(ledger: Ledger) -> None:
    with closing(Store(ledger.path, read_only=True)) as whole:
        (stored,) = whole.entries.page(OURS, 4, 1)
    change(ledger.path, 'DELETE FROM head WHERE log = 1 AND "size" = 5')
    store = Store(ledger.path, read_only=True)
    assert store.entries.page(OURS, 4, 1) == []

    with refusing(Reason.MISSING) as raised:
        prove.prove(store, stored, ledger.bundles)

    store.close()
    assert checkpoint.log_origin(PK) in raised.value.where


# Keys that are revoked.


@pytest.mark.parametrize("log", [True, False])
@pytest.mark.parametrize("later", [-SECOND, SECOND])
def test_a_proof_by_revoked_keys_is_none_from_then_on(
    tmp_path: Path, *, log: bool, later: int
) -> None:
    """A head of the log's own: HEAD. A partner's line: it says nothing."""
    with worlds.world(tmp_path) as world:
        world.meet()
        pinned = world.bundles
        (stored,) = world.pk.store.entries.page(OURS, 0, 1)
        proof = prove.prove(world.pk.store, stored, pinned)
        owner = world.nations[PK if log else CN]
    assert prove.verify(proof, pinned).cosigned
    node = pinned[owner.domain].nodes[owner.node]
    keys = node.logs if log else node.cosigners
    hashes = sorted(hashlib.sha256(one.encode().encode()).digest() for one in keys)
    change = with_revoked(*((what, FILED + later) for what in hashes))
    newer = pinned | {owner.domain: edition(owner, 2, change)}

    if log and later < 0:
        with failing(Tampered, Reason.HEAD):
            prove.verify(proof, newer)
    else:
        found = prove.verify(proof, newer)
        assert bool(found.cosigned) == (log or later > 0)
