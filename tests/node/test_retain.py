"""Past its retention a text is neither served, fetched nor kept; the log goes on."""

import random
import threading
from collections.abc import Iterator

import pytest

from exchange import envelope
from exchange.errors import Reason, Refusal
from exchange.limits import CLOCKS_APART_MAX, LACKING_KEPT, MINUTE, RETENTION
from exchange.node import outbox, peer_heads, retention, upkeep, views
from exchange.store import Erasure, Store
from exchange.store.retention_rows import RetentionRows
from exchange.trust import policies, statements, wire
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import envelope_pb2 as pb
from exchange.v1 import exchange_service_pb2 as rpc
from exchange.v1 import ledger_pb2
from tests.batches import changing, envelopes_in, put
from tests.expecting import present, refusing
from tests.node import receiving
from tests.node.receiving import receive_batch
from tests.node.world import (
    CN,
    FILED,
    PK,
    Site,
    World,
    bulletin,
    core,
    name_of,
    receipt,
)
from tests.trust.nation import DAY

EXPIRES = FILED + 30 * DAY
END = EXPIRES + RETENTION + 1  # ms UTC; the first at which it is past
FIRST = 3  # the index of the first bulletin, after three statements


def at(site: Site, now: int) -> Site:
    """Let it be `now` for a node whose desk has read all."""
    return site.reach(now).read_all()


def sent(world: World, *texts: bytes, **changes: object) -> list[pb.Envelope]:
    """Submit bulletins in Islamabad."""
    ours, theirs = world.pk.nation, world.cn.nation
    made = [bulletin(ours, theirs, text, **changes) for text in texts]
    assert not any(answer.reason for answer in world.pk.from_desk(*made))
    return made


def held(store: Store, origin: str) -> list[int]:
    return [entry.index for entry in store.entries.page(origin, 0, 1_000) if entry.body]


def sound(world: World, *clocks: int) -> list[int]:
    """Verify both databases, each by its clock; return how many texts are erased."""
    found = []
    for node, now in zip((PK, CN), clocks, strict=True):
        report = world.verify(node, now)
        assert report.ok, report.faults
        found.append(report.erased)
    return found


@pytest.mark.parametrize(("now", "erased"), [(END - 1, 0), (END, 2), (END + DAY, 2)])
def test_it_ends_at_the_millisecond_for_every_member(
    met: World, now: int, erased: int
) -> None:
    sent(met, b"one", b"two")
    sent(met, b"later", expires=EXPIRES + 9 * DAY)
    met.meet()

    for site in (met.pk, met.cn):
        assert retention.erase_expired(at(site, now).node) == erased
        left = [5] if erased else [3, 4, 5]
        assert held(site.store, met.pk.node.origin) == left
        assert retention.erase_expired(site.node) == 0


