"""fusion desk custody, archive, read: a record from a desk to who has the key."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Fusion, Result
from tests.cli.desk.conftest import Pair, loaded
from tests.cli.desk.test_send import until_cosigned, written

At = Callable[..., Result]
CUSTODY = "in custody"


@pytest.fixture
def archived(pair: Pair, at: At, fusion: Fusion, tmp_path: Path) -> tuple[Path, str]:
    """A folder with a custody key and an archive, and the name of what is in it."""
    name = str(loaded(at(pair.pk, "send", written(tmp_path), "--json"))["name"])
    until_cosigned(at, pair.cn, name)
    key = tmp_path / "custody.key"
    assert fusion("desk", "custody", "--out", key, words=CUSTODY).ended(0).err == ""
    to = ("--for", f"{key}.pub", "--out", tmp_path / "one.archive")
    done = at(pair.cn, "desk", "archive", *to, "--json")
    assert loaded(done)["messages"] >= 1
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


def test_a_filter_says_what_is_archived(
    pair: Pair, at: At, archived: tuple[Path, str]
) -> None:
    folder, name = archived
    to = ("--for", folder / "custody.key.pub", "--out", folder / "two.archive")

    none = at(pair.cn, "desk", "archive", *to, "--only", "kind:MEDEVAC", "--json")

    assert loaded(none)["messages"] == 0
    again = at(pair.cn, "desk", "archive", *to, "--json")
    assert (again.code, name != "") == (2, True)


def test_another_passphrase_or_key_opens_nothing(
    fusion: Fusion, archived: tuple[Path, str]
) -> None:
    folder, _ = archived
    words = ("desk", "read", folder / "one.archive", "--key")
    fusion("desk", "custody", "--out", folder / "other.key", words=CUSTODY)

    for key, secret in (("custody.key", "wrong"), ("other.key", CUSTODY)):
        done = fusion(*words, folder / key, words=secret)
        assert (done.code, done.out) == (2, "")
        assert done.err.count("\n") == 1
