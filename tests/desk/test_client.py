"""A desk sends, reads, acknowledges, with its node there and stopped."""

import pytest

from exchange.bulletin import check, personal_data, spans
from exchange.bulletin.check import CheckedDraft
from exchange.bulletin.translations import text_hash
from exchange.bulletin.values import iso
from exchange.errors import Reason, Refusal, Unreachable
from exchange.limits import DAY
from exchange.v1 import bulletin_pb2, desk_service_pb2
from exchange.v1 import envelope_pb2 as pb
from exchange.v1.desk_service_pb2 import EntryArrived
from tests.desk.bench import CHINA, PAKISTAN, RENDERED, Bench, Direct, client, said
from tests.expecting import present, refusing
from tests.node.world import PK


def test_a_bulletin_is_read_and_cosigned_at_the_other_side(bench: Bench) -> None:
    sent = bench.pk.send(said(CHINA))
    assert sent.state == "local"
    bench.meet()
    message = bench.cn.mailbox.messages.read(sent.name)
    assert message.row.verdict == "ACCEPTED"
    assert message.row.author == "duty-1@ops.islamabad.pk"
    assert message.row.direction == "in"
    content = bulletin_pb2.Content.FromString(present(message.content))
    assert content.segments[0].text == "Convoy delayed, in full."
    assert bench.pk.mailbox.messages.row(sent.name).state == "cosigned"
    assert [s.state for s in bench.pk.mailbox.messages.read(sent.name).states] == [
        "queued",
        "local",
        "delivered",
        "cosigned",
    ]
    assert bench.pk.mailbox.messages.row(sent.name).index == 3
    assert not bench.pk.mailbox.outbox.list_unconfirmed(f"{PK}.fusion/log/1", 99)


def test_with_the_node_stopped_it_waits_and_survives_a_restart(bench: Bench) -> None:
    client(bench.pk).down = True
    sent = bench.pk.send(said(CHINA))
    assert sent.state == "queued"
    bench.reopen()
    assert bench.pk.mailbox.outbox.count_queued() == 1
    bench.meet()
    assert bench.pk.mailbox.messages.row(sent.name).state == "local"
    bench.meet()
    assert bench.pk.mailbox.messages.row(sent.name).state == "cosigned"
    assert bench.cn.mailbox.database.count() == 1


def test_an_answer_lost_on_the_way_doubles_nothing(bench: Bench) -> None:
    client(bench.pk).down = True
    name = bench.send()
    envelope = bench.pk.mailbox.outbox.pending()[0].envelope
    client(bench.pk).down = False
    client(bench.pk).submit([envelope])  # its answer never came
    assert bench.pk.push() == 1
    bench.meet()
    assert bench.cn.mailbox.database.count() == 1
    assert bench.pk.mailbox.messages.row(name).index == 3


def test_translations_follow_as_envelopes_of_their_own(bench: Bench) -> None:
    name = bench.deliver(translations=[RENDERED])
    (found,) = bench.cn.mailbox.messages.read(name).translations
    assert found.lang == "zh-Hans"
    assert found.author == "duty-1@ops.islamabad.pk"
    assert list(bench.cn.mailbox.search.text("延误")) == [1]
    assert bench.cn.mailbox.database.count() == 1


def test_nobody_sends_as_translator_what_he_translated_back(bench: Bench) -> None:
    given = RENDERED | {"state": "TRANSLATED"}
    draft = said(CHINA, translations=[given])
    (made,) = draft.translations
    made.back.lang, made.back.translator = "en", bench.pk.officer.name
    for segment in made.segments:
        source = text_hash(segment.text)
        made.back.segments.add(id=segment.id, text="Convoy", source=source)
    checked = check.check(draft.replace(translations=(made,)))
    before = bench.pk.mailbox.database.count()
    with refusing(Reason.FIELD_VALUE, "translation.back.translator"):
        bench.pk.send(checked)
    assert bench.pk.mailbox.database.count() == before


def test_an_acknowledgement_comes_back(bench: Bench) -> None:
    name = bench.deliver()
    bench.cn.mark_read(name)
    bench.cn.acknowledge(name, pb.RELATION_ACKNOWLEDGED)
    assert bench.cn.mailbox.messages.row(name).acknowledged
    bench.meet()
    receipts = bench.pk.mailbox.receipts.of(name)
    assert {(r.relation, r.author) for r in receipts} == {
        ("OPENED", "duty-1@ops.beijing.cn"),
        ("ACKNOWLEDGED", "duty-1@ops.beijing.cn"),
    }
    assert bench.pk.mailbox.messages.row(name).acknowledged


