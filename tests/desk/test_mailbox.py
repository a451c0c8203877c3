from contextlib import suppress
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlcipher3 import dbapi2

from exchange.desk.mailbox import Change, DeskHead, LogTree, Mailbox, NewMessage, Row
from exchange.desk.mailbox.logs import PROVEN_APART
from exchange.errors import Reason
from exchange.v1 import bulletin_pb2, envelope_pb2
from exchange.v1 import envelope_pb2 as pb
from tests.desk import made
from tests.desk.made import BEIJING, ISLAMABAD, KEY, NOW, message, name, put_all
from tests.expecting import present, refusing


def put_and_fail(box: Mailbox, new: NewMessage, error: BaseException) -> None:
    with suppress(type(error)), box.database.transaction():
        box.messages.put(new)
        raise error


def test_a_row_is_read_from_header_and_content(box: Mailbox) -> None:
    said = made.content("گاڑی", kind="INCIDENT", lang="ur", acknowledge="ACTION")
    head = made.entry(precedence=1, mode=2, filed=11, expires=12)
    box.messages.put(message(7, content=said, entry=head, state="delivered"))
    assert box.messages.page(1, 10) == [
        Row(
            number=1,
            name=name(7),
            origin=ISLAMABAD,
            index=7,
            envelope=envelope_pb2.KIND_BULLETIN,
            kind="INCIDENT",
            precedence="FLASH",
            mode="EXERCISE",
            tlp="AMBER_STRICT",
            subject="گاڑی",
            lang="ur",
            author="duty-1@ops.islamabad.pk",
            desk="ops.islamabad.pk",
            direction="in",
            filed=11,
            received=NOW + 7,
            expires=12,
            read=0,
            acknowledge="ACTION",
            acknowledge_by=NOW + 5,
            acknowledged=0,
            state="delivered",
            verdict="ACCEPTED",
        )
    ]


def test_numbers_are_dense_in_order_of_arrival(box: Mailbox) -> None:
    for number in (5, 3, 9, 3, 5):
        box.messages.put(message(number))
    assert box.database.count() == 3
    assert [row.index for row in box.messages.page(1, 10)] == [5, 3, 9]
    assert [row.number for row in box.messages.page(1, 10)] == [1, 2, 3]
    put_and_fail(box, message(10), ZeroDivisionError())
    assert box.messages.put(message(11)) == 4


def test_no_message_is_ever_deleted(box: Mailbox) -> None:
    box.messages.put(message(1))
    box.database._writer.execute("DELETE FROM state")
    box.database._writer.execute("DELETE FROM body")
    with pytest.raises(dbapi2.DatabaseError, match="stays"):
        box.database._writer.execute("DELETE FROM message")
    assert box.database.count() == 1


def test_a_page_is_a_range_of_numbers_and_rows_come_as_asked(box: Mailbox) -> None:
    assert box.messages.page(1, 5) == []
    with box.database.transaction():
        for number in range(1, 11):
            box.messages.put(message(number))
    numbers = [row.number for row in box.messages.page(4, 3)]
    assert numbers == [4, 5, 6]
    assert [row.number for row in box.messages.page(9, 5)] == [9, 10]
    assert [row.number for row in box.messages.page(-3, 6)] == [1, 2]
    assert box.messages.page(11, 5) == box.messages.page(4, 0) == []
    assert [row.number for row in box.messages.rows([5, 1, 3])] == [5, 1, 3]
    assert box.messages.rows([4]) == box.messages.page(4, 1)
    assert box.messages.rows([]) == box.messages.rows([11, 0, -1]) == []


def test_putting_again_changes_nothing(box: Mailbox) -> None:
    first = box.messages.put(message(1))
    before = box.messages.read(first)
    assert box.messages.put(message(1)) == first
    assert box.messages.read(first) == before


