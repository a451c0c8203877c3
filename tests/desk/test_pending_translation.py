"""Translations made at Beijing of bulletins from Islamabad, and back again."""

from pathlib import Path

import pytest

import exchange.cli
from exchange.bulletin.attestations import attest
from exchange.bulletin.codes import CODES
from exchange.bulletin.content import decode, decode_translation, encode, from_json
from exchange.bulletin.json_reader import read_json
from exchange.bulletin.translations import to_json, translate
from exchange.desk.client import Desk
from exchange.desk.outgoing.prepare import cite
from exchange.desk.signer_standings import SignerStandings
from exchange.desk.terminal.desk import TerminalDesk
from exchange.desk.translation.pending_translation import PendingTranslation, Put
from exchange.errors import Reason, Refusal
from exchange.translation.checks import Check
from exchange.v1 import envelope_pb2 as pb
from tests.desk.bench import CHINA, PAKISTAN, Bench, client, refers, said
from tests.desk.forging import (
    feed,
    from_china,
    pointing,
    rendering,
    translation,
)
from tests.expecting import refused
from tests.node.world import CN, FILED
from tests.trust.nation import ed, revocation

TEXTS = {"s0": Put("车队延误"), "s1": Put("车队全部延误。")}
ZH = "zh-Hans"
SAMPLES = sorted(Path(exchange.cli.__file__).parent.glob("samples/*.json"))


def translated(desk: Desk, name: bytes) -> PendingTranslation:
    made = PendingTranslation(desk, name, "zh")
    made.put(TEXTS)
    made.advance("TRANSLATED")
    return made


def test_a_translation_made_at_beijing_arrives_at_islamabad(bench: Bench) -> None:
    name = bench.deliver()
    made = translated(bench.cn, name).send()
    bench.meet()
    (kept,) = bench.pk.mailbox.translations.of(name)
    assert (kept.name, kept.author) == (made, "duty-1@ops.beijing.cn")
    said_ = decode_translation(kept.content)
    assert to_json(said_)["segments"] == {i: put.text for i, put in TEXTS.items()}
    assert (said_.state, said_.translator) == ("TRANSLATED", kept.author)
    assert list(bench.pk.mailbox.search.text("全部延误")) == [1]
    assert bench.cn.mailbox.pending_translations.get(name, ZH) is None
    assert bench.cn.mailbox.translations.of(name)[0].name == made


def test_it_goes_to_the_readers_of_its_source_and_to_its_author(bench: Bench) -> None:
    name = bench.deliver()
    source = cite(bench.cn.mailbox, name).core
    translated(bench.cn, name).send()
    kept = bench.cn.mailbox.translations.of(name)[0]
    core = pb.Core.FromString(pb.Entry.FromString(kept.entry).core)
    assert {r.desk: r.recipient_class for r in core.recipients} == {
        "ops.beijing.cn": pb.RECIPIENT_CLASS_COPY,
        "ops.islamabad.pk": pb.RECIPIENT_CLASS_INFO,
    }
    for field in ("tlp", "mode", "precedence", "releasable_to", "caveats"):
        assert getattr(core, field) == getattr(source, field)
    assert [(r.relation, r.name) for r in core.references] == [
        (pb.RELATION_TRANSLATES, name)
    ]


def test_of_red_nobody_is_merely_informed(bench: Bench) -> None:
    name = bench.deliver(label={"tlp": "RED", "releasable_to": ["cn", "pk"]})
    translated(bench.cn, name).send()
    bench.meet()
    (kept,) = bench.pk.mailbox.translations.of(name)
    core = pb.Core.FromString(pb.Entry.FromString(kept.entry).core)
    assert pb.RECIPIENT_CLASS_INFO not in {r.recipient_class for r in core.recipients}


def test_an_own_bulletin_is_translated_too(bench: Bench) -> None:
    name = bench.deliver()
    translated(bench.pk, name).send()
    bench.meet()
    (kept,) = bench.cn.mailbox.translations.of(name)
    assert kept.author == "duty-1@ops.islamabad.pk"


def test_with_the_node_stopped_it_waits(bench: Bench) -> None:
    name = bench.deliver()
    client(bench.cn).down = True
    made = translated(bench.cn, name).send()
    assert bench.cn.state_of(made) == "queued"
    client(bench.cn).down = False
    bench.meet()
    bench.meet()
    assert [t.name for t in bench.pk.mailbox.translations.of(name)] == [made]


