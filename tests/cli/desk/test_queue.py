"""What an officer is told of the outbox: list, status and its --check, send --again."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from exchange import envelope
from exchange.bulletin.content import from_json
from exchange.desk.client import Desk
from exchange.desk.mailbox import Held
from exchange.v1 import envelope_pb2 as pb
from tests.cli.conftest import PASSPHRASE, Fusion, Result
from tests.cli.desk.conftest import Pair, bulletin, loaded

At = Callable[..., Result]


@pytest.fixture
def written(tmp_path: Path) -> Path:
    path = tmp_path / "bulletin.json"
    path.write_text(json.dumps(bulletin()))
    return path


def held(home: Path, name: str, why: Held) -> None:
    """Let the outbox hold a bulletin, as its node's answer would."""
    with Desk.open(home, "", PASSPHRASE) as desk, desk.mailbox.database.transaction():
        desk.mailbox.outbox.hold(bytes.fromhex(name), why)
        if why.hold_reason in {"RESIGN", "REFUSED"}:
            state = "resign" if why.hold_reason == "RESIGN" else "refused"
            by, number = (
                desk.node,
                desk.mailbox.messages.row(bytes.fromhex(name)).number,
            )
            desk.mailbox.messages.set_state(
                number, state, why.at, by=by, why=why.reason
            )


def test_the_list_says_first_what_only_the_outbox_knows(
    stopped: Path, at: At, written: Path
) -> None:
    waits, again, gone = (
        loaded(at(stopped, "send", written, "--json"))["name"] for _ in range(3)
    )
    held(stopped, again, Held("RESIGN", "SIGNER_TIME", "", at=1_800_000_000_000))
    now = 4_000_000_000_000  # late enough to be told of for long
    held(stopped, gone, Held("REFUSED", "LABEL", "label", at=now))

    first, second, third, *rows = at(stopped, "list").out.splitlines()
    assert first.startswith(f"sign again: {again[:8]} ")
    assert first.endswith(f"fusion send --again {again[:16]}")
    assert second.startswith(f"refused: {gone[:8]} ")
    assert "the handling label is missing" in second
    assert third.startswith("4 waiting since ")  # with the translations of all three
    assert third.endswith(": the node was not reached yet")
    assert any(waits[:8] in row for row in rows)
    outbox = loaded(at(stopped, "list", "--json"))["outbox"]
    assert [one["name"] for one in outbox["resign"]] == [again]
    assert [one["reason"] for one in outbox["refused"]] == ["LABEL"]
    assert [one["count"] for one in outbox["queued"]] == [4]
    states = loaded(at(stopped, "list", "state:resign", "--json"))["bulletins"]
    assert [row["name"] for row in states] == [again]


def test_what_waits_for_that_is_signed_again_under_a_new_name(
    stopped: Path, at: At, written: Path
) -> None:
    old = loaded(at(stopped, "send", written, "--json"))["name"]
    refused = at(stopped, "send", "--again", old[:16])
    assert (refused.code, refused.out) == (2, "")
    assert "is not waiting to be signed again" in refused.err
    held(stopped, old, Held("RESIGN", "KEY_GONE", "ops.beijing.cn", at=1))

    sent = loaded(at(stopped, "send", "--again", old[:8], "--json"))
    assert (sent["state"], sent["name"] != old) == ("queued", True)
    rows = loaded(at(stopped, "list", "--json"))
    assert [row["state"] for row in rows["bulletins"]] == ["refused", "queued"]
    assert rows["outbox"]["resign"] == []
    at(stopped, "send", "--again", old, written).ended(2)


def test_send_again_takes_nothing_else(at: At, stopped: Path) -> None:
    assert at(stopped, "send", "--again", "ab" * 32).ended(2).out == ""


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
    pair: Pair, at: At, written: Path
) -> None:
    """F6: an officer who is told LOCKED sends again, and the partner reads twice."""
    with locked(pair.pk):
        sent = at(pair.pk, "send", written, "--json")
    assert sent.code == 0
    name = json.loads(sent.out)["name"]
    assert json.loads(sent.out)["state"] == "queued"
    rows = loaded(at(pair.pk, "list", "--json"))["bulletins"]
    (row,) = [row for row in rows if row["name"] == name]
    assert row["state"] in {"local", "delivered", "cosigned"}


def test_status_says_first_what_was_refused_and_check_exits_1(
    pair: Pair, fusion: Fusion
) -> None:
    def status(*options: str) -> Result:
        return fusion("status", "--home", pair.pk, *options)

    # The database was locked before: the alarm of that ends at the next tick.
    assert any(status("--check").code == 0 for _ in range(100))
    assert status("--check").out == ""
    name = refused(pair.pk)

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
    assert fusion("status", "--home", pair.cn, "--check").code == 0


def refused(home: Path) -> str:
    """Hand the node an envelope that will stay wrong; return its name."""
    with Desk.open(home, "", PASSPHRASE) as desk:
        made, _ = desk.compose(from_json(bulletin()))
        wrong = pb.Envelope(entry=made.envelope.entry, wraps=made.envelope.wraps)
        (answer,) = desk.client.submit([wrong])
    assert (answer.reason, answer.later) == ("BODY", False)
    return envelope.split(wrong.entry).name.hex()
