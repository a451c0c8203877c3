"""What one message may say of another: receipts, recalls, corrections, translations.

Cases P55 to P58 of the threat list, from a partner whose signatures are all valid.
"""

import hashlib
from collections.abc import Callable

import pytest

from exchange.bulletin.content import decode, encode
from exchange.bulletin.translation_json import put_back
from exchange.bulletin.translations import translate
from exchange.core import parse_core
from exchange.desk.incoming.examine_entry import ExaminedEntry
from exchange.desk.incoming.file_entry import Filing
from exchange.desk.incoming.relations import About, check_receipt, check_rendering
from exchange.desk.link.log_states import LogStates
from exchange.desk.outgoing.prepare import cite
from exchange.envelope import split
from exchange.errors import Reason, Refusal
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb
from tests.desk.bench import Bench, said
from tests.desk.forging import (
    attested,
    clear,
    entry_arrived,
    feed,
    name_of,
    recall,
    rendering,
    sealed,
    text,
    translation,
)
from tests.expecting import refusing
from tests.node.world import CN, PK, directory, recipients
from tests.trust.nation import ed, key

ACKNOWLEDGED = pb.RELATION_ACKNOWLEDGED


def sent_to_beijing(bench: Bench) -> bytes:
    name = bench.send()
    bench.pk.sync()
    return name


def test_a_receipt_of_an_addressed_desk_counts(bench: Bench) -> None:
    name = sent_to_beijing(bench)
    feed(bench.pk, clear(bench.world.nations[CN], ACKNOWLEDGED, name))
    assert bench.pk.mailbox.messages.row(name).acknowledged


def test_a_receipt_in_another_mode_counts_for_nothing(bench: Bench) -> None:
    name = sent_to_beijing(bench)
    cn = bench.world.nations[CN]
    feed(bench.pk, clear(cn, ACKNOWLEDGED, name, mode=pb.MODE_EXERCISE))
    assert not bench.pk.mailbox.messages.row(name).acknowledged
    assert not bench.pk.mailbox.receipts.of(name)


def test_the_second_receipt_of_a_kind_counts_for_nothing(bench: Bench) -> None:
    name = sent_to_beijing(bench)
    cn = bench.world.nations[CN]
    again = clear(cn, ACKNOWLEDGED, name, precedence=pb.PRECEDENCE_FLASH)
    feed(bench.pk, clear(cn, ACKNOWLEDGED, name), again)
    assert len(bench.pk.mailbox.receipts.of(name)) == 1


def test_a_receipt_of_one_s_own_message_counts_for_nothing(bench: Bench) -> None:
    cn, pk = bench.world.nations[CN], bench.world.nations[PK]
    bulletin = sealed(cn, pk, text(pk))
    name = name_of(bulletin)
    feed(bench.pk, bulletin, clear(cn, ACKNOWLEDGED, name))
    assert not bench.pk.mailbox.messages.row(name).acknowledged


def test_a_receipt_of_a_message_not_here_counts_for_nothing(bench: Bench) -> None:
    feed(bench.pk, clear(bench.world.nations[CN], ACKNOWLEDGED, bytes(32)))
    assert not bench.pk.mailbox.receipts.of(bytes(32))


def test_a_countersignature_is_of_another_officer_at_the_author_s_node(
    bench: Bench,
) -> None:
    cn, pk = bench.world.nations[CN], bench.world.nations[PK]
    name = sent_to_beijing(bench)
    feed(bench.pk, clear(cn, pb.RELATION_COUNTERSIGNED, name))
    assert not bench.pk.mailbox.receipts.of(name)
    log = cite(bench.pk.mailbox, name)
    assert log.author == pk.officer


@pytest.mark.parametrize(
    ("author", "counts"),
    [("chief@ops.islamabad.pk", True), ("duty-1@ops.islamabad.pk", False)],
)
def test_who_countersigns(bench: Bench, author: str, *, counts: bool) -> None:
    name = sent_to_beijing(bench)
    about = cite(bench.pk.mailbox, name)
    core = pb.Core(mode=about.core.mode, kind=pb.KIND_RECEIPT)
    core.references.add(relation=pb.RELATION_COUNTERSIGNED, name=name)
    found = ExaminedEntry(bytes(32), b"", core, author, "ACCEPTED")
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
    assert bench.pk.mailbox.messages.row(name_of(forged)).verdict == "REFERENCES"
    assert bench.pk.mailbox.messages.read(name_of(forged)).content is None
    assert not bench.pk.mailbox.receipts.of(name)


