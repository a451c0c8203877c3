"""Two desks at nodes that run; what Islamabad sends as PRIORITY needs two officers."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.two_desks import PK, Desks, two_desks

POLICY = "release\nPRIORITY * * two\n"


@pytest.fixture(scope="package")
def desks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desks]:
    folder = tmp_path_factory.mktemp("release")
    with two_desks(folder) as made:
        state_policy(made, folder)
        yield made


def state_policy(desks: Desks, folder: Path) -> None:
    """Let Islamabad's nation ask for two officers."""
    (folder / "release.txt").write_text(POLICY)
    said = desks.run(PK, "trust", "policy", folder / "release.txt", "--yes")
    assert said.code == 0, said
    inbox = desks.homes[PK] / "node" / "inbox"
    while list(inbox.glob("*.envelope")):  # until the node has recorded them
        time.sleep(0.1)
    desks.settle()
    desks.run(PK, "list")