def test_what_was_queued_here_gains_its_place(box: Mailbox) -> None:
    sent = message(1, direction="out", state="queued", index=None, origin="")
    number = box.messages.put(sent)
    row = box.messages.row(number)
    assert (row.index, row.origin, row.state) == (None, "", "queued")
    assert row.read == row.received, "what one wrote oneself is not unread"
    box.messages.put(message(1, direction="out"))
    row = box.messages.row(number)
    assert (row.index, row.origin, row.state) == (1, ISLAMABAD, "local")


def test_an_unopened_message_gains_its_content(box: Mailbox) -> None:
    closed = message(1, content=None, cek=None, verdict="KEY_GONE")
    number = box.messages.put(closed)
    assert box.messages.row(number).subject == ""
    assert box.messages.read(number).content is None
    box.messages.put(message(1, facts="قافلہ"))
    assert box.messages.row(number).subject == "Convoy delayed"
    assert box.messages.row(number).verdict == "ACCEPTED"
    assert box.messages.read(number).cek == b"c" * 32
    assert list(box.search.text("قافلہ delayed")) == [number]


def test_one_place_in_a_log_holds_one_message(box: Mailbox) -> None:
    box.messages.put(message(1))
    with refusing(Reason.POSITION):
        box.messages.put(message(2, index=1))
    box.messages.put(message(3, index=1, origin=BEIJING))
    assert box.database.count() == 2


def test_read_by_number_and_by_name_gives_all(box: Mailbox) -> None:
    number = box.messages.put(message(1, facts="facts"))
    box.translations.put(made.translation(1, "zh-Hans", "车队延误"))
    box.receipts.add(made.receipt(1, "OPENED"))
    stored = box.messages.read(number)
    assert box.messages.read(name(1)) == stored
    assert stored.content == made.content()
    assert stored.facts == "facts"
    assert stored.core == envelope_pb2.Entry.FromString(made.entry()).core
    assert stored.translations == (made.translation(1, "zh-Hans", "车队延误"),)
    assert stored.receipts == (made.receipt(1, "OPENED"),)
    assert [state.state for state in stored.states] == ["local"]


@pytest.mark.parametrize("which", [0, 2, -1, 2**62, b"", b"x" * 32])
def test_unknown_messages_are_not_found(box: Mailbox, which: int | bytes) -> None:
    box.messages.put(message(1))
    for ask in (
        box.messages.read,
        box.messages.row,
        lambda w: box.messages.mark_read(w, 1),
    ):
        with refusing(Reason.NOT_FOUND):
            ask(which)


def test_read_is_noted_once(box: Mailbox) -> None:
    box.messages.put(message(1))
    box.messages.mark_read(1, NOW)
    box.messages.mark_read(1, NOW + 9)
    assert box.messages.row(1).read == NOW


def test_states_keep_the_first_time_and_show_the_furthest(box: Mailbox) -> None:
    box.messages.put(message(1, state="queued", received=1))
    box.messages.set_state(1, "cosigned", 30, "beijing.cn")
    box.messages.set_state(1, "local", 10)
    box.messages.set_state(1, "cosigned", 99, "beijing.cn")
    assert [(s.state, s.at, s.by) for s in box.messages.states(1)] == [
        ("queued", 1, ""),
        ("local", 10, ""),
        ("cosigned", 30, "beijing.cn"),
    ]
    assert box.messages.row(1).state == "cosigned"
    box.messages.set_state(1, "refused", 40, "beijing.cn", "LABEL")
    box.messages.set_state(1, "delivered", 50)
    assert box.messages.row(1).state == "refused"
    assert box.messages.states(1)[3].why == "LABEL"


def test_an_unknown_state_is_a_mistake(box: Mailbox) -> None:
    box.messages.put(message(1))
    with pytest.raises(KeyError, match="sent"):
        box.messages.set_state(1, "sent", 1)
    assert len(box.messages.states(1)) == 1