def test_a_recall_marks_and_deletes_nothing(bench: Bench) -> None:
    cn, pk = bench.world.nations[CN], bench.world.nations[PK]
    bulletin = sealed(cn, pk, text(pk))
    withdrawn = recall(cn, pk, name_of(bulletin))
    feed(bench.pk, bulletin, withdrawn)
    message = bench.pk.mailbox.messages.read(name_of(bulletin))
    assert message.content is not None
    assert [r.relation for r in message.receipts] == ["RECALLS"]
    row = bench.pk.mailbox.messages.row(name_of(withdrawn))
    assert (row.verdict, row.subject) == ("ACCEPTED", "Sent by mistake")
    assert row.acknowledge == "ACTION"


def test_a_recall_of_nothing_or_of_a_recall_is_refused(bench: Bench) -> None:
    cn, pk = bench.world.nations[CN], bench.world.nations[PK]
    bulletin = sealed(cn, pk, text(pk))
    first = recall(cn, pk, name_of(bulletin))
    second = recall(cn, pk, name_of(first))
    nothing = recall(cn, pk, bytes(32))
    feed(bench.pk, bulletin, first, second, nothing)
    for forged in (second, nothing):
        assert bench.pk.mailbox.messages.row(name_of(forged)).verdict == "REFERENCES"


@pytest.mark.parametrize("content", [b"", b"\xff" * 100], ids=["nothing", "rubbish"])
@pytest.mark.parametrize("many", [0, 2])
def test_a_recall_that_is_not_of_one_message_stops_nothing(
    bench: Bench, content: bytes, many: int
) -> None:
    """Also where it does not open, and whatever comes behind it is read."""
    cn, pk = bench.world.nations[CN], bench.world.nations[PK]
    bulletin, behind = sealed(cn, pk, text(pk)), sealed(cn, pk, text(pk, "Behind"))
    one = pb.Reference(relation=pb.RELATION_RECALLS, name=name_of(bulletin))
    forged = sealed(cn, pk, content, kind=pb.KIND_RECALL, references=[one] * many)
    feed(bench.pk, bulletin, forged, behind)
    assert bench.pk.mailbox.messages.row(name_of(forged)).verdict == "REFERENCES"
    assert not bench.pk.mailbox.receipts.of(name_of(bulletin))
    assert bench.pk.mailbox.messages.row(name_of(behind)).verdict == "ACCEPTED"


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
    row = bench.pk.mailbox.messages.row(name_of(forged))
    assert (row.verdict, row.state) == ("REFERENCES", "refused")


def test_anyone_with_the_bulletin_may_answer_it(bench: Bench) -> None:
    cn, pk = bench.world.nations[CN], bench.world.nations[PK]
    name = sent_to_beijing(bench)
    answer = pb.Reference(relation=pb.RELATION_ANSWERS, name=name)
    sent = sealed(cn, pk, text(pk), references=[answer])
    feed(bench.pk, sent)
    assert bench.pk.mailbox.messages.row(name_of(sent)).verdict == "ACCEPTED"


TEXTS = {"s0": "قافلہ تاخیر کا شکار", "s1": "قافلہ تاخیر کا شکار، تفصیل۔"}
OFFICERS = [f"duty-{n}@ops.beijing.cn" for n in (1, 2, 3)]


def urdu(
    source: bulletin_pb2.Content, state: str = "TRANSLATED", origin: str = "HUMAN"
) -> bulletin_pb2.Translation:
    """A translation by Beijing's officer, who signs it."""
    made = translate(source, "ur", state, origin, TEXTS)
    made.translator = OFFICERS[0]
    return made


def source_at(bench: Bench, name: bytes) -> bulletin_pb2.Content:
    content = bench.pk.mailbox.messages.read(name).content
    assert content is not None
    return decode(content)


