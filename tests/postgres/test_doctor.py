"""fusion doctor warns of a server that may lose what it has committed."""

from pathlib import Path

from exchange import config
from exchange.cli.doctor_checks import BAD, _server
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
