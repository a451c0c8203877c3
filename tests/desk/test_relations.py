"""What one message may say of another: receipts, recalls, corrections, translations.

Cases P55 to P58 of the threat list, from a partner whose signatures are all valid.
"""

import hashlib

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
from tests.desk.bench import CHINA, PAKISTAN, Bench, said
from tests.desk.forging import (
    attested,
    clear,
    entry_arrived,
    feed,
    from_china,
    name_of,
    pointing,
    recall,
    rendering,
    sealed,
    translation,
)
from tests.expecting import present, refusing
from tests.node.world import CN, directory, recipients
from tests.trust.nation import ed, key

ACKNOWLEDGED = pb.RELATION_ACKNOWLEDGED


def sent_to_beijing(bench: Bench) -> bytes:
    name = bench.send()
    bench.pk.sync()
    return name


@pytest.mark.parametrize(
    ("mode", "counts"), [(pb.MODE_TEST, 1), (pb.MODE_EXERCISE, 0)], ids=["", "drill"]
)
def test_a_receipt_of_an_addressed_desk_counts_once_and_in_its_mode(
    bench: Bench, mode: "pb.Mode.ValueType", counts: int
) -> None:
    name = sent_to_beijing(bench)
    again = {"precedence": pb.PRECEDENCE_FLASH, "mode": mode}
    feed(bench.pk, clear(CHINA, ACKNOWLEDGED, name, mode=mode))
    feed(bench.pk, clear(CHINA, ACKNOWLEDGED, name, **again))
    assert bool(bench.pk.mailbox.messages.row(name).acknowledged) is bool(counts)
    assert len(bench.pk.mailbox.receipts.of(name)) == counts


def test_a_receipt_of_one_s_own_message_counts_for_nothing(bench: Bench) -> None:
    bulletin = from_china()
    name = name_of(bulletin)
    feed(bench.pk, bulletin, clear(CHINA, ACKNOWLEDGED, name))
    assert not bench.pk.mailbox.messages.row(name).acknowledged


def test_a_receipt_of_a_message_not_here_counts_for_nothing(bench: Bench) -> None:
    feed(bench.pk, clear(CHINA, ACKNOWLEDGED, bytes(32)))
    assert not bench.pk.mailbox.receipts.of(bytes(32))


def test_a_countersignature_is_of_another_officer_at_the_author_s_node(
    bench: Bench,
) -> None:
    name = sent_to_beijing(bench)
    feed(bench.pk, clear(CHINA, pb.RELATION_COUNTERSIGNED, name))
    assert not bench.pk.mailbox.receipts.of(name)
    about = cite(bench.pk.mailbox, name)
    assert about.author == PAKISTAN.officer
    core = pb.Core(mode=about.core.mode, kind=pb.KIND_RECEIPT)
    core.references.extend(pointing(pb.RELATION_COUNTERSIGNED, name))
    by = "chief@ops.islamabad.pk"
    check_receipt(ExaminedEntry(bytes(32), b"", core, by, "ACCEPTED"), about, ())
    own = ExaminedEntry(bytes(32), b"", core, PAKISTAN.officer, "ACCEPTED")
    with pytest.raises(Refusal):
        check_receipt(own, about, ())


def test_only_the_author_s_desk_recalls(bench: Bench) -> None:
    name = sent_to_beijing(bench)
    forged = recall(CHINA, PAKISTAN, name)
    feed(bench.pk, forged)
    assert bench.pk.mailbox.messages.row(name_of(forged)).verdict == "REFERENCES"
    assert bench.pk.mailbox.messages.read(name_of(forged)).content is None
    assert not bench.pk.mailbox.receipts.of(name)


def test_a_recall_of_nothing_or_of_a_recall_is_refused(bench: Bench) -> None:
    bulletin = from_china()
    first = recall(CHINA, PAKISTAN, name_of(bulletin))
    second = recall(CHINA, PAKISTAN, name_of(first))
    nothing = recall(CHINA, PAKISTAN, bytes(32))
    feed(bench.pk, bulletin, first, second, nothing)
    for forged in (second, nothing):
        assert bench.pk.mailbox.messages.row(name_of(forged)).verdict == "REFERENCES"


