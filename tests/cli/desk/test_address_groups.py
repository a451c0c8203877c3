"""fusion desk group, and bulletins that are sent to a group."""

from collections.abc import Callable
from pathlib import Path

from tests.cli.conftest import Result
from tests.cli.desk.conftest import loaded
from tests.cli.desk.test_send import HANDLED, written

At = Callable[..., Result]
GROUP = ("desk", "group")
OPS = "ops.beijing.cn"
TO = ("--kind", "SITREP", "--mode", "TEST", "--subject", "Delayed", "--text", "By 2 h.")


def recipients(at: At, home: Path, sent: Result) -> list[str]:
    found = loaded(at(home, "show", loaded(sent)["name"], "--json"))
    return [str(one) for one in found["recipients"]]


def test_a_group_is_kept_and_sent_to_and_deleted(
    stopped: Path, at: At, tmp_path: Path
) -> None:
    assert at(stopped, *GROUP, "set", "north", OPS).code == 0
    assert at(stopped, *GROUP, "list").out.split() == ["@north", OPS]
    listed = loaded(at(stopped, *GROUP, "list", "--json"))
    assert listed == {"groups": [{"name": "north", "desks": [OPS]}]}

    sent = at(stopped, "send", *TO, "--to", "@north", *HANDLED, "--json")
    assert OPS in recipients(at, stopped, sent)
    of_file = at(stopped, "send", written(tmp_path, to=["@north"]), "--json")
    assert OPS in recipients(at, stopped, of_file)

    assert at(stopped, *GROUP, "delete", "north").code == 0
    gone = at(stopped, "send", *TO, "--to", "@north", *HANDLED)
    assert gone.code != 0
    assert "@north: no such address group" in gone.err
    assert len(gone.err.splitlines()) == 1


def test_what_cannot_be_a_group_is_refused(stopped: Path, at: At) -> None:
    for arguments in (
        ("set", "north", "ops.nowhere.cn"),
        ("set", "a@b", OPS),
        ("set", "north"),
        ("delete", "north"),
    ):
        refused = at(stopped, *GROUP, *arguments)
        assert refused.code != 0, arguments
        assert len(refused.err.splitlines()) == 1, refused.err
    assert loaded(at(stopped, *GROUP, "list", "--json")) == {"groups": []}


def test_a_group_of_the_own_desk_alone_is_empty(stopped: Path, at: At) -> None:
    assert at(stopped, *GROUP, "set", "us", "ops.islamabad.pk").code == 0
    refused = at(stopped, "send", *TO, "--to", "@us", *HANDLED)
    assert refused.code != 0
    assert "has no other desk" in refused.err