def test_two_officers_of_one_desk_review(bench: Bench, staff: list[Desk]) -> None:
    name = bench.deliver()
    first = translated(bench.cn, name)
    assert refused(first.advance, "REVIEWED") == (
        Reason.TRANSLATION,
        "reviewer",
    )
    second = PendingTranslation(staff[0], name, ZH)
    second.advance("REVIEWED")
    second.advance("FINAL")
    made = second.send()
    bench.meet()
    (kept,) = bench.pk.mailbox.translations.of(name)
    assert (kept.name, kept.state, kept.author) == (
        made,
        "FINAL",
        "duty-2@ops.beijing.cn",
    )


def test_who_has_no_part_in_it_does_not_sign_it(
    bench: Bench, staff: list[Desk]
) -> None:
    name = bench.deliver()
    translated(bench.cn, name)
    found = refused(PendingTranslation(staff[0], name, ZH).send)
    assert found == (Reason.TRANSLATION, "translator")
    assert bench.cn.mailbox.pending_translations.get(name, ZH) is not None
    assert not bench.cn.mailbox.translations.of(name)


def test_another_officer_takes_over(bench: Bench, staff: list[Desk]) -> None:
    name = bench.deliver()
    translated(bench.cn, name)
    other = PendingTranslation(staff[0], name, ZH)
    found = refused(other.advance, "TRANSLATED", ["s0"])
    assert found == (Reason.TRANSLATION, "translator")
    work = other.take()
    assert work.translator == "duty-2@ops.beijing.cn"
    assert {s.state for s in work.segments} == {"INITIAL"}
    assert [s.text for s in work.segments] == [put.text for put in TEXTS.values()]
    other.advance("TRANSLATED")
    PendingTranslation(bench.cn, name, ZH).advance("REVIEWED")
    assert other.take().reviewer == "duty-1@ops.beijing.cn"


def test_a_partner_s_translation_is_reviewed_here(bench: Bench) -> None:
    name = bench.deliver()
    translated(bench.cn, name).send()
    bench.meet()
    here = PendingTranslation(bench.pk, name, ZH)
    here.advance("REVIEWED")
    here.send()
    bench.meet()
    kept = bench.cn.mailbox.translations.of(name)
    assert [t.state for t in kept] == ["REVIEWED", "TRANSLATED"]
    said_ = decode_translation(kept[0].content)
    assert said_.translator == "duty-1@ops.beijing.cn"
    assert said_.reviewer == "duty-1@ops.islamabad.pk"


def test_a_partner_s_stricter_translation_is_read_and_not_gone_on_from(
    bench: Bench,
) -> None:
    name = bench.send()
    bench.pk.sync()
    content = decode(bench.pk.mailbox.messages.read(name).content or b"")
    made = translate(content, "ur", "TRANSLATED", "HUMAN", {"s0": "الف", "s1": "ب"})
    made.translator = CHINA.officer
    here = PendingTranslation(bench.pk, name, "ur")
    for tlp, texts in ((pb.TLP_RED, 0), (pb.TLP_AMBER, 2)):
        feed(bench.pk, rendering(CHINA, PAKISTAN, name, made, tlp=tlp))
        assert bench.pk.mailbox.translations.of(name)
        assert len(here.current().segments) == texts


def test_an_urgent_one_takes_three_persons(bench: Bench, staff: list[Desk]) -> None:
    name = bench.deliver(precedence="FLASH")
    first = translated(bench.cn, name)
    back, judge = (PendingTranslation(one, name, ZH) for one in staff[:2])
    assert refused(judge.advance, "REVIEWED")[0] is Reason.FIELD_MISSING
    assert refused(first.blind) == (Reason.TRANSLATION, "back.translator")
    seen = back.blind()
    assert seen == {i: put.text for i, put in TEXTS.items()}
    assert refused(first.put_back, seen)[0] is Reason.TRANSLATION
    back.put_back({"s0": "Convoy late", "s1": "All of it is late."})
    rows = judge.compare()
    assert (rows[0].source.text, rows[0].text, rows[0].back) == (
        "Convoy delayed",
        "车队延误",
        "Convoy late",
    )
    for other in (first, back):
        found = refused(other.judge, same=True)
        assert found == (Reason.TRANSLATION, "back.judge")
    judge.judge(same=True)
    judge.advance("REVIEWED")
    judge.send()
    bench.meet()
    (kept,) = bench.pk.mailbox.translations.of(name)
    assert kept.state == "REVIEWED"
    said_ = decode_translation(kept.content)
    assert said_.back.judge == "duty-3@ops.beijing.cn"
    kids = {desk.officer.signer.kid for desk in (bench.cn, staff[0], staff[1])}
    assert {one.kid for one in said_.attestations} == kids
    assert len(said_.attestations) == 4 * len(TEXTS)


