"""docs/officers is followed at two desks, at both sides of it.

A block says at which desk it is typed, and of which bulletin NAME is: `of`. What it
sends is known by that word later, or by `new`.
"""

import os
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.two_desks import CN, PK, Desks, Said, two_desks
from tests.walk import ROOT

FOLDER = ROOT / "docs/officers"
# In the order in which they are followed: the link is down in the last one.
PAGES = (
    *("README", "keyboard", "marks", "keys", "settings"),
    *("reading", "acknowledging", "writing", "release", "answering"),
    *("medevac-and-movement", "translating", "finding", "shift"),
    "when-something-is-wrong",
)
DOCUMENT = "".join((FOLDER / f"{page}.md").read_text() for page in PAGES)
SAMPLES = ROOT / "exchange/cli/samples"
# Sent before anybody reads the document.
BEFORE = {"warning": "04-warning-convoy.json", "request": "06-medevac-drill.json"}
# What must lie behind us when the document is followed, or before us.
TIMES = {
    "2026-11-26T05:30:00Z": timedelta(minutes=-1),  # overdue
    "2026-11-25T07:00:00Z": timedelta(hours=2),  # acknowledge by
}
XLIFF = "bulletin.xlf"
TRANSLATOR = {"ایک لین کل کھلے گی": "一条车道明天开通"}
NAME = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, what stands beside it, its lines."""

    language: str
    about: Mapping[str, str]
    text: str
    heading: str

    def lines(self) -> list[str]:
        """Return the commands."""
        return self.text.replace("\\\n", " ").splitlines()


@dataclass
class Walk:
    """Following the document: which bulletins are known, and what was said."""

    desks: Desks
    folder: Path
    names: dict[str, str] = field(default_factory=dict)
    said: list[tuple[Block, str, Said]] = field(default_factory=list)

    def follow(self, block: Block) -> None:
        """Do what a block says."""
        if block.language == "toml":
            config = self.desks.homes[block.about["at"]] / "desk" / "config.toml"
            config.write_text(f"{config.read_text()}{block.text}")
        elif block.language == "json":
            (self.folder / block.about["file"]).write_text(block.text)
        else:
            if block.about.get("link") == "down":
                self.desks.stop(CN)
            for line in block.lines():
                self.type(block, line)

    def type(self, block: Block, line: str) -> None:
        """Type a line; what the first command of a pipe says the next one reads."""
        at, of = block.about["at"], block.about["of"]
        said = Said(0, "", "")
        for part in re.split(r" \| ", line):
            words = [self._meant(word, of) for word in shlex.split(part)]
            assert words[0] == "fusion", line
            said = self.desks.run(at, *words[1:], given=said.out)
            assert not said.code or words[1:3] == ["translate", "check"], (line, said)
            assert said.err == "", (line, said)
        self.said.append((block, line, said))
        if re.search(r"fusion (send|reveal)\b|translate send", line):
            self._name(block, said)
        if "fusion status" not in line and block.about.get("link") != "down":
            self.desks.settle()

    def _meant(self, word: str, of: str) -> str:
        for written, ago in TIMES.items():
            then = (datetime.now(UTC) + ago).strftime("%Y-%m-%dT%H:%M:%SZ")
            word = word.replace(written, then)
        return re.sub(r"\bNAME\b", lambda _: self.names[of], word)

    def _name(self, block: Block, said: Said) -> None:
        if found := NAME.match(said.out):
            new = block.about.get("new")
            if new or block.about["of"] not in self.names:
                self.names[new or block.about["of"]] = found[0]

    def out(self, command: str, at: str, of: str = "") -> str:
        """Return what the commands that begin so said at a desk, of a bulletin."""
        found = [
            said.out
            for block, line, said in self.said
            if line.startswith(f"fusion {command}")
            and block.about["at"] == at
            and of in {"", block.about["of"]}
        ]
        assert found, (command, at, of)
        return "\n".join(found)


def blocks() -> Iterator[Block]:
    fence = r"^(#+ [^\n]+)$|^```(\w+)((?: \w+=\S+)*)\n(.*?)^```$"
    heading = ""
    for title, language, beside, text in re.findall(
        fence, DOCUMENT, re.MULTILINE | re.DOTALL
    ):
        heading = title or heading
        if not title:
            about = dict(part.split("=") for part in beside.split())
            yield Block(language, about, text, heading)


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    """What was said while officers at both desks followed the document."""
    folder = tmp_path_factory.mktemp("officers")
    here = Path.cwd()
    with two_desks(folder) as desks:
        os.chdir(folder)
        try:
            walked = Walk(desks, folder)
            asked_for_two(desks, folder)
            for name, sample in BEFORE.items():
                sent = desks.run(PK, "send", SAMPLES / sample, "--to", "ops.beijing.cn")
                walked.names[name] = sent.out.split()[0]
            desks.settle()
            for block in blocks():
                walked.follow(block)
                if "translate export" in block.text:
                    translated(folder / XLIFF)
        finally:
            os.chdir(here)
        yield walked


def asked_for_two(desks: Desks, folder: Path) -> None:
    """Let Islamabad's nation ask for two officers where what is RED goes as ROUTINE."""
    (folder / "release.txt").write_text("release\nROUTINE RED * two\n")
    said = desks.run(PK, "trust", "policy", "release.txt", "--yes")
    assert said.code == 0, said
    desks.settle()


