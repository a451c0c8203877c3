"""Each handling rule at each of the four gates: compose, submit, receive, export.

A row of the table is a bulletin that breaks one rule. An officer's program refuses to
seal it; the node refuses it from a desk that does not ask; a partner's log may hold it
all the same, and then no desk shows it, and nothing of it can be exported.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from msgspec.structs import replace

from exchange import envelope as envelopes
from exchange.bulletin.attestations import attest
from exchange.bulletin.check import CheckedDraft
from exchange.bulletin.translations import translate
from exchange.desk import disclosure
from exchange.desk.client import Desk
from exchange.desk.disclosure import disclose
from exchange.desk.outgoing import reply
from exchange.desk.outgoing.composer import remark_of
from exchange.desk.outgoing.prepare import cite
from exchange.desk.translation.pending_translation import PendingTranslation, Put
from exchange.errors import TEXTS, Reason, Refusal
from exchange.trust.labels import Label
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb
from exchange.words import LANGUAGES, of
from tests.desk.bench import CHINA, PAKISTAN, Bench, refers, said
from tests.desk.forging import feed, from_china, name_of, pointing, sealed, text
from tests.expecting import refusing
from tests.node.world import CN, PK, recipients

OPEN = {"tlp": "AMBER", "releasable_to": ["cn", "pk"]}
ANSWERS, CORRECTS = pb.RELATION_ANSWERS, pb.RELATION_CORRECTS
NARROWS = pb.RELATION_NARROWS


@dataclass(frozen=True)
class Rule:
    """What breaks it: in a draft's JSON, and in a header signed by hand."""

    written: Mapping[str, object]
    header: Mapping[str, object]
    composed: tuple[Reason, str]
    submitted: Reason
    relation: int = 0
    """To a bulletin of Islamabad's under OPEN, in mode TEST."""
    received: str = ""
    """The verdict, where the reading desk comes to one: it passed the log's rules."""
    info: bool = field(default=False)


NOT_RELEASABLE = Reason.NOT_RELEASABLE
RULES = {
    "unmarked": Rule(
        {"label": {"tlp": "AMBER", "releasable_to": []}},
        {"releasable_to": []},
        (Reason.UNMARKED, "label.releasable_to"),
        Reason.LABEL,
    ),
    "recipient outside of releasable-to": Rule(
        {"label": {"tlp": "AMBER", "releasable_to": ["pk"]}},
        {"releasable_to": ["pk"]},
        (NOT_RELEASABLE, "to.0"),
        NOT_RELEASABLE,
    ),
    "RED for information": Rule(
        {"label": {"tlp": "RED", "releasable_to": ["cn", "pk"]}},
        {"tlp": pb.TLP_RED},
        (NOT_RELEASABLE, "info.0"),
        NOT_RELEASABLE,
        info=True,
    ),
    "an answer under a lower TLP": Rule(
        {"label": {"tlp": "GREEN", "releasable_to": ["cn", "pk"]}},
        {"tlp": pb.TLP_GREEN},
        (NOT_RELEASABLE, "label.tlp"),
        NOT_RELEASABLE,
        ANSWERS,
        "NOT_RELEASABLE",
    ),
    "an answer releasable further": Rule(
        {"label": {"tlp": "AMBER", "releasable_to": ["cn", "pk", "uz"]}},
        {"releasable_to": ["cn", "pk", "uz"]},
        (NOT_RELEASABLE, "label.releasable_to"),
        NOT_RELEASABLE,
        ANSWERS,
        "NOT_RELEASABLE",
    ),
    "an answer from a drill": Rule(
        {"mode": "EXERCISE"},
        {"mode": pb.MODE_EXERCISE},
        (Reason.REFERENCES, "references.0: mode"),
        Reason.REFERENCES,
        ANSWERS,
        "REFERENCES",
    ),
    "a correction from a drill": Rule(
        {"mode": "EXERCISE", "label": OPEN | {"tlp": "RED"}},
        {"mode": pb.MODE_EXERCISE, "tlp": pb.TLP_RED},
        (Reason.REFERENCES, "references.0: mode"),
        Reason.REFERENCES,
        CORRECTS,
        "REFERENCES",
    ),
    "a narrowing that is none": Rule(
        {},
        {},
        (NOT_RELEASABLE, "label"),
        NOT_RELEASABLE,
        NARROWS,
        "NOT_RELEASABLE",
    ),
}
named = pytest.mark.parametrize("rule", RULES.values(), ids=RULES)


