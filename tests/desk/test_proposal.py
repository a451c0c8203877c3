"""What is proposed of a journey that is late, and that it can be sent as it is."""

import json

import pytest

from exchange.bulletin.content import from_json, to_json
from exchange.bulletin.values import iso
from exchange.cli import list as listing
from exchange.config import DeskConfig
from exchange.desk.deadlines.due_list import DueKind, due
from exchange.desk.deadlines.missing_bulletins import describe_gap, request_missing
from exchange.desk.deadlines.proposal import proposal
from exchange.desk.mailbox.desk_numbers import GO_ON, NumberGap
from exchange.desk.terminal.desk import TerminalDesk
from exchange.errors import Reason, Refusal
from exchange.limits import DAY, MINUTE
from exchange.v1 import envelope_pb2 as pb
from tests.desk.bench import CHINA, PAKISTAN, Bench, refers
from tests.desk.test_numbers import gaps, withhold
from tests.expecting import refusing
from tests.node.world import FILED

ALARM = FILED + 10 * MINUTE
LATE = ALARM + MINUTE
DASU = {"site": "DASU-HPP", "lat": "35.317", "lon": "73.193"}


DETAILS = {
    "call_sign": "ROUND-4",
    "state": "UNDER_WAY",
    "vehicles": 3,
    "armoured": True,
    "persons": 12,
    "escort": "SPECIAL_SECURITY_DIVISION",
    "routes": ["A", "B"],
    "overdue_at": iso(ALARM),
}


def moving(bench: Bench, **changes: object) -> bytes:
    given: dict[str, object] = {"kind": "MOVEMENT", "details": DETAILS}
    return bench.deliver("Convoy delayed", **(given | changes))


def test_a_flash_is_proposed_of_a_journey_that_is_late(bench: Bench) -> None:
    name = moving(bench, place=DASU)
    assert due(bench.cn, LATE)[0].kind is DueKind.OVERDUE_MOVEMENT
    draft = proposal(bench.cn, name, LATE)
    assert (draft.content.kind, draft.precedence) == ("WARNING", pb.PRECEDENCE_FLASH)
    assert draft.to == ("ops.islamabad.pk",)
    assert draft.content.place.site == "DASU-HPP"
    assert draft.references == (pb.Reference(relation=pb.RELATION_UPDATES, name=name),)
    assert "ROUND-4" in draft.content.subject.text
    assert bench.cn.mailbox.database.count() == 1, "nothing is sent by itself"


@pytest.mark.parametrize("lang", ["en", "ur", "zh"])
@pytest.mark.parametrize("place", [DASU, None], ids=["warning", "movement"])
@pytest.mark.parametrize("mode", ["ACTUAL", "EXERCISE", "TEST"])
def test_it_can_be_sent_as_it_is(
    bench: Bench, lang: str, place: dict[str, str] | None, mode: str
) -> None:
    name = moving(bench, mode=mode, **({"place": place} if place else {}))
    bench.cn.settings = DeskConfig("ops.beijing.cn", "duty-1", language=lang)
    written = json.loads(json.dumps(to_json(proposal(bench.cn, name, LATE))))
    assert written["mode"] == mode, "a drill proposes a drill"
    assert written["kind"] == ("WARNING" if place else "MOVEMENT")
    sent = bench.cn.send(from_json(written))
    assert sent.reason == ""
    assert len(list(bench.cn.mailbox.search.ids(f"thread:{name.hex()}"))) == 2


def test_the_last_place_that_was_told_is_where_it_is(bench: Bench) -> None:
    name = moving(bench)
    told = DETAILS | {"state": "CHECKPOINT", "routes": ["A"]}
    del told["overdue_at"]
    moving(bench, references=refers("UPDATES", name), place=DASU, details=told)
    assert proposal(bench.cn, name, LATE).content.place.site == "DASU-HPP"


def test_nothing_is_proposed_of_what_is_not_late(bench: Bench) -> None:
    name = moving(bench)
    other = bench.send()
    for about, now in ((name, ALARM - 1), (other, LATE)):
        with refusing(Reason.REFERENCES) as caught:
            proposal(bench.pk, about, now)
        assert "this is not an overdue movement" in str(caught.value)
    with refusing(Reason.NOT_FOUND):
        proposal(bench.pk, bytes(32), LATE)