@pytest.mark.parametrize(
    ("words", "lang"), [("道路封闭", "zh-Hans"), ("سمجھ گئے", "ur")]
)
def test_a_remark_is_sealed_and_opens_for_the_author(
    bench: Bench, words: str, lang: str
) -> None:
    """It names the language of its script."""
    sent = bench.deliver()
    name = bench.cn.acknowledge(sent, pb.RELATION_CANNOT_COMPLY, words)
    assert words.encode()[:3] not in bench.cn.client.entry(name).envelope.body
    bench.meet()
    (receipt,) = bench.pk.mailbox.receipts.of(sent)
    remark = bulletin_pb2.Remark.FromString(present(receipt.remark))
    assert (remark.text.lang, remark.text.text) == (lang, words)


def test_only_who_was_asked_may_acknowledge_and_once(bench: Bench) -> None:
    name = bench.deliver()
    with refusing(Reason.REFERENCES):
        bench.pk.acknowledge(name, pb.RELATION_ACKNOWLEDGED)
    first = bench.cn.acknowledge(name, pb.RELATION_ACKNOWLEDGED)
    assert bench.cn.acknowledge(name, pb.RELATION_ACKNOWLEDGED) == first
    assert len(bench.cn.mailbox.receipts.of(name)) == 1


def test_the_own_desk_and_unknown_desks_are_no_recipients(bench: Bench) -> None:
    with refusing(Reason.RECIPIENTS, "to.0"):
        bench.pk.send(said(PAKISTAN))
    with refusing(Reason.RECIPIENT_UNKNOWN, "to.0: ops.shanghai.cn"):
        bench.pk.send(said(PAKISTAN, to=["ops.shanghai.cn"]))
    assert (
        bench.pk.mailbox.database.count() == bench.pk.mailbox.outbox.count_queued() == 0
    )


def test_a_label_that_leaves_the_own_copy_out_is_refused(bench: Bench) -> None:
    label = {"tlp": "AMBER", "releasable_to": ["cn"]}
    with refusing(Reason.NOT_RELEASABLE):
        bench.send(label=label)


def test_what_the_kind_asks_for_is_written_into_what_is_signed(bench: Bench) -> None:
    request = {"acknowledge_by": "2027-02-01T00:00:00Z"}
    name = bench.send(request=request)
    assert bench.pk.mailbox.messages.row(name).acknowledge == "READ"


def test_what_the_node_refuses_for_good_leaves_the_outbox(bench: Bench) -> None:
    bench.pk.client = Direct(bench.world.pk, "watch.islamabad.pk")
    sent = bench.pk.send(said(CHINA))
    assert (sent.state, sent.reason) == ("refused", "METHOD")
    assert bench.pk.mailbox.outbox.count_queued() == 0
    (told,) = bench.pk.client.status().refused
    assert (told.name, told.reason, told.desk) == (
        sent.name,
        "METHOD",
        "watch.islamabad.pk",
    )


def test_what_the_node_lost_is_submitted_again(bench: Bench) -> None:
    name = bench.send()
    lost = client(bench.pk)
    lost.entry = _not_found  # type: ignore[assignment, method-assign]  # an old copy
    assert bench.pk.resubmit() == 1
    assert bench.pk.mailbox.outbox.pending()[0].name == name


def test_what_does_not_stand_where_the_node_said_is_submitted_again(
    bench: Bench,
) -> None:
    """A node that lost its newest entries has others at their places by now."""
    desk = bench.pk
    origin = bench.world.pk.node.origin
    place = bench.world.pk.store.logs.size(origin)
    with pytest.MonkeyPatch.context() as patch:
        answer = desk_service_pb2.Submitted(origin=origin, index=place)
        patch.setattr(desk.client, "submit", lambda _: [answer])
        lost = desk.send(said(CHINA))
    other = desk.send(said(CHINA, "Another"))
    assert (lost.state, other.state) == ("local", "local")

    bench.meet()
    row = desk.mailbox.messages.row(other.name)
    assert (row.state, row.index) == ("cosigned", place)
    bench.meet()  # the desk hands it over again
    bench.meet()

    row = desk.mailbox.messages.row(lost.name)
    assert (row.state, row.index) == ("cosigned", place + 1)
    assert bench.cn.mailbox.messages.knows(lost.name)


def _not_found(_: bytes) -> EntryArrived:
    raise Refusal(Reason.NOT_FOUND)


def test_a_stopped_node_is_unreachable_only_where_an_answer_is_needed(
    bench: Bench,
) -> None:
    client(bench.pk).down = True
    assert bench.pk.hand_over() == 0
    assert not bench.pk.try_sync()
    with pytest.raises(Unreachable):
        bench.pk.sync()


