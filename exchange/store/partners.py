"""What a node keeps of its partners: how it stands with them, and what they answer."""

from exchange.store import answers, heads
from exchange.store.database import Database
from exchange.store.values import Answer, Lacked, PeerState, StoredRefusal


class Partners:
    """The part of a Store that is about partners; each method is one transaction."""

    _database: Database

    def answer(self, origin: str, answer: Answer) -> None:
        """Keep what a partner answers of a log of ours: all of it or nothing.

        Lines whose head is kept no longer are passed over. Raises Refusal(MISSING)
        where the log is not held, HEAD or NOTE as `set_note` does.
        """
        with self._database.writing() as connection:
            answers.keep(connection, origin, answer)

    def lacked(self, limit: int) -> list[Lacked]:
        """Return at most `limit` entries of ours whose text a partner lacks."""
        with self._database.reading() as connection:
            return answers.lacked(connection, limit)

    def count_lacked(self, by: str) -> int:
        """Return of how many entries of ours a partner lacks the text."""
        with self._database.reading() as connection:
            return answers.count_lacked(connection, by)

    def note_refusal(
        self, origin: str, index: int, by: str, reason: str, now: int
    ) -> None:
        """Keep that partner `by` mirrored an entry as REFUSED; announced once."""
        with self._database.writing() as connection:
            heads.refuse(connection, origin, index, StoredRefusal(by, reason, now))

    def refusals(self, origin: str, index: int) -> list[StoredRefusal]:
        """Return which partners refused an entry, and why."""
        with self._database.reading() as connection:
            return heads.refusals(connection, origin, index)

    def get_peer(self, name: str) -> PeerState:
        """Return how it stands with a partner; PeerState() where nothing is known."""
        with self._database.reading() as connection:
            return heads.get_peer(connection, name)

    def set_peer(self, name: str, state: PeerState) -> None:
        """Keep a partner's state; its cosigned size and time never fall back."""
        with self._database.writing() as connection:
            heads.set_peer(connection, name, state)

    def cosigned(self, peer: str, size: int, now: int) -> None:
        """Keep that a partner cosigned the own log up to `size`."""
        with self._database.writing() as connection:
            heads.cosigned(connection, peer, size, now)
