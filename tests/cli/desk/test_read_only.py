"""A desk that only reads: enrolled by its nation, it opens bulletins and signs none."""

import time
from pathlib import Path

import pytest

from exchange.errors import Reason
from tests.chaos.served import PATIENCE, Served, acquainted, make_homes, serving
from tests.cli.conftest import PASSPHRASE, Apart, Fusion
from tests.cli.desk.conftest import AtDesk, at_node

WATCH = "watch.islamabad.pk"


def make_watch(fusion: Fusion, pk: AtDesk) -> AtDesk:
    """Make the desk in a home of its own, enrolled by its nation."""
    watch = AtDesk(pk.home.with_name("watch"), fusion)
    watch("init", "--desk", WATCH, "--read-only").ended(0)
    Apart(pk.home.parent, fusion, pk.home.name).enrol("watch")
    return at_node(watch, pk.listen)


def sent_to_watch(pk: AtDesk) -> str:
    """Send a bulletin to that desk once its key stands in the log."""
    until = time.monotonic() + PATIENCE
    with pk.open() as desk:
        while WATCH not in desk.pinned.desks():
            assert time.monotonic() < until
            desk.try_sync(1)
        assert desk.pinned.directory("islamabad.pk").only_reads(WATCH)
    return pk.send(to=[WATCH], translations=[])


def test_it_reads_and_cannot_sign(tmp_path: Path, fusion: Fusion) -> None:
    homes = make_homes(tmp_path)
    pk = AtDesk(homes[0], fusion)
    watch = make_watch(fusion, pk)
    with serving([Served(home) for home in homes]):
        acquainted(homes)
        name = sent_to_watch(pk)

        assert [row["name"] for row in watch.list()] == [name]
        shown = watch.show(name)
        assert shown["verdict"] == "ACCEPTED"
        assert shown["content"]["subject"]["text"]
        path = watch.file(to=["ops.islamabad.pk"], translations=[])
        for refused in (watch("send", path), watch("ack", name)):
            assert (refused.code, refused.reason) == (2, Reason.METHOD)
            assert "read-only" in refused.err


@pytest.mark.parametrize(
    "others",
    [
        ("--desk", "watch", "--node", "islamabad.pk"),
        ("--node", "islamabad.pk"),
        ("--desk", WATCH, "--officer", "chief:releaser"),
    ],
)
def test_what_it_cannot_be_is_refused(
    tmp_path: Path, fusion: Fusion, others: tuple[str, ...]
) -> None:
    home = tmp_path / "home"

    fusion("init", *others, "--read-only", "--home", home, words=PASSPHRASE).ended(
        2, Reason.FIELD_VALUE
    )
    assert not home.exists()