def test_many_are_kept_together_or_not_at_all(bench: Bench) -> None:
    good, bad = said(CHINA), said(CHINA, to=["ops.shanghai.cn"])
    with pytest.raises(Refusal):
        bench.pk.send_all([good, bad])
    assert bench.pk.mailbox.database.count() == 0
    sent = bench.pk.send_all([good, said(CHINA, "Another")])
    assert [each.state for each in sent] == ["local", "local"]
    bench.meet()
    names = [each.name for each in sent]
    assert len(set(bench.cn.acknowledge_all(names, pb.RELATION_COMPLETED))) == 2
    bench.meet()
    assert all(bench.pk.mailbox.messages.row(name).acknowledged for name in names)


@pytest.mark.parametrize(
    ("remark", "reason"),
    [
        ("x" * 4001, Reason.TOO_LONG),
        ("\x1b]52;c;AAAA\x07", Reason.FIELD_VALUE),
        (" ", Reason.FIELD_MISSING),
        ("\u202eabc", Reason.FIELD_VALUE),
    ],
    ids=["too long", "control", "blank", "bidi override"],
)
def test_a_remark_keeps_the_rules_of_prose(
    bench: Bench, remark: str, reason: Reason
) -> None:
    name = bench.deliver()
    with refusing(reason):
        bench.cn.acknowledge(name, pb.RELATION_ACKNOWLEDGED, remark)
    assert not bench.cn.mailbox.receipts.of(name)


def test_a_sync_hands_over_again_what_its_node_has_lost(bench: Bench) -> None:
    """A node that kept it without a place, and then lost its disk."""
    client(bench.pk).down = True
    name = bench.send()
    bench.pk.mailbox.outbox.note_sent(name, 1, f"{PK}.fusion/log/1", None)
    client(bench.pk).down = False

    bench.pk.sync()

    assert bench.world.pk.store.entries.by_name(name) is not None


def test_a_checked_draft_is_neither_checked_nor_searched_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = said(CHINA, "Call 0300-1234567 about 12 cars")
    draft = draft.confirm("subject.text PHONE", "segments.0.text PHONE")

    def again(*_: object) -> None:
        raise AssertionError("it was looked through before")

    for module, name in (
        (check, "check_prose"),
        (personal_data, "personal_data"),
        (spans, "scan"),
        (spans, "alone"),
        (personal_data, "find_kinds"),
    ):
        monkeypatch.setattr(module, name, again)
    made, _ = bench.pk.compose(draft)
    assert made.core.tlp == draft.tlp


@pytest.mark.parametrize("words", ["特急", "فلیش", "演习", "TLP:AMBER"])
def test_what_the_header_says_is_found_in_every_language(
    bench: Bench, words: str
) -> None:
    bench.send(precedence="FLASH", mode="EXERCISE")
    bench.send()

    found = list(bench.pk.mailbox.search.text(words))

    assert found == ([1] if "TLP" not in words else [2, 1])


@pytest.mark.parametrize(
    "where", ["expires", "request.response_by", "request.acknowledge_by"]
)
def test_what_is_asked_by_a_time_can_still_be_done(bench: Bench, where: str) -> None:
    section, _, field = where.rpartition(".")

    def asking(by: int) -> CheckedDraft:
        if not section:
            return said(CHINA, expires=iso(by))
        request = {"acknowledge": "READ", field: iso(by)}
        return said(CHINA, request=request)

    for by in (bench.now - DAY, bench.now):
        with refusing(Reason.FIELD_VALUE, where) as refusal:
            bench.pk.send(asking(by))
        assert iso(by) in str(refusal.value)
    assert bench.pk.send(asking(bench.now + 1_000)).name


@pytest.mark.parametrize(
    ("confirmed", "where"),
    [
        (["segments.0.text PHONE", "segments.9.text PHONE"], "confirmed.1"),
        (["segments.0.text PHONE", "segments.0.text EMAIL"], "confirmed.1"),
        (["subject.text PHONE", "segments.0.text PHONE"], "confirmed.0"),
    ],
)
def test_only_what_is_there_is_confirmed_to_be_no_personal_data(
    bench: Bench, confirmed: list[str], where: str
) -> None:
    call = {"id": "s1", "lang": "en", "text": "Call 0300-1234567."}
    with refusing(Reason.FIELD_VALUE, where):
        bench.send(segments=[call], confirmed=confirmed)
    sound = said(CHINA, segments=[call], confirmed=["segments.0.text PHONE"])
    assert bench.pk.send(sound).name