@pytest.mark.parametrize("content", [b"", b"\xff" * 100], ids=["nothing", "rubbish"])
@pytest.mark.parametrize("many", [0, 2])
def test_a_recall_that_is_not_of_one_message_stops_nothing(
    bench: Bench, content: bytes, many: int
) -> None:
    """Also where it does not open, and whatever comes behind it is read."""
    bulletin, behind = (
        from_china(),
        from_china("Behind"),
    )
    forged = sealed(
        CHINA,
        PAKISTAN,
        content,
        kind=pb.KIND_RECALL,
        references=pointing(pb.RELATION_RECALLS, name_of(bulletin)) * many,
    )
    feed(bench.pk, bulletin, forged, behind)
    assert bench.pk.mailbox.messages.row(name_of(forged)).verdict == "REFERENCES"
    assert not bench.pk.mailbox.receipts.of(name_of(bulletin))
    assert bench.pk.mailbox.messages.row(name_of(behind)).verdict == "ACCEPTED"


TEXTS = {"s0": "قافلہ تاخیر کا شکار", "s1": "قافلہ تاخیر کا شکار، تفصیل۔"}
OFFICERS = [f"duty-{n}@ops.beijing.cn" for n in (1, 2, 3)]
BACK = {"s0": "Convoy late", "s1": "Convoy late, in full."}


def urdu(
    source: bulletin_pb2.Content, state: str = "TRANSLATED", origin: str = "HUMAN"
) -> bulletin_pb2.Translation:
    """A translation by Beijing's officer, who signs it."""
    made = translate(source, "ur", state, origin, TEXTS)
    made.translator = OFFICERS[0]
    return made


def source_at(bench: Bench, name: bytes) -> bulletin_pb2.Content:
    content = present(bench.pk.mailbox.messages.read(name).content)
    return decode(content)


def shown(bench: Bench, name: bytes, made: pb.Envelope) -> int:
    """How many translations stand under a bulletin once that one came."""
    feed(bench.pk, made)
    assert not bench.pk.mailbox.messages.knows(name_of(made))
    return len(bench.pk.mailbox.messages.read(name).translations)


def test_a_translation_of_who_has_the_source_stands_under_it(bench: Bench) -> None:
    name = sent_to_beijing(bench)
    feed(bench.pk, rendering(CHINA, PAKISTAN, name, urdu(source_at(bench, name))))
    (found,) = bench.pk.mailbox.messages.read(name).translations
    assert found.author == CHINA.officer


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
    name = sent_to_beijing(bench)
    made = urdu(source_at(bench, name))
    assert not shown(bench, name, rendering(CHINA, PAKISTAN, name, made, **changes))


SAID_BY = {
    "own review": (OFFICERS[0], OFFICERS[0]),
    "reviewed elsewhere": (OFFICERS[0], "duty-1@guard.beijing.cn"),
    "by nobody": (OFFICERS[1], ""),
    "by no role": ("someone", OFFICERS[0]),
}
"""Who a translation says has translated and reviewed it."""
FINAL = ("final", "machine's final", "own review", "reviewed elsewhere")


def spoil(made: bulletin_pb2.Translation, how: str) -> None:
    """What a partner may write into a translation that fits its source."""
    first, second = made.segments
    made.translator, made.reviewer = SAID_BY.get(how, (OFFICERS[0], ""))
    if how in FINAL:
        made.state = first.state = second.state = "FINAL"
    match how:
        case "unknown segment":
            second.id = "s9"
        case "another hash":
            second.source = hashlib.sha256(b"another bulletin").digest()
        case "wrong script":
            second.text = "Convoy delayed, in full."
        case "missing segment":
            del made.segments[1]
        case "machine's final":
            made.origin = first.origin = second.origin = "MACHINE"
        case "back by the author":
            made.back.lang, made.back.translator = "en", PAKISTAN.officer
            put_back(made, made.back, BACK)


