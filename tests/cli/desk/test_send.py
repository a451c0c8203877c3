"""fusion send: from a file, from stdin, from options; and what it refuses."""

import io
import json

import pytest

from exchange.errors import Reason
from tests.cli.desk.conftest import AtDesk, bulletin, refused

ADDRESSED = ("--kind", "SITREP", "--mode", "TEST", "--to", "ops.beijing.cn")
HANDLED = (
    *("--tlp", "AMBER", "--rel", "pk", "--rel", "cn"),
    *("--set", "details.posture=NORMAL", "--set", "when.from=2026-11-24T00:00:00Z"),
)
OPTIONS = (
    *(*ADDRESSED, "--subject", "Convoy delayed", "--text", "By two hours."),
    *HANDLED,
)


def test_a_file_is_sent_cosigned_read_and_acknowledged(pk: AtDesk, cn: AtDesk) -> None:
    sent = pk.json("send", pk.file())
    assert sent.keys() == {"name", "state"}
    assert sent["state"] == "local"
    pk.until_cosigned(sent["name"])
    found = cn.until_cosigned(sent["name"])
    assert found["verdict"] == "ACCEPTED"
    assert found["content"]["subject"]["text"] == "Convoy delayed"
    assert cn.json("ack", sent["name"][:12])["state"] == "local"
    found = pk.until(sent["name"], lambda found: len(found["receipts"]) > 1)
    receipts = found["receipts"]
    assert {r["relation"] for r in receipts} == {"OPENED", "ACKNOWLEDGED"}
    assert {r["officer"] for r in receipts} == {"duty-1@ops.beijing.cn"}


def test_from_stdin(pk: AtDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    data = io.TextIOWrapper(io.BytesIO(json.dumps(bulletin()).encode()))
    monkeypatch.setattr("sys.stdin", data)
    name = pk.json("send", "-", "--officer", "duty-2")["name"]
    states = pk.show(name)["states"]
    assert {step["state"] for step in states} >= {"queued", "local"}


def test_from_options_and_as_an_answer(pk: AtDesk, cn: AtDesk) -> None:
    first = pk.send()
    cn.until_cosigned(first)
    options = [x.replace("beijing.cn", "islamabad.pk") for x in OPTIONS]
    answer = cn.json("send", *options, "--answers", first[:16])["name"]
    content = cn.show(answer)["content"]
    assert content["references"] == [{"relation": "ANSWERS", "name": first}]
    assert content["segments"][0]["text"] == "By two hours."


def test_with_the_node_stopped_it_is_queued(desk: AtDesk) -> None:
    sent = desk.json("send", desk.file())
    assert sent["state"] == "queued"
    listed = desk.list("state:queued")
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


FRENCH = {"id": "s0", "lang": "fr", "text": "Retard"}
LONG = [{"id": "s1", "lang": "en", "text": "x" * 4001}]
FOR_US_ALONE = {"tlp": "AMBER", "releasable_to": ["pk"]}
TO_NOTHING = [{"relation": "ANSWERS", "name": "00" * 32}]


@pytest.mark.parametrize(
    ("data", "reason", "where"),
    [
        ("{", Reason.INPUT, ""),
        ("[]", Reason.INPUT, ""),
        ({"kind": "PARTY"}, Reason.CODE_UNKNOWN, "kind"),
        ({"label": {}}, Reason.UNMARKED, "label.tlp"),
        ({"to": ["ops.shanghai.cn"]}, Reason.RECIPIENT_UNKNOWN, "to.0"),
        ({"to": ["ops.islamabad.pk"]}, Reason.RECIPIENTS, "to.0"),
        ({"subject": FRENCH}, Reason.LANGUAGE, "subject.lang"),
        ({"segments": LONG}, Reason.TOO_LONG, "segments.0.text"),
        ({"label": FOR_US_ALONE}, Reason.NOT_RELEASABLE, "to.0"),
        ({"references": TO_NOTHING}, Reason.NOT_FOUND, "references.0.name"),
    ],
    ids=[
        *("broken JSON", "no object", "unknown kind", "no label"),
        *("unknown recipient", "own desk", "unknown language", "oversized text"),
        *("not releasable", "answers nothing"),
    ],
)
def test_bad_input_is_one_line_and_stores_nothing(
    desk: AtDesk, data: str | dict[str, object], reason: Reason, where: str
) -> None:
    path = desk.file(**({} if isinstance(data, str) else data))
    if isinstance(data, str):
        path.write_text(data)
    refused(desk("send", path), reason, where)
    assert desk.json("list", "is:out") == {"bulletins": []}


def test_nothing_to_send(desk: AtDesk) -> None:
    refused(desk("send"), Reason.FIELD_MISSING, "FILE or --kind")
    refused(desk("send", *OPTIONS, "--set", "x"), Reason.FIELD_VALUE, "--set")
    answers = ("--answers", "ab" * 32)
    refused(desk("send", *OPTIONS, *answers), Reason.NOT_FOUND, "NAME")
    refused(desk("send", "/nowhere.json"), Reason.INPUT, "/nowhere.json")


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
    desk: AtDesk, given: tuple[str, ...], where: str
) -> None:
    subject = {"id": "s0", "lang": "en", "text": "Cafe\u0301"}
    file = desk.file(subject=subject)
    told = desk("send", *([*ADDRESSED, *HANDLED, *given] if given else [file]))
    refused(told, Reason.FIELD_VALUE, where)
    assert "not in Unicode form NFC" in told.err
    assert desk.json("list", "is:out") == {"bulletins": []}


