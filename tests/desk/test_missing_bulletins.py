"""The RFI that asks a desk for what of it has not come, and that it can be sent."""

import json

import pytest

from exchange.bulletin.content import from_json, to_json
from exchange.bulletin.values import iso
from exchange.cli import list as listing
from exchange.config import DeskConfig
from exchange.desk.deadlines.missing_bulletins import describe_gap, request_missing
from exchange.desk.mailbox.desk_numbers import GO_ON, NumberGap
from exchange.desk.terminal.desk import TerminalDesk
from exchange.errors import Reason, Refusal
from exchange.limits import DAY
from exchange.v1 import envelope_pb2 as pb
from tests.desk.bench import Bench
from tests.desk.test_numbers import gaps, withhold
from tests.expecting import refusing
from tests.node.world import CN, PK


@pytest.fixture
def sender(bench: Bench) -> str:
    """Beijing's node withholds two bulletins of this desk."""
    for n in (1, 2, 3, 4):
        bench.send(f"Number {n}")
    bench.world.meet()
    withhold(bench, 4, 5)
    bench.cn.sync()
    desk = bench.world.nations[PK].desk
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
    own = bench.world.nations[CN].desk

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
