"""fusion store migrate: a ledger moves either way, is proven, and nothing is lost."""

import json
import os
import signal
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from exchange import config
from exchange.config.database_url import DatabaseUrl
from exchange.config.settings import set_database
from exchange.errors import Reason, Refusal
from exchange.home import ledger_move
from exchange.ledger.tiles import WIDTH
from exchange.net.assemble import open_home
from exchange.store import Store, equal_rows, owner
from exchange.store.open_database import open_database
from exchange.store.owner import IN_USE, LEFT, Owner
from tests.cli.conftest import NOW, AtHome, Fusion, Result
from tests.clocks import stopped
from tests.expecting import refusing
from tests.postgres.cluster import Cluster
from tests.store.support import Log
from tests.store.test_cold import bare

NODE = "islamabad.pk"
LOG = f"{NODE}.fusion/log/1"
CHILD_S = 120


@pytest.fixture
def url(postgres: Cluster) -> Iterator[DatabaseUrl]:
    """Return a database that is empty."""
    with postgres.database(empty=True) as made:
        yield made


def migrate(here: AtHome, to: str, *more: str) -> Result:
    return here("store", "migrate", "--to", to, *more)


def runs_on(here: AtHome) -> int:
    """Start the node as it is now; return how many entries its log has."""
    with open_home(here.home, stopped(NOW)) as (node, _):
        assert not node.startup.awaited  # a clean start: nothing was lost
        return node.store.logs.size(LOG)


def state(url: DatabaseUrl) -> Owner | None:
    with (
        closing(open_database(url, as_it_is=True)) as database,
        database.read_cursor() as cursor,
    ):
        return owner.read(cursor)


def test_it_moves_there_and_back(begun: AtHome, url: DatabaseUrl) -> None:
    node = begun.node
    before = node.config.read_text()

    there = migrate(begun, url.text).well()
    assert f"{LOG}: 5 entries, root " in there.out
    assert "all equal" in there.out
    assert "node/ledger.db.moved1" in there.out
    assert not node.database.exists()
    kept = node.folder / "ledger.db.moved1"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o400
    assert config.read_node(node).database == url.text
    assert state(url) == Owner(NODE, IN_USE)
    migrate(begun, url.text).ended(2, Reason.HOME_EXISTS)  # it is there already
    assert runs_on(begun) == 5

    back = migrate(begun, "sqlite", "--json").well()
    found = json.loads(back.out)
    assert [(log["origin"], log["size"]) for log in found["logs"]] == [(LOG, 5)]
    assert found["tables"]["entry"]["rows"] == 5
    assert node.config.read_text() == before
    assert state(url) == Owner(NODE, LEFT)
    assert runs_on(begun) == 5


def test_old_entries_in_files_stay_there(
    here: AtHome, url: DatabaseUrl, tmp_path: Path
) -> None:
    """Whichever database names them reads them, and a copy of it takes them along."""
    node = here.node
    with closing(Store(node.database)) as store:
        store.claim(bytes(16))
        Log(store, LOG).append(*(bare(number) for number in range(WIDTH)))
        store.cold.move(LOG, 0, NOW)
        entries = store.entries.bare(LOG, 0, WIDTH)

    for to in (url.text, "sqlite"):
        moved, copy = migrate(here, to), tmp_path / f"copy-of-{to[:6]}.db"
        assert (moved.code, moved.err) == (0, "")
        assert here("store", "copy", "--to", copy).code == 0
        for place in (config.database_of(node), copy):
            with closing(Store(place, read_only=True)) as store:
                assert store.entries.bare(LOG, 0, WIDTH) == entries


def test_it_moves_to_another_server(
    begun: AtHome, url: DatabaseUrl, postgres: Cluster
) -> None:
    assert migrate(begun, url.text).code == 0
    with postgres.database(empty=True) as other:
        assert migrate(begun, other.text).code == 0
        assert (state(url), state(other)) == (Owner(NODE, LEFT), Owner(NODE, IN_USE))
        assert runs_on(begun) == 5


def test_the_old_one_is_written_no_more(begun: AtHome, url: DatabaseUrl) -> None:
    """A home that still names it is refused, and so is a process that has it open."""
    assert migrate(begun, url.text).code == 0
    node = begun.node
    with closing(Store(url)) as elsewhere:
        elsewhere.claim(b"e" * 16)
        assert migrate(begun, "sqlite").code == 0
        stood = elsewhere.logs.position(LOG)
        assert stood is not None
        with refusing(Reason.NOT_WRITER):
            elsewhere.publish(list(elsewhere.heads.falling(LOG, 1)))
    set_database(node, url.text, None)

    found = begun("serve").ended(2, Reason.DATABASE)
    assert "moved to another database" in found.err
    assert found.err.count("\n") == 1


def refusal_of(here: AtHome) -> Refusal | None:
    """Return why the node of a home does not start; None if it starts whole."""
    try:
        assert runs_on(here) == 5
    except Refusal as refusal:
        return refusal
    return None


