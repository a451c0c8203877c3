"""A home shows nobody what lies in it in clear."""

import stat
from pathlib import Path

from exchange import config
from keys import ring as rings
from tests.cli import conftest as cli_fixtures
from tests.cli.conftest import PASSPHRASE
from tests.cli.test_init import OPS

cheap = cli_fixtures.cheap
home = cli_fixtures.home
homes = cli_fixtures.homes
made = cli_fixtures.made


def test_b4_c4_no_private_key_lies_in_clear_but_the_nodes(home: Path) -> None:
    desk, nation = config.desk_home(home), config.nation_home(home)
    secrets = config.unlock(desk.officer_key("duty-1"), PASSPHRASE, "officer").secrets
    root = config.unlock(nation.root_key, PASSPHRASE, "root").secrets
    (held,) = rings.read(desk.sealing_ring, OPS, secrets.database_key).keys
    hidden = [
        secrets.signing_seed,
        held.seed,
        secrets.database_key,
        root.signing_seed,
        root.ml_dsa_seed,
        PASSPHRASE.encode(),
    ]
    for path in (path for path in home.rglob("*") if path.is_file()):
        data = path.read_bytes()
        assert not any(one in data for one in hidden), path


def test_o13_nobody_else_may_read_anything(home: Path) -> None:
    for path in (home, *home.rglob("*")):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), path
