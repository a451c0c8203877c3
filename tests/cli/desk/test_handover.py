"""fusion desk handover, and fusion show --voice, at a desk whose node is stopped."""

import base64
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from exchange.bulletin.content import from_json
from exchange.desk import shift_handover
from exchange.desk.client import Desk
from exchange.trust.shift_handover import HandoverRecord
from exchange.trust.voice_check import spoken
from tests.cli.conftest import PASSPHRASE, Result
from tests.cli.desk.conftest import bulletin, loaded

At = Callable[..., Result]
BOTH = f"{PASSPHRASE}\n{PASSPHRASE}"


@pytest.fixture
def sent(stopped: Path, at: At, tmp_path: Path) -> str:
    path = tmp_path / "bulletin.json"
    path.write_text(json.dumps(bulletin()))
    return str(loaded(at(stopped, "send", path, "--json"))["name"])


def hand_over(at: At, home: Path, *more: str, words: str = BOTH) -> Result:
    given = ("desk", "handover", "sign", "--to", "duty-2", "--yes", *more)
    return at(home, *given, words=words)


def test_a_shift_is_handed_over_listed_shown_and_verified(
    stopped: Path, at: At, sent: str
) -> None:
    made = loaded(hand_over(at, stopped, "--json"))
    record = made["record"]
    assert (made["number"], made["verified"]) == (1, True)
    assert record["comes"] == "duty-2@ops.islamabad.pk"
    assert {one["name"]: one["did"] for one in record["done"]} == {sent: "WROTE"}
    assert json.loads(base64.b64decode(made["signed"]["record"])) == record
    listed = at(stopped, "desk", "handover", "list").ended(0)
    assert "duty-1@ops.islamabad.pk → duty-2@ops.islamabad.pk" in listed.out
    shown = at(stopped, "desk", "handover", "show", "1")
    assert f"{sent[:8]}" in shown.out
    assert "wrote; queued  Convoy delayed" in shown.out
    checked = at(stopped, "desk", "handover", "verify")
    assert (checked.code, checked.out) == (0, "1 hand-over verified\n")


def test_what_both_sign_is_shown_before_it_is_signed(
    stopped: Path, at: At, sent: str
) -> None:
    lines = hand_over(at, stopped).out.splitlines()
    told = lines[lines.index("1 act of this shift") + 1]
    assert told.startswith(f"  {sent[:16]}, Test: ")
    assert told.endswith("duty-1@ops.islamabad.pk: wrote; queued  Convoy delayed")
    assert "Not sent: none (Test: 1)" in lines
    assert lines[-1] == "hand-over 1 is signed by both and kept"


def test_all_that_is_open_is_shown_before_who_comes_types_anything(
    stopped: Path, at: At, tmp_path: Path
) -> None:
    """No second passphrase is there: it ends after all of it was printed."""
    path = tmp_path / "bulletin.json"
    for n in range(40):
        subject = {"id": "s0", "lang": "en", "text": f"Bridge {n} closed"}
        path.write_text(json.dumps(bulletin(subject=subject, translations=[])))
        at(stopped, "send", path).ended(0)
    ended = hand_over(at, stopped, words=PASSPHRASE)
    assert ended.code != 0
    for n in range(40):
        assert f"Bridge {n} closed" in ended.out
    assert "No match" in at(stopped, "desk", "handover", "list").err


def test_what_came_while_it_was_read_is_said(
    stopped: Path, at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another program of the desk writes to its mailbox."""
    prepared = shift_handover.prepare

    def prepare(desk: Desk, comes: str, began: int | None = None) -> HandoverRecord:
        record = prepared(desk, comes, began)
        if not record.done:  # the one that is read
            desk.send(from_json(bulletin(request={"acknowledge": "NONE"})))
        return record

    monkeypatch.setattr(shift_handover, "prepare", prepare)
    *_, kept, newer = hand_over(at, stopped).out.splitlines()
    assert kept == "hand-over 1 is signed by both and kept"
    assert newer.startswith("2 matters have come since")


def test_what_is_wrong_is_refused_and_keeps_nothing(stopped: Path, at: At) -> None:
    wrong = hand_over(at, stopped, words=f"{PASSPHRASE}\nguess").ended(2, "KEYSTORE")
    assert "officers/duty-2.key" in wrong.err
    alone = at(
        stopped, "desk", "handover", "sign", "--to", "duty-1", "--yes", words=BOTH
    )
    assert alone.reason == "SIGNERS"
    nobody = at(stopped, "desk", "handover", "sign", "--to", "x", "--yes", words=BOTH)
    assert nobody.reason == "FIELD_VALUE"
    none = at(stopped, "desk", "handover", "list")
    assert "No match" in none.err
    assert at(stopped, "desk", "handover", "show", "1").reason == "NOT_FOUND"


def test_a_record_that_was_changed_ends_with_1(stopped: Path, at: At) -> None:
    assert hand_over(at, stopped).code == 0
    with Desk.open(stopped, "", PASSPHRASE) as desk:
        database = desk.mailbox.database
        with database.transaction():
            said = "UPDATE handover SET leaves_signature = comes_signature"
            database.write(said, ())
    assert "✘ 1 " in at(stopped, "desk", "handover", "verify").ended(1).out


def test_the_voice_check_is_of_name_and_key_and_opens_nothing(
    stopped: Path, at: At, sent: str
) -> None:
    said = loaded(at(stopped, "show", sent, "--voice", "--json"))
    check = spoken(bytes.fromhex(sent), bytes.fromhex(said["kid"]))
    assert (tuple(said["words"]), said["digits"]) == (check.words, check.digits)
    lines = at(stopped, "show", sent, "--voice").out.splitlines()
    assert lines[1:] == [" ".join(check.words), check.digits]
