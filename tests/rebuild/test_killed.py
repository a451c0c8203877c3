"""A rebuild that is killed leaves one whole database in use: the old or the new one."""

import os
from pathlib import Path
from types import ModuleType

import pytest

from exchange.rebuild import files, run
from exchange.rebuild.run import Given, repair_file
from tests.audit.ledger import Ledger, change
from tests.node.world import PK
from tests.rebuild.support import differences, repair

KILLED = 9
SWAP = "replace_old"
STEPS: list[tuple[ModuleType, str]] = [
    (files, "remove_drafts"),
    (files, "check_room"),
    (files, "copy_log_back"),
    (run, "copy_rows"),
    (run, "_fill"),
    (files, "keep_old"),
    (files, SWAP),
    (files, "sync"),
]
DRAFTED = {"copy_rows": {True}, "_fill": {False, True}, "keep_old": {False, True}}
"""Between which steps there is something beside the database."""


def killed_at(ledger: Ledger, module: ModuleType, step: str, *, after: bool) -> None:
    """Rebuild in a process that is gone before a step, or after it."""
    if pid := os.fork():
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == KILLED
        return
    done = getattr(module, step)

    def end(*given: object) -> None:
        if after:
            done(*given)
        os._exit(KILLED)

    setattr(module, step, end)
    try:
        repair_file(ledger.path, Given(PK, ledger.bundles), lambda *_: None)
    finally:
        os._exit(1)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("module", "step"), STEPS, ids=lambda step: str(step)[:20])
def test_killed_at_any_step_one_database_is_whole(
    ledger: Ledger,
    right: dict[str, list[object]],
    module: ModuleType,
    step: str,
    *,
    after: bool,
) -> None:
    change(ledger.path, "UPDATE hash SET hash = x'00' WHERE log = 1 AND level = 2")
    before = ledger.path.read_bytes()

    killed_at(ledger, module, step, after=after)

    if (step, after) == (SWAP, True):
        assert ledger.verify().ok
    else:
        assert ledger.path.read_bytes() == before
        assert not ledger.verify().ok
    assert files.cut_short(ledger.path) or after not in DRAFTED.get(step, set())
    assert repair(ledger).after.ok
    assert not differences(ledger, right)
    assert not files.cut_short(ledger.path)


def test_what_fails_leaves_the_old_database_alone(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(ledger.path, "UPDATE hash SET hash = x'00' WHERE log = 1 AND level = 2")
    before = ledger.path.read_bytes()

    def full(*_: object) -> Path:
        raise OSError(28, "no space")

    monkeypatch.setattr(files, SWAP, full)
    with pytest.raises(OSError, match="no space"):
        repair_file(ledger.path, Given(PK, ledger.bundles), lambda *_: None)

    assert ledger.path.read_bytes() == before
    assert not files.cut_short(ledger.path)
