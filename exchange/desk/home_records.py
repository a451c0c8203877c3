"""Calls and records of a home that the terminal of its desk may use.

The home is above the desk: the opener of the terminal passes these in.
"""

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Protocol

from msgspec import Struct

from exchange.browsed_logs import LogShelf


class SeenBundle(Struct, frozen=True):
    """A bundle file that was read, before it is trusted.

    `number` are the digits that officers compare, in groups, "" if its roots are known
    here and need no comparing. `data` is the file.
    """

    domain: str
    edition: int
    number: str
    data: bytes


class Pairing(Protocol):
    """Carries trust between this home and a partner; for a worker, raises Refusal."""

    def partners(self) -> Sequence[str]:
        """Return the nations whose bundles are here, without the own."""

    def number(self, domain: str) -> str:
        """Return the safety number with one of them, digits in groups."""

    def own(self) -> tuple[str, int]:
        """Return the own nation and the edition of its bundle."""

    def write_own(self, path: str) -> None:
        """Write the own bundle to a new file, for the partner."""

    def read_partner(self, path: str) -> SeenBundle:
        """Return a partner's bundle; nothing is changed."""

    def trust_partner(self, seen: SeenBundle) -> None:
        """Take a bundle whose number officers have compared."""


class HomeKey(Struct, frozen=True):
    """A key or a certificate of a home.

    `kid` is its fingerprint (hex), `place` its file, or the file that leads to its
    token. `begins` and `ends` are ms UTC, 0 if unknown. It must be renewed within
    `days`, None while there is time, by the command `renew`. `revoke` is the command
    that revokes it; "" if no command revokes it alone. `revoked`: since when it is not
    trusted (ms UTC), by the newest log that this desk has; None if it is not revoked.
    """

    role: str
    name: str
    kid: str
    place: str
    token: bool
    begins: int
    ends: int
    days: int | None
    renew: str
    own: bool
    revoke: str
    revoked: int | None = None


class KeyCabinet(Protocol):
    """The keys of an officer, his desk and its home; for a worker, raises Refusal."""

    def list_keys(self) -> Sequence[HomeKey]:
        """Return every key, those of this officer and desk first."""

    def renew(self, passphrase: str, *, own: bool) -> Sequence[str]:
        """Renew the keys that are due, with `own` this officer's too; return which."""

    def new_sealing_key(self) -> str:
        """State a new sealing key of the desk now; return the result in words."""

    def change_passphrase(self, old: str, new: str) -> None:
        """Put this officer's keys under another passphrase."""

    def revoke(self, key: HomeKey, passphrase: str, since: int) -> Sequence[str]:
        """Revoke a key from a time (ms UTC) on; return the result in words.

        With the passphrase of the nation, whose keys are in this home.
        """

    def has_nation(self) -> bool:
        """Return whether the nation's keys are in this home, so that it can revoke."""


class FirstRunStep(Enum):
    """A step of the first run, in order."""

    LANGUAGE = "language"
    SORT = "sort"
    NAMES = "names"
    MAKE = "make"
    ANSWER = "answer"
    PARTNER = "partner"
    NODE = "node"
    DONE = "done"


NEW, JOIN = "new", "join"
"""Sorts of a home: a nation with node and desk, or a desk of a nation elsewhere."""


class SetupState(Struct, frozen=True):
    """The progress of a setup, as the screen shows it.

    `sort` is NEW, JOIN or "" before the choice. `names` has node, desk, officer and
    address as typed. `fault` says in one line which part could not be read: setup then
    continues from the state on disk.
    """

    step: FirstRunStep
    home: str
    sort: str = ""
    language: str = ""
    node: str = ""
    desk: str = ""
    officer: str = ""
    listen: str = ""
    fault: str = ""


class Setup(Protocol):
    """Makes a home step by step; each is on disk before the next begins.

    For a worker; a step that fails raises Refusal and stays the current one.
    """

    @property
    def pairing(self) -> Pairing:
        """The steps that carry trust between this home and its partner."""

    def look(self) -> SetupState:
        """Return how far it is."""

    def choose_language(self, tag: str) -> None:
        """Set the language, one of LANGUAGES."""

    def choose_sort(self, sort: str) -> None:
        """Set whether a nation is made here; "" to choose again."""

    def name_parts(self, node: str, desk: str, officer: str, listen: str) -> None:
        """Set the names; Refusal(FIELD_VALUE) names an invalid one."""

    def make(self, passphrase: str) -> None:
        """Make all parts of the home, or none."""

    def request_number(self) -> str:
        """Return the number of the desk's request, digits in groups."""

    def write_request(self, path: str) -> None:
        """Write the desk's request to a new file, for its nation."""

    def read_answer(self, path: str) -> SeenBundle:
        """Read the nation's answer; nothing is changed."""

    def take_answer(self, seen: SeenBundle) -> None:
        """Enrol the desk by an answer whose number was compared."""

    def go_on(self) -> None:
        """Continue after pairing, or the node, even if that is put off."""

    def serve_command(self) -> str:
        """Return the command that runs the node; "" if there is none here."""

    def node_answers(self) -> bool:
        """Return whether the node of this home runs."""


class HomeHere(Struct, frozen=True):
    """The home of a terminal's desk: each callable opens a part of it.

    None if the home does not have that part. They raise FusionError: for a worker.
    """

    logs: Callable[[], LogShelf] | None = None
    pairing: Callable[[], Pairing] | None = None
    keys: Callable[[], KeyCabinet] | None = None


NO_HOME = HomeHere()
"""For a desk that is opened without its home."""
