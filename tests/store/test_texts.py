"""Texts that are not here: kept as lacking, and completed; what partners lack."""

import time
from pathlib import Path

import pytest

from exchange.store import (
    HEAD,
    HELD,
    LACKING,
    LACKING_TEXT,
    NEVER,
    REFUSAL,
    TEXT,
    Answer,
    Erasure,
    Store,
)
from exchange.store.raw_rows import open_view
from exchange.store.values import Lacked, SaidRefusal, StoredRefusal
from tests.store.support import NOW, ORIGIN, Log, entry

PEER = "beijing.cn"


def without_text(number: int, state: int = LACKING, why: str = "LOST") -> object:
    return entry(number)._replace(wraps=(), body=b"", state=state, why=why, at=NOW)


def told(store: Store, *kinds: int) -> list[tuple[int, int, str]]:
    found = store.arrivals.page(0, 10_000)
    return [(one.kind, one.index, one.reason) for one in found if one.kind in kinds]


def test_a_text_that_lacks_is_named_and_found_by_its_state(log: Log) -> None:
    log.append(entry(0), without_text(1), without_text(2, NEVER, ""), without_text(3))  # type: ignore[arg-type]

    stored = log.store.entries.page(ORIGIN, 0, 9)

    assert [one.state for one in stored] == [HELD, LACKING, NEVER, LACKING]
    assert [one.why for one in stored] == ["", "LOST", "", "LOST"]
    assert log.store.texts.lacking(ORIGIN, 10) == [1, 3]
    assert log.store.texts.lacking(ORIGIN, 1) == [1]
    assert log.store.texts.lacking("another", 10) == []
    assert [one.index for one in log.store.entries.with_text(ORIGIN, range(9), 9)] == [
        0
    ]


def test_what_lacks_is_completed_once_and_announced(log: Log) -> None:
    log.append(without_text(0), entry(1))  # type: ignore[arg-type]
    right = entry(0)

    assert log.store.texts.complete(ORIGIN, 0, right.wraps, right.body)
    assert not log.store.texts.complete(ORIGIN, 0, right.wraps, right.body)
    assert not log.store.texts.complete(ORIGIN, 1, right.wraps, b"other")

    found = log.store.entries.page(ORIGIN, 0, 2)
    assert (found[0].wraps, found[0].body) == (right.wraps, right.body)
    assert found[1].body == entry(1).body
    assert found[0].state == HELD
    assert log.store.texts.lacking(ORIGIN, 10) == []
    assert told(log.store, TEXT) == [(TEXT, 0, "")]


def test_what_lacks_is_not_taken_for_a_text_to_erase(log: Log) -> None:
    log.append(without_text(0), entry(1))  # type: ignore[arg-type]

    assert [index for index, _ in log.store.retention.held_texts(ORIGIN, 0, 9)] == [1]
    assert log.store.retention.erase(Erasure(ORIGIN, [0, 1], NOW)) == 1
    assert log.store.texts.lacking(ORIGIN, 9) == [0]


def test_the_search_for_what_lacks_goes_through_its_index(log: Log, path: Path) -> None:
    log.append(entry(0))
    query = (
        'SELECT "index" FROM payload WHERE log = 1 AND payload.state = 1'
        ' ORDER BY "index" LIMIT 9'
    )

    with open_view(path) as raw:
        plan = [str(row[-1]) for row in raw._rows(f"EXPLAIN QUERY PLAN {query}")]

    assert any("payload_lacking" in line for line in plan), plan


def answer(**changes: object) -> Answer:
    fields: dict[str, object] = {"by": PEER, "start": 0, "size": 6, "at": NOW}
    return Answer(**(fields | changes))  # type: ignore[arg-type]


@pytest.fixture
def six(log: Log) -> Store:
    """Return a store of six entries; the last is for nobody at the partner's."""
    home = entry(5)._replace(desks=("ops.islamabad.pk",))
    log.append(*map(entry, range(5)), home)
    return log.store


def test_the_newest_list_of_what_a_partner_lacks_counts(six: Store) -> None:
    six.partners.answer(ORIGIN, answer(lacking=[1, 3, 5, 9]))
    assert six.partners.lacked(9) == [Lacked(ORIGIN, at, PEER, NOW) for at in (1, 3)]
    assert six.partners.count_lacked(PEER) == 2

    six.partners.answer(ORIGIN, answer(start=6, lacking=[3]))
    assert six.partners.lacked(9) == [Lacked(ORIGIN, 3, PEER, NOW)]

    assert told(six, LACKING_TEXT) == [
        *((LACKING_TEXT, 1, "MISSING"), (LACKING_TEXT, 3, "MISSING")),
        (LACKING_TEXT, 1, ""),
    ]


def test_what_was_delivered_never_lacks_later(six: Store) -> None:
    """Else a partner could fill the arrivals by naming and not naming it."""
    six.partners.answer(ORIGIN, answer())

    for _ in range(3):
        six.partners.answer(ORIGIN, answer(start=6, lacking=[0, 1, 2]))
        six.partners.answer(ORIGIN, answer(start=6))

    assert six.partners.count_lacked(PEER) == 0
    assert told(six, LACKING_TEXT) == []


