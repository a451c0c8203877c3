"""Conditions and words together, held against a reading of every row by itself."""

import random
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from exchange.bulletin.codes import gazetteer
from exchange.bulletin.content import decode
from exchange.core import parse_core
from exchange.desk.mailbox import Filter, Mailbox, NewMessage, Row, query_plan, search
from exchange.desk.mailbox.filters import Near
from exchange.desk.mailbox.index_facts import spot
from exchange.desk.mailbox.query_plan import distance
from exchange.v1 import bulletin_pb2
from tests.benchmarks import sample_mailbox
from tests.benchmarks import sample_mailbox as fill
from tests.desk import made
from tests.desk.made import KEY, NOW, message, name

COUNT = 3_000  # of three blocks
Asked = Callable[[Row, bulletin_pb2.Content], bool]


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mailbox]:
    path = tmp_path_factory.mktemp("filtered") / "mailbox.db"
    with closing(Mailbox(path, KEY)) as mailbox:
        sample_mailbox.fill(mailbox, COUNT)
        yield mailbox


@pytest.fixture(scope="module")
def kept(box: Mailbox) -> list[tuple[Row, bulletin_pb2.Content]]:
    """Every message, newest first."""
    return [
        (
            row,
            bulletin_pb2.Content.FromString(
                box.messages.read(row.number).content or b""
            ),
        )
        for row in reversed(box.messages.page(1, COUNT))
    ]


def at(number: int) -> int:
    return sample_mailbox.BASE + number * sample_mailbox.STEP


def minute(number: int) -> str:
    return datetime.fromtimestamp(at(number) / 1_000, UTC).strftime("%Y-%m-%dT%H:%MZ")


def said(row: Row, content: bulletin_pb2.Content, word: str) -> bool:
    texts = [row.subject, *(segment.text for segment in content.segments)]
    return any(
        word in (text if row.lang == "zh-Hans" else text.split()) for text in texts
    )


def within(content: bulletin_pb2.Content, site: str, km: float) -> bool:
    middle, where = gazetteer()[site], spot(content)
    near = Near(float(middle.lat), float(middle.lon), km)
    return where is not None and distance(near, *where[:2]) - where[2] / 1_000 <= km


ASKED: dict[str, Asked] = {
    "kind:WARNING": lambda row, _: row.kind == "WARNING",
    "prec:FLASH": lambda row, _: row.precedence == "FLASH",
    "prec:FLASH,IMMEDIATE": lambda row, _: row.precedence in {"FLASH", "IMMEDIATE"},
    "mode:EXERCISE": lambda row, _: row.mode == "EXERCISE",
    "tlp:RED,GREEN": lambda row, _: row.tlp in {"RED", "GREEN"},
    "lang:ur": lambda row, _: row.lang == "ur",
    "from:cn": lambda row, _: row.desk.endswith(".cn"),
    "is:out": lambda row, _: row.direction == "out",
    "is:unread": lambda row, _: not row.read,
    "is:unacked": lambda row, _: row.acknowledge != "NONE" and not row.acknowledged,
    "state:cosigned": lambda row, _: row.state == "cosigned",
    "state:refused,queued": lambda row, _: row.state == "refused",
    "actor:BLA": lambda _, content: "BLA" in content.actors,
    "site:GWADAR": lambda _, content: content.place.site == "GWADAR",
    "state:UNDER_WAY": lambda _, content: any(
        each.value == "UNDER_WAY" for each in content.details
    ),
    "near:DASU-HPP:50km": lambda _, content: within(content, "DASU-HPP", 50),
    "near:QUETTA:700km": lambda _, content: within(content, "QUETTA", 700),
    f"before:{minute(1_500)}": lambda row, _: row.filed < at(1_500),
    f"after:{minute(1_000)}": lambda row, _: row.filed >= at(1_000),
    "convoy ": lambda row, content: said(row, content, "convoy"),
    "قافلہ ": lambda row, content: said(row, content, "قافلہ"),
    "车队": lambda row, content: said(row, content, "车队"),
}


def some() -> list[tuple[str, ...]]:
    """Return each condition by itself, and many of two or three unlike ones."""
    rng = random.Random(7)  # noqa: S311  # the same again
    found: dict[tuple[str, ...], None] = {(line,): None for line in ASKED}
    while len(found) < 120:
        lines = tuple(sorted(rng.sample(list(ASKED), rng.choice((2, 2, 3)))))
        keys = [line.partition(":")[0] if ":" in line else "" for line in lines]
        if len(set(keys)) == len(keys):
            found[lines] = None
    return list(found)


@pytest.mark.parametrize("few", [5, 4_096], ids=["joined", "given"])
@pytest.mark.parametrize("lines", some(), ids="|".join)
def test_what_meets_all_conditions(
    box: Mailbox,
    kept: list[tuple[Row, bulletin_pb2.Content]],
    monkeypatch: pytest.MonkeyPatch,
    lines: tuple[str, ...],
    few: int,
) -> None:
    monkeypatch.setattr(search, "FEW", few)
    wanted = [
        row.number
        for row, content in kept
        if all(ASKED[line](row, content) for line in lines)
    ]
    line = " ".join(sorted(lines, key=lambda one: ":" not in one))
    assert list(box.search.ids(Filter.read(line))) == wanted
    assert list(box.search.ids(Filter.read(line), 7)) == wanted[:7]


