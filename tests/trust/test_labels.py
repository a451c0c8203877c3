"""Of two labels the stricter; and how wide what refers to another may be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.errors import Reason, Refusal
from exchange.trust.labels import Handled, Label, check_reference, merge
from exchange.v1 import envelope_pb2 as pb
from tests.expecting import refusing

TLPS = sorted(set(pb.Tlp.values()) - {0})
labels = st.builds(
    Label,
    st.sampled_from(TLPS),
    st.frozensets(st.sampled_from(["cn", "pk", "uz"])),
    st.frozensets(st.sampled_from(["DUTY_DESK_ONLY", "PROTECT_SOURCE"])),
)
BOTH = frozenset({"cn", "pk"})
DESKS = frozenset({"ops.islamabad.pk", "ops.beijing.cn"})
AMBER = Label(pb.TLP_AMBER, BOTH, frozenset())
ABOUT = Handled(pb.MODE_ACTUAL, AMBER, DESKS)


@given(st.lists(labels, min_size=1))
def test_a_merged_label_is_within_each(several: list[Label]) -> None:
    for one in several:
        merge(several).check_within(one)


@given(st.lists(labels, min_size=1), labels)
def test_no_wider_label_would_do(several: list[Label], other: Label) -> None:
    """Whatever is within each of them is within what they are merged into."""
    try:
        for one in several:
            other.check_within(one)
    except Refusal:
        return
    other.check_within(merge(several))


@given(st.lists(labels, min_size=1).flatmap(lambda x: st.permutations([*x, *x])))
def test_order_and_repetition_do_not_matter(several: list[Label]) -> None:
    assert merge(several) == merge(sorted(set(several), key=repr))


def test_labels_for_different_readers_leave_nobody() -> None:
    pk, cn = (Label(pb.TLP_AMBER, frozenset({d}), frozenset()) for d in ("pk", "cn"))
    assert merge([pk, cn]).releasable_to == frozenset()


WIDER = {
    "label.tlp": Label(pb.TLP_GREEN, BOTH, frozenset()),
    "label.releasable_to": Label(pb.TLP_RED, BOTH | {"uz"}, frozenset()),
}


@pytest.mark.parametrize("where", WIDER)
@pytest.mark.parametrize(
    "relation",
    sorted(set(pb.Relation.values()) - {0} - {3, 4}),
)
def test_what_refers_to_another_is_no_wider(
    where: str, relation: "pb.Relation.ValueType"
) -> None:
    said = Handled(pb.MODE_ACTUAL, WIDER[where], DESKS)
    with refusing(Reason.NOT_RELEASABLE, where=where):
        check_reference(relation, said, ABOUT)


def test_a_dropped_caveat_is_wider() -> None:
    kept = Label(pb.TLP_AMBER, BOTH, frozenset({"PROTECT_SOURCE"}))
    about = Handled(pb.MODE_ACTUAL, kept, DESKS)
    with refusing(where="label.caveats"):
        check_reference(pb.RELATION_ANSWERS, ABOUT, about)


@pytest.mark.parametrize("relation", [pb.RELATION_CORRECTS, pb.RELATION_SUPERSEDES])
def test_the_author_s_own_correction_may_mend_a_label(
    relation: "pb.Relation.ValueType",
) -> None:
    for label in WIDER.values():
        check_reference(relation, Handled(pb.MODE_ACTUAL, label, DESKS), ABOUT)


@pytest.mark.parametrize("relation", sorted(set(pb.Relation.values()) - {0}))
def test_no_relation_leads_from_a_drill_to_the_real(
    relation: "pb.Relation.ValueType",
) -> None:
    for desks in (DESKS, frozenset[str]()):
        with pytest.raises(Refusal) as refusal:
            check_reference(relation, Handled(pb.MODE_EXERCISE, AMBER, desks), ABOUT)
        found = refusal.value
        assert (found.reason, found.where) == (Reason.REFERENCES, "mode")


@pytest.mark.parametrize(
    ("label", "desks", "where"),
    [
        pytest.param(AMBER, DESKS, "label", id="the same again"),
        pytest.param(WIDER["label.tlp"], DESKS, "label.tlp", id="wider"),
        pytest.param(
            Label(pb.TLP_RED, BOTH, frozenset()),
            DESKS | {"guard.karachi.pk"},
            "to",
            id="another reader",
        ),
    ],
)
def test_what_does_not_narrow_is_refused(
    label: Label, desks: frozenset[str], where: str
) -> None:
    said = Handled(pb.MODE_ACTUAL, label, desks)
    with refusing(where=where):
        check_reference(pb.RELATION_NARROWS, said, ABOUT)


def test_what_narrows_passes() -> None:
    red = Label(pb.TLP_RED, BOTH, frozenset())
    check_reference(pb.RELATION_NARROWS, Handled(pb.MODE_ACTUAL, red, DESKS), ABOUT)


def test_a_clear_receipt_tells_nothing_of_what_it_is_about() -> None:
    said = Handled(pb.MODE_ACTUAL, WIDER["label.tlp"], frozenset())
    check_reference(pb.RELATION_OPENED, said, ABOUT)
