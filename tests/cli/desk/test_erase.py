"""fusion desk erase: what its author gives up goes at the desk, and is answered."""

from collections.abc import Callable
from pathlib import Path

from tests.cli.conftest import Result
from tests.cli.desk.conftest import Pair, loaded
from tests.cli.desk.test_send import shown, until, until_cosigned, written

At = Callable[..., Result]


def test_a_desk_obeys_its_author_and_says_so(
    pair: Pair, at: At, tmp_path: Path
) -> None:
    name = str(loaded(at(pair.pk, "send", written(tmp_path), "--json"))["name"])
    until_cosigned(at, pair.cn, name)
    at(pair.cn, "desk", "erase", name, "--yes").ended(2, "REFERENCES")
    asked = ("--reason", "PERSONAL_DATA", "--instruction", "DESTROY", "--json")
    order = str(loaded(at(pair.pk, "recall", name, *asked))["name"])
    until_cosigned(at, pair.cn, order)

    at(pair.cn, "desk", "erase", name).ended(2)
    assert shown(at, pair.cn, name)["content"] is not None
    done = loaded(at(pair.cn, "desk", "erase", name, "--yes", "--json"))

    assert done["name"] == name
    assert shown(at, pair.cn, name)["content"] is None
    assert "TEXT ERASED" in at(pair.cn, "show", name).out
    found = until(
        lambda: shown(at, pair.pk, order),
        lambda one: any(told["name"] == done["receipt"] for told in one["receipts"]),
    )
    (told,) = [one for one in found["receipts"] if one["name"] == done["receipt"]]
    assert told["relation"] == "COMPLETED"
