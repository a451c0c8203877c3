"""Recalls by who may not."""

from exchange.desk.incoming import threads
from exchange.errors import Reason
from tests.desk.bench import Bench
from tests.desk.forging import feed, name_of, recall, sealed, text
from tests.desk.test_recall import REASON, sent_to_beijing
from tests.expecting import refusing
from tests.node.world import CN, PK


def test_p57_nobody_recalls_anothers_bulletin_or_a_recall(bench: Bench) -> None:
    name = sent_to_beijing(bench)
    with refusing(Reason.REFERENCES):
        bench.cn.recall(name, REASON)
    recalled = bench.pk.recall(name, REASON).name
    with refusing(Reason.REFERENCES):
        bench.pk.recall(recalled, REASON)
    with refusing(Reason.NOT_FOUND):
        bench.pk.recall(bytes(32), REASON)


def test_p57_a_recall_by_another_desk_marks_nothing(bench: Bench) -> None:
    cn, pk = bench.world.nations[CN], bench.world.nations[PK]
    name = sent_to_beijing(bench)
    forged = recall(cn, pk, name)
    feed(bench.pk, forged)
    assert bench.pk.mailbox.messages.row(name_of(forged)).verdict == "REFERENCES"
    assert threads.find_standing(bench.pk.mailbox, name) == ""


def test_p57_a_recall_of_a_recall_brings_nothing_back(bench: Bench) -> None:
    cn, pk = bench.world.nations[CN], bench.world.nations[PK]
    bulletin = sealed(cn, pk, text(pk))
    first = recall(cn, pk, name_of(bulletin))
    second = recall(cn, pk, name_of(first))
    feed(bench.pk, bulletin, first, second)
    assert bench.pk.mailbox.messages.row(name_of(second)).verdict == "REFERENCES"
    assert threads.find_standing(bench.pk.mailbox, name_of(bulletin)) == "RECALLED"
