"""What a hostile desk sends as REVIEWED with another time: `show` marks it."""

from functools import cache
from pathlib import Path

import pytest

from exchange.bulletin.attestations import attest
from exchange.bulletin.translations import translate
from exchange.desk.outgoing.enqueue import keep
from exchange.desk.outgoing.prepare import cite
from exchange.v1 import bulletin_pb2
from tests.cli.desk.conftest import AtDesk
from tests.cli.desk.test_translate import received, translations

SOURCE = "06:00Z پر روانہ ہوں۔"
SUBJECT = {"id": "s0", "lang": "ur", "text": "قافلہ تاخیر کا شکار"}
SEGMENT = {"id": "s1", "lang": "ur", "text": SOURCE}
SAID = {
    "en": {"s0": "Convoy delayed", "s1": "Leave at 07:00Z."},
    "zh-Hans": {"s0": "车队延误", "s1": "07:00Z出发。"},
}
TOLD = {
    "en": (
        "== ! Fails the checks; Translation: English; Reviewed; ",
        "! Must be in the translation exactly once: 06:00Z",
        "! Not in the original: 07:00Z",
    ),
    "zh-Hans": (
        "== ! 未通过检查；译文：中文（简体）；",
        "! 译文中必须恰好出现一次：06:00Z",
        "! 原文中没有：07:00Z",
    ),
}


@cache
def _made(_: Path) -> dict[str, str]:
    return {}


@pytest.fixture
def name(pk: AtDesk, cn: AtDesk) -> str:
    """A bulletin of Islamabad that Beijing's desk translated into both others.

    Its own composer seals them; its checks are asked by nobody.
    """
    made = _made(cn.home)
    if not made:
        made["name"] = received(pk, cn, subject=SUBJECT, segments=[SEGMENT])
        hostile(cn, bytes.fromhex(made["name"]))
        translations(pk, made["name"], len(SAID))
    return made["name"]


def hostile(cn: AtDesk, name: bytes) -> None:
    with cn.open() as desk:
        about = cite(desk.mailbox, name)
        content = bulletin_pb2.Content.FromString(about.content or b"")
        for lang, texts in SAID.items():
            said = translate(content, lang, "REVIEWED", "HUMAN", texts)
            said.reviewer = desk.officer.name
            begun = bulletin_pb2.Translation()
            attest(begun, said, said.reviewer, desk.officer.signer)
            with desk.mailbox.database.transaction():
                made = desk.render(name, about, said)
                keep(desk.mailbox, made, said.reviewer, desk.clock())
        desk.hand_over()


@pytest.mark.parametrize("lang", SAID)
def test_show_marks_it_at_both_desks(
    pk: AtDesk, cn: AtDesk, name: str, lang: str
) -> None:
    for desk in (pk, cn):
        rows = desk("show", name, "--lang", lang).out.splitlines()
        title, *findings = TOLD[lang]
        assert any(row.startswith(title) for row in rows)
        start = rows.index(findings[0])
        assert rows[start : start + 3] == [*findings, f"> {SAID[lang]['s1']}"]
        assert f"> {SOURCE}" in rows[start:], "the source stands below"


def test_who_reads_the_source_is_told_of_nothing(pk: AtDesk, name: str) -> None:
    shown = pk("show", name, "--lang", "ur").out
    assert f"> {SOURCE}" in shown
    assert "\n! " not in shown


def test_json_has_what_is_found_in_each(pk: AtDesk, name: str) -> None:
    for lang, (_, *lines) in TOLD.items():
        found = pk.json("show", name, "--lang", lang)
        said = {one["lang"]: one["findings"] for one in found["translations"]}
        assert said.keys() == SAID.keys()
        for findings in said.values():
            assert [f"! {one['text']}" for one in findings] == lines
            assert {one["segment"] for one in findings} == {"s1"}
            assert [one["check"] for one in findings] == ["SPAN", "VALUE_ADDED"]
            assert {one["severity"] for one in findings} == {"BLOCKS_TRANSLATED"}
