"""The FLASH that wait for a desk, by clear headers alone."""

from hypothesis import given
from hypothesis import strategies as st

from exchange.limits import RECIPIENTS_MAX, WATCHED_ANSWERS_MAX, WATCHED_MAX
from exchange.v1 import envelope_pb2 as pb
from exchange.watch.flash_tally import FlashTally, copy_desk

OWN, THEIRS, THIRD = "ops.islamabad.pk", "ops.beijing.cn", "ops.urumqi.cn"
NOW = 1_795_500_000_000
ACTION, INFO, COPY = (
    pb.RECIPIENT_CLASS_ACTION,
    pb.RECIPIENT_CLASS_INFO,
    pb.RECIPIENT_CLASS_COPY,
)


def core(
    kind: "pb.Kind.ValueType" = pb.KIND_BULLETIN,
    sender: str = THEIRS,
    to: tuple[str, ...] = (OWN,),
    about: tuple["pb.Relation.ValueType", bytes] | None = None,
    **fields: object,
) -> pb.Core:
    made = pb.Core(
        kind=kind,
        precedence=pb.PRECEDENCE_FLASH,
        mode=pb.MODE_ACTUAL,
        filed=NOW,
        expires=NOW + 1_000,
        **fields,  # type: ignore[arg-type]  # names of its fields
    )
    made.recipients.add(desk=sender, recipient_class=COPY)
    for desk in to:
        made.recipients.add(desk=desk, recipient_class=ACTION)
    if about:
        made.references.add(relation=about[0], name=about[1])
    return made


def answer(
    name: bytes, by: str, said: "pb.Relation.ValueType" = pb.RELATION_ACKNOWLEDGED
) -> pb.Core:
    return core(pb.KIND_RECEIPT, by, (THEIRS,), (said, name))


def take(tally: FlashTally, name: bytes, header: pb.Core) -> None:
    tally.take(name, header, copy_desk(header), OWN, NOW)


def waits(*seen: tuple[bytes, pb.Core], at: int = NOW) -> list[str]:
    tally = FlashTally()
    for name, header in seen:
        take(tally, name, header)
    return [bytes.fromhex(one.name).decode() for one in tally.still(at)]


def test_a_flash_to_this_desk_waits_until_its_time_is_over() -> None:
    assert waits((b"a", core())) == ["a"]
    assert waits((b"a", core()), at=NOW + 1_000) == []


def test_what_is_less_urgent_or_of_another_desk_does_not_wait() -> None:
    calm = core()
    calm.precedence = pb.PRECEDENCE_IMMEDIATE
    assert waits((b"a", calm), (b"b", core(to=(THIRD,))), (b"c", core(sender=OWN))) == [
        "c"
    ]
    assert waits((b"c", core(sender=OWN, to=(THEIRS,)))) == []


def test_an_answer_stills_it_whichever_comes_first() -> None:
    flash, said = (b"a", core(to=(OWN, THIRD))), (b"r", answer(b"a", OWN))
    assert waits(flash, said) == waits(said, flash) == []
    assert waits(flash, (b"r", answer(b"a", THIRD))) == []
    assert waits(flash, (b"r", answer(b"a", OWN, pb.RELATION_OPENED))) == ["a"]
    assert waits(flash, said, flash) == [], "seen again: ahead of its log, then in it"


def test_nobody_else_stills_it() -> None:
    flash = b"a", core()
    assert waits(flash, (b"r", answer(b"a", THIRD))) == ["a"]
    assert waits(flash, (b"r", answer(b"a", THEIRS))) == ["a"]
    forged = core(pb.KIND_RECALL, THIRD, (OWN,), (pb.RELATION_RECALLS, b"a"))
    assert waits(flash, (b"x", forged)) == ["a", "x"]


def test_its_author_takes_it_back_and_the_recall_waits_in_its_place() -> None:
    recall = core(pb.KIND_RECALL, THEIRS, (OWN,), (pb.RELATION_RECALLS, b"a"))
    assert waits((b"a", core()), (b"x", recall)) == ["x"]
    newer = core(about=(pb.RELATION_SUPERSEDES, b"a"))
    assert waits((b"n", newer), (b"a", core())) == ["n"]


def test_what_its_log_refuses_waits_no_longer() -> None:
    tally = FlashTally()
    take(tally, b"a", core())
    tally.refuse(b"a")
    assert not tally.still(NOW)


def test_an_answer_that_its_log_refuses_stills_nothing() -> None:
    tally = FlashTally()
    take(tally, b"a", core())
    take(tally, b"x", answer(b"a", OWN))
    take(tally, b"y", answer(b"a", OWN, pb.RELATION_COMPLETED))
    tally.refuse(b"x")
    assert not tally.still(NOW), "the other one stands"
    tally.refuse(b"y")
    assert [one.name for one in tally.still(NOW)] == [b"a".hex()]
    take(tally, b"z", answer(b"b", OWN))
    tally.refuse(b"z")
    take(tally, b"b", core())
    assert len(tally.still(NOW)) == 2, "nor one that came before its FLASH"
    tally.refuse(b"b")
    tally.refuse(b"unknown")
    assert len(tally.still(NOW)) == 1


def test_a_drill_is_told_apart() -> None:
    drill = core()
    drill.mode = pb.MODE_EXERCISE
    tally = FlashTally()
    take(tally, b"a", drill)
    assert tally.still(NOW)[0].drill


def test_a_flood_is_bounded_and_the_newest_stay() -> None:
    tally = FlashTally()
    for at in range(WATCHED_MAX + 5):
        take(tally, f"{at}".encode(), core())
        take(tally, b"r", answer(f"x{at}".encode(), OWN))
    assert len(tally.waiting) == WATCHED_MAX
    assert len(tally.answers) == WATCHED_ANSWERS_MAX
    assert bytes.fromhex(tally.still(NOW)[-1].name) == f"{WATCHED_MAX + 4}".encode()
    for at in range(3 * RECIPIENTS_MAX):
        take(tally, b"r", answer(b"one", f"d{at}.beijing.cn"))
    assert len(tally.answers[b"one".hex()]) <= RECIPIENTS_MAX + 1


@given(st.permutations(range(6)))
def test_the_order_in_which_headers_come_does_not_matter(order: list[int]) -> None:
    seen = [
        (b"a", core()),
        (b"b", core(to=(OWN, THIRD))),
        (b"c", core()),
        (b"r", answer(b"a", OWN)),
        (b"s", answer(b"b", THIRD)),
        (b"t", answer(b"c", THIRD)),
    ]
    assert waits(*(seen[at] for at in order)) == ["c"]
