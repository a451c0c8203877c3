"""What an officer is told of the outbox: list, status and its --check, send --again."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from exchange import envelope
from exchange.bulletin.content import from_json
from exchange.desk.mailbox import Held
from exchange.v1 import envelope_pb2 as pb
from tests.cli.conftest import Result
from tests.cli.desk.conftest import AtDesk, bulletin


def held(desk: AtDesk, name: str, why: Held) -> None:
    """Let the outbox hold a bulletin, as its node's answer would."""
    with desk.open() as opened, opened.mailbox.database.transaction():
        opened.mailbox.outbox.hold(bytes.fromhex(name), why)
        messages, state = opened.mailbox.messages, why.hold_reason.lower()
        number = messages.row(bytes.fromhex(name)).number
        messages.set_state(number, state, why.at, by=opened.node, why=why.reason)


def test_the_list_says_first_what_only_the_outbox_knows(desk: AtDesk) -> None:
    waits, again, gone = (desk.send() for _ in range(3))
    held(desk, again, Held("RESIGN", "SIGNER_TIME", "", at=1_800_000_000_000))
    now = 4_000_000_000_000  # late enough to be told of for long
    held(desk, gone, Held("REFUSED", "LABEL", "label", at=now))

    first, second, third, *rows = desk("list").out.splitlines()
    assert first.startswith(f"sign again: {again[:8]} ")
    assert first.endswith(f"fusion send --again {again[:16]}")
    assert second.startswith(f"refused: {gone[:8]} ")
    assert "the handling label is missing" in second
    assert third.startswith("4 waiting since ")  # with the translations of all three
    assert third.endswith(": the node was not reached yet")
    assert any(waits[:8] in row for row in rows)
    outbox = desk.json("list")["outbox"]
    assert [one["name"] for one in outbox["resign"]] == [again]
    assert [one["reason"] for one in outbox["refused"]] == ["LABEL"]
    assert [one["count"] for one in outbox["queued"]] == [4]
    states = desk.list("state:resign")
    assert [row["name"] for row in states] == [again]


def test_what_waits_for_that_is_signed_again_under_a_new_name(desk: AtDesk) -> None:
    old = desk.send()
    refused = desk("send", "--again", old[:16]).refused()
    assert "is not waiting to be signed again" in refused.err
    held(desk, old, Held("RESIGN", "KEY_GONE", "ops.beijing.cn", at=1))

    sent = desk.json("send", "--again", old[:8])
    assert (sent["state"], sent["name"] != old) == ("queued", True)
    rows = desk.json("list")
    assert [row["state"] for row in rows["bulletins"]] == ["refused", "queued"]
    assert rows["outbox"]["resign"] == []
    desk("send", "--again", old, desk.file()).ended(2)
    assert desk("send", "--again", "ab" * 32).ended(2).out == ""


# With nodes that run.


@contextmanager
def locked(home: Path) -> Iterator[None]:
    """Hold the node's database, as a backup or a check that hangs would."""
    path = home / "node" / "ledger.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def test_a_database_that_is_locked_leaves_it_queued_and_sends_it_once(
    pk: AtDesk,
) -> None:
    """F6: an officer who is told LOCKED sends again, and the partner reads twice."""
    with locked(pk.home):
        sent = json.loads(pk("send", pk.file(), "--json").ended(0).out)
    assert sent["state"] == "queued"
    (row,) = [row for row in pk.list() if row["name"] == sent["name"]]
    assert row["state"] in {"local", "delivered", "cosigned"}


def test_status_says_first_what_was_refused_and_check_exits_1(
    pk: AtDesk, cn: AtDesk
) -> None:
    def status(*options: str, desk: AtDesk = pk) -> Result:
        return desk("status", *options, words=None)

    # The database was locked before: the alarm of that ends at the next tick.
    assert any(status("--check").code == 0 for _ in range(100))
    assert status("--check").out == ""
    name = refused(pk)

    first, second = status().out.splitlines()[:2]
    assert first.startswith(f"refused: {name[:8]}: ")
    assert second == "node islamabad.pk"
    found = json.loads(status("--json").out)
    assert [one["name"] for one in found["refused"]] == [name]
    assert found["refused"][0]["reason"] == "BODY"
    checked = status("--check")
    assert (checked.code, checked.out.splitlines()) == (1, ["1 refused"])
    told = status("--check", "--json")
    assert json.loads(told.out)["check"] == [{"what": "REFUSED", "count": 1}]
    assert status("--check", desk=cn).code == 0


def refused(pk: AtDesk) -> str:
    """Hand the node an envelope that will stay wrong; return its name."""
    with pk.open() as desk:
        made, _ = desk.compose(from_json(bulletin()))
        wrong = pb.Envelope(entry=made.envelope.entry, wraps=made.envelope.wraps)
        (answer,) = desk.client.submit([wrong])
    assert (answer.reason, answer.later) == ("BODY", False)
    return envelope.split(wrong.entry).name.hex()