@pytest.fixture
def about(bench: Bench) -> bytes:
    """A bulletin of Islamabad's desk, which both desks have."""
    return bench.deliver(label=OPEN)


def envelope(bench: Bench, rule: Rule, about: bytes) -> pb.Envelope:
    """Islamabad's desk signs what its program would not."""
    changes = dict(rule.header)
    if rule.relation:
        relation = pb.Relation.ValueType(rule.relation)
        changes["references"] = pointing(relation, about)
    if rule.info:
        changes["recipients"] = _informed()
    ours, theirs = bench.world.nations[PK], bench.world.nations[CN]
    return sealed(ours, theirs, text(theirs, "Signed by hand"), **changes)


def _informed() -> list[pb.Recipient]:
    found = recipients(PAKISTAN, CHINA)
    for recipient in found:
        if recipient.desk == CHINA.desk:
            recipient.recipient_class = pb.RECIPIENT_CLASS_INFO
    return found


@named
def test_compose(bench: Bench, about: bytes, rule: Rule) -> None:
    given: dict[str, object] = {"label": OPEN, **rule.written}
    if rule.relation:
        word = pb.Relation.Name(pb.Relation.ValueType(rule.relation))
        relation = word.removeprefix("RELATION_")
        given["references"] = refers(relation, about)
    if rule.info:
        given |= {"info": ["watch.beijing.cn"]}
    with pytest.raises(Refusal) as refusal:
        bench.pk.compose(said(CHINA, "Again", **given))
    assert (refusal.value.reason, refusal.value.where) == rule.composed


@named
def test_export(bench: Bench, about: bytes, rule: Rule) -> None:
    sent = envelope(bench, rule, about)
    feed(bench.cn, sent, node=PK)
    with refusing(rule.received or Reason.NOT_FOUND):
        disclose(bench.cn.mailbox, bench.cn.client, name_of(sent))


@named
@pytest.mark.parametrize("lang", sorted(set(LANGUAGES) - {"en"}))
def test_each_refusal_has_its_reason_in_every_language(rule: Rule, lang: str) -> None:
    for reason in (rule.composed[0], rule.submitted):
        said_ = of(lang).gettext(TEXTS[reason])
        assert said_
        assert said_ != TEXTS[reason]


# A label that its author narrowed.

RED = {"tlp": "RED", "releasable_to": ["cn", "pk"]}
MARKED = {"tlp": "AMBER", "releasable_to": ["cn", "pk"], "caveats": ["PROTECT_SOURCE"]}
BOTH = Label(pb.TLP_RED, frozenset({"cn", "pk"}), frozenset({"PROTECT_SOURCE"}))


def written(relation: str, about: bytes, label: object) -> CheckedDraft:
    """What Beijing writes of a bulletin."""
    return said(PAKISTAN, "Again", references=refers(relation, about), label=label)


@pytest.fixture
def narrowed(bench: Bench, about: bytes) -> bytes:
    """The same, narrowed twice, in the one respect and in the other."""
    for label in (RED, RED | MARKED | {"tlp": "RED"}):
        bench.send("Again", label=label, references=refers("NARROWS", about))
    bench.meet()
    return about


def header_of(entry: bytes) -> pb.Core:
    return envelopes.parse_core(pb.Entry.FromString(entry).core)


