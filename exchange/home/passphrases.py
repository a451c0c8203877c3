"""Change a passphrase: an officer's, or that of a nation's three keystores."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from msgspec import Struct

from exchange import config
from exchange.errors import Reason, Refusal, Why
from keys import keystore
from keys.keystore import Unlocked


class Keystores(Struct, frozen=True):
    """The keystores under one passphrase; `officer` is "" for a nation's.

    All of them change or none does. Get one by `open_keystores`.
    """

    home: Path
    officer: str
    files: Sequence[tuple[Path, str]]

    def unlock(self, old: str) -> dict[Path, Unlocked]:
        """Raise Refusal(KEYSTORE | KEY_FILE)."""
        return {path: config.unlock(path, old, role) for path, role in self.files}

    def change(self, unlocked: dict[Path, Unlocked], new: str) -> None:
        """Put them under another passphrase, and overwrite the old files."""
        with config.refusing(self.files[0][0]):
            keystore.change_passphrase(unlocked, new)


@contextmanager
def open_keystores(home: Path, officer: str) -> Iterator[Keystores]:
    """Find the keystores of an officer (duty-1) or the nation; lock the desk meanwhile.

    Raises Refusal(HOME | FIELD_VALUE | LOCKED).
    """
    with ExitStack() as held:
        if officer:
            desk = config.desk_home(home)
            held.enter_context(config.hold_lock(desk.folder, shared=True))
        yield Keystores(home, officer, _files(home, officer))


def check_officers(home: Path, named: Sequence[str]) -> Sequence[str]:
    """Return `named` if all are officers of the home's desk; Refusal(FIELD_VALUE)."""
    if named:
        here = config.desk_home(home).officer_names()
        if not set(named) <= set(here):
            why = Why(
                "no such officer; this desk has: {officers}", officers=", ".join(here)
            )
            raise Refusal(Reason.FIELD_VALUE, "--officer", why)
    return named


def _files(home: Path, officer: str) -> list[tuple[Path, str]]:
    if not officer:
        nation = config.nation_home(home)
        return [
            (nation.root_key, "root"),
            (nation.issuer_key, "issuer"),
            (nation.ca_key, "tls-ca"),
        ]
    desk = config.desk_home(home)
    check_officers(home, [officer])
    paths = [
        desk.officer_key(officer),
        desk.asked_key(officer),
        desk.granted_key(officer),
    ]
    return [(path, "officer") for path in paths if path.exists()]
