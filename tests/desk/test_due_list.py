"""What is due at a desk, and what does not make it less so."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.bulletin.values import iso
from exchange.config import DeskConfig
from exchange.desk.client import Desk
from exchange.desk.deadlines import duty_roles
from exchange.desk.deadlines.due_list import (
    SECTIONS,
    Due,
    DueKind,
    counts,
    due,
    handover,
)
from exchange.desk.deadlines.due_words import all_notes, heading, notes
from exchange.desk.deadlines.duty_roles import ROLES, describe_role, escalate, roster
from exchange.desk.ladder import Step, asked_desks, climb, goal, step_of
from exchange.desk.mailbox import Filter, obligations
from exchange.desk.translation.pending_translation import PendingTranslation, Put
from exchange.limits import DAY, MINUTE
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb
from tests.desk import made
from tests.desk.bench import CHINA, PAKISTAN, Bench, refers
from tests.desk.forging import clear, feed, sealed, text
from tests.node.world import FILED, PK

DEADLINE = FILED + 10 * MINUTE
LATE = DEADLINE + MINUTE
CN_DESK, PK_DESK = "ops.beijing.cn", "ops.islamabad.pk"
OTHER_DESK = "port.gwadar.pk"
ROSTER: dict[str, object] = {
    "kind": "LIAISON",
    "precedence": "ROUTINE",
    "details": {
        "agency": "NACTA",
        "roster": [
            {"post": "NIGHT-2", "role": "INTERPRETER"},
            {"post": "NIGHT-3", "role": "DUTY_DIRECTOR"},
            {"post": "NIGHT-1", "role": "DUTY_OFFICER"},
        ],
    },
    "request": {"acknowledge": "NONE"},
}


def sent(bench: Bench, **changes: object) -> bytes:
    """From Islamabad to Beijing, and read there: a FLASH to be acted upon."""
    asks = {"acknowledge": "ACTION", "acknowledge_by": iso(DEADLINE)}
    given: dict[str, object] = {"precedence": "FLASH", "request": asks}
    return bench.deliver("Convoy delayed", **given | changes)


def kinds(found: Sequence[Due]) -> list[str]:
    return [one.kind.value for one in found]


def overdue(desk: Desk) -> list[bytes]:
    """The names of what is late, as the hand-over list has them."""
    found = handover(desk, LATE).values()
    return [
        about[0].row.name
        for section in found
        for about in section
        if any(one.late for one in about)
    ]


def test_what_is_asked_is_due_when_its_deadline_passes(bench: Bench) -> None:
    sent(bench, precedence="IMMEDIATE")
    for desk in (bench.cn, bench.pk):
        assert due(desk, DEADLINE - 1) == []
        (one,) = due(desk, LATE)
        assert (one.kind, one.by, one.late) == (
            DueKind.UNACKNOWLEDGED,
            DEADLINE,
            MINUTE,
        )
        assert one.desks == (CN_DESK,), "the sender sees who is missing"
        assert one.role == ""


def test_an_unanswered_flash_is_taken_further_step_by_step(bench: Bench) -> None:
    sent(bench)
    bench.cn.settings = DeskConfig(CN_DESK, "duty-1", duty=("one", "two", "three"))
    roles = [
        due(bench.cn, DEADLINE + steps * 10 * MINUTE + 1)[0].role for steps in range(4)
    ]
    assert roles == ["two", "three", "three", "three"]
    bench.cn.settings = DeskConfig(CN_DESK, "duty-1", duty=("only",))
    assert due(bench.cn, LATE + DAY)[0].role == "only", "raised again"
    assert kinds(due(bench.cn, LATE)) == ["ESCALATED"]
    (of_partner,) = due(bench.pk, LATE)
    assert of_partner.kind is DueKind.ESCALATED
    assert of_partner.role == "DEPUTY", "its roster is not known here"


def test_a_drill_is_counted_apart_and_stands_behind_what_is_real(bench: Bench) -> None:
    real = sent(bench, mode="ACTUAL")
    drill = sent(bench, mode="EXERCISE")  # the newer one, and yet behind
    less = sent(bench, mode="ACTUAL", precedence="IMMEDIATE")
    found = due(bench.cn, LATE)
    assert [one.row.name for one in found] == [real, less, drill]
    assert overdue(bench.cn) == [real, drill, less]
    assert counts(one.row.mode for one in found) == {"ACTUAL": 2, "EXERCISE": 1}
    every = handover(bench.cn, LATE)
    raised = [about[0].row.mode for about in every["escalated"]]
    assert heading("escalated", raised) == "Escalated: 1 bulletin (Exercise: 1)"
    assert heading("escalated", raised[1:]) == "Escalated: none (Exercise: 1)"
    assert heading("stale", []) == "Translations to be renewed: none"
    assert [list(notes(one))[-1] for one in (found[0], found[-1])] == [
        "call: Deputy",
        "Exercise: call: Deputy",
    ]


def test_a_mode_that_nobody_knows_counts_as_real() -> None:
    modes = ["TEST", "", "RESERVED", "EXERCISE", "TEST"]
    assert counts(modes) == {"ACTUAL": 2, "EXERCISE": 1, "TEST": 2}
    assert counts([]) == {"ACTUAL": 0}


def test_no_drill_pushes_out_what_is_real(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(obligations, "DUE_MAX", 2)
    real = sent(bench, mode="ACTUAL", precedence="ROUTINE")
    for _ in range(3):
        sent(bench, mode="EXERCISE")
    assert real in {one.row.name for one in due(bench.cn, LATE)}


def test_is_overdue_finds_what_the_hand_over_has_past_its_time(bench: Bench) -> None:
    def agree(desk: Desk) -> set[int]:
        asked = desk.mailbox.search.ids(Filter.read("is:overdue", LATE))
        found = [desk.mailbox.messages.row(name).number for name in overdue(desk)]
        assert sorted(found) == sorted(asked), "each once"
        return set(asked)

    acted, read, open_ = (
        sent(bench),
        sent(bench, request={"acknowledge": "READ", "acknowledge_by": iso(DEADLINE)}),
        sent(bench),
    )
    assert len(agree(bench.cn)) == len(agree(bench.pk)) == 3
    for name in (acted, read):
        bench.cn.acknowledge(name, pb.RELATION_ACKNOWLEDGED)
    bench.meet()
    assert len(agree(bench.cn)) == len(agree(bench.pk)) == 2, "one is to be acted upon"
    bench.pk.recall(open_, "WRONG_CONTENT")
    bench.meet()
    for desk in (bench.cn, bench.pk):
        number = desk.mailbox.messages.row(open_).number
        assert number not in agree(desk), "its recall stands for it"
    bench.cn.acknowledge(acted, pb.RELATION_COMPLETED)
    bench.meet()
    agree(bench.cn)
    agree(bench.pk)


def test_what_another_desk_owes_is_not_overdue_here(bench: Bench) -> None:
    assert put(bench, asks="ACTION", says="COMPLETED", by=CN_DESK) == []
    box = bench.cn.mailbox
    assert box.obligations.owing([1], LATE) == {1: (OTHER_DESK,)}
    assert overdue(bench.cn) == []
    assert list(box.search.ids(Filter.read("is:overdue", LATE))) == []


@pytest.mark.parametrize("by", [FILED - DAY, FILED, FILED + 1])
def test_a_deadline_that_was_none_counts_in_minutes(bench: Bench, by: int) -> None:
    """Of a partner whose program lets it be written."""
    asks = {"acknowledge": "ACTION", "acknowledge_by": iso(by)}
    flash = sealed(
        CHINA, PAKISTAN, text(PAKISTAN, request=asks), precedence=pb.PRECEDENCE_FLASH
    )
    feed(bench.pk, flash)
    (one,) = due(bench.pk, by + MINUTE)
    assert (one.kind, one.role) == (DueKind.ESCALATED, "SECURITY_COORDINATOR")


def test_the_roster_of_a_desk_goes_before_its_settings(bench: Bench) -> None:
    bench.send("Roster", **ROSTER)
    name = bench.send_back("For you", precedence="FLASH")
    bench.meet()
    bench.pk.settings = DeskConfig(PK_DESK, "duty-1", duty=("one", "two"))
    at = bench.pk.mailbox.messages.row(name).acknowledge_by + 1
    assert due(bench.pk, at)[0].role == "NIGHT-3 DUTY_DIRECTOR"
    assert due(bench.cn, at)[0].role == "NIGHT-3 DUTY_DIRECTOR", "the partner's"


def test_an_acknowledgement_stills_the_alarm_at_both_ends(bench: Bench) -> None:
    name = sent(bench)
    bench.cn.acknowledge(name, pb.RELATION_OPENED)
    bench.meet()
    assert kinds(due(bench.pk, LATE)) == ["ESCALATED"], "opened is not read"
    bench.cn.acknowledge(name, pb.RELATION_ACKNOWLEDGED)
    bench.meet()
    for desk in (bench.cn, bench.pk):
        (one,) = due(desk, LATE)
        assert (one.kind, one.late) == (DueKind.UNDER_WAY, MINUTE), "not yet done"
    bench.cn.acknowledge(name, pb.RELATION_CANNOT_COMPLY, reason="WEATHER")
    bench.meet()
    assert due(bench.cn, LATE) == []
    assert kinds(due(bench.pk, LATE)) == ["DECLINED"], "no alarm, and not settled"


def test_receipts_of_an_exercise_and_of_other_desks_still_nothing(
    bench: Bench,
) -> None:
    name = sent(bench)
    drill = clear(CHINA, pb.RELATION_COMPLETED, name, mode=pb.MODE_EXERCISE)
    feed(bench.pk, drill)
    feed(bench.pk, clear(PAKISTAN, pb.RELATION_COMPLETED, name), node=PK)
    assert kinds(due(bench.pk, LATE)) == ["ESCALATED"]


def test_what_expired_is_due_no_more(bench: Bench) -> None:
    sent(bench, expires=iso(FILED + DAY))
    assert due(bench.cn, FILED + DAY - 1)
    assert not due(bench.cn, FILED + DAY)


def test_what_is_recalled_gives_way_to_its_recall(bench: Bench) -> None:
    name = sent(bench)
    recall = bench.pk.recall(name, "WRONG_CONTENT").name
    bench.meet()
    for desk in (bench.cn, bench.pk):
        (one,) = due(desk, FILED + 1)
        assert (one.kind, one.row.name) == (DueKind.RECALLED, recall)
        assert one.late == 0
    later = due(bench.cn, LATE)
    assert kinds(later) == ["RECALLED"]
    assert later[0].role, "a FLASH of its own"
    bench.cn.acknowledge(recall, pb.RELATION_COMPLETED)
    assert due(bench.cn, LATE) == []


def test_prose_that_nobody_here_reads_is_to_be_translated(bench: Bench) -> None:
    name = sent(bench, request={"acknowledge": "NONE"})
    bench.cn.settings = DeskConfig(CN_DESK, "duty-1", language="zh")
    (one,) = due(bench.cn, FILED)
    assert (one.kind, one.lang) == (DueKind.TO_TRANSLATE, "zh-Hans")
    assert due(bench.pk, FILED) == [], "of one's own nothing is to be translated"
    bench.cn.settings = DeskConfig(CN_DESK, "duty-1", language="en")
    assert due(bench.cn, FILED) == []
    work = bulletin_pb2.Translation(lang="zh-Hans")
    bench.cn.mailbox.pending_translations.put(
        name, work, "duty-2@ops.beijing.cn", FILED
    )
    (one,) = due(bench.cn, FILED)
    assert (one.kind, one.officer) == (DueKind.UNDER_WAY, "duty-2@ops.beijing.cn")


def test_what_was_corrected_is_translated_in_its_correction_only(bench: Bench) -> None:
    bench.cn.settings = DeskConfig(CN_DESK, "duty-1", language="zh")
    name = sent(bench)
    correction = sent(bench, references=refers("CORRECTS", name))

    wanted = [one for one in due(bench.cn, FILED) if one.lang]

    assert [one.row.name for one in wanted] == [correction]


def test_what_is_to_be_renewed_is_not_to_be_translated_too(bench: Bench) -> None:
    bench.cn.settings = DeskConfig(CN_DESK, "duty-1", language="zh")
    name = sent(bench)
    made = PendingTranslation(bench.cn, name, "zh-Hans")
    texts = {"s0": Put("车队延误"), "s1": Put("车队延误，全文。")}
    made.put(texts)
    made.advance("TRANSLATED")
    made.send()
    subject = {"id": "s0", "lang": "en", "text": "Convoy safe"}
    correction = sent(bench, references=refers("CORRECTS", name), subject=subject)

    wanted = [one for one in due(bench.cn, FILED) if one.lang]

    assert [(one.kind, one.row.name) for one in wanted] == [(DueKind.STALE, correction)]


def test_the_most_urgent_comes_first(bench: Bench) -> None:
    for precedence in ("ROUTINE", "FLASH", "IMMEDIATE"):
        sent(bench, precedence=precedence)
    found = due(bench.cn, LATE)
    assert [one.row.precedence for one in found] == ["FLASH", "IMMEDIATE", "ROUTINE"]


def test_the_hand_over_list_has_every_section(bench: Bench) -> None:
    empty = handover(bench.cn, FILED)
    assert tuple(empty) == SECTIONS
    assert not any(empty.values())
    first, second = sent(bench), sent(bench, precedence="ROUTINE")
    before = handover(bench.cn, FILED)
    assert [one[0].row.name for one in before["unacknowledged"]] == [first, second]
    assert not before["due"]
    after = handover(bench.cn, LATE)
    assert [kinds(one) for one in after["escalated"]] == [["ESCALATED"]]
    assert [kinds(one) for one in after["due"]] == [["UNACKNOWLEDGED"]]
    assert not after["unacknowledged"]
    bench.cn.acknowledge(first, pb.RELATION_ACKNOWLEDGED)
    assert [kinds(x) for x in handover(bench.cn, FILED)["under_way"]] == [["UNDER_WAY"]]
    late = handover(bench.cn, LATE)
    assert [kinds(one) for one in late["due"]] == [["UNACKNOWLEDGED"], ["UNDER_WAY"]]
    assert not late["under_way"], "what is overdue is not in progress"
    assert next(all_notes(late["due"][1])) == "not done in time"


def test_a_message_is_on_the_hand_over_list_once_with_all_that_is_open(
    bench: Bench,
) -> None:
    """One desk has not read it, the other one has, and has not done it."""
    asked = "guard.karachi.pk", OTHER_DESK
    put(bench, asked=asked, asks="ACTION", says="ACKNOWLEDGED", direction="out")
    found = handover(bench.cn, LATE)
    (about,) = found["due"]
    assert kinds(about) == ["UNACKNOWLEDGED", "UNDER_WAY"]
    assert list(all_notes(about)) == [
        "acknowledgement overdue",
        "late by 1 minute",
        "waiting for guard.karachi.pk",
        "not done in time: late by 1 minute, waiting for port.gwadar.pk",
    ]
    assert [len(section) for section in found.values()].count(0) == len(SECTIONS) - 1


def put(
    bench: Bench,
    by: str = OTHER_DESK,
    asked: Sequence[str] = (CN_DESK, OTHER_DESK),
    direction: str = "in",
    **receipts: str,
) -> list[Due]:
    """What is due at Beijing of a FLASH to two desks, after the receipt of one."""
    classes = dict.fromkeys(asked, pb.RECIPIENT_CLASS_ACTION)
    head = {"precedence": pb.PRECEDENCE_FLASH, "recipients": classes}
    entry = made.entry(**head, filed=FILED, expires=LATE + DAY)  # type: ignore[arg-type]
    said = bulletin_pb2.Content.FromString(made.content(acknowledge=receipts["asks"]))
    said.request.acknowledge_by = DEADLINE
    content = said.SerializeToString()
    message = made.message(1, entry=entry, content=content, direction=direction)
    bench.cn.mailbox.messages.put(message)
    officer = f"duty-1@{by}"
    receipt = made.receipt(1, receipts["says"], FILED + 1, author=officer)
    bench.cn.mailbox.receipts.add(receipt)
    return due(bench.cn, LATE)


@pytest.mark.parametrize(
    ("asks", "says", "left"),
    [
        pytest.param("READ", "ACKNOWLEDGED", [], id="stills the alarm of the other"),
        pytest.param("ACTION", "ACKNOWLEDGED", ["UNDER_WAY"], id="until it is done"),
        pytest.param("ACTION", "OPENED", ["ESCALATED"], id="only opened"),
    ],
)
def test_what_another_desk_says_of_it_counts_here(
    bench: Bench, asks: str, says: str, left: list[str]
) -> None:
    assert kinds(put(bench, asks=asks, says=says)) == left


def test_a_drill_s_roster_is_for_drills_only(bench: Bench) -> None:
    bench.send("Roster", **ROSTER, mode="EXERCISE")
    now = bench.now
    real = duty_roles.roles(bench.pk, PK_DESK, "ACTUAL", now)
    assert real == duty_roles.ROLES
    drill = duty_roles.roles(bench.pk, PK_DESK, "EXERCISE", now)
    assert drill == ("NIGHT-1 DUTY_OFFICER", "NIGHT-3 DUTY_DIRECTOR")
    assert duty_roles.roles(bench.pk, PK_DESK, "TEST", now) == duty_roles.ROLES


# To whom a FLASH is taken, by rosters as a partner may write them.


def liaison(*rows: str) -> bulletin_pb2.Content:
    content = bulletin_pb2.Content(kind="LIAISON")
    for row in rows:
        content.details.add(field="roster", value=row)
    return content


def test_who_answers_for_a_desk_stands_in_the_order_of_the_roles() -> None:
    written = liaison(
        "post=C;role=DUTY_DIRECTOR",
        "post=I;role=INTERPRETER;shift=DAY",
        "post=A2;role=DUTY_OFFICER",
        "post=A1;role=DUTY_OFFICER;channel=CH-1",
    )
    assert roster(written) == ("A2 DUTY_OFFICER", "A1 DUTY_OFFICER", "C DUTY_DIRECTOR")


@pytest.mark.parametrize(
    "row",
    [
        *("", ";", "=", "post=A", "role=DUTY_OFFICER", "post=;role=DUTY_OFFICER"),
        *("post=A;role=KING", "post=A;role=", "post=A;role=DUTY_OFFICER,DEPUTY"),
    ],
)
def test_rows_that_say_nothing_of_use_are_passed_over(row: str) -> None:
    assert roster(liaison(row)) == ()
    assert roster(liaison(row, "post=B;role=DEPUTY")) == ("B DEPUTY",)


def test_a_role_in_words() -> None:
    assert describe_role("NIGHT-1 DUTY_OFFICER", "en") == "NIGHT-1, Duty officer"
    assert describe_role("DEPUTY", "zh-Hans") == "副职"
    assert describe_role("duty-2", "ur") == "duty-2"


@given(
    st.integers(1, 9),
    st.integers(0, 10**15),
    st.integers(0, 10**15),
    st.integers(0, 10**15),
)
def test_it_is_never_taken_back(n: int, filed: int, by: int, later: int) -> None:
    among = [*ROLES, *ROLES, "last"][:n]
    first = among.index(escalate(among, filed, by, by))
    assert first == min(1, n - 1)
    now = by + later
    there = escalate(among, filed, by, now)
    assert escalate(among, filed, by, now + MINUTE) in among[among.index(there) :]


# The ladder of receipts: what each step meets, and which desks are asked.


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
