"""What the screens ask of a desk about one bulletin (`tui.data`)."""

# ruff: noqa: D102 - a property is explained where its name does not say all

from collections.abc import Mapping, Sequence
from typing import Protocol

from exchange.bulletin.passages import Doubts
from exchange.v1.bulletin_pb2 import Content
from tui.data_row import Row


class Rendered(Protocol):
    """How far one segment of a translation is, and where its text came from."""

    @property
    def state(self) -> str: ...
    @property
    def origin(self) -> str: ...


class Translation(Protocol):
    """A rendering of a bulletin in another language, verified like one."""

    @property
    def lang(self) -> str: ...
    @property
    def state(self) -> str:
        """INITIAL, TRANSLATED, REVIEWED or FINAL."""

    @property
    def origin(self) -> str:
        """HUMAN, MEMORY or MACHINE."""

    @property
    def author(self) -> str:
        """The officer who signed it."""

    @property
    def texts(self) -> Mapping[str, str]:
        """Segment id -> text; one that is missing or of another source is not in it."""

    @property
    def stale(self) -> frozenset[str]:
        """Segment ids whose source has another text, here or in a later bulletin."""

    @property
    def translator(self) -> str:
        """The officer whose work it is, or ""."""

    @property
    def reviewer(self) -> str:
        """The officer who reviewed it, or ""."""

    @property
    def segments(self) -> Mapping[str, Rendered]:
        """By segment id, of the texts."""

    def doubts(self) -> Doubts:
        """Return what the checks hold against it, in the language in use.

        May take seconds where somebody wants it to: for a worker.
        """


class StateAt(Protocol):
    """A step on the way of an envelope, from lines that this desk verified."""

    @property
    def state(self) -> str: ...
    @property
    def at(self) -> int: ...
    @property
    def by(self) -> str:
        """The node or cosigner, or "" for this desk itself."""

    @property
    def reason(self) -> str:
        """The reason word of `refused`, else ""."""

    @property
    def reporter(self) -> str:
        """The node on whose unsigned word alone the step rests, else ""."""


class Receipt(Protocol):
    """What an officer said about a bulletin."""

    @property
    def relation(self) -> str:
        """OPENED, ACKNOWLEDGED, COMPLETED, CANNOT_COMPLY, UNOPENABLE, ..."""

    @property
    def officer(self) -> str: ...
    @property
    def at(self) -> int: ...
    @property
    def remark(self) -> str: ...
    @property
    def reason(self) -> str:
        """A code of decline_reason or recall_reason; of UNOPENABLE a reason word."""

    @property
    def instruction(self) -> str:
        """Of RECALLS, a code of recall_instruction; else ""."""


class Recall(Protocol):
    """What a recall says: it has no bulletin's content."""

    @property
    def reason(self) -> str: ...
    @property
    def instruction(self) -> str: ...
    @property
    def remark(self) -> str: ...
    @property
    def lang(self) -> str:
        """Of the remark."""


class Rung(Protocol):
    """How far one desk that is asked has come with a bulletin."""

    @property
    def desk(self) -> str: ...
    @property
    def relation(self) -> str:
        """The furthest that it said: OPENED to CANNOT_COMPLY, UNOPENABLE, or ""."""

    @property
    def at(self) -> int: ...
    @property
    def reason(self) -> str:
        """As that of a receipt."""

    @property
    def done(self) -> bool:
        """Whether that is what was asked."""


class Linked(Protocol):
    """A reference between a bulletin and another one."""

    @property
    def relation(self) -> str: ...
    @property
    def forth(self) -> bool:
        """Whether it is the bulletin that refers to the other."""

    @property
    def name(self) -> bytes:
        """The other's."""

    @property
    def row(self) -> Row | None:
        """The other's; None where it is not here."""

    @property
    def repeated(self) -> bool:
        """Whether the same source only bears itself out, or disputes itself."""


class Part(Protocol):
    """One message of a thread."""

    @property
    def row(self) -> Row: ...
    @property
    def references(self) -> Sequence[tuple[str, int, bool]]:
        """Relation, and number of what it refers to; 0 where that is not here.

        The last as `Linked.repeated`.
        """


class Thread(Protocol):
    """All that a bulletin is connected with, in order of arrival."""

    @property
    def parts(self) -> Sequence[Part]: ...
    @property
    def more(self) -> bool:
        """Whether there are others still."""


class Draw(Protocol):
    """What is known of a route that was drawn, in words of the language in use."""

    @property
    def held(self) -> bool | None:
        """Whether what was revealed is what was sealed; None where it is sealed."""

    @property
    def text(self) -> str: ...


class Opened(Protocol):
    """One bulletin as the reader shows it."""

    @property
    def row(self) -> Row: ...
    @property
    def content(self) -> Content | None:
        """Opened and checked; None where it could not be."""

    @property
    def reason(self) -> str:
        """Why there is no content, or why the verdict is not ACCEPTED; else ""."""

    @property
    def kid(self) -> bytes:
        """The author's key id, 32 bytes."""

    @property
    def signer_revoked(self) -> bool:
        """Whether that key was revoked after this was delivered."""

    @property
    def tlp(self) -> str: ...
    @property
    def releasable_to(self) -> Sequence[str]: ...
    @property
    def caveats(self) -> Sequence[str]: ...
    @property
    def expires(self) -> int: ...
    @property
    def recipients(self) -> Sequence[tuple[str, str]]:
        """Desk and class: ACTION, INFO or COPY."""

    @property
    def references(self) -> Sequence[tuple[str, bytes]]:
        """Relation and name."""

    @property
    def translations(self) -> Sequence[Translation]: ...
    @property
    def states(self) -> Sequence[StateAt]: ...
    @property
    def receipts(self) -> Sequence[Receipt]: ...
    @property
    def recall(self) -> Recall | None:
        """What it says where it is a recall; it has no content then."""

    @property
    def asked(self) -> str:
        """The acknowledgement asked of its readers: NONE, RECEIPT, READ or ACTION."""

    @property
    def asked_by(self) -> int: ...
    @property
    def rungs(self) -> Sequence[Rung]:
        """Of the desks that are asked."""

    @property
    def links(self) -> Sequence[Linked]:
        """What it refers to, then what refers to it, a few hundred at most."""

    @property
    def marked_by(self) -> int:
        """The number of what brought it where it stands; 0 where it stands."""

    @property
    def draws(self) -> Sequence[Draw]: ...
