"""Steps by which keys are renewed, on one machine and by request files."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from exchange import config, envelope
from exchange.desk import officer as officers
from exchange.limits import DAY
from exchange.net.assemble import open_home
from exchange.trust import statements
from exchange.trust.directory import Directory
from keys import tls
from tests.cli.conftest import NOW, PASSPHRASE, AtHome
from tests.clocks import stopped

YEAR = 365 * DAY
DUE = 340 * DAY  # after a home was made: officers and certificates are due
RENEW = ("keys", "renew", "--all-due")
At = Callable[[int], None]


def renew(here: AtHome) -> Any:  # noqa: ANN401 - JSON
    result = here(*RENEW, "--json", words=PASSPHRASE).ended(0)
    return json.loads(result.out)


def kid_of(home: Path, name: str = "duty-1") -> bytes:
    """The kid that an officer signs with after the next unlocking."""
    desk = config.desk_home(home)
    found = officers.unlock(desk, config.read_desk(desk).name, name, PASSPHRASE)
    return found.signer.kid


def spki_of(home: Path, part: str) -> bytes:
    return tls.spki_hash((home / part / "tls.crt").read_bytes())


def snapshot(folder: Path) -> dict[str, bytes]:
    """Each file below a folder."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in files
        if path.name != "lock"
    }


def log_of(home: Path, later: int, node: str = "islamabad.pk") -> Directory:
    """What a node's log says once it has taken in its inbox, so long after NOW."""
    with open_home(home, stopped(NOW + later)) as (opened, _):
        assert opened.name == node
        directory = Directory(node, opened.members.bundle(node))
        for stored in opened.store.entries.directory(opened.origin):
            core = envelope.split(stored.entry).core
            said = statements.parse_statement(core.clear)
            directory.apply(stored.index, core, said)
        return directory
