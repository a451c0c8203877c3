"""What the screens ask of a desk about what is being written (`tui.data`)."""

# ruff: noqa: D102 - a property is explained where its name does not say all

from collections.abc import Sequence
from typing import Protocol

from exchange.bulletin.check import CheckedDraft
from exchange.bulletin.draft import Draft
from tui.drafts import NONE, Keeper, Mark


class Addressee(Protocol):
    """A desk that a draft would be sealed for."""

    @property
    def desk(self) -> str: ...
    @property
    def klass(self) -> str:
        """ACTION, INFO or COPY."""

    @property
    def kid(self) -> bytes: ...
    @property
    def since(self) -> int:
        """From when its sealing key holds: an old one means a dark desk."""


class Review(Protocol):
    """What would be signed and sent, before it is."""

    @property
    def signer(self) -> str: ...
    @property
    def kid(self) -> bytes: ...
    @property
    def addressees(self) -> Sequence[Addressee]: ...
    @property
    def size(self) -> int:
        """Bytes of the sealed body."""

    @property
    def personal(self) -> Sequence[str]:
        """What looks like personal data and is not confirmed to be none.

        As it is confirmed in the content: `segments.0.text PHONE`.
        """

    @property
    def draft(self) -> Draft:
        """As it would be sealed: with what references and kind ask of it."""

    @property
    def at(self) -> int:
        """When it was looked at."""

    @property
    def draws(self) -> int:
        """Of how many routes one will be drawn when it is signed; 0: of none."""


class About(Protocol):
    """A bulletin that a draft refers to."""

    @property
    def number(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def subject(self) -> str: ...


class Writing(Keeper, Protocol):
    """What a screen may ask that writes."""

    def desks(self) -> Sequence[str]:
        """Return the desks that have a sealing key, own one not among them."""

    def sources(self) -> Sequence[tuple[str, str]]:
        """Return the codes of the register of sources, each with its grade."""

    def about(self, name: bytes) -> About | None:
        """Return a message that a draft refers to, None where it is not here."""

    def review(self, draft: CheckedDraft) -> Review:
        """Hold a draft against references, label and keys; nothing is signed.

        Refusal naming field and reason where it may not be sent.
        """

    def submit(self, draft: CheckedDraft, saved: Mark = NONE) -> bytes:
        """Seal, sign, keep in the outbox, and hand over; return the name.

        What was saved of it under the mark is dropped in the same write.
        Refusal(PERSONAL_DATA) for what is not confirmed to be none.
        """

    def begin_again(self, number: int) -> CheckedDraft:
        """Return a bulletin that waits to be signed again, as it would be signed.

        Refusal where it does not wait for that.
        """

    def sign_again(self, number: int) -> bytes:
        """Sign it anew and hand it over; return its new name. The old one is dropped.

        Refusal naming what forbids it.
        """

    def drawn(self, number: int) -> str:
        """Return the route drawn here for a movement, "" for none or one told of."""

    def reveal(self, number: int) -> bytes:
        """Sign and send the route of a movement to all who have it; return its name."""
