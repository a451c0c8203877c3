"""Threads: what belongs together, in order, and how a bulletin stands."""

import random
from collections.abc import Sequence
from contextlib import closing
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from exchange.desk.fold_records import MORE, Fold, FoldedAnswer
from exchange.desk.incoming.threads import find_standing, find_standings, thread
from exchange.desk.mailbox import Mailbox, NewMessage, folded_threads
from exchange.desk.mailbox.database import MailboxDatabase
from exchange.errors import Reason
from exchange.limits import FOLDED_ANSWERS_MAX, THREAD_MAX
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb
from tests.desk.made import (
    KEY,
    NOW,
    content,
    entry,
    message,
    name,
    put_all,
    receipt,
    translation,
)
from tests.expecting import refusing

PK, CN = "duty-1@ops.islamabad.pk", "duty-1@ops.beijing.cn"
ACTUAL, EXERCISE = pb.MODE_ACTUAL, pb.MODE_EXERCISE
Link = tuple[int, int]
"""A relation, and the number of what is referred to."""


def put(
    box: Mailbox,
    number: int,
    *links: Link,
    author: str = PK,
    verdict: str = "ACCEPTED",
    mode: int = ACTUAL,
) -> None:
    """Keep the `number`-th message, which refers to others by number."""
    box.messages.put(made(number, links, author, verdict, mode))


def made(
    number: int, links: Sequence[Link], author: str, verdict: str, mode: int
) -> NewMessage:
    outer = pb.Entry.FromString(entry(mode=mode))
    core = pb.Core.FromString(outer.core)
    for relation, about in links:
        core.references.add(relation=pb.Relation.ValueType(relation), name=name(about))
    outer.core = core.SerializeToString()
    return message(
        number,
        entry=outer.SerializeToString(),
        content=content() if verdict == "ACCEPTED" else None,
        author=author,
        verdict=verdict,
    )


def numbers(box: Mailbox, number: int) -> list[int]:
    return [part.row.number for part in thread(box, name(number)).parts]


def test_a_thread_is_the_same_from_each_of_its_messages(box: Mailbox) -> None:
    put(box, 1)
    put(box, 2)  # of another thread
    put(box, 3, (pb.RELATION_ANSWERS, 1), author=CN)
    put(box, 4, (pb.RELATION_UPDATES, 3), author=CN)
    put(box, 5, (pb.RELATION_CORRECTS, 1))
    put(box, 6, (pb.RELATION_DISPUTES, 5), author=CN)
    for each in (1, 3, 4, 5, 6):
        assert numbers(box, each) == [1, 3, 4, 5, 6]
    assert numbers(box, 2) == [2]
    parts = thread(box, name(1)).parts
    assert [part.row.standing for part in parts] == ["CORRECTED", "", "", "", ""]
    assert [(link.relation, link.about) for link in parts[1].references] == [
        ("ANSWERS", name(1))
    ]


@pytest.mark.parametrize(
    ("relation", "word"),
    [
        (pb.RELATION_RECALLS, "RECALLED"),
        (pb.RELATION_SUPERSEDES, "SUPERSEDED"),
        (pb.RELATION_CORRECTS, "CORRECTED"),
        (pb.RELATION_NARROWS, "NARROWED"),
        (pb.RELATION_ANSWERS, ""),
        (pb.RELATION_UPDATES, ""),
        (pb.RELATION_DISPUTES, ""),
    ],
)
def test_how_a_bulletin_stands(box: Mailbox, relation: int, word: str) -> None:
    put(box, 1)
    put(box, 2, (relation, 1))
    assert find_standing(box, name(1)) == word
    assert find_standing(box, name(2)) == ""


def test_the_strongest_word_counts(box: Mailbox) -> None:
    put(box, 1)
    for number, relation in enumerate((5, 3, 6, 4), 2):
        put(box, number, (relation, 1))
    assert find_standing(box, name(1)) == "RECALLED"
    assert find_standings(box, [name(1), name(2), bytes(32)]) == {name(1): "RECALLED"}
    assert find_standings(box, []) == {}


def test_a_correction_that_was_recalled_corrects_nothing(box: Mailbox) -> None:
    put(box, 1)
    put(box, 2, (pb.RELATION_CORRECTS, 1))
    put(box, 3, (pb.RELATION_RECALLS, 2))
    assert find_standing(box, name(1)) == ""
    assert find_standing(box, name(2)) == "RECALLED"
    assert numbers(box, 1) == [1, 2, 3]


