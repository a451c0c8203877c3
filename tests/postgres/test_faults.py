"""Each fault of a server is one line with a cause and a cure, and heals by itself."""

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from psycopg import errors

from exchange.config.database_url import DatabaseUrl, read_url
from exchange.errors import STORAGE, FusionError, Reason, Refusal, Tampered
from exchange.store import Store, postgres_faults
from exchange.store.postgres_faults import CLASSES, CUT, FAULTS, UNREACHED, fault_of
from tests.expecting import refusing
from tests.postgres.cluster import (
    Cluster,
    as_unprivileged,
    running_cluster,
    unprivileged_folder,
)
from tests.store.support import ORIGIN, Log, entry

CODES = frozenset(errors._sqlcodes)
SAID = {one.why.text for one in (*CLASSES.values(), *FAULTS.values(), CUT, UNREACHED)}


def test_every_code_of_the_server_has_a_text() -> None:
    """All that PostgreSQL names, and what it never would."""
    assert len(CODES) > 250
    for code in (*CODES, "", "00000", "ZZ999", "\x1b[0m!", "x" * 500):
        fault = fault_of(code)
        text = str(fault.why)
        assert fault.reason in STORAGE
        assert text.isprintable()
        assert len(text) < 200
        assert fault.why.text in SAID or code[:2] not in CLASSES


def test_the_table_names_codes_that_there_are() -> None:
    assert set(FAULTS) <= set(CODES)
    assert set(CLASSES) <= {code[:2] for code in CODES}
    for code, fault in FAULTS.items():
        assert CLASSES.get(code[:2]) is not fault, code  # it would need no row


def test_damage_is_no_fault_that_heals() -> None:
    for code in ("XX001", "XX002"):
        assert isinstance(postgres_faults.transaction_error(code, "x"), Tampered)
    assert isinstance(postgres_faults.transaction_error("53100", "x"), Refusal)


def refusal_of(url: DatabaseUrl, *, read_only: bool = False) -> FusionError:
    """Return why a store does not open."""
    with pytest.raises(FusionError) as refused:
        Store(url, read_only=read_only).close()
    assert str(refused.value).count("\n") == 0
    return refused.value


@pytest.fixture
def name(database_url: DatabaseUrl) -> str:
    return database_url.name.partition(":")[2]


@pytest.mark.parametrize("host", ["/nowhere", "127.0.0.1", "nowhere.invalid"])
def test_a_server_that_is_not_there(host: str) -> None:
    url = read_url(f"postgresql://fusion@/ledger?host={host}&port=1", "database")

    told = refusal_of(url)

    assert (told.reason, told.exit_code) == (Reason.DATABASE, 2)
    assert "no database server answers there" in str(told)
    assert host not in str(told)


def test_a_url_with_a_setting_that_there_is_not() -> None:
    url = read_url("postgresql://fusion@/ledger?ssl=verify-full", "database")

    told = refusal_of(url)

    assert (told.reason, told.exit_code) == (Reason.FIELD_VALUE, 2)
    assert "not understood" in str(told)
    assert "verify-full" not in str(told)


def test_a_database_that_is_not_there(postgres: Cluster) -> None:
    told = refusal_of(read_url(postgres.url("nothing"), "database"))

    assert told.reason is Reason.DATABASE
    assert "no database of that name" in str(told)


def test_a_password_that_changed(
    postgres: Cluster, database_url: DatabaseUrl, tmp_path: Path
) -> None:
    """The file is read for each connection, so a corrected one is used at once."""
    file = tmp_path / "database.password"
    file.touch(0o600)
    url = replace(database_url, password_file=file)
    with asking_for_passwords(postgres):
        file.write_text("secret-of-today\n")
        with closing(Store(url)) as store:
            postgres.execute("ALTER ROLE fusion PASSWORD 'secret-of-tomorrow'")
            hang_up(postgres)

            told = refusal_of(url)
            with pytest.raises(Refusal) as failed:
                store.logs.origins()

            for one in (told, failed.value):
                assert one.reason is Reason.DATABASE
                assert "refuses the user or the password" in str(one)
                assert "secret" not in f"{one!r}{one}"
            file.write_text("secret-of-tomorrow\n")
            assert store.logs.origins() == []