def test_nobody_signs_in_another_s_name(bench: Bench, staff: list[Desk]) -> None:
    """Whatever an officer writes into the work that his desk's officers share."""
    name = bench.deliver()
    work = translated(bench.cn, name).current()
    for segment in work.segments:
        segment.state = "REVIEWED"
    work.state, work.reviewer = "REVIEWED", staff[0].officer.name
    bench.cn.mailbox.pending_translations.put(
        name, work, staff[0].officer.name, bench.now
    )
    mine = PendingTranslation(bench.cn, name, ZH)
    assert refused(mine.send) == (
        Reason.TRANSLATION,
        "translation.reviewer",
    )
    # Nor does a step of his own make him sign what it does not say.
    other = PendingTranslation(staff[0], name, ZH)
    other.confirm([])
    assert refused(other.send)[1] == "translation.reviewer"
    other.advance("FINAL")
    other.send()
    bench.meet()
    (kept,) = bench.pk.mailbox.translations.of(name)
    assert (kept.state, kept.author) == ("FINAL", staff[0].officer.name)


def test_a_key_that_is_not_the_officer_s_counts_for_nothing(
    bench: Bench, staff: list[Desk]
) -> None:
    """Officer 1 names officer 2 as the reviewer, by his own key or an unknown one."""
    name = bench.deliver()
    made = translated(bench.cn, name).current()
    work = decode_translation(encode(made))
    for segment in work.segments:
        segment.state = "REVIEWED"
    work.state, work.reviewer = "REVIEWED", staff[0].officer.name
    for n, signer in enumerate((CHINA.author, ed("nobody"), staff[1].officer.signer)):
        attest(made, work, work.reviewer, signer)
        sent = translation(CHINA, PAKISTAN, name, work, filed=bench.now + n)
        feed(bench.pk, sent)
        assert not bench.pk.mailbox.translations.of(name)
    attest(made, work, work.reviewer, staff[0].officer.signer)
    feed(bench.pk, translation(CHINA, PAKISTAN, name, work, filed=bench.now + 9))
    assert len(bench.pk.mailbox.translations.of(name)) == 1


def test_a_revoked_officer_reviews_nothing(bench: Bench, staff: list[Desk]) -> None:
    name = bench.deliver()
    translated(bench.cn, name)
    PendingTranslation(staff[0], name, ZH).advance("REVIEWED")
    work = PendingTranslation(bench.cn, name, ZH).current()
    gone = staff[0].officer
    bench.state(CN, revocation(gone.name, gone.signer.kid, FILED))
    bench.meet()
    found = refused(PendingTranslation(bench.cn, name, ZH).send)
    assert found == (Reason.TRANSLATION, "translation.reviewer")
    feed(bench.pk, translation(CHINA, PAKISTAN, name, work))
    (kept,) = bench.pk.mailbox.translations.of(name)  # as if it had come before
    steps = SignerStandings(bench.pk.mailbox, bench.pk.pinned).of_translation(kept)
    assert {one.officer: one.word for one in steps}[gone.name] == "DISOWNED"


def test_a_second_reviewer_reviews_all_anew(bench: Bench, staff: list[Desk]) -> None:
    name = bench.deliver()
    translated(bench.cn, name)
    for desk in staff[:2]:
        work = PendingTranslation(desk, name, ZH).advance("REVIEWED")
        assert (work.state, work.reviewer) == ("REVIEWED", desk.officer.name)
    made = PendingTranslation(staff[1], name, ZH).send()
    bench.meet()
    (kept,) = bench.pk.mailbox.translations.of(name)
    assert (kept.name, kept.state) == (made, "REVIEWED")


def test_work_that_nobody_signed_is_said_again(bench: Bench) -> None:
    """As one that was under way before steps were signed."""
    name = bench.deliver()
    work = translated(bench.cn, name).current()
    del work.attestations[:]
    bench.cn.mailbox.pending_translations.put(
        name, work, bench.cn.officer.name, bench.now
    )
    mine = PendingTranslation(bench.cn, name, ZH)
    assert refused(mine.send)[0] is Reason.TRANSLATION
    mine.advance("TRANSLATED")
    mine.send()
    bench.meet()
    assert len(bench.pk.mailbox.translations.of(name)) == 1


