"""What goes in comes out, in its place, once."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from exchange.errors import Reason, Refusal
from exchange.ledger import checkpoint, merkle
from exchange.ledger.checkpoint import Head
from exchange.ledger.note import parse_note
from exchange.store import (
    ENTRY,
    HEAD,
    LACKING,
    REFUSAL,
    TEXT,
    Answer,
    PeerState,
    SaidRefusal,
    Store,
    StoredArrival,
)
from exchange.store.arrivals import ArrivedThing
from keys.signing import MlDsa44Signer
from tests.expecting import present, refusing
from tests.faults import NEVER
from tests.store.support import (
    BULLETIN,
    DIRECTORY,
    NOW,
    ORIGIN,
    Log,
    entry,
    note,
    verify,
)
from tests.store.test_faults import opened

OTHER = checkpoint.log_origin("beijing.cn")


def test_an_empty_store_knows_nothing(store: Store) -> None:
    assert store.logs.origins() == []
    assert store.heads.newest(ORIGIN) is None
    assert store.logs.size(ORIGIN) == 0
    assert store.logs.edge(ORIGIN) == merkle.Edge.empty()
    assert store.entries.page(ORIGIN, 0, 10) == []
    assert store.entries.by_name(bytes(32)) is None
    assert store.arrivals.page(0, 10) == []
    assert store.logs.root_at(ORIGIN, 0) == merkle.EMPTY_ROOT
    with refusing(Reason.MISSING):
        store.logs.hash(ORIGIN, 0, 0)


def test_an_entry_comes_back_whole(store: Store, log: Log) -> None:
    given = entry(0)
    head = log.append(given)
    (stored,) = store.entries.page(ORIGIN, 0, 10)

    assert (stored.origin, stored.index) == (ORIGIN, 0)
    for name in ("entry", "name", "id", "kind", "wraps", "body", "desks", "reason"):
        assert getattr(stored, name) == getattr(given, name), name
    assert stored.leaf == store.logs.hash(ORIGIN, 0, 0) == head.head.root
    assert store.entries.by_name(given.name) == stored
    assert store.heads.newest(ORIGIN) == head
    assert store.heads.note(ORIGIN, 1) == head.note


def test_batches_of_two_logs_stay_apart(store: Store, log: Log) -> None:
    other = Log(store, OTHER)
    log.append(entry(0), entry(1), entry(2))
    other.append(entry(10))
    log.append(entry(3))
    other.append(entry(11), entry(12))

    assert store.logs.origins() == [ORIGIN, OTHER]
    assert [verify(store, origin) for origin in (ORIGIN, OTHER)] == [4, 3]
    assert [s.entry for s in store.entries.page(OTHER, 1, 1)] == [entry(11).entry]


def test_arrivals_tell_what_came_in_order(store: Store, log: Log) -> None:
    log.append(entry(0), entry(1, reason="SIGNATURE"))
    refused = SaidRefusal(0, "KIND", b"proof")
    store.partners.note_refusal(ORIGIN, "beijing.cn", refused, NOW)
    store.partners.note_refusal(ORIGIN, "beijing.cn", refused, NOW)
    want = [
        StoredArrival(1, ENTRY, ORIGIN, 0, "", ""),
        StoredArrival(2, ENTRY, ORIGIN, 1, "", "SIGNATURE"),
        StoredArrival(3, HEAD, ORIGIN, 2, "", ""),
        StoredArrival(4, REFUSAL, ORIGIN, 0, "beijing.cn", "KIND"),
    ]

    assert store.arrivals.page(0, 10) == want
    assert store.arrivals.page(1, 2) == want[1:3]
    assert [(r.by, r.reason, r.at) for r in store.partners.refusals(ORIGIN, 0)] == [
        ("beijing.cn", "KIND", NOW)
    ]
    assert store.partners.refusals(ORIGIN, 1) == []


def test_a_refused_entry_is_kept_without_its_payload(store: Store, log: Log) -> None:
    log.append(entry(0, reason="SIGNATURE"))
    (stored,) = store.entries.page(ORIGIN, 0, 1)

    assert (stored.wraps, stored.body, stored.reason) == ((), b"", "SIGNATURE")
    assert store.entries.by_name(stored.name) == stored
    assert not store.entries.known_names(ORIGIN, [stored.name])
    assert not store.entries.known_ids(ORIGIN, [stored.id])
    with store._database.read_cursor() as connection:
        asked = "SELECT count(*) FROM payload"
        assert connection.execute(asked).fetchone()[0] == 0


def test_a_refused_copy_takes_no_name_away(store: Store, log: Log) -> None:
    copy = entry(0)._replace(reason="DUPLICATE_NAME")
    log.append(copy, copy)
    log.append(entry(0), copy)

    found = present(store.entries.by_name(entry(0).name))
    assert (found.index, found.reason) == (2, "")
    assert verify(store) == 4


def test_names_are_found_by_how_they_begin(store: Store, log: Log) -> None:
    log.append(*(entry(n, reason="KIND" if n == 4 else "") for n in range(9)))
    stored = sorted(store.entries.page(ORIGIN, 0, 9), key=lambda one: one.name)
    accepted = [one for one in stored if not one.reason]

    assert store.entries.between(bytes(32), b"\xff" * 32, 100) == accepted
    assert store.entries.between(bytes(32), b"\xff" * 32, 2) == accepted[:2]
    name = accepted[3].name
    assert store.entries.between(name, name, 100) == [accepted[3]]
    assert store.entries.between(name + b"\0", accepted[4].name, 9) == [accepted[4]]
    (refused,) = (one for one in stored if one.reason)
    assert store.entries.between(refused.name, refused.name, 9) == []


def test_what_was_refused_newest_first(store: Store, log: Log) -> None:
    log.append(*(entry(n, reason="KIND" if n % 3 == 0 else "") for n in range(10)))

    def found(start: int, limit: int) -> list[int]:
        return [s.index for s in store.entries.refused(ORIGIN, start, limit)]

    assert found(0, 10) == [9, 6, 3, 0]
    assert found(1, 2) == [9, 6]
    assert store.entries.refused(OTHER, 0, 10) == []


@pytest.mark.parametrize("field", ["name", "id"])
def test_accepted_entries_are_unique(store: Store, log: Log, field: str) -> None:
    log.append(entry(0))
    twin = entry(1)._replace(**{field: getattr(entry(0), field)})

    with pytest.raises(Refusal) as refused:
        log.put([twin])
    assert refused.value.reason.value == f"DUPLICATE_{field.upper()}"
    assert verify(store) == 1


def test_what_is_known_is_asked_in_one_go(store: Store, log: Log) -> None:
    log.append(*(entry(n) for n in range(700)))
    some = [entry(n) for n in range(690, 1_300)]

    assert len(store.entries.known_ids(ORIGIN, [one.id for one in some])) == 10
    assert len(store.entries.known_names(ORIGIN, [one.name for one in some])) == 10
    assert store.entries.known_names(OTHER, [entry(0).name]) == set()
    assert store.entries.known_ids(ORIGIN, [entry(0).id])
    assert store.entries.known_names(ORIGIN, [entry(0).name])


def test_the_directory_is_the_accepted_statements(store: Store, log: Log) -> None:
    log.append(
        entry(0, kind=DIRECTORY),
        entry(1, kind=BULLETIN),
        entry(2, kind=DIRECTORY, reason="STATEMENT"),
        entry(3, kind=DIRECTORY),
    )

    assert [s.index for s in store.entries.directory(ORIGIN)] == [0, 3]
    assert store.entries.directory(OTHER) == []


def test_heads_by_size(store: Store, log: Log) -> None:
    for size in (2, 3, 4):
        log.append(*(entry(100 * size + n) for n in range(size)))

    def size_of(after: int, limit: int) -> int | None:
        found = store.heads.newest_within(ORIGIN, after, limit)
        return found.head.size if found else None

    assert [kept.head.size for kept in store.heads.falling(ORIGIN)] == [9, 5, 2]
    assert [kept.head.size for kept in store.heads.falling(ORIGIN, 1, 8)] == [5]
    assert size_of(0, 9) == 9
    assert size_of(0, 8) == 5
    assert size_of(2, 4) is None
    assert size_of(9, 99) is None
    assert store.heads.note(ORIGIN, 3) is None


def test_proofs_from_stored_nodes(store: Store, log: Log) -> None:
    for size in range(1, 12):
        log.append(*(entry(100 * size + n) for n in range(size)))
    size = store.logs.size(ORIGIN)
    root = store.logs.root_at(ORIGIN, size)
    leaf = store.entries.page(ORIGIN, 17, 1)[0].leaf

    proof = store.logs.inclusion_proof(ORIGIN, 17, size)
    merkle.verify_inclusion(17, size, leaf, proof, root)
    for old in range(size + 1):
        steps = store.logs.consistency_proof(ORIGIN, old, size)
        held = store.logs.root_at(ORIGIN, old)
        merkle.verify_consistency(old, size, steps, held, root)
    with refusing(Reason.MISSING):
        store.logs.root_at(ORIGIN, size + 1)


def test_notes_gain_lines_and_lose_none(store: Store, log: Log) -> None:
    head = log.append(entry(0))
    partner, third = (MlDsa44Signer(seed * 32) for seed in (b"p", b"t"))
    first = checkpoint.cosign(head.note, "a.example/w", partner, 7)
    second = checkpoint.cosign(head.note, "b.example/w", third, 8)

    store.heads.add_lines(ORIGIN, 1, first, NOW)
    stored = store.heads.add_lines(ORIGIN, 1, second, NOW)
    again = store.heads.add_lines(ORIGIN, 1, first, NOW)

    names = [line.name for line in parse_note(stored.note).lines]
    assert names == [ORIGIN, ORIGIN, "a.example/w", "b.example/w"]
    assert stored == again == store.heads.newest(ORIGIN)
    assert [one.kind for one in store.arrivals.page(0, 10)] == [ENTRY, HEAD, HEAD, HEAD]


def test_a_note_of_another_head_is_not_kept(store: Store, log: Log) -> None:
    log.append(entry(0))
    other = note(Head(ORIGIN, 1, bytes(32)))

    for size, reason in ((1, Reason.HEAD), (2, Reason.MISSING)):
        with refusing(reason):
            store.heads.add_lines(ORIGIN, size, other, NOW)
    assert len(store.arrivals.page(0, 10)) == 2


def test_partners(store: Store) -> None:
    state = PeerState(up=True, since=NOW, failures=3, next_try_at=NOW, reason="DISK")

    assert store.partners.get_peer("beijing.cn") == PeerState()
    store.partners.record_cosigned("beijing.cn", 7, NOW)
    store.partners.set_peer("beijing.cn", state)
    store.partners.record_cosigned("beijing.cn", 5, NOW - 1)

    want = replace(state, cosigned_size=7, cosigned_at=NOW)
    assert store.partners.get_peer("beijing.cn") == want
    store.partners.set_peer("beijing.cn", PeerState())
    assert store.partners.get_peer("beijing.cn").cosigned_size == 7


@pytest.mark.parametrize("far", [2**63, 2**64 - 1])
def test_a_place_that_no_column_holds_is_beyond_the_end(store: Store, far: int) -> None:
    assert store.entries.page(ORIGIN, far, 1) == []
    assert store.arrivals.page(far, 1) == []


# A page of arrivals comes with what it tells of, from one view.


def weigh(thing: ArrivedThing) -> int:
    return len(thing.entry.body) if thing.entry else 1


@pytest.fixture
def filled(store: Store) -> Store:
    log, other = Log(store), Log(store, "beijing.cn.fusion/log/1")
    lacks = entry(1)._replace(wraps=(), body=b"", state=LACKING, why="LOST", at=NOW)
    log.append(entry(0), lacks, entry(2, reason="KIND"))
    other.append(entry(3))
    log.append(entry(4))
    store.texts.complete(ORIGIN, 1, entry(1).wraps, entry(1).body)
    store.partners.answer(ORIGIN, Answer("beijing.cn", 0, 4, NOW, lacking=[0]))
    return store


def test_each_has_what_one_would_ask_for(filled: Store) -> None:
    store = filled
    things = store.arrivals.things(0, 99, weigh, 10**9)

    assert [one.arrival for one in things] == store.arrivals.page(0, 99)
    assert {one.arrival.kind for one in things} >= {ENTRY, HEAD, TEXT}
    for one in things:
        origin, index = one.arrival.origin, one.arrival.index
        if one.arrival.kind in {ENTRY, TEXT}:
            assert [one.entry] == store.entries.page(origin, index, 1)
        elif one.arrival.kind == HEAD:
            assert (one.entry, one.note) == (None, store.heads.note(origin, index))
        else:
            assert (one.entry, one.note) == (None, b"")


def test_a_page_is_one_transaction(path: Path, filled: Store) -> None:
    filled.close()
    with opened(path) as (store, disk):
        disk.arm(NEVER, "lost")
        store.arrivals.things(0, 99, weigh, 10**9)
        assert disk.heal().count("BEGIN") == 1


def test_a_page_ends_by_number_and_by_bytes(filled: Store) -> None:
    store = filled
    assert len(store.arrivals.things(0, 3, weigh, 10**9)) == 3
    assert len(store.arrivals.things(0, 99, weigh, 1)) == 1
    assert store.arrivals.things(2**64, 99, weigh, 1) == []


def test_of_a_head_that_is_forgotten_there_is_no_note(filled: Store) -> None:
    store = filled
    store.heads.prune(ORIGIN, [3])

    notes = {
        one.arrival.index: one.note
        for one in store.arrivals.things(0, 99, weigh, 10**9)
        if one.arrival.kind == HEAD and one.arrival.origin == ORIGIN
    }
    assert not notes[3]
    assert notes[4]
