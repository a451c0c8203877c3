"""What the screens ask of a desk: protocols, which `exchange.desk` implements.

Screens know no SQL and no gRPC. Everything here is synchronous and may be called
from any thread. `count`, `page`, `rows`, `unread_beside`, `link` and `setting` must
answer within milliseconds, without the network: the list calls them while it paints.
All else runs in a worker thread. Whatever fails raises `exchange.errors.FusionError`.

Times are milliseconds since the epoch, UTC; 0 is none. Texts come as they were
signed: the screens pass each of them through `tui.text.safe`.
"""

# ruff: noqa: D102 - a property is explained where its name does not say all

from array import array
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, Protocol

from exchange.bulletin.draft import Draft
from exchange.v1.bulletin_pb2 import Content, Segment
from tui.data_writing import Writing

# Which rows a list shows. TO_ACKNOWLEDGE: an acknowledgement is asked of this desk
# and not yet given. SENT: written at this desk.
# DUE: something is to be done about it, translations aside, which are TO_TRANSLATE.
Filter = Literal[
    "ALL",
    "UNREAD",
    "TO_ACKNOWLEDGE",
    "DUE",
    "FLASH",
    "RECALLED",
    "TO_TRANSLATE",
    "SENT",
    "REFUSED",
]
Relation = Literal["ACKNOWLEDGED", "COMPLETED", "CANNOT_COMPLY"]


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


class Found(Protocol):
    """What a line finds in the list."""

    @property
    def numbers(self) -> "array[int]":
        """Newest first."""

    @property
    def unknown(self) -> str:
        """The first condition that there is not (`kind:`), or ""."""


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


class Part(Protocol):
    """One message of a thread."""

    @property
    def row(self) -> Row: ...
    @property
    def references(self) -> Sequence[tuple[str, int]]:
        """Relation, and number of what it refers to; 0 where that is not here."""


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


class Peer(Protocol):
    """A partner's node, as the own node reports it and as the desk verified it."""

    @property
    def name(self) -> str: ...
    @property
    def up(self) -> bool: ...
    @property
    def since(self) -> int: ...
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
        """FLASH bulletins that wait for an acknowledgement of this desk."""

    @property
    def to_acknowledge(self) -> int: ...


class Matter(Protocol):
    """One thing to do about a bulletin."""

    @property
    def kind(self) -> str:
        """ESCALATED, OVERDUE_MOVEMENT, UNACKNOWLEDGED, ... (`exchange.desk.due`)."""

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
        """`escalated`, `due`, ... (`exchange.desk.due.SECTIONS`)."""

    @property
    def title(self) -> str:
        """In words of the language in use, with how many there are."""

    @property
    def matters(self) -> Sequence[Matter]: ...


class Step(Protocol):
    """One link of the chain that proves a bulletin."""

    @property
    def what(self) -> str:
        """BYTES, NAME, SIGNATURE, KEY, LOG, INCLUSION, HEAD, COSIGNATURE or SEAL."""

    @property
    def ok(self) -> bool | None:
        """None: not checked or not yet possible."""

    @property
    def reason(self) -> str:
        """A reason word where `ok` is False, else ""."""

    @property
    def detail(self) -> str:
        """What was checked: key, size, root, time. Ours, not the partner's, text."""


class Finding(Protocol):
    """Something that a check found in a translated text."""

    @property
    def key(self) -> str:
        """By which it is confirmed: `s1 NEGATION`."""

    @property
    def answerable(self) -> bool:
        """Whether a person may answer for it; else it must be mended."""

    def text(self) -> str:
        """Return what is wrong, in the language in use. May hold foreign text."""


class Suggestion(Protocol):
    """An earlier translation of a text that resembles the one at hand."""

    @property
    def text(self) -> str: ...
    @property
    def percent(self) -> int:
        """By how much its source is the text at hand; 100 is the very text."""


class Piece(Protocol):
    """A segment beside its translation."""

    @property
    def source(self) -> Segment: ...
    @property
    def text(self) -> str:
        """The translation, "" where there is none yet."""

    @property
    def state(self) -> str:
        """INITIAL, TRANSLATED, REVIEWED or FINAL."""

    @property
    def origin(self) -> str:
        """HUMAN, MEMORY or MACHINE; "" where there is no text."""

    @property
    def findings(self) -> Sequence[Finding]: ...
    @property
    def terms(self) -> Sequence[tuple[str, str]]:
        """Agreed terms: as the source has each, and as the translation shall."""

    @property
    def suggestions(self) -> Sequence[Suggestion]:
        """The best first."""


class Compared(Protocol):
    """A segment beside what came back of its translation."""

    @property
    def source(self) -> Segment: ...
    @property
    def text(self) -> str: ...
    @property
    def back(self) -> str: ...


