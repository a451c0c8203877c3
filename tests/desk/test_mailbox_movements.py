"""Journeys that are late: what ends the alarm, and what does not."""

from typing import Any

import pytest

from exchange.bulletin.values import iso
from exchange.desk.mailbox import Mailbox, NewMessage, movements
from exchange.desk.mailbox.movements import Movements
from exchange.limits import DAY, MINUTE
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb
from tests.desk import made
from tests.desk.made import NOW, message, name

UPDATES = pb.RELATION_UPDATES
READERS = {
    "ops.beijing.cn": pb.RECIPIENT_CLASS_ACTION,
    "ops.islamabad.pk": pb.RECIPIENT_CLASS_COPY,
}
ALARM = NOW + 10 * MINUTE
LATE = ALARM + MINUTE


def movement(
    number: int, about: int = 0, state: str = "", alarm: int = 0, **changes: object
) -> NewMessage:
    """The `number`-th message, filed in that minute; it updates the one it is about."""
    said = bulletin_pb2.Content.FromString(made.content(kind="MOVEMENT"))
    for field, value in (("state", state), ("overdue_at", alarm and iso(alarm))):
        if value:
            said.details.add(field=field, value=str(value))
    head: dict[str, object] = {
        "filed": NOW + number * MINUTE,
        "expires": NOW + DAY,
        "recipients": READERS,
        "references": [(changes.pop("relation", UPDATES), name(about))]
        if about
        else (),
    }
    head |= {key: changes.pop(key) for key in ("mode", "expires") if key in changes}
    entry = made.entry(**head)  # type: ignore[arg-type]  # its fields
    given = {"content": said.SerializeToString(), "entry": entry}
    return message(number, **(given | changes))


def late(box: Mailbox, now: int = LATE) -> list[int]:
    return [journey.number for journey in box.movements.late(now)]


def test_a_journey_is_late_from_its_alarm_on(box: Mailbox) -> None:
    box.messages.put(movement(1, state="UNDER_WAY", alarm=ALARM))
    assert late(box, ALARM - 1) == []
    assert box.movements.late(ALARM) == [(1, ALARM)]
    assert list(box.search.ids("is:overdue", now=LATE)) == [1]
    assert late(box, NOW + DAY) == [], "it expired"


def test_a_journey_told_of_in_many_parts_is_read_once(
    box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A partner may say of each of a thousand updates that it is late."""
    for number in range(1, 31):
        told = movement(number, about=number - 1, state="HALTED", alarm=ALARM)
        box.messages.put(told)
    read: list[int] = []
    journey = Movements._journey  # what takes the time

    def counted(self: Movements, number: int) -> Any:  # noqa: ANN401
        read.append(number)
        return journey(self, number)

    monkeypatch.setattr(Movements, "_journey", counted)
    assert late(box, NOW + 12 * 60 * MINUTE) == [30]
    assert len(read) == 1
    assert [found.number for found in box.movements.moving(LATE)] == [30]
    assert len(read) == 2


@pytest.mark.parametrize("state", ["ARRIVED", "CANCELLED"])
def test_an_arrival_ends_the_alarm(box: Mailbox, state: str) -> None:
    box.messages.put(movement(1, alarm=ALARM))
    box.messages.put(movement(2, about=1, state="CHECKPOINT"))
    assert late(box) == [1]
    box.messages.put(movement(3, about=2, state=state, author="duty-1@ops.beijing.cn"))
    assert late(box) == []


def test_a_later_alarm_takes_the_place_of_the_first(box: Mailbox) -> None:
    box.messages.put(movement(1, alarm=ALARM))
    box.messages.put(movement(2, about=1, state="HALTED", alarm=LATE + MINUTE))
    assert late(box) == []
    assert late(box, LATE + MINUTE) == [2]
    box.messages.put(movement(3, about=1, state="ARRIVED"))
    assert late(box, LATE + MINUTE) == [], "an update of the first ends it, too"


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"mode": pb.MODE_EXERCISE}, id="an exercise"),
        pytest.param({"author": "duty-1@port.gwadar.pk"}, id="another desk"),
        pytest.param({"verdict": "REFERENCES"}, id="not believed"),
        pytest.param({"relation": pb.RELATION_ANSWERS}, id="only an answer"),
        pytest.param({"about": 9}, id="another journey"),
        pytest.param({"state": "UNDER_WAY"}, id="still on its way"),
        pytest.param({"state": "arrived"}, id="no code"),
    ],
)
def test_what_does_not_end_an_alarm(box: Mailbox, changes: dict[str, object]) -> None:
    box.messages.put(movement(1, alarm=ALARM))
    given: dict[str, object] = {"about": 1, "state": "ARRIVED"}
    box.messages.put(movement(2, **(given | changes)))  # type: ignore[arg-type]
    assert late(box) == [1]


def test_an_arrival_that_was_filed_before_is_of_an_earlier_journey(
    box: Mailbox,
) -> None:
    box.messages.put(movement(1, state="ARRIVED"))
    box.messages.put(movement(2, about=1, state="UNDER_WAY", alarm=ALARM))
    assert late(box) == [2]


@pytest.mark.parametrize(
    "text", ["soon", "0001-01-01T00:00:00Z", "1969-12-31T23:59:59Z"]
)
def test_an_alarm_at_no_time_is_none(box: Mailbox, text: str) -> None:
    said = bulletin_pb2.Content.FromString(made.content(kind="MOVEMENT"))
    said.details.add(field="overdue_at", value=text)
    box.messages.put(message(1, content=said.SerializeToString()))
    assert late(box) == []


def test_what_is_under_way_is_the_last_that_was_told(box: Mailbox) -> None:
    box.messages.put(movement(1, state="UNDER_WAY", alarm=ALARM))
    box.messages.put(movement(2, state="PLANNED"))
    assert box.movements.moving(NOW) == [(1, ALARM)]
    box.messages.put(movement(3, about=1, state="HALTED"))
    assert box.movements.moving(NOW) == [(3, 0)]
    box.messages.put(movement(4, about=3, state="ARRIVED"))
    assert box.movements.moving(NOW) == []


def test_a_circle_of_updates_ends(box: Mailbox) -> None:
    box.messages.put(movement(1, about=2, alarm=ALARM))
    box.messages.put(movement(2, about=1, state="UNDER_WAY"))
    assert late(box) == [1]


def test_the_journeys_under_way_that_were_told_of_last(
    box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of several states, alone or in several parts, whichever state is the rarest."""
    monkeypatch.setattr(movements, "MOVING_MAX", 4)
    monkeypatch.setattr(movements, "ALONE_AT_ONCE", 2)
    said = ("HALTED", "UNDER_WAY", "ARRIVED", "DIVERTED", "UNDER_WAY", "CHECKPOINT")
    for number, state in enumerate(said, 1):
        box.messages.put(movement(number, state=state, alarm=ALARM))
    assert box.movements.moving(NOW) == [(n, ALARM) for n in (2, 4, 5, 6)]
    box.messages.put(movement(7, about=6, state="HALTED"))
    assert box.movements.moving(NOW) == [(4, ALARM), (5, ALARM), (7, 0)]
    box.messages.put(movement(8, about=4, state="ARRIVED"))
    assert box.movements.moving(NOW) == [(5, ALARM), (7, 0)]