def test_unsettled_is_what_a_head_newly_covers(box: Mailbox) -> None:
    for number in (1, 2, 3, 4):
        box.messages.put(message(number))
    put_all(box, message(5, origin=BEIJING, index=1), message(6, index=None, origin=""))
    box.messages.set_state(2, "cosigned", 1)
    box.messages.set_state(3, "refused", 1)
    below = box.messages.list_unsettled(ISLAMABAD, 4)
    assert [(each.number, each.index) for each in below] == [(1, 1)]
    assert below[0].entry == made.entry()


def test_an_acknowledgement_stills_the_alarm(box: Mailbox) -> None:
    box.messages.put(message(1, content=made.content(acknowledge="READ")))
    box.receipts.add(made.receipt(1, "OPENED", NOW + 1, 901))
    assert box.messages.row(1).acknowledged == 0
    box.receipts.add(made.receipt(1, "COMPLETED", NOW + 3, 902))
    box.receipts.add(made.receipt(1, "ACKNOWLEDGED", NOW + 2, 903))
    box.receipts.add(made.receipt(1, "ACKNOWLEDGED", NOW + 2, 903))
    assert box.messages.row(1).acknowledged == NOW + 2
    assert len(box.receipts.of(name(1))) == 3


def test_what_comes_before_its_message_waits_for_it(box: Mailbox) -> None:
    box.receipts.add(made.receipt(1, "ACKNOWLEDGED"))
    box.translations.put(made.translation(1, "ur", "قافلہ"))
    assert box.database.count() == 0
    assert not box.search.text("قافلہ")
    box.messages.put(message(1))
    assert box.messages.row(1).acknowledged == NOW
    assert list(box.search.text("قافلہ")) == [1]


def test_an_earlier_state_never_hides_a_later(box: Mailbox) -> None:
    box.messages.put(made.message(1))
    for number, state in enumerate(("REVIEWED", "TRANSLATED", "INITIAL"), 800):
        one = made.translation(1, "ur", "قافلہ", number)
        box.translations.put(replace(one, state=state, filed=made.NOW + number))
    assert [t.state for t in box.translations.of(made.name(1))] == [
        "REVIEWED",
        "TRANSLATED",
        "INITIAL",
    ]


def test_a_translation_under_way_is_replaced_and_dropped(box: Mailbox) -> None:
    about, work = made.name(1), bulletin_pb2.Translation(lang="ur", translator="a@b")
    assert box.pending_translations.get(about, "ur") is None
    box.pending_translations.put(about, work, "duty-1@ops.islamabad.pk", made.NOW)
    work.translator = "c@d"
    box.pending_translations.put(about, work, "duty-2@ops.islamabad.pk", made.NOW)
    assert box.pending_translations.get(about, "ur") == work
    assert box.pending_translations.get(about, "zh-Hans") is None
    box.pending_translations.drop(about, "ur")
    assert box.pending_translations.get(about, "ur") is None


def test_a_recall_shows_its_reason(box: Mailbox) -> None:
    text = bulletin_pb2.Segment(lang="en", text="wrong grid")
    said = bulletin_pb2.Remark(text=text).SerializeToString()
    box.messages.put(message(1, entry=made.entry(kind=4), content=said))
    assert box.messages.row(1).subject == "wrong grid"


def test_changes_are_told_after_the_commit(box: Mailbox) -> None:
    told: list[tuple[Change, int]] = []
    box.database.on_change.append(
        lambda change: told.append((change, box.database.count()))
    )
    with box.database.transaction():
        put_all(box, message(1), message(2))
        box.logs.set_cursor("islamabad.pk", 2)
        assert told == []
    assert told == [(Change(2, frozenset({1, 2})), 2)]
    box.messages.mark_read(2, NOW)
    box.logs.set_cursor("islamabad.pk", 3)
    assert told[1:] == [(Change(2, frozenset({2})), 2), (Change(2, frozenset()), 2)]


