"""Acts and records of a home that the terminal of its desk may use.

The home is above the desk: whoever opens the terminal hands these in.
"""

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Protocol

from msgspec import Struct

from exchange.browsed_logs import LogShelf


class SeenBundle(Struct, frozen=True):
    """A file that was read, before anybody trusts what it says.

    `number` are the digits that officers compare, in groups, "" where that is not
    needed: its roots are known here. `data` is the file.
    """

    domain: str
    edition: int
    number: str
    data: bytes


class Pairing(Protocol):
    """Carries trust between this home and a partner; for a worker, raises Refusal."""

    def partners(self) -> Sequence[str]:
        """Return the nations whose bundles are here, but for the own."""

    def number(self, domain: str) -> str:
        """Return the safety number with one of them, digits in groups."""

    def own(self) -> tuple[str, int]:
        """Return the own nation and the edition of its bundle."""

    def write_own(self, path: str) -> None:
        """Write the own bundle to a new file, for the partner."""

    def read_partner(self, path: str) -> SeenBundle:
        """Read a partner's bundle; nothing is changed."""

    def trust_partner(self, seen: SeenBundle) -> None:
        """Take a bundle whose number officers have compared."""


class KeyLine(Struct, frozen=True):
    """A key or a certificate of a home.

    `kid` is its fingerprint (hex), `place` the file that has it, or leads to the token
    that does. `begins` and `ends` are ms UTC, 0 where nothing says it. It must be seen
    to within `days`, None while there is time, by the command `renew`. `own`: it is of
    this officer or desk. `revoke` is the command that revokes it; "" for one that no
    command revokes by itself. `revoked`: from when on it is not trusted (ms UTC), by
    the newest log that this desk has; None for a key that nobody has revoked.
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

    def list_keys(self) -> Sequence[KeyLine]:
        """Return every key, those of this officer and desk first."""

    def renew(self, passphrase: str, *, own: bool) -> Sequence[str]:
        """Renew what is due, with `own` this officer's keys too; return it in words."""

    def new_sealing_key(self) -> str:
        """State a new sealing key of the desk now; return in words what came of it."""

    def change_passphrase(self, old: str, new: str) -> None:
        """Put this officer's keys under another passphrase."""

    def revoke(self, key: KeyLine, passphrase: str, since: int) -> Sequence[str]:
        """Revoke a key from a time (ms UTC) on; return in words what came of it.

        By the passphrase of the nation, which is in this home.
        """

    def has_nation(self) -> bool:
        """Whether the nation's keys are in this home, so that it revokes here."""


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
"""Sorts of a home: a nation with node and desk, or a desk whose nation is elsewhere."""


class SetupState(Struct, frozen=True):
    """How far the making of a home is, as the screen shows it.

    `sort` is NEW, JOIN or "" where nobody chose yet. `names` has node, desk, officer
    and address as they were typed. `fault` says in one line what of it could not be
    read: then it begins where the disk says.
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

    For a worker; what is not possible is a Refusal, and the step is the same again.
    """

    @property
    def pairing(self) -> Pairing:
        """Carries trust between this home and its partner."""

    def look(self) -> SetupState:
        """Return how far it is."""

    def choose_language(self, tag: str) -> None:
        """Keep the language, one of LANGUAGES."""

    def choose_sort(self, sort: str) -> None:
        """Keep whether a nation is made here; "" to choose again."""

    def name_parts(self, node: str, desk: str, officer: str, listen: str) -> None:
        """Keep the names; Refusal(FIELD_VALUE) names the one that cannot be."""

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
        """Go on from pairing, or from the node, also where that is put off."""

    def serve_command(self) -> str:
        """Return the command that runs the node; "" where there is none here."""

    def node_answers(self) -> bool:
        """Whether the node of this home runs."""


class HomeHere(Struct, frozen=True):
    """The home of a terminal's desk: each opens a part of it, when it is asked for.

    None where the home offers no such thing. They raise FusionError: for a worker.
    """

    logs: Callable[[], LogShelf] | None = None
    pairing: Callable[[], Pairing] | None = None
    keys: Callable[[], KeyCabinet] | None = None


NO_HOME = HomeHere()
"""Of a desk that is opened without its home."""
