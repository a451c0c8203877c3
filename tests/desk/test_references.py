"""What an officer may write of an earlier bulletin, and what its readers are asked."""

from collections.abc import Sequence

import pytest

from exchange.bulletin.check import check
from exchange.cli import message_json
from exchange.desk.incoming import threads
from exchange.desk.incoming.relations import About
from exchange.desk.mailbox.sources import Grade
from exchange.desk.outgoing import sources
from exchange.desk.outgoing.prepare import cite, refer
from exchange.desk.spoken_name import spoken_title
from exchange.desk.terminal.desk import TerminalDesk
from exchange.desk.terminal.message_view import neighbours
from exchange.errors import Reason, Refusal
from exchange.trust.labels import Label
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb
from tests.desk.bench import CHINA, PAKISTAN, Bench, refers, said
from tests.desk.forging import feed, from_china, name_of, pointing, sealed, text
from tests.expecting import present, refusing
from tests.node.world import PK

AMBER = {"tlp": "AMBER", "releasable_to": ["cn", "pk"]}
STRICT = {"tlp": "AMBER_STRICT", "releasable_to": ["cn", "pk"]}
GREEN = {"tlp": "GREEN", "releasable_to": ["cn", "pk"]}
GRADING = ("CORROBORATES", "DISPUTES")
ASSESSMENT = {"reliability": "B", "credibility": 2}
Link = tuple[str, bytes]
_RELATION = {
    name.removeprefix("RELATION_"): number for name, number in pb.Relation.items()
}


def send(bench: Bench, *links: Link, **changes: object) -> bytes:
    """Islamabad writes to Beijing."""
    references = [{"relation": r, "name": name.hex()} for r, name in links]
    return bench.send("Again", references=references, **changes)


VAGUE = {Reason.REFERENCES, Reason.NOT_RELEASABLE, Reason.RECIPIENTS}
"""Reasons whose own text does not say what to do."""


def refused(bench: Bench, *links: Link, **changes: object) -> tuple[Reason, str]:
    before = bench.pk.mailbox.database.count()
    with pytest.raises(Refusal) as refusal:
        send(bench, *links, **changes)
    assert bench.pk.mailbox.database.count() == before
    found = refusal.value
    assert found.why or found.reason not in VAGUE, found.where
    return found.reason, found.where


def registered(bench: Bench, code: str = "PK-H-07") -> str:
    """A source of Islamabad's desk."""
    sources.add(bench.pk.mailbox, code, Grade(bench.now, "B", "duty-1", ""))
    return code


def of_beijing(bench: Bench, **changes: object) -> bytes:
    """A bulletin of Beijing's desk that Islamabad has."""
    made = from_china("Convoy delayed", **changes)
    feed(bench.pk, made)
    return name_of(made)


def asked(bench: Bench, name: bytes) -> str:
    return bench.pk.mailbox.messages.row(name).acknowledge


@pytest.mark.parametrize("relation", ["CORRECTS", "SUPERSEDES", "NARROWS"])
def test_a_correction_is_seen_at_both_ends(bench: Bench, relation: str) -> None:
    first = send(bench)
    second = send(bench, (relation, first), label=STRICT)
    bench.meet()
    for desk in (bench.pk, bench.cn):
        stands = threads.find_standing(desk.mailbox, first)
        assert threads.STANDINGS[relation] == stands
        assert desk.mailbox.messages.row(second).verdict == "ACCEPTED"
        assert desk.mailbox.messages.read(first).content is not None


@pytest.mark.parametrize("relation", ["CORRECTS", "SUPERSEDES", "NARROWS"])
def test_nobody_corrects_another_s_bulletin(bench: Bench, relation: str) -> None:
    name = of_beijing(bench)
    found = refused(bench, (relation, name), label=STRICT)
    assert found == (Reason.REFERENCES, "references.0.relation")


