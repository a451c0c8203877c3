"""A text that cannot be sent is named as lacking: the log goes on, and it may come."""

import pytest

from exchange.errors import Reason, Refusal
from exchange.limits import MINUTE, TEXTS_AT_ONCE
from exchange.node import outbox, peer_heads, replicas, upkeep, views
from exchange.store import HELD, LACKING, LACKING_TEXT, NEVER, TEXT
from exchange.store.partners import Partners
from exchange.store.row_checksums import row_sum
from exchange.store.texts import Texts
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import envelope_pb2 as pb
from exchange.v1 import exchange_service_pb2 as rpc
from exchange.v1 import ledger_pb2
from keys.signing import Ed25519Signer
from tests.batches import changing, envelopes_in, put
from tests.expecting import present, refusing
from tests.node.receiving import fetch, next_batch, receive_batch, take_next
from tests.node.test_clocks import alarms
from tests.node.test_restart import restart
from tests.node.texts import at, bring_back, damage, lose
from tests.node.world import CN, FILED, PK, Site, World, bulletin, directory, own_copy
from tests.trust.nation import DAY, NOW, YEAR, Nation, ed, key

OURS = "islamabad.pk.fusion/log/1"
FIRST = 3  # the index of what is sent first
"""Behind the three statements with which each log begins."""


def send(world: World, *texts: bytes, **changes: object) -> list[pb.Envelope]:
    sent = [
        bulletin(world.pk.nation, world.cn.nation, text, **changes) for text in texts
    ]
    for one in sent:
        (answer,) = world.pk.from_desk(one)
        assert not answer.reason, (answer.reason, answer.where)
    return sent


def give(world: World, *indexes: int) -> list[rpc.Cosigned]:
    """Let the sender give the texts that it has, and take the answers."""
    answers = []
    for one in outbox.load_texts(world.pk.node, CN, OURS, indexes):
        answer = present(replicas.complete_text(world.cn.node, PK, one))
        peer_heads.record_cosignature(world.pk.node, CN, answer)
        answers.append(answer)
    return answers


def told(site: Site, *kinds: int) -> list[tuple[int, int, str]]:
    return [
        (one.kind, one.index, one.reason)
        for one in site.store.arrivals.page(0, 9_999)
        if one.kind in kinds
    ]


def sound(world: World, site: Site, *, lacking: int = 0) -> None:
    """Assert that fsck finds nothing wrong, and this many texts that lack."""
    report = world.verify(site.nation.node, FILED)
    assert not report.faults
    assert report.lacking == lacking


# A text that is not here at the sender.


def test_a_text_that_is_lost_at_the_sender_does_not_stop_the_log(met: World) -> None:
    send(met, b"one", b"two", b"three")
    lose(met.pk, OURS, FIRST + 1)

    batch = next_batch(met.cn.node, met.pk.node)
    assert [one.absent for one in envelopes_in(batch)] == [0, pb.ABSENT_LOST, 0]
    answer = receive_batch(met.cn.node, PK, batch)

    assert list(answer.lacking) == [FIRST + 1]
    assert answer.size == FIRST + 3
    stored = met.cn.store.entries.page(OURS, FIRST, 3)
    assert [one.state for one in stored] == [HELD, LACKING, HELD]
    assert [one.why for one in stored] == ["", "LOST", ""]
    assert [one.reason for one in stored] == [""] * 3
    sound(met, met.cn, lacking=1)


def test_the_sender_knows_what_lacks_and_says_so(met: World) -> None:
    send(met, b"one", b"two")
    lose(met.pk, OURS, FIRST)

    met.carry(met.pk, met.cn)

    status = views.status(met.pk.node)
    assert [one.lacking for one in status.peers] == [1]
    assert [(one.reason, one.where, one.at) for one in status.alarms] == [
        (Reason.MISSING, f"{OURS}#{FIRST}", FILED)
    ]
    arrived = views.arrivals(met.pk.node, met.pk.nation.desk, 0)
    assert [one.lacking for one in arrived if one.HasField("lacking")] == [
        desk_pb.LackingArrived(origin=OURS, index=FIRST, by=CN, reason="MISSING")
    ]


