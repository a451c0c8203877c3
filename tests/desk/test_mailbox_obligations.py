"""What is asked of the mailbox for the list of what is due."""

from typing import Any

import pytest

from exchange.bulletin.translations import translate
from exchange.bulletin.values import iso
from exchange.desk.mailbox import (
    Mailbox,
    NewMessage,
    Translation,
    movements,
    pending_translations,
)
from exchange.desk.mailbox.movements import Movements
from exchange.desk.mailbox.pending_translations import _is_stale
from exchange.limits import DAY, MINUTE
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb
from tests.desk import made
from tests.desk.made import NOW, message, name, put_all

OPS, PORT = "ops.beijing.cn", "port.gwadar.pk"
ASKED = {OPS: pb.RECIPIENT_CLASS_ACTION, PORT: pb.RECIPIENT_CLASS_ACTION}
DEADLINE = NOW + 5


def asking(number: int, **changes: object) -> NewMessage:
    entry = made.entry(recipients=ASKED, expires=NOW + DAY)
    given = {"content": made.content(acknowledge="READ"), "entry": entry}
    return message(number, **(given | changes))


def test_each_desk_owes_until_it_has_done_what_is_asked(box: Mailbox) -> None:
    box.messages.put(asking(1))
    assert box.obligations.list_owed(NOW) == [
        (1, OPS, DEADLINE, 0),
        (1, PORT, DEADLINE, 0),
    ]
    box.receipts.add(made.receipt(1, "ACKNOWLEDGED"))
    assert box.obligations.list_owed(NOW) == [(1, PORT, DEADLINE, 0)]


def test_what_is_refused_or_expired_is_owed_by_nobody(box: Mailbox) -> None:
    box.messages.put(asking(1, direction="out"))
    box.messages.put(asking(2, verdict="REFERENCES"))
    box.messages.put(asking(3, entry=made.entry(recipients=ASKED, expires=NOW)))
    assert {owed.number for owed in box.obligations.list_owed(NOW)} == {1}
    box.messages.set_state(1, "refused", NOW, "beijing.cn", "LABEL")
    assert box.obligations.list_owed(NOW) == []
    assert box.obligations.overdue(DEADLINE) == set()


def test_overdue_is_what_nobody_acknowledged_by_its_deadline(box: Mailbox) -> None:
    put_all(box, asking(1), asking(2))
    said = bulletin_pb2.Content.FromString(made.content(acknowledge="READ"))
    said.request.acknowledge_by = 0  # never due
    box.messages.put(asking(3, content=said.SerializeToString()))
    box.receipts.add(made.receipt(2, "ACKNOWLEDGED"))
    assert box.obligations.overdue(DEADLINE - 1) == set()
    assert box.obligations.overdue(DEADLINE) == {1}
    assert list(box.search.ids("is:overdue", now=DEADLINE)) == [1]


def test_what_came_in_in_another_language_is_to_be_translated(box: Mailbox) -> None:
    for number, lang in enumerate(["en", "ur", "zh-Hans", "ur"], 1):
        text = made.content("text", lang=lang)
        box.messages.put(asking(number, content=text))
    box.messages.put(asking(5, content=made.content(lang="ur"), direction="out"))
    box.messages.put(asking(6, content=None, verdict="SEAL"))
    assert box.pending_translations.list_untranslated("en", NOW, NOW) == [4, 3, 2]
    assert box.pending_translations.list_untranslated("zh-Hans", NOW, NOW) == [4, 2, 1]
    box.translations.put(made.translation(4, "en", "text"))
    assert box.pending_translations.list_untranslated("en", NOW, NOW) == [3, 2]
    assert box.pending_translations.list_untranslated("en", NOW + 1, NOW) == []


def rendered(number: int, about: int, lang: str, text: str) -> Translation:
    """A translation of a subject as it was."""
    source = bulletin_pb2.Content.FromString(made.content(text))
    said = translate(source, lang, "FINAL", "HUMAN", {"s0": "قافلہ"})
    kept = made.translation(about, lang, "", number)
    fields = {key: getattr(kept, key) for key in Translation.__struct_fields__}
    return Translation(**(fields | {"content": said.SerializeToString()}))