def translated(path: Path) -> None:
    """What a translator does to a file."""
    text = path.read_text()
    for source, target in TRANSLATOR.items():
        end = f"{source}</source>"
        assert text.count(end) == 1, text
        text = text.replace(end, f"{end}<target>{target}</target>")
    path.write_text(text.replace('state="initial"', 'state="translated"'))


# What they saw, by task.

SAW = [
    # The facts of what is not translated, in the language of the desk.
    ("list", CN, "warning", "加急      预警"),
    ("show", CN, "warning", "威胁方式：路边炸弹"),
    ("show", CN, "warning", "*** 演习 ***"),
    ("show", CN, "warning", "原文：乌尔都语；未翻译"),
    ("ack NAME --done", CN, "warning", "已完成"),
    ("ack NAME --cannot-comply", CN, "request", "无法执行"),
    ("send --kind ROUTE_STATUS --form", PK, "route", "* details.state  State: GREEN"),
    ("source show", PK, "bomb", "C, fairly reliable"),
    ("source show", PK, "bomb", "two reports were wrong"),
    # By a second officer.
    ("release list", PK, "guarded", "قافلے کو خطرہ  [waits for release"),
    ("release show", PK, "guarded", "ops.beijing.cn"),
    ("release return", PK, "guarded", "INCOMPLETE"),
    ("send --again", PK, "guarded", "waiting"),
    ("release sign", PK, "released", "local"),
    ("show", PK, "released", "released by duty-4@ops.islamabad.pk, islamabad.pk#"),
    ("release countersign", PK, "urgent", "COUNTERSIGNED"),
    # Drawn, revealed, overdue.
    ("show", PK, "convoy", "Route drawn at this desk, not yet revealed: "),
    ("reveal", PK, "convoy", " REVEALS "),
    ("list --proposal", PK, "convoy", '"text": "EXERCISE: ROUND-4 is overdue"'),
    # Step by step.
    ("translate list", CN, "warning", "ur → zh-Hans  待翻译"),
    ("translate show", CN, "warning", "= قافلے → 车队"),
    ("translate set", CN, "warning", "? s1:NEGATION"),
    ("translate review", CN, "warning", "已审校"),
    ("translate final", CN, "warning", "定稿"),
    ("translate send", CN, "warning", " 翻译 "),
    ("translate back", CN, "medevac", "s0  演习：两名伤员，需要直升机"),
    ("translate judge", CN, "medevac", "ur: مشق: دو زخمی ہیں، ہیلی کاپٹر کی ضرورت ہے"),
    ("translate export", CN, "answer", "TLP:AMBER cn pk"),
    ("translate import", CN, "answer", "已采用 1 段文本"),
    ("translate glossary find", PK, "terms", "ur       قافلہ  (Preferred)"),
    ("translate glossary status", PK, "terms", "waits for ops.beijing.cn"),
    ("translate memory list", PK, "terms", "ur → zh-Hans  AMBER/cn,pk"),
    ("search --saved", CN, "warning", "[发文方已更正：请阅更正] شاہراہ پل"),
    # The hand-over: a recall, a movement, what is late.
    ("list --handover", CN, "warning", "已过时限：无（演习：1）"),
    ("list --handover", CN, "warning", "未报到达：fusion list --proposal "),
    ("list --handover", CN, "warning", "撤回通知 The patrol saw a drain pipe."),
    ("status --officer", CN, "warning", "待办："),
    ("status", PK, "launched", "partner beijing.cn down"),
    ("show", PK, "launched", "State: On the way"),
    ("ack", PK, "launched", "ACKNOWLEDGED"),
]


