"""What became of a desk's own bulletins, at each addressee."""

from msgspec.structs import replace

from exchange.desk.terminal.sent_rows import list_sent
from exchange.v1 import envelope_pb2 as pb
from tests.desk.bench import Bench, said
from tests.desk.made import translation
from tests.node.world import CN

NOW = 0


def test_an_addressee_goes_from_not_delivered_to_acknowledged(bench: Bench) -> None:
    name = bench.send()
    (one,) = list_sent(bench.pk, 10, NOW)
    (desk,) = one.desks
    assert (desk.desk, desk.relation, desk.delivered) == ("ops.beijing.cn", "", False)

    bench.meet()
    assert list_sent(bench.pk, 10, NOW)[0].desks[0].delivered
    bench.cn.acknowledge(name, pb.RELATION_ACKNOWLEDGED)
    bench.meet()
    (desk,) = list_sent(bench.pk, 10, NOW)[0].desks
    assert (desk.relation, desk.delivered, desk.late_since) == ("ACKNOWLEDGED", True, 0)
    assert list_sent(bench.cn, 10, NOW) == []


def test_who_misses_the_deadline_is_late_since_it_until_it_answers(
    bench: Bench,
) -> None:
    name = bench.deliver()
    by = bench.pk.mailbox.messages.row(name).acknowledge_by
    assert by

    def late(now: int) -> int:
        return list_sent(bench.pk, 10, now)[0].desks[0].late_since

    assert (late(by - 1), late(by + 1)) == (0, by)
    bench.cn.mark_read(name)
    bench.meet()
    assert late(by + 1) == by, "opened is less than was asked"
    bench.cn.acknowledge(name, pb.RELATION_ACKNOWLEDGED)
    bench.meet()
    assert late(by + 1) == 0


def test_the_newest_come_first_and_no_more_than_asked(bench: Bench) -> None:
    for words in ("One", "Two", "Three"):
        bench.pk.send(said(bench.world.nations[CN], words))
    assert [one.row.subject for one in list_sent(bench.pk, 2, NOW)] == ["Three", "Two"]


def test_its_translations_are_listed_the_furthest_first(bench: Bench) -> None:
    name = bench.send()
    for state, lang, number in (("TRANSLATED", "ur", 800), ("FINAL", "zh-Hans", 801)):
        made = translation(1, lang, "x", number)
        bench.pk.mailbox.translations.put(replace(made, about=name, state=state))
    (one,) = list_sent(bench.pk, 10, NOW)
    assert [(line.lang, line.state) for line in one.translations] == [
        ("zh-Hans", "FINAL"),
        ("ur", "TRANSLATED"),
    ]
