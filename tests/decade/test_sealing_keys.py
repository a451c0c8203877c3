"""A desk's sealing keys through ninety days of real nodes, forty without a partner."""

from pathlib import Path

from exchange import config
from keys import ring as rings
from keys.ring import Ring, State
from tests.chaos.served import Served, serving
from tests.cli.conftest import PASSPHRASE
from tests.decade.commands import Commands
from tests.decade.moved_clock import REAL_NODES, on_day
from tests.decade.nations import PK, Nations

pytestmark = REAL_NODES


def ring_of(home: Path) -> Ring:
    desk = config.desk_home(home)
    held = config.unlock(desk.officer_key("duty-1"), PASSPHRASE, "officer")
    key = held.secrets.database_key
    return rings.read(desk.sealing_ring, config.read_desk(desk).name, key)


def test_a_destroyed_seed_is_in_no_file_of_the_home(
    tmp_path: Path, commands: Commands
) -> None:
    nations = Nations.make(tmp_path, commands)
    nations.live()
    home = nations.homes[PK]
    (first,) = ring_of(home).keys
    assert first.state is State.LOGGED

    nations.day = 8  # the partner is away: a node that begins signs nothing alone
    with serving([Served(home, on_day(8))]):
        for _ in range(2):
            assert nations.by_officer(PK, "list").code == 0
    states = [key.state for key in ring_of(home).keys]
    assert states == [State.LOGGED, State.STATED]

    nations.day = 48
    nations.live()
    held = ring_of(home).keys
    assert first in held
    assert held[1].state is State.LOGGED

    nations.day = 90
    nations.live()
    left = ring_of(home).keys
    assert left
    assert first.seed not in {key.seed for key in left}
    for path in (one for one in tmp_path.rglob("*") if one.is_file()):
        assert first.seed not in path.read_bytes(), path
