"""Each handling rule at each of the four gates: compose, submit, receive, export.

A row of the table is a bulletin that breaks one rule. An officer's program refuses to
seal it; the node refuses it from a desk that does not ask; a partner's log may hold it
all the same, and then no desk shows it, and nothing of it can be exported.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from exchange.desk.disclosing import disclose
from exchange.errors import TEXTS, Reason, Refusal
from exchange.v1 import envelope_pb2 as pb
from exchange.words import LANGUAGES, of
from tests.desk.bench import Bench, said
from tests.desk.forging import feed, name_of, sealed, text
from tests.node.world import CN, PK, core

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
    name = bench.pk.send(said(bench.world.nations[CN], label=OPEN)).name
    bench.meet()
    return name


def envelope(bench: Bench, rule: Rule, about: bytes) -> pb.Envelope:
    """Islamabad's desk signs what its program would not."""
    pk, cn = bench.world.nations[PK], bench.world.nations[CN]
    changes = dict(rule.header)
    if rule.relation:
        relation = pb.Relation.ValueType(rule.relation)
        changes["references"] = [pb.Reference(relation=relation, name=about)]
    if rule.info:
        found = core(pk, recipients=_informed(bench)).recipients
        changes["recipients"] = list(found)
    return sealed(pk, cn, text(cn, "Signed by hand"), **changes)


def _informed(bench: Bench) -> list[pb.Recipient]:
    pk, cn = bench.world.nations[PK], bench.world.nations[CN]
    classes = (
        (pk, pb.RECIPIENT_CLASS_COPY),
        (cn, pb.RECIPIENT_CLASS_INFO),
    )
    made = [
        pb.Recipient(desk=n.desk, recipient_class=c, kid=n.sealing.kid)
        for n, c in classes
    ]
    return sorted(made, key=lambda recipient: recipient.kid)


@named
def test_compose(bench: Bench, about: bytes, rule: Rule) -> None:
    cn = bench.world.nations[CN]
    given: dict[str, object] = {"label": OPEN, **rule.written}
    if rule.relation:
        word = pb.Relation.Name(pb.Relation.ValueType(rule.relation))
        relation = word.removeprefix("RELATION_")
        given["references"] = [{"relation": relation, "name": about.hex()}]
    if rule.info:
        given |= {"info": ["watch.beijing.cn"]}
    with pytest.raises(Refusal) as refusal:
        bench.pk.compose(said(cn, "Again", **given))
    assert (refusal.value.reason, refusal.value.where) == rule.composed


@named
def test_submit(bench: Bench, about: bytes, rule: Rule) -> None:
    sent = envelope(bench, rule, about)
    size = bench.world.pk.store.size(bench.world.pk.node.origin)
    (answer,) = bench.world.pk.from_desk(sent)
    assert answer.reason == rule.submitted
    assert bench.world.pk.store.size(bench.world.pk.node.origin) == size


@named
def test_receive(bench: Bench, about: bytes, rule: Rule) -> None:
    """The node of its author recorded it all the same."""
    sent = envelope(bench, rule, about)
    feed(bench.cn, sent, node=PK)
    if not rule.received:  # no member accepts it, and no desk keeps it
        assert not bench.cn.mailbox.knows(name_of(sent))
        return
    message = bench.cn.mailbox.read(name_of(sent))
    assert (message.row.verdict, message.row.subject) == (rule.received, "")
    assert message.content is None
    assert message.cek is None
    assert not bench.cn.mailbox.search("Signed by hand")


@named
def test_export(bench: Bench, about: bytes, rule: Rule) -> None:
    sent = envelope(bench, rule, about)
    feed(bench.cn, sent, node=PK)
    with pytest.raises(Refusal) as refusal:
        disclose(bench.cn.mailbox, bench.cn.client, name_of(sent))
    assert refusal.value.reason == (rule.received or Reason.NOT_FOUND)


@named
@pytest.mark.parametrize("lang", sorted(set(LANGUAGES) - {"en"}))
def test_each_refusal_has_its_reason_in_every_language(rule: Rule, lang: str) -> None:
    for reason in (rule.composed[0], rule.submitted):
        said_ = of(lang).say(TEXTS[reason])
        assert said_
        assert said_ != TEXTS[reason]
