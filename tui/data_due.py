"""What the screens ask of a desk about link, alarms and duties (`tui.data`)."""

# ruff: noqa: D102 - a property is explained where its name does not say all

from collections.abc import Mapping, Sequence
from typing import Protocol

from tui.data_row import Row


class Peer(Protocol):
    """A partner's node, as the own node reports it and as the desk verified it."""

    @property
    def name(self) -> str: ...
    @property
    def up(self) -> bool: ...
    @property
    def since(self) -> int: ...
    @property
    def silent_since(self) -> int:
        """While it is up: since when it has not answered; 0 where it does."""

    @property
    def queued(self) -> int:
        """Entries that it does not hold yet."""

    @property
    def cosigned_at(self) -> int:
        """Of its newest line under a head of ours that this desk verified."""


class Alarm(Protocol):
    """Something about the ledger that a person must act on."""

    @property
    def reason(self) -> str:
        """FORK: a log has two histories; MISSING: one is not all here; or another."""

    @property
    def where(self) -> str:
        """A log or a partner."""


class Link(Protocol):
    """The top row: the last that is known, never a wait."""

    @property
    def officer(self) -> str:
        """`duty-1@ops.islamabad.pk`."""

    @property
    def node(self) -> str: ...
    @property
    def up(self) -> bool:
        """Whether the own node answers."""

    @property
    def since(self) -> int: ...
    @property
    def queued(self) -> int:
        """Envelopes of this desk that its node does not have yet."""

    @property
    def peers(self) -> Sequence[Peer]: ...
    @property
    def agree(self) -> bool | None:
        """Whether the partners' newest lines are under the roots rebuilt here."""

    @property
    def alarms(self) -> Sequence[Alarm]: ...
    @property
    def waiting(self) -> int:
        """Envelopes that the own node keeps until it has heard a partner."""

    @property
    def entries(self) -> int:
        """Of the own log, in the head that this desk verified."""

    @property
    def flash(self) -> int:
        """FLASH bulletins that wait for an acknowledgement of this desk; no drill's."""

    @property
    def drilled(self) -> Mapping[str, int]:
        """The same of drills, by mode (`exchange.bulletin.codes.DRILLS`)."""

    @property
    def to_acknowledge(self) -> int: ...
    @property
    def to_sign(self) -> int:
        """Envelopes of this desk that its node wants signed again."""

    @property
    def unsent(self) -> int:
        """What was refused for good, or expired before a node took it: of 30 days."""


class Matter(Protocol):
    """One thing to do about a bulletin."""

    @property
    def kind(self) -> str:
        """ESCALATED, OVERDUE_MOVEMENT, ... (`exchange.desk.deadlines.due`)."""

    @property
    def row(self) -> Row: ...
    @property
    def late(self) -> bool: ...
    @property
    def role(self) -> str:
        """To whom it is taken now, in words, or ""."""

    @property
    def notes(self) -> Sequence[str]:
        """What is to be known of it, in words: how late, who has not done it."""


class Section(Protocol):
    """A part of the hand-over list; it may be empty."""

    @property
    def name(self) -> str:
        """`escalated`, `due`, ... (`exchange.desk.deadlines.due.SECTIONS`)."""

    @property
    def title(self) -> str:
        """In words of the language in use, with how many there are."""

    @property
    def matters(self) -> Sequence[Matter]: ...
