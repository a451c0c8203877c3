"""Threads: what belongs together, in order, and how a bulletin stands."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchange.desk.incoming.threads import find_standing, find_standings, thread
from exchange.desk.mailbox import Mailbox, NewMessage
from exchange.errors import Reason
from exchange.limits import THREAD_MAX
from exchange.v1 import envelope_pb2 as pb
from tests.desk.made import KEY, content, entry, message, name
from tests.expecting import refusing

PK, CN = "duty-1@ops.islamabad.pk", "duty-1@ops.beijing.cn"
ACTUAL, EXERCISE = pb.MODE_ACTUAL, pb.MODE_EXERCISE
Link = tuple[int, int]
"""A relation, and the number of what is referred to."""


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[Mailbox]:
    made = Mailbox(tmp_path / "mailbox.db", KEY)
    yield made
    made.close()


def put(
    mailbox: Mailbox,
    number: int,
    *links: Link,
    author: str = PK,
    verdict: str = "ACCEPTED",
    mode: int = ACTUAL,
) -> None:
    """Keep the `number`-th message, which refers to others by number."""
    mailbox.messages.put(made(number, links, author, verdict, mode))


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


def numbers(mailbox: Mailbox, number: int) -> list[int]:
    return [part.row.number for part in thread(mailbox, name(number)).parts]


def test_a_thread_is_the_same_from_each_of_its_messages(mailbox: Mailbox) -> None:
    put(mailbox, 1)
    put(mailbox, 2)  # of another thread
    put(mailbox, 3, (pb.RELATION_ANSWERS, 1), author=CN)
    put(mailbox, 4, (pb.RELATION_UPDATES, 3), author=CN)
    put(mailbox, 5, (pb.RELATION_CORRECTS, 1))
    put(mailbox, 6, (pb.RELATION_DISPUTES, 5), author=CN)
    for each in (1, 3, 4, 5, 6):
        assert numbers(mailbox, each) == [1, 3, 4, 5, 6]
    assert numbers(mailbox, 2) == [2]
    parts = thread(mailbox, name(1)).parts
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
def test_how_a_bulletin_stands(mailbox: Mailbox, relation: int, word: str) -> None:
    put(mailbox, 1)
    put(mailbox, 2, (relation, 1))
    assert find_standing(mailbox, name(1)) == word
    assert find_standing(mailbox, name(2)) == ""


def test_the_strongest_word_counts(mailbox: Mailbox) -> None:
    put(mailbox, 1)
    for number, relation in enumerate((5, 3, 6, 4), 2):
        put(mailbox, number, (relation, 1))
    assert find_standing(mailbox, name(1)) == "RECALLED"
    assert find_standings(mailbox, [name(1), name(2), bytes(32)]) == {
        name(1): "RECALLED"
    }
    assert find_standings(mailbox, []) == {}


def test_a_correction_that_was_recalled_corrects_nothing(mailbox: Mailbox) -> None:
    put(mailbox, 1)
    put(mailbox, 2, (pb.RELATION_CORRECTS, 1))
    put(mailbox, 3, (pb.RELATION_RECALLS, 2))
    assert find_standing(mailbox, name(1)) == ""
    assert find_standing(mailbox, name(2)) == "RECALLED"
    assert numbers(mailbox, 1) == [1, 2, 3]


def test_only_the_author_s_desk_changes_how_it_stands(mailbox: Mailbox) -> None:
    """Also where the forged one came first, and could not be judged."""
    put(mailbox, 1, (pb.RELATION_RECALLS, 2), author=CN)
    put(mailbox, 2)
    put(mailbox, 3, (pb.RELATION_CORRECTS, 2), verdict="REFERENCES")
    put(mailbox, 4, (pb.RELATION_SUPERSEDES, 2), mode=EXERCISE)
    put(mailbox, 5, (pb.RELATION_RECALLS, 3), author=CN)
    assert find_standing(mailbox, name(2)) == ""


def test_another_s_recall_of_a_correction_lets_it_stand(mailbox: Mailbox) -> None:
    put(mailbox, 1)
    put(mailbox, 2, (pb.RELATION_CORRECTS, 1))
    put(mailbox, 3, (pb.RELATION_RECALLS, 2), author=CN)
    assert find_standing(mailbox, name(1)) == "CORRECTED"


def test_what_was_refused_by_a_rule_leads_nowhere(mailbox: Mailbox) -> None:
    put(mailbox, 1)
    put(mailbox, 2, (pb.RELATION_ANSWERS, 1), verdict="NOT_RELEASABLE")
    put(mailbox, 3, (pb.RELATION_ANSWERS, 1), verdict="KEY_GONE")
    assert numbers(mailbox, 1) == [1, 3]
    assert numbers(mailbox, 2) == [2]


def test_what_is_not_here_is_passed_over(mailbox: Mailbox) -> None:
    put(mailbox, 1, (pb.RELATION_ANSWERS, 99), (pb.RELATION_ANSWERS, 98))
    assert numbers(mailbox, 1) == [1]
    with refusing(Reason.NOT_FOUND):
        thread(mailbox, name(99))


def test_a_circle_ends(mailbox: Mailbox) -> None:
    put(mailbox, 1, (pb.RELATION_CORRECTS, 3), (pb.RELATION_ANSWERS, 1))
    put(mailbox, 2, (pb.RELATION_CORRECTS, 1))
    put(mailbox, 3, (pb.RELATION_CORRECTS, 2))
    assert numbers(mailbox, 2) == [1, 2, 3]
    assert {part.row.standing for part in thread(mailbox, name(1)).parts} == {
        "CORRECTED"
    }


@pytest.mark.parametrize("chain", [False, True], ids=["flood", "chain"])
def test_a_thousand_references_hide_neither_start_nor_standing(
    mailbox: Mailbox, *, chain: bool
) -> None:
    many = THREAD_MAX + 50
    put(mailbox, 1)
    with mailbox.database.transaction():
        for number in range(2, many):
            about = number - 1 if chain else 1
            put(mailbox, number, (pb.RELATION_ANSWERS, about), author=CN)
        put(mailbox, many, (pb.RELATION_RECALLS, 1))
    found = thread(mailbox, name(1))
    assert (len(found.parts), found.more) == (THREAD_MAX, True)
    assert found.parts[0].row.number == 1
    assert found.parts[0].row.standing == "RECALLED"


def test_a_whole_thread_says_that_there_is_no_more(mailbox: Mailbox) -> None:
    put(mailbox, 1)
    with mailbox.database.transaction():
        for number in range(2, THREAD_MAX + 1):
            put(mailbox, number, (pb.RELATION_UPDATES, 1))
    found = thread(mailbox, name(1))
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
