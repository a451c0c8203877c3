"""fusion desk group, and bulletins that are sent to a group."""

from tests.cli.conftest import Result, loaded
from tests.cli.desk.conftest import AtDesk
from tests.cli.desk.test_send import HANDLED

GROUP = ("desk", "group")
OPS = "ops.beijing.cn"
TO = ("--kind", "SITREP", "--mode", "TEST", "--subject", "Delayed", "--text", "By 2 h.")


def recipients(desk: AtDesk, sent: Result) -> list[str]:
    found = desk.json("show", loaded(sent)["name"])
    return [str(one) for one in found["recipients"]]


def test_a_group_is_kept_and_sent_to_and_deleted(desk: AtDesk) -> None:
    assert desk(*GROUP, "set", "north", OPS).code == 0
    assert desk(*GROUP, "list").out.split() == ["@north", OPS]
    listed = desk.json(*GROUP, "list")
    assert listed == {"groups": [{"name": "north", "desks": [OPS]}]}

    sent = desk("send", *TO, "--to", "@north", *HANDLED, "--json")
    assert OPS in recipients(desk, sent)
    of_file = desk("send", desk.file(to=["@north"]), "--json")
    assert OPS in recipients(desk, of_file)

    assert desk(*GROUP, "delete", "north").code == 0
    gone = desk("send", *TO, "--to", "@north", *HANDLED)
    assert gone.code != 0
    assert "@north: no such address group" in gone.err
    assert len(gone.err.splitlines()) == 1


def test_what_cannot_be_a_group_is_refused(desk: AtDesk) -> None:
    for arguments in (
        ("set", "north", "ops.nowhere.cn"),
        ("set", "a@b", OPS),
        ("set", "north"),
        ("delete", "north"),
    ):
        refused = desk(*GROUP, *arguments)
        assert refused.code != 0, arguments
        assert len(refused.err.splitlines()) == 1, refused.err
    assert desk.json(*GROUP, "list") == {"groups": []}


def test_a_group_of_the_own_desk_alone_is_empty(desk: AtDesk) -> None:
    assert desk(*GROUP, "set", "us", "ops.islamabad.pk").code == 0
    refused = desk("send", *TO, "--to", "@us", *HANDLED)
    assert refused.code != 0
    assert "has no other desk" in refused.err
