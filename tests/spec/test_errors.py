"""docs/spec/errors.md has every reason, as the program knows it."""

import re
from pathlib import Path

from google.rpc import code_pb2

from exchange.errors import TEXTS, Reason
from exchange.net.grpc_status import CODES, DOMAIN
from exchange.refusal_classes import CLASSES, RefusalClass

CHAPTER = (Path(__file__).parents[2] / "docs/spec/errors.md").read_text()
ROW = re.compile(r"^\| ([A-Z_]+) \| ([A-Z_]+) \| ([A-Z]+|-) \| (.+?) \|$", re.MULTILINE)
CURE = re.compile(r"^\| ([A-Z_]+) \| (.+?) \|$", re.MULTILINE)


def test_every_reason_is_in_the_table() -> None:
    rows = ROW.findall(CHAPTER)

    assert [reason for reason, *_ in rows] == [reason.value for reason in Reason]
    for word, status, refusal_class, text in rows:
        reason = Reason(word)
        assert text == TEXTS[reason]
        assert code_pb2.Code.Value(status) == CODES[reason]
        assert refusal_class == CLASSES.get(reason, "-")


def test_every_reason_has_a_cure() -> None:
    cures = CURE.findall(CHAPTER.partition("\n## Cures\n")[2])

    assert [reason for reason, _ in cures] == [reason.value for reason in Reason]
    assert all(len(cure) > 10 for _, cure in cures)


def test_every_class_is_told() -> None:
    told = re.findall(r"^\| ([A-Z]+) \| [^|]+ \| [^|]+ \|$", CHAPTER, re.MULTILINE)

    assert told == [refusal_class.value for refusal_class in RefusalClass]


def test_the_domain_of_the_reasons_is_named() -> None:
    assert f"`{DOMAIN}`" in CHAPTER
