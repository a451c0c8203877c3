"""What the screens ask of a desk about the rows of the list (`tui.data`)."""

# ruff: noqa: D102 - a property is explained where its name does not say all

from array import array
from collections.abc import Sequence
from typing import Protocol


class Row(Protocol):
    """One bulletin of the list. Translations and receipts have no row."""

    @property
    def number(self) -> int:
        """The desk's own, dense from 1 in the order of arrival."""

    @property
    def name(self) -> bytes:
        """The envelope's, 32 bytes."""

    @property
    def origin(self) -> str:
        """The node, `beijing.cn`."""

    @property
    def index(self) -> int:
        """Place in that node's log, -1 while it has none."""

    @property
    def kind(self) -> str: ...
    @property
    def precedence(self) -> str:
        """FLASH, IMMEDIATE, PRIORITY or ROUTINE."""

    @property
    def mode(self) -> str:
        """ACTUAL, EXERCISE or TEST."""

    @property
    def subject(self) -> str: ...
    @property
    def lang(self) -> str:
        """BCP 47, of the subject."""

    @property
    def filed(self) -> int: ...
    @property
    def author(self) -> str:
        """The officer, `duty-1@ops.beijing.cn`, or "" where no key is known."""

    @property
    def outgoing(self) -> bool:
        """Whether this desk wrote it."""

    @property
    def state(self) -> str:
        """The furthest of `queued`, `local`, `delivered`, `cosigned`; or `refused`."""

    @property
    def read(self) -> bool: ...
    @property
    def ack_asked(self) -> bool:
        """Whether its content asks for an acknowledgement (not NONE)."""

    @property
    def acknowledged(self) -> bool:
        """Whether an addressed officer acknowledged it (any desk's stills it)."""

    @property
    def verdict(self) -> str:
        """`ACCEPTED`, or the reason word of the refusal, or "" for not yet known."""

    @property
    def standing(self) -> str:
        """RECALLED, SUPERSEDED, CORRECTED or NARROWED by its author; "": it stands."""

    @property
    def open_at(self) -> Sequence[str]:
        """The desks at which what was asked is open: not read yet, or not done."""

    @property
    def open_here(self) -> bool:
        """Whether this desk is one of them."""


class Found(Protocol):
    """What a line finds in the list."""

    @property
    def numbers(self) -> "array[int]":
        """Newest first."""

    @property
    def unknown(self) -> str:
        """The first condition that there is not (`kind:`), or ""."""
