"""T3: a number that a rogue colleague, or a thief of his key, seals into a bulletin."""

import pytest

from exchange import envelope
from exchange.bulletin.content import encode
from exchange.desk.deadlines.missing_bulletins import judge_number
from exchange.desk.mailbox.desk_numbers import GO_ON, MISUSED, DeskCount, NumberGap
from exchange.desk.terminal.desk import TerminalDesk
from exchange.errors import Reason
from exchange.limits import NUMBERS_AHEAD_MAX
from exchange.trust import statements
from exchange.v1 import envelope_pb2 as pb
from tests.desk.bench import Bench, said
from tests.desk.forging import feed, header, name_of, publics, sealed
from tests.desk.test_numbers import gaps, numbers
from tests.desk.test_signer_standings import revoke
from tests.expecting import refusing
from tests.node.world import CN, FILED, PK, directory
from tests.trust.nation import DAY, ed

LAST = 2**63 - 1
THIEF = ed("rogue colleague")


@pytest.fixture
def colleague(bench: Bench) -> str:
    """Another officer of Islamabad's desk, whose key a thief has."""
    pk = bench.world.nations[PK]
    officer = f"duty-9@{pk.desk}"
    life = FILED - DAY, FILED + 9 * DAY
    said_ = statements.key_statement(officer, "author", THIEF, life)
    stated = directory(pk, said_, [("issuer", pk.issuer)])
    (answer,) = bench.world.pk.submit(stated)
    assert not answer.reason
    return officer


def steal(bench: Bench, number: int, **changes: object) -> bytes:
    """Log a bulletin of the colleague with a number; return its name."""
    pk, cn = (bench.world.nations[node] for node in (PK, CN))
    content = said(cn, f"Stolen, {number}").content
    content.numbers.add(desk=cn.desk, number=number)
    core = header(pk, cn, number, author=THIEF.kid, **changes)
    made = envelope.seal(core, encode(content), publics(pk, cn))
    (answer,) = bench.world.pk.from_desk(envelope.sign(made, [("author", THIEF)]))
    assert not answer.reason, answer
    return made.name


def jumps(bench: Bench) -> list[tuple[int, int]]:
    return [(x.reach, x.number) for x in bench.cn.mailbox.numbers.jumps()]


@pytest.mark.parametrize("precedence", ["PRIORITY", "FLASH"])
@pytest.mark.parametrize("revoked", [False, True], ids=["at large", "revoked"])
def test_t3_the_next_honest_bulletin_is_read_as_ever(
    bench: Bench, colleague: str, precedence: str, *, revoked: bool
) -> None:
    pk, cn = (bench.world.nations[node] for node in (PK, CN))
    bench.send("Number 1")
    bench.meet()
    stolen = steal(bench, LAST)
    bench.meet()
    if revoked:
        revoke(bench, pk, colleague, THIEF.kid, FILED - DAY)
    bench.reopen()

    name = bench.pk.send(said(cn, "Number 2", precedence=precedence)).name
    bench.meet()
    bench.meet()

    assert numbers(bench, name) == {cn.desk: 2}
    row = bench.cn.mailbox.messages.row(name)
    assert (row.verdict, row.state) == ("ACCEPTED", "cosigned")
    assert not any(
        one.relation == "UNOPENABLE" for one in bench.pk.mailbox.receipts.of(name)
    )
    assert gaps(bench) == []
    assert jumps(bench) == [(2, LAST)]
    desk = TerminalDesk(bench.cn)
    (alarm,) = desk.missing_bulletins()
    assert colleague in alarm.text
    assert ("DISOWNED" in alarm.text) == revoked
    doubted = desk.read(bench.cn.mailbox.messages.row(stolen).number)
    assert f"its number, {LAST}, does not follow" in doubted.notes[0]
    assert desk.read(row.number).notes == []