@pytest.mark.parametrize(
    ("label", "where"),
    [
        (GREEN, "label.tlp"),
        ({"tlp": "RED", "releasable_to": ["cn", "pk", "uz"]}, "label.releasable_to"),
        (AMBER, "label"),
    ],
    ids=["wider", "further", "the same"],
)
def test_what_narrows_is_stricter(
    bench: Bench, label: dict[str, object], where: str
) -> None:
    name = send(bench)
    found = refused(bench, ("NARROWS", name), label=label)
    assert found == (Reason.NOT_RELEASABLE, where)


@pytest.mark.parametrize(
    "relation", ["ANSWERS", "UPDATES", "CORROBORATES", "DISPUTES", "REVEALS"]
)
def test_what_tells_of_another_is_no_wider(bench: Bench, relation: str) -> None:
    label = STRICT | {"caveats": ["PROTECT_SOURCE"]}
    name = send(bench, label=label)
    link = (relation, name)
    given = {"assessment": ASSESSMENT | {"source": registered(bench)}}
    assert refused(bench, link, **given, label=AMBER)[1] == "label.tlp"
    assert refused(bench, link, **given, label=STRICT)[1] == "label.caveats"
    assert send(bench, link, **given, label=label)


@pytest.mark.parametrize(
    ("label", "marks"),
    [
        (AMBER, "AMBER_STRICT"),
        (STRICT | {"releasable_to": ["cn", "pk", "uz"]}, "cn pk"),
        (STRICT, "DUTY_DESK_ONLY PROTECT_SOURCE"),
    ],
    ids=["tlp", "releasable", "caveats"],
)
def test_what_is_too_wide_is_told_the_marks_that_it_owes(
    bench: Bench, label: dict[str, object], marks: str
) -> None:
    caveats = ["DUTY_DESK_ONLY", "PROTECT_SOURCE"]
    name = send(bench, label=STRICT | {"caveats": caveats})
    with pytest.raises(Refusal) as refusal:
        send(bench, ("UPDATES", name), label=label)
    assert f"marked {marks};" in str(refusal.value.why)


def test_of_several_the_most_restrictive_holds(bench: Bench) -> None:
    red = send(bench, label={"tlp": "RED", "releasable_to": ["cn", "pk"]})
    marked = send(bench, label=AMBER | {"caveats": ["DUTY_DESK_ONLY"]})
    links = ("ANSWERS", red), ("ANSWERS", marked)
    for label in (AMBER | {"caveats": ["DUTY_DESK_ONLY"]}, AMBER | {"tlp": "RED"}):
        assert refused(bench, *links, label=label)[0] is Reason.NOT_RELEASABLE
    both = {"tlp": "RED", "releasable_to": ["cn", "pk"], "caveats": ["DUTY_DESK_ONLY"]}
    assert send(bench, *links, label=both)


def test_a_correction_may_mend_its_own_label(bench: Bench) -> None:
    name = send(bench, label=STRICT)
    for relation in ("CORRECTS", "SUPERSEDES"):
        mended = send(bench, (relation, name), label=GREEN)
        assert bench.pk.mailbox.messages.row(mended).state == "local"


def test_what_is_recalled_is_replaced_and_not_mended(bench: Bench) -> None:
    name = send(bench)
    recall = bench.pk.recall(name, "WRONG_CONTENT", instruction="REPLACE").name
    for relation in ("CORRECTS", "NARROWS"):
        found = refused(bench, (relation, name), label=STRICT)
        assert found == (Reason.REFERENCES, "references.0: RECALLED")
    replaced = send(bench, ("SUPERSEDES", name))
    assert threads.find_standing(bench.pk.mailbox, name) == "RECALLED"
    assert threads.find_standing(bench.pk.mailbox, replaced) == ""
    parts = threads.thread(bench.pk.mailbox, replaced).parts
    assert [part.row.name for part in parts] == [name, recall, replaced]


