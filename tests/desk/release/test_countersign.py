"""What went as an EMERGENCY is countersigned within a day, or is an alarm."""

import pytest

from exchange.desk.deadlines.due_list import DueKind, due, handover
from exchange.desk.mailbox import Held
from exchange.desk.mailbox.outbox import REFUSED, RESIGN
from exchange.desk.release.countersignature import countersign
from exchange.errors import Reason
from exchange.limits import COUNTERSIGN_WITHIN, DAY
from exchange.v1 import envelope_pb2 as pb
from tests.desk.bench import CHINA, Bench, said
from tests.desk.releasers import releaser
from tests.expecting import refusing
from tests.node.world import CN, FILED, PK

EMERGENCY: dict[str, object] = {
    "release": "EMERGENCY",
    "kind": "WARNING",
    "precedence": "FLASH",
    "details": {
        "threat": "ROADSIDE_BOMB",
        "target": "CONVOY",
        "urgency": "EXPECTED",
        "severity": "SEVERE",
        "certainty": "LIKELY",
        "advice": ["HOLD_MOVEMENT"],
    },
    "assessment": {"reliability": "B", "credibility": 2},
    "place": {"site": "KKH-BESHAM-DASU"},
    "request": {"acknowledge": "NONE"},
}
LATE = FILED + COUNTERSIGN_WITHIN


def emergency(bench: Bench) -> bytes:
    return bench.deliver("Bomb on the road", **EMERGENCY)


def kinds(bench: Bench, now: int) -> list[list[DueKind]]:
    return [[one.kind for one in due(desk, now)] for desk in (bench.pk, bench.cn)]


def test_an_emergency_goes_on_one_signature_and_lacks_the_other(bench: Bench) -> None:
    name = emergency(bench)
    core = pb.Core.FromString(bench.cn.mailbox.messages.read(name).core)
    assert core.release == pb.RELEASE_EMERGENCY
    assert bench.cn.mailbox.messages.row(name).verdict == "ACCEPTED"
    assert kinds(bench, LATE - 1) == [[DueKind.TO_COUNTERSIGN], []]
    late = [DueKind.NOT_COUNTERSIGNED]
    assert kinds(bench, LATE) == [late, late]
    assert due(bench.cn, LATE + DAY)[0].late == DAY
    bench.now = LATE
    assert [one[0].row.name for one in handover(bench.cn, LATE)["due"]] == [name]


def test_a_countersignature_ends_the_alarm_at_both_desks(bench: Bench) -> None:
    name = emergency(bench)
    with releaser(bench, PK) as chief:
        receipt = countersign(chief, name)
        assert countersign(chief, name) == receipt, "said once"
    bench.meet()
    assert kinds(bench, LATE) == [[], []]
    for desk in (bench.pk, bench.cn):
        (given,) = desk.mailbox.receipts.of(name)
        assert given.relation == "COUNTERSIGNED"
        assert given.author == "duty-2@ops.islamabad.pk"


@pytest.mark.parametrize("held", [REFUSED, RESIGN])
def test_a_countersignature_that_its_node_refused_is_none(
    bench: Bench, held: str
) -> None:
    name = emergency(bench)
    with releaser(bench, PK) as chief:
        refused = countersign(chief, name)
        assert kinds(bench, FILED)[0] == []
        chief.mailbox.outbox.hold(refused, Held(held, Reason.SIGNER_TIME))
        assert kinds(bench, FILED)[0] == [DueKind.TO_COUNTERSIGN]
        assert countersign(chief, name) != refused
        assert kinds(bench, FILED)[0] == []


def test_who_may_not_countersign(bench: Bench) -> None:
    name, plain = emergency(bench), bench.send()
    with refusing(Reason.SIGNERS):  # no key in role releaser
        countersign(bench.pk, name)
    with releaser(bench, PK, 3) as writer:
        own = writer.send(said(CHINA, "Bomb", **EMERGENCY)).name
        with refusing(Reason.SIGNERS):  # his own
            countersign(writer, own)
        assert writer.mailbox.receipts.of(own) == ()
    with releaser(bench, PK) as chief, refusing(Reason.REFERENCES):  # no emergency
        countersign(chief, plain)
    with releaser(bench, CN) as other, refusing(Reason.REFERENCES):  # another node's
        countersign(other, name)
    assert DueKind.NOT_COUNTERSIGNED in kinds(bench, LATE)[1]


@pytest.mark.parametrize(
    "changes",
    [{"precedence": "PRIORITY"}, {"kind": "SITREP", "details": {"posture": "NORMAL"}}],
)
def test_only_what_saves_lives_goes_before_its_release(
    changes: dict[str, object],
) -> None:
    with refusing(Reason.RELEASE, "release"):
        said(CHINA, "Bomb", **(EMERGENCY | changes))
