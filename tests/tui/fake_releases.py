"""A desk in memory releases by two (`exchange.desk.terminal.releases`)."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from exchange.desk.release_records import ReleaseItem, SignedReview
from exchange.errors import Reason, Refusal

PASSPHRASE = "correct horse"  # noqa: S105 - opens nothing


@dataclass(kw_only=True)
class FakeReleases:
    """A queue, and the names of what was signed."""

    queue: Sequence[SignedReview] = ()
    countersigned: list[bytes] = field(default_factory=list)
    released: list[tuple[bytes, str]] = field(default_factory=list)
    returned: list[tuple[bytes, str]] = field(default_factory=list)
    present: Sequence[str] = ()
    """Other officers who are here."""
    becomes: str = "local"
    """The state that each signature gets here: "queued" as while the node is away."""
    forbids: Refusal | None = None
    """What forbids a signature, if anything does."""

    def release_queue(self) -> Sequence[ReleaseItem]:
        return [one.item for one in self.queue]

    def open_release(self, name: bytes) -> SignedReview:
        for one in self.queue:
            if one.item.row.name == name:
                return replace(one, others=self.present)
        raise Refusal(Reason.NOT_FOUND)

    def other_officers(self) -> Sequence[str]:
        return self.present

    def release(self, name: bytes, officer: str = "", passphrase: str = "") -> str:
        if officer and passphrase != PASSPHRASE:
            raise Refusal(Reason.KEYSTORE, f"officers/{officer}.key")
        self._sign(name)
        self.released.append((name, officer))
        return self.becomes

    def give_back(self, name: bytes, code: str) -> str:
        self._sign(name)
        self.returned.append((name, code))
        return self.becomes

    def countersign(self, name: bytes) -> str:
        self._sign(name)
        self.countersigned.append(name)
        return self.becomes

    def _sign(self, name: bytes) -> None:
        if self.forbids:
            raise self.forbids
        self.queue = [one for one in self.queue if one.item.row.name != name]