def test_it_is_named_in_each_answer_and_hello_until_it_comes(met: World) -> None:
    send(met, b"one")
    text = lose(met.pk, OURS, FIRST)
    met.carry(met.pk, met.cn)
    send(met, b"two")

    batch = next_batch(met.cn.node, met.pk.node)
    assert list(receive_batch(met.cn.node, PK, batch).lacking) == [FIRST]
    assert list(receive_batch(met.cn.node, PK, batch).lacking) == [FIRST], "again"
    met.cn.reach(FILED + DAY)
    line = present(replicas.cosign_again(met.cn.node, PK))
    assert list(line.lacking) == [FIRST]
    hello = {one.origin: one for one in outbox.hello_positions(met.cn.node, PK)}
    assert list(hello[OURS].lacking) == [FIRST]

    bring_back(met.pk, OURS, FIRST, text)
    (answer,) = give(met, FIRST)

    assert list(answer.lacking) == []
    hello = {one.origin: one for one in outbox.hello_positions(met.cn.node, PK)}
    assert list(hello[OURS].lacking) == []


def test_what_comes_is_there_for_its_desk_and_said_to_have_come(met: World) -> None:
    (one,) = send(met, b"one")
    text = lose(met.pk, OURS, FIRST)
    met.carry(met.pk, met.cn)
    bring_back(met.pk, OURS, FIRST, text)

    give(met, FIRST)

    stored = at(met.cn, OURS, FIRST)
    assert (stored.state, stored.body) == (HELD, one.body)
    desk = met.cn.nation.desk
    arrived = views.arrivals(met.cn.node, desk, 0)
    (entry,) = (
        a.entry
        for a in arrived
        if a.HasField("entry") and a.entry.origin == OURS and a.entry.index == FIRST
    )
    (late,) = (a.text for a in arrived if a.HasField("text"))
    assert late.envelope == one == entry.envelope
    assert told(met.cn, TEXT) == [(TEXT, FIRST, "")]
    assert told(met.pk, LACKING_TEXT) == [
        (LACKING_TEXT, FIRST, "MISSING"),
        (LACKING_TEXT, FIRST, ""),
    ]
    assert views.status(met.pk.node).peers[0].lacking == 0
    assert not views.status(met.pk.node).alarms
    for site in (met.pk, met.cn):
        sound(met, site)


def test_a_desk_of_another_node_is_told_nothing_of_a_text_that_comes(
    met: World,
) -> None:
    send(met, b"one")
    text = lose(met.pk, OURS, FIRST)
    met.carry(met.pk, met.cn)
    bring_back(met.pk, OURS, FIRST, text)
    give(met, FIRST)

    arrived = views.arrivals(met.cn.node, "watch.beijing.cn", 0)

    (late,) = (a.text for a in arrived if a.HasField("text"))
    assert not late.HasField("envelope")
    assert late.leaf == at(met.cn, OURS, FIRST).leaf


def test_a_text_that_is_damaged_at_the_sender_is_not_sent_for_ever(met: World) -> None:
    send(met, b"one", b"two")
    text = damage(met.pk, OURS, FIRST)

    with refusing(Reason.BODY):
        take_next(met.cn.node, met.pk.node)
    checked = next_batch(met.cn.node, met.pk.node, check=True)
    answer = receive_batch(met.cn.node, PK, checked)

    assert list(answer.lacking) == [FIRST]
    bring_back(met.pk, OURS, FIRST, text)
    peer_heads.record_cosignature(met.pk.node, CN, answer)
    assert [list(one.lacking) for one in give(met, FIRST)] == [[]]


def test_what_is_asked_for_no_more_did_not_come_where_it_is_not_here(
    met: World,
) -> None:
    """A partner gives a text up that has expired: nobody reads *delivered* off that."""
    send(met, b"one")
    lose(met.pk, OURS, FIRST)
    met.carry(met.pk, met.cn)
    line = present(met.cn.store.heads.newest_with_lines(OURS))

    peer_heads.record_cosignature(
        met.pk.node, CN, rpc.Cosigned(origin=OURS, size=line.head.size, head=line.note)
    )

    assert views.status(met.pk.node).peers[0].lacking == 0
    assert told(met.pk, LACKING_TEXT) == [(LACKING_TEXT, FIRST, "MISSING")]


# What may be said to be absent, and what may not.


def absent(batch: ledger_pb2.Batch, why: int) -> ledger_pb2.Batch:
    entry = envelopes_in(batch)[0].entry
    bare = pb.Envelope(entry=entry, absent=why)  # type: ignore[arg-type]
    put(batch, 0, bare)
    return batch


@pytest.mark.parametrize("why", [pb.ABSENT_ERASED, pb.ABSENT_LOST])
def test_why_it_is_absent_is_kept(met: World, why: int) -> None:
    send(met, b"one")

    bare = absent(next_batch(met.cn.node, met.pk.node), why)
    receive_batch(met.cn.node, PK, bare)

    stored = at(met.cn, OURS, FIRST)
    word = pb.Absent.Name(why).removeprefix("ABSENT_")  # type: ignore[arg-type]
    assert (stored.state, stored.why) == (LACKING, word)