def test_a_wrong_passphrase_and_a_readable_key_file(desk: AtDesk) -> None:
    key = desk.place.officer_key("duty-1")
    refused(desk("list", words="wrong"), Reason.KEYSTORE, "officers/duty-1.key")
    key.chmod(0o644)
    refused(desk("list"), Reason.KEY_FILE, "officers/duty-1.key")
    refused(desk("list", "--officer", "duty-9"), Reason.FIELD_VALUE, "--officer")


def test_a_mailbox_in_another_s_place(desk: AtDesk) -> None:
    desk.place.mailbox.write_bytes(b"SQLite format 3\0" + bytes(4096))
    refused(desk("list"), Reason.DATABASE, "mailbox.db")


def test_the_mailbox_shows_no_plaintext(desk: AtDesk) -> None:
    desk.send()
    for path in desk.place.folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert b"Convoy" not in data
            assert "车队".encode() not in data


def test_a_source_is_graded_as_the_register_says(desk: AtDesk) -> None:
    added = desk.json("source", "add", "PK-H-07", "--reliability", "B")
    assert added["reliability"] == "B"
    assessment = {"source": "PK-H-07", "credibility": 2}
    found = desk.show(desk.send(assessment=assessment))["content"]["assessment"]
    assert found == assessment | {"reliability": "B"}

    file = desk.file(assessment=assessment | {"reliability": "A"})
    where = "assessment.reliability (Source reliability): B"
    refused(desk("send", file), Reason.FIELD_VALUE, where)
    file = desk.file(assessment={"source": "CN-H-99", "credibility": 2})
    refused(desk("send", file), Reason.CODE_UNKNOWN, "assessment.source")
    assert len(desk.list()) == 1


def test_what_it_refers_to_is_added_to_what_a_file_says(desk: AtDesk) -> None:
    names = [desk.send() for _ in range(3)]
    there = [{"relation": "UPDATES", "name": names[0]}]
    links = ("--corrects", names[1][:12], "--supersedes", names[2])
    asks = {"acknowledge": "READ"}
    sent = desk.send(*links, references=there, request=asks)
    found = desk.show(sent)
    assert found["content"]["references"] == [
        *there,
        {"relation": "CORRECTS", "name": names[1]},
        {"relation": "SUPERSEDES", "name": names[2]},
    ]
    assert sorted(found["thread"]) == sorted([*names, sent])
    stands = [row["standing"] for row in desk.list()]
    assert stands == ["", "CORRECTED", "SUPERSEDED", ""]


@pytest.mark.parametrize("references", ["x", {}, 7, None], ids=repr)
def test_references_that_are_no_list_are_refused(
    desk: AtDesk, references: object
) -> None:
    name = desk.send()
    found = desk("send", desk.file(references=references), "--answers", name)
    refused(found, Reason.FIELD_VALUE, "references")


def test_without_a_label_it_has_the_strictest_of_what_it_refers_to(
    desk: AtDesk,
) -> None:
    """A file must say its own; and no label is made up where nothing is referred to."""
    names = []
    for tlp, caveats in (("RED", []), ("AMBER", ["PROTECT_SOURCE"])):
        label = {"tlp": tlp, "releasable_to": ["cn", "pk"], "caveats": caveats}
        names.append(desk.send(label=label))
    links = [x for name in names for x in ("--updates", name)]
    bare = OPTIONS[:10] + OPTIONS[16:]
    assert "--tlp" not in bare
    assert "--rel" not in bare
    refused(desk("send", *bare), Reason.UNMARKED, "label")
    sent = desk.json("send", *bare, *links)["name"]
    assert desk.show(sent)["content"]["label"] == {
        "tlp": "RED",
        "releasable_to": ["cn", "pk"],
        "caveats": ["PROTECT_SOURCE"],
    }
    path = desk.file()
    path.write_text(json.dumps({k: v for k, v in bulletin().items() if k != "label"}))
    refused(desk("send", path, *links), Reason.UNMARKED, "label")


def test_no_mode_is_taken_for_granted(desk: AtDesk) -> None:
    """It is said, or it is that of what is referred to."""
    name = desk.send(mode="TEST")
    bare = OPTIONS[:2] + OPTIONS[4:]
    assert "--mode" not in bare
    refused(desk("send", *bare), Reason.FIELD_MISSING, "mode")
    assert len(desk.list()) == 1
    sent = desk.json("send", *bare, "--updates", name)["name"]
    assert desk.show(sent)["content"]["mode"] == "TEST"


def test_what_looks_like_personal_data_is_confirmed_on_record(desk: AtDesk) -> None:
    segments = [{"id": "s1", "lang": "en", "text": "Site office: 0300-1234567."}]
    path = desk.file(segments=segments, translations=[])
    found = desk("send", path)
    refused(found, Reason.PERSONAL_DATA, "segments.0.text: PHONE")
    assert "1234567" not in found.err
    confirm = ("--confirm", "segments.0.text PHONE")
    sent = desk.json("send", path, *confirm)["name"]
    assert desk.show(sent)["content"]["confirmed"] == ["segments.0.text PHONE"]
    other = desk("send", path, "--confirm", "segments.0.text EMAIL")
    refused(other, Reason.PERSONAL_DATA, "segments.0.text: PHONE")
    every = desk("send", path, "--confirm", "everything")
    refused(every, Reason.FIELD_VALUE, "confirmed.0")