@pytest.mark.usefixtures("staff")
@pytest.mark.parametrize(
    "how",
    [
        *("unknown segment", "another hash", "wrong script", "missing segment"),
        *("final", "machine's final", *SAID_BY, "back by the author"),
    ],
)
def test_a_translation_that_does_not_fit_its_source_is_shown_nowhere(
    bench: Bench, how: str
) -> None:
    name = sent_to_beijing(bench)
    made = urdu(source_at(bench, name))
    spoil(made, how)
    assert not shown(bench, name, rendering(CHINA, PAKISTAN, name, made))


def reviewer_s_key() -> pb.Envelope:
    """The statement that makes OFFICERS[1] known."""
    author = key(OFFICERS[1], "author", ed(f"{CN} duty-2"))
    return directory(CHINA, author, [("issuer", CHINA.issuer)])


def reviewed(bench: Bench, name: bytes) -> bulletin_pb2.Translation:
    made = urdu(source_at(bench, name), "FINAL")
    made.reviewer = OFFICERS[1]
    return attested(CHINA, made)


def test_a_translation_waits_for_the_keys_of_whom_it_names(bench: Bench) -> None:
    name = sent_to_beijing(bench)
    made = reviewed(bench, name)
    assert not shown(bench, name, translation(CHINA, PAKISTAN, name, made))
    assert len(bench.pk.mailbox.translations.unproven()) == 1

    feed(bench.pk, reviewer_s_key())  # as of a log that was behind
    (found,) = bench.pk.mailbox.messages.read(name).translations
    assert found.content == encode(made)
    assert not bench.pk.mailbox.translations.unproven()