def test_t3_steps_within_reach_are_followed_by_both_sides(
    bench: Bench, colleague: str
) -> None:
    """The thief leaves a hole that is named with him, and no number is given twice."""
    desk, there = (bench.world.nations[node].desk for node in (PK, CN))
    steal(bench, NUMBERS_AHEAD_MAX)
    bench.meet()

    name = bench.send("After that")
    bench.meet()

    assert numbers(bench, name) == {there: NUMBERS_AHEAD_MAX + 1}
    assert jumps(bench) == []
    assert gaps(bench) == [NumberGap(desk, list(range(1, NUMBERS_AHEAD_MAX)))]
    (shown,) = TerminalDesk(bench.cn).missing_bulletins()
    assert shown.text.endswith(f"; next came one by {colleague}")


@pytest.mark.usefixtures("colleague")
def test_t3_a_number_for_a_desk_that_never_sees_it_counts_for_nothing(
    bench: Bench,
) -> None:
    pk, cn = (bench.world.nations[node] for node in (PK, CN))
    own = [
        pb.Recipient(
            desk=pk.desk,
            recipient_class=pb.RECIPIENT_CLASS_COPY,
            kid=pk.sealing.kid,
        )
    ]
    for number in (1_000, 2_000, 3_000):
        content = said(cn, f"Stolen, {number}").content
        content.numbers.add(desk=cn.desk, number=number)
        core = header(pk, cn, number, author=THIEF.kid, recipients=own)
        made = envelope.seal(core, encode(content), publics(pk))
        (answer,) = bench.world.pk.from_desk(envelope.sign(made, [("author", THIEF)]))
        assert not answer.reason, answer
    bench.meet()

    assert numbers(bench, bench.send("Number 1")) == {cn.desk: 1}


def test_t3_a_flash_that_overtakes_two_thousand_is_in_reach_once_they_come(
    bench: Bench,
) -> None:
    """They come in whatever order; until then it is read, with that doubt."""
    pk, cn = (bench.world.nations[node] for node in (PK, CN))

    def numbered(number: int) -> pb.Envelope:
        content = said(cn, f"Number {number}").content
        content.numbers.add(desk=cn.desk, number=number)
        return sealed(pk, cn, encode(content))

    flash = numbered(2_001)
    feed(bench.cn, flash, node=PK)
    assert bench.cn.mailbox.messages.row(name_of(flash)).verdict == "ACCEPTED"
    assert jumps(bench) == [(0, 2_001)]
    assert gaps(bench) == []
    feed(bench.cn, numbered(977), node=PK)
    assert jumps(bench) == []
    with bench.cn.mailbox.database.transaction():
        came = {n: b"" for n in range(1, 2_001) if n != 977}
        numbers_ = bench.cn.mailbox.numbers
        numbers_.note_logged(pk.desk, DeskCount(came), FILED, sent=False)
    assert (jumps(bench), gaps(bench)) == ([], [])


@pytest.mark.usefixtures("colleague")
@pytest.mark.parametrize("verdict", [MISUSED, GO_ON])
def test_t3_an_officer_dismisses_the_alarm_and_it_is_kept(
    bench: Bench, verdict: str
) -> None:
    desk = bench.world.nations[PK].desk
    bench.send("Number 1")
    steal(bench, LAST)
    bench.meet()
    assert jumps(bench) == [(1, LAST)]

    judge_number(bench.cn, desk, LAST, verdict)

    bench.reopen()
    assert (jumps(bench), gaps(bench)) == ([], [])
    (said_,) = bench.cn.mailbox.numbers.verdicts()
    assert said_ == (desk, LAST, verdict, bench.cn.officer.name, bench.now)
    name = bench.send("Number 2")
    bench.meet()
    assert bench.cn.mailbox.messages.row(name).verdict == "ACCEPTED"
    assert jumps(bench) == []


def test_t3_a_desk_does_not_queue_what_its_reader_would_refuse(bench: Bench) -> None:
    """Were its count pushed all the same, its officer hears of it at once."""
    there = bench.world.nations[CN].desk
    with bench.pk.mailbox.database.transaction():
        bench.pk.mailbox.numbers.note_given({there: LAST})
    with refusing(Reason.CONTENT, "numbers.0"):
        bench.send("One more")
    assert not bench.pk.mailbox.outbox.waiting()