@contextmanager
def asking_for_passwords(cluster: Cluster) -> Iterator[None]:
    """Let the server ask the user of the tests for its password."""
    rules = cluster.data / "pg_hba.conf"
    before = rules.read_text()
    try:
        rules.write_text(f"local all fusion scram-sha-256\n{before}")
        cluster.execute(
            "ALTER ROLE fusion PASSWORD 'secret-of-today'", "SELECT pg_reload_conf()"
        )
        wait_for(lambda: refuses(cluster))
        yield
    finally:
        rules.write_text(before)
        cluster.execute("SELECT pg_reload_conf()")
        wait_for(lambda: not refuses(cluster))


def refuses(cluster: Cluster) -> bool:
    """Whether the server asks the user of the tests for a password."""
    try:
        psycopg.connect(cluster.url("postgres")).close()
    except psycopg.OperationalError:
        return True
    return False


def wait_for(holds: Callable[[], bool]) -> None:
    """Wait until something holds, for a minute at most."""
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def hang_up(cluster: Cluster) -> None:
    """End every connection of the user of the tests, as its operator would."""
    cluster.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE usename = 'fusion'"
    )


@contextmanager
def fault(cluster: Cluster, cause: str, cure: str, name: str) -> Iterator[None]:
    """Let a server have a fault while the block lasts."""
    cluster.execute(cause, database=name)
    try:
        yield
    finally:
        cluster.execute(cure, database=name)


FULL = """
CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE 'could not extend file: No space left on device' USING ERRCODE = '{}';
END $$;
CREATE TRIGGER full_disk BEFORE INSERT ON entry
FOR EACH ROW EXECUTE FUNCTION full_disk();
"""