@pytest.mark.parametrize("relation", ["CORRECTS", "SUPERSEDES", "NARROWS"])
def test_whoever_has_the_original_gets_the_correction(
    bench: Bench, relation: str
) -> None:
    """To leave one out, it is recalled."""
    about = cite(bench.pk.mailbox, send(bench))
    name = send(bench)
    wider = pb.Core()
    wider.CopyFrom(cite(bench.pk.mailbox, name).core)
    informed = pb.RECIPIENT_CLASS_INFO
    wider.recipients.add(desk="guard.beijing.cn", recipient_class=informed)
    reference = pb.Reference(relation=_RELATION[relation], name=name)
    again = said(CHINA, "Again", label=STRICT)
    draft = check(again.replace(references=(reference,)))
    found = {name: About(wider, about.author, about.content)}
    own = bench.pk.officer.desk
    with refusing(Reason.RECIPIENTS, "to: guard.beijing.cn"):
        refer(draft, own, found.get, lambda _: False)
    both = check(draft.replace(info=("guard.beijing.cn",)))
    assert refer(both, own, found.get, lambda _: False).info
    if relation == "SUPERSEDES":
        assert refer(draft, own, found.get, lambda _: True).to


def test_an_acknowledgement_of_a_newer_release_cannot_be_asked_again(
    bench: Bench,
) -> None:
    name = send(bench)
    about = cite(bench.pk.mailbox, name)
    newer = bulletin_pb2.Content.FromString(about.content or b"")
    newer.request.acknowledge = "SALUTE"
    found = {name: About(about.core, about.author, newer.SerializeToString())}
    references = refers("CORRECTS", name)
    draft = said(CHINA, "Again", references=references)
    draft.content.ClearField("request")
    with refusing(Reason.CODE_UNKNOWN, "request.acknowledge", match="NONE, RECEIPT"):
        refer(draft, bench.pk.officer.desk, found.get, lambda _: False)


@pytest.mark.parametrize(
    "relation", ["UPDATES", "CORROBORATES", "DISPUTES", "CORRECTS", "NARROWS"]
)
def test_nothing_builds_on_what_is_recalled(bench: Bench, relation: str) -> None:
    name = send(bench)
    bench.pk.recall(name, "SOURCE_WITHDRAWN")
    found = refused(bench, (relation, name), label=STRICT, assessment=ASSESSMENT)
    assert found == (Reason.REFERENCES, "references.0: RECALLED")


@pytest.mark.parametrize("relation", ["ANSWERS", "REVEALS", "SUPERSEDES"])
def test_what_is_recalled_can_be_answered(bench: Bench, relation: str) -> None:
    name = send(bench)
    bench.pk.recall(name, "SOURCE_WITHDRAWN")
    assert send(bench, (relation, name))


def test_what_narrows_can_be_narrowed_and_taken_back(bench: Bench) -> None:
    """Of a narrowing that its author recalled nothing is left."""
    box, name = bench.pk.mailbox, send(bench)
    red = send(bench, ("NARROWS", name), label=STRICT)
    assert box.references.handling_of(name).label.tlp == pb.TLP_AMBER_STRICT
    marked = STRICT | {"caveats": ["PROTECT_SOURCE"]}
    send(bench, ("NARROWS", red), label=marked)
    assert box.references.handling_of(name).label.caveats == {"PROTECT_SOURCE"}
    found = refused(bench, ("NARROWS", name), label=STRICT)
    assert found == (Reason.NOT_RELEASABLE, "label.caveats")
    bench.pk.recall(red, "WRONG_LABEL")
    assert box.references.handling_of(name).label == Label.of(
        cite(bench.pk.mailbox, name).core
    )
    assert threads.find_standing(box, name) == ""


def test_nobody_narrows_another_s_bulletin(bench: Bench) -> None:
    """Not even where it came before what it narrows, and was believed."""
    draft = said(CHINA, "Convoy delayed")
    made, _ = bench.pk.compose(draft)
    forged = from_china(
        "x", tlp=pb.TLP_RED, references=pointing(pb.RELATION_NARROWS, made.name)
    )
    feed(bench.pk, forged)
    assert bench.pk.mailbox.messages.row(name_of(forged)).verdict == "ACCEPTED"
    feed(bench.pk, made.envelope, node=PK)
    assert bench.pk.mailbox.references.handling_of(made.name).label == Label.of(
        made.core
    )