def end_lease(cluster: Cluster, url: DatabaseUrl) -> None:
    """End the lease of a killed move, as time would; not a database that it gave up."""
    with cluster.admin(url.name.partition(":")[2]) as server:
        if server.execute("SELECT to_regclass('lease')").fetchone() != (None,):
            server.execute("UPDATE lease SET until = 0 WHERE until < 1::bigint << 61")


def killed_at(step: int, do: Callable[[], object]) -> bool:
    """Do something in a process that is killed at a step; return whether it got there.

    A step is the beginning, or the end, of a call that changes anything.
    """
    child = os.fork()
    if child == 0:
        signal.alarm(CHILD_S)  # whatever holds it up, the test ends
        try:
            with stepping(step):
                do()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


STEPS = [
    (equal_rows._Change, "make"),
    (ledger_move._Server, "open_new"),
    (ledger_move._Server, "note_proof"),
    (ledger_move._Server, "leave"),
    (ledger_move._File, "arrive"),
    (ledger_move, "set_database"),
    (ledger_move._File, "retire"),
    (ledger_move._Server, "settle"),
]


def stepping(at: int) -> Any:  # noqa: ANN401  a context of patches
    """Kill this process at the `at`-th step from now on."""
    left = [at]

    def step() -> None:
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)

    def stepped(does: Callable[..., Any]) -> Callable[..., Any]:
        def done(*given: Any, **named: Any) -> Any:  # noqa: ANN401
            step()
            result = does(*given, **named)
            step()
            return result

        return done

    stack = ExitStack()
    for where, name in STEPS:
        stack.enter_context(patch.object(where, name, stepped(getattr(where, name))))
    return stack


@pytest.mark.parametrize("way", ["out", "home", "across"])
def test_killed_at_any_step_the_same_command_ends_it(
    begun: AtHome, url: DatabaseUrl, postgres: Cluster, way: str
) -> None:
    node = begun.node
    with postgres.database(empty=True) as other:
        to: DatabaseUrl | None = url
        if way != "out":
            assert migrate(begun, url.text).code == 0
            to = None if way == "home" else other

        def move() -> None:
            ledger_move.move(node, to, lambda *_: None)

        step, kills = 1, 0
        while killed_at(step, move):
            kills += 1
            end_lease(postgres, url)
            # As it was left, the node runs on the one database or says what to do.
            if told := refusal_of(begun):
                assert told.reason is Reason.DATABASE
                assert "fusion store migrate" in str(told)
            step += 1
        assert kills >= 6
        assert runs_on(begun) == 5


def test_what_is_not_empty_is_refused(
    begun: AtHome, url: DatabaseUrl, postgres: Cluster
) -> None:
    name = url.name.partition(":")[2]
    postgres.execute("CREATE TABLE mine (a int)", database=name)

    found = migrate(begun, url.text).ended(2, Reason.HOME_EXISTS)
    assert f"{url.name}: the database is not empty" in found.err
    assert config.read_node(begun.node).database == ""
    assert runs_on(begun) == 5


def test_another_nodes_database_is_refused(
    fusion: Fusion, homes: Path, url: DatabaseUrl
) -> None:
    for one in ("islamabad.pk", "beijing.cn"):
        with open_home(homes / one, stopped(NOW)):
            pass
    assert migrate(AtHome(homes / "beijing.cn", fusion), url.text).code == 0

    found = migrate(AtHome(homes / NODE, fusion), url.text).ended(2, Reason.DATABASE)
    assert "belongs to beijing.cn" in found.err
    set_database(config.node_home(homes / NODE), url.text, None)
    served = fusion("serve", "--home", homes / NODE).ended(2, Reason.DATABASE)
    assert "belongs to beijing.cn" in served.err


@pytest.mark.parametrize(
    "to", ["", "sqlite3", "mysql://a/b", "postgresql://a", "postgresql://a:b@c/d", "\0"]
)
def test_a_url_that_is_none_is_refused(begun: AtHome, to: str) -> None:
    found = migrate(begun, to).refused()
    assert ":b@" not in found.err


def test_what_cannot_be_moved_stays(
    begun: AtHome, url: DatabaseUrl, tmp_path: Path
) -> None:
    """While the node runs; to where it is; by a password that it would not find."""
    with config.hold_lock(begun.home / "node"):
        migrate(begun, url.text).ended(2, Reason.LOCKED)
    migrate(begun, "sqlite").ended(2, Reason.HOME_EXISTS)
    secret = tmp_path / "secret"
    secret.write_text("never asked for\n")
    secret.chmod(0o600)
    found = migrate(begun, url.text, "--password-file", str(secret)).ended(2)
    assert "node/secret" in found.err

    assert state(url) is None
    assert config.read_node(begun.node).database == ""
    assert runs_on(begun) == 5


def test_a_file_that_is_in_the_way_is_kept(begun: AtHome, url: DatabaseUrl) -> None:
    assert migrate(begun, url.text).code == 0
    database = begun.node.database
    database.write_bytes(b"mine")

    migrate(begun, "sqlite").ended(2, Reason.HOME_EXISTS)
    assert database.read_bytes() == b"mine"
    database.unlink()
    assert runs_on(begun) == 5
