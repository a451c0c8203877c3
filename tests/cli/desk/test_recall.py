"""fusion recall, erase and reveal, and what is said of each at both ends."""

import json

import pytest

from exchange.errors import Reason
from tests.bulletin.examples import example
from tests.cli.desk.conftest import AtDesk, refused

WRONG = ("--reason", "WRONG_CONTENT")


def test_a_recall_is_seen_at_both_ends_and_acted_upon(pk: AtDesk, cn: AtDesk) -> None:
    name = pk.send()
    cn.until_cosigned(name)
    remark = ("--remark", "Wrong bridge", "--instruction", "DESTROY")
    sent = pk.json("recall", name[:12], *WRONG, *remark)
    told = {"about": name, "relation": "RECALLS", "state": "local"}
    assert sent == {"name": sent["name"], **told}
    cn.until_cosigned(sent["name"])

    for desk in (pk, cn):
        found = desk.show(name)
        assert found["standing"] == "RECALLED"
        back = [{"relation": "RECALLS", "name": sent["name"]}]
        assert found["referenced_by"] == back
        assert found["content"]["subject"]["text"] == "Convoy delayed"
        receipt = next(r for r in found["receipts"] if r["relation"] == "RECALLS")
        told = {"reason": "WRONG_CONTENT", "remark": "Wrong bridge"}
        assert receipt | told == receipt
        recall = desk.show(sent["name"])
        content = {"kind": "RECALL", "instruction": "DESTROY", **told}
        assert recall["content"] == content
        assert recall["references"] == [{"relation": "RECALLS", "name": name}]
        assert recall["thread"] == [name, sent["name"]]
        for command in (("list",), ("search", "Convoy")):
            rows = desk.json(*command)["bulletins"]
            stands = {row["name"]: (row["kind"], row["standing"]) for row in rows}
            assert stands[name] == ("SITREP", "RECALLED")
    told = cn.json("ack", sent["name"], "--relation", "COMPLETED")
    assert told["about"] == sent["name"]
    pk.until(
        sent["name"],
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
    desk: AtDesk, lang: str, said: tuple[str, ...]
) -> None:
    name = desk.send()
    reason = ("--reason", "WRONG_LABEL")
    recall = desk.json("recall", name, *reason)["name"]
    bulletin = desk("show", name, "--lang", lang).out
    assert said[0] in bulletin.splitlines()[2]
    found = desk("show", recall, "--lang", lang).out
    assert all(each in found for each in said[1:])
    assert "[RECALLED] Convoy delayed" in desk("list").out


def test_no_line_of_a_remark_passes_for_one_of_ours(desk: AtDesk) -> None:
    name = desk.send()
    forged = "VERIFIED  beijing.cn#9  duty-1@ops.beijing.cn"
    told = ("--remark", f"Wrong\n{forged}\nbridge")
    recall = desk.json("recall", name, *told, *WRONG[:1], "OTHER")
    for one in (name, recall["name"]):
        lines = desk("show", one).out.splitlines()
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
    desk: AtDesk, given: tuple[str, ...], why: tuple[Reason, str]
) -> None:
    name = desk.send()
    refused(desk("recall", name, *given), *why)
    assert desk("recall", name).code == 2
    refused(desk("recall", "ab" * 32, *WRONG), Reason.NOT_FOUND, "NAME")
    assert desk.show(name)["standing"] == ""


def test_nobody_recalls_what_another_desk_wrote(pk: AtDesk, cn: AtDesk) -> None:
    name = pk.send()
    cn.until_cosigned(name)
    refused(cn("recall", name, *WRONG), Reason.REFERENCES, name[:16])


def test_a_desk_obeys_its_author_and_says_so(pk: AtDesk, cn: AtDesk) -> None:
    name = pk.send()
    cn.until_cosigned(name)
    cn("desk", "erase", name, "--yes").ended(2, "REFERENCES")
    asked = ("--reason", "PERSONAL_DATA", "--instruction", "DESTROY")
    order = pk.json("recall", name, *asked)["name"]
    cn.until_cosigned(order)

    cn("desk", "erase", name).ended(2)
    assert cn.show(name)["content"] is not None
    done = cn.json("desk", "erase", name, "--yes")

    assert done["name"] == name
    assert cn.show(name)["content"] is None
    assert "TEXT ERASED" in cn("show", name).out
    found = pk.until(
        order,
        lambda one: any(told["name"] == done["receipt"] for told in one["receipts"]),
    )
    (told,) = [one for one in found["receipts"] if one["name"] == done["receipt"]]
    assert told["relation"] == "COMPLETED"


def test_a_route_is_sealed_first_and_revealed_later(pk: AtDesk, cn: AtDesk) -> None:
    path = pk.file()
    path.write_text(json.dumps(example("MOVEMENT")), "utf-8")
    name = pk.json("send", path)["name"]
    cn.until_cosigned(name)
    details = cn.show(name)["content"]["details"]
    assert len(details["draw"]) == 64
    assert "route" not in details
    assert "not yet revealed" in pk("show", name).out
    assert "not yet revealed" not in cn("show", name).out
    refused(cn("reveal", name), Reason.NOT_FOUND, name[:16])

    sent = pk.json("reveal", name[:12])
    assert sent["about"] == name
    assert sent["route"] in {"A", "B"}
    cn.until_cosigned(sent["name"])
    told = {"reveal": sent["name"], "movement": name, "route": sent["route"]}
    for asked in (name, sent["name"]):
        assert cn.show(asked)["draws"] == [told | {"refused": ""}]
        assert f"路线{sent['route']}" in cn("show", asked, "--lang", "zh").out
    assert pk.json("reveal", name)["name"] == sent["name"]
