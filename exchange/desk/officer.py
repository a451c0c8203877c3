"""The officer at the desk: keys out of the keystore, and the desk's ring."""

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from msgspec import Struct

from exchange import config
from exchange.config import DeskHome
from exchange.desk.sealing_ring import SealingRing
from exchange.errors import Reason, Refusal, Why
from exchange.trust import names
from keys.errors import TokenError, WeakKey
from keys.keystore import FileKey, Unlocked
from keys.sealing import Opener
from keys.signing import Ed25519Signer, Signer
from keys.token import TokenSigner

ROLE = "officer"  # in the header of the keystore


class ReadingDesk(Struct, frozen=True):
    desk: str
    openers: Mapping[bytes, Opener]

    @property
    def ring(self) -> SealingRing | None:
        """The desk's ring; None if its keys come from elsewhere."""
        return self.openers if isinstance(self.openers, SealingRing) else None

    @property
    def expects_keys(self) -> bool:
        """Whether the ring is an older copy, so that missing keys may come back."""
        return self.ring is not None and self.ring.older

    def reread_ring(self) -> None:
        """Read the ring again: another program may have changed it."""
        if self.ring is not None:
            self.ring.read()


class Officer(Struct):
    """An officer's keys, shared by all parts of a desk: a new key signs at once."""

    name: str
    signer: Signer
    openers: Mapping[bytes, Opener]
    """Every sealing key that the desk still holds, by kid."""
    database_key: bytes
    releaser: Ed25519Signer | None = None
    """The second key, in role releaser, of an officer who has one."""
    file_key: FileKey | None = None
    """Opens the officer's keystore again; None if the keys come from elsewhere."""

    def __repr__(self) -> str:
        return f"Officer({self.name})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Name the officer: Rich would print all fields, keys too."""
        return [("name", self.name)]

    def check_releaser(self) -> Ed25519Signer:
        """Raise Refusal(SIGNERS) without a releaser key."""
        if self.releaser is None:
            why = Why("has no key in role releaser; have another officer sign")
            raise Refusal(Reason.SIGNERS, self.name, why)
        return self.releaser

    @property
    def desk(self) -> str:
        return names.desk_of(self.name)

    @property
    def node(self) -> str:
        return names.node_of(self.desk)

    def log_out(self) -> None:
        if isinstance(self.signer, TokenSigner):
            with suppress(TokenError):
                self.signer.log_out()

    @property
    def reader(self) -> ReadingDesk:
        return ReadingDesk(self.desk, self.openers)


def choose(home: DeskHome, settings: config.DeskConfig, wanted: str) -> str:
    """Return the short name; "" means the officer in the settings, or else the first.

    Refusal(FIELD_VALUE) for an unknown officer, KEY_FILE if there are none.
    """
    names_here = home.officer_names()
    short = (wanted or settings.officer).partition("@")[0]
    if short in names_here:
        return short
    if not names_here:
        raise Refusal(Reason.KEY_FILE, "officers", Why("no officer has a key here"))
    if wanted:
        why = Why(
            "no such officer; this desk has: {officers}", officers=", ".join(names_here)
        )
        raise Refusal(Reason.FIELD_VALUE, "--officer", why)
    return names_here[0]


def unlock(
    home: DeskHome, desk: str, short: str, passphrase: str, pin: str = ""
) -> Officer:
    """Unlock the keys; takes about 0.2 s; raise Refusal(KEYSTORE | KEY_FILE).

    Keys granted by the nation since are taken into use first. A key on a token signs
    only if `pin` opens it; Refusal(TOKEN).
    """
    config.take_granted_keys(home, short, passphrase)
    unlocked = config.unlock(home.officer_key(short), passphrase, ROLE)
    database_key = unlocked.secrets.database_key
    signer, releaser = _signers(home, short, unlocked, pin)
    ring = SealingRing(home.sealing_ring, desk, database_key)
    name = f"{short}@{desk}"
    return Officer(name, signer, ring, database_key, releaser, unlocked.key)


def renew(home: DeskHome, officer: Officer) -> None:
    """Load the keys now in the file into an unlocked officer.

    Needs no passphrase: next keys are under the file key of the ones they follow. One
    on another token waits for its PIN until the desk is opened again. Raises
    Refusal(KEYSTORE | KEY_FILE), also after a change of passphrase: then the officer
    keeps the current keys.
    """
    if officer.file_key is None:
        return
    short = officer.name.partition("@")[0]
    unlocked = config.take_granted_by(home, short, officer.file_key)
    signer, officer.releaser = _signers(home, short, unlocked)
    if signer.kid != officer.signer.kid:
        officer.log_out()
        officer.signer = signer


def _signers(
    home: DeskHome, short: str, unlocked: Unlocked, pin: str = ""
) -> tuple[Signer, Ed25519Signer | None]:
    """Return the author's, and the releaser's if he has that key."""
    path, secrets = home.officer_key(short), unlocked.secrets
    second = secrets.releasing_seed
    try:
        releaser = Ed25519Signer(second) if second else None
        author = config.signer_at(path, secrets, pin)
    except WeakKey:
        raise Refusal(Reason.KEYSTORE, config.short(path)) from None
    return author, releaser


def needs_pin(home: DeskHome, short: str) -> bool:
    """Return whether the officer's key, or a newly granted one, is on a token."""
    return config.needs_pin(home.officer_key(short), home.granted_key(short))


def start_unlock(
    home: DeskHome,
    settings: config.DeskConfig,
    short: str,
    passphrase: str,
    pin: str = "",
) -> Future[Officer]:
    """Open a keystore in its own thread, as `unlock` does.

    Argon2id needs no interpreter: a starting program loads modules meanwhile.
    """
    executor = ThreadPoolExecutor(1)
    unlocking = executor.submit(unlock, home, settings.name, short, passphrase, pin)
    executor.shutdown(wait=False)  # its thread ends with this one call
    return unlocking
