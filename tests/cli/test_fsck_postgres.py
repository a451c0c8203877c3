"""fusion fsck, audit export, doctor and retain on a database on a server."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from exchange.config.database_url import DatabaseUrl
from exchange.errors import Reason
from exchange.home import only_writer
from exchange.limits import MINUTE
from exchange.net.assemble import open_home
from exchange.node import upkeep, views
from exchange.store import Store, StoredTimes
from exchange.store import lease as lease_module
from tests.cli.conftest import NOW, AtHome
from tests.clocks import stopped
from tests.expecting import refusing
from tests.postgres.cluster import Cluster

LOG = "islamabad.pk.fusion/log/1"


@pytest.fixture
def url(postgres: Cluster, home: Path) -> Iterator[DatabaseUrl]:
    """Return the database of the home, of a node that has run."""
    with postgres.database() as made:
        with (home / "node" / "config.toml").open("a") as settings:
            settings.write(f'database = "{made.text}"\n')
        with open_home(home, stopped(NOW)):
            pass
        yield made


def test_a_sound_database_is_sound(here: AtHome, url: DatabaseUrl) -> None:
    assert not (here.home / "node" / "ledger.db").exists()

    found = here("fsck").well()
    assert "all as signed" in found.out
    out = here.home / "out.fusion"
    assert here("audit", "export", "--out", out).code == 0
    doctor = here("doctor")
    (fault,) = (line for line in doctor.out.splitlines() if line.startswith("✘"))
    assert "switch on fsync" in fault  # a server of tests has no time for it
    assert not (here.home / "node" / "ledger.db").exists()
    assert url.text


@pytest.mark.parametrize(
    "change",
    [
        ('UPDATE entry SET entry = entry || $$x$$::bytea WHERE "index" = 2', "#2"),
        ("DELETE FROM hash WHERE level = 0 AND index = 1", "hash"),
        ("UPDATE head SET note = note || $$x$$::bytea", LOG),
        ("UPDATE writer SET epoch = epoch + 1", "writer"),
        ("DROP TRIGGER entry_no_update ON entry", "entry.entry_no_update"),
        ("DROP INDEX statement_kid", "statement.statement_kid"),
        ("ALTER TABLE peer ALTER up DROP NOT NULL", "peer.up"),
        ("INSERT INTO lacking VALUES (9, 1, $$x$$, 1, 1)", "lacking"),
    ],
)
def test_what_was_changed_is_named(
    here: AtHome, url: DatabaseUrl, postgres: Cluster, change: tuple[str, str]
) -> None:
    how, named = change
    off, on = (
        f"ALTER TABLE entry {one} TRIGGER USER; ALTER TABLE hash {one} TRIGGER USER"
        for one in ("DISABLE", "ENABLE")
    )
    name = url.name.partition(":")[2]
    postgres.execute(off, how, on, database=name)

    found = here("fsck").ended(1)
    assert named in found.out


def test_a_backup_is_made_and_drilled(
    here: AtHome, url: DatabaseUrl, postgres: Cluster, tmp_path: Path
) -> None:
    """It is a file, which opens without a server and moves into a new one."""
    out = tmp_path / "backup"
    with open_home(here.home, stopped(NOW)):
        made = here("store", "backup", "--out", out)
    assert (made.code, made.err) == (0, "")
    assert f"{LOG}: 5 entries" in made.out
    assert {path.name for path in out.iterdir()} == {"ledger.db", "backup.json"}
    assert (out / "ledger.db").stat().st_mode & 0o777 == 0o600

    found = here("store", "drill", out).well()
    assert "all as signed" in found.out
    assert (
        f"{LOG}: 5 entries: matches the start of today's database; 0 entries"
        in found.out
    )

    settings = here.home / "node" / "config.toml"
    settings.write_text(settings.read_text().replace(f'database = "{url.text}"', ""))
    (here.home / "node" / "ledger.db").write_bytes((out / "ledger.db").read_bytes())
    (here.home / "node" / "ledger.db").chmod(0o600)
    with postgres.database(empty=True) as new:
        here("store", "migrate", "--to", new.text).well()
        assert here("fsck").code == 0


def test_a_backup_of_another_state_is_found(
    here: AtHome, url: DatabaseUrl, postgres: Cluster, tmp_path: Path
) -> None:
    """The current database does not begin with it."""
    out = tmp_path / "backup"
    assert here("store", "backup", "--out", out).code == 0
    change = "UPDATE hash SET hash = sha256(hash) WHERE level = 0"
    off, on = (f"ALTER TABLE hash {x} TRIGGER USER" for x in ("DISABLE", "ENABLE"))
    postgres.execute(off, change, on, database=url.name.partition(":")[2])

    here("store", "drill", out).ended(1, Reason.ROOT)


def test_a_copy_that_fails_takes_nothing_else_away(
    here: AtHome, tmp_path: Path
) -> None:
    with (here.home / "node" / "config.toml").open("a") as settings:
        settings.write('database = "postgresql://fusion@127.0.0.1:1/fusion"\n')
    others = [tmp_path / "copies" / name for name in ("copy-of-may", "copy.old/a")]
    for path in others:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"another copy")

    to = tmp_path / "copies" / "copy"
    found = here("store", "copy", "--to", to).ended(2, Reason.DATABASE)
    assert found.err.count("\n") == 1
    assert all(path.exists() for path in others)
    assert not to.exists()


def test_a_server_that_is_gone_is_one_line(here: AtHome, url: DatabaseUrl) -> None:
    settings = here.home / "node" / "config.toml"
    text = settings.read_text().replace(url.text, f"{url.text}&port=1")
    settings.write_text(text)

    for command in ("fsck", "serve"):
        found = here(command)
        assert (found.code, found.reason) == (2, Reason.DATABASE), command
        assert "no database server answers there" in found.err
        assert found.err.count("\n") == 1


@pytest.mark.usefixtures("url")
def test_a_running_node_raises_an_alarm_that_heals(
    home: Path, postgres: Cluster
) -> None:
    """When its server is killed nothing is signed, until the server is back."""
    with open_home(home, stopped(NOW)) as (node, _):
        before, whole = views.status_or_fault(node)
        assert whole
        postgres.stop()
        try:
            for _ in range(2):
                with refusing(Reason.DATABASE):
                    upkeep.tick(node)
            told, whole = views.status_or_fault(node)
        finally:
            postgres.start()
        assert not whole
        alarms = [(one.reason, one.where) for one in told.alarms]
        assert alarms == [(Reason.DATABASE, "islamabad.pk")]
        assert not told.signing
        upkeep.tick(node)
        after, whole = views.status_or_fault(node)
        assert whole
        assert Reason.DATABASE not in {one.reason for one in after.alarms}
        sizes = [head.size for head in before.heads]
        assert [head.size for head in after.heads] == sizes


def test_what_is_on_a_server_is_not_repaired_and_says_what_to_do(
    here: AtHome, url: DatabaseUrl
) -> None:
    before = sorted((here.home / "node").iterdir())

    found = here("fsck", "--repair").refused(Reason.DATABASE)
    assert url.name in found.err
    assert "restore a backup" in found.err
    assert sorted((here.home / "node").iterdir()) == before


WRITERS = (("retain",), ("doctor", "--clock", "--yes"))


@pytest.mark.parametrize("command", WRITERS, ids=" ".join)
def test_what_writes_waits_for_no_process_that_writes_elsewhere(
    here: AtHome,
    url: DatabaseUrl,
    command: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The lock of this home says nothing of processes with homes of their own."""
    monkeypatch.setattr(only_writer, "LEASE", 0)  # it waits for no killed process
    for bound in ("LEASE", "LEASE_AHEAD"):  # longer than a busy machine may take
        monkeypatch.setattr(lease_module, bound, 60 * MINUTE)
    with closing(Store(url)) as other:
        other.write_as(other.leases.take(b"elsewhere".ljust(16)).claim)
        times = other.retention.times()

        found = here(*command).ended(2, Reason.LOCKED)
        assert "another process of the node" in found.err
        assert found.err.count("\n") == 1
        other.confirm()  # it is the writer still
        assert other.retention.times() == times


@pytest.mark.parametrize("command", WRITERS, ids=" ".join)
def test_what_writes_is_the_only_writer_and_hands_over(
    here: AtHome, url: DatabaseUrl, command: tuple[str, ...]
) -> None:
    with closing(Store(url)) as other:
        other.write_as(other.leases.take(b"killed".ljust(16)).claim)
        other.leases.give_up(other.leases.take(b"killed".ljust(16)).claim)

        here(*command).well()
        with refusing(Reason.NOT_WRITER):
            other.retention.set_times(StoredTimes())
        lease = other.leases.read()
        assert lease is not None
        assert lease.over
        assert other.leases.replicas() == []