def classes(core: pb.Core) -> set[tuple[str, int]]:
    return {(r.desk, r.recipient_class) for r in core.recipients}


@pytest.mark.parametrize("relation", ["UPDATES", "ANSWERS"])
def test_what_is_written_of_a_narrowed_bulletin_is_as_strict(
    bench: Bench, narrowed: bytes, relation: str
) -> None:
    for label, where in ((OPEN, "tlp"), (MARKED, "tlp"), (RED, "caveats")):
        with pytest.raises(Refusal) as refusal:
            bench.cn.compose(written(relation, narrowed, label))
        found = refusal.value.reason, refusal.value.where
        assert found == (NOT_RELEASABLE, f"label.{where}")
    strict = RED | {"caveats": ["PROTECT_SOURCE"]}
    assert bench.cn.compose(written(relation, narrowed, strict))


def test_an_answer_begins_with_the_label_in_force(
    bench: Bench, narrowed: bytes
) -> None:
    message = bench.cn.mailbox.messages.read(narrowed)
    held = bench.cn.mailbox.references.handling_of(narrowed)
    made = reply.begin(message, pb.RELATION_UPDATES, "ops.beijing.cn", held)
    assert Label.of(made) == BOTH
    own = bench.pk.mailbox.messages.read(narrowed)
    again = reply.begin(own, pb.RELATION_CORRECTS, "ops.islamabad.pk", held)
    assert Label.of(again) == BOTH


def rendered(desk: Desk, name: bytes) -> bytes:
    """Let an officer translate a bulletin; return the name of the translation."""
    work = PendingTranslation(desk, name, "zh")
    work.put({"s0": Put("车队延误"), "s1": Put("车队全部延误。")})
    work.advance("TRANSLATED")
    return work.send()


def test_what_is_said_of_a_narrowed_bulletin_is_as_strict(
    bench: Bench, narrowed: bytes
) -> None:
    """A remark and a translation."""
    bench.cn.acknowledge(narrowed, pb.RELATION_ACKNOWLEDGED, "At the bridge")
    rendered(bench.cn, narrowed)
    bench.meet()
    (receipt,) = bench.pk.mailbox.receipts.of(narrowed)
    assert receipt.remark
    (kept,) = bench.pk.mailbox.translations.of(narrowed)
    for entry in (receipt.entry, kept.entry):
        core = header_of(entry)
        assert Label.of(core) == BOTH
        assert classes(core) == {
            ("ops.beijing.cn", pb.RECIPIENT_CLASS_COPY),
            ("ops.islamabad.pk", pb.RECIPIENT_CLASS_ACTION),
        }


def test_a_translation_goes_to_no_desk_that_a_narrowing_left_out(
    bench: Bench, about: bytes
) -> None:
    whole = cite(bench.cn.mailbox, about)
    wider = pb.Core()
    wider.CopyFrom(whole.core)
    for desk, class_ in (
        ("guard.islamabad.pk", pb.RECIPIENT_CLASS_ACTION),
        ("watch.islamabad.pk", pb.RECIPIENT_CLASS_INFO),
    ):
        wider.recipients.add(desk=desk, recipient_class=class_)
    source = bulletin_pb2.Content.FromString(whole.content or b"")
    words = dict.fromkeys(("s0", "s1"), "车队延误")
    made = translate(source, "zh-Hans", "TRANSLATED", "HUMAN", words)
    made.translator = bench.cn.officer.name
    officer = bench.cn.officer
    made = attest(bulletin_pb2.Translation(), made, officer.name, officer.signer)
    one = replace(whole, core=wider)
    sent = bench.cn.composer.translation(about, one, made)
    assert {desk for desk, _ in classes(sent.core)} == {
        "ops.beijing.cn",
        "ops.islamabad.pk",
    }