def shown(bench: Bench, name: bytes, made: pb.Envelope) -> int:
    """How many translations stand under a bulletin once that one came."""
    feed(bench.pk, made)
    assert not bench.pk.mailbox.messages.knows(name_of(made))
    return len(bench.pk.mailbox.messages.read(name).translations)


def test_a_translation_of_who_has_the_source_stands_under_it(bench: Bench) -> None:
    cn, pk = bench.world.nations[CN], bench.world.nations[PK]
    name = sent_to_beijing(bench)
    feed(bench.pk, rendering(cn, pk, name, urdu(source_at(bench, name))))
    (found,) = bench.pk.mailbox.messages.read(name).translations
    assert found.author == cn.officer


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"tlp": pb.TLP_CLEAR}, id="label less strict"),
        pytest.param({"releasable_to": ["cn", "pk", "uz"]}, id="releasable further"),
        pytest.param({"mode": pb.MODE_ACTUAL}, id="another mode"),
    ],
)
def test_a_translation_handled_otherwise_is_shown_nowhere(
    bench: Bench, changes: dict[str, object]
) -> None:
    cn, pk = bench.world.nations[CN], bench.world.nations[PK]
    name = sent_to_beijing(bench)
    made = urdu(source_at(bench, name))
    assert not shown(bench, name, rendering(cn, pk, name, made, **changes))


Spoil = Callable[[bulletin_pb2.Translation], object]


def _unknown_segment(made: bulletin_pb2.Translation) -> None:
    made.segments[1].id = "s9"


def _another_hash(made: bulletin_pb2.Translation) -> None:
    made.segments[1].source = hashlib.sha256(b"another bulletin").digest()


def _wrong_script(made: bulletin_pb2.Translation) -> None:
    made.segments[1].text = "Convoy delayed, in full."


def _missing_segment(made: bulletin_pb2.Translation) -> None:
    del made.segments[1]


def _machine_final(made: bulletin_pb2.Translation) -> None:
    made.state, made.origin = "FINAL", "MACHINE"
    for segment in made.segments:
        segment.state, segment.origin = "FINAL", "MACHINE"


def _final_without_reviewer(made: bulletin_pb2.Translation) -> None:
    made.state = "FINAL"
    for segment in made.segments:
        segment.state = "FINAL"


def _own_review(made: bulletin_pb2.Translation) -> None:
    _final_without_reviewer(made)
    made.reviewer = made.translator


def _by_nobody(made: bulletin_pb2.Translation) -> None:
    made.translator = OFFICERS[1]


def _reviewed_elsewhere(made: bulletin_pb2.Translation) -> None:
    _final_without_reviewer(made)
    made.reviewer = "duty-1@guard.beijing.cn"


def _translated_by_no_role(made: bulletin_pb2.Translation) -> None:
    made.translator, made.reviewer = "someone", OFFICERS[0]


def _back_by_the_author(made: bulletin_pb2.Translation) -> None:
    made.back.lang, made.back.translator = "en", "duty-1@ops.islamabad.pk"
    put_back(made, made.back, {"s0": "Convoy late", "s1": "Convoy late, in full."})


SPOILT: list[Spoil] = [
    _unknown_segment,
    _another_hash,
    _wrong_script,
    _missing_segment,
    _machine_final,
    _final_without_reviewer,
    _own_review,
    _by_nobody,
    _reviewed_elsewhere,
    _translated_by_no_role,
    _back_by_the_author,
]


@pytest.mark.usefixtures("staff")
@pytest.mark.parametrize("spoil", SPOILT)
def test_a_translation_that_does_not_fit_its_source_is_shown_nowhere(
    bench: Bench, spoil: Spoil
) -> None:
    cn, pk = bench.world.nations[CN], bench.world.nations[PK]
    name = sent_to_beijing(bench)
    made = urdu(source_at(bench, name))
    spoil(made)
    assert not shown(bench, name, rendering(cn, pk, name, made))


def reviewer_s_key(bench: Bench) -> pb.Envelope:
    """The statement that makes OFFICERS[1] known."""
    cn = bench.world.nations[CN]
    author = key(OFFICERS[1], "author", ed(f"{CN} duty-2"))
    return directory(cn, author, [("issuer", cn.issuer)])


