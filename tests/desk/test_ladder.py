import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.desk.ladder import Step, asked_desks, climb, goal, step_of
from exchange.v1 import envelope_pb2 as pb

OPS, PORT, INFO = "ops.beijing.cn", "port.gwadar.pk", "info.karachi.pk"
RELATIONS = [
    *("OPENED", "ACKNOWLEDGED", "COMPLETED", "CANNOT_COMPLY"),
    *("UNOPENABLE", "COUNTERSIGNED", "RECALLS", "NONSENSE", ""),
]


def core(kind: "pb.Kind.ValueType" = pb.KIND_BULLETIN) -> pb.Core:
    made = pb.Core(kind=kind)
    made.recipients.add(desk=OPS, recipient_class=pb.RECIPIENT_CLASS_ACTION)
    made.recipients.add(desk=INFO, recipient_class=pb.RECIPIENT_CLASS_INFO)
    made.recipients.add(
        desk="ops.islamabad.pk", recipient_class=pb.RECIPIENT_CLASS_COPY
    )
    return made


def test_action_addressees_are_asked_and_of_a_recall_every_reader() -> None:
    assert asked_desks(core()) == (OPS,)
    assert asked_desks(core(pb.KIND_RECALL)) == (INFO, OPS)


@pytest.mark.parametrize(
    ("asked", "relations", "missing", "heard"),
    [
        ("RECEIPT", [], True, False),
        ("RECEIPT", ["OPENED"], False, True),
        ("RECEIPT", ["UNOPENABLE"], True, False),
        ("READ", ["OPENED"], True, False),
        ("READ", ["OPENED", "ACKNOWLEDGED"], False, True),
        ("ACTION", ["ACKNOWLEDGED"], True, True),
        ("ACTION", ["COMPLETED"], False, True),
        ("ACTION", ["CANNOT_COMPLY", "OPENED"], False, True),
        ("A_NEWER_STEP", ["OPENED"], True, False),
        ("A_NEWER_STEP", ["ACKNOWLEDGED"], False, True),
        ("NONE", [], False, True),
    ],
)
def test_a_step_meets_what_is_asked(
    asked: str, relations: list[str], *, missing: bool, heard: bool
) -> None:
    ladder = climb(asked, [OPS], [(f"duty-1@{OPS}", one) for one in relations])
    assert bool(ladder.missing) is missing
    assert ladder.heard is heard


def test_each_desk_asked_has_its_own_place_and_others_have_none() -> None:
    given = [(f"duty-1@{OPS}", "COMPLETED"), (f"duty-1@{INFO}", "COMPLETED")]
    ladder = climb("ACTION", [PORT, OPS], given)
    assert ladder.missing == (PORT,)
    assert ladder.reached == {OPS: Step.DONE, PORT: Step.NOTHING}
    assert not climb("ACTION", [PORT], given).heard, "a wrong desk stills no alarm"


@given(
    st.sampled_from(["RECEIPT", "READ", "ACTION", "OTHER"]),
    st.lists(
        st.tuples(
            st.sampled_from([OPS, PORT, INFO]).map("duty-1@".__add__),
            st.sampled_from(RELATIONS),
        )
    ),
)
def test_more_receipts_never_bring_a_desk_down(
    asked: str, receipts: list[tuple[str, str]]
) -> None:
    before = climb(asked, [OPS, PORT], receipts[:-1])
    after = climb(asked, [OPS, PORT], receipts)
    assert set(after.missing) <= set(before.missing) <= {OPS, PORT}
    assert after.heard >= before.heard
    for desk in (OPS, PORT):
        steps = [step_of(r) for officer, r in receipts if officer.endswith(desk)]
        assert (desk in after.missing) is (max(steps, default=0) < goal(asked))