def test_a_narrowing_of_a_drill_narrows_nothing_real(bench: Bench) -> None:
    name = of_beijing(bench)
    drill = {"mode": pb.MODE_EXERCISE, "tlp": pb.TLP_RED}
    feed(
        bench.pk,
        from_china("x", references=pointing(pb.RELATION_NARROWS, name), **drill),
    )
    assert bench.pk.mailbox.references.handling_of(name).label == Label.of(
        cite(bench.pk.mailbox, name).core
    )


def test_only_what_adds_to_its_own_kind_leaves_anything_out(bench: Bench) -> None:
    lines = {"pickup_grid": "43SDU1234056780", "call_sign": "MEDIC-1", "urgent": 1}
    lines |= {"frequency_khz": "121500", "priority": 0, "routine": 0}
    lines |= {"equipment": ["NONE"], "litter": 1, "walking": 0}
    whole = {"kind": "MEDEVAC", "details": lines}
    part = {"kind": "MEDEVAC", "details": {"security": "NO_ENEMY"}}
    report, medevac = send(bench), send(bench, **whole)
    found = refused(bench, ("UPDATES", report), **part)
    assert found == (Reason.FIELD_MISSING, "details.pickup_grid")
    more = send(bench, ("UPDATES", medevac), **part)
    assert send(bench, ("UPDATES", more), **part)
    assert send(bench, ("UPDATES", report), ("UPDATES", medevac), **part)
    assert send(bench, ("UPDATES", report), **whole)


def test_a_recall_is_answered_and_nothing_else(bench: Bench) -> None:
    name = send(bench)
    recall = bench.pk.recall(name, "WRONG_CONTENT").name
    assert send(bench, ("ANSWERS", recall))
    for relation in ("UPDATES", "CORRECTS", "DISPUTES"):
        given = {"assessment": ASSESSMENT}
        found = refused(bench, (relation, recall), **given)
        assert found == (Reason.REFERENCES, "references.0.name")


def test_what_is_not_here_cannot_be_referred_to(bench: Bench) -> None:
    found = refused(bench, ("CORRECTS", bytes(32)))
    assert found == (Reason.NOT_FOUND, "references.0.name")


@pytest.mark.parametrize("relation", GRADING)
def test_another_opinion_is_graded_itself(bench: Bench, relation: str) -> None:
    name = of_beijing(bench)
    found = refused(bench, (relation, name))
    assert found == (Reason.FIELD_MISSING, "assessment")
    graded = send(bench, (relation, name), assessment=ASSESSMENT)
    assert threads.find_standing(bench.pk.mailbox, name) == ""
    links = threads.find_neighbours(bench.pk.mailbox, name)[1]
    assert [(link.relation, link.name) for link in links] == [(relation, graded)]


@pytest.mark.parametrize("relation", GRADING)
def test_a_desk_bears_itself_out_by_another_source_only(
    bench: Bench, relation: str
) -> None:
    first, second = registered(bench), registered(bench, "PK-T-02")
    by = {"assessment": ASSESSMENT | {"source": first}}
    unnamed, named = send(bench), send(bench, **by)
    where = (Reason.FIELD_VALUE, "assessment.source: references.0")
    for name in (unnamed, named):
        assert refused(bench, (relation, name), assessment=ASSESSMENT) == where
    assert refused(bench, (relation, named), **by) == where
    both = ("ANSWERS", unnamed), (relation, named)
    assert refused(bench, *both, **by)[1] == "assessment.source: references.1"
    assert send(bench, (relation, unnamed), **by)
    other = {"assessment": ASSESSMENT | {"source": second}}
    made = send(bench, (relation, named), **other)
    links = threads.find_neighbours(bench.pk.mailbox, made)[0]
    assert not threads.find_repeats(bench.pk.mailbox, links)


