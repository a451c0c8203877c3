"""The filler writes what put_message writes, and a page costs the same anywhere."""

from pathlib import Path

from exchange.bulletin.content import decode
from exchange.core import parse_core
from exchange.desk.mailbox import Mailbox, NewMessage
from tests.benchmarks import sample_mailbox as fill
from tests.desk.made import KEY


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
