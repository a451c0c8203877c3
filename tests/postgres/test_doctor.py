"""fusion doctor warns of a server that may lose what it has committed."""

from pathlib import Path

import pytest

from exchange import config
from exchange.cli.doctor import BAD, UNSURE, _server
from exchange.config.database_url import DatabaseUrl
from tests.postgres.cluster import Cluster


def home(folder: Path, text: str) -> Path:
    (folder / "node").mkdir(mode=0o700)
    given = {"name": "islamabad.pk", "listen": "localhost:1", "database": text}
    config.node_home(folder).config.write_bytes(config.write_settings(**given))
    return folder


def test_settings_that_lose_a_commit_are_named(
    tmp_path: Path, postgres: Cluster, database_url: DatabaseUrl
) -> None:
    """The tests' server syncs nothing; any user may switch the other setting off."""
    postgres.execute("ALTER ROLE fusion SET synchronous_commit = off")
    try:
        (found,) = _server(home(tmp_path, database_url.text))
    finally:
        postgres.execute("ALTER ROLE fusion RESET synchronous_commit")

    assert (found.about, found.state) == ("database", BAD)
    assert found.line.endswith("fsync, full_page_writes, synchronous_commit")


def test_a_server_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    (found,) = _server(home(tmp_path, "postgresql:///none?host=/nowhere"))

    assert found.state == BAD
    assert "\n" not in found.line


def test_of_a_file_nothing_is_said(tmp_path: Path) -> None:
    assert list(_server(home(tmp_path, ""))) == []


@pytest.mark.parametrize(
    ("text", "mode", "unverified"),
    [
        ("postgresql://fusion@db1,db2:5433/fusion?connect_timeout=1", "", True),
        ("postgresql://db1/fusion?sslmode=require", "", True),
        ("postgresql://db1/fusion?SSLMODE=verify-ca", "verify-full", True),
        ("postgresql://localhost,db2/fusion", "prefer", True),
        ("postgresql://localhost/fusion?host=192.0.2.1", "", True),
        ("postgresql://[2001:db8::1]:5432/fusion", "", True),
        ("postgresql://db1,db2/fusion?sslmode=verify-full", "", False),
        ("postgresql://db1/fusion", "verify-full", False),
        ("postgresql://fusion@localhost:5432,127.0.0.2/fusion", "", False),
        ("postgresql://[::1]:5432/fusion", "", False),
        ("postgresql:///fusion?host=/run/postgresql", "", False),
        ("postgresql://%2Frun%2Fpostgresql/fusion", "", False),
        ("postgresql:///fusion", "", False),
    ],
)
def test_a_server_whose_place_others_can_take_is_named(
    monkeypatch: pytest.MonkeyPatch, text: str, mode: str, *, unverified: bool
) -> None:
    monkeypatch.setenv("PGSSLMODE", mode)

    assert DatabaseUrl(text).server_is_unverified is unverified


def test_an_unverified_server_is_one_line(tmp_path: Path) -> None:
    where = "postgresql://192.0.2.1:1/none?hostaddr=127.0.0.1&connect_timeout=1"
    line, gone = _server(home(tmp_path, where))

    assert (line.about, line.state) == ("database", UNSURE)
    assert "sslmode=verify-full" in line.line
    assert gone.state == BAD
