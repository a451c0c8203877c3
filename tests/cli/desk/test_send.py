"""fusion send: from a file, from stdin, from options; and what it refuses."""

import io
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from exchange.errors import Reason
from tests.cli.conftest import Result
from tests.cli.desk.conftest import Pair, bulletin, loaded

At = Callable[..., Result]
ADDRESSED = ("--kind", "SITREP", "--mode", "TEST", "--to", "ops.beijing.cn")
HANDLED = (
    *("--tlp", "AMBER", "--rel", "pk", "--rel", "cn"),
    *("--set", "details.posture=NORMAL", "--set", "when.from=2026-11-24T00:00:00Z"),
)
OPTIONS = (
    *(*ADDRESSED, "--subject", "Convoy delayed", "--text", "By two hours."),
    *HANDLED,
)


def written(folder: Path, **changes: object) -> Path:
    path = folder / "bulletin.json"
    path.write_text(json.dumps(bulletin(**changes)))
    return path


def shown(at: At, home: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = loaded(at(home, "show", name, "--json"))
    return found


def until_cosigned(at: At, home: Path, name: str) -> dict[str, Any]:
    def cosigned(found: dict[str, Any]) -> bool:
        return any(step["state"] == "cosigned" for step in found["states"])

    return until(lambda: shown(at, home, name), cosigned)


def until(
    look: Callable[[], dict[str, Any]], holds: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    for _ in range(200):
        found = look()
        if holds(found):
            return found
        time.sleep(0.1)
    raise AssertionError


def test_a_file_is_sent_cosigned_read_and_acknowledged(
    pair: Pair, at: At, tmp_path: Path
) -> None:
    sent = loaded(at(pair.pk, "send", written(tmp_path), "--json"))
    assert sent.keys() == {"name", "state"}
    assert sent["state"] == "local"
    until_cosigned(at, pair.pk, sent["name"])
    found = until_cosigned(at, pair.cn, sent["name"])
    assert found["verdict"] == "ACCEPTED"
    assert found["content"]["subject"]["text"] == "Convoy delayed"
    acknowledged = loaded(at(pair.cn, "ack", sent["name"][:12], "--json"))
    assert acknowledged["state"] == "local"
    receipts = until(
        lambda: shown(at, pair.pk, sent["name"]),
        lambda found: len(found["receipts"]) > 1,
    )["receipts"]
    assert {r["relation"] for r in receipts} == {"OPENED", "ACKNOWLEDGED"}
    assert {r["officer"] for r in receipts} == {"duty-1@ops.beijing.cn"}


def test_from_stdin(pair: Pair, at: At, monkeypatch: pytest.MonkeyPatch) -> None:
    data = io.TextIOWrapper(io.BytesIO(json.dumps(bulletin()).encode()))
    monkeypatch.setattr("sys.stdin", data)
    sent = loaded(at(pair.pk, "send", "-", "--json", "--officer", "duty-2"))
    states = shown(at, pair.pk, sent["name"])["states"]
    assert {step["state"] for step in states} >= {"queued", "local"}


def test_from_options_and_as_an_answer(pair: Pair, at: At, tmp_path: Path) -> None:
    first = loaded(at(pair.pk, "send", written(tmp_path), "--json"))
    until_cosigned(at, pair.cn, first["name"])
    answer = loaded(
        at(
            pair.cn,
            "send",
            *(x.replace("beijing.cn", "islamabad.pk") for x in OPTIONS),
            *("--answers", first["name"][:16], "--json"),
        )
    )
    content = shown(at, pair.cn, answer["name"])["content"]
    assert content["references"] == [{"relation": "ANSWERS", "name": first["name"]}]
    assert content["segments"][0]["text"] == "By two hours."


def test_with_the_node_stopped_it_is_queued(
    stopped: Path, at: At, tmp_path: Path
) -> None:
    sent = loaded(at(stopped, "send", written(tmp_path), "--json"))
    assert sent["state"] == "queued"
    listed = loaded(at(stopped, "list", "state:queued", "--json"))["bulletins"]
    assert [row["name"] for row in listed] == [sent["name"]]
    times = {"filed": "", "received": ""}
    assert listed[0] | {"name": "", **times} == {
        "name": "",
        **times,
        "author": "duty-1@ops.islamabad.pk",
        "declined": [],
        "answer": None,
        "desk": "ops.islamabad.pk",
        "recipients": ["ops.beijing.cn"],
        "direction": "out",
        "log": "",
        "origin": "islamabad.pk",
        "index": None,
        "kind": "SITREP",
        "precedence": "PRIORITY",
        "mode": "TEST",
        "subject": "Convoy delayed",
        "lang": "en",
        "state": "queued",
        "read": True,
        "standing": "",
    }


def refused(result: Result, reason: Reason, where: str) -> None:
    assert result.code == 2
    assert result.out == ""
    assert result.err.count("\n") == 1
    assert result.reason == reason
    assert result.err.startswith(where)


@pytest.mark.parametrize(
    ("data", "reason", "where"),
    [
        pytest.param("{", Reason.INPUT, "", id="broken JSON"),
        pytest.param("[]", Reason.INPUT, "", id="no object"),
        pytest.param({"kind": "PARTY"}, Reason.CODE_UNKNOWN, "kind", id="unknown kind"),
        pytest.param({"label": {}}, Reason.UNMARKED, "label.tlp", id="no label"),
        pytest.param(
            {"to": ["ops.shanghai.cn"]},
            Reason.RECIPIENT_UNKNOWN,
            "to.0",
            id="unknown recipient",
        ),
        pytest.param(
            {"to": ["ops.islamabad.pk"]}, Reason.RECIPIENTS, "to.0", id="own desk"
        ),
        pytest.param(
            {"subject": {"id": "s0", "lang": "fr", "text": "Retard"}},
            Reason.LANGUAGE,
            "subject.lang",
            id="unknown language",
        ),
        pytest.param(
            {"segments": [{"id": "s1", "lang": "en", "text": "x" * 4001}]},
            Reason.TOO_LONG,
            "segments.0.text",
            id="oversized text",
        ),
        pytest.param(
            {"label": {"tlp": "AMBER", "releasable_to": ["pk"]}},
            Reason.NOT_RELEASABLE,
            "to.0",
            id="not releasable",
        ),
        pytest.param(
            {"references": [{"relation": "ANSWERS", "name": "00" * 32}]},
            Reason.NOT_FOUND,
            "references.0.name",
            id="answers nothing",
        ),
    ],
)
def test_bad_input_is_one_line_and_stores_nothing(  # noqa: PLR0913, PLR0917 - its parameters
    stopped: Path,
    at: At,
    tmp_path: Path,
    data: str | dict[str, object],
    reason: Reason,
    where: str,
) -> None:
    path = tmp_path / "bad.json"
    path.write_text(data if isinstance(data, str) else json.dumps(bulletin(**data)))
    refused(at(stopped, "send", path), reason, where)
    assert loaded(at(stopped, "list", "is:out", "--json")) == {"bulletins": []}


def test_nothing_to_send(stopped: Path, at: At) -> None:
    refused(at(stopped, "send"), Reason.FIELD_MISSING, "FILE or --kind")
    refused(at(stopped, "send", *OPTIONS, "--set", "x"), Reason.FIELD_VALUE, "--set")
    answers = ("--answers", "ab" * 32)
    refused(at(stopped, "send", *OPTIONS, *answers), Reason.NOT_FOUND, "NAME")
    refused(at(stopped, "send", "/nowhere.json"), Reason.INPUT, "/nowhere.json")


@pytest.mark.parametrize(
    ("given", "where"),
    [
        (("--subject", "Cafe\u0301"), "subject.text"),
        (("--subject", "A", "--text", "Cafe\u0301"), "segments.0.text"),
        (("--set", "subject=Cafe\u0301"), "subject.text"),
        ((), "subject.text"),
    ],
    ids=["subject", "text", "set", "file"],
)
def test_decomposed_text_is_refused_and_stores_nothing(
    stopped: Path, at: At, tmp_path: Path, given: tuple[str, ...], where: str
) -> None:
    subject = {"id": "s0", "lang": "en", "text": "Cafe\u0301"}
    file = (written(tmp_path, subject=subject),)
    told = at(stopped, "send", *((*ADDRESSED, *HANDLED, *given) if given else file))
    refused(told, Reason.FIELD_VALUE, where)
    assert "not in Unicode form NFC" in told.err
    assert loaded(at(stopped, "list", "is:out", "--json")) == {"bulletins": []}


def test_a_wrong_passphrase_and_a_readable_key_file(stopped: Path, at: At) -> None:
    key = stopped / "desk" / "officers" / "duty-1.key"
    wrong = at(stopped, "list", words="wrong")
    refused(wrong, Reason.KEYSTORE, "officers/duty-1.key")
    key.chmod(0o644)
    refused(at(stopped, "list"), Reason.KEY_FILE, "officers/duty-1.key")
    nobody = at(stopped, "list", "--officer", "duty-9")
    refused(nobody, Reason.FIELD_VALUE, "--officer")


def test_a_mailbox_in_another_s_place(stopped: Path, at: At) -> None:
    (stopped / "desk" / "mailbox.db").write_bytes(b"SQLite format 3\0" + bytes(4096))
    refused(at(stopped, "list"), Reason.DATABASE, "mailbox.db")


def test_the_mailbox_shows_no_plaintext(stopped: Path, at: At, tmp_path: Path) -> None:
    loaded(at(stopped, "send", written(tmp_path), "--json"))
    for path in (stopped / "desk").rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert b"Convoy" not in data
            assert "车队".encode() not in data


def test_a_source_is_graded_as_the_register_says(
    stopped: Path, at: At, tmp_path: Path
) -> None:
    added = ("PK-H-07", "--reliability", "B", "--json")
    assert loaded(at(stopped, "source", "add", *added))["reliability"] == "B"
    assessment = {"source": "PK-H-07", "credibility": 2}
    path = written(tmp_path, assessment=assessment)
    sent = loaded(at(stopped, "send", path, "--json"))
    found = shown(at, stopped, sent["name"])["content"]["assessment"]
    assert found == assessment | {"reliability": "B"}

    written(tmp_path, assessment=assessment | {"reliability": "A"})
    refused(
        at(stopped, "send", path),
        Reason.FIELD_VALUE,
        "assessment.reliability (Source reliability): B",
    )
    written(tmp_path, assessment={"source": "CN-H-99", "credibility": 2})
    refused(at(stopped, "send", path), Reason.CODE_UNKNOWN, "assessment.source")
    assert len(loaded(at(stopped, "list", "--json"))["bulletins"]) == 1


def test_what_it_refers_to_is_added_to_what_a_file_says(
    stopped: Path, at: At, tmp_path: Path
) -> None:
    path = written(tmp_path)
    names = [loaded(at(stopped, "send", path, "--json"))["name"] for _ in range(3)]
    there = [{"relation": "UPDATES", "name": names[0]}]
    path = written(tmp_path, references=there, request={"acknowledge": "READ"})
    links = ("--corrects", names[1][:12], "--supersedes", names[2])
    sent = loaded(at(stopped, "send", path, *links, "--json"))
    found = shown(at, stopped, sent["name"])
    assert found["content"]["references"] == [
        *there,
        {"relation": "CORRECTS", "name": names[1]},
        {"relation": "SUPERSEDES", "name": names[2]},
    ]
    assert sorted(found["thread"]) == sorted([*names, sent["name"]])
    listed = loaded(at(stopped, "list", "--json"))["bulletins"]
    stands = [row["standing"] for row in listed]
    assert stands == ["", "CORRECTED", "SUPERSEDED", ""]


@pytest.mark.parametrize("references", ["x", {}, 7, None], ids=repr)
def test_references_that_are_no_list_are_refused(
    stopped: Path, at: At, tmp_path: Path, references: object
) -> None:
    name = loaded(at(stopped, "send", written(tmp_path), "--json"))["name"]
    path = written(tmp_path, references=references)
    found = at(stopped, "send", path, "--answers", name)
    refused(found, Reason.FIELD_VALUE, "references")


def test_without_a_label_it_has_the_strictest_of_what_it_refers_to(
    stopped: Path, at: At, tmp_path: Path
) -> None:
    """A file must say its own; and no label is made up where nothing is referred to."""
    names = []
    for tlp, caveats in (("RED", []), ("AMBER", ["PROTECT_SOURCE"])):
        label = {"tlp": tlp, "releasable_to": ["cn", "pk"], "caveats": caveats}
        path = written(tmp_path, label=label)
        names.append(loaded(at(stopped, "send", path, "--json"))["name"])
    links = [x for name in names for x in ("--updates", name)]
    bare = OPTIONS[:10] + OPTIONS[16:]
    assert "--tlp" not in bare
    assert "--rel" not in bare
    refused(at(stopped, "send", *bare), Reason.UNMARKED, "label")
    sent = loaded(at(stopped, "send", *bare, *links, "--json"))
    assert shown(at, stopped, sent["name"])["content"]["label"] == {
        "tlp": "RED",
        "releasable_to": ["cn", "pk"],
        "caveats": ["PROTECT_SOURCE"],
    }
    path = tmp_path / "unmarked.json"
    path.write_text(json.dumps({k: v for k, v in bulletin().items() if k != "label"}))
    refused(at(stopped, "send", path, *links), Reason.UNMARKED, "label")


def test_no_mode_is_taken_for_granted(stopped: Path, at: At, tmp_path: Path) -> None:
    """It is said, or it is that of what is referred to."""
    name = loaded(at(stopped, "send", written(tmp_path, mode="TEST"), "--json"))["name"]
    bare = OPTIONS[:2] + OPTIONS[4:]
    assert "--mode" not in bare
    refused(at(stopped, "send", *bare), Reason.FIELD_MISSING, "mode")
    assert len(loaded(at(stopped, "list", "--json"))["bulletins"]) == 1
    sent = loaded(at(stopped, "send", *bare, "--updates", name, "--json"))
    assert shown(at, stopped, sent["name"])["content"]["mode"] == "TEST"


def test_what_looks_like_personal_data_is_confirmed_on_record(
    stopped: Path, at: At, tmp_path: Path
) -> None:
    segments = [{"id": "s1", "lang": "en", "text": "Site office: 0300-1234567."}]
    path = written(tmp_path, segments=segments, translations=[])
    found = at(stopped, "send", path)
    refused(found, Reason.PERSONAL_DATA, "segments.0.text: PHONE")
    assert "1234567" not in found.err
    confirm = ("--confirm", "segments.0.text PHONE")
    sent = loaded(at(stopped, "send", path, *confirm, "--json"))
    content = shown(at, stopped, sent["name"])["content"]
    assert content["confirmed"] == ["segments.0.text PHONE"]
    refused(
        at(stopped, "send", path, "--confirm", "segments.0.text EMAIL"),
        Reason.PERSONAL_DATA,
        "segments.0.text: PHONE",
    )
    refused(
        at(stopped, "send", path, "--confirm", "everything"),
        Reason.FIELD_VALUE,
        "confirmed.0",
    )
