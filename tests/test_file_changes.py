"""Several files of a part change at once, or not at all."""

import os
from pathlib import Path

import pytest

from exchange import config
from exchange.config import file_changes
from exchange.config.locks import hold_lock
from exchange.errors import Reason
from keys import drafts
from tests.expecting import refusing


@pytest.fixture
def part(tmp_path: Path) -> Path:
    part = tmp_path / "desk"
    (part / "officers").mkdir(parents=True)
    for name in ("officers/duty-1.key", "officers/duty-2.key", "mailbox.db"):
        (part / name).write_text(f"old {name}")
    return part


def change(part: Path, *, commits: bool = True) -> None:
    with file_changes.new_change(part) as folder:
        (folder / "officers").mkdir()
        (folder / "officers/duty-1.key").write_text("new")
        (folder / "sealing.keys").write_text("new")
        (folder / "mailbox.db").write_text("new")
        if commits:
            gone = ["officers/duty-2.key", "mailbox.db-wal"]
            file_changes.commit(part, folder, gone)


def found(part: Path) -> dict[str, str]:
    files = (path for path in part.rglob("*") if path.is_file() and path.name != "lock")
    return {str(path.relative_to(part)): path.read_text() for path in files}


NEW = {
    "officers/duty-1.key": "new",
    "sealing.keys": "new",
    "mailbox.db": "new",
}


def test_all_files_change(part: Path) -> None:
    change(part)
    file_changes.finish(part)
    assert found(part) == NEW
    file_changes.finish(part)
    assert found(part) == NEW


def test_what_is_not_committed_leaves_nothing(part: Path) -> None:
    before = found(part)
    change(part, commits=False)
    file_changes.finish(part)
    assert found(part) == before
    assert sorted(os.listdir(part)) == ["mailbox.db", "officers"]  # noqa: PTH208 - also hidden ones


def test_what_a_killed_program_left_goes_with_the_next_change(part: Path) -> None:
    left = drafts.new_name(part / "change")
    (left / "officers").mkdir(parents=True)
    (left / "officers" / "duty-1.key").write_text("left")
    with hold_lock(part):
        change(part)
        file_changes.finish(part)
    assert found(part) == NEW


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("steps", range(12))
def test_killed_at_any_step_the_next_who_opens_finishes(
    part: Path, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    """Each rename and each removal is a step; none of them loses the change."""
    change(part)
    left = [steps]

    def counted(name: str) -> None:
        act = getattr(Path, name)

        def call(*given: object, **named: object) -> object:
            if not left[0]:
                raise Killed
            left[0] -= 1
            return act(*given, **named)

        monkeypatch.setattr(Path, name, call)

    with monkeypatch.context():
        for name in ("replace", "unlink"):
            counted(name)
        try:
            file_changes.finish(part)
        except Killed:
            assert steps < 6
    monkeypatch.undo()
    config.desk_home(part.parent)
    assert found(part) == NEW
    assert not (part / "change").exists()


def test_while_a_change_is_under_way_nobody_opens_the_part(part: Path) -> None:
    change(part)
    with config.hold_lock(part), refusing(Reason.LOCKED):
        config.desk_home(part.parent)
    config.desk_home(part.parent)
    assert found(part) == NEW