@pytest.mark.parametrize(
    ("why", "bare"),
    [
        *((pb.ABSENT_ERASED, False), (pb.ABSENT_LOST, False)),
        *((0, True), (3, True), (99, True)),
    ],
)
def test_what_is_there_is_not_absent_and_no_other_word_counts(
    met: World, why: int, *, bare: bool
) -> None:
    """Nor may a text be absent without a word."""
    send(met, b"one")
    batch = next_batch(met.cn.node, met.pk.node)
    with changing(batch) as sent:
        sent.absent = why  # type: ignore[assignment]
    if bare:
        absent(batch, why)

    with refusing(Reason.WRAPS):
        receive_batch(met.cn.node, PK, batch)

    assert met.cn.store.logs.size(OURS) == FIRST


def test_what_was_erased_does_not_fill_the_list_of_a_node_made_anew(
    met: World,
) -> None:
    """It has heard no time yet when the entries come, so it cannot know them expired.

    Of 1,024 such texts its list would be full for ever, and nothing delivered.
    """
    send(met, b"one", b"two")
    met.carry(met.pk, met.cn)
    lose(met.pk, OURS, FIRST)
    lose(met.pk, OURS, FIRST + 1)
    met.cn.store.close()
    for path in met.folder.glob(f"{CN}.db*"):
        path.unlink()
    later = FILED + 40 * DAY
    met.pk.now, met.cn = later, met._site(CN, later)
    met.greet()
    batch = next_batch(met.cn.node, met.pk.node)
    with changing(batch, FIRST) as sent:
        sent.absent = pb.ABSENT_ERASED
    assert list(receive_batch(met.cn.node, PK, batch).lacking) == [FIRST, FIRST + 1]
    upkeep.tick(met.cn.node)
    assert met.cn.store.texts.lacking(OURS, 9) == [FIRST, FIRST + 1], (
        "by one clock alone"
    )

    upkeep.tick(met.cn.reach(later + MINUTE).node)

    assert met.cn.store.texts.lacking(OURS, 9) == [FIRST + 1]
    assert at(met.cn, OURS, FIRST).state == NEVER
    assert not met.verify(CN, later + MINUTE).faults


def test_a_text_for_nobody_here_is_not_asked_for(met: World) -> None:
    home = bulletin(
        met.pk.nation, met.cn.nation, b"home", recipients=own_copy(met.pk.nation)
    )
    assert not met.pk.from_desk(home)[0].reason

    answer = take_next(met.cn.node, met.pk.node)

    assert list(answer.lacking) == []
    assert at(met.cn, OURS, FIRST).state is None
    sound(met, met.cn)


# Bodies.


@pytest.fixture
def lacks(met: World) -> rpc.Bodies:
    """Let Beijing lack a text; return the frame that brings it."""
    (one,) = send(met, b"one")
    lose(met.pk, OURS, FIRST)
    met.carry(met.pk, met.cn)
    return rpc.Bodies(origin=OURS, index=FIRST, wraps=one.wraps, body=one.body)


@pytest.mark.parametrize("part", ["wraps", "body", "both", "none"])
def test_another_text_than_the_one_signed_is_dropped(
    met: World, lacks: rpc.Bodies, part: str
) -> None:
    if part in {"wraps", "both"}:
        lacks.wraps[0] = lacks.wraps[0][:-1] + bytes([lacks.wraps[0][-1] ^ 1])
    if part in {"body", "both"}:
        lacks.body = lacks.body[:-1] + bytes([lacks.body[-1] ^ 1])
    if part == "none":
        del lacks.wraps[:]
        lacks.body = b""
    before = met.cn.store.arrivals.page(0, 999)

    with refusing({Reason.WRAPS, Reason.BODY}):
        replicas.complete_text(met.cn.node, PK, lacks)

    assert at(met.cn, OURS, FIRST).state == LACKING
    assert met.cn.store.arrivals.page(0, 999) == before


def test_a_text_that_nobody_lacks_is_not_even_looked_at(
    met: World, lacks: rpc.Bodies
) -> None:
    assert replicas.complete_text(met.cn.node, PK, lacks) is not None
    before = met.cn.store.arrivals.page(0, 999)
    lacks.body = b"another"

    assert replicas.complete_text(met.cn.node, PK, lacks) is None
    for index in (0, FIRST + 1, 2**63 - 1, 2**63, 2**64 - 1):
        lacks.index = index
        assert replicas.complete_text(met.cn.node, PK, lacks) is None
    assert met.cn.store.arrivals.page(0, 999) == before


