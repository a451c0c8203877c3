"""The officer at the desk: keys out of the keystore."""

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from exchange import config
from exchange.config import DeskHome
from exchange.errors import Reason, Refusal, Why
from exchange.trust import names
from keys.errors import WeakKey
from keys.sealing import Opener
from keys.signing import Ed25519Signer

ROLE = "officer"  # in the header of the keystore


@dataclass(frozen=True, slots=True)
class ReadingDesk:
    """A desk that reads, with its sealing keys by kid."""

    desk: str
    openers: Mapping[bytes, Opener]


@dataclass(frozen=True, slots=True)
class Officer:
    """An officer, unlocked: `duty-1@ops.islamabad.pk` and its keys."""

    name: str
    signer: Ed25519Signer = field(repr=False)
    openers: Mapping[bytes, Opener] = field(repr=False)
    """Every sealing key that the desk still holds, by kid."""
    database_key: bytes = field(repr=False)

    @property
    def desk(self) -> str:
        """The officer's desk."""
        return names.desk_of(self.name)

    @property
    def node(self) -> str:
        """The desk's node."""
        return names.node_of(self.desk)

    @property
    def reader(self) -> ReadingDesk:
        """The reader of messages to this desk."""
        return ReadingDesk(self.desk, self.openers)


def choose(home: DeskHome, settings: config.DeskConfig, wanted: str) -> str:
    """Return whose keystore to open: `wanted` (duty-1, or the whole name).

    "" is the one that the settings name, else the first. Refusal(FIELD_VALUE) for
    somebody who is not here, KEY_FILE where nobody is.
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


def unlock(home: DeskHome, desk: str, short: str, passphrase: str) -> Officer:
    """Open a keystore, in about 0.2 s; Refusal(KEYSTORE | KEY_FILE)."""
    path = home.officer_key(short)
    secrets = config.unlock(path, passphrase, ROLE).secrets
    try:
        openers = [Opener.from_seed(one.seed) for one in secrets.sealing]
        signer = Ed25519Signer.from_seed(secrets.signing_seed)
    except WeakKey:
        raise Refusal(Reason.KEYSTORE, config.short(path)) from None
    return Officer(
        f"{short}@{desk}",
        signer,
        {opener.kid: opener for opener in openers},
        secrets.database_key,
    )


def start_unlock(
    home: DeskHome, settings: config.DeskConfig, short: str, passphrase: str
) -> Future[Officer]:
    """Open a keystore in a thread of its own, as `unlock` does; return its result.

    Argon2id needs no interpreter: whoever starts a program loads modules meanwhile.
    """
    executor = ThreadPoolExecutor(1)
    unlocking = executor.submit(unlock, home, settings.name, short, passphrase)
    executor.shutdown(wait=False)  # its thread ends with this one call
    return unlocking