def correction(number: int, text: str, **changes: object) -> NewMessage:
    head = {"references": [(pb.RELATION_CORRECTS, name(1))]} | {
        key: changes.pop(key) for key in ("mode",) if key in changes
    }
    entry = made.entry(**head)  # type: ignore[arg-type]  # its fields
    return message(number, content=made.content(text), entry=entry, **changes)


@pytest.fixture
def translated(box: Mailbox) -> Mailbox:
    """One with a message and its translation."""
    box.messages.put(message(1, content=made.content("Convoy delayed")))
    box.translations.put(rendered(801, 1, "ur", "Convoy delayed"))
    return box


def test_a_corrected_text_makes_its_translation_stale(translated: Mailbox) -> None:
    assert translated.pending_translations.stale() == []
    translated.messages.put(correction(2, "Convoy stopped"))
    assert translated.pending_translations.stale() == [(2, "ur")]
    assert list(translated.search.ids("is:stale")) == [2]
    translated.translations.put(rendered(802, 2, "ur", "Convoy stopped"))
    assert translated.pending_translations.stale() == [], "the new text has its own"


def test_only_the_last_of_several_corrections_wants_the_translation(
    box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many corrections and translations a partner makes of one message."""
    box.messages.put(message(1, content=made.content("Convoy delayed")))
    for number in range(801, 831):
        box.translations.put(rendered(number, 1, "ur", "Convoy delayed"))
    for number in range(2, 12):
        box.messages.put(correction(number, "Convoy stopped"))
    last = [(pb.RELATION_SUPERSEDES, name(11))]
    entry = made.entry(references=last)
    box.messages.put(message(12, content=made.content("Convoy gone"), entry=entry))
    looked: list[bytes] = []

    def told(content: bytes, rendering: bytes) -> bool:
        looked.append(content)
        return _is_stale(content, rendering)

    monkeypatch.setattr(pending_translations, "_is_stale", told)
    assert box.pending_translations.stale() == [(12, "ur")]
    assert len(looked) == 1


def test_a_correction_that_was_recalled_makes_nothing_stale(
    translated: Mailbox,
) -> None:
    translated.messages.put(correction(2, "Convoy stopped"))
    about = [(pb.RELATION_RECALLS, name(2))]
    entry = made.entry(kind=pb.KIND_RECALL, references=about)
    translated.messages.put(message(3, content=None, entry=entry))
    assert translated.pending_translations.stale() == []


@pytest.mark.parametrize(
    ("words", "changes"),
    [
        ("Convoy stopped", {"author": "duty-1@ops.beijing.cn"}),
        ("Convoy stopped", {"verdict": "REFERENCES"}),
        ("Convoy stopped", {"mode": pb.MODE_EXERCISE}),
        ("Convoy delayed", {}),
    ],
    ids=["another desk", "not believed", "a drill", "codes alone"],
)
def test_nothing_else_makes_it_stale(
    translated: Mailbox, words: str, changes: dict[str, object]
) -> None:
    translated.messages.put(correction(2, words, **changes))
    assert translated.pending_translations.stale() == []


def test_the_newest_roster_is_the_desk_s_own_and_of_the_mode(box: Mailbox) -> None:
    roster = made.content(kind="LIAISON")
    drill = made.entry(mode=pb.MODE_EXERCISE, expires=NOW + DAY)
    real = made.entry(expires=NOW + DAY)
    box.messages.put(message(1, content=roster, entry=real))
    box.messages.put(message(2, content=roster, entry=drill))
    ahead = made.entry(filed=NOW + 9, expires=NOW + DAY)
    box.messages.put(message(3, content=roster, entry=ahead))
    assert box.obligations.newest("LIAISON", "ops.islamabad.pk", ["ACTUAL"], NOW) == 1
    assert (
        box.obligations.newest(
            "LIAISON", "ops.islamabad.pk", ["ACTUAL", "EXERCISE"], NOW
        )
        == 2
    )
    assert (
        box.obligations.newest("LIAISON", "ops.islamabad.pk", ["ACTUAL"], NOW + 9) == 3
    )
    assert box.obligations.newest("LIAISON", OPS, ["ACTUAL"], NOW) == 0


def referring(number: int, relation: int, about: int, **changes: object) -> NewMessage:
    recall = relation == pb.RELATION_RECALLS
    entry = made.entry(
        kind=pb.KIND_RECALL if recall else pb.KIND_BULLETIN,
        references=[(relation, name(about))],
        recipients=ASKED,
        expires=NOW + DAY,
    )
    said = {"content": bulletin_pb2.Remark().SerializeToString()} if recall else {}
    return asking(number, entry=entry, **(said | changes))


REPLACES, TAKES_BACK = pb.RELATION_SUPERSEDES, pb.RELATION_RECALLS
OTHER = "duty-1@ops.beijing.cn"
REFERRING = [
    *(asking(number) for number in range(1, 9)),
    referring(11, REPLACES, 1),
    referring(12, TAKES_BACK, 2, content=None, verdict="SEAL"),
    referring(13, TAKES_BACK, 3, verdict="REFERENCES"),
    referring(14, TAKES_BACK, 4, author=OTHER),
    referring(15, REPLACES, 5),
    referring(16, TAKES_BACK, 15),
    referring(17, TAKES_BACK, 6, state="refused", index=None),
    referring(18, pb.RELATION_CORRECTS, 7),
    referring(19, REPLACES, 8),
    referring(20, TAKES_BACK, 19, state="refused", index=None),
]
"""By the last digits of its name what refers, and to what."""
GONE = [1, 2, 8, 15]


def gone(box: Mailbox) -> list[int]:
    """The names, as numbers, of what `gone` holds."""
    rows = box.database.select("SELECT name FROM gone JOIN message USING (number)")
    return sorted(int.from_bytes(each[:2], "big") for (each,) in rows)


@pytest.mark.parametrize("turned", [False, True], ids=["in order", "backwards"])
def test_what_is_recalled_or_replaced_is_gone(box: Mailbox, *, turned: bool) -> None:
    for new in reversed(REFERRING) if turned else REFERRING:
        box.messages.put(new)
    assert gone(box) == GONE
    found = {row.name for row in box.messages.rows(box.search.ids("is:unacked"))}
    assert not found & {name(number) for number in GONE}
    assert {name(number) for number in (3, 4, 5, 6, 7)} <= found


def test_what_is_gone_comes_back_with_what_said_so(box: Mailbox) -> None:
    put_all(box, asking(1), referring(2, REPLACES, 1, index=None, state="queued"))
    assert gone(box) == [1]
    box.messages.set_state(name(2), "refused", NOW, "beijing.cn", "LABEL")
    assert gone(box) == []
    box.messages.set_place(name(2), made.BEIJING, 77)  # another node recorded it
    assert gone(box) == [1]
    box.messages.set_verdict(name(2), "REFERENCES")
    assert gone(box) == []
    box.messages.set_verdict(name(2), "ACCEPTED")
    box.messages.put(referring(3, TAKES_BACK, 2))
    assert gone(box) == [2]


def test_what_is_untranslated_is_found_wherever_it_stands(box: Mailbox) -> None:
    """Also where one was filed by a clock far ahead, or numbers and times differ."""
    ahead, before = NOW + 400 * DAY, NOW - DAY
    times = {1: ahead, 2: before, 3: NOW, 4: before, 5: NOW + 1}
    for number, filed in times.items():
        entry = made.entry(filed=filed, expires=ahead + DAY)
        content = made.content(lang="ur")
        box.messages.put(message(number, entry=entry, content=content))
    untranslated = box.pending_translations.list_untranslated
    assert untranslated("en", NOW, NOW) == [5, 3, 1]
    assert untranslated("en", NOW + 1, NOW) == [5, 1]
    assert untranslated("en", ahead + 1, NOW) == []


# Journeys that are late: what ends the alarm, and what does not.


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
    put_all(box, movement(1, alarm=ALARM), movement(2, about=1, state="CHECKPOINT"))
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