def test_what_changes_nothing_or_was_rolled_back_is_not_told(box: Mailbox) -> None:
    told: list[Change] = []
    box.database.on_change.append(told.append)
    with box.database.transaction():
        box.outbox.forget_refused(NOW)
        assert not box.database.write("UPDATE message SET read_at = 1")
    assert told == []
    put_and_fail(box, message(1, facts="zebra"), KeyboardInterrupt())
    with box.database.transaction():
        pass
    assert told == []
    assert not box.search.text("zebra")
    box.messages.put(message(1, facts="zebra"))
    assert list(box.search.text("zeb")) == [1], (
        "words of a lost transaction are completed"
    )


def test_a_write_needs_a_transaction(box: Mailbox) -> None:
    with pytest.raises(Exception, match="outside of a transaction"):
        box.database.write("UPDATE message SET read_at = 1")


# Outbox, logs, heads and settings in the mailbox.


HEAD = DeskHead(
    origin=ISLAMABAD,
    size=7,
    root=b"r" * 32,
    note=b"note\n\n\xe2\x80\x94 line\n",
    time_s=1_764_000_000,
    cosigned={"beijing.cn.fusion/mirror": 1_764_000_001},
)


def sealed(precedence: int = 4) -> pb.Envelope:
    entry = made.entry(precedence=precedence)
    return pb.Envelope(entry=entry, wraps=[b"w" * 1200], body=b"b" * 600)


def names(box: Mailbox) -> list[bytes]:
    return [each.name for each in box.outbox.pending()]


def test_the_outbox_survives_the_process(box: Mailbox, tmp_path: Path) -> None:
    box.outbox.enqueue(sealed(), name(1), 5)
    again = Mailbox(tmp_path / "mailbox.db", KEY)
    queued = again.outbox.pending()[0]
    assert (queued.name, queued.envelope, queued.queued) == (name(1), sealed(), 5)
    assert (queued.sent, queued.origin, queued.index) == (0, "", None)
    again.close()


def test_urgent_ones_overtake_and_the_rest_keeps_its_order(box: Mailbox) -> None:
    for number, precedence in enumerate((4, 3, 2, 4, 1, 2), 1):
        box.outbox.enqueue(sealed(precedence), name(number), number)
    assert names(box) == [name(n) for n in (5, 3, 6, 1, 2, 4)]
    assert [each.name for each in box.outbox.pending(2)] == [name(5), name(3)]


def test_queueing_again_is_once_and_unknown_names_do_nothing(box: Mailbox) -> None:
    box.outbox.enqueue(sealed(), name(1), 5)
    box.outbox.enqueue(sealed(), name(1), 6)
    assert box.outbox.count_queued() == 1
    assert box.outbox.pending()[0].queued == 5
    box.outbox.note_sent(name(2), 6, ISLAMABAD, 10)
    box.outbox.note_lost(name(2))
    box.outbox.drop(name(2))
    assert names(box) == [name(1)]


def test_what_was_sent_is_kept_until_it_is_done(box: Mailbox) -> None:
    for number in (1, 2, 3):
        box.outbox.enqueue(sealed(), name(number), 5)
    box.outbox.note_sent(name(1), 6, ISLAMABAD, 10)
    box.outbox.note_sent(name(2), 6, ISLAMABAD, 11)
    assert names(box) == [name(3)]
    assert box.outbox.count_queued() == 1
    assert [each.name for each in box.outbox.list_unconfirmed(ISLAMABAD, 11)] == [
        name(1)
    ]
    assert box.outbox.list_unconfirmed(BEIJING, 99) == []
    kept = present(box.outbox.find(name(1)))
    assert kept.envelope == sealed()
    box.outbox.drop(name(1))
    assert [each.index for each in box.outbox.list_unconfirmed(ISLAMABAD, 99)] == [11]


def test_what_the_node_lost_is_pending_again(box: Mailbox) -> None:
    box.outbox.enqueue(sealed(), name(1), 5)
    box.outbox.note_sent(name(1), 6, ISLAMABAD, 10)
    box.outbox.note_lost(name(1))
    assert names(box) == [name(1)]
    assert box.outbox.list_unconfirmed(ISLAMABAD, 99) == []


