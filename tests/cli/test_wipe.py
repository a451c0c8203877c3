"""fusion wipe: keys first, then everything, and what remains is said."""

import json
import os
from pathlib import Path

import pytest

from exchange import config
from exchange.config import wipe as wiping
from exchange.desk.client import Desk
from keys import files
from tests.cli.conftest import PASSPHRASE, AtHome


def test_all_of_a_home_goes(here: AtHome) -> None:
    done = here("wipe", "--yes").well()
    assert list(here.home.iterdir()) == []
    assert "key files erased" in done.out
    assert done.out.splitlines()[-1].startswith("Not reached from here: ")


def test_keys_go_before_anything_else(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    destroy = files.destroy

    def noted(path: Path) -> bool:
        order.append(path.name)
        return destroy(path)

    monkeypatch.setattr(files, "destroy", noted)
    (home / "desk/officers/.duty-1.key.0123456789abcdef").write_bytes(b"a draft of it")
    wiping.wipe(home)

    keys = [
        name for name in order if name.endswith((".key", ".keys")) or ".key." in name
    ]
    assert order[: len(keys)] == keys
    assert {"duty-1.key", "chief.key", "tls.key", "log.key", "root.key"} <= set(keys)
    assert ".duty-1.key.0123456789abcdef" in keys
    assert "config.toml" in order[len(keys) :]


def test_a_key_file_is_overwritten_where_it_lies(here: AtHome) -> None:
    path = here.home / "desk/officers/duty-1.key"
    before = path.read_bytes()
    with path.open("rb") as still_open:
        here("wipe", "--yes")

        after = still_open.read()
    assert len(after) == len(before)
    assert not any(before[at : at + 16] in after for at in range(0, len(before), 16))


def test_one_part_leaves_the_others(here: AtHome) -> None:
    node = sorted(path for path in (here.home / "node").rglob("*"))

    done = here("wipe", "--part", "desk", "--yes", "--json")

    found = json.loads(done.out)
    assert (done.code, found["remaining"]) == (0, [])
    assert found["keys"] >= 3
    assert not (here.home / "desk").exists()
    assert sorted(path for path in (here.home / "node").rglob("*")) == node
    assert (here.home / "nation/root.key").exists()


@pytest.mark.parametrize("part", ["../other", "elsewhere", ""])
def test_only_parts_of_a_home_are_erased(here: AtHome, part: str) -> None:
    other = here.home.parent / "other"
    other.mkdir()
    (other / "file").write_bytes(b"kept")

    here("wipe", "--part", part, "--yes").ended(2)
    assert (other / "file").exists()
    assert (here.home / "desk/officers/duty-1.key").exists()


def test_what_belongs_to_no_part_stays_and_is_named(here: AtHome) -> None:
    (here.home / "notes.txt").write_text("of the officer")

    done = here("wipe", "--yes").ended(1)
    assert f"still there: {here.home / 'notes.txt'}" in done.out


def test_a_program_that_runs_is_named(here: AtHome) -> None:
    with config.hold_lock(here.home / "node"):
        done = here("wipe", "--yes", "--json")

    assert json.loads(done.out)["running"] == ["node"]
    assert list(here.home.iterdir()) == []


def test_without_a_yes_nothing_goes(here: AtHome) -> None:
    before = sorted(here.home.rglob("*"))

    here("wipe").ended(2)
    assert sorted(here.home.rglob("*")) == before


def test_a_moved_desk_is_erased_too(here: AtHome) -> None:
    (here.home / "desk/moved").write_text("{}")

    here("wipe", "--part", "desk", "--yes").ended(0)
    assert not (here.home / "desk").exists()


def test_what_others_may_only_read_goes_as_well(here: AtHome) -> None:
    path = here.home / "desk/officers/duty-1.key"
    path.chmod(0o400)
    os.truncate(here.home / "desk/tls.crt", 0)

    here("wipe", "--yes").ended(0)
    assert list(here.home.iterdir()) == []


def test_the_terminal_that_erases_does_not_name_itself(home: Path) -> None:
    with Desk.open(home, "duty-1", PASSPHRASE) as desk:
        with Desk.open(home, "chief", PASSPHRASE):
            desk.let_go()
            assert wiping._is_held(home / "desk")
        assert not wiping._is_held(home / "desk")