def reviewed(bench: Bench, name: bytes) -> bulletin_pb2.Translation:
    made = urdu(source_at(bench, name), "FINAL")
    made.reviewer = OFFICERS[1]
    return attested(bench.world.nations[CN], made)


def test_a_translation_waits_for_the_keys_of_whom_it_names(bench: Bench) -> None:
    cn, pk = bench.world.nations[CN], bench.world.nations[PK]
    name = sent_to_beijing(bench)
    made = reviewed(bench, name)
    assert not shown(bench, name, translation(cn, pk, name, made))
    assert len(bench.pk.mailbox.translations.unproven()) == 1

    feed(bench.pk, reviewer_s_key(bench))  # as of a log that was behind
    (found,) = bench.pk.mailbox.messages.read(name).translations
    assert found.content == encode(made)
    assert not bench.pk.mailbox.translations.unproven()


def test_of_what_waits_a_key_has_only_that_judged_again_which_it_may_have_signed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else who lets many wait and shows many keys would keep a desk at work."""
    cn, pk = bench.world.nations[CN], bench.world.nations[PK]
    name = sent_to_beijing(bench)
    assert not shown(bench, name, translation(cn, pk, name, reviewed(bench, name)))

    def never(*_: object) -> None:
        pytest.fail("judged again")

    other = key("duty-9@ops.beijing.cn", "author", ed(f"{CN} duty-9"))
    with monkeypatch.context() as patch:
        patch.setattr(Filing, "file_again", never)
        feed(bench.pk, directory(cn, other, [("issuer", cn.issuer)]))
    assert len(bench.pk.mailbox.translations.unproven()) == 1
    feed(bench.pk, reviewer_s_key(bench))
    assert not bench.pk.mailbox.translations.unproven()


def test_a_key_that_comes_later_proves_no_other_signature(bench: Bench) -> None:
    cn, pk = bench.world.nations[CN], bench.world.nations[PK]
    name = sent_to_beijing(bench)
    made = reviewed(bench, name)
    (one,) = [a for a in made.attestations if a.segment == "s1" and a.says == "FINAL"]
    one.signature = bytes(64)
    assert not shown(bench, name, translation(cn, pk, name, made))

    feed(bench.pk, reviewer_s_key(bench))
    assert not bench.pk.mailbox.messages.read(name).translations
    assert not bench.pk.mailbox.translations.unproven()


def test_what_waited_and_at_which_this_program_fails_stops_no_key(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    cn, pk = bench.world.nations[CN], bench.world.nations[PK]
    name = sent_to_beijing(bench)
    made = reviewed(bench, name)
    assert not shown(bench, name, translation(cn, pk, name, made))

    def failing(*_: object) -> None:
        raise IndexError

    with monkeypatch.context() as patch:
        patch.setattr(Filing, "file_again", failing)
        feed(bench.pk, reviewer_s_key(bench))
    alarm = LogStates(bench.pk.mailbox).alarm(bench.pk.pinned.origin(CN))
    assert alarm.startswith("INTERNAL #")
    assert len(bench.pk.mailbox.translations.unproven()) == 1
    assert shown(bench, name, rendering(cn, pk, name, made, id=bytes(range(16)))) == 1


@pytest.mark.usefixtures("staff")
def test_a_machine_s_text_that_another_officer_made_final_is_shown(
    bench: Bench,
) -> None:
    cn, pk = bench.world.nations[CN], bench.world.nations[PK]
    name = sent_to_beijing(bench)
    made = urdu(source_at(bench, name))
    _machine_final(made)
    made.reviewer = OFFICERS[1]
    assert shown(bench, name, rendering(cn, pk, name, made)) == 1


def urgent(bench: Bench) -> bytes:
    draft = said(bench.world.nations[CN], precedence="FLASH")
    name = bench.pk.send(draft).name
    bench.pk.sync()
    return name


@pytest.mark.usefixtures("staff")
def test_a_flash_is_reviewed_by_a_back_translation_only(bench: Bench) -> None:
    cn, pk = bench.world.nations[CN], bench.world.nations[PK]
    name = urgent(bench)
    made = urdu(source_at(bench, name), "REVIEWED")
    made.reviewer = OFFICERS[1]
    assert not shown(bench, name, rendering(cn, pk, name, made))
    made.back.MergeFrom(
        bulletin_pb2.BackTranslation(
            lang="en", translator=OFFICERS[2], judge=OFFICERS[1]
        )
    )
    put_back(made, made.back, {"s0": "Convoy late", "s1": "Convoy late, in full."})
    assert shown(bench, name, rendering(cn, pk, name, made)) == 1


def test_a_translation_from_a_desk_without_the_source_is_shown_nowhere(
    bench: Bench,
) -> None:
    cn, pk = bench.world.nations[CN], bench.world.nations[PK]
    name = sent_to_beijing(bench)
    made = rendering(cn, pk, name, urdu(source_at(bench, name)))
    about = cite(bench.pk.mailbox, name)
    found = ExaminedEntry(
        bytes(32),
        made.entry,
        parse_core(split(made.entry).core_bytes),
        "duty-1@ops.beijing.cn",
        "ACCEPTED",
        encode(attested(cn, urdu(source_at(bench, name)))),
    )
    check_rendering(found, about, bench.pk.pinned.author)
    without = pb.Core()
    without.CopyFrom(about.core)
    kept = [r for r in about.core.recipients if r.desk != cn.desk]
    del without.recipients[:]
    without.recipients.extend(kept)
    other = About(without, about.author, about.content)
    with refusing(Reason.REFERENCES):
        check_rendering(found, other, bench.pk.pinned.author)


def test_a_translation_for_more_readers_is_shown_nowhere(bench: Bench) -> None:
    cn, pk = bench.world.nations[CN], bench.world.nations[PK]
    name = sent_to_beijing(bench)
    source = cite(bench.pk.mailbox, name).core
    readers = [pb.Recipient(), *recipients(cn, pk)]
    readers[0].CopyFrom(readers[1])
    readers[0].desk, readers[0].kid = "ops.lahore.pk", bytes(32)
    wider = pb.Core()
    wider.CopyFrom(source)
    del wider.recipients[:]
    wider.recipients.extend(readers)
    said_ = encode(attested(cn, urdu(source_at(bench, name))))
    found = ExaminedEntry(bytes(32), b"", wider, cn.officer, "ACCEPTED", said_)
    with refusing(Reason.NOT_RELEASABLE):
        check_rendering(found, cite(bench.pk.mailbox, name), bench.pk.pinned.author)


def test_a_translation_of_an_unknown_source_is_shown_nowhere(bench: Bench) -> None:
    cn, pk = bench.world.nations[CN], bench.world.nations[PK]
    source = said(cn).content
    feed(bench.pk, rendering(cn, pk, bytes(32), urdu(source)))
    assert not bench.pk.mailbox.translations.of(bytes(32))


def test_an_envelope_at_a_second_place_is_not_moved_there(bench: Bench) -> None:
    cn, pk = bench.world.nations[CN], bench.world.nations[PK]
    bulletin = sealed(cn, pk, text(pk))
    feed(bench.pk, bulletin)
    before = bench.pk.mailbox.messages.row(name_of(bulletin)).index
    bench.pk.apply([entry_arrived(bench.pk, CN, bulletin)])
    assert bench.pk.mailbox.messages.row(name_of(bulletin)).index == before
    assert bench.pk.mailbox.database.count() == 1


def test_what_was_refused_is_no_subject_of_a_receipt(bench: Bench) -> None:
    cn, pk = bench.world.nations[CN], bench.world.nations[PK]
    spoilt = sealed(cn, pk, b"nothing readable")
    feed(bench.pk, spoilt)
    with refusing(Reason.REFERENCES):
        bench.pk.acknowledge(name_of(spoilt), ACKNOWLEDGED)


def test_the_author_s_copy_is_not_an_address() -> None:
    core = pb.Core()
    core.recipients.add(desk="a.b.c", recipient_class=pb.RECIPIENT_CLASS_COPY)
    core.recipients.add(desk="d.e.f", recipient_class=pb.RECIPIENT_CLASS_INFO)
    about = About(core, "duty@a.b.c", None)
    assert about.addressed == {"d.e.f"}
    assert about.desks == {"a.b.c", "d.e.f"}