def test_what_is_named_as_lacking_in_the_middle_of_a_run_is_kept(
    met: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent(met, b"one")
    at(met.pk, END)
    read = met.pk.store.retention.lacked_in

    def and_then_an_answer(origin: str, by: str, start: int) -> list[int]:
        found = read(origin, by, start)
        if met.cn.store.logs.size(origin) == FIRST:
            batch = next_batch(met)
            (one,) = envelopes_in(batch)
            put(batch, 0, pb.Envelope(entry=one.entry, absent=pb.ABSENT_LOST))
            peer_heads.record_cosignature(
                met.pk.node, CN, receive_batch(met.cn.node, PK, batch)
            )
        return found

    monkeypatch.setattr(met.pk.store.retention, "lacked_in", and_then_an_answer)

    assert retention.erase_expired(met.pk.node) == 0
    assert met.pk.store.partners.count_lacked(CN) == 1


def test_what_is_not_over_is_shown_without_a_look_at_who_lacks_it(
    met: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent(met, b"one", b"two")
    looks: list[str] = []

    def look(origin: str, _by: str, _start: int) -> list[int]:
        looks.append(origin)
        return []

    monkeypatch.setattr(met.pk.store.retention, "lacked_in", look)

    shown = views.arrivals(met.pk.node, met.pk.nation.desk, 0)

    assert [bool(one.entry.envelope.body) for one in shown].count(True) == 2
    assert looks == []


def test_entries_and_proofs_stay(met: World) -> None:
    (one,) = sent(met, b"one")
    met.meet()
    before = met.pk.store.heads.newest(met.pk.node.origin)
    retention.erase_expired(at(met.pk, END).node)

    stored = present(met.pk.store.entries.by_name(name_of(one)))
    assert (stored.entry, stored.wraps, stored.body) == (one.entry, (), b"")
    assert met.pk.store.heads.newest(met.pk.node.origin) == before
    assert views.proof(met.pk.node, name_of(one)).proof.index == FIRST


def test_a_transaction_that_fails_leaves_the_rest_for_the_next_run(
    met: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exchange.node.retention.ERASED_AT_ONCE", 2)
    sent(met, *(b"%d" % n for n in range(5)))
    met.meet()
    erase = RetentionRows.erase
    calls = iter([False, True])

    def failing(rows: RetentionRows, what: Erasure) -> int:
        done = erase(rows, what)
        if next(calls, False):
            raise Refusal(Reason.DISK)
        return done

    monkeypatch.setattr(RetentionRows, "erase", failing)
    at(met.pk, END)
    with pytest.raises(Refusal):
        retention.erase_expired(met.pk.node)

    assert held(met.pk.store, met.pk.node.origin) == [7]
    assert retention.erase_expired(met.pk.node) == 1


def test_beside_a_node_at_work(met: World) -> None:
    """What is submitted meanwhile is all there, and its text too."""
    sent(met, *(b"old %d" % n for n in range(40)))
    met.meet()
    at(met.pk, END)
    new = [
        bulletin(met.pk.nation, met.cn.nation, b"%d" % n, expires=END + DAY)
        for n in range(40)
    ]
    worker = threading.Thread(target=lambda: [met.pk.from_desk(one) for one in new])
    worker.start()
    erased = 0
    while worker.is_alive():
        erased += retention.erase_expired(met.pk.node)
    worker.join()

    assert erased + retention.erase_expired(met.pk.node) == 40
    assert held(met.pk.store, met.pk.node.origin) == [*range(43, 83)]


# Not served.


def shown(met: World, name: bytes, site: Site) -> Iterator[pb.Envelope]:
    """Yield an envelope in each of the ways in which a node shows it."""
    node, desk = site.node, site.nation.desk
    origin = met.pk.node.origin
    asked = desk_pb.GetEntryRequest(name=name)
    yield views.entry(node, desk, asked).entry.envelope
    for arrived in views.arrivals(node, desk, 0):
        if arrived.entry.origin == origin and arrived.entry.index == FIRST:
            yield arrived.entry.envelope
    listing = rpc.ListEntriesRequest(origin=origin, start=FIRST, limit=1)
    other = PK if site is met.cn else CN
    yield outbox.entries(node, other, listing).envelopes[0]


@pytest.mark.parametrize("place", ["pk", "cn"])
def test_over_it_is_not_served_to_who_has_had_it(met: World, place: str) -> None:
    (one,) = sent(met, b"one")
    met.meet()
    site = met.pk if place == "pk" else met.cn

    before = list(shown(met, name_of(one), at(site, END - 1)))
    after = list(shown(met, name_of(one), at(site, END)))

    assert [each.body for each in before] == [one.body] * 3
    assert [each.entry for each in after] == [one.entry] * 3
    assert not any(each.body or each.wraps for each in after)
    assert held(site.store, met.pk.node.origin) == [FIRST]


def test_over_it_still_goes_to_the_node_that_lacks_it_and_to_no_other(
    met: World,
) -> None:
    (one,) = sent(met, b"one")
    origin = met.pk.node.origin
    at(met.pk, END)

    listing = rpc.ListEntriesRequest(origin=origin, start=FIRST, limit=1)
    assert outbox.entries(met.pk.node, CN, listing).envelopes[0].body == one.body
    (again,) = envelopes_in(next_batch(met))
    assert again.body == one.body
    asked = desk_pb.GetEntryRequest(name=name_of(one))
    desk = met.pk.nation.desk
    assert not views.entry(met.pk.node, desk, asked).entry.envelope.body


def test_over_it_still_goes_to_a_desk_that_never_watched_above_it(met: World) -> None:
    (one,) = sent(met, b"one")
    met.meet()
    met.cn.reach(END)
    desk, asked = met.cn.nation.desk, desk_pb.GetEntryRequest(name=name_of(one))

    assert views.entry(met.cn.node, desk, asked).entry.envelope.body == one.body
    assert retention.erase_expired(met.cn.node) == 0
    met.cn.read_all()
    assert not views.entry(met.cn.node, desk, asked).entry.envelope.body
    assert retention.erase_expired(met.cn.node) == 1


# Not fetched, and not demanded.


def next_batch(met: World) -> ledger_pb2.Batch:
    return receiving.next_batch(met.cn.node, met.pk.node)


def test_what_is_sent_though_it_is_over_is_kept_for_the_desk(met: World) -> None:
    (one,) = sent(met, b"one")

    cosigned = receive_batch(at(met.cn, END).node, PK, next_batch(met))

    assert (cosigned.size, list(cosigned.refusals)) == (4, [])
    stored = present(met.cn.store.entries.by_name(name_of(one)))
    assert (stored.wraps, stored.body) == (tuple(one.wraps), one.body)


@pytest.mark.parametrize(
    ("field", "value", "now"),
    [("body", b"x", END), ("body", b"", END - 1), ("wraps", None, END - 1)],
)
def test_over_or_not_it_is_what_was_signed_or_wholly_absent(
    met: World, field: str, value: bytes | None, now: int
) -> None:
    sent(met, b"one")
    spoilt = next_batch(met)
    with changing(spoilt) as one:
        if value is None:
            del one.wraps[:]
        else:
            setattr(one, field, value)

    with refusing({Reason.BODY, Reason.WRAPS}):
        receive_batch(at(met.cn, now).node, PK, spoilt)

    assert held(met.cn.store, met.pk.node.origin) == []


@pytest.mark.parametrize(
    ("now", "taken"), [(FILED, False), (EXPIRES, False), (EXPIRES + 1, True)]
)
def test_it_may_be_absent_once_it_has_expired(
    met: World, now: int, *, taken: bool
) -> None:
    sent(met, b"one")
    bare = next_batch(met)
    with changing(bare) as one:
        one.ClearField("wraps")
        one.body = b""
    at(met.cn, now)

    if taken:
        assert receive_batch(met.cn.node, PK, bare).size == 4
    else:
        with refusing(Reason.WRAPS):
            receive_batch(met.cn.node, PK, bare)
        assert met.cn.store.logs.size(met.pk.node.origin) == FIRST


def test_a_clear_receipt_brings_no_body_ever(met: World) -> None:
    (one,) = sent(met, b"one")
    met.meet()
    met.pk.from_desk(receipt(met.pk.nation, name_of(one), pb.RELATION_ACKNOWLEDGED))
    spoilt = next_batch(met)
    with changing(spoilt) as one:
        one.body = b"x"

    with refusing(Reason.BODY):
        receive_batch(at(met.cn, END + DAY).node, PK, spoilt)


MINUTES = [-CLOCKS_APART_MAX, -1, 0, 1, CLOCKS_APART_MAX]


@pytest.mark.parametrize("ours", MINUTES)
@pytest.mark.parametrize("theirs", MINUTES)
def test_clocks_apart_at_the_border_stop_nothing(
    met: World, ours: int, theirs: int
) -> None:
    """Whoever is ahead keeps what the other lacks, and whoever is behind takes it."""
    (one,) = sent(met, b"one")
    assert retention.erase_expired(at(met.pk, END + ours).node) == 0
    met.cn.reach(END + theirs)

    met.carry(met.pk, met.cn)
    met.cn.read_all()
    retention.erase_expired(met.pk.node)
    retention.erase_expired(met.cn.node)

    kept = [ours < 0, theirs < 0]
    for site, here in zip((met.pk, met.cn), kept, strict=True):
        stored = present(site.store.entries.by_name(name_of(one)))
        assert stored.body == (one.body if here else b"")
    erased = [int(not here) for here in kept]
    assert sound(met, END + ours, END + theirs) == erased
    assert met.pk.store.partners.get_peer(CN).cosigned_size == 4


def test_a_fresh_partner_gets_all_that_is_left(met: World) -> None:
    draw = random.Random(5)  # noqa: S311  which of them expire
    ends = [draw.choice([EXPIRES, EXPIRES + 400 * DAY]) for _ in range(20)]
    for number, end in enumerate(ends):
        sent(met, b"%d" % number, expires=end)
    ended = END + LACKING_KEPT
    retention.erase_expired(at(met.pk, ended).node)
    left = held(met.pk.store, met.pk.node.origin)
    met.cn.store.close()
    (met.folder / f"{CN}.db").rename(met.folder / "gone.db")
    met.cn = met._site(CN)
    met.cn.now = ended
    met.greet()
    met.cn.reach(ended)

    met.carry(met.pk, met.cn)

    assert left == [n for n, end in enumerate(ends, FIRST) if end > EXPIRES]
    assert held(met.cn.store, met.pk.node.origin) == left
    heads = [site.store.logs.position(met.pk.node.origin) for site in (met.pk, met.cn)]
    assert heads[0] == heads[1]
    assert sound(met, ended, ended) == [20 - len(left)] * 2


# A nation says how long, in its own logs.


def state(world: World, days: int, serial: int, filed: int) -> None:
    """Let Pakistan's roots state a retention in Islamabad's log."""
    nation = world.pk.nation
    ed25519 = next(root for root in nation.roots if root.algorithm == "ed25519")
    said = statements.policy_statement("pk", policies.retention(days), serial)
    header = core(
        nation,
        kind=pb.KIND_DIRECTORY,
        author=ed25519.kid,
        clear=wire.encode(said),
        precedence=pb.PRECEDENCE_ROUTINE,
        filed=filed,
        valid_from=filed,
        expires=filed + DAY,
    )
    roots = [("root", root) for root in nation.roots]
    made = envelope.sign(envelope.seal(header, b"", {}), roots)
    (answer,) = at(world.pk, filed).submit(made)
    assert not answer.reason


def test_it_reaches_older_entries_of_its_own_log_at_every_member(met: World) -> None:
    sent(met, b"one")
    met.cn.from_desk(bulletin(met.cn.nation, met.pk.nation, b"theirs"))
    met.meet()
    now = EXPIRES + 10 * DAY + 1
    state(met, 10, 1, now - DAY)
    met.meet()

    for site in (met.pk, met.cn):
        assert retention.erase_expired(at(site, now - 1).node) == 0
        assert retention.erase_expired(at(site, now).node) == 1
        assert held(site.store, met.pk.node.origin) == []
        assert held(site.store, met.cn.node.origin) == [FIRST]
    assert sound(met, now, now) == [1, 1]


def test_a_fresh_partner_meets_what_a_later_statement_erased(met: World) -> None:
    """It takes the entries before it knows of the statement above them."""
    sent(met, b"one")
    now = EXPIRES + 10 * DAY + LACKING_KEPT + 1
    state(met, 10, 1, now)
    assert retention.erase_expired(at(met.pk, now).node) == 1

    met.carry(met.pk, at(met.cn, now))

    assert met.cn.store.logs.size(met.pk.node.origin) == FIRST + 2
    assert sound(met, now, now) == [1, 1]


def test_a_longer_one_brings_nothing_back_and_makes_nothing_missing(
    met: World,
) -> None:
    sent(met, b"one")
    sent(met, b"two", expires=EXPIRES + 30 * DAY)
    state(met, 10, 1, EXPIRES)
    met.meet()
    now = EXPIRES + 10 * DAY + 1
    for site in (met.pk, met.cn):
        assert retention.erase_expired(at(site, now).node) == 1

    state(met, 300, 2, now + DAY)
    met.meet()

    for days, erased in ((60, [1, 1]), (329, [1, 1]), (330, [2, 2])):
        later = EXPIRES + days * DAY + 1
        for site in (met.pk, met.cn):
            retention.erase_expired(at(site, later).node)
        assert sound(met, later, later) == erased


# By itself, once a day.


def test_a_running_node_erases_by_itself_once_a_day(met: World) -> None:
    sent(met, b"one")
    sent(met, b"two", expires=EXPIRES + DAY // 2)
    met.meet()
    node, origin = met.pk.node, met.pk.node.origin

    upkeep.tick(at(met.pk, END - 1).node)
    assert held(met.pk.store, origin) == [3, 4]
    upkeep.tick(at(met.pk, END).node)
    assert held(met.pk.store, origin) == [3, 4], "not again on the same day"
    at(met.pk, END - 1 + DAY)
    upkeep.tick(node)
    assert held(met.pk.store, origin) == []


def test_after_a_failure_it_is_tried_again_soon(
    met: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent(met, b"one")
    met.meet()
    at(met.pk, END)
    with monkeypatch.context() as patch:
        patch.setattr(RetentionRows, "erase", _locked)
        with pytest.raises(Refusal):
            upkeep.tick(met.pk.node)
    upkeep.tick(met.pk.node)
    assert held(met.pk.store, met.pk.node.origin) == [FIRST]

    upkeep.tick(at(met.pk, END + MINUTE).node)

    assert held(met.pk.store, met.pk.node.origin) == []


def _locked(*_: object) -> int:
    raise Refusal(Reason.LOCKED)
