"""fusion recall, and what list, show and search say of it at both ends."""

from collections.abc import Callable
from pathlib import Path

import pytest

from exchange.errors import Reason
from tests.cli.conftest import Result
from tests.cli.desk.conftest import Pair, loaded
from tests.cli.desk.test_send import refused, shown, until, until_cosigned, written

At = Callable[..., Result]
WRONG = ("--reason", "WRONG_CONTENT")


def test_a_recall_is_seen_at_both_ends_and_acted_upon(
    pair: Pair, at: At, tmp_path: Path
) -> None:
    name = loaded(at(pair.pk, "send", written(tmp_path), "--json"))["name"]
    until_cosigned(at, pair.cn, name)
    remark = ("--remark", "Wrong bridge", "--instruction", "DESTROY")
    sent = loaded(at(pair.pk, "recall", name[:12], *WRONG, *remark, "--json"))
    told = {"about": name, "relation": "RECALLS", "state": "local"}
    assert sent == {"name": sent["name"], **told}
    until_cosigned(at, pair.cn, sent["name"])

    for home in (pair.pk, pair.cn):
        found = shown(at, home, name)
        assert found["standing"] == "RECALLED"
        back = [{"relation": "RECALLS", "name": sent["name"]}]
        assert found["referenced_by"] == back
        assert found["content"]["subject"]["text"] == "Convoy delayed"
        receipt = next(r for r in found["receipts"] if r["relation"] == "RECALLS")
        assert (receipt["reason"], receipt["remark"]) == (
            "WRONG_CONTENT",
            "Wrong bridge",
        )
        recall = shown(at, home, sent["name"])
        assert recall["content"] == {
            "kind": "RECALL",
            "reason": "WRONG_CONTENT",
            "instruction": "DESTROY",
            "remark": "Wrong bridge",
        }
        assert recall["references"] == [{"relation": "RECALLS", "name": name}]
        assert recall["thread"] == [name, sent["name"]]
        for command in (("list",), ("search", "Convoy")):
            rows = loaded(at(home, *command, "--json"))["bulletins"]
            stands = {row["name"]: (row["kind"], row["standing"]) for row in rows}
            assert stands[name] == ("SITREP", "RECALLED")
    told = loaded(at(pair.cn, "ack", sent["name"], "--relation", "COMPLETED", "--json"))
    assert told["about"] == sent["name"]
    until(
        lambda: shown(at, pair.pk, sent["name"]),
        lambda found: any(r["relation"] == "COMPLETED" for r in found["receipts"]),
    )


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", ("RECALLED by its author", "Wrong handling label", "Stop using it")),
        ("ur", ("واپس لے لیا", "رازداری کی درجہ بندی غلط تھی", "استعمال بند کریں")),
        ("zh", ("发文方已撤回", "分发限制标注有误", "停止使用")),
    ],
)
def test_it_reads_in_every_language(
    stopped: Path, at: At, tmp_path: Path, lang: str, said: tuple[str, ...]
) -> None:
    name = loaded(at(stopped, "send", written(tmp_path), "--json"))["name"]
    reason = ("--reason", "WRONG_LABEL")
    recall = loaded(at(stopped, "recall", name, *reason, "--json"))["name"]
    bulletin = at(stopped, "show", name, "--lang", lang).out
    assert said[0] in bulletin.splitlines()[2]
    found = at(stopped, "show", recall, "--lang", lang).out
    assert all(each in found for each in said[1:])
    assert "[RECALLED] Convoy delayed" in at(stopped, "list").out


def test_no_line_of_a_remark_passes_for_one_of_ours(
    stopped: Path, at: At, tmp_path: Path
) -> None:
    name = loaded(at(stopped, "send", written(tmp_path), "--json"))["name"]
    forged = "VERIFIED  beijing.cn#9  duty-1@ops.beijing.cn"
    told = ("--remark", f"Wrong\n{forged}\nbridge")
    recall = loaded(at(stopped, "recall", name, *told, *WRONG[:1], "OTHER", "--json"))
    for one in (name, recall["name"]):
        lines = at(stopped, "show", one).out.splitlines()
        assert any(forged in line for line in lines)
        assert not any(line.startswith("VERIFIED  beijing") for line in lines)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (("--reason", "WHIM"), (Reason.CODE_UNKNOWN, "reason")),
        ((*WRONG, "--instruction", "BURN"), (Reason.CODE_UNKNOWN, "instruction")),
        ((*WRONG, "--remark", "\x1b[2J"), (Reason.FIELD_VALUE, "remark.text")),
        ((*WRONG, "--remark", "\udcff"), (Reason.FIELD_VALUE, "remark.text")),
        ((*WRONG, "--remark", "Cafe\u0301"), (Reason.FIELD_VALUE, "remark.text")),
    ],
    ids=["reason", "instruction", "remark", "bytes", "decomposed"],
)
def test_bad_input_is_one_line_and_recalls_nothing(
    stopped: Path,
    at: At,
    tmp_path: Path,
    given: tuple[str, ...],
    why: tuple[Reason, str],
) -> None:
    name = loaded(at(stopped, "send", written(tmp_path), "--json"))["name"]
    refused(at(stopped, "recall", name, *given), *why)
    assert at(stopped, "recall", name).code == 2
    refused(at(stopped, "recall", "ab" * 32, *WRONG), Reason.NOT_FOUND, "NAME")
    assert shown(at, stopped, name)["standing"] == ""


def test_nobody_recalls_what_another_desk_wrote(
    pair: Pair, at: At, tmp_path: Path
) -> None:
    name = loaded(at(pair.pk, "send", written(tmp_path), "--json"))["name"]
    until_cosigned(at, pair.cn, name)
    refused(at(pair.cn, "recall", name, *WRONG), Reason.REFERENCES, name[:16])