def test_without_a_line_nothing_is_named_again_and_again(six: Store) -> None:
    """It covers nothing, so what it takes back it could put on the list once more."""
    for _ in range(3):
        six.partners.answer(ORIGIN, answer(lacking=[0, 1]))
        six.partners.answer(ORIGIN, answer(lacking=[]))

    assert [one.index for one in six.partners.lacked(9)] == [0, 1]
    assert len(told(six, LACKING_TEXT)) == 2


def test_an_answer_says_nothing_of_what_lies_behind_it(six: Store) -> None:
    six.partners.answer(ORIGIN, answer(lacking=[3]))

    six.partners.answer(ORIGIN, answer(start=6, size=3))

    assert [one.index for one in six.partners.lacked(9)] == [3]


def test_what_was_erased_elsewhere_is_asked_for_no_more(log: Log) -> None:
    for number, why in enumerate(("ERASED", "LOST", "ERASED", "ERASED")):
        log.append(without_text(number, why=why))  # type: ignore[arg-type]
    right = entry(3)
    assert [at for at, _ in log.store.texts.withdrawn(ORIGIN, 0, 9)] == [0, 2, 3]
    assert [at for at, _ in log.store.texts.withdrawn(ORIGIN, 1, 1)] == [2]
    assert log.store.texts.complete(ORIGIN, 3, right.wraps, right.body)

    assert log.store.texts.give_up(ORIGIN, [0, 3], NOW) == 1

    stored = log.store.entries.page(ORIGIN, 0, 9)
    assert [one.state for one in stored] == [NEVER, LACKING, LACKING, HELD]
    assert stored[3].body == right.body
    assert log.store.texts.lacking(ORIGIN, 9) == [1, 2]


def test_a_place_that_no_log_has_is_no_text(six: Store) -> None:
    assert [
        e.index for e in six.entries.with_text(ORIGIN, [2**63, 1, 2**64 - 1], 9)
    ] == [1]


def test_behind_a_full_list_every_entry_may_lack(six: Store) -> None:
    six.partners.answer(ORIGIN, answer(lacking=[0, 2], full=True))
    assert [one.index for one in six.partners.lacked(9)] == [0, 2, 3, 4]

    six.partners.answer(ORIGIN, answer(start=6, lacking=[0, 3], full=True))
    assert [one.index for one in six.partners.lacked(9)] == [0, 3, 4]

    six.partners.answer(ORIGIN, answer(start=6, lacking=[4]))
    assert [one.index for one in six.partners.lacked(9)] == [4]


def said(*refused: tuple[int, str]) -> list[SaidRefusal]:
    return [SaidRefusal(index, reason, b"proof") for index, reason in refused]


def test_a_refusal_counts_only_in_the_answer_that_first_covers_it(six: Store) -> None:
    six.partners.answer(
        ORIGIN, answer(size=3, refusals=said((1, "KIND"), (1, "LABEL"), (4, "KIND")))
    )
    six.partners.answer(
        ORIGIN, answer(start=3, refusals=said((0, "KIND"), (1, "TIME"), (4, "KIND")))
    )
    six.partners.answer(
        ORIGIN, answer(start=3, refusals=said((4, "LABEL"), (6, "KIND")))
    )

    assert six.partners.refusals(ORIGIN, 1) == [
        StoredRefusal(PEER, "KIND", NOW, b"proof")
    ]
    assert six.partners.refusals(ORIGIN, 4) == [
        StoredRefusal(PEER, "KIND", NOW, b"proof")
    ]
    assert told(six, REFUSAL) == [(REFUSAL, 1, "KIND"), (REFUSAL, 4, "KIND")]


def test_what_lacks_is_announced_before_the_line(log: Log) -> None:
    """A desk that reads so far must not take the line for more than it says."""
    from tests.store.test_faults import cosigned  # noqa: PLC0415  for this only

    log.append(*map(entry, range(3)))
    before = len(log.store.arrivals.page(0, 99))

    log.store.partners.answer(ORIGIN, answer(size=3, note=cosigned(7), lacking=[1]))

    kinds = [one.kind for one in log.store.arrivals.page(before, 99)]
    assert kinds == [LACKING_TEXT, HEAD]
    assert log.store.partners.get_peer(PEER).cosigned_size == 3


def test_a_thousand_refusals_are_one_transaction(log: Log) -> None:
    log.append(*map(entry, range(1_024)))
    begun = time.monotonic()

    refusals = said(*((index, "KIND") for index in range(1_024)))
    log.store.partners.answer(ORIGIN, answer(size=1_024, refusals=refusals))

    assert time.monotonic() - begun < 5  # 12.7 s one by one, 0.05 s so
    assert len(told(log.store, REFUSAL)) == 1_024