def test_the_same_code_at_another_desk_is_another_source(bench: Bench) -> None:
    graded = ASSESSMENT | {"source": registered(bench)}
    made = sealed(CHINA, PAKISTAN, text(PAKISTAN, assessment=graded))
    feed(bench.pk, made)
    answer = send(bench, ("CORROBORATES", name_of(made)), assessment=graded)
    links = threads.find_neighbours(bench.pk.mailbox, answer)[0]
    assert not threads.find_repeats(bench.pk.mailbox, links)


@pytest.mark.parametrize(
    ("original", "source", "marked"),
    [
        ("CN-H-01", "CN-H-01", GRADING),
        ("CN-H-01", "", GRADING),
        ("", "", GRADING),
        ("CN-H-01", "CN-H-02", ()),
        ("", "CN-H-02", ()),
    ],
)
@pytest.mark.parametrize("relation", ["CORROBORATES", "DISPUTES", "UPDATES"])
def test_one_report_that_goes_round_does_not_look_like_two(
    bench: Bench, relation: str, original: str, source: str, marked: Sequence[str]
) -> None:
    """From a partner whose program lets it out."""
    graded = [
        text(
            PAKISTAN, words, assessment=ASSESSMENT | ({"source": code} if code else {})
        )
        for words, code in (("Seen", original), ("Seen again", source))
    ]
    first = sealed(CHINA, PAKISTAN, graded[0])
    second = sealed(
        CHINA,
        PAKISTAN,
        graded[1],
        references=pointing(_RELATION[relation], name_of(first)),
    )
    feed(bench.pk, first, second)
    box, again = bench.pk.mailbox, relation in marked
    assert box.messages.row(name_of(second)).verdict == "ACCEPTED"
    for name, told in (
        (name_of(first), "referenced_by"),
        (name_of(second), "references"),
    ):
        (link,) = neighbours(box, name)
        assert link.repeated == again
        said = message_json.thread_json(box, name)[told]
        assert ("'same_source': True" in repr(said)) == again
        line = message_json.thread_lines(box, name, "en")[-1]
        assert ("(the same source once more)" in line) == again
    one, other = (
        TerminalDesk(bench.pk).thread(box.messages.row(name_of(first)).number).parts
    )
    assert (one.references, len(other.references)) == ((), 1)
    assert other.references[0][2:] == (relation, name_of(first))
    assert bool(other.repeated) == again


def test_what_did_not_open_is_not_called_a_repetition(bench: Bench) -> None:
    first = from_china("Seen")
    second = sealed(
        CHINA,
        PAKISTAN,
        b"no content",
        references=pointing(pb.RELATION_CORROBORATES, name_of(first)),
    )
    feed(bench.pk, second)
    assert not neighbours(bench.pk.mailbox, name_of(second))[0].repeated
    feed(bench.pk, first)
    assert not neighbours(bench.pk.mailbox, name_of(second))[0].repeated


@pytest.mark.parametrize(
    ("original", "correction"),
    [("NONE", "READ"), ("RECEIPT", "READ"), ("READ", "READ"), ("ACTION", "ACTION")],
)
def test_a_correction_asks_for_what_the_original_did_and_to_be_read(
    bench: Bench, original: str, correction: str
) -> None:
    name = send(bench, request={"acknowledge": original})
    without: Sequence[dict[str, object]] = ({"request": {"response": "MONITOR"}}, {})
    for given in without:
        changes = {"request": {"response": "MONITOR"}} | given
        made = send(bench, ("CORRECTS", name), **changes)
        assert asked(bench, made) == correction
        content = present(bench.pk.mailbox.messages.read(made).content)
        request = bulletin_pb2.Content.FromString(content).request
        assert request.acknowledge_by > bench.now
    more = send(bench, ("CORRECTS", name), request={"acknowledge": "ACTION"})
    assert asked(bench, more) == "ACTION"