def test_the_label_is_that_of_the_movement(bench: Bench) -> None:
    label = {"tlp": "RED", "releasable_to": ["cn", "pk"], "caveats": ["PROTECT_SOURCE"]}
    draft = proposal(bench.pk, moving(bench, label=label), LATE)
    assert (draft.tlp, draft.caveats) == (pb.TLP_RED, ("PROTECT_SOURCE",))
    assert draft.to == ("ops.beijing.cn",)


# The RFI that asks a desk for what of it has not come, and that it can be sent.


@pytest.fixture
def sender(bench: Bench) -> str:
    """Beijing's node withholds two bulletins of this desk."""
    for n in (1, 2, 3, 4):
        bench.send(f"Number {n}")
    bench.world.meet()
    withhold(bench, 4, 5)
    bench.cn.sync()
    desk = PAKISTAN.desk
    assert gaps(bench) == [NumberGap(desk, [2, 3])]
    return desk


@pytest.mark.parametrize("lang", ["en", "ur", "zh"])
def test_the_rfi_names_the_numbers_and_can_be_sent(
    bench: Bench, sender: str, lang: str
) -> None:
    bench.cn.settings = DeskConfig("ops.beijing.cn", "duty-1", language=lang)

    draft = request_missing(bench.cn, sender, bench.now)

    assert (draft.content.kind, draft.to) == ("RFI", (sender,))
    assert draft.releasable_to == ("cn", "pk")
    assert "2-3" in draft.content.segments[0].text
    said = {detail.field: detail.value for detail in draft.content.details}
    assert said["answer_by"] == iso(bench.now + DAY)
    assert bench.cn.mailbox.database.count() == 2, "nothing is sent by itself"
    written = json.loads(json.dumps(to_json(draft)))
    assert bench.cn.send(from_json(written)).reason == ""
    bench.meet()
    rows = bench.pk.mailbox.search.ids("kind:RFI")
    assert len(list(rows)) == 1


def test_no_desk_is_asked_for_what_did_come(bench: Bench, sender: str) -> None:
    own = CHINA.desk

    for desk in (own, "none.islamabad.pk"):
        with refusing(Reason.NOT_FOUND):
            request_missing(bench.cn, desk, bench.now)
    with pytest.raises(Refusal):
        request_missing(bench.pk, sender, bench.now)


def test_a_shell_and_a_terminal_write_the_same(bench: Bench, sender: str) -> None:
    printed = listing._propose(bench.cn, sender).data

    desk = TerminalDesk(bench.cn)

    (missing,) = desk.missing_bulletins()
    author = bench.pk.officer.name
    text = f"2 bulletins of {sender} to us are missing: 2-3; next came one by {author}"
    assert missing.text == text
    assert missing.number == 4
    assert to_json(desk.request_missing(missing.desk)) == printed


def test_what_was_shown_and_has_come_since_is_refused(
    bench: Bench, sender: str
) -> None:
    desk = TerminalDesk(bench.cn)
    desk.judge_number(sender, desk.missing_bulletins()[0].number, GO_ON)

    with refusing(Reason.NOT_FOUND):
        desk.request_missing(sender)


def test_many_numbers_make_one_line(bench: Bench) -> None:
    every = [*range(1, 200, 2), *range(300, 400)]

    told = describe_gap(bench.cn, NumberGap("ops.islamabad.pk", every))

    assert told.startswith("200 bulletins of ops.islamabad.pk to us are missing: 1, 3,")
    assert told.endswith(", 63, ...")
    few = describe_gap(bench.cn, NumberGap("ops.islamabad.pk", [7]))
    assert few == "1 bulletin of ops.islamabad.pk to us is missing: 7"


def test_the_rfi_is_of_this_exchange_not_of_an_exercise(
    bench: Bench, sender: str
) -> None:
    draft = request_missing(bench.cn, sender, bench.now)

    assert draft.mode == pb.MODE_ACTUAL
    assert draft.precedence == pb.PRECEDENCE_PRIORITY
