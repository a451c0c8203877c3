"""The stored statements of a log, as a Directory looks them up."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from exchange.trust.registered_keys import Registered
from exchange.trust.release_policy import ReleasePolicy
from exchange.trust.root_pairs import RootPair

StatedRoots = tuple[RootPair, int]
"""New roots, and the index of their statement."""


class Earlier(Protocol):
    """The statements of a log up to some index, stored elsewhere.

    Answers like a Directory with these applied, and never changes. A failed read raises
    a Refusal of errors.STORAGE, or Tampered: no verdict.
    """

    def key(self, key_id: bytes) -> Registered | None:
        """Return the key of that kid, revoked or not."""
        ...

    def revoked_since(self, key_id: bytes, subject: str) -> int | None:
        """Return the earliest revocation time (ms UTC) for both, or None.

        As `Directory.revoked_since`.
        """
        ...

    def iter_sealing_keys(self, desk: str) -> Iterator[Registered]:
        """Yield a desk's unrevoked sealing keys, newest first."""
        ...

    def newest_sealing_key(self, desk: str) -> Registered | None:
        """Return the newest sealing key of a desk, or None."""
        ...

    def has_officer(self, desk: str) -> bool:
        """Whether any officer of a desk is registered."""
        ...

    def desks(self) -> list[str]:
        """Return the desks that can be sealed for."""
        ...

    def only_reads(self, desk: str) -> bool:
        """Whether a key of a desk was stated in role `reader`."""
        ...

    def serial(self, type_: int) -> int:
        """Return the last serial of POLICY or ROOTS; 0 before the first."""
        ...

    def count_statements(self, subject: str) -> int:
        """Return the number of statements about a subject."""
        ...

    def quorum_text(self) -> bytes | None:
        """Return the newest policy of cosigners, or None."""
        ...

    def release_policy(self) -> ReleasePolicy | None:
        """Return the newest release policy, or None."""
        ...

    def retention(self) -> int | None:
        """Return the newest retention (ms), or None."""
        ...

    def retentions(self) -> Sequence[tuple[int, int]]:
        """Return each stated retention: (filed, length), in ms."""
        ...

    def rules(self) -> int | None:
        """Return the newest version of the rules, or None."""
        ...

    def roots(self) -> Sequence[StatedRoots]:
        """Return each stated pair of roots, oldest first."""
        ...

    def first_author(self) -> bytes:
        """Return the kid that signed the first statement; b"" if none."""
        ...


class _NoStatements:
    """An empty set of statements."""

    def key(self, _key_id: bytes) -> Registered | None:
        return None

    def revoked_since(self, _key_id: bytes, _subject: str) -> int | None:
        return None

    def iter_sealing_keys(self, _desk: str) -> Iterator[Registered]:
        return iter(())

    def newest_sealing_key(self, _desk: str) -> Registered | None:
        return None

    def has_officer(self, _desk: str) -> bool:
        return False

    def desks(self) -> list[str]:
        return []

    def only_reads(self, _desk: str) -> bool:
        return False

    def serial(self, _type: int) -> int:
        return 0

    def count_statements(self, _subject: str) -> int:
        return 0

    def quorum_text(self) -> bytes | None:
        return None

    def release_policy(self) -> ReleasePolicy | None:
        return None

    def retention(self) -> int | None:
        return None

    def retentions(self) -> Sequence[tuple[int, int]]:
        return ()

    def rules(self) -> int | None:
        return None

    def roots(self) -> Sequence[StatedRoots]:
        return ()

    def first_author(self) -> bytes:
        return b""


NO_STATEMENTS: Earlier = _NoStatements()