def test_the_author_knows_the_source(bench: Bench) -> None:
    name = bench.deliver()
    translated(bench.cn, name).send()
    bench.meet()
    assert refused(PendingTranslation(bench.pk, name, ZH).blind) == (
        Reason.TRANSLATION,
        "back.translator",
    )


def test_a_translation_that_fails_a_check_stays_initial(bench: Bench) -> None:
    name = bench.deliver(segments=[{"id": "s1", "lang": "en", "text": "13 left."}])
    made = PendingTranslation(bench.cn, name, ZH)
    made.put({"s0": Put("车队延误"), "s1": Put("31人已离开。")})
    assert {f.check for f in made.findings()} == {
        Check.SPAN,  # numbers are protected as the bulletin is written
        Check.VALUE_ADDED,
    }
    found = refused(made.advance, "TRANSLATED")
    assert found == (Reason.TRANSLATION, "s1 SPAN")
    made.put({"s1": Put("十三人已离开。")})
    made.advance("TRANSLATED")
    (kept,) = [s for s in made.current().segments if s.id == "s1"]
    assert kept.state == "TRANSLATED"


def test_a_negation_waits_for_somebody_s_word(bench: Bench, staff: list[Desk]) -> None:
    name = bench.deliver(segments=[{"id": "s1", "lang": "en", "text": "Do not go."}])
    made = PendingTranslation(bench.cn, name, ZH)
    made.put({"s0": Put("车队延误"), "s1": Put("请勿前往。")})
    made.advance("TRANSLATED")
    other = PendingTranslation(staff[0], name, ZH)
    found = refused(other.advance, "REVIEWED")
    assert found == (Reason.TRANSLATION, "s1 NEGATION")
    other.confirm(["s1 NEGATION"])
    other.advance("REVIEWED")
    other.send()
    bench.meet()
    (kept,) = bench.pk.mailbox.translations.of(name)
    assert list(decode_translation(kept.content).confirmed) == ["s1 NEGATION"]


def test_what_a_step_refuses_changes_nothing(bench: Bench) -> None:
    name = bench.deliver()
    made = PendingTranslation(bench.cn, name, ZH)
    assert refused(made.put, {"s9": Put("车队")}) == (
        Reason.FIELD_UNKNOWN,
        "segments.s9",
    )
    assert made.work() is None
    assert refused(PendingTranslation, bench.cn, name, "fr")[0] is Reason.LANGUAGE
    english = PendingTranslation(bench.cn, name, "en")
    assert refused(english.put, TEXTS)[0] is Reason.LANGUAGE
    unknown = PendingTranslation(bench.cn, bytes(32), ZH)
    assert refused(unknown.put, TEXTS)[0] is Reason.NOT_FOUND
    assert refused(made.send)[0] is Reason.NOT_FOUND
    before = made.put(TEXTS)
    assert refused(made.advance, "FINAL")[0] is Reason.TRANSLATION
    assert made.work() == before
    made.drop()
    assert made.work() is None


def test_what_was_begun_is_there_after_a_restart(bench: Bench) -> None:
    name = bench.deliver()
    begun = translated(bench.cn, name).current()
    bench.reopen()
    assert PendingTranslation(bench.cn, name, ZH).work() == begun


def corrected(bench: Bench, name: bytes, words: str = "Convoy safe.") -> bytes:
    """Islamabad corrects the text of s1; the subject stays."""
    segments = [{"id": "s1", "lang": "en", "text": words}]
    return bench.deliver(references=refers("CORRECTS", name), segments=segments)


def test_a_correction_takes_over_what_it_left_alone(bench: Bench) -> None:
    name = bench.deliver()
    translated(bench.cn, name).send()
    new = corrected(bench, name)
    made = PendingTranslation(bench.cn, new, ZH)
    work = made.begin()
    assert {s.id: s.text for s in work.segments} == {"s0": "车队延误"}
    assert work.state == "INITIAL"
    made.put({"s1": Put("车队安全。")})
    made.advance("TRANSLATED")
    made.send()
    bench.meet()
    assert [t.state for t in bench.pk.mailbox.translations.of(new)] == ["TRANSLATED"]


