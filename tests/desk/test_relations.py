"""What one message may say of another: receipts, recalls, corrections, translations.

Cases P55 to P58 of the threat list, from a partner whose signatures are all valid.
"""

import pytest

from exchange.desk.relations import About, check_receipt
from exchange.errors import Reason, Refusal
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb
from tests.desk.bench import Bench, said
from tests.desk.forging import (
    clear,
    entry_arrived,
    feed,
    name_of,
    recall,
    rendering,
    sealed,
    text,
)
from tests.node.world import CN, PK

ACKNOWLEDGED = pb.RELATION_ACKNOWLEDGED


def sent_to_beijing(bench: Bench) -> bytes:
    name = bench.pk.send(said(bench.world.nations[CN])).name
    bench.pk.sync()
    return name


def test_a_receipt_of_an_addressed_desk_counts(bench: Bench) -> None:
    name = sent_to_beijing(bench)
    feed(bench.pk, clear(bench.world.nations[CN], ACKNOWLEDGED, name))
    assert bench.pk.mailbox.row(name).acknowledged


def test_a_receipt_in_another_mode_counts_for_nothing(bench: Bench) -> None:
    name = sent_to_beijing(bench)
    cn = bench.world.nations[CN]
    feed(bench.pk, clear(cn, ACKNOWLEDGED, name, mode=pb.MODE_EXERCISE))
    assert not bench.pk.mailbox.row(name).acknowledged
    assert not bench.pk.mailbox.receipts(name)


def test_the_second_receipt_of_a_kind_counts_for_nothing(bench: Bench) -> None:
    name = sent_to_beijing(bench)
    cn = bench.world.nations[CN]
    again = clear(cn, ACKNOWLEDGED, name, precedence=pb.PRECEDENCE_FLASH)
    feed(bench.pk, clear(cn, ACKNOWLEDGED, name), again)
    assert len(bench.pk.mailbox.receipts(name)) == 1


def test_a_receipt_of_one_s_own_message_counts_for_nothing(bench: Bench) -> None:
    cn, pk = bench.world.nations[CN], bench.world.nations[PK]
    bulletin = sealed(cn, pk, text(pk))
    name = name_of(bulletin)
    feed(bench.pk, bulletin, clear(cn, ACKNOWLEDGED, name))
    assert not bench.pk.mailbox.row(name).acknowledged


def test_a_receipt_of_a_message_not_here_counts_for_nothing(bench: Bench) -> None:
    feed(bench.pk, clear(bench.world.nations[CN], ACKNOWLEDGED, bytes(32)))
    assert not bench.pk.mailbox.receipts(bytes(32))


def test_a_countersignature_is_of_another_officer_at_the_author_s_node(
    bench: Bench,
) -> None:
    cn, pk = bench.world.nations[CN], bench.world.nations[PK]
    name = sent_to_beijing(bench)
    feed(bench.pk, clear(cn, pb.RELATION_COUNTERSIGNED, name))
    assert not bench.pk.mailbox.receipts(name)
    log = bench.pk.about(name)
    assert log.author == pk.officer


@pytest.mark.parametrize(
    ("author", "counts"),
    [("chief@ops.islamabad.pk", True), ("duty-1@ops.islamabad.pk", False)],
)
def test_who_countersigns(bench: Bench, author: str, *, counts: bool) -> None:
    from exchange.desk.opening import Found  # noqa: PLC0415 - of this test only

    name = sent_to_beijing(bench)
    about = bench.pk.about(name)
    core = pb.Core(mode=about.core.mode, kind=pb.KIND_RECEIPT)
    core.references.add(relation=pb.RELATION_COUNTERSIGNED, name=name)
    found = Found(bytes(32), b"", core, author, "ACCEPTED")
    if counts:
        check_receipt(found, about, ())
        return
    with pytest.raises(Refusal):
        check_receipt(found, about, ())


def test_only_the_author_s_desk_recalls(bench: Bench) -> None:
    cn, pk = bench.world.nations[CN], bench.world.nations[PK]
    name = sent_to_beijing(bench)
    forged = recall(cn, pk, name)
    feed(bench.pk, forged)
    assert bench.pk.mailbox.row(name_of(forged)).verdict == "REFERENCES"
    assert bench.pk.mailbox.read(name_of(forged)).content is None
    assert not bench.pk.mailbox.receipts(name)


def test_a_recall_marks_and_deletes_nothing(bench: Bench) -> None:
    cn, pk = bench.world.nations[CN], bench.world.nations[PK]
    bulletin = sealed(cn, pk, text(pk))
    withdrawn = recall(cn, pk, name_of(bulletin))
    feed(bench.pk, bulletin, withdrawn)
    message = bench.pk.mailbox.read(name_of(bulletin))
    assert message.content is not None
    assert [r.relation for r in message.receipts] == ["RECALLS"]
    row = bench.pk.mailbox.row(name_of(withdrawn))
    assert (row.verdict, row.subject) == ("ACCEPTED", "Sent by mistake")
    assert row.acknowledge == "READ"


