"""The tables of docs/spec say what the protos and the bounds say."""

import re
from pathlib import Path

import pytest
from google.protobuf.descriptor import Descriptor, EnumDescriptor

from exchange import limits
from exchange.bulletin.kinds import KINDS
from exchange.bulletin.schema import Type
from exchange.v1 import envelope_pb2, trust_pb2
from keys import keystore
from keys.v1 import keystore_pb2

SPEC = Path(__file__).parents[2] / "docs" / "spec"


def page(name: str) -> str:
    return (SPEC / f"{name}.md").read_text()


def rows(text: str, heading: str) -> dict[int, str]:
    """The numbers and names in the first two columns below a heading."""
    section = text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return {
        int(nr): name
        for nr, name in re.findall(r"^\| (\d+) \| ([a-z_0-9]+)", section, re.MULTILINE)
    }


def fields(message: Descriptor) -> dict[int, str]:
    return {field.number: field.name for field in message.fields}


@pytest.mark.parametrize(
    ("chapter", "heading", "message"),
    [
        ("envelope", "Core", envelope_pb2.Core.DESCRIPTOR),
        ("statements", "The form of a statement", envelope_pb2.Statement.DESCRIPTOR),
        ("enrolment", "The request", trust_pb2.KeyRequest.DESCRIPTOR),
        ("keystore", "The file", keystore_pb2.KeystoreHeader.DESCRIPTOR),
        ("keystore", "Secrets", keystore_pb2.KeystoreSecrets.DESCRIPTOR),
        ("keystore", "The ring", keystore_pb2.RingHeader.DESCRIPTOR),
        ("keystore", "Keys of a ring", keystore_pb2.RingKey.DESCRIPTOR),
    ],
    ids=lambda value: value if isinstance(value, str) else value.name,
)
def test_a_table_has_the_fields_of_its_message(
    chapter: str, heading: str, message: Descriptor
) -> None:
    assert rows(page(chapter), heading) == fields(message)


@pytest.mark.parametrize(
    ("enum", "prefix"),
    [
        (envelope_pb2.Kind.DESCRIPTOR, "KIND_"),
        (envelope_pb2.Precedence.DESCRIPTOR, "PRECEDENCE_"),
        (envelope_pb2.Tlp.DESCRIPTOR, "TLP_"),
        (envelope_pb2.Mode.DESCRIPTOR, "MODE_"),
        (envelope_pb2.Release.DESCRIPTOR, "RELEASE_"),
        (envelope_pb2.RecipientClass.DESCRIPTOR, "RECIPIENT_CLASS_"),
        (envelope_pb2.Relation.DESCRIPTOR, "RELATION_"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.name,
)
def test_each_value_of_an_enum_is_told(enum: EnumDescriptor, prefix: str) -> None:
    text = " ".join(page("envelope").split())
    for value in enum.values:
        word = f"{value.number} {value.name.removeprefix(prefix)}"
        assert not value.number or re.search(rf"\b{word}\b", text), word


def test_the_kinds_of_which_a_header_says_more_are_told() -> None:
    text = " ".join(page("receipts").split())
    told = re.search(r"release EMERGENCY is of kind ([A-Z_, or]+) \(RELEASE\)", text)
    new_only = re.search(r"hold only what is new \(([^)]+)\)", text)
    kinds = KINDS.values()

    assert told
    assert new_only
    assert {*re.findall(r"[A-Z_]+", told[1])} == {
        k.code for k in kinds if k.life_saving
    }
    assert new_only[1].split("; ") == [
        f"{k.code}: {', '.join(k.partial)}" for k in kinds if k.partial
    ]


def test_each_type_of_value_has_its_form() -> None:
    told = re.findall(r"^\| ([A-Z]+) \| ", page("receipts"), re.MULTILINE)

    assert {*told} >= {kind.value for kind in Type} - {Type.PROSE.value}


@pytest.mark.parametrize(
    ("chapter", "bound"),
    [
        ("envelope", limits.ENTRY_MAX),
        ("envelope", limits.BODY_MAX),
        ("envelope", limits.BODY_OVERHEAD_MAX),
        ("envelope", limits.WRAP_SIZE),
        ("statements", limits.KEY_LIFE_MAX),
        ("statements", limits.POLICY_MAX),
        ("statements", limits.RETENTION_DAYS_MAX),
        ("ledger", limits.POLICY_MAX),
        ("ledger", limits.NOTE_MAX),
        ("ledger", limits.NOTE_LINES_MAX),
        ("ledger", limits.POLICY_ITEMS_MAX),
        ("receipts", limits.SEGMENT_MAX),
        ("receipts", limits.SUBJECT_MAX),
        ("receipts", limits.DETAIL_MAX),
        ("keystore", keystore.FLOOR.memory_kib),
        ("keystore", keystore.CEILING.memory_kib),
    ],
)
def test_a_bound_stands_in_its_chapter(chapter: str, bound: int) -> None:
    assert f"{bound:,}" in page(chapter)
