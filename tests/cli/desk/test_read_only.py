"""A desk that only reads: enrolled by its nation, it opens bulletins and signs none."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from exchange import config
from exchange.bulletin.content import from_json
from exchange.desk.client import Desk
from exchange.errors import Reason
from tests.chaos.served import PATIENCE, Served, acquainted, make_homes, serving
from tests.cli.conftest import PASSPHRASE, Fusion, Result
from tests.cli.desk.conftest import bulletin, loaded

WATCH = "watch.islamabad.pk"


def enrol(fusion: Fusion, folder: Path, pk: Path) -> Path:
    """Make the desk in a home of its own, and carry request and answer."""
    home, asked, answer = folder / "watch", folder / "asked", folder / "answer"
    for arguments, words in (
        (("init", "--desk", WATCH, "--read-only", "--home", home), PASSPHRASE),
        (("keys", "request", "--out", asked, "--home", home), None),
        (("keys", "issue", asked, "--out", answer, "--yes", "--home", pk), PASSPHRASE),
        (("keys", "install", answer, "--yes", "--home", home), None),
    ):
        result = fusion(*arguments, words=words)
        assert result.code == 0, (arguments, result.err)
    listen = config.read_node(config.node_home(pk)).listen
    with (home / "desk" / "config.toml").open("a") as file:
        file.write(f'address = "{listen}"\n')
    return home


def sent_to_watch(pk: Path) -> bytes:
    """Send a bulletin to that desk once its key stands in the log."""
    until = time.monotonic() + PATIENCE
    with Desk.open(pk, "", PASSPHRASE) as desk:
        while WATCH not in desk.pinned.desks():
            assert time.monotonic() < until
            desk.try_sync(1)
        assert desk.pinned.directory("islamabad.pk").only_reads(WATCH)
        return desk.send(from_json(bulletin(to=[WATCH], translations=[]))).name


def test_it_reads_and_cannot_sign(
    tmp_path: Path, fusion: Fusion, at: Callable[..., Result]
) -> None:
    pk, cn = make_homes(tmp_path)
    nodes = [Served(pk), Served(cn)]
    watch = enrol(fusion, tmp_path, pk)
    with serving(nodes):
        acquainted([pk, cn])
        name = sent_to_watch(pk).hex()

        listed = loaded(at(watch, "list", "--json"))["bulletins"]
        shown = loaded(at(watch, "show", name, "--json"))

        assert [row["name"] for row in listed] == [name]
        assert shown["verdict"] == "ACCEPTED"
        assert shown["content"]["subject"]["text"]
        path = tmp_path / "bulletin.json"
        path.write_text(json.dumps(bulletin(to=["ops.islamabad.pk"], translations=[])))
        for refused in (at(watch, "send", path), at(watch, "ack", name)):
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

    result = fusion("init", *others, "--read-only", "--home", home, words=PASSPHRASE)

    assert (result.code, result.reason) == (2, Reason.FIELD_VALUE)
    assert not home.exists()
