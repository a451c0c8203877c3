"""Homes that an earlier release made open, migrate, verify and go on.

`tests/vectors/homes/` keeps them; its README says what they hold. No other test shows
that what officers have today is still theirs after an upgrade.
"""

import json
import tarfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlcipher3 import dbapi2

from exchange import config
from exchange.store import migrations
from tests.cli.conftest import Fusion, Result
from tests.cli.desk.conftest import CN, PK, free_port, loaded, serving
from tests.cli.desk.test_send import shown, until, until_cosigned, written

At = Callable[..., Result]
ARCHIVE = Path(__file__).parents[2] / "vectors/homes/schema-0002.tar.xz"
RECALLED, TRANSLATED, RECEIVED = "Convoy delayed", "Bridge closed", "Site calm"
LOGGED, AT_NODE, IN_OUTBOX = "Convoy moved", "Road open", "Site quiet"
MORE = {"id": "s0", "lang": "en", "text": "One more"}
SENT = {RECALLED, TRANSLATED, LOGGED, AT_NODE, IN_OUTBOX}


@dataclass
class Kept:
    """The two homes, in a folder and on ports of this test."""

    pk: Path
    cn: Path


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(tmp_path, filter="tar")  # keys keep their mode, 0600
    homes = Kept(tmp_path / PK, tmp_path / CN)
    ports = {home.name: f"127.0.0.1:{free_port()}" for home in (homes.pk, homes.cn)}
    for home in (homes.pk, homes.cn):
        other = CN if home.name == PK else PK
        settings = config.node_home(home).config
        name, *_ = settings.read_text().splitlines()
        lines = [name, f'listen = "{ports[home.name]}"', f'desk = "ops.{home.name}"']
        lines += ["[addresses]", f'"{other}" = "{ports[other]}"', ""]
        settings.write_text("\n".join(lines))
    return homes


def schema(home: Path) -> str:
    with closing(dbapi2.connect(config.node_home(home).database)) as connection:
        (version,) = connection.execute(
            "SELECT version_num FROM alembic_version"
        ).fetchone()
        return str(version)


def entries(home: Path) -> list[tuple[object, ...]]:
    """Return every entry and every sealed text, with the log that it is in."""
    with closing(dbapi2.connect(config.node_home(home).database)) as connection:
        asked = (
            'SELECT origin, e."index", entry, name, wraps, body FROM log'
            " JOIN entry AS e ON e.log = log.number"
            ' LEFT JOIN payload AS p ON p.log = e.log AND p."index" = e."index"'
            ' ORDER BY origin, e."index"'
        )
        return list(connection.execute(asked))


def by_subject(at: At, home: Path) -> dict[str, dict[str, Any]]:
    listed = loaded(at(home, "list", "--json"))["bulletins"]
    return {row["subject"]: row for row in listed}


def assert_sound(fusion: Fusion, home: Path) -> dict[str, Any]:
    found = fusion("fsck", "--json", "--home", home)
    assert (found.code, found.err) == (0, "")
    told: dict[str, Any] = json.loads(found.out)
    assert (told["ok"], told["faults"]) == (True, [])
    return told


def assert_read(at: At, home: Path) -> None:
    """Assert that the desk has all that it had, with receipt, recall, translation."""
    rows = by_subject(at, home)
    assert SENT | {RECEIVED} <= rows.keys()
    recalled = shown(at, home, rows[RECALLED]["name"])
    relations = {(one["relation"], one["officer"]) for one in recalled["receipts"]}
    assert ("ACKNOWLEDGED", f"duty-1@ops.{CN}") in relations
    assert rows[RECALLED]["standing"] == "RECALLED"
    (said,) = shown(at, home, rows[TRANSLATED]["name"])["translations"]
    assert said["segments"]["s0"] == "桥梁关闭"


def test_they_migrate_verify_and_exchange_one_more(
    kept: Kept, at: At, fusion: Fusion, tmp_path: Path
) -> None:
    before = {home: entries(home) for home in (kept.pk, kept.cn)}
    assert (schema(kept.pk), schema(kept.cn)) == ("0002", "0002")
    assert_read(at, kept.pk)  # before its node has run once

    with serving(kept.pk), serving(kept.cn):
        assert (schema(kept.pk), schema(kept.cn)) == (migrations.HEAD, migrations.HEAD)
        changes = {"subject": MORE, "translations": []}
        path = written(tmp_path, **changes)
        sent = loaded(at(kept.pk, "send", path, "--json"))["name"]
        until_cosigned(at, kept.pk, sent)
        # What lay at the node and in the outbox came before it.
        rows = by_subject(at, kept.pk)
        assert {rows[subject]["state"] for subject in SENT} == {"cosigned"}
        until(lambda: loaded(at(kept.cn, "status", "--json")), lambda one: one["agree"])
        # The other desk has no mailbox any more, and reads all again.
        assert by_subject(at, kept.cn).keys() >= SENT
        assert loaded(at(kept.cn, "ack", sent, "--json"))["state"] == "local"
        until(lambda: shown(at, kept.pk, sent), lambda one: bool(one["receipts"]))
        assert_read(at, kept.pk)

    for home in (kept.pk, kept.cn):
        assert_sound(fusion, home)
        verified = fusion("audit", "verify", "--home", home)
        assert (verified.code, verified.err) == (0, "")
        assert set(before[home]) <= set(entries(home))
    exported = tmp_path / "export.jsonl"
    made = fusion("audit", "export", "--home", kept.pk, "--out", exported)
    assert (made.code, made.err) == (0, "")


def test_a_repair_of_an_older_schema_keeps_all(kept: Kept, fusion: Fusion) -> None:
    """Nothing is lost, so no partner is asked."""
    for home in (kept.pk, kept.cn):
        before = entries(home)
        repaired = fusion("fsck", "--repair", "--json", "--home", home)
        told = json.loads(repaired.out)
        assert (repaired.code, told["ok"], told["lost"]) == (0, True, [])
        assert schema(home) == migrations.HEAD
        assert entries(home) == before