@pytest.mark.parametrize(
    "met",
    [
        ("53100", Reason.DISK, "disk of the database server is full"),
        ("53200", Reason.DATABASE, "short of memory"),
        ("58030", Reason.DATABASE, "cannot read or write its files"),
        ("XX001", Reason.DATABASE, "finds its files damaged"),
        ("40001", Reason.LOCKED, "was in the way"),
        ("57014", Reason.LOCKED, "cancelled the statement"),
        ("42501", Reason.DATABASE, "may not do that"),
        ("ZZ123", Reason.DATABASE, "SQLSTATE ZZ123"),
    ],
)
def test_what_an_append_meets_is_told_and_heals(
    postgres: Cluster,
    database_url: DatabaseUrl,
    name: str,
    met: tuple[str, Reason, str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Nothing is stored, and the same append goes through once the cause has ended.

    The log names the statement, and what the server said; once while it goes on.
    """
    code, reason, said = met
    with closing(Store(database_url)) as store:
        log = Log(store)
        with fault(
            postgres, FULL.format(code), "DROP TRIGGER full_disk ON entry", name
        ):
            for _ in range(2):
                with pytest.raises(FusionError) as failed:
                    log.append(entry(0))
                assert failed.value.reason is reason
                assert said in str(failed.value)
                assert "No space left" not in str(failed.value)
            assert store.logs.size(ORIGIN) == 0
        (told,) = caplog.messages
        assert f"SQLSTATE {code}: could not extend file: No space left" in told
        assert 'INSERT INTO "entry" VALUES ($1, ' in told
        log.append(entry(0))
        assert store.logs.size(ORIGIN) == 1


def test_the_log_has_no_value(
    database_url: DatabaseUrl, caplog: pytest.LogCaptureFixture
) -> None:
    """The server quotes a value that it cannot read; a parameter it does not."""
    asked = "SELECT CAST(? AS text), CAST(? AS text)::integer"
    with closing(Store(database_url)) as store:
        with (
            pytest.raises(FusionError),
            store._database.read_cursor() as cursor,
        ):
            cursor.execute(asked, ("secret-of-today", "secret\nof tomorrow"))
        with pytest.raises(FusionError), store._database.read_cursor() as cursor:
            cursor.execute("SELECT missing\nFROM entry")
    quoting, other = caplog.messages
    assert "22P02" in quoting
    assert "SELECT CAST($1 AS text), CAST($2 AS text)::integer" in quoting
    assert "secret" not in quoting
    assert 'column "missing" does not exist: SELECT missing FROM entry' in other


def test_too_many_connections(
    postgres: Cluster, database_url: DatabaseUrl, name: str
) -> None:
    with closing(Store(database_url)) as store:
        none = f"ALTER DATABASE {name} CONNECTION LIMIT 0"
        any_ = f"ALTER DATABASE {name} CONNECTION LIMIT -1"
        with fault(postgres, none, any_, "postgres"):
            hang_up(postgres)
            told = refusal_of(database_url)
            with pytest.raises(Refusal) as failed:
                store.logs.origins()
        for one in (told, failed.value):
            assert one.reason is Reason.LOCKED
            assert "too many connections" in str(one)
        assert store.logs.origins() == []


def test_a_connection_that_is_cut(postgres: Cluster, database_url: DatabaseUrl) -> None:
    """It is cut within a transaction; the next transaction takes a new connection."""
    with closing(Store(database_url)) as store:
        log = Log(store)
        log.append(entry(0))
        with pytest.raises(Refusal) as failed:
            cut_within(postgres, store)
        assert failed.value.reason is Reason.DATABASE
        assert "is starting or stopping" in str(failed.value)
        log.append(entry(1))
        assert store.logs.size(ORIGIN) == 2


def cut_within(cluster: Cluster, store: Store) -> None:
    """Have the server hang up within a transaction that has written."""
    with store._database.write_cursor() as cursor:
        cursor.execute("INSERT INTO clock VALUES (1, 1, '', 1, 1)")
        hang_up(cluster)
        cursor.execute("SELECT 1").fetchone()


def test_a_server_that_was_killed_and_is_back() -> None:
    with (
        running_cluster() as cluster,
        cluster.database() as url,
        closing(Store(url)) as store,
    ):
        log = Log(store)
        log.append(entry(0))
        cluster.stop()
        # On the old connection, on a new one, and of a reader.
        for ask in (*[lambda: log.append(entry(1))] * 2, store.arrivals.newest):
            with refusing(Reason.DATABASE) as failed:
                ask()
            assert "database server" in str(failed.value)
            assert str(cluster.folder) not in str(failed.value)
        cluster.start()
        log.append(entry(1))
        assert store.logs.size(ORIGIN) == 2


@pytest.mark.parametrize(
    ("version", "said"),
    [("9999", "written by a newer program"), ("0001", "make a new home")],
)
def test_a_schema_of_another_program(
    database_url: DatabaseUrl, postgres: Cluster, name: str, version: str, said: str
) -> None:
    change = f"UPDATE alembic_version SET version_num = '{version}'"  # noqa: S608  of tests
    postgres.execute(change, database=name)

    told = refusal_of(database_url, read_only=True)

    assert told.reason is Reason.DATABASE
    assert said in str(told)


def test_a_standby_only_reads(postgres: Cluster, database_url: DatabaseUrl) -> None:
    """Reads work there; the refusal of a write says what to name instead."""
    with closing(Store(database_url)) as store:
        Log(store).append(entry(0))
    with standby_of(postgres) as standby:
        url = read_url(standby.url(database_url.name.partition(":")[2]), "database")
        with closing(Store(url, read_only=True)) as store:
            assert store.logs.size(ORIGIN) == 1
        with closing(Store(url)) as store:
            before = backend_of(store)
            with pytest.raises(Refusal) as failed:
                store.claim(b"h" * 16)
            assert failed.value.reason is Reason.DATABASE
            assert "is a standby" in str(failed.value)
            assert backend_of(store) != before  # the URL may name a primary by now


def backend_of(store: Store) -> int:
    """Return the server's process of the connection by which a store reads."""
    with store._database.read_cursor() as cursor:
        return int(cursor.execute("SELECT pg_backend_pid()").fetchone()[0])


@contextmanager
def standby_of(primary: Cluster) -> Iterator[Cluster]:
    """Yield a server that replays what a primary writes, and is read-only."""
    with unprivileged_folder("fusion-standby-") as folder:
        standby = Cluster(folder, primary.binaries)
        command = as_unprivileged(
            primary.binaries / "pg_basebackup",
            *("--host", primary.folder, "--username", "admin", "--write-recovery-conf"),
            *("--checkpoint=fast", "--no-sync", "--pgdata", standby.data),
        )
        subprocess.run(command, check=True, capture_output=True, cwd="/")
        try:
            standby.start()
            yield standby
        finally:
            standby.stop()