def test_every_condition_is_met_by_some_and_not_by_all(
    kept: list[tuple[Row, bulletin_pb2.Content]],
) -> None:
    for line, asked in ASKED.items():
        assert {asked(*one) for one in kept} == {True, False}, line


# Times.


def test_what_came_late_is_found_by_its_time(tmp_path: Path) -> None:
    with (
        closing(Mailbox(tmp_path / "mailbox.db", KEY)) as box,
        box.database.transaction(),
    ):
        for number, filed in enumerate((NOW, NOW - 9_000_000, NOW + 1), 1):
            box.messages.put(message(number, entry=made.entry(filed=filed)))
        assert box.database.select("SELECT * FROM block") == [
            (0, NOW - 9_000_000, NOW + 1)
        ]
        before = Filter(before=NOW - 1)
        assert list(box.search.ids(before)) == [2]
        assert box.search.resolve(name(2).hex()) == name(2)


def test_only_the_blocks_of_a_time_are_looked_through(box: Mailbox) -> None:
    assert query_plan.spans(box.database, Filter(after=at(3_000))) == [
        range(2_048, 3_072)
    ]
    assert query_plan.spans(box.database, Filter(before=at(1_024))) == [range(1_024)]
    assert query_plan.spans(box.database, Filter(before=at(1_025))) == [range(2_048)]
    assert query_plan.spans(box.database, Filter(after=at(9_000))) == []


def test_blocks_that_lie_apart_are_taken_together_at_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        closing(Mailbox(tmp_path / "mailbox.db", KEY)) as box,
        box.database.transaction(),
    ):
        for block in (0, 2, 3, 5):
            box.database.insert("block", (block, NOW, NOW))
        wanted, every = Filter(after=NOW), [(5, 6), (2, 4), (0, 1)]
        for most, spans in ((3, every), (2, [(5, 6), (0, 4)]), (1, [(0, 6)])):
            monkeypatch.setattr(query_plan, "SPANS_MAX", most)
            blocks = [range(1_024 * first, 1_024 * end) for first, end in spans]
            assert query_plan.spans(box.database, wanted) == blocks


# The filler writes what put_message writes, and a page costs the same anywhere.


def test_filled_rows_are_as_if_put(tmp_path: Path) -> None:
    filled = Mailbox(tmp_path / "filled.db", KEY)
    fill.fill(filled, 60)
    put = Mailbox(tmp_path / "put.db", KEY)
    for row in filled.messages.page(1, 60):
        stored = filled.messages.read(row.number)
        core = parse_core(stored.core)  # a reader can show it
        assert stored.content is not None
        assert decode(stored.content, core).kind == row.kind
        new = NewMessage(
            name=row.name,
            entry=stored.entry,
            author=row.author,
            direction=row.direction,
            received=row.received,
            verdict=row.verdict,
            state=row.state,
            origin=row.origin,
            index=row.index,
            content=stored.content,
            cek=stored.cek,
            facts=stored.facts,
        )
        number = put.messages.put(new)
        assert put.messages.row(number)._replace(read=0) == row._replace(read=0)
    for table in ("reference", "fact", "spot", "owed", "thread"):
        sql = f"SELECT * FROM {table}"  # noqa: S608  # constants
        assert filled.database.select(sql) == put.database.select(sql) != []
    for texts in fill.KNOWN.values():
        for text in texts:
            assert put.search.text(text) == filled.search.text(text)
    filled.close()
    put.close()


def plan(box: Mailbox, sql: str) -> str:
    return " ".join(row[3] for row in box.database.select(f"EXPLAIN QUERY PLAN {sql}"))


def test_nothing_that_a_screen_asks_scans_the_messages(tmp_path: Path) -> None:
    box = Mailbox(tmp_path / "mailbox.db", KEY)
    asked: list[str] = []
    with box.database._reading() as connection:
        connection.set_trace_callback(asked.append)
    box.messages.page(900, 40)
    box.messages.rows([900, 40])
    box.search.ids("is:unread is:in")
    box.database.count()
    for line in (
        "is:unread",
        "is:unacked",
        "prec:FLASH",
        "kind:WARNING",
        "is:in kind:X",
    ):
        box.search.ids(line)
    box.messages.list_unsettled(fill.ORIGINS[0], 5)
    fill.fill(box, 1)
    box.messages.read(1)
    box.search.resolve(
        "islamabad.pk#1" if box.messages.row(1).direction == "out" else "beijing.cn#1"
    )
    plans = [plan(box, sql) for sql in asked if "FROM message" in sql]
    assert len(plans) > 10
    for each in plans:
        assert "SEARCH" in each or "USING" in each, each
    box.close()