def test_a_text_of_another_log_is_not_taken(met: World, lacks: rpc.Bodies) -> None:
    lacks.origin = "lahore.pk.fusion/log/1"

    with refusing(Reason.ORIGIN):
        replicas.complete_text(met.cn.node, PK, lacks)


def test_a_lost_text_of_the_own_log_comes_back_from_whom_it_was_for(
    met: World,
) -> None:
    (one,) = send(met, b"one")
    met.carry(met.pk, met.cn)
    lose(met.pk, OURS, FIRST)
    row = (1, FIRST, LACKING, "LOST", FILED)
    with met.pk.store._database.write_cursor() as cursor:  # as a repair leaves it
        cursor.insert("payload", [(1, FIRST, b"", b"", *row[2:], row_sum(*row))])
    (back,) = outbox.load_texts(met.cn.node, PK, OURS, [FIRST])
    assert (back.wraps, back.body) == (one.wraps, one.body)

    assert replicas.complete_text(met.pk.node, CN, back) is None

    stored = at(met.pk, OURS, FIRST)
    assert (stored.state, stored.body) == (HELD, one.body)


@pytest.mark.parametrize("stored", [False, True])
@pytest.mark.parametrize("what", ["text", "answer"])
def test_a_failure_while_it_is_kept_loses_and_doubles_nothing(
    met: World, monkeypatch: pytest.MonkeyPatch, what: str, *, stored: bool
) -> None:
    """Also where it was kept, and the node was told that it was not."""
    (one,) = send(met, b"one")
    lose(met.pk, OURS, FIRST)
    answer = take_next(met.cn.node, met.pk.node)
    text = rpc.Bodies(origin=OURS, index=FIRST, wraps=one.wraps, body=one.body)
    kind: type = Texts if what == "text" else Partners
    name = "complete" if what == "text" else "answer"
    keep = getattr(kind, name)

    def act() -> None:
        if what == "text":
            replicas.complete_text(met.cn.node, PK, text)
        else:
            peer_heads.record_cosignature(met.pk.node, CN, answer)

    def fail(*given: object) -> None:
        if stored:
            keep(*given)
        raise Refusal(Reason.DISK)

    with monkeypatch.context() as patch:
        patch.setattr(kind, name, fail)
        with refusing(Reason.DISK):
            act()

    act()

    if what == "text":
        assert at(met.cn, OURS, FIRST).state == HELD
        assert told(met.cn, TEXT) == [(TEXT, FIRST, "")]
    else:
        assert told(met.pk, LACKING_TEXT) == [(LACKING_TEXT, FIRST, "MISSING")]
        assert met.pk.store.partners.get_peer(CN).cosigned_size == FIRST + 1


def test_texts_are_given_a_few_at_once_and_to_those_concerned_only(met: World) -> None:
    send(met, *(b"%d" % number for number in range(TEXTS_AT_ONCE + 2)))
    home = bulletin(
        met.pk.nation, met.cn.nation, b"home", recipients=own_copy(met.pk.nation)
    )
    met.pk.from_desk(home)
    size = met.pk.store.logs.size(OURS)

    given = outbox.load_texts(met.pk.node, CN, OURS, range(size))

    assert [one.index for one in given] == list(range(FIRST, FIRST + TEXTS_AT_ONCE))
    assert outbox.load_texts(met.pk.node, CN, OURS, [0, size - 1, size, 2**62]) == []
    assert outbox.load_texts(met.pk.node, CN, OURS, []) == []


# A log lent back.


@pytest.mark.usefixtures("lacks")
def test_a_text_that_the_partner_lacks_does_not_stop_a_log_on_its_way_back(
    met: World,
) -> None:
    restart(met)
    peer_heads.hear_partner(met.pk.node, CN, outbox.hello_positions(met.cn.node, PK))

    assert fetch(met.pk.node, met.cn.node) == FIRST + 1

    assert at(met.pk, OURS, FIRST).state == LACKING
    assert [where for _, where in alarms(met.pk)] == [f"{OURS}#{FIRST}"]
    sound(met, met.pk, lacking=1)


# What a hostile partner reaches by it.


def officer(nation: Nation, name: str) -> bytes:
    """Return the entry that states an officer's key."""
    stated = key(f"{name}@{nation.desk}", "author", ed(name), until=NOW + YEAR)
    return directory(nation, stated, [("issuer", nation.issuer)]).entry


def further_key(nation: Nation, signer: Ed25519Signer) -> pb.Envelope:
    """Return the statement of a further key of the nation's officer."""
    stated = key(nation.officer, "author", signer, until=NOW + YEAR)
    return directory(nation, stated, [("issuer", nation.issuer)])