def test_a_cursor_per_node(box: Mailbox) -> None:
    assert box.logs.cursor("islamabad.pk") == 0
    box.logs.set_cursor("islamabad.pk", 2**40)
    box.logs.set_cursor("beijing.cn", 1)
    assert (box.logs.cursor("islamabad.pk"), box.logs.cursor("beijing.cn")) == (
        2**40,
        1,
    )


def test_a_log_tree_grows_only(box: Mailbox) -> None:
    assert box.logs.tree(ISLAMABAD) == LogTree(0, ())
    tree = LogTree(7, (b"a" * 32, b"b" * 32, b"c" * 32))
    box.logs.set_tree(ISLAMABAD, tree)
    assert box.logs.tree(ISLAMABAD) == tree
    with refusing(Reason.POSITION):
        box.logs.set_tree(ISLAMABAD, LogTree(6, (b"a" * 32, b"b" * 32)))
    assert box.logs.tree(ISLAMABAD) == tree
    assert box.logs.tree(BEIJING).size == 0


def test_heads_are_kept_as_verified(box: Mailbox) -> None:
    assert box.logs.head(ISLAMABAD) is None
    box.logs.put_head(HEAD)
    box.logs.put_head(replace(HEAD, origin=BEIJING, cosigned={}))
    assert box.logs.head(ISLAMABAD) == HEAD
    assert [head.origin for head in box.logs.heads()] == [BEIJING, ISLAMABAD]
    lines = replace(HEAD, note=b"more", cosigned={"x": 1, "y": 2})
    box.logs.put_head(lines)
    assert box.logs.head(ISLAMABAD) == lines


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (replace(HEAD, size=6), Reason.POSITION),
        (replace(HEAD, root=b"x" * 32), Reason.FORK),
    ],
)
def test_a_head_never_goes_back(box: Mailbox, other: DeskHead, reason: Reason) -> None:
    box.logs.put_head(HEAD)
    with refusing(reason):
        box.logs.put_head(other)
    assert box.logs.head(ISLAMABAD) == HEAD


def test_statements_in_the_order_of_the_log(box: Mailbox) -> None:
    for index in (5, 0, 12, 5):
        box.logs.put_statement(ISLAMABAD, index, b"entry %d" % index)
    box.logs.put_statement(ISLAMABAD, 5, b"another")
    assert box.logs.statements(ISLAMABAD) == [
        (0, b"entry 0"),
        (5, b"entry 5"),
        (12, b"entry 12"),
    ]
    assert box.logs.statements(BEIJING) == []


def test_settings(box: Mailbox) -> None:
    assert box.settings.get("language", "en") == "en"
    box.settings.set("language", "ur")
    box.settings.set("language", "zh-Hans")
    assert box.settings.get("language", "en") == "zh-Hans"
    assert box.settings.get("other") == ""


def test_few_proven_times_are_kept_and_none_is_much_later(box: Mailbox) -> None:
    heads = [(size, 1_764_000_000 + 90 * size) for size in range(1, 101)]
    for size, time_s in heads:
        box.logs.note_proven(ISLAMABAD, size, time_s)

    found = [box.logs.proven_s(ISLAMABAD, index) for index in range(101)]
    kept = present(box.database.select_one("SELECT count(*) FROM proven"))
    assert int(kept[0]) <= 20
    for (_, time_s), proven in zip(heads, found, strict=False):
        assert proven is not None
        assert time_s <= proven < time_s + 2 * PROVEN_APART
    assert found[99] == heads[99][1]
    assert found[100] is None


def test_a_later_head_may_make_a_proven_time_earlier_and_never_later(
    box: Mailbox,
) -> None:
    box.logs.note_proven(ISLAMABAD, 5, 2_000)
    box.logs.note_proven(ISLAMABAD, 9, 1_000)
    box.logs.note_proven(ISLAMABAD, 5, 3_000)

    assert [box.logs.proven_s(ISLAMABAD, index) for index in (0, 8)] == [1_000, 1_000]