def test_whose_nation_a_narrowing_left_out_says_nothing_but_its_word(
    bench: Bench, about: bytes
) -> None:
    whole = cite(bench.cn.mailbox, about)
    label = Label(pb.TLP_RED, frozenset({"pk"}), frozenset())
    left_out = replace(whole, handling=replace(whole.binding_handling, label=label))
    said_, compose = remark_of("At the bridge"), bench.cn.composer.receipt
    with refusing(where="label.releasable_to: ops.beijing.cn"):
        compose(about, left_out, pb.RELATION_ACKNOWLEDGED, said_)
    made = compose(about, left_out, pb.RELATION_ACKNOWLEDGED)
    assert Label.of(made.core) == Label.of(whole.core)


def test_what_comes_in_is_judged_by_the_label_that_was_signed(
    bench: Bench, narrowed: bytes
) -> None:
    """Whether a narrowing came before it or after: no desk comes to another verdict."""
    sent = from_china(
        "Signed by hand", references=pointing(pb.RELATION_UPDATES, narrowed)
    )
    feed(bench.pk, sent)
    assert bench.pk.mailbox.messages.row(name_of(sent)).verdict == "ACCEPTED"


def test_a_narrowed_bulletin_is_found_by_the_label_in_force(
    bench: Bench, narrowed: bytes
) -> None:
    """And its recall reaches all."""
    for box in (bench.pk.mailbox, bench.cn.mailbox):
        row = box.messages.row(narrowed)
        assert row.tlp == "RED"
        for words in ("", "delayed "):
            assert row.number in box.search.ids(f"{words}tlp:RED")
            assert row.number not in box.search.ids(f"{words}tlp:AMBER")
    recalled = bench.pk.recall(narrowed, "WRONG_LABEL").name
    bench.meet()
    row = bench.cn.mailbox.messages.row(recalled)
    assert (row.verdict, row.tlp) == ("ACCEPTED", "AMBER")


def test_what_narrows_a_narrowing_counts_for_all_below(
    bench: Bench, about: bytes
) -> None:
    """And what is recalled in between counts for none of them."""
    below, names = about, []
    for label in (OPEN, OPEN | {"tlp": "AMBER_STRICT"}, RED):
        marked = label | {"caveats": ["PROTECT_SOURCE"]}
        below = bench.send("Again", label=marked, references=refers("NARROWS", below))
        names.append(below)
    bench.meet()
    rows = [box.messages.row(about) for box in (bench.pk.mailbox, bench.cn.mailbox)]
    assert [row.tlp for row in rows] == ["RED", "RED"]
    bench.pk.recall(names[1], "WRONG_LABEL")
    bench.meet()
    rows = [box.messages.row(about) for box in (bench.pk.mailbox, bench.cn.mailbox)]
    assert [row.tlp for row in rows] == ["AMBER", "AMBER"]
    for box in (bench.pk.mailbox, bench.cn.mailbox):
        for one in (about, *names):
            held = box.references.handling_of(one).label.tlp
            assert f"TLP_{box.messages.row(one).tlp}" == pb.Tlp.Name(held)


def test_who_takes_a_narrowing_back_finds_it_by_the_label_of_before(
    bench: Bench, about: bytes
) -> None:
    red = bench.send("Again", label=RED, references=refers("NARROWS", about))
    assert bench.pk.mailbox.messages.row(about).tlp == "RED"
    bench.pk.recall(red, "WRONG_LABEL")
    bench.meet()
    for box in (bench.pk.mailbox, bench.cn.mailbox):
        row = box.messages.row(about)
        assert row.tlp == "AMBER"
        assert row.number in box.search.ids("delayed tlp:AMBER")


def test_an_auditor_is_told_the_label_in_force(bench: Bench, narrowed: bytes) -> None:
    core = cite(bench.cn.mailbox, narrowed).core
    assert disclosure.label(bench.cn.mailbox, narrowed, core) == BOTH
    name = rendered(bench.cn, narrowed)
    assert disclosure.label(bench.cn.mailbox, name, core) == BOTH
