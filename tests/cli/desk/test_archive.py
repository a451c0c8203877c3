"""fusion desk custody, archive, read: a record from a desk to who has the key."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Fusion
from tests.cli.desk.conftest import AtDesk

CUSTODY = "in custody"


@pytest.fixture
def archived(
    pk: AtDesk, cn: AtDesk, fusion: Fusion, tmp_path: Path
) -> tuple[Path, str]:
    """A folder with a custody key and an archive, and the name of what is in it."""
    name = pk.send()
    cn.until_cosigned(name)
    key = tmp_path / "custody.key"
    assert fusion("desk", "custody", "--out", key, words=CUSTODY).ended(0).err == ""
    to = ("--for", f"{key}.pub", "--out", tmp_path / "one.archive")
    assert cn.json("desk", "archive", *to)["messages"] >= 1
    return tmp_path, name


def test_a_record_is_read_and_proven_with_the_key_alone(
    fusion: Fusion, archived: tuple[Path, str]
) -> None:
    folder, name = archived
    words = ("desk", "read", folder / "one.archive", "--key", folder / "custody.key")
    out = folder / "lines.json"

    done = fusion(*words, "--out", out, "--json", words=CUSTODY).ended(0)
    found = json.loads(done.out)
    (one,) = [each for each in found["messages"] if each["name"] == name]
    assert (one["signed"], one["text"], one["place"]) == ("PROVEN",) * 3
    assert one["cosigned"]
    assert (found["desk"], sorted(found["numbers"])) == ("ops.beijing.cn", ["cn", "pk"])
    records = [json.loads(line) for line in out.read_text().splitlines()]
    (record,) = [each for each in records if each.get("name") == name]
    assert record["content"]["subject"]["text"] == "Convoy delayed"
    assert [each["lang"] for each in record["translations"]] == ["zh-Hans"]
    assert out.stat().st_mode & 0o777 == 0o600

    shown = fusion(*words, words=CUSTODY).ended(0)
    assert "signature PROVEN, text PROVEN, place PROVEN" in shown.out


def test_a_filter_says_what_is_archived(cn: AtDesk, archived: tuple[Path, str]) -> None:
    folder, _ = archived
    to = ("--for", folder / "custody.key.pub", "--out", folder / "two.archive")

    none = cn.json("desk", "archive", *to, "--only", "kind:MEDEVAC")
    assert none["messages"] == 0
    cn("desk", "archive", *to, "--json").ended(2)


def test_another_passphrase_or_key_opens_nothing(
    fusion: Fusion, archived: tuple[Path, str]
) -> None:
    folder, _ = archived
    words = ("desk", "read", folder / "one.archive", "--key")
    fusion("desk", "custody", "--out", folder / "other.key", words=CUSTODY)

    for key, secret in (("custody.key", "wrong"), ("other.key", CUSTODY)):
        fusion(*words, folder / key, words=secret).refused()
