"""A node does not start without the bundle of a nation that it knows."""

from pathlib import Path

import pytest

from exchange import config
from exchange.errors import Reason
from tests.cli import conftest as cli_fixtures
from tests.cli.conftest import Fusion
from tests.cli.desk import conftest as desk_fixtures

cheap = cli_fixtures.cheap
fusion = cli_fixtures.fusion
stopped = desk_fixtures.stopped
pair = desk_fixtures.pair


@pytest.mark.parametrize("known_by", ["the ledger", "the settings"])
def test_i10_serve_names_the_file_and_what_to_do(
    stopped: Path, fusion: Fusion, known_by: str
) -> None:
    node = config.node_home(stopped)
    (node.trust / "cn.bundle").unlink()
    if known_by == "the settings":
        for file in node.folder.glob("ledger.db*"):
            file.unlink()
        settings = node.config.read_text()
        node.config.write_text(f'{settings}partners = ["beijing.cn"]\n')

    told = fusion("serve", "--home", stopped)

    assert (told.code, told.out) == (2, "")
    assert told.err.count("\n") == 1
    assert told.err.startswith("node/trust/cn.bundle: beijing.cn is known here")
    assert "import the bundle again" in told.err
    assert told.reason == Reason.BUNDLE
