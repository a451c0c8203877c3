"""The records that a desk shows: the mailbox fills them, terminal and tests read them.

Each is declared here once. Only the generated protos are imported: the terminal's
screens start with these records alone, without gRPC, SQLCipher or Babel.

Times are int milliseconds UTC, 0 for "not yet". Names are 32 bytes. Codes are the words
of the protos without their prefix: FLASH, ACTUAL, AMBER_STRICT. Texts stand as they
were signed: they are a partner's, and pass `tui.text.safe_text` before a terminal.
"""

from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from msgspec import Struct

from exchange.v1.bulletin_pb2 import Content, Remark, Segment, TranslatedSegment
from keys.secret_records import SecretRecord

if TYPE_CHECKING:  # only named here; what fills these fields has loaded them
    from exchange.bulletin.draft import Draft
    from exchange.bulletin.prose_view import Rendition
    from exchange.translation.checks import Finding
    from exchange.translation.memory import Suggestion
    from exchange.trust.registered_keys import Registered
    from exchange.v1.envelope_pb2 import RecipientClass

ListFilter = Literal[
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
"""Which rows a list shows. TO_ACKNOWLEDGE: an acknowledgement is asked of this desk
and not yet given. DUE: something is to be done about it, translations aside, which are
TO_TRANSLATE. SENT: written at this desk."""
Answer = Literal["ACKNOWLEDGED", "COMPLETED", "CANNOT_COMPLY"]
"""The answers of an officer to a bulletin whose author asks for one."""
PRECEDENCES = ("FLASH", "IMMEDIATE", "PRIORITY", "ROUTINE")
"""Every precedence, the most urgent first."""
Mark: TypeAlias = tuple[int, int]
"""A draft as it was saved at one time: its id, and the version that each save raises.

Ids are never used again. NONE is that of a draft which has not been saved yet.
"""
NONE: Mark = (0, 0)


# The list.


class Decline(NamedTuple):
    """A desk that cannot do what a message asks; times in ms UTC."""

    desk: str
    reason: str
    """A code of decline_reason; "" where a remark alone says why."""
    at: int
    officer: str = ""
    """Who took note of it at the author's desk; "" for nobody."""
    noted: int = 0
    own: bool = False
    """Whether it is this desk, in a list."""


class PendingAnswer(NamedTuple):
    """The last answer of this desk to a message, which no log has."""

    relation: str
    reason: str
    state: str
    """queued, waiting (for a releaser), resign, expired or refused."""

    @property
    def on_its_way(self) -> bool:
        """Whether it goes without its officer; else it counts as no answer."""
        return self.state in {"queued", "waiting"}


class Row(NamedTuple):
    """One line of the list; a tuple is made five times faster than a dataclass.

    The last eight are not stored: what is shown has them.
    """

    number: int
    """1, 2, 3, ... in order of arrival at this desk, without a hole."""
    name: bytes
    origin: str
    """The log's origin, `islamabad.pk.fusion/log/1`; "" until a node recorded it."""
    index: int | None  # type: ignore[assignment]  # nobody looks for a place in a Row
    """Place in that log, the sequence number; None until it is known."""
    envelope: int
    """pb.Kind: mostly KIND_BULLETIN."""
    kind: str
    """Code of the bulletin kind, `WARNING`; "" while the content is not open. In a list
    that is shown a recall has RECALL."""
    precedence: str
    mode: str
    tlp: str
    """The TLP of the label in force: what narrows a message counts."""
    subject: str
    lang: str
    """BCP 47, of the subject."""
    author: str
    """Officer, `duty-1@ops.islamabad.pk`."""
    desk: str
    """The author's desk."""
    direction: str
    """`in` or `out`."""
    filed: int
    received: int
    expires: int
    read: int
    """The time when this desk first read it; 0 = unread."""
    acknowledge: str
    """The acknowledgement that the author asks for: NONE, RECEIPT, ..."""
    acknowledge_by: int
    acknowledged: int
    """When an officer of a desk that is asked first said that it was received (where
    no more is asked), read, done or cannot be done."""
    state: str
    """The furthest of `exchange.desk.mailbox.STATES`."""
    verdict: str
    """The desk's verdict: ACCEPTED, or a reason of `exchange.errors`."""
    standing: str = ""
    """RECALLED, SUPERSEDED, CORRECTED or NARROWED by its author; "": it stands."""
    open_at: tuple[str, ...] = ()
    """The desks at which what was asked is open: not read yet, or not done."""
    open_here: bool = False
    """Whether this desk is one of them."""
    declined: tuple[Decline, ...] = ()
    """The desks that cannot do it, by name: of what came in, others only while this
    one has not answered."""
    pending: PendingAnswer | None = None
    addressees: tuple[str, ...] = ()
    """The desks that what was written here is addressed to, in a list; else none."""
    rendered: str = ""
    """The subject in the language of the officer, in a list, where an officer reviewed
    a translation of it as it stands; else ""."""
    log: str = ""
    """Its log as a place names it where the node has several, `islamabad.pk/2`; ""
    else."""

    @property
    def stored(self) -> tuple[object, ...]:
        """The columns that a mailbox keeps: all but those that a list adds."""
        return self[:-8]

    @property
    def node(self) -> str:
        """The node that recorded it, `islamabad.pk`; before that, the author's."""
        return self.origin.partition(".fusion/")[0] or self.desk.partition(".")[2]

    @property
    def place(self) -> str:
        """The one number by which people know it, `islamabad.pk#412`; "" without one.

        Only what is shown names the log if its node has several (`log`).
        """
        return "" if self.index is None else f"{self.log or self.node}#{self.index}"

    @property
    def outgoing(self) -> bool:
        """Whether this desk wrote the message."""
        return self.direction == "out"

    @property
    def ack_asked(self) -> bool:
        """Whether its content asks for an acknowledgement."""
        return self.acknowledge != "NONE"

    @property
    def answering(self) -> bool:
        """Whether an answer of this desk is on its way to the log."""
        return self.pending is not None and self.pending.on_its_way


class Matches(NamedTuple):
    """The rows that a line of search finds."""

    numbers: "array[int]"
    """Newest first."""
    unknown: str = ""
    """The first condition that there is not (`kind:`), or ""."""


# One message.


class Milestone(NamedTuple):
    """A state that a message reached, by whom (a node, or this desk: "") and when."""

    state: str
    at: int
    by: str
    why: str
    """Reason of a refusal, desks that it did not reach, else ""."""

    @property
    def reporter(self) -> str:
        """The node on whose word alone this rests; "" where a signature bears it out.

        That a text was erased undelivered is the word of the node that erased it.
        """
        return self.by if self.state == "undelivered" else ""


class Receipt(SecretRecord, frozen=True, kw_only=True):
    """A declaration of an officer about a message; RECALLS too."""

    name: bytes
    about: bytes
    relation: str
    """OPENED, ACKNOWLEDGED, COMPLETED, CANNOT_COMPLY, UNOPENABLE, ..., RECALLS."""
    author: str
    filed: int
    entry: bytes = b""
    remark: bytes | None = None
    """Serialized Remark, checked, where it carries one."""
    reason: str = ""
    """A code of decline_reason or recall_reason; of UNOPENABLE a reason word."""
    lost: int = 0
    """Since when it is known that no log has it any more (ms UTC), 0 where one does."""
    state: str = ""
    """Of this desk's own, as of `PendingAnswer`, while no log has it; else ""."""

    @property
    def remark_text(self) -> Remark:
        """The remark, empty where it carries none."""
        return Remark.FromString(self.remark or b"")


class MessageLink(NamedTuple):
    """A reference of one message to another; `about` need not be here."""

    number: int
    name: bytes
    """The message that refers."""
    relation: str
    """ANSWERS, RECALLS, ..."""
    about: bytes


class Neighbour(NamedTuple):
    """A message that another one refers to, or that refers to it."""

    relation: str
    forth: bool
    """Whether it is referred to; else it is the one that refers."""
    name: bytes
    row: Row | None
    """None where it is not here."""
    repeated: bool = False
    """Whether the same source only bears itself out, or disputes itself."""


class ThreadPart(Struct, frozen=True):
    """One message of a thread, with what it refers to."""

    row: Row
    references: tuple[MessageLink, ...] = ()
    repeated: frozenset[MessageLink] = frozenset()
    """Those by which the same source bears itself out, or disputes itself."""


class Thread(Struct, frozen=True):
    """All that a message is connected with, in order of arrival."""

    parts: tuple[ThreadPart, ...]
    more: bool = False
    """Whether there are others still."""


class Rung(NamedTuple):
    """The step that one desk, asked for an answer, has reached with a bulletin."""

    desk: str
    relation: str = ""
    """The furthest that it said: OPENED to CANNOT_COMPLY, UNOPENABLE, or ""."""
    at: int = 0
    reason: str = ""
    """The reason, as in a receipt."""
    done: bool = False
    """Whether that is what was asked, and a log has it."""
    state: str = ""
    """As of a receipt."""


class DrawNote(NamedTuple):
    """A note about a route that was drawn, in words of the language in use."""

    matches: bool | None
    """Whether what was revealed is what was sealed; None where it is sealed."""
    text: str


class RevocationsKnown(NamedTuple):
    """Until when the revocations of a log are known here (ms UTC; 0: not at all)."""

    origin: str
    time: int
    mark: str = ""
    """LATE, STALE, or WITHHELD: the own node leaves out entries of the directory."""


class OpenedBulletin(SecretRecord, frozen=True):
    """One message as the reader shows it, under the label in force."""

    row: Row
    content: Content | None
    """Opened and checked; None where it could not be, and of a recall."""
    kid: bytes
    """The author's key id, 32 bytes."""
    tlp: str
    releasable_to: Sequence[str]
    expires: int
    recipients: Sequence[tuple[str, str]]
    """Desk and class: ACTION, INFO or COPY."""
    caveats: Sequence[str] = ()
    signer_standing: str = "GOOD"
    """The worst standing of its signers: GOOD, BEFORE_REVOCATION or DISOWNED."""
    notes: Sequence[str] = ()
    """A line on each signer whose key was revoked since, and on each answer that only a
    newer program reads, in the language in use."""
    translations: Sequence["Rendition"] = ()
    """The furthest first, then the newest."""
    states: Sequence[Milestone] = ()
    receipts: Sequence[Receipt] = ()
    recall: Remark | None = None
    """The remark of a recall; None for other messages."""
    acknowledge: str = "NONE"
    """The acknowledgement asked of its readers: NONE, RECEIPT, READ or ACTION."""
    asked_by: int = 0
    rungs: Sequence[Rung] = ()
    """The steps of the desks that are asked."""
    links: Sequence[Neighbour] = ()
    """Messages that it refers to, then those that refer to it; some hundred at most."""
    marked_by: str = ""
    """The place of what brought it where it stands; "" where it stands."""
    draws: Sequence[DrawNote] = ()
    release: str = ""
    """Who released it and at which place, in words; "" where no second one had to."""
    revocations: RevocationsKnown | None = None
    """Those of the author's node, which say whether he might sign still."""


# Writing and translating.


class AddressGroup(NamedTuple):
    """A group of desks by its name; it may be empty, or name desks that have gone."""

    name: str
    desks: tuple[str, ...]


class Addressee(Struct, frozen=True):
    """A desk that something is sealed for, by which of its keys."""

    desk: str
    recipient_class: "RecipientClass.ValueType"
    key: "Registered"
    """A key that has been valid for long means a dark desk."""
    where: str = ""
    """Place in the draft: `to.0`."""


class Review(Struct, frozen=True, kw_only=True):
    """A draft as it would be signed and sent, and for whom."""

    signer: str
    kid: bytes
    addressees: Sequence[Addressee]
    size: int
    """Bytes of the sealed body."""
    personal: Sequence[str] = ()
    """Findings that look like personal data and are not confirmed to be none.

    As it is confirmed in the content: `segments.0.text PHONE`.
    """
    draft: "Draft"
    """The draft as it would be sealed, with what references and kind require."""
    at: int
    """The time of the review."""
    draws: int = 0
    """The number of routes of which one is drawn when it is signed; 0: none."""
    translation: "Rendition | None" = None
    """The translation that is signed; `draft` is its bulletin, under its header."""
    about: Sequence[Neighbour] = ()
    """The messages that it refers to."""


class SavedDraft(NamedTuple):
    """A draft as it was saved last; `data` is in its editor's own form."""

    mark: Mark
    saved: int
    """The time, ms UTC by this desk's clock: to be shown, never to choose by."""
    data: bytes

    @property
    def text(self) -> str:
        """The data as text; what is no UTF-8 in it is replaced."""
        return self.data.decode("utf-8", "replace")


class TranslationUnit(Struct, frozen=True):
    """A segment beside its translation, which is empty where there is none yet."""

    source: Segment
    translation: TranslatedSegment
    findings: Sequence["Finding"] = ()
    """Findings of the checks in the text, confirmed ones left out."""
    terms: Sequence[tuple[str, str]] = ()
    """Each agreed term: as the source has it, and as the target shall."""
    suggestions: Sequence["Suggestion"] = ()
    """Earlier translations of a text that resembles this one, the best first."""


class BackTranslation(NamedTuple):
    """A segment of the source beside its translation and what came back of that."""

    source: Segment
    text: str
    back: str
