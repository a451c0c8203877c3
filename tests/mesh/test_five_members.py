"""Five members, one of them dark: it holds up nobody, and catches up when back."""

from collections.abc import Iterator
from functools import partial

import pytest

from exchange import config
from exchange.store import Store
from tests.mesh.nations import Mesh, running_mesh, until

PK, CN, KZ, UZ, AF = NODES = (
    "islamabad.pk",
    "beijing.cn",
    "astana.kz",
    "tashkent.uz",
    "kabul.af",
)
DARK = AF
LIT = tuple(node for node in NODES if node != DARK)
pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    with running_mesh(tmp_path_factory.mktemp("five"), NODES) as made:
        yield made


@pytest.fixture(scope="module")
def sent(mesh: Mesh) -> dict[str, str]:
    """Return, by its node, a bulletin that each lit member sent while one was dark.

    It is for the next lit member, and for the dark one.
    """
    mesh.kill(DARK)
    return {at: mesh.send(at, following(at), DARK).name.hex() for at in LIT}


def held(mesh: Mesh, at: str, name: str) -> tuple[bool, bool]:
    """Return whether a node has an entry, and whether it has the sealed text of it."""
    store = Store(config.node_home(mesh.desks.homes[at]).database, read_only=True)
    try:
        entry = store.entries.by_name(bytes.fromhex(name))
        return entry is not None, bool(entry and entry.body)
    finally:
        store.close()


def _has_entry(mesh: Mesh, at: str, name: str) -> bool:
    return held(mesh, at, name)[0]


def following(at: str) -> str:
    return LIT[(LIT.index(at) + 1) % len(LIT)]


@pytest.mark.parametrize("at", LIT)
def test_the_dark_one_holds_up_nobody(
    mesh: Mesh, sent: dict[str, str], at: str
) -> None:
    """Its author and its reader see each bulletin cosigned by the quorum of its log."""
    name = sent[at]
    for desk in (at, following(at)):
        assert until(partial(mesh.is_cosigned, desk, name))


@pytest.mark.parametrize("at", LIT)
def test_entries_go_to_all_and_texts_to_whom_they_are_for(
    mesh: Mesh, sent: dict[str, str], at: str
) -> None:
    for author, name in sent.items():
        assert until(partial(_has_entry, mesh, at, name))
        assert held(mesh, at, name)[1] == (at in {author, following(author)})


def test_a_flash_passes_beside_the_dark_one(mesh: Mesh, sent: dict[str, str]) -> None:
    assert sent
    flash = mesh.send(PK, CN, KZ, UZ, DARK, precedence="FLASH").name.hex()

    for at in (CN, KZ, UZ):
        assert until(partial(mesh.states, at, flash))


def test_back_again_it_has_all_that_it_missed(mesh: Mesh, sent: dict[str, str]) -> None:
    mesh.nodes[DARK].start()

    for author, name in sent.items():
        assert until(partial(mesh.is_cosigned, DARK, name))
        assert until(partial(_reached, mesh, author, name))
    for at in NODES:
        assert mesh.run("fsck", "--home", mesh.desks.homes[at]).code == 0


def _reached(mesh: Mesh, at: str, name: str) -> bool:
    """Whether the author knows that all nodes which it is for have a bulletin."""
    shown = mesh.desks.run(at, "show", name, "--json").json()
    by = {step["by"] for step in shown["states"] if step["state"] == "delivered"}
    return not shown["waits"] and bool(by)