def test_every_page_is_followed() -> None:
    assert sorted(PAGES) == sorted(page.stem for page in FOLDER.glob("*.md"))


@pytest.mark.parametrize(("command", "at", "of", "what"), SAW)
def test_a_command_says(walk: Walk, command: str, at: str, of: str, what: str) -> None:
    assert what in walk.out(command, at, of)


def test_the_one_who_translates_back_sees_nothing_of_the_original(walk: Walk) -> None:
    assert "مشق: دو زخمی، ہیلی کاپٹر درکار" not in walk.out("translate back", CN)


# What is at the desks in the end.


def shown(walk: Walk, at: str, of: str) -> str:
    said = walk.desks.run(at, "show", walk.names[of], "--lang", "zh")
    assert (said.code, said.err) == (0, "")
    return said.out


@pytest.mark.parametrize("at", [PK, CN])
def test_what_was_taken_back_is_marked_at_both_sides(walk: Walk, at: str) -> None:
    listed = walk.desks.run(at, "list", "is:recalled", "--json").json()["bulletins"]
    assert [(one["name"], one["standing"]) for one in listed] == [
        (walk.names["bomb"], "RECALLED")
    ]
    assert "发文方已撤回：请勿使用" in shown(walk, at, "bomb")
    assert re.search(r"< beijing\.cn#\d+ 质疑: 现场未见爆炸物", shown(walk, at, "bomb"))
    assert "发文方已更正：请阅更正" in shown(walk, at, "route")
    told = shown(walk, at, "convoy")
    assert re.search("^路线[AB]：与抽定并密封的路线一致$", told, re.MULTILINE)


@pytest.mark.parametrize("at", [PK, CN])
def test_translations_arrive_and_name_who_answers_for_them(walk: Walk, at: str) -> None:
    for of, text, state in (
        ("warning", "> 演习：公路车队受到威胁", "定稿"),
        ("medevac", "> 演习：两名伤员，需要直升机", "已审校"),
        ("answer", "> 一条车道明天开通", "已审校"),  # by a file
    ):
        told = shown(walk, at, of)
        assert text in told
        by = "人工翻译；译者：duty-1@ops.beijing.cn"
        assert f"译文：中文（简体）；{state}；{by}" in told
        assert "；以原文为准" in told


def test_what_was_confirmed_as_no_personal_data_says_so(walk: Walk) -> None:
    said = walk.desks.run(CN, "show", walk.names["phone"], "--json").json()
    assert said["content"]["confirmed"] == ["segments.0.text PHONE"]


def test_a_medevac_is_whole_after_its_second_part(walk: Walk) -> None:
    told = shown(walk, CN, "lines")
    assert "6 接运点安全状况：区域内无敌情" in told
    assert "致伤" not in told
    assert "胸部" in told
    answers = walk.desks.run(PK, "show", walk.names["medevac"], "--json").json()
    assert {"relation": "ANSWERS", "name": walk.names["launched"]} in answers[
        "referenced_by"
    ]


def test_what_was_written_while_the_link_was_down_waits(walk: Walk) -> None:
    (peer,) = walk.desks.run(PK, "status", "--json").json()["peers"]
    assert (peer["up"], peer["queued"] > 0) == (False, True)