class Workbench(Protocol):
    """A translation of one bulletin into one language, under way at this desk.

    Every step is kept at once, and raises a Refusal that names what stands against it.
    """

    @property
    def lang(self) -> str:
        """Of the translation."""

    @property
    def state(self) -> str:
        """The least of its segments' states."""

    @property
    def translator(self) -> str:
        """An officer; "" where nothing was written yet."""

    @property
    def reviewer(self) -> str: ...
    @property
    def back_wanted(self) -> bool:
        """Whether it must be translated back and compared before it is reviewed."""

    def pieces(self) -> Sequence[Piece]:
        """Return every segment, in reading order."""

    def put(self, segment: str, text: str, percent: int = 0) -> None:
        """Put a text; `percent` is that of the suggestion that it was taken from."""

    def confirm(self, keys: Sequence[str]) -> None:
        """Answer for findings."""

    def advance(self, state: str) -> None:
        """Bring all segments to TRANSLATED, REVIEWED or FINAL."""

    def blind(self) -> Mapping[str, str]:
        """Return the translated texts alone; Refusal for who knows the source."""

    def put_back(self, texts: Mapping[str, str]) -> None:
        """Put what this officer made of all of them, in the source's language."""

    def compared(self) -> Sequence[Compared]:
        """Return source, translation and what came back side by side."""

    def judge(self, *, same: bool) -> None:
        """Say whether what came back says the same."""

    def send(self) -> bytes:
        """Sign and queue it for the source's readers; return its name."""


class Rows(Protocol):
    """The list: numbers are dense, so a page costs the same at any depth."""

    def count(self) -> int:
        """Return how many rows there are; the newest has this number."""

    def page(self, first: int, n: int) -> Sequence[Row]:
        """Return rows `first` to `first + n - 1`, ascending; fewer at the end."""

    def rows(self, numbers: Sequence[int]) -> Sequence[Row]:
        """Return the rows of these numbers (256 at most), in that order."""

    def ids(self, which: Filter) -> "array[int]":
        """Return the numbers that pass the filter, newest first, as array("q")."""

    def find(self, line: str) -> Found:
        """Return the rows that hold the words of a line and meet its conditions.

        As `fusion list` reads them; half a line is no error.
        """

    def searches(self) -> Sequence[tuple[str, str]]:
        """Return the searches that are kept: name and line."""

    def save_search(self, name: str, line: str) -> None:
        """Keep a line under a name, over the one of that name."""

    def forget_search(self, name: str) -> None:
        """Keep it no longer."""

    def unread_beside(self, number: int, step: int) -> int:
        """Return the next unread number: older with step -1, newer with 1; or 0."""

    def on_change(self, call: Callable[[], None]) -> Callable[[], None]:
        """Have `call` called, from any thread, after rows or link changed.

        Returns what ends it.
        """


class Desk(Rows, Writing, Protocol):
    """Everything that a screen may ask."""

    def read(self, number: int) -> Opened:
        """Return the bulletin; Refusal(NOT_FOUND) where there is none."""

    def mark_read(self, number: int) -> None:
        """Note that an officer saw it (an OPENED receipt is the desk's business)."""

    def acknowledge(
        self, number: int, relation: Relation, remark: str, reason: str = ""
    ) -> None:
        """Sign and queue a receipt; `remark` and `reason` "" send the bare one.

        `reason` is a code of decline_reason, with CANNOT_COMPLY.
        """

    def recall(self, number: int, reason: str, instruction: str, remark: str) -> None:
        """Sign and queue a recall of a bulletin of this desk; the first two are codes.

        Refusal naming what forbids it.
        """

    def thread(self, number: int) -> Thread:
        """Return all that a bulletin is connected with."""

    def handover(self) -> Sequence[Section]:
        """Return what the next shift must know, every section of it."""

    def begin(self, number: int, relation: str) -> Draft:
        """Return what is begun to be written of a bulletin: an answer, a correction.

        Refusal where it may not be referred to so.
        """

    def proposal(self, number: int) -> Draft:
        """Return what is to be sent of a movement that is overdue."""

    def translate(self, number: int, lang: str) -> Workbench:
        """Return the translation of a bulletin into `lang`, begun where it is not."""

    def chain(self, number: int) -> Sequence[Step]:
        """Verify anew, from the stored bytes to the cosignature, in that order."""

    def entry(self, number: int) -> bytes:
        """Return the signed bytes, the leaf of the log."""

    def link(self) -> Link:
        """Return the last known state of node, partners and queue."""

    def setting(self, key: str) -> str:
        """Return a kept setting of the officer, "" where none is."""

    def set_setting(self, key: str, value: str) -> None:
        """Keep a setting."""