def test_of_what_waits_a_key_has_only_that_judged_again_which_it_may_have_signed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else who lets many wait and shows many keys would keep a desk at work."""
    name = sent_to_beijing(bench)
    assert not shown(
        bench, name, translation(CHINA, PAKISTAN, name, reviewed(bench, name))
    )

    def never(*_: object) -> None:
        pytest.fail("judged again")

    other = key("duty-9@ops.beijing.cn", "author", ed(f"{CN} duty-9"))
    with monkeypatch.context() as patch:
        patch.setattr(Filing, "file_again", never)
        feed(bench.pk, directory(CHINA, other, [("issuer", CHINA.issuer)]))
    assert len(bench.pk.mailbox.translations.unproven()) == 1
    feed(bench.pk, reviewer_s_key())
    assert not bench.pk.mailbox.translations.unproven()


def test_a_key_that_comes_later_proves_no_other_signature(bench: Bench) -> None:
    name = sent_to_beijing(bench)
    made = reviewed(bench, name)
    (one,) = [a for a in made.attestations if a.segment == "s1" and a.says == "FINAL"]
    one.signature = bytes(64)
    assert not shown(bench, name, translation(CHINA, PAKISTAN, name, made))

    feed(bench.pk, reviewer_s_key())
    assert not bench.pk.mailbox.messages.read(name).translations
    assert not bench.pk.mailbox.translations.unproven()


def test_what_waited_and_at_which_this_program_fails_stops_no_key(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = sent_to_beijing(bench)
    made = reviewed(bench, name)
    assert not shown(bench, name, translation(CHINA, PAKISTAN, name, made))

    def failing(*_: object) -> None:
        raise IndexError

    with monkeypatch.context() as patch:
        patch.setattr(Filing, "file_again", failing)
        feed(bench.pk, reviewer_s_key())
    alarm = LogStates(bench.pk.mailbox).alarm(bench.pk.pinned.origin(CN))
    assert alarm.startswith("INTERNAL #")
    assert len(bench.pk.mailbox.translations.unproven()) == 1
    assert (
        shown(bench, name, rendering(CHINA, PAKISTAN, name, made, id=bytes(range(16))))
        == 1
    )


@pytest.mark.usefixtures("staff")
def test_a_machine_s_text_that_another_officer_made_final_is_shown(
    bench: Bench,
) -> None:
    name = sent_to_beijing(bench)
    made = urdu(source_at(bench, name))
    spoil(made, "machine's final")
    made.reviewer = OFFICERS[1]
    assert shown(bench, name, rendering(CHINA, PAKISTAN, name, made)) == 1


def urgent(bench: Bench) -> bytes:
    name = bench.send(precedence="FLASH")
    bench.pk.sync()
    return name


@pytest.mark.usefixtures("staff")
def test_a_flash_is_reviewed_by_a_back_translation_only(bench: Bench) -> None:
    name = urgent(bench)
    made = urdu(source_at(bench, name), "REVIEWED")
    made.reviewer = OFFICERS[1]
    assert not shown(bench, name, rendering(CHINA, PAKISTAN, name, made))
    made.back.MergeFrom(
        bulletin_pb2.BackTranslation(
            lang="en", translator=OFFICERS[2], judge=OFFICERS[1]
        )
    )
    put_back(made, made.back, BACK)
    assert shown(bench, name, rendering(CHINA, PAKISTAN, name, made)) == 1


def test_a_translation_from_a_desk_without_the_source_is_shown_nowhere(
    bench: Bench,
) -> None:
    name = sent_to_beijing(bench)
    made = rendering(CHINA, PAKISTAN, name, urdu(source_at(bench, name)))
    about = cite(bench.pk.mailbox, name)
    found = ExaminedEntry(
        bytes(32),
        made.entry,
        parse_core(split(made.entry).core_bytes),
        "duty-1@ops.beijing.cn",
        "ACCEPTED",
        encode(attested(CHINA, urdu(source_at(bench, name)))),
    )
    check_rendering(found, about, bench.pk.pinned.author)
    without = pb.Core()
    without.CopyFrom(about.core)
    kept = [r for r in about.core.recipients if r.desk != CHINA.desk]
    del without.recipients[:]
    without.recipients.extend(kept)
    other = About(without, about.author, about.content)
    with refusing(Reason.REFERENCES):
        check_rendering(found, other, bench.pk.pinned.author)


def test_a_translation_for_more_readers_is_shown_nowhere(bench: Bench) -> None:
    name = sent_to_beijing(bench)
    source = cite(bench.pk.mailbox, name).core
    readers = [pb.Recipient(), *recipients(CHINA, PAKISTAN)]
    readers[0].CopyFrom(readers[1])
    readers[0].desk, readers[0].kid = "ops.lahore.pk", bytes(32)
    wider = pb.Core()
    wider.CopyFrom(source)
    del wider.recipients[:]
    wider.recipients.extend(readers)
    said_ = encode(attested(CHINA, urdu(source_at(bench, name))))
    found = ExaminedEntry(bytes(32), b"", wider, CHINA.officer, "ACCEPTED", said_)
    with refusing(Reason.NOT_RELEASABLE):
        check_rendering(found, cite(bench.pk.mailbox, name), bench.pk.pinned.author)


def test_a_translation_of_an_unknown_source_is_shown_nowhere(bench: Bench) -> None:
    source = said(CHINA).content
    feed(bench.pk, rendering(CHINA, PAKISTAN, bytes(32), urdu(source)))
    assert not bench.pk.mailbox.translations.of(bytes(32))


def test_an_envelope_at_a_second_place_is_not_moved_there(bench: Bench) -> None:
    bulletin = from_china()
    feed(bench.pk, bulletin)
    before = bench.pk.mailbox.messages.row(name_of(bulletin)).index
    bench.pk.apply([entry_arrived(bench.pk, CN, bulletin)])
    assert bench.pk.mailbox.messages.row(name_of(bulletin)).index == before
    assert bench.pk.mailbox.database.count() == 1


def test_the_author_s_copy_is_not_an_address() -> None:
    core = pb.Core()
    core.recipients.add(desk="a.b.c", recipient_class=pb.RECIPIENT_CLASS_COPY)
    core.recipients.add(desk="d.e.f", recipient_class=pb.RECIPIENT_CLASS_INFO)
    about = About(core, "duty@a.b.c", None)
    assert about.addressed == {"d.e.f"}
    assert about.desks == {"a.b.c", "d.e.f"}
