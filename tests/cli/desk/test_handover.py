"""fusion desk handover, and fusion show --voice, at a desk whose node is stopped."""

import base64
import json

import pytest

from exchange.bulletin.content import from_json
from exchange.desk import shift_handover
from exchange.desk.client import Desk
from exchange.errors import Reason
from exchange.trust.shift_handover import HandoverRecord
from exchange.trust.voice_check import spoken
from tests.cli.conftest import PASSPHRASE, Result, loaded
from tests.cli.desk.conftest import AtDesk, bulletin, refused

BOTH = f"{PASSPHRASE}\n{PASSPHRASE}"


def hand_over(desk: AtDesk, *more: str, words: str = BOTH) -> Result:
    given = ("desk", "handover", "sign", "--to", "duty-2", "--yes", *more)
    return desk(*given, words=words)


def test_a_shift_is_handed_over_listed_shown_and_verified(
    desk: AtDesk, sent: str
) -> None:
    made = loaded(hand_over(desk, "--json"))
    record = made["record"]
    assert (made["number"], made["verified"]) == (1, True)
    assert record["comes"] == "duty-2@ops.islamabad.pk"
    assert {one["name"]: one["did"] for one in record["done"]} == {sent: "WROTE"}
    assert json.loads(base64.b64decode(made["signed"]["record"])) == record
    listed = desk("desk", "handover", "list").ended(0)
    assert "duty-1@ops.islamabad.pk → duty-2@ops.islamabad.pk" in listed.out
    shown = desk("desk", "handover", "show", "1")
    assert f"{sent[:8]}" in shown.out
    assert "wrote; queued  Convoy delayed" in shown.out
    checked = desk("desk", "handover", "verify")
    assert (checked.code, checked.out) == (0, "1 hand-over verified\n")


def test_what_both_sign_is_shown_before_it_is_signed(desk: AtDesk, sent: str) -> None:
    lines = hand_over(desk).out.splitlines()
    told = lines[lines.index("1 act of this shift") + 1]
    assert told.startswith(f"  {sent[:16]}, Test: ")
    assert told.endswith("duty-1@ops.islamabad.pk: wrote; queued  Convoy delayed")
    assert "Not sent: none (Test: 1)" in lines
    assert lines[-1] == "hand-over 1 is signed by both and kept"


def test_what_came_since_an_officers_last_shift(desk: AtDesk, sent: str) -> None:
    assert desk.show(sent)
    refused(desk("list", "--since-my-shift"), Reason.NOT_FOUND, "--since-my-shift")
    hand_over(desk)
    assert desk.json("list", "--since-my-shift")["bulletins"] == []
    later = desk.send()
    (row,) = desk.json("list", "--since-my-shift")["bulletins"]
    assert row["name"] == later
    only = ("list", "--since-my-shift", "--officer", "duty-2")
    refused(desk(*only), Reason.NOT_FOUND, "--since-my-shift")  # he never left
    both = desk("list", "--since-my-shift", "kind:WARNING")
    refused(both, Reason.INPUT, "--handover")


def test_all_that_is_open_is_shown_before_who_comes_types_anything(
    desk: AtDesk,
) -> None:
    """No second passphrase is there: it ends after all of it was printed."""
    for n in range(40):
        subject = {"id": "s0", "lang": "en", "text": f"Bridge {n} closed"}
        desk.send(subject=subject, translations=[])
    ended = hand_over(desk, words=PASSPHRASE)
    assert ended.code != 0
    for n in range(40):
        assert f"Bridge {n} closed" in ended.out
    assert "No match" in desk("desk", "handover", "list").err


def test_what_came_while_it_was_read_is_said(
    desk: AtDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another program of the desk writes to its mailbox."""
    prepared = shift_handover.prepare

    def prepare(desk: Desk, comes: str, began: int | None = None) -> HandoverRecord:
        record = prepared(desk, comes, began)
        if not record.done:  # the one that is read
            desk.send(from_json(bulletin(request={"acknowledge": "NONE"})))
        return record

    monkeypatch.setattr(shift_handover, "prepare", prepare)
    *_, kept, newer = hand_over(desk).out.splitlines()
    assert kept == "hand-over 1 is signed by both and kept"
    assert newer.startswith("2 matters have come since")


def test_what_is_wrong_is_refused_and_keeps_nothing(desk: AtDesk) -> None:
    wrong = hand_over(desk, words=f"{PASSPHRASE}\nguess").ended(2, "KEYSTORE")
    assert "officers/duty-2.key" in wrong.err
    alone = desk("desk", "handover", "sign", "--to", "duty-1", "--yes", words=BOTH)
    assert alone.reason == "SIGNERS"
    nobody = desk("desk", "handover", "sign", "--to", "x", "--yes", words=BOTH)
    assert nobody.reason == "FIELD_VALUE"
    none = desk("desk", "handover", "list")
    assert "No match" in none.err
    assert desk("desk", "handover", "show", "1").reason == "NOT_FOUND"


def test_a_record_that_was_changed_ends_with_1(desk: AtDesk) -> None:
    assert hand_over(desk).code == 0
    desk.rewrite("UPDATE handover SET leaves_signature = comes_signature")
    assert "✘ 1 " in desk("desk", "handover", "verify").ended(1).out


def test_the_voice_check_is_of_name_and_key_and_opens_nothing(
    desk: AtDesk, sent: str
) -> None:
    said = desk.json("show", sent, "--voice")
    check = spoken(bytes.fromhex(sent), bytes.fromhex(said["kid"]))
    assert (tuple(said["words"]), said["digits"]) == (check.words, check.digits)
    lines = desk("show", sent, "--voice").out.splitlines()
    assert lines[1:] == [" ".join(check.words), check.digits]
