"""Every sample and every kind goes from Islamabad to Beijing by the command line.

There the facts can be read in each of the three languages, whatever the prose is in.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from exchange.bulletin.codes import CODES
from exchange.bulletin.form import form
from exchange.bulletin.kinds import KINDS
from exchange.bulletin.schema import LANGUAGES, Field, Type
from tests.bulletin.examples import EXAMPLES, SOURCE, Json, example, sendable
from tests.bulletin.test_samples import SAMPLES
from tests.two_desks import CN, PK, Desks, two_desks

VERIFIED = {"en": "VERIFIED", "ur": "توثیق شدہ", "zh-Hans": "已核验"}
# What stands elsewhere than in a line of its own: above, below or beside the text.
NOT_A_FACT = {"subject", "segments"}
Sent = dict[str, tuple[str, Json]]
"""By what it is called: its name, and what was written."""


@pytest.fixture(scope="module")
def desks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desks]:
    with two_desks(tmp_path_factory.mktemp("kinds")) as found:
        yield found


@pytest.fixture(scope="module")
def sent(desks: Desks) -> Sent:
    """All of them, sent and arrived."""
    given = {each.name: json.loads(each.read_bytes()) for each in SAMPLES}
    given |= {kind.lower(): sendable(kind) for kind in EXAMPLES}
    assert {one["kind"] for one in given.values()} == set(KINDS)
    assert not desks.run(PK, "source", "add", SOURCE, "--reliability", "B").code
    names = {}
    for called, obj in given.items():
        said = desks.run(
            PK, "send", "-", "--to", "ops.beijing.cn", "--json", given=json.dumps(obj)
        )
        names[called] = (said.json()["name"], obj)
    desks.settle()
    return names


def test_all_arrived_whole(desks: Desks, sent: Sent) -> None:
    rows = desks.run(CN, "list", "is:in", "--json").json()["bulletins"]
    found = {row["name"]: row for row in rows}
    assert found.keys() == {name for name, _ in sent.values()}
    for name, obj in sent.values():
        row = found[name]
        assert (row["kind"], row["mode"]) == (obj["kind"], obj["mode"])
        assert row["subject"] == obj["subject"]["text"]
        assert row["state"] == "cosigned"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_fact_can_be_read(desks: Desks, sent: Sent, lang: str) -> None:
    for called, (name, obj) in sent.items():
        asked = "zh" if lang == "zh-Hans" else lang
        said = desks.run(CN, "show", name, "--lang", asked)
        assert (said.code, said.err) == (0, ""), called
        for words in facts(obj, lang):
            assert words in said.out, (called, words)
        assert said.out.startswith(f"{VERIFIED[lang]}  islamabad.pk#")
        for segment in (obj["subject"], *obj.get("segments", ())):
            assert f"> {segment['text']}\n" in said.out, called


def facts(obj: Json, lang: str) -> Iterator[str]:
    """Yield what must stand there: the name of each field, the label of each code."""
    kind = KINDS[obj["kind"]]
    yield kind.labels[lang]
    for path, field in form(kind):
        value: Any = obj
        for step in path.split("."):
            value = value.get(step) if isinstance(value, dict) else None
        if path == "to":
            value = ["ops.beijing.cn"]
        if value not in (None, [], "") and path not in NOT_A_FACT:
            yield from fact(field, value, lang)


def fact(field: Field, value: Any, lang: str) -> Iterator[str]:  # noqa: ANN401 - JSON
    yield field.labels[lang]
    for one in value if isinstance(value, list) else [value]:
        if field.type is Type.RECORD:
            for part in field.parts[1:]:  # the first stands before the colon
                if part.name in one:
                    yield from fact(part, one[part.name], lang)
        elif field.type is Type.CODE:
            yield CODES[field.codes][one][lang]
        elif field.type is Type.TALLY:
            yield CODES[field.codes][one[field.codes]][lang]
        elif field.type in {Type.WORD, Type.PATIENT}:
            yield one


def test_what_is_read_here_is_what_was_declared() -> None:
    """The facts that are looked for are many, and in their language."""
    warning = set(facts(example("WARNING"), "zh-Hans"))
    assert {"威胁方式", "路边炸弹", "等级", "特急", "来源代号", SOURCE} <= warning
    assert len(set(facts(example("MEDEVAC"), "ur"))) > 60