def test_an_answer_may_ask_for_less_and_a_correction_may_not(bench: Bench) -> None:
    name = send(bench, request={"acknowledge": "ACTION"})
    for least in ("NONE", "RECEIPT", "READ"):
        given = {"request": {"acknowledge": least}}
        found = refused(bench, ("CORRECTS", name), **given)
        assert found == (Reason.FIELD_VALUE, "request.acknowledge")
    answer = send(bench, ("ANSWERS", name), request={"acknowledge": "NONE"})
    assert asked(bench, answer) == "NONE"


# From a partner whose signatures are all valid.


@pytest.mark.parametrize(
    ("relation", "changes", "verdict"),
    [
        (pb.RELATION_ANSWERS, {}, "ACCEPTED"),
        (pb.RELATION_ANSWERS, {"tlp": pb.TLP_GREEN}, "NOT_RELEASABLE"),
        (
            pb.RELATION_DISPUTES,
            {"releasable_to": ["cn", "pk", "uz"]},
            "NOT_RELEASABLE",
        ),
        (pb.RELATION_UPDATES, {"mode": pb.MODE_EXERCISE}, "REFERENCES"),
        (pb.RELATION_CORRECTS, {}, "REFERENCES"),
        (pb.RELATION_SUPERSEDES, {}, "REFERENCES"),
        (pb.RELATION_NARROWS, {"tlp": pb.TLP_RED}, "REFERENCES"),
    ],
)
def test_what_breaks_the_rules_is_not_shown(
    bench: Bench,
    relation: "pb.Relation.ValueType",
    changes: dict[str, object],
    verdict: str,
) -> None:
    name = send(bench)
    sent = from_china("x", references=pointing(relation, name), **changes)
    feed(bench.pk, sent)
    message = bench.pk.mailbox.messages.read(name_of(sent))
    assert message.row.verdict == verdict
    accepted = verdict == "ACCEPTED"
    assert (message.content is None, message.row.state == "refused") == (
        not accepted,
        not accepted,
    )
    assert threads.find_standing(bench.pk.mailbox, name) == ""


def test_what_was_not_accepted_is_not_built_on_and_says_its_verdict(
    bench: Bench,
) -> None:
    about = pointing(pb.RELATION_CORRECTS, send(bench))
    for forged, verdict in (
        (from_china(references=about), "REFERENCES"),
        (sealed(CHINA, PAKISTAN, b"nothing readable"), "CONTENT"),
    ):
        feed(bench.pk, forged)
        with refusing(Reason.REFERENCES) as refusal:
            bench.pk.acknowledge(name_of(forged), pb.RELATION_ACKNOWLEDGED)
        assert f"its verdict is {verdict}" in str(refusal.value.why)


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"tlp": pb.TLP_RED}, "ACCEPTED"),
        ({"caveats": ["PROTECT_SOURCE"]}, "ACCEPTED"),
        ({}, "NOT_RELEASABLE"),
        ({"tlp": pb.TLP_CLEAR}, "NOT_RELEASABLE"),
        ({"tlp": pb.TLP_RED, "releasable_to": ["cn", "pk", "uz"]}, "NOT_RELEASABLE"),
    ],
)
def test_a_narrowing_that_widens_is_none(
    bench: Bench, changes: dict[str, object], verdict: str
) -> None:
    name = of_beijing(bench)
    words = text(PAKISTAN, "Narrowed")
    narrowing = sealed(
        CHINA,
        PAKISTAN,
        words,
        references=pointing(pb.RELATION_NARROWS, name),
        **changes,
    )
    feed(bench.pk, narrowing)
    assert bench.pk.mailbox.messages.row(name_of(narrowing)).verdict == verdict
    stands = "NARROWED" if verdict == "ACCEPTED" else ""
    assert threads.find_standing(bench.pk.mailbox, name) == stands


def test_what_is_not_here_is_named_by_its_digits(bench: Bench) -> None:
    assert spoken_title(bench.cn.mailbox, "en", b"\xab" * 32) == "ab" * 8