def test_a_recall_of_nothing_or_of_a_recall_is_refused(bench: Bench) -> None:
    cn, pk = bench.world.nations[CN], bench.world.nations[PK]
    bulletin = sealed(cn, pk, text(pk))
    first = recall(cn, pk, name_of(bulletin))
    second = recall(cn, pk, name_of(first))
    nothing = recall(cn, pk, bytes(32))
    feed(bench.pk, bulletin, first, second, nothing)
    for forged in (second, nothing):
        assert bench.pk.mailbox.row(name_of(forged)).verdict == "REFERENCES"


@pytest.mark.parametrize(
    "relation",
    [pb.RELATION_CORRECTS, pb.RELATION_SUPERSEDES, pb.RELATION_NARROWS],
    ids=["corrects", "supersedes", "narrows"],
)
def test_only_the_author_s_desk_corrects(
    bench: Bench, relation: "pb.Relation.ValueType"
) -> None:
    cn, pk = bench.world.nations[CN], bench.world.nations[PK]
    name = sent_to_beijing(bench)
    forged = sealed(
        cn, pk, text(pk), references=[pb.Reference(relation=relation, name=name)]
    )
    feed(bench.pk, forged)
    row = bench.pk.mailbox.row(name_of(forged))
    assert (row.verdict, row.state) == ("REFERENCES", "refused")


def test_anyone_with_the_bulletin_may_answer_it(bench: Bench) -> None:
    cn, pk = bench.world.nations[CN], bench.world.nations[PK]
    name = sent_to_beijing(bench)
    answer = pb.Reference(relation=pb.RELATION_ANSWERS, name=name)
    sent = sealed(cn, pk, text(pk), references=[answer])
    feed(bench.pk, sent)
    assert bench.pk.mailbox.row(name_of(sent)).verdict == "ACCEPTED"


def urdu(**texts: str) -> bulletin_pb2.Translation:
    made = bulletin_pb2.Translation(lang="ur", state="INITIAL", origin="HUMAN")
    for place, words in texts.items():
        made.segments.add(id=place, text=words)
    return made


def test_a_translation_of_who_has_the_source_stands_under_it(bench: Bench) -> None:
    cn, pk = bench.world.nations[CN], bench.world.nations[PK]
    name = sent_to_beijing(bench)
    feed(bench.pk, rendering(cn, pk, name, urdu(s0="قافلہ تاخیر کا شکار")))
    (found,) = bench.pk.mailbox.read(name).translations
    assert found.author == cn.officer


@pytest.mark.parametrize(
    ("texts", "changes"),
    [
        pytest.param({"s9": "قافلہ"}, {}, id="segment of no source"),
        pytest.param({"s0": "Convoy"}, {}, id="not in its script"),
        pytest.param({"s0": "قافلہ"}, {"tlp": pb.TLP_CLEAR}, id="label less strict"),
        pytest.param(
            {"s0": "قافلہ"},
            {"releasable_to": ["cn", "pk", "uz"]},
            id="releasable further",
        ),
        pytest.param({"s0": "قافلہ"}, {"mode": pb.MODE_ACTUAL}, id="another mode"),
    ],
)
def test_a_translation_that_does_not_fit_its_source_is_shown_nowhere(
    bench: Bench, texts: dict[str, str], changes: dict[str, object]
) -> None:
    cn, pk = bench.world.nations[CN], bench.world.nations[PK]
    name = sent_to_beijing(bench)
    feed(bench.pk, rendering(cn, pk, name, urdu(**texts), **changes))
    assert not bench.pk.mailbox.read(name).translations


def test_a_translation_of_an_unknown_source_is_shown_nowhere(bench: Bench) -> None:
    cn, pk = bench.world.nations[CN], bench.world.nations[PK]
    feed(bench.pk, rendering(cn, pk, bytes(32), urdu(s0="قافلہ")))
    assert not bench.pk.mailbox.translations(bytes(32))


def test_an_envelope_at_a_second_place_is_not_moved_there(bench: Bench) -> None:
    cn, pk = bench.world.nations[CN], bench.world.nations[PK]
    bulletin = sealed(cn, pk, text(pk))
    feed(bench.pk, bulletin)
    before = bench.pk.mailbox.row(name_of(bulletin)).index
    bench.pk.apply([entry_arrived(bench.pk, CN, bulletin)])
    assert bench.pk.mailbox.row(name_of(bulletin)).index == before
    assert bench.pk.mailbox.count() == 1


def test_what_was_refused_is_no_subject_of_a_receipt(bench: Bench) -> None:
    cn, pk = bench.world.nations[CN], bench.world.nations[PK]
    spoilt = sealed(cn, pk, b"nothing readable")
    feed(bench.pk, spoilt)
    with pytest.raises(Refusal) as refusal:
        bench.pk.acknowledge(name_of(spoilt), ACKNOWLEDGED)
    assert refusal.value.reason is Reason.REFERENCES


def test_the_author_s_copy_is_not_an_address() -> None:
    core = pb.Core()
    core.recipients.add(desk="a.b.c", recipient_class=pb.RECIPIENT_CLASS_COPY)
    core.recipients.add(desk="d.e.f", recipient_class=pb.RECIPIENT_CLASS_INFO)
    about = About(core, "duty@a.b.c", None)
    assert about.addressed == {"d.e.f"}
    assert about.desks == {"a.b.c", "d.e.f"}
