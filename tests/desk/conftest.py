"""Two desks at two nodes that have begun and met; made once, copied for each test."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from exchange.desk.client import Desk
from exchange.desk.mailbox import Mailbox
from exchange.desk.terminal.desk import TerminalDesk
from tests.desk import made
from tests.desk.bench import Bench
from tests.desk.bench import bench as benches
from tests.desk.officers import colleagues
from tests.node import world as worlds
from tests.node.world import CN, World
from tests.quick import folder_in_memory
from tests.trust.nation import Nation

Met = tuple[Path, Mapping[str, Nation]]


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """Return a folder in memory: what is written need not survive a power cut."""
    with folder_in_memory() as folder:
        yield folder


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Mailbox]:
    with closing(Mailbox(tmp_path / "mailbox.db", made.KEY)) as box:
        yield box


@pytest.fixture(scope="session")
def met(tmp_path_factory: pytest.TempPathFactory) -> Met:
    folder = tmp_path_factory.mktemp("met")
    with worlds.world(folder) as world, benches(world, folder) as bench:
        bench.meet()
        return folder, world.nations


@pytest.fixture
def bench(met: Met, tmp_path: Path) -> Iterator[Bench]:
    folder, nations = met
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    world = World.__new__(World)  # begun before: only its nodes are opened
    world.nations, world.folder = dict(nations), copy
    world.pk, world.cn = world._site("islamabad.pk"), world._site("beijing.cn")
    world.greet()
    try:
        with benches(world, copy) as bench:
            yield bench
    finally:
        world.close()


@pytest.fixture
def view(bench: Bench) -> TerminalDesk:
    """What the terminal at Beijing asks."""
    return TerminalDesk(bench.cn)


@pytest.fixture
def staff(bench: Bench) -> Iterator[list[Desk]]:
    """Three more officers at Beijing: 2, 3 and 4."""
    with colleagues(bench, CN) as desks:
        yield desks
