"""The setting that names a database on a server is checked, and holds no secret."""

from pathlib import Path

import pytest

from exchange import config
from exchange.config.database_url import DatabaseUrl, read_url
from exchange.errors import Reason
from tests.expecting import refusing

SECRET = "hunter2"  # noqa: S105  of nothing
FILE = "database.word"


@pytest.fixture
def node(tmp_path: Path) -> config.NodeHome:
    (tmp_path / "node").mkdir(mode=0o700)
    return config.node_home(tmp_path)


def settings(node: config.NodeHome, **more: str) -> None:
    """Write a node's settings."""
    given = {"name": "islamabad.pk", "listen": "localhost:1", **more}
    node.config.write_bytes(config.write_settings(**given))


def test_without_a_url_it_is_the_file(node: config.NodeHome) -> None:
    settings(node)
    assert config.database_of(node) == node.database
    assert config.is_absent(node.database)
    with refusing(Reason.DATABASE):
        config.check_there(node.database)


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://fusion@db.example.org/fusion",
        "postgresql://fusion@a:5432,b:5432/fusion?target_session_attrs=read-write",
        "postgres:///fusion?host=/run/postgresql",
        "postgresql://[::1]:5432/fusion?sslmode=verify-full",
    ],
)
def test_a_url_of_libpq_is_taken(node: config.NodeHome, text: str) -> None:
    settings(node, database=text)
    assert config.database_of(node) == DatabaseUrl(text)
    assert DatabaseUrl(text).name == "postgresql:fusion"
    assert not config.is_absent(DatabaseUrl(text))
    config.check_there(DatabaseUrl(text))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"postgresql://fusion:{SECRET}@db/fusion", "has a password in it"),
        ("postgresql://fusion:@db/fusion", "has a password in it"),
        (f"postgresql://db/fusion?password={SECRET}", "has a password in it"),
        (f"postgresql://db/fusion?PassWord={SECRET}", "has a password in it"),
        (f"postgresql://db/fusion?%70assword={SECRET}", "has a password in it"),
        (f"postgresql://db/fusion?sslpassword={SECRET}", "has a password in it"),
        (f"mysql://u:{SECRET}@db/fusion", "has a password in it"),
        ("mysql://db/fusion", "not understood; write it as postgresql://"),
        ("host=db dbname=fusion", "not understood; write it as postgresql://"),
        ("/var/lib/ledger.db", "not understood; write it as postgresql://"),
        ("postgresql://[db/fusion", "not understood; write it as postgresql://"),
        ("postgresql://db", "names no database"),
        ("postgresql://db/", "names no database"),
    ],
)
def test_what_is_wrong_is_one_line_without_a_secret(
    node: config.NodeHome, text: str, said: str
) -> None:
    settings(node, database=text)

    with refusing(Reason.FIELD_VALUE, match=r"config\.toml: database") as refused:
        config.database_of(node)
    assert said in str(refused.value)
    assert SECRET not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_the_password_is_read_from_its_file_each_time(node: config.NodeHome) -> None:
    settings(node, database="postgresql:///fusion", database_password=FILE)
    found = config.database_of(node)
    assert isinstance(found, DatabaseUrl)
    file = node.folder / FILE
    for word in (SECRET, "گھر 第二"):
        file.write_text(f"{word}\n", "utf-8")
        file.chmod(0o600)
        assert found.password() == word


def test_without_a_file_libpq_finds_it() -> None:
    assert read_url("postgresql:///fusion", "").password() is None


@pytest.mark.parametrize("mode", [0o644, 0o640, None])
def test_a_file_of_others_or_none_is_refused(
    node: config.NodeHome, mode: int | None
) -> None:
    settings(node, database="postgresql:///fusion", database_password=FILE)
    found = config.database_of(node)
    assert isinstance(found, DatabaseUrl)
    file = node.folder / FILE
    if mode is not None:
        file.write_text(SECRET)
        file.chmod(mode)

    with refusing(Reason.KEY_FILE) as refused:
        found.password()
    assert SECRET not in str(refused.value)