def test_only_the_author_s_desk_changes_how_it_stands(box: Mailbox) -> None:
    """Also where the forged one came first, and could not be judged."""
    put(box, 1, (pb.RELATION_RECALLS, 2), author=CN)
    put(box, 2)
    put(box, 3, (pb.RELATION_CORRECTS, 2), verdict="REFERENCES")
    put(box, 4, (pb.RELATION_SUPERSEDES, 2), mode=EXERCISE)
    put(box, 5, (pb.RELATION_RECALLS, 3), author=CN)
    assert find_standing(box, name(2)) == ""
    put(box, 6, (pb.RELATION_CORRECTS, 2))
    put(box, 7, (pb.RELATION_RECALLS, 6), author=CN)
    assert find_standing(box, name(2)) == "CORRECTED", "another's recall of that"


def test_what_was_refused_by_a_rule_leads_nowhere(box: Mailbox) -> None:
    put(box, 1)
    put(box, 2, (pb.RELATION_ANSWERS, 1), verdict="NOT_RELEASABLE")
    put(box, 3, (pb.RELATION_ANSWERS, 1), verdict="KEY_GONE")
    assert numbers(box, 1) == [1, 3]
    assert numbers(box, 2) == [2]


def test_what_is_not_here_is_passed_over(box: Mailbox) -> None:
    put(box, 1, (pb.RELATION_ANSWERS, 99), (pb.RELATION_ANSWERS, 98))
    assert numbers(box, 1) == [1]
    with refusing(Reason.NOT_FOUND):
        thread(box, name(99))


def test_a_circle_ends(box: Mailbox) -> None:
    put(box, 1, (pb.RELATION_CORRECTS, 3), (pb.RELATION_ANSWERS, 1))
    put(box, 2, (pb.RELATION_CORRECTS, 1))
    put(box, 3, (pb.RELATION_CORRECTS, 2))
    assert numbers(box, 2) == [1, 2, 3]
    assert {part.row.standing for part in thread(box, name(1)).parts} == {"CORRECTED"}


@pytest.mark.parametrize("chain", [False, True], ids=["flood", "chain"])
def test_a_thousand_references_hide_neither_start_nor_standing(
    box: Mailbox, *, chain: bool
) -> None:
    many = THREAD_MAX + 50
    put(box, 1)
    with box.database.transaction():
        for number in range(2, many):
            about = number - 1 if chain else 1
            put(box, number, (pb.RELATION_ANSWERS, about), author=CN)
        put(box, many, (pb.RELATION_RECALLS, 1))
    found = thread(box, name(1))
    assert (len(found.parts), found.more) == (THREAD_MAX, True)
    assert found.parts[0].row.number == 1
    assert found.parts[0].row.standing == "RECALLED"


def test_a_whole_thread_says_that_there_is_no_more(box: Mailbox) -> None:
    put(box, 1)
    with box.database.transaction():
        for number in range(2, THREAD_MAX + 1):
            put(box, number, (pb.RELATION_UPDATES, 1))
    found = thread(box, name(1))
    assert (len(found.parts), found.more) == (THREAD_MAX, False)


edges = st.lists(
    st.tuples(
        st.integers(1, 12),
        st.sampled_from(sorted(set(pb.Relation.values()) - {0})),
        st.integers(1, 14),
        st.sampled_from([PK, CN]),
    ),
    max_size=30,
)


@settings(
    max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
)
@given(edges)
def test_a_thread_is_what_is_connected(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[tuple[int, int, int, str]]
) -> None:
    path = tmp_path_factory.mktemp("threads") / "mailbox.db"
    mailbox = Mailbox(path, KEY)
    try:
        for number in range(1, 13):
            mine = [(r, about) for who, r, about, _ in drawn if who == number]
            authors = [author for who, _, _, author in drawn if who == number]
            put(mailbox, number, *dict.fromkeys(mine), author=(authors or [PK])[0])
        reached = {1}
        while True:
            further = {b for a, _, b, _ in drawn if a in reached and b <= 12}
            further |= {a for a, _, b, _ in drawn if b in reached}
            if further <= reached:
                break
            reached |= further
        assert numbers(mailbox, 1) == sorted(reached)
    finally:
        mailbox.close()


# Threads as a list folds them, kept as messages come in any order.


Rows = list[tuple[int, int, int]]
UPDATES, FLASH = pb.RELATION_UPDATES, pb.PRECEDENCE_FLASH


def about(number: int, *others: int, **fields: int) -> NewMessage:
    """Message `number`, which refers to others."""
    references = [(UPDATES, name(other)) for other in others]
    made = entry(
        references=references,
        mode=fields.get("mode", pb.MODE_ACTUAL),
        precedence=fields.get("precedence", pb.PRECEDENCE_ROUTINE),
    )
    return message(number, entry=made)


def threads(box: Mailbox) -> Rows:
    return box.database.select("SELECT * FROM thread ORDER BY number")


