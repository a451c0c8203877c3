"""What is asked of the mailbox for the list of what is due."""

import pytest

from exchange.bulletin.translations import translate
from exchange.desk.mailbox import (
    Mailbox,
    NewMessage,
    Translation,
    pending_translations,
)
from exchange.desk.mailbox.pending_translations import _is_stale
from exchange.limits import DAY
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb
from tests.desk import made
from tests.desk.made import NOW, message, name

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
    box.messages.put(asking(1))
    box.messages.put(asking(2))
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


def test_a_corrected_text_makes_its_translation_stale(box: Mailbox) -> None:
    box.messages.put(message(1, content=made.content("Convoy delayed")))
    box.translations.put(rendered(801, 1, "ur", "Convoy delayed"))
    assert box.pending_translations.stale() == []
    box.messages.put(correction(2, "Convoy stopped"))
    assert box.pending_translations.stale() == [(2, "ur")]
    assert list(box.search.ids("is:stale")) == [2]
    box.translations.put(rendered(802, 2, "ur", "Convoy stopped"))
    assert box.pending_translations.stale() == [], "the new text has its own"


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


def test_a_correction_that_was_recalled_makes_nothing_stale(box: Mailbox) -> None:
    box.messages.put(message(1, content=made.content("Convoy delayed")))
    box.translations.put(rendered(801, 1, "ur", "Convoy delayed"))
    box.messages.put(correction(2, "Convoy stopped"))
    about = [(pb.RELATION_RECALLS, name(2))]
    entry = made.entry(kind=pb.KIND_RECALL, references=about)
    box.messages.put(message(3, content=None, entry=entry))
    assert box.pending_translations.stale() == []


def test_a_correction_of_codes_alone_makes_nothing_stale(box: Mailbox) -> None:
    box.messages.put(message(1, content=made.content("Convoy delayed")))
    box.translations.put(rendered(801, 1, "ur", "Convoy delayed"))
    box.messages.put(correction(2, "Convoy delayed"))
    assert box.pending_translations.stale() == []


@pytest.mark.parametrize(
    "changes",
    [
        {"author": "duty-1@ops.beijing.cn"},
        {"verdict": "REFERENCES"},
        {"mode": pb.MODE_EXERCISE},
    ],
)
def test_nobody_else_makes_it_stale(box: Mailbox, changes: dict[str, object]) -> None:
    box.messages.put(message(1, content=made.content("Convoy delayed")))
    box.translations.put(rendered(801, 1, "ur", "Convoy delayed"))
    box.messages.put(correction(2, "Convoy stopped", **changes))
    assert box.pending_translations.stale() == []


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
    box.messages.put(asking(1))
    box.messages.put(referring(2, REPLACES, 1, index=None, state="queued"))
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