def test_a_translation_of_what_was_corrected_is_shown_as_old(bench: Bench) -> None:
    name = bench.deliver()
    translated(bench.cn, name).send()
    view = TerminalDesk(bench.cn)
    (found,) = view.read(1).translations
    assert not found.stale
    assert found.translation is not None
    assert {(s.state, s.origin) for s in found.translation.segments} == {
        ("TRANSLATED", "HUMAN")
    }
    corrected(bench, name)
    (found,) = view.read(1).translations
    assert found.stale == {"s1"}
    assert found.texts == {i: put.text for i, put in TEXTS.items()}


def test_what_was_corrected_is_not_sent_any_more(bench: Bench) -> None:
    name = bench.deliver()
    made = translated(bench.cn, name)
    new = corrected(bench, name)
    assert refused(made.send)[0] is Reason.STALE
    last = corrected(bench, new, "Convoy safe and home.")
    assert bench.cn.mailbox.references.successor(name, {}) == last
    assert bench.cn.mailbox.references.successor(last, {}) == last


def test_only_the_author_s_desk_makes_a_translation_old(bench: Bench) -> None:
    name = bench.send()
    bench.pk.sync()
    feed(
        bench.pk,
        from_china("Other", references=pointing(pb.RELATION_CORRECTS, name)),
    )
    assert bench.pk.mailbox.references.successor(name, {}) == name


def test_an_earlier_state_that_comes_later_hides_nothing(bench: Bench) -> None:
    name = bench.deliver()
    made = translated(bench.pk, name)
    work = made.current()
    made.send()
    for segment in work.segments:
        segment.text, segment.state, segment.origin = "误", "INITIAL", "MACHINE"
    work.state, work.origin = "INITIAL", "MACHINE"
    work.translator = CHINA.officer
    feed(bench.pk, rendering(CHINA, PAKISTAN, name, work, filed=bench.now + 1))
    kept = bench.pk.mailbox.translations.of(name)
    assert [t.state for t in kept] == ["TRANSLATED", "INITIAL"]
    first, second = TerminalDesk(bench.pk).read(1).translations
    assert (first.origin, second.origin) == ("HUMAN", "MACHINE")
    assert first.translator == PAKISTAN.officer


def test_parts_hold_what_a_translator_wants_to_know(bench: Bench) -> None:
    name = bench.deliver()
    made = PendingTranslation(bench.cn, name, ZH)
    subject, first = made.parts()
    assert (subject.source.text, subject.translation.text) == ("Convoy delayed", "")
    assert ("Convoy", "车队") in subject.terms
    assert not first.findings
    made.put({"s1": Put("车队全部延误")})
    first = made.parts()[1]
    assert [f.check for f in first.findings] == [Check.STOP]


def test_a_recall_is_not_translated(bench: Bench) -> None:
    name = bench.deliver()
    recalled = bench.pk.recall(name, next(iter(CODES["recall_reason"]))).name
    bench.meet()
    assert refused(PendingTranslation(bench.cn, recalled, ZH).begin)[0] is Reason.KIND
    with pytest.raises(Refusal, match="only a bulletin that opened here"):
        PendingTranslation(bench.cn, recalled, ZH).begin()


def test_a_file_s_translations_are_signed_by_who_sends_them(bench: Bench) -> None:
    one = {
        "lang": "ur",
        "state": "REVIEWED",
        "origin": "HUMAN",
        "segments": {"s0": "قافلہ تاخیر کا شکار", "s1": "قافلہ تاخیر کا شکار، مکمل۔"},
    }
    name = bench.deliver(translations=[one])
    (kept,) = bench.cn.mailbox.translations.of(name)
    said_ = decode_translation(kept.content)
    assert (said_.translator, said_.reviewer) == ("", "duty-1@ops.islamabad.pk")
    named = one | {"translator": "duty-1@ops.islamabad.pk"}
    draft = said(CHINA, translations=[named])
    assert refused(bench.pk.send, draft) == (
        Reason.FIELD_MISSING,
        "translation.reviewer",
    )
    assert bench.pk.mailbox.database.count() == 1


def test_the_translations_of_the_samples_arrive(bench: Bench) -> None:
    drafts = [from_json(read_json(path.read_bytes())) for path in SAMPLES]
    assert drafts
    for draft in drafts:
        to_cn = "ops.beijing.cn" in draft.to
        sender, reader = (bench.pk, bench.cn) if to_cn else (bench.cn, bench.pk)
        name = sender.send(draft).name
        bench.meet()
        kept = reader.mailbox.translations.of(name)
        assert sorted(t.lang for t in kept) == sorted(
            t.lang for t in draft.translations
        )
        assert {t.author for t in kept} <= {sender.officer.name}