def check(box: Mailbox) -> None:
    """What is counted by block, and the newest of each, is what the rows say."""
    rows = threads(box)
    for _, head, _ in rows:
        own = [number for number, of, _ in rows if of == head]
        assert head in own
        assert [n for n, of, away in rows if of == head and not away] == [max(own)]
        assert len(own) > 1
    counts: dict[int, int] = {}
    for number, _, away in rows:
        counts[number // 1_024] = counts.get(number // 1_024, 0) + away
    found = {one.block: one.folded for one in box.folded_threads.blocks()}
    assert found == {block: n for block, n in counts.items() if n}


def test_what_is_about_a_message_goes_under_it_and_under_its_head(
    box: Mailbox,
) -> None:
    for new in (about(1), about(2), about(3, 1), about(4, 3), about(5, 2, 1)):
        box.messages.put(new)
    assert threads(box) == [(1, 1, 1), (3, 1, 1), (4, 1, 1), (5, 1, 0)]
    check(box)
    assert [line.key for line in box.folded_threads.lines(1)] == [
        (3, b""),
        (4, b""),
        (5, b""),
    ]
    assert box.folded_threads.newest(3) == 5
    assert box.folded_threads.newest(2) == 2


def test_a_drill_and_what_was_not_believed_go_under_nothing_real(
    box: Mailbox,
) -> None:
    put_all(box, about(1), about(2, 1, mode=pb.MODE_EXERCISE))
    forged = about(3, 1)
    box.messages.put(replace(forged, verdict="SIGNATURE"))
    assert threads(box) == []


def test_a_thread_has_a_bound_and_the_rest_stands_alone(
    box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folded_threads, "FOLDED_MAX", 5)
    box.messages.put(about(1))
    for number in range(2, 20):
        box.messages.put(about(number, 1))
    assert [number for number, *_ in threads(box)] == [1, 2, 3, 4, 5]
    check(box)


@settings(max_examples=30)
@given(seed=st.integers(0, 2**32), together=st.booleans())
def test_in_any_order_of_arrival_each_is_in_one_thread(
    tmp_path_factory: pytest.TempPathFactory, seed: int, *, together: bool
) -> None:
    """Put one by one or together, about what is not here, back, forth, in circles."""
    chance = random.Random(seed)  # noqa: S311  # the same again
    path = tmp_path_factory.mktemp("threads") / "mailbox.db"
    news = [
        about(n, *chance.sample(range(1, 14), chance.randrange(3)))
        for n in chance.sample(range(1, 12), 9)
    ]
    with closing(Mailbox(path, KEY)) as box:
        if together:
            box.messages.add(news)
        else:
            for new in news:
                box.messages.put(new)
        check(box)
        kept = threads(box)
        with box.database.transaction():
            for number in range(1, len(news) + 1):
                box.folded_threads.note(number)
        assert threads(box) == kept, "again is safe"


def test_what_is_folded_is_counted_by_its_worst(box: Mailbox) -> None:
    put_all(box, about(1), about(2, 1, precedence=FLASH), about(3, 1))
    box.messages.mark_read(3, 5)
    fold = box.folded_threads.folds([1, 3])[1]
    assert (fold.others, fold.unread, fold.flash) == (2, 1, 1)
    recall = entry(kind=pb.KIND_RECALL, references=[(pb.RELATION_RECALLS, name(3))])
    box.messages.put(message(4, entry=recall, content=None))
    fold = box.folded_threads.folds([1])[1]
    assert (fold.others, fold.gone) == (3, 1)


def test_translations_and_receipts_have_lines_under_their_message(
    box: Mailbox,
) -> None:
    """Of the head and of what is below; a recall is a message, and counts once."""
    for new in (about(1), about(2, 1), about(3)):
        box.messages.put(new)
    for made in (
        translation(1, "ur", "x", 800),
        translation(1, "ur", "reviewed", 801),
        translation(2, "ur", "x", 803),
    ):
        box.translations.put(made)
    for said in (
        receipt(1, "OPENED", number=900),
        receipt(2, "ACKNOWLEDGED", number=901),
        receipt(1, "RECALLS", number=902),
        receipt(3, "OPENED", number=904),
    ):
        box.receipts.add(said)
    folds, lines = box.folded_threads.folds([1, 2, 3]), box.folded_threads.lines
    assert folds == {
        1: Fold(1, unread=1, translations=3, receipts=2),
        3: Fold(0, receipts=1),
    }
    assert [line.key for line in lines(1)] == [
        (1, name(800)),
        (1, name(801)),
        (1, name(900)),
        (2, b""),
        (2, name(803)),
        (2, name(901)),
    ]
    assert len(lines(1)) == folds[1].total
    assert [line.key for line in lines(3)] == [(3, name(904))]
    assert lines(2) == lines(4) == [], "under another head, and not here"


def test_what_answers_a_head_that_came_late_stands_first(box: Mailbox) -> None:
    for new in (about(1, 2), about(2)):
        box.messages.put(new)
    for number in (1, 2):
        box.receipts.add(receipt(number, "OPENED", number=900 + number))
    lines = [line.key for line in box.folded_threads.lines(2)]
    assert lines == [(2, name(902)), (1, b""), (1, name(901))]


def test_a_line_says_who_translated_and_what_was_said(box: Mailbox) -> None:
    said = bulletin_pb2.Translation(translator="duty-3@a.cn", reviewer="duty-4@a.cn")
    reviewed = translation(1, "ur", "x", 800)
    signed = replace(
        reviewed, name=name(801), state="REVIEWED", content=said.SerializeToString()
    )
    declined = replace(receipt(1, "CANNOT_COMPLY"), reason="NO_ASSET")
    box.messages.put(about(1))
    box.translations.put(reviewed)
    box.translations.put(signed)
    box.receipts.add(declined)
    other = "duty-2@ops.beijing.cn"
    answers = [line.answer for line in box.folded_threads.lines(1)]
    assert answers == [
        FoldedAnswer(name(800), "TRANSLATES", (other,), NOW, "ur", "FINAL"),
        FoldedAnswer(
            *(name(801), "TRANSLATES", ("duty-3@a.cn", "duty-4@a.cn"), NOW),
            *("ur", "REVIEWED"),
        ),
        FoldedAnswer(name(900), "CANNOT_COMPLY", (other,), NOW, reason="NO_ASSET"),
    ]


def test_what_no_log_has_any_more_has_no_line(box: Mailbox) -> None:
    box.messages.put(about(1))
    box.receipts.add(receipt(1, "OPENED"))
    box.answer_logs.note(name(900), "beijing.cn.fusion/log/1")
    box.answer_logs.forget("beijing.cn.fusion/log/1")
    assert len(box.folded_threads.lines(1)) == 1
    box.answer_logs.settle("beijing.cn.fusion/log/1", NOW)
    assert box.folded_threads.lines(1) == []
    assert box.folded_threads.folds([1]) == {}


def test_a_flood_of_receipts_is_counted_and_listed_up_to_a_bound(
    box: Mailbox,
) -> None:
    """The last line says that there are more; it counts as one."""
    put_all(box, about(1), about(2, 1))
    with box.database.transaction():
        for number in range(FOLDED_ANSWERS_MAX + 20):
            box.receipts.add(receipt(1, "OPENED", number=900 + number))
    lines = box.folded_threads.lines(1)
    assert [line.answer for line in lines].index(MORE[1]) == FOLDED_ANSWERS_MAX
    assert lines[0].key == (1, name(900))
    assert lines[-1].key == (2, b"")
    assert box.folded_threads.folds([1])[1].total == len(lines)


def test_the_last_line_of_each_sort_is_a_line_of_its_own(box: Mailbox) -> None:
    """A cursor finds its line by the key."""
    box.messages.put(about(1))
    with box.database.transaction():
        for number in range(FOLDED_ANSWERS_MAX + 2):
            box.receipts.add(receipt(1, "OPENED", number=900 + number))
            lang = f"x-{number}"
            box.translations.put(translation(1, lang, "x", number=2000 + number))
    keys = [line.key for line in box.folded_threads.lines(1)]
    assert len(set(keys)) == len(keys) == 2 * (FOLDED_ANSWERS_MAX + 1)


def test_no_table_is_read_through_for_a_page_of_rows_or_a_thread(
    box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three queries for the lines of a thread, two for a page, each by an index."""
    asked: list[tuple[str, Any]] = []
    select = MailboxDatabase.select

    def spied(box: MailboxDatabase, sql: str, values: Any = ()) -> Any:  # noqa: ANN401  # of any table
        asked.append((sql, values))
        return select(box, sql, values)

    for new in (about(1), about(2, 1), about(3, 1), about(4)):
        box.messages.put(new)
    for number in (1, 2, 4):
        box.receipts.add(receipt(number, "OPENED", number=900 + number))
    monkeypatch.setattr(MailboxDatabase, "select", spied)
    box.folded_threads.folds([1, 2, 3, 4])
    assert len(asked) == 2
    box.folded_threads.lines(1)
    assert len(asked) == 5
    plans = [
        step[3]
        for sql, values in list(asked)
        for step in select(box.database, f"EXPLAIN QUERY PLAN {sql}", values)
    ]
    tables = ("message", "thread", "receipt", "translation", "answer_log", "m", "x")
    assert not [plan for plan in plans if plan in {f"SCAN {one}" for one in tables}]
