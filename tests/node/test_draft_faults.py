"""Drafts on a disk that fails at each step, and in a process that is killed.

What a node acknowledged is so when it starts again; what it did not is so or not; and
the same call again ends where it would have ended at once.
"""

import itertools
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from exchange import envelope
from exchange.errors import FusionError
from exchange.node import drafts
from exchange.store.values import EMERGENCY
from tests.faults import NEVER, Disk, changes
from tests.node.drafting import (
    OPS,
    Drafted,
    drafted,
    enrol_releasers,
    give_back,
    hand,
    state,
)
from tests.node.world import PK, World

Act = Callable[[World, Drafted], object]


def keep(made: World, one: Drafted) -> object:
    answer = hand(made.pk, OPS, one.draft)
    return answer if answer.awaits_release else None


def release(made: World, one: Drafted) -> object:
    answer = hand(made.pk, OPS, one.released())
    return None if answer.reason else answer


def give(made: World, one: Drafted) -> object:
    return give_back(made.pk, OPS, one.name)


def lapse(made: World, one: Drafted) -> object:
    made.pk.reach(envelope.split(one.draft.entry).core.expires + 1)
    drafts.lapse(made.pk.node)
    return one


ACTS: dict[str, tuple[Act, str, str]] = {
    "WAITING": (keep, "", "WAITING"),
    "RELEASED": (release, "WAITING", "RELEASED"),
    "RETURNED": (give, "WAITING", "RETURNED"),
    "LAPSED": (lapse, "WAITING", "LAPSED"),
}


@pytest.mark.parametrize("way", ["done", "dead"])
@pytest.mark.parametrize("act", ACTS)
def test_each_step_fails_and_the_same_again_ends_as_it_would_have(
    tmp_path: Path, act: str, way: str
) -> None:
    do, before, after = ACTS[act]
    template = tmp_path / "template"
    template.mkdir()
    made = World(template)
    enrol_releasers(made.pk)
    made.meet()
    one = drafted(made)
    if before:
        assert keep(made, one)
    made.close()
    steps: list[str] = []
    for number in itertools.count():
        if number > len(steps):
            break
        if number and not changes(steps[number - 1]):
            continue
        made.folder = Path(shutil.copytree(template, tmp_path / f"{number}"))
        with Disk().attach(made.folder / f"{PK}.db") as disk:
            made.reopen()
            disk.arm(number or NEVER, way)
            told = None
            with suppress(FusionError):
                told = do(made, one)
            done = disk.heal()
            steps = steps or done
            made.reopen()
            found = state(made.pk, one.name)
            if told is not None:
                assert found == after
            assert found in {before, after}
            with suppress(FusionError):
                do(made, one)
            assert state(made.pk, one.name) == after
            standing(made, one, after)
            made.close()
    assert any(map(changes, steps))


def standing(made: World, one: Drafted, after: str) -> None:
    """Its log has it once it is released, and only then, with its text."""
    stored = made.pk.store.entries.by_name(one.name)
    assert (stored is not None) == (after == "RELEASED")
    assert stored is None or stored.body == one.sealed.body
    (row,) = (one for one in made.pk.store.drafts.all() if one.state != EMERGENCY)
    assert (one.sealed.body in row.envelope) == (after == "WAITING")


WORKING = """
import sys
from pathlib import Path
from tests.node.test_draft_faults import work
work(Path(sys.argv[1]), int(sys.argv[2]))
"""


def work(folder: Path, first: int) -> None:
    """Hand over, release and give back without end, and say what was acknowledged."""
    made = World(folder, begin=False)
    for number in itertools.count(first):
        one = drafted(made, text=b"%d" % number)
        assert hand(made.pk, OPS, one.draft).awaits_release
        say(one, "WAITING")
        if number % 3 == 0:
            assert not hand(made.pk, OPS, one.released()).reason
            say(one, "RELEASED")
        elif number % 3 == 1:
            give_back(made.pk, OPS, one.name)
            say(one, "RETURNED")


def say(one: Drafted, what: str) -> None:
    sys.stdout.write(f"{one.name.hex()} {what}\n")
    sys.stdout.flush()


def test_killed_at_any_moment_it_keeps_what_it_acknowledged(tmp_path: Path) -> None:
    made = World(tmp_path)
    enrol_releasers(made.pk)
    made.meet()
    made.close()
    acknowledged: dict[bytes, str] = {}
    for round_ in range(3):
        lines = random.randint(3, 30)  # noqa: S311
        acknowledged |= killed(tmp_path, 1_000 * round_, lines)
    made.reopen()
    for name, said in acknowledged.items():
        found = state(made.pk, name)
        assert found == said or (said == "WAITING" and found)
        stored = made.pk.store.entries.by_name(name)
        assert (stored is not None) == (found == "RELEASED")
    made.close()
    report = made.verify(PK)
    assert report.ok, report.faults


def killed(folder: Path, first: int, lines: int) -> dict[bytes, str]:
    """Kill a process of `work` after so many lines; return what it acknowledged."""
    asked = [sys.executable, "-c", WORKING, str(folder), str(first)]
    with subprocess.Popen(asked, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = [line for _, line in zip(range(lines), process.stdout, strict=False)]
        process.send_signal(signal.SIGKILL)
        said += process.stdout.read().splitlines(keepends=True)
    whole = [line.split() for line in said if line.endswith("\n")]
    assert whole
    return {bytes.fromhex(name): word for name, word in whole}
