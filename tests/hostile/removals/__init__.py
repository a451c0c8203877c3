"""What was taken out of the code, case by case, to see the hostile tests red.

A file of this folder holds the removals of one group of cases. Below the number of a
case stand its removals, one or more; each names `red`, the tests that fail without the
check (`FILE::TEST`, in tests/hostile), and its `changes`: the `code` as it stands once
in a `file`, and what is put `instead`. Several changes are one removal where checks
stand behind each other and refuse the same: `why` then says so.

`python -m tests.hostile.removals [CASE ...]` makes them, in a copy of the tree.

What misleads an officer at the terminal has its removals in tests/tui/removals.toml, in
the same form; their cases are T1, T2, ..., their tests are named by the whole path.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.hostile.page import numbers_of

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
TESTS = "tests/hostile/"
TERMINAL = ROOT / "tests/tui/removals.toml"
NOT_OURS = {
    "test_flooding_partner.py::test_a2_a_partner_whose_batches_are_refused": (
        "A refusal costs less than to read the next batch, so what waits reaches no"
        " bound here; each bound has its own test in test_lying_window.py."
    ),
    "test_floods.py::test_o8_half_calls_end_and_honest_ones_are_served": (
        "gRPC ends a call at the deadline that it carries; that it carries one is ours."
    ),
    "test_floods.py::test_o11_what_is_no_tls_is_closed_and_fills_no_log": (
        "gRPC closes what is no TLS before anything of ours hears of it."
    ),
    "test_floods.py::test_o9_streams_that_are_reset_at_once": (
        "gRPC bounds the streams of a connection and what a reset one leaves."
    ),
    "test_floods.py::test_o9_a_flood_of_settings": (
        "gRPC answers settings before anything of ours hears of them."
    ),
    "test_submitting.py::test_i5_c4_the_node_holds_no_key_that_opens_anything": (
        "Nothing in a node's program is ever given such a key."
    ),
    "test_strangers.py::test_c5_what_our_own_programs_agree_on_is_post_quantum": (
        "What both ends agree on is BoringSSL's choice; the gate refuses another (O5)."
    ),
    "test_sqlite_versions.py::test_a5_a_checkpoint_beside_a_commit_loses_nothing": (
        "SQLite keeps this since the edition below which the store does not open."
    ),
}
"""Tests of what others' programs do for us, or of what ours has no code for.

There is no check that could be taken away to see them red; each with its reason.
"""


@dataclass(frozen=True)
class Change:
    """Code that stands once in a file, and what takes its place."""

    file: str
    code: str
    instead: str

    def made(self, text: str) -> str:
        """Return the text of the file with this change.

        Raises ValueError where the code does not stand there exactly once.
        """
        if (found := text.count(self.code)) != 1:
            raise ValueError(f"{self.file}: stands {found} times: {self.code}")
        return text.replace(self.code, self.instead)


@dataclass(frozen=True)
class Removal:
    """A check that is taken away, and the tests that are red without it."""

    case: str
    red: tuple[str, ...]
    changes: tuple[Change, ...]
    why: str = ""

    @property
    def cases(self) -> set[str]:
        """The cases that it shows red: its own, and those that its tests bear."""
        tests = (test.rpartition("::")[2] for test in self.red)
        return {self.case}.union(*map(numbers_of, tests))

    def files(self, root: Path) -> dict[Path, str]:
        """Return the changed files below a root, with their new text.

        Raises ValueError where code does not stand in its file exactly once.
        """
        made: dict[Path, str] = {}
        for change in self.changes:
            path = root / change.file
            made[path] = change.made(made.get(path) or path.read_text())
        return made


def removals() -> list[Removal]:
    """Return every removal of a hostile case, in the order of the files and lines."""
    return _read(sorted(HERE.glob("*.toml")), TESTS)


def terminal_removals() -> list[Removal]:
    """Return every removal of what would mislead an officer, in the file's order."""
    return _read([TERMINAL])


def _read(paths: Iterable[Path], folder: str = "") -> list[Removal]:
    return [
        Removal(
            case,
            tuple(folder + one for one in said["red"]),
            tuple(Change(**change) for change in said["changes"]),
            said.get("why", ""),
        )
        for path in paths
        for case, several in tomllib.loads(path.read_text()).items()
        for said in several
    ]
