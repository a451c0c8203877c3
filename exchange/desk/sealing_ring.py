"""The sealing keys of this desk, in its ring file (docs/spec/keystore.md).

    ring = SealingRing(path, "ops.islamabad.pk", database_key)
    ring[kid].open(...)                  # every key held, by its kid
    ring.write(keys)                     # one version on, atomically

A missing ring has no keys and serial 0. A writer holds the mailbox's write transaction:
so only one program of a desk writes at a time.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from exchange import config
from exchange.errors import MADE_BEFORE, Reason, Refusal, Why
from keys import ring as rings
from keys.errors import KeyFileError, KeystoreError, OlderFile
from keys.ring import Ring, RingKey
from keys.sealing import Opener

_DAMAGED = Why(
    "damaged, or of another desk or officer; put it back from the desk's backup"
)


class SealingRing(Mapping[bytes, Opener]):
    """Keeps one desk's keys; reading is for any thread."""

    def __init__(self, path: Path, desk: str, database_key: bytes) -> None:
        """Raise Refusal(KEY_FILE) if the file is another desk's, or damaged."""
        self._path = path
        self._desk = desk
        self._database_key = database_key
        self._openers: Mapping[bytes, Opener] = {}
        self._kids: Mapping[bytes, bytes] = {}
        self.held = Ring(desk, 0)
        self.older = False
        """Whether a newer version was here before: keys are missing, for a time."""
        self.read()

    def __getitem__(self, key_id: bytes) -> Opener:
        return self._openers[key_id]

    def __contains__(self, key_id: object) -> bool:
        return key_id in self._openers

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._openers)

    def __len__(self) -> int:
        return len(self._openers)

    @property
    def where(self) -> str:
        return config.short(self._path)

    def read(self) -> None:
        """Read the file again; raise as `__init__`."""
        held = Ring(self._desk, 0)
        if self._path.exists():
            try:
                held = rings.read(self._path, self._desk, self._database_key)
            except OlderFile:
                raise Refusal(Reason.KEY_FILE, self.where, MADE_BEFORE) from None
            except KeystoreError:
                raise Refusal(Reason.KEY_FILE, self.where, _DAMAGED) from None
            except KeyFileError:
                raise Refusal(Reason.KEY_FILE, self.where) from None
        self._take(held)

    def write(self, keys: Sequence[RingKey], serial: int) -> None:
        """Replace the file; a crash leaves one version of the two.

        Raises Refusal(KEY_FILE) if it cannot be written.
        """
        new = Ring(self._desk, serial, tuple(keys))
        with config.refusing(self._path):
            rings.replace(self._path, new, self._database_key)
        self._take(new)

    def remove_drafts(self) -> None:
        for draft in self._path.parent.glob(f".{self._path.name}.*"):
            draft.unlink(missing_ok=True)

    def kid_of(self, key: RingKey) -> bytes:
        return self._kids[key.seed]

    def _take(self, held: Ring) -> None:
        known = {opener.seed: opener for opener in self._openers.values()}
        openers = [known.get(k.seed) or Opener(k.seed) for k in held.keys]
        self._kids = {opener.seed: opener.kid for opener in openers}
        self._openers = {opener.kid: opener for opener in openers}
        self.held = held
