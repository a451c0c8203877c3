"""What is proposed of a journey that is late, and that it can be sent as it is."""

import json

import pytest

from exchange.bulletin.content import from_json, to_json
from exchange.bulletin.values import iso
from exchange.config import DeskConfig
from exchange.desk.deadlines.due_list import DueKind, due
from exchange.desk.deadlines.proposal import proposal
from exchange.errors import Reason
from exchange.limits import MINUTE
from exchange.v1 import envelope_pb2 as pb
from tests.desk.bench import Bench, said
from tests.expecting import refusing
from tests.node.world import CN, FILED

ALARM = FILED + 10 * MINUTE
LATE = ALARM + MINUTE
DASU = {"site": "DASU-HPP", "lat": "35.317", "lon": "73.193"}


def moving(bench: Bench, **changes: object) -> bytes:
    details = {
        "call_sign": "ROUND-4",
        "state": "UNDER_WAY",
        "vehicles": 3,
        "armoured": True,
        "persons": 12,
        "escort": "SPECIAL_SECURITY_DIVISION",
        "routes": ["A", "B"],
        "overdue_at": iso(ALARM),
    }
    given: dict[str, object] = {"kind": "MOVEMENT", "details": details}
    draft = said(bench.world.nations[CN], "Convoy delayed", **(given | changes))
    return bench.deliver(draft)


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
    update = {
        "references": [{"relation": "UPDATES", "name": name.hex()}],
        "place": DASU,
    }
    moving(
        bench,
        **update,
        details={
            "call_sign": "ROUND-4",
            "state": "CHECKPOINT",
            "vehicles": 3,
            "armoured": True,
            "persons": 12,
            "escort": "SPECIAL_SECURITY_DIVISION",
            "routes": ["A"],
        },
    )
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
